#!/usr/bin/env python3
"""Kills taggers at seeded moments, and looks whether each recording has one committed result, whether anything was paid for
twice that was not in flight, and whether every audio file still has its sound.

tag_kill_storm.py [--kills 200] [--seed 1]
A library of some dozens of tones serves until it is all tagged. In each round one or two processes (tests/tag/worker.cpp) run until one
of their points (after claim, before send, before commit, after commit, amid a file write) has been reached a number of times
that the seed gives; then all of them get SIGKILL. What the database says is done by then must never be asked for again.
In the end one process runs to the end.
"""

import contextlib
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import audio  # noqa: E402
import read_back  # noqa: E402
from model_server import ModelServer  # noqa: E402
from support import paths  # noqa: E402
from support.kills import run_storm  # noqa: E402

WORKER = paths.BUILD / "tag_worker"
POINTS = ["after_claim", "before_send", "before_commit", "after_commit", "amid_file_write"]
FILES = 60
DEADLINE_S = 60


def start(database, folder, url, point, count):
    return subprocess.Popen([WORKER, database, folder, url, point, str(count), "write"], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)  # fmt: skip


def end(worker):
    """(exit code, what it said)."""
    out, errors = worker.communicate(timeout=DEADLINE_S)
    assert worker.returncode in (0, -signal.SIGKILL), f"a tagger ended with {worker.returncode}: {errors}"
    return worker.returncode, out.strip()


def query(database, sql):
    with contextlib.closing(sqlite3.connect(database)) as db:
        return db.execute(sql).fetchall()


def done_keys(database):
    if not pathlib.Path(database).exists() or not query(database, "SELECT 1 FROM sqlite_schema WHERE name = 'job_items'"):
        return set()
    return {key[:12] for (key,) in query(database, "SELECT key FROM job_items WHERE state = 'done'")}


class Library:
    """A folder of tones, its database, and what is known of both."""

    def __init__(self, folder, seed):
        self.folder, self.database = f"{folder}/music", f"{folder}/library.db"
        pathlib.Path(self.folder).mkdir()
        audio.make_library(self.folder, FILES, seed)
        self.files = sorted(pathlib.Path(self.folder).rglob("*.*"))
        self.sounds = {file: audio.stream_hash(file) for file in self.files}
        self.forbidden = []  # (from when on, ids that were done by then)

    def kill_once(self, url, dice):
        workers = [start(self.database, self.folder, url, dice.choice(POINTS), dice.randint(1, 4)) for _ in range(dice.choice([1, 1, 2]))]
        deadline = time.monotonic() + DEADLINE_S
        while all(each.poll() is None for each in workers) and time.monotonic() < deadline:
            time.sleep(0.002)  # the death of the first is what the others are killed for; poll() has no event for any of several
        for each in workers:
            each.send_signal(signal.SIGKILL)
        codes = [end(each)[0] for each in workers]
        self.forbidden.append((time.time(), done_keys(self.database)))
        self.check_files()
        return codes.count(-signal.SIGKILL) > 0

    def check_files(self):
        """Old or new, but whole."""
        for file, sound in self.sounds.items():
            assert audio.stream_hash(file) == sound, f"the sound of {file} was damaged"

    def finish(self, url):
        code, said = end(start(self.database, self.folder, url, "never", 1))
        assert (code, said) == (0, "finished"), (code, said)
        self.check_files()
        assert not list(pathlib.Path(self.folder).rglob(".sluice-*")), "copies were left behind"
        assert query(self.database, "PRAGMA integrity_check") == [("ok",)]
        self.check_rows()
        self.check_tags()

    def check_rows(self):
        recordings = query(self.database, "SELECT count(*) FROM recordings")[0][0]
        assert recordings == len(set(self.sounds.values()))
        assert query(self.database, "SELECT state, count(*) FROM job_items GROUP BY state") == [("done", recordings)]
        assert query(self.database, "SELECT count(*) FROM job_batches WHERE state = 'claimed'") == [(0,)]
        assert query(self.database, "SELECT count(*), count(DISTINCT recording_id) FROM tag_changes") == [(recordings, recordings)]
        assert query(self.database, "SELECT count(*) FROM file_writes") == [(0,)]
        kinds = query(self.database, "SELECT recording_id, sum(kind = 'genre'), sum(kind = 'mood'), sum(kind = 'occasion'), "
                                     "sum(kind = 'keyword') FROM tags GROUP BY recording_id")  # fmt: skip
        assert len(kinds) == recordings
        for _, genres, moods, occasions, keywords in kinds:
            assert genres >= 1 and moods >= 1 and occasions >= 3 and keywords >= 4

    def check_tags(self):
        """What the files say is what the database says."""
        rows = query(self.database, "SELECT path, kind, tag FROM audio_files JOIN tags USING(recording_id) ORDER BY path, kind, position")
        for file in self.files:
            expected = {kind: [tag for path, k, tag in rows if path == str(file) and k == kind] for kind in ("genre", "mood", "occasion", "keyword")}
            assert read_back.tags_of(file) == expected, file

    def check_payments(self, log):
        for since, ids in self.forbidden:
            asked = {each for line in log if line["arrived"] > since for each in line["ids"]}
            assert not asked & ids, "what was done is paid for again"


def storm(kills, seed, say=print):
    """Libraries one after another, each killed at until it is done, until there were so many kills."""
    killed = libraries = 0
    while killed < kills:
        with tempfile.TemporaryDirectory(prefix="sluice-tag-") as folder, ModelServer(latency_ms=5) as server:
            library = Library(folder, int(seed) * 100_000 + libraries)
            was_killed = True
            while was_killed and killed < kills:
                try:
                    was_killed = library.kill_once(server.url, random.Random(f"{seed}/{libraries}/{killed}"))
                except Exception:
                    say(f"kill {killed} of library {libraries} of seed {seed}")
                    raise
                killed += was_killed
            library.finish(server.url)
            library.check_payments(server.log())
        libraries += 1
        say(f"{killed} kills in {libraries} libraries: every recording has one result, nothing is paid for again, no sound is damaged")
    return killed


if __name__ == "__main__":
    run_storm(storm, __doc__, 200)
