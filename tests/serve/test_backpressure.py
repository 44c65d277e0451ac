"""Clients that read slowly, not at all, or are gone, against a real server: memory stays bounded and nobody else notices."""

import selectors
import socket
import struct
import time
import zlib

import pytest
from support import paths, wire
from support.waiting import wait_for

DEADLINE_SECONDS = 120


# ---- clients that are gone while a statement computes

COMPUTES = "SELECT count(*) FROM range(100000000000) t(i) WHERE i % 7 = 3"


def close(connection):
    connection.close()


def reset(connection):
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def half_close(connection):
    connection.socket.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("paused", [False, True], ids=["reading", "reading_paused"])
@pytest.mark.parametrize("leave", [close, reset, half_close])
def test_a_statement_without_output_stops_when_its_client_leaves(start, leave, paused):
    server = start(None, "--input-buffer-size", "64kB")
    connection = wire.Connection(server)
    before = server.metrics()["bytes_received_total"]
    connection.send(wire.query(COMPUTES))
    wait_for(lambda: server.metrics()["executor_running"] == 1, "executor_running")
    if paused:  # what the server does not read any more still fits into its kernel's buffer: the end comes behind it
        connection.send(wire.query("SELECT 1") * 7_000)
        wait_for(lambda: server.metrics()["bytes_received_total"] - before >= 64 << 10, "what was sent")
    started = time.monotonic()
    leave(connection)
    wait_for(lambda: server.metrics()["executor_running"] == 0, "executor_running")
    print(f"{leave.__name__}: {(time.monotonic() - started) * 1e3:.0f} ms")
    wait_for(lambda: server.metrics()["connections_active"] == 0, "connections_active")
    assert server.metrics()["clients_vanished_total"] == 1
    with wire.Connection(server) as other:
        assert wire.rows(other.query("SELECT 1")) == [(b"1",)]


# ---- many clients, some of which have stopped reading

ROWS = 500_000
COUNT = f"SELECT 1000000000 + i FROM range({ROWS}) t(i)"  # ten digits each, so that rows have one length
BEGINS = 100 * 21


def expected_rows():
    """CRC of all DataRows of COUNT, and their length in bytes."""
    rows = b"".join(wire.packet(b"D", struct.pack("!hi", 1, 10) + b"%d" % (1_000_000_000 + i)) for i in range(ROWS))
    return zlib.crc32(rows), len(rows)


class Reader:
    """Reads one result as bytes; rows_crc and rows_bytes are of its DataRows."""

    def __init__(self, server, window=None):
        self.socket = socket.socket()
        if window:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        self.socket.settimeout(20)
        self.socket.connect((server.host, server.port))
        self.socket.sendall(wire.startup())
        received = b""
        while not received.endswith(b"Z\0\0\0\5I"):
            received += self.socket.recv(65536)
        self.description = b""
        self.tail = b""
        self.crc = 0
        self.bytes = 0
        self.finished = False

    def ask(self, sql):
        self.socket.sendall(wire.query(sql))

    def take(self, limit=1 << 20):
        chunk = self.socket.recv(limit)
        assert chunk, "the server closed the connection"
        if not self.bytes:  # the row description is the first message
            self.description += chunk
            if len(self.description) < 5:
                return
            (length,) = struct.unpack_from("!i", self.description, 1)
            chunk = self.description[1 + length :]
        held = self.tail + chunk
        self.finished = held.endswith(b"Z\0\0\0\5I")
        end = len(held) - 64 if not self.finished else held.rindex(b"C\0\0\0")
        if end > 0:
            self.crc = zlib.crc32(held[:end], self.crc)
            self.bytes += end
            held = held[end:]
        self.tail = held


def read_all(readers, deadline, watch=lambda: 0):
    """Reads every result to its end; the largest value that `watch` gave meanwhile."""
    largest = watch()
    looked = time.monotonic()
    selector = selectors.DefaultSelector()
    for each in readers:
        each.socket.setblocking(False)
        selector.register(each.socket, selectors.EVENT_READ, each)
    left = len(readers)
    while left:
        assert time.monotonic() < deadline, f"{left} results are incomplete"
        for key, _ in selector.select(1):
            key.data.take()
            if key.data.finished:
                selector.unregister(key.data.socket)
                left -= 1
        if time.monotonic() - looked > 0.02:
            largest = max(largest, watch())
            looked = time.monotonic()
    return largest


