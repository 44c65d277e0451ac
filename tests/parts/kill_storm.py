#!/usr/bin/env python3
"""Kills workers on a parts project at random moments, and looks whether database and git agree and nothing acknowledged is lost.

kill_storm.py [--kills 500] [--seed 1]
Each round starts one or two processes (tests/parts/worker.cpp), waits until they have acknowledged a number of actions that the
seed gives, then a part of a millisecond to 30 more, and sends SIGKILL. Then `sluice parts check --deep` must find nothing, PRAGMA
integrity_check must say ok, and what the workers were told must be there. A project serves for rounds_a_project kills.
"""

import collections
import contextlib
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support import paths  # noqa: E402
from support.kills import run_storm  # noqa: E402

WORKER = paths.BUILD / "parts_worker"
ROUNDS_A_PROJECT = 20
DEADLINE_S = 60


class Acknowledged:
    """What workers were told, over all kills of a project."""

    def __init__(self):
        self.numbers = set()
        self.names = {}
        self.edits = collections.Counter()
        self.releases = collections.Counter()
        self.drafts = collections.defaultdict(int)
        self.lines = 0

    def add(self, line):
        self.lines += 1
        verb, _, rest = line.partition(" ")
        number, _, text = rest.partition(" ")
        if verb == "created":
            assert number not in self.numbers, f"{number} was given twice"
            self.numbers.add(number)
        elif verb == "named":
            self.names[number] = text
            self.edits[number] += 1
        elif verb == "released":
            self.releases[number] += 1
        elif verb == "drafted":
            self.drafts[number] = int(text)


class Worker:
    def __init__(self, project, seed, threads):
        self.process = subprocess.Popen([WORKER, project, str(seed), str(threads)], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)  # fmt: skip
        self.lines = []
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            if line.endswith("\n"):
                self.lines.append(line.rstrip("\n"))

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.reader.join(DEADLINE_S)
        code = self.process.wait(DEADLINE_S)
        errors = self.process.stderr.read()
        assert code == -signal.SIGKILL, f"a worker ended by itself with {code}: {errors}"


def command(*arguments):
    done = subprocess.run([paths.SLUICE, "parts", *map(str, arguments)], capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    assert done.returncode == 0, f"sluice parts {' '.join(map(str, arguments))}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def make_project(folder):
    command("init", folder, "--user", "ada", "--email", "ada@example.org")
    command("user", "add", "bob", "--role", "designer", "--project", folder, "--user", "ada")


def kill_once(project, dice, told):
    """Workers until one moment; returns how many lines came."""
    workers = [Worker(project, dice.randrange(1 << 30), dice.randint(1, 4)) for _ in range(dice.choice([1, 1, 2]))]
    enough = dice.randrange(0, 60)
    deadline = time.monotonic() + DEADLINE_S
    while sum(len(each.lines) for each in workers) < enough and time.monotonic() < deadline:
        time.sleep(0.0005)  # the moment is what is tested; a process has no event for it
    time.sleep(dice.uniform(0.0, 0.03))
    for each in workers:
        each.process.send_signal(signal.SIGKILL)
    for each in workers:
        each.kill()
        for line in each.lines:
            told.add(line)
    return sum(len(each.lines) for each in workers)


def look(project, told):
    """All that must hold after a restart."""
    command("check", "--deep", "--project", project, "--user", "ada")
    with contextlib.closing(sqlite3.connect(f"{project}/parts.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        ids = [row[0] for row in db.execute("SELECT part_id FROM Parts ORDER BY part_id")]
        assert ids == list(range(10000, 10000 + len(ids))), "numbers have gaps"
        names = dict(db.execute("SELECT number, name FROM Parts"))
        edits = dict(db.execute("SELECT number, count(*) FROM History JOIN Parts USING(part_id) WHERE action = 'edit' GROUP BY number"))
        releases = dict(db.execute("SELECT number, count(*) FROM Revisions JOIN Parts USING(part_id) WHERE status = 'Released' GROUP BY number"))
        versions = dict(db.execute("SELECT number, max(version) FROM Revisions JOIN Parts USING(part_id) GROUP BY number"))
        assert db.execute("SELECT count(*) FROM GitOutbox WHERE applied_date IS NULL").fetchone() == (0,)
    assert told.numbers <= names.keys(), f"lost parts: {sorted(told.numbers - names.keys())}"
    for number, name in told.names.items():  # one edit more may have been done than was told
        assert names[number] == name or edits.get(number, 0) > told.edits[number], f"lost the name of {number}"
    for number, count in told.releases.items():
        assert releases.get(number, 0) >= count, f"lost a release of {number}"
    for number, version in told.drafts.items():
        assert versions[number] >= version, f"lost version {version} of {number}"
    tags = subprocess.run(["git", "-C", project, "tag"], capture_output=True, text=True, check=True).stdout.split()
    assert set(tags) == {f"{number}/v{version}" for number, count in releases.items() for version in range(1, count + 1)}
    subprocess.run(["git", "-C", project, "fsck", "--strict", "--no-dangling", "--connectivity-only"], capture_output=True, check=True)


def storm(kills, seed, say=print):
    acknowledged = 0
    for first in range(0, kills, ROUNDS_A_PROJECT):
        with tempfile.TemporaryDirectory(prefix="sluice-kill-") as folder:
            project, told = f"{folder}/project", Acknowledged()
            make_project(project)
            for number in range(first, min(first + ROUNDS_A_PROJECT, kills)):
                dice = random.Random(f"{seed}/{number}")
                acknowledged += kill_once(project, dice, told)
                try:
                    look(project, told)
                except Exception:
                    say(f"kill {number} of seed {seed}")
                    raise
        say(f"{min(first + ROUNDS_A_PROJECT, kills)} kills, {acknowledged} acknowledged actions, nothing lost")
    return acknowledged


if __name__ == "__main__":
    run_storm(storm, __doc__, 500)
