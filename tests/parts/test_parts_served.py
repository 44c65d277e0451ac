"""`sluice serve DIR/parts.db` beside `sluice parts`: SQL clients see parts as they come, and neither disturbs the other."""

import subprocess
import threading
import time

import psycopg
from parts_project import WAIT_SECONDS, environment, git
from support import paths


def count(connection):
    return connection.execute("SELECT count(*) FROM Parts").fetchone()[0]


def test_clients_see_parts_that_are_added_meanwhile(project, start):
    first = project.add("One")
    server = start(project.folder / "parts.db")
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        assert connection.execute("SELECT number, name FROM Parts").fetchall() == [(first, "One")]
        for index in range(3):
            project.add(f"More {index}")
            assert count(connection) == index + 2
        project.release(first)
        assert connection.execute("SELECT status FROM Revisions WHERE part_id = 10000").fetchall() == [("Released",)]
    assert project.run("check", "--deep").returncode == 0


def test_reading_while_parts_are_added(project, start):
    server = start(project.folder / "parts.db")
    failures, counts = [], []
    done = threading.Event()

    def read():
        try:
            with psycopg.connect(server.dsn(), autocommit=True) as connection:
                while not done.is_set():
                    parts, revisions = connection.execute("SELECT (SELECT count(*) FROM Parts), (SELECT count(*) FROM Revisions)").fetchone()
                    counts.append((parts, revisions))
                    connection.execute("SELECT p.number, r.status FROM Parts p JOIN Revisions r USING (part_id)").fetchall()
        except psycopg.Error as problem:
            failures.append(problem)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for each in readers:
        each.start()
    numbers = [project.add(f"P{index}") for index in range(12)]
    deadline = time.monotonic() + WAIT_SECONDS
    while (12, 12) not in counts and not failures and time.monotonic() < deadline:
        time.sleep(0.01)  # a reader's look is what is waited for; threads that read give no event
    numbers += [project.add(f"P{index}") for index in range(12, 25)]
    done.set()
    for each in readers:
        each.join()
    assert not failures, failures
    assert numbers == [f"EL-RES-{10000 + index}" for index in range(25)]
    assert (12, 12) in counts and all(parts <= 25 for parts, _ in counts)
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        assert count(connection) == 25
    assert project.run("check", "--deep").returncode == 0


def test_a_client_in_a_transaction_does_not_keep_parts_from_being_added(project, start):
    project.add("One")
    server = start(project.folder / "parts.db", "--read-only")
    with psycopg.connect(server.dsn()) as connection:
        assert count(connection) == 1
        assert project.add("Two") == "EL-RES-10001"  # would wait for the lock, if the reader had it
        assert count(connection) == 2  # no snapshot: DuckDB reads each table as it is when its scan begins
    server.stop()
    assert project.add("Three") == "EL-RES-10002"
    assert git(project.folder, "fsck", "--full") == ""


def test_a_client_that_writes_makes_parts_wait_and_nothing_fails(project, start):
    project.add("One")
    server = start(project.folder / "parts.db")
    with psycopg.connect(server.dsn()) as connection:
        connection.execute("INSERT INTO Project VALUES ('remark', 'x')")
        adding = subprocess.Popen([paths.SLUICE, "parts", "add", "--category", "EL-RES", "--name", "Two"], cwd=project.folder,
                                  env=environment(SLUICE_PARTS_USER="ada"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip
        connection.commit()
    assert adding.communicate(timeout=WAIT_SECONDS) == ("EL-RES-10001\n", "") and adding.returncode == 0