@pytest.mark.skipif(paths.PRESET != "release", reason="an instrumented build is too slow for so many rows")
@pytest.mark.parametrize(("fast", "stalled", "limit_mb"), [(40, 20, 8), (200, 100, 256)])
def test_stalled_clients_neither_stop_the_others_nor_lose_rows(start, fast, stalled, limit_mb):
    server = start(None, "--buffered-bytes-max", f"{limit_mb}MB")
    crc, size = expected_rows()
    slow = [Reader(server, window=32 << 10) for _ in range(stalled)]
    for each in slow:
        each.ask(COUNT)
        each.take(BEGINS)
    wait_for(lambda: server.metrics()["executor_running"] == 0, "executor_running")
    assert server.metrics()["streaming_backpressure_events"] >= stalled
    others = [Reader(server) for _ in range(fast)]
    before = server.metrics()["session_buffered_bytes"]
    started = time.monotonic()
    for each in others:
        each.ask(COUNT)
    peak = read_all(others, started + DEADLINE_SECONDS, lambda: server.metrics()["session_buffered_bytes"])
    print(f"{fast} clients: {time.monotonic() - started:.1f} s; {before / 2**20:.0f} MB held by {stalled} stalled ones, {peak / 2**20:.0f} MB at most, "
          f"{server.metrics()['streaming_budget_waits_total']:.0f} waits; RSS {server.rss_bytes() / 2**20:.0f} MB")  # fmt: skip
    assert [(each.crc, each.bytes) for each in others] == [(crc, size)] * fast
    assert peak <= limit_mb << 20
    read_all(slow, time.monotonic() + DEADLINE_SECONDS)
    assert [(each.crc, each.bytes) for each in slow] == [(crc, size)] * stalled
    wait_for(lambda: server.metrics()["session_buffered_bytes"] == 0, "session_buffered_bytes")
    for each in slow + others:
        each.socket.close()
    wait_for(lambda: server.metrics()["connections_active"] == 0, "connections_active")


# ---- one client, with short times


def test_a_silent_client_is_logged_and_then_closed(start, tmp_path):
    log = tmp_path / "server.log"
    server = start(None, "--slow-client-threshold", "200ms", "--flush-timeout", "2s", log=log)
    client = Reader(server, window=32 << 10)
    client.ask("SELECT i FROM range(100000000) t(i)")
    wait_for(lambda: server.metrics()["flush_timeouts_total"] == 1, "flush_timeouts_total")
    wait_for(lambda: server.metrics()["connections_active"] == 0, "connections_active")
    lines = log.read_text().splitlines()
    assert any("level=info" in line and "client reads nothing" in line and "buffered_bytes=" in line for line in lines)
    assert sum("level=warn" in line and "flush_timeout" in line and "session=" in line for line in lines) == 1
    assert server.metrics()["slow_flush_count"] >= 1
    client.socket.close()


def test_a_slow_client_is_not_closed(start):
    server = start(None, "--slow-client-threshold", "100ms", "--flush-timeout", "2s")
    client = Reader(server, window=32 << 10)
    client.ask(COUNT)
    ends = time.monotonic() + 6
    while time.monotonic() < ends:  # for three times the timeout a window's worth every now and then
        client.take(32 << 10)
        time.sleep(0.2)  # a client that takes its time
    assert server.metrics()["flush_timeouts_total"] == 0
    read_all([client], time.monotonic() + DEADLINE_SECONDS)
    assert (client.crc, client.bytes) == expected_rows()
    client.socket.close()


# ---- clients that do nothing


@pytest.mark.skipif(paths.PRESET != "release", reason="memory of an instrumented build says nothing")
def test_an_idle_connection_holds_little_whatever_it_did_before(start):
    server = start(None)

    def use(connection):
        connection.query("SELECT repeat('x', 1000) FROM range(1000)")
        connection.run(wire.parse("SELECT 1"), (wire.bind() + wire.execute()) * 500, wire.SYNC)
        connection.query(f"SELECT 1 /*{'x' * 200_000}*/")

    warm = [wire.Connection(server) for _ in range(10)]
    for each in warm:
        use(each)
    before = server.rss_bytes()
    idle = [wire.Connection(server) for _ in range(200)]
    assert (server.rss_bytes() - before) / len(idle) < 12_000
    for each in idle:
        use(each)
    assert (server.rss_bytes() - before) / len(idle) < 64_000
    for each in warm + idle:
        each.close()


def test_it_says_when_it_may_not_open_enough_files(start, tmp_path):
    log = tmp_path / "server.log"
    server = start(None, "--max-connections", "1000", wrapper=("prlimit", "--nofile=100:900"), log=log)
    assert "Max open files            900                  900" in open(f"/proc/{server.pid}/limits", encoding="ascii").read()
    assert "level=warn" in log.read_text() and "files=900" in log.read_text()
