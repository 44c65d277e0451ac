"""Disks that are full, broken or changed below the server: an error, a word on /readyz, and on it goes."""

import errno
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import duckdb
import pytest
from support import wire
from support.faults import Faults, wait_until_ready
from support.waiting import wait_for

# A failure is complained about for as long as this, so that tests need not wait for the ten seconds of everyday.
SHORT = ("--readiness-trouble-window", "300ms")
SPILLS = "SELECT count(*) FROM (SELECT i, repeat('x', 100) || i AS s FROM range(1500000) t(i) ORDER BY s DESC LIMIT 1400000) WHERE s IS NOT NULL"


@pytest.fixture
def faults(tmp_path):
    return Faults(tmp_path)


@pytest.fixture
def path(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    return folder / "shop.duckdb"


def fails(connection, sql):
    """(SQLSTATE, message) of the error that must come; the session must be usable afterwards."""
    messages = connection.query(sql)
    assert wire.kinds(messages)[-1] == "Z", messages
    error = wire.first_error(messages)
    assert error, messages
    return error["C"], error["M"]


def values(connection, sql):
    messages = connection.query(sql)
    assert not wire.first_error(messages), wire.first_error(messages)
    return [row[0] for row in wire.rows(messages)]


def stored(path):
    with duckdb.connect(str(path)) as database:
        return [row[0] for row in database.execute("SELECT a FROM kept ORDER BY a").fetchall()]


def not_ready(server, *words):
    status, text = server.get("/readyz")
    assert status == 503 and all(word in text for word in words), text
    assert server.get("/healthz") == (200, "ok\n")


def test_a_full_disk_of_temporary_files(start, faults, path):
    server = start(path, "--memory-limit", "64MB", *SHORT, environment=faults.environment)
    with wire.Connection(server) as connection:
        connection.query("CREATE TABLE kept (a INTEGER)")
        faults.disk(".tmp/")
        code, message = fails(connection, SPILLS)
        assert code == "53100" and "No space left on device" in message
        not_ready(server, "disk: 0 MB are free", "trouble: a statement failed with 53100")
        connection.query("INSERT INTO kept VALUES (1)")
        assert values(connection, "SELECT a FROM kept") == [b"1"]
        faults.heal()
        wait_until_ready(server)
        assert values(connection, SPILLS) == [b"1400000"]


@pytest.mark.parametrize(("fault", "code"), [(errno.ENOSPC, "53100"), (errno.EIO, "58030")])
def test_a_commit_that_cannot_be_written(start, faults, path, fault, code):
    server = start(path, *SHORT, environment=faults.environment)
    with wire.Connection(server) as connection:
        connection.query("CREATE TABLE kept (a INTEGER)")
        connection.query("INSERT INTO kept VALUES (1)")
        faults.disk(".wal", fault)
        assert fails(connection, "INSERT INTO kept VALUES (2)")[0] == code
        connection.query("BEGIN")
        connection.query("INSERT INTO kept VALUES (3)")
        assert fails(connection, "COMMIT")[0] == code
        not_ready(server, f"trouble: a statement failed with {code}")
        assert values(connection, "SELECT a FROM kept") == [b"1"]
        faults.heal()
        wait_until_ready(server)
        connection.query("INSERT INTO kept VALUES (4)")
        assert values(connection, "SELECT a FROM kept ORDER BY a") == [b"1", b"4"]
    server.kill()
    assert stored(path) == [1, 4]


def test_a_really_full_disk(start, path):
    """The same with a file system that is full, where one may be mounted."""
    if subprocess.run(["unshare", "-rm", "true"], check=False).returncode != 0:
        pytest.skip("this machine lets nobody mount a file system in a namespace of its own")
    mounted = ("unshare", "-rm", "sh", "-c", f'mount -t tmpfs -o size=32m none "{path.parent}" && exec "$@"', "sh")
    server = start(path, "--readiness-disk-free-min", "8MB", *SHORT, wrapper=mounted)
    disk = f"/proc/{server.pid}/root{path.parent}"
    with wire.Connection(server) as connection:
        connection.query("CREATE TABLE kept (a INTEGER)")
        connection.query("INSERT INTO kept VALUES (1)")
        wait_until_ready(server)
        with open(f"{disk}/filler", "wb") as filler, pytest.raises(OSError, match="No space left"):
            while True:
                filler.write(bytes(1 << 20))
                filler.flush()
        not_ready(server, "disk: 0 MB are free")
        assert fails(connection, "INSERT INTO kept SELECT range FROM range(100000)")[0] == "53100"
        assert values(connection, "SELECT a FROM kept") == [b"1"]
        os.unlink(f"{disk}/filler")
        wait_until_ready(server)
        connection.query("INSERT INTO kept VALUES (2)")
        assert values(connection, "SELECT a FROM kept ORDER BY a") == [b"1", b"2"]


def test_a_damaged_block(start, path):
    with duckdb.connect(str(path)) as database:
        database.execute("CREATE TABLE kept AS SELECT 1 AS a")
        database.execute("CREATE TABLE large AS SELECT i, hash(i)::VARCHAR AS s FROM range(500000) t(i)")
    block = 3 * 4096 + 262_144 * ((path.stat().st_size - 3 * 4096) // 262_144 // 2)  # one in the middle, after three headers
    with open(path, "r+b") as file:
        file.seek(block + 1000)
        good = file.read(64)
        file.seek(block + 1000)
        file.write(bytes(byte ^ 0xFF for byte in good))
    server = start(path, *SHORT)
    with wire.Connection(server) as connection:
        code, message = fails(connection, "SELECT max(i), max(s) FROM large")
        assert code == "XX001" and "orrupt" in message
        not_ready(server, "trouble: a statement failed with XX001")
        assert values(connection, "SELECT a FROM kept") == [b"1"]
        with open(path, "r+b") as file:
            file.seek(block + 1000)
            file.write(good)
        wait_until_ready(server)
        assert values(connection, "SELECT max(i) + 0 * max(length(s)) FROM large") == [b"499999"]


def test_a_database_file_that_is_removed(start, path):
    server = start(path, *SHORT)
    with wire.Connection(server) as connection, wire.Connection(server) as inside:
        connection.query("CREATE TABLE kept (a INTEGER)")
        connection.query("INSERT INTO kept VALUES (1)")
        inside.query("BEGIN")
        inside.query("INSERT INTO kept VALUES (2)")
        os.rename(path, path.with_name("elsewhere"))
        for sql in ("INSERT INTO kept VALUES (3)", "CREATE TABLE other (a INTEGER)", "CHECKPOINT"):
            code, message = fails(connection, sql)
            assert code == "58P01" and "removed" in message, sql
        assert fails(inside, "COMMIT")[0] == "58P01"
        not_ready(server, "was removed while it was open")
        assert values(connection, "SELECT a FROM kept") == [b"1"]
        os.rename(path.with_name("elsewhere"), path)
        wait_until_ready(server)
        connection.query("INSERT INTO kept VALUES (4)")
        assert values(connection, "SELECT a FROM kept ORDER BY a") == [b"1", b"4"]
    server.kill()
    assert stored(path) == [1, 4]


def test_a_database_file_that_is_replaced(start, path):
    other = path.with_name("other.duckdb")
    with duckdb.connect(str(other)) as database:
        database.execute("CREATE TABLE kept AS SELECT 77 AS a")
    server = start(path, *SHORT)
    with wire.Connection(server) as connection, wire.Connection(server) as inside:
        connection.query("CREATE TABLE kept (a INTEGER)")
        connection.query("INSERT INTO kept VALUES (1)")
        write_log_into_file(server)
        inside.query("BEGIN")
        assert values(inside, "SELECT a FROM kept") == [b"1"]
        os.replace(other, path)
        assert fails(connection, "INSERT INTO kept VALUES (2)")[0] in ("58P01", "57P03")
        wait_until_restarted(server)
        assert values(connection, "SELECT a FROM kept") == [b"77"]
        assert fails(inside, "SELECT a FROM kept")[0] == "08006"
        assert fails(inside, "SELECT 1")[0] == "25P02"
        inside.query("ROLLBACK")
        inside.query("INSERT INTO kept VALUES (78)")
    assert server.stop() == 0
    assert stored(path) == [77, 78]


def write_log_into_file(server):
    with wire.Connection(server) as other:
        assert not wire.first_error(other.query("CHECKPOINT"))


def test_a_checkpoint_waits_for_the_end_of_a_write(start, path):
    server = start(path, "--retry-attempts", "100", "--retry-step", "10ms")
    with wire.Connection(server) as writer, wire.Connection(server) as other:
        writer.query("BEGIN")
        writer.query("CREATE TABLE kept (a INTEGER)")
        with ThreadPoolExecutor() as pool:
            checkpoint = pool.submit(other.query, "CHECKPOINT")
            wait_for(lambda: server.metrics()["retries_total"] > 0)
            assert not checkpoint.done()
            writer.query("COMMIT")
            assert not wire.first_error(checkpoint.result(timeout=20))
    assert server.metrics()["retries_succeeded_total"] == 1


def wait_until_restarted(server, times=1):
    wait_until_ready(server)
    assert server.metrics()["engine_restarts_total"] == times


def test_a_copy_of_the_file_moved_into_its_place_is_noticed_by_itself(start, path):
    server = start(path, *SHORT)
    with wire.Connection(server) as connection:
        connection.query("CREATE TABLE kept (a INTEGER)")
        write_log_into_file(server)
        copy = shutil.copy(path, path.with_name("copy"))
        os.replace(copy, path)
        not_ready(server, "was replaced while it was open")
        wait_until_restarted(server)
        assert values(connection, "SELECT count(*) FROM kept") == [b"0"]
