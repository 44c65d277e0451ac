"""run.py --only short: statements that cost less than their way through a server, on PostgreSQL 15 and on Sluice in turns.

Shapes: a statement that reads nothing, one that the engine executes, a row by its primary key (beside the same reads through
DuckDB's C API in one process), and how long `select 1` waits while every core computes an aggregate.
"""

import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import threading
import time

from support import certificates, paths, wire
from support.postgres import Postgres
from support.server import Server

ROUNDS, SECONDS = 5, 2
POINTS = 1_000_000
FLOOR = pathlib.Path(__file__).resolve().parent.parent / "build" / "release" / "bench_point_floor"
NOTHING, ENGINE = "select 1;\n", "select n from one_row;\n"
# what, script, mode, clients, TLS, target
SHAPES = [
    ("reads nothing", NOTHING, "prepared", 8, False, 0.9),
    ("reads nothing", NOTHING, "simple", 8, False, 0.9),
    ("reads nothing", NOTHING, "extended", 8, False, None),
    ("reads nothing", NOTHING, "prepared", 8, True, 0.8),
    ("reads nothing", NOTHING, "simple", 8, True, 0.8),
    ("reads nothing", NOTHING, "prepared", 1, False, 0.7),
    ("reads nothing", NOTHING, "simple", 1, False, 0.7),
    ("reads one row", ENGINE, "prepared", 8, False, 0.55),
    ("reads one row", ENGINE, "simple", 8, False, 0.55),
    ("reads one row", ENGINE, "prepared", 1, False, 0.7),
    ("reads one row", ENGINE, "simple", 1, False, 0.7),
]
POINT = f"\\set k random(1, {POINTS})\nselect value from points where id = :k;\n"


def pgbench(server, database, script, mode, clients, tls=False, seconds=SECONDS):
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        done = subprocess.run(
            [paths.pgbench(), "-n", "-M", mode, "-c", str(clients), "-j", str(min(clients, 2)), "-T", str(seconds), "-f", file.name,
             "-h", server.host, "-p", str(server.port), "-U", "postgres", database], capture_output=True, text=True, check=True,
            env={**os.environ, "PGSSLMODE": "require" if tls else "disable"})  # fmt: skip
    return float(next(line for line in done.stdout.splitlines() if line.startswith("tps")).split()[2])


def in_turns(*calls):
    """Makes each of the calls (a function and its arguments) ROUNDS times, one after the other; the medians, in their order."""
    found = [[] for _ in calls]
    for turn in range(ROUNDS):
        for i in range(len(calls)) if turn % 2 else reversed(range(len(calls))):
            function, *arguments = calls[i]
            found[i].append(function(*arguments))
    return [statistics.median(each) for each in found]


def load(server, database):
    with wire.Connection(server, database=database) as connection:
        for sql in ["create table one_row as select 1 as n", "create table points (id integer primary key, value text)",
                    f"insert into points select i, 'value ' || i from generate_series(1, {POINTS}) as s(i)", "analyze points", "checkpoint"]:  # fmt: skip
            assert wire.first_error(connection.query(sql)) is None, sql


def floor_per_second(database, kind):
    done = subprocess.run([FLOOR, database, str(os.cpu_count()), str(SECONDS), str(POINTS), kind], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["per_second"]


def compare_points(table, ours, postgres, copy):
    for mode, kind in (("prepared", "parameter"), ("simple", "literal")):
        a, b, floor = in_turns(
            (pgbench, ours, "main", POINT, mode, 8), (pgbench, postgres, "postgres", POINT, mode, 8), (floor_per_second, copy, kind)
        )
        table.add(f"a row by its key, {mode}, beside the C API ({kind})", f"{a:,.0f}/s", f"{floor:,.0f}/s", a / floor, 0.85)
        table.add(f"a row by its key, {mode}, beside PostgreSQL", f"{a:,.0f}/s", f"{b:,.0f}/s", a / b, None)


def compare_waits(table, ours):
    """The time of `select 1` while every core computes an aggregate of about ten seconds."""
    stopped = threading.Event()

    def aggregate():
        with wire.Connection(ours) as connection:
            while not stopped.is_set():
                connection.query("select sum(hash(a.i + b.i)) from range(30000) a(i), range(100000) b(i)")

    threads = [threading.Thread(target=aggregate) for _ in range(os.cpu_count())]
    for each in threads:
        each.start()
    time.sleep(1)
    waits = []
    with wire.Connection(ours) as connection:
        until = time.monotonic() + 10
        while time.monotonic() < until:
            started = time.perf_counter()
            connection.query("select 1")
            waits.append((time.perf_counter() - started) * 1e3)
            time.sleep(0.002)
    stopped.set()
    waits.sort()
    p99 = waits[len(waits) * 99 // 100]
    table.add("select 1 beside an aggregate for each core, p99", f"{p99:.1f} ms", "10 ms", p99 / 10, 1.0, at_least=False)
    ours.kill()
    for each in threads:
        each.join()


def run(table):
    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder, contextlib.ExitStack() as stack:
        cert, key = certificates.self_signed(folder)
        postgres = stack.enter_context(Postgres(tls=(cert, key)))
        database, copy = f"{folder}/short.duckdb", f"{folder}/copy.duckdb"
        ours = Server(database, "--tls-cert", cert, "--tls-key", key)
        stack.callback(ours.kill)
        load(ours, "main")
        load(postgres, "postgres")
        subprocess.run(["cp", database, copy], check=True)
        for what, script, mode, clients, tls, target in SHAPES:
            a, b = in_turns((pgbench, ours, "main", script, mode, clients, tls), (pgbench, postgres, "postgres", script, mode, clients, tls))
            name = f"{what}, {clients} client{'s' if clients > 1 else ''}, {mode}{', TLS' if tls else ''}"
            table.add(name, f"{a:,.0f}/s", f"{b:,.0f}/s", a / b, target)
        compare_points(table, ours, postgres, copy)
        compare_waits(table, ours)
