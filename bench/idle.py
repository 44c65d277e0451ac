"""What ten thousand clients cost that have logged in and wait: memory, errors, and how long the next one waits.

idle.py [CONNECTIONS] prints the same lines as `run.py --only idle`. Both processes need a file for each connection.
"""

import pathlib
import resource
import socket
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests"))

from support import wire  # noqa: E402
from support.server import Server  # noqa: E402

CONNECTIONS = 10_000
PER_ADDRESS = 5_000  # of 127.0.0.x, so that their ports do not run short
READY = b"Z\0\0\0\5I"


def connect(server, source="127.0.0.1"):
    connection = socket.create_connection((server.host, server.port), timeout=20, source_address=(source, 0))
    connection.sendall(wire.startup())
    until_ready(connection)
    return connection


def until_ready(connection):
    received = b""
    while not received.endswith(READY):
        chunk = connection.recv(65536)
        if not chunk:
            raise ConnectionError("closed by the server")
        received = (received + chunk)[-len(READY) :]


def settled_rss(server):
    """Freed memory goes back a while after the last statement."""
    time.sleep(1)  # the allocator frees without a notice
    return server.rss_bytes()


def measure(connections):
    """{bytes_idle, bytes_used: for each connection, before and after one SELECT 1; errors; connect_ms: the slowest of 100 more}"""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    server = Server(None, "--max-connections", str(connections + 200))
    errors = 0
    opened = []
    try:
        warm = [connect(server) for _ in range(20)]
        for each in warm:
            each.sendall(wire.query("SELECT 1"))
            until_ready(each)
        before = settled_rss(server)
        for i in range(connections):
            try:
                opened.append(connect(server, f"127.0.0.{2 + i // PER_ADDRESS}"))
            except OSError:
                errors += 1
        idle = (settled_rss(server) - before) / max(len(opened), 1)
        waits = []
        for _ in range(100):
            started = time.perf_counter()
            opened.append(connect(server))
            waits.append((time.perf_counter() - started) * 1e3)
        for each in opened:
            try:
                each.sendall(wire.query("SELECT 1"))
                until_ready(each)
            except OSError:
                errors += 1
        used = (settled_rss(server) - before) / len(opened)
    finally:
        for each in opened:
            each.close()
        server.kill()
    return {"bytes_idle": idle, "bytes_used": used, "errors": errors, "connect_ms": max(waits)}


def compare_idle(table, connections=CONNECTIONS):
    got = measure(connections)
    what = f"{connections:,} idle clients"
    table.add(f"{what}: errors", str(got["errors"]), "", float(got["errors"]), 0.0, at_least=False)
    for name, key in (("memory of each (target: 24 kB)", "bytes_idle"), ("of each after SELECT 1 (target: 24 kB)", "bytes_used")):
        table.add(f"{what}: {name}", f"{got[key] / 1000:.1f} kB", "", got[key] / 24_000, 1.0, at_least=False)
    table.add(f"{what}: slowest of 100 new ones (target: 50 ms)", f"{got['connect_ms']:.1f} ms", "", got["connect_ms"] / 50, 1.0, at_least=False)


if __name__ == "__main__":
    print(measure(int(sys.argv[1]) if len(sys.argv) > 1 else CONNECTIONS))
