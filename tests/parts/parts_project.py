"""A parts project made and used by the real `sluice parts`, and a picture of everything it holds."""

import json
import os
import pathlib
import sqlite3
import subprocess

from support import paths

WAIT_SECONDS = 60


def environment(**more):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SLUICE_")}
    return {**clean, "LC_ALL": "C.UTF-8", **{name: str(value) for name, value in more.items()}}


class Project:
    """ada is the Admin, bob and dan are Designers, eve is a Viewer."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.must("init", folder, "--name", "Rover", "--email", "ada@example.org", cwd=self.folder.parent)
        for name, role in (("bob", "designer"), ("dan", "designer"), ("eve", "viewer")):
            self.must("user", "add", name, "--role", role, "--email", f"{name}@example.org")

    def run(self, *arguments, user="ada", cwd=None, **options):
        return subprocess.run(
            [str(paths.SLUICE), "parts", *map(str, arguments)], capture_output=True, timeout=WAIT_SECONDS, cwd=cwd or self.folder,
            env=environment(SLUICE_PARTS_USER=user), **{"text": True, **options},
        )  # fmt: skip

    def must(self, *arguments, **options):
        """Its output; it succeeded and had nothing to complain about."""
        done = self.run(*arguments, **options)
        assert done.returncode == 0 and not done.stderr, done
        return done.stdout.strip() if isinstance(done.stdout, str) else done.stdout

    def json(self, *arguments, **options):
        return json.loads(self.must(*arguments, "--json", **options))

    def refused(self, *arguments, lines=1, **options):
        """Its complaint: one line, exit code 1, nothing on stdout and nothing changed."""
        before = self.picture()
        done = self.run(*arguments, **options)
        assert done.returncode == 1 and not done.stdout, done
        assert len(done.stderr.strip().splitlines()) == lines and done.stderr.startswith("sluice: parts"), done.stderr
        assert self.picture() == before
        return done.stderr

    def add(self, name="Part", category="EL-RES", **options):
        return self.must("add", "--category", category, "--name", name, **options)

    def release(self, number):
        self.must("submit", number, "--approver", "bob")
        self.must("approve", number, user="bob")
        self.must("release", number)

    def rows(self, sql, *values):
        with sqlite3.connect(f"file:{self.folder / 'parts.db'}?mode=ro", uri=True) as connection:
            return connection.execute(sql, values).fetchall()

    def refs(self):
        return git(self.folder, "for-each-ref", "--format=%(refname) %(objectname)")

    def picture(self):
        """All rows of all tables, and all refs of git."""
        names = [name for (name,) in self.rows("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
        return {name: self.rows(f'SELECT * FROM "{name}" ORDER BY 1') for name in names}, self.refs()


def git(folder, *arguments):
    return subprocess.run(["git", "-C", folder, "-c", "safe.directory=*", *arguments], capture_output=True, text=True, check=True).stdout
