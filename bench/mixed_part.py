"""run.py --only mixed: 64 sessions of all profiles for a minute on a budget of 2 GB, of which 8 run analyses that want 1 GB each.

Catalog queries must not wait for the others, nobody may be refused without a SQLSTATE, the process stays within its budget and 256 MB
more, and nothing stays reserved. Each kind of client is a process of its own, so that one's work does not delay another's clock.
"""

import asyncio
import collections
import itertools
import multiprocessing
import pathlib
import statistics
import tempfile
import time

from support import wire
from support.server import Server
from watch import Watch

SECONDS = 60
BUDGET_MB, ALLOWED_MB = 2048, 2048 + 256
ROWS = 20_000_000
FLAGS = ["--memory-budget", f"{BUDGET_MB}MB", "--profile", "analysis memory=1GB timeout=10min", "--admission-timeout", "10min"]
TABLE = f"CREATE TABLE events AS SELECT i AS id, hash(i) AS key, 'label ' || (i % 100000) AS label, (i % 1000000) / 100.0 AS amount FROM range({ROWS}) t(i)"

# kind: sessions, seconds between two statements, what each session says first, statements in turn
KINDS = {
    "catalog": (32, 0.2, None, [
        "SELECT c.relname, n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'v')",
        "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'main'",
        "SELECT * FROM information_schema.tables",
    ]),
    "streaming": (16, 0.2, None, [
        "SELECT label, sum(amount) FROM events WHERE id < 100000 GROUP BY label ORDER BY 2 DESC LIMIT 10",
        "SELECT id, label, amount FROM events LIMIT 20000",
    ]),
    "background": (8, 0.5, "SET sluice.profile = background", ["SELECT count(DISTINCT label) FROM events"]),
    "analysis": (8, 0.0, "SET sluice.profile = analysis", [
        "SELECT count(*) FROM (SELECT key, max(label), sum(amount) FROM events GROUP BY key)",
        "SELECT count(*) FROM (SELECT label, id, row_number() OVER (PARTITION BY label ORDER BY key) AS place FROM events) WHERE place = 1",
    ]),
}  # fmt: skip


async def say(reader, writer, sql):
    """The SQLSTATE, or None."""
    writer.write(wire.query(sql))
    code = None
    while True:
        kind, length = (head := await reader.readexactly(5))[:1], int.from_bytes(head[1:], "big")
        body = await reader.readexactly(length - 4)
        if kind == b"E":
            code = next(field[1:].decode() for field in body.split(b"\0") if field[:1] == b"C")
        if kind == b"Z":
            return code


async def session(port, first, pause, delay, statements, until, latencies, errors):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(wire.startup())
    while (head := await reader.readexactly(5))[:1] != b"Z":
        await reader.readexactly(int.from_bytes(head[1:], "big") - 4)
    await reader.readexactly(1)
    if first:
        await say(reader, writer, first)
    await asyncio.sleep(delay)  # people do not begin all at once
    for sql in itertools.cycle(statements):
        started = time.monotonic()
        if started >= until:
            break
        code = await say(reader, writer, sql)
        latencies.append((time.monotonic() - started) * 1e3)
        if code is not None:
            errors[code] += 1
        await asyncio.sleep(pause)
    writer.close()


def client(kind, port, until, answers):
    count, pause, first, statements = KINDS[kind]
    latencies, errors = [], collections.Counter()

    async def all_sessions():
        turns = [statements[i % len(statements) :] + statements[: i % len(statements)] for i in range(count)]
        delays = [pause * i / count for i in range(count)]
        await asyncio.gather(*(session(port, first, pause, delay, turn, until, latencies, errors) for delay, turn in zip(delays, turns)))

    asyncio.run(all_sessions())
    answers.put((kind, latencies, dict(errors)))


def percentile(values, share):
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def run(table):
    with tempfile.TemporaryDirectory(prefix="sluice-mixed-") as folder:
        server = Server(pathlib.Path(folder) / "mixed.duckdb", *FLAGS)
        try:
            asyncio.run(session(server.port, TABLE, 0, 0, [], 0, [], collections.Counter()))
            answers = multiprocessing.Queue()
            until = time.monotonic() + SECONDS
            with Watch(server) as watch:
                clients = [multiprocessing.Process(target=client, args=(kind, server.port, until, answers)) for kind in KINDS]
                for each in clients:
                    each.start()
                got = {kind: (latencies, errors) for kind, latencies, errors in (answers.get(timeout=SECONDS + 300) for _ in clients)}
                for each in clients:
                    each.join()
            for kind, (latencies, errors) in got.items():
                what = f"{len(latencies)} of them, {sum(errors.values())} errors {errors or ''}"
                table.add(f"mixed: {kind}, median ms", f"{statistics.median(latencies):.1f} ms", what, 1.0, None)
            p99 = percentile(got["catalog"][0], 0.99)
            table.add(
                "mixed: catalog queries, p99 (target: 50 ms)", f"{p99:.1f} ms", f"max {max(got['catalog'][0]):.0f} ms", p99 / 50, 1.0, at_least=False
            )
            refused = sum(got["catalog"][1].values())
            table.add("mixed: catalog queries refused", f"{refused}", "", float(refused), 0.0, at_least=False)
            table.add(
                f"mixed: memory at most (target: {ALLOWED_MB} MB)",
                f"{watch.peak / 2**20:.0f} MB",
                "",
                watch.peak / 2**20 / ALLOWED_MB,
                1.0,
                at_least=False,
            )
            left = server.metrics()["admission_reserved_bytes"]
            table.add(
                "mixed: reserved afterwards",
                f"{left:.0f} B",
                f"{server.metrics()['admission_reserved_bytes_max'] / 2**20:.0f} MB at most",
                left,
                0.0,
                at_least=False,
            )
        finally:
            server.kill()
