"""Results stream: memory stays flat, a stalled client holds little and no thread, a vanished one stops its query."""

import select
import time

import psycopg
import pytest
from support import paths, wire

SIX_COLUMNS = """SELECT i::BIGINT AS id, (i * 0.5)::DOUBLE AS value, 'label ' || (i % 1000) AS label, DATE '2000-01-01' + (i % 10000)::INTEGER AS day,
    TIMESTAMP '2000-01-01' + INTERVAL (i % 100000000) SECOND AS moment, (i % 1000000 / 100)::DECIMAL(18, 2) AS amount FROM range({rows}) t(i)"""

pytestmark = pytest.mark.skipif(paths.PRESET != "release", reason="memory of an instrumented build says nothing")


def drain(connection, sql):
    """Reads a whole result without keeping it; returns (rows, seconds to the first row)."""
    started = time.perf_counter()
    connection.send(wire.query(sql))
    rows, first = 0, None
    while True:
        kind, _ = connection.receive()
        if kind == b"D":
            rows += 1
            first = first or time.perf_counter() - started
        elif kind == b"Z":
            return rows, first


def test_memory_stays_flat(start):
    server = start(None)
    with wire.Connection(server) as connection:
        drain(connection, SIX_COLUMNS.format(rows=100_000))
        before = server.rss_bytes()
        peak = before
        connection.send(wire.query(SIX_COLUMNS.format(rows=2_000_000)))
        received = 0
        while True:
            kind, body = connection.receive()
            received += kind == b"D"
            if received % 100_000 == 0:
                peak = max(peak, server.rss_bytes())
            if kind == b"Z":
                break
    assert received == 2_000_000
    assert peak - before < 32 << 20


@pytest.mark.parametrize("value", ["repeat(chr((97 + i % 26)::INTEGER), 50000)", "repeat('x', 49990) || i"])
def test_wide_rows_never_hold_many_chunks(start, value):
    server = start(None)
    chunk = 2048 * 50_000
    with wire.Connection(server) as connection:
        drain(connection, "SELECT 1")
        before = peak = server.rss_bytes()
        connection.send(wire.query(f"SELECT {value} FROM range(60000) t(i)"))
        received = 0
        while True:
            kind, _ = connection.receive()
            received += kind == b"D"
            if received % 200 == 0:
                peak = max(peak, server.rss_bytes())
            if kind == b"Z":
                break
    assert received == 60_000
    assert peak - before < 5 * chunk


def test_a_stalled_client_holds_little_and_no_thread(start):
    server = start(None)
    with wire.Connection(server) as warm:
        drain(warm, SIX_COLUMNS.format(rows=100_000))
    before, threads = server.rss_bytes(), server.threads()
    stalled = []
    for _ in range(10):
        connection = wire.Connection(server)
        connection.send(wire.query(SIX_COLUMNS.format(rows=100_000_000)))
        received = 0
        while received < 1000:
            received += connection.receive()[0] == b"D"
        stalled.append(connection)
    with wire.Connection(server) as other:  # the others still get answers
        for _ in range(20):
            assert wire.rows(other.query("SELECT 1")) == [(b"1",)]
    held = (server.rss_bytes() - before) / len(stalled)
    assert held < 8 << 20
    # Executor threads beyond one a core came while queries started, and leave when they have had nothing to do for a while.
    deadline = time.monotonic() + 60
    while server.threads() > threads and time.monotonic() < deadline:
        select.select([], [], [], 0.2)
    assert server.threads() <= threads
    for connection in stalled:
        connection.close()


def test_a_stalled_client_gets_every_row_when_it_reads_on(start):
    server = start(None)
    with wire.Connection(server) as connection:
        connection.send(wire.query("SELECT i FROM range(3000000) t(i)"))
        total = rows = 0
        while True:
            kind, body = connection.receive()
            if kind == b"D":
                rows += 1
                total += int(body[6:])
                if rows == 1000:
                    with wire.Connection(server) as other:
                        other.query("SELECT 1")
            elif kind == b"Z":
                break
        assert (rows, total) == (3_000_000, 3_000_000 * 2_999_999 // 2)


@pytest.mark.parametrize("statement", [
    "SELECT count(*) FROM range(100000000000) t(i) WHERE i % 7 = 3",
    "SELECT i FROM range(100000000000) t(i)",
])  # fmt: skip
def test_a_vanished_client_stops_its_query(start, statement):
    server = start(None)
    connection = wire.Connection(server)
    connection.send(wire.query(statement))
    deadline = time.monotonic() + 10
    while server.cpu_seconds() == 0 and time.monotonic() < deadline:
        select.select([], [], [], 0.01)
    connection.close()
    busy_until = time.monotonic()
    while time.monotonic() < busy_until + 10:
        before = server.cpu_seconds()
        select.select([], [], [], 0.2)
        if server.cpu_seconds() - before < 0.05:
            break
    else:
        raise AssertionError("the query of a vanished client still runs after 10 s")
    with psycopg.connect(server.dsn()) as other:
        assert other.execute("SELECT 1").fetchone() == (1,)
