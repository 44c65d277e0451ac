"""A folder of tones, its database, and `sluice tag` on both, as a user has them."""

import contextlib
import os
import pathlib
import sqlite3
import subprocess

import audio
import read_back
from support import paths

KEY = "k-3c1d5e77-secret"
WAIT_S = 120
KINDS = ("genre", "mood", "occasion", "keyword")


class Library:
    def __init__(self, folder, count=0, seed=1, formats=None):
        self.folder, self.music, self.database = pathlib.Path(folder), pathlib.Path(folder) / "music", pathlib.Path(folder) / "library.db"
        self.music.mkdir(parents=True)
        if count:
            audio.make_library(self.music, count, seed, formats)

    def files(self):
        return sorted(path for path in self.music.rglob("*") if path.is_file())

    def command(self, *words):
        return [str(paths.SLUICE), "tag", *map(str, words), "--db", str(self.database)]

    def environment(self, key=KEY, **more):
        bare = {name: value for name, value in os.environ.items() if name not in ("GEMINI_API_KEY", "OPENAI_API_KEY")}
        return {**bare, **({"GEMINI_API_KEY": key, "OPENAI_API_KEY": key} if key else {}), **more}

    def start(self, server, *words, key=KEY, environment=None):
        """A run in a process of its own, with its progress as JSON on stderr."""
        return subprocess.Popen(self.command(self.music, "--base-url", server.url, "--progress", "json", *words), text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment or self.environment(key))  # fmt: skip

    def run(self, server, *words, key=KEY, code=0, environment=None):
        """(stdout, stderr) of a run that has to end with that code."""
        process = self.start(server, *words, key=key, environment=environment)
        out, errors = process.communicate(timeout=WAIT_S)
        assert process.returncode == code, (process.returncode, out, errors)
        return out, errors

    def say(self, *words, code=0):
        """stdout of another command; stderr if it has to fail."""
        done = subprocess.run(self.command(*words), capture_output=True, text=True, timeout=WAIT_S, env=self.environment())
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return done.stdout if code == 0 else done.stderr

    def query(self, sql, *values):
        with contextlib.closing(sqlite3.connect(self.database)) as db:
            return db.execute(sql, values).fetchall()

    def states(self):
        return dict(self.query("SELECT state, count(*) FROM job_items GROUP BY state"))

    def tags(self, path):
        rows = self.query("SELECT kind, tag FROM audio_files JOIN tags USING(recording_id) WHERE path = ? ORDER BY kind, position", str(path))
        return {kind: [tag for k, tag in rows if k == kind] for kind in KINDS}

    def check_clean(self):
        """The rule for a clean answer, for every recording that is done; and that no other one has tags."""
        vocabulary = set(self.query("SELECT kind, tag FROM vocabulary"))
        assert vocabulary and set(self.query("SELECT kind, tag FROM tags")) <= vocabulary
        counts = self.query("SELECT recording_id, sum(kind = 'genre'), sum(kind = 'mood'), sum(kind = 'occasion'), sum(kind = 'keyword') "
                            "FROM tags GROUP BY recording_id")  # fmt: skip
        assert len(counts) == self.states().get("done", 0)
        for _, genres, moods, occasions, keywords in counts:
            assert genres >= 1 and moods >= 1 and occasions >= 3 and keywords >= 4
        assert self.query("PRAGMA integrity_check") == [("ok",)]

    def check_files_say_so(self):
        for file in self.files():
            assert read_back.tags_of(file) == self.tags(file), file
