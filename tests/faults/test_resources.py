"""Memory that is too little, descriptors that are used up, a clock that jumps, and a start that cannot be."""

import subprocess
import threading
import time

import psycopg
import pytest
from support import paths, wire
from support.faults import Faults, highest_file, limit_files, wait_until_ready

SORTS_2_GB = "SELECT count(*) FROM (SELECT i, repeat('x', 200) || i AS s FROM range(10000000) t(i) ORDER BY s DESC LIMIT 9000000) WHERE s IS NOT NULL"


@pytest.mark.skipif(paths.PRESET != "release", reason="an instrumented build is too slow for so many rows")
def test_a_sort_that_needs_more_memory_than_there_is(start, tmp_path):
    # With the one thread that Sluice gives so little memory the sort spills and succeeds; two need more than there is.
    server = start(tmp_path / "shop.duckdb", "--memory-limit", "64MB", "--engine-threads", "2")
    outcome = []

    def sort():
        with wire.Connection(server, seconds=60) as connection:
            outcome.append(wire.first_error(connection.query(SORTS_2_GB)))
            outcome.append(wire.rows(connection.query("SELECT 1")))

    sorting = threading.Thread(target=sort)
    sorting.start()
    said = set()
    with wire.Connection(server) as other:
        while sorting.is_alive():
            said.add(server.get("/readyz"))
            sorting.join(0.05)
            assert wire.rows(other.query("SELECT 1")) == [(b"1",)]
    sorting.join()
    assert outcome[0]["C"] == "53200" and "memory_limit" in outcome[0]["H"], outcome
    assert outcome[1] == [(b"1",)]
    assert any(status == 503 and "of memory_limit" in text for status, text in said), said
    wait_until_ready(server)


@pytest.mark.skipif(paths.PRESET != "release", reason="an instrumented build is too slow for so many rows")
def test_the_same_sort_with_one_thread_spills_or_is_stopped(start, tmp_path):
    """The first time it succeeds, on most machines; what matters is that there is no third way."""
    server = start(tmp_path / "shop.duckdb", "--memory-limit", "64MB")
    with wire.Connection(server, seconds=120) as connection:
        messages = connection.query(SORTS_2_GB)
        failure = wire.first_error(messages)
        assert wire.rows(messages) == [(b"9000000",)] if failure is None else failure["C"] == "53200"
        assert wire.rows(connection.query("SELECT 1")) == [(b"1",)]
    assert server.rss_bytes() < 320 << 20
    wait_until_ready(server)


def refusal(server):
    """What a client is told that may not come in; None: it came in, and is returned."""
    connection = wire.Connection(server, connect=False)
    connection.send(wire.startup())
    messages = connection.until_ready()
    failure = wire.first_error(messages)
    if failure:
        connection.close()
        return failure, None
    return None, connection


def use_up_descriptors(server):
    """Sessions until the server has no descriptor for another one."""
    limit_files(server.pid, highest_file(server.pid) + 1)
    let_in = []
    while len(let_in) < 50:
        failure, guest = refusal(server)
        if failure:
            assert failure["C"] == "53300" and failure["S"] == "FATAL" and "descriptors" in failure["D"]
            return let_in
        let_in.append(guest)
    raise AssertionError("the limit was not reached")


def test_no_descriptors_left(start, tmp_path):
    server = start(tmp_path / "shop.duckdb", "--readiness-trouble-window", "300ms")
    with wire.Connection(server) as connection:
        connection.query("CREATE TABLE kept AS SELECT 1 AS a")
        let_in = use_up_descriptors(server)
        for _ in range(3):  # the reserve is there again
            assert refusal(server)[0]["C"] == "53300"
            status, text = server.get("/readyz")
            assert status == 503 and "files: no file descriptors are left" in text
        assert server.get("/healthz") == (200, "ok\n")
        assert server.metrics()['connections_rejected_total{reason="no_descriptors"}'] == 4
        assert not wire.first_error(connection.query("INSERT INTO kept VALUES (2)"))
        limit_files(server.pid, 0)  # not even what a closed connection has given back
        failure = wire.first_error(connection.query("SELECT sum(length(content)) > 0 FROM read_text('/etc/passwd')"))
        assert failure["C"] == "53000" and "open files" in failure["H"]
        assert wire.rows(connection.query("SELECT a FROM kept")) == [(b"1",), (b"2",)]
        limit_files(server.pid, None)
        wait_until_ready(server)
        with psycopg.connect(server.dsn()) as other:
            assert other.execute("SELECT sum(length(content)) > 0 FROM read_text('/etc/passwd')").fetchone() == (True,)
        for guest in let_in:
            assert wire.rows(guest.query("SELECT 1")) == [(b"1",)]
            guest.close()


def test_a_silent_client_does_not_keep_the_last_descriptor(start, tmp_path):
    server = start(tmp_path / "shop.duckdb")
    let_in = use_up_descriptors(server)
    silent = wire.Connection(server, connect=False)
    assert refusal(server)[0]["C"] == "53300"  # after two seconds at most
    for each in (silent, *let_in):
        each.close()


YEAR = 365 * 86_400


def test_a_clock_that_jumps(start, tmp_path):
    faults = Faults(tmp_path)
    server = start(
        tmp_path / "shop.duckdb", "--idle-in-transaction-session-timeout", "60s", "--statement-timeout", "60s", environment=faults.environment
    )
    with wire.Connection(server) as connection, wire.Connection(server) as inside, wire.Connection(server) as busy:
        connection.query("CREATE TABLE kept (moment TIMESTAMPTZ)")
        inside.query("BEGIN")
        inside.query("INSERT INTO kept VALUES (now())")
        for seconds in (YEAR, -YEAR, 0):
            busy.send(wire.query("SELECT count(*) FROM range(100000000) t(i) WHERE i % 7 = 3"))
            faults.jump(seconds)
            told = float(wire.rows(connection.query("SELECT extract(epoch FROM now())"))[0][0])
            assert abs(told - time.time() - seconds) < 30
            assert not wire.first_error(busy.until_ready()), "a statement timeout must not follow the wall clock"
            assert not wire.first_error(inside.query("INSERT INTO kept VALUES (now())"))
            assert server.get("/readyz") == (200, "ready\n")
            with wire.Connection(server) as fresh:
                assert wire.rows(fresh.query("SELECT 1")) == [(b"1",)]
        assert wire.tags(inside.query("COMMIT")) == ["COMMIT"]
        assert wire.rows(connection.query("SELECT count(*) FROM kept")) == [(b"4",)]


@pytest.mark.parametrize("files", [4, 6, 8, 10, 12])
def test_a_start_without_descriptors_says_why(tmp_path, files):
    command = [
        "prlimit",
        f"--nofile={files}:{files}",
        paths.SLUICE,
        "serve",
        tmp_path / "new.duckdb",
        "--listen",
        "127.0.0.1:0",
        "--http",
        "127.0.0.1:0",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        _, said = process.communicate(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return  # it has started: there were enough
    assert process.returncode == 1, (process.returncode, said)
    lines = [line for line in said.splitlines() if not line.startswith("time=")]
    assert len(lines) == 1 and "oo many open files" in lines[0] or "no file descriptors are left" in lines[0], said
