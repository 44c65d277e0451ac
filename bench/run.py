#!/usr/bin/env python3
"""Measures Sluice against PostgreSQL 15 and against a bare thread, on this machine, in this run.

run.py [--rows N] [--copy-rows N] [--only WORD]...
Prints one table (what, ours, reference, ratio, target, met) and writes build/bench.json. Ratios only mean something on a
machine that is otherwise idle. --only raw|libpq|tls|floor|latency|copy|cancel|memory|idle|short|crowd|fetch|mixed|metrics|store|tag|rest picks
parts; rest (twenty million statements) takes an hour or more and runs only when it is named.
"""

import argparse
import contextlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import crowd_part  # noqa: E402
import fetch_part  # noqa: E402
import metrics_part  # noqa: E402
import mixed_part  # noqa: E402
import rest_part  # noqa: E402
import short_part  # noqa: E402
import store_part  # noqa: E402
import tag_part  # noqa: E402
from idle import compare_idle  # noqa: E402
from support import certificates, paths, wire  # noqa: E402
from support.postgres import Postgres  # noqa: E402
from support.server import Server  # noqa: E402
from watch import Watch  # noqa: E402

BUILD = ROOT / "build" / "release"
PARTS_ALONE = {
    "short": short_part.run,
    "crowd": crowd_part.run,
    "fetch": fetch_part.run,
    "mixed": mixed_part.run,
    "metrics": metrics_part.run,
    "store": store_part.run,
    "tag": tag_part.run,
    "rest": rest_part.run,
}  # those that start servers of their own
PARTS_ONLY_NAMED = {"rest"}  # too long for a run of everything
COLUMNS = "id, value, label, day, moment, amount"
SOURCE = """SELECT i::BIGINT AS id, (i * 0.37)::DOUBLE AS value, 'label ' || (i % 1000) AS label, DATE '2000-01-01' + (i % 10000)::INTEGER AS day,
 TIMESTAMP '2000-01-01' + INTERVAL (i % 100000000) SECOND AS moment, (i % 1000000 / 100)::DECIMAL(18, 2) AS amount FROM range({rows}) t(i)"""
POSTGRES_TABLE = "id bigint, value double precision, label varchar, day date, moment timestamp, amount numeric(18,2)"


class Results:
    """Rows of the table: ours against a reference, with the ratio's target."""

    def __init__(self):
        self.rows = []

    def add(self, what, ours, reference, ratio, target, at_least=True):
        met = None if target is None else (ratio >= target if at_least else ratio <= target)
        self.rows.append({"what": what, "ours": ours, "reference": reference, "ratio": ratio,
                          "target": target, "at_least": at_least, "met": met})  # fmt: skip
        self.print(self.rows[-1])

    @staticmethod
    def print(row):
        sign = "" if row["target"] is None else ("≥" if row["at_least"] else "≤")
        target = "" if row["target"] is None else f"{sign} {row['target']:g}"
        met = {None: "", True: "yes", False: "NO"}[row["met"]]
        print(f"{row['what']:<58} {row['ours']:>14} {row['reference']:>14} {row['ratio']:>8.2f} {target:>8} {met:>4}", flush=True)


def program(name, *arguments):
    done = subprocess.run([str(BUILD / name), *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{name}: {done.stderr}")
    return json.loads(done.stdout)


def read(server, mode, form, sql, database="main"):
    """One read with its server CPU per row in ns; a PostgreSQL session's time shows when it has ended."""
    before = server.cpu_seconds()
    result = program("bench_reader", mode, server.host, server.port, database, form, sql)
    if isinstance(server, Postgres):
        settle(server, before)
    result["server_cpu_ns_per_row"] = (server.cpu_seconds() - before) / result["rows"] * 1e9
    result["rows_per_second"] = result["rows"] / result["seconds"]
    return result


def settle(server, before):
    deadline = time.monotonic() + 5
    while server.cpu_seconds() == before and time.monotonic() < deadline:
        time.sleep(0.02)


def best(results, key="rows_per_second"):
    return max(results, key=lambda result: result[key])


def mega(value):
    return f"{value / 1e6:.2f} M/s"


def compare_reads(table, ours, postgres, modes, rounds=3):
    sql = f"SELECT {COLUMNS} FROM bench"
    targets = {"raw": 2.2, "libpq": 1.3, "tls": 1.5}
    for mode in modes:
        for form in ("text", "binary"):
            mine, theirs = [], []
            for _ in range(rounds):  # in turn, so that a drift of the machine touches both
                mine.append(read(ours, mode, form, sql))
                theirs.append(read(postgres, mode, form, sql, "postgres"))
            a, b = best(mine), best(theirs)
            table.add(f"rows/s, {mode} reader, {form}, vs PostgreSQL", mega(a["rows_per_second"]), mega(b["rows_per_second"]),
                      a["rows_per_second"] / b["rows_per_second"], targets[mode])  # fmt: skip
            cpu = [statistics.median(r["server_cpu_ns_per_row"] for r in side) for side in (mine, theirs)]
            table.add(f"server CPU per row, {mode}, {form}, vs PostgreSQL", f"{cpu[0]:.0f} ns", f"{cpu[1]:.0f} ns",
                      cpu[0] / cpu[1], 0.55 if mode == "raw" else None, at_least=False)  # fmt: skip


def compare_floor(table, ours, database, rounds=9):
    """The same query, encoder and bytes by one bare thread into a loopback socket."""
    sql = f"SELECT {COLUMNS} FROM bench"
    for form in ("text", "binary"):
        mine, floor = [], []
        for _ in range(rounds):
            mine.append(read(ours, "raw", form, sql))
            floor.append(program("bench_floor", database, form, sql))
        for result in floor:
            result["rows_per_second"] = result["rows"] / result["seconds"]
        a, b = best(mine), best(floor)
        table.add(f"rows/s, {form}, vs bare thread", mega(a["rows_per_second"]), mega(b["rows_per_second"]),
                  a["rows_per_second"] / b["rows_per_second"], 0.85)  # fmt: skip
        cpu = statistics.median(r["server_cpu_ns_per_row"] for r in mine)
        bare = statistics.median(r["cpu_seconds"] / r["rows"] * 1e9 for r in floor)
        table.add(f"CPU per row, {form}, vs bare thread", f"{cpu:.0f} ns", f"{bare:.0f} ns", cpu / bare, 1.2, at_least=False)


def latencies(table, ours, postgres):
    def connect(server, database):
        started = time.perf_counter()
        with wire.Connection(server, database=database):
            return (time.perf_counter() - started) * 1e3

    mine = statistics.median(connect(ours, "main") for _ in range(100))
    theirs = statistics.median(connect(postgres, "postgres") for _ in range(30))
    table.add("new connection ready (target: 5 ms)", f"{mine:.2f} ms", f"{theirs:.2f} ms", mine / 5, 1.0, at_least=False)
    for name, sql in (("table", f"SELECT {COLUMNS} FROM bench"), ("computed", SOURCE.format(rows=10_000_000))):
        first = statistics.median(first_row_ms(ours, sql) for _ in range(5))
        table.add(f"first row, {name} (target: 10 ms)", f"{first:.2f} ms", "", first / 10, 1.0, at_least=False)


def first_row_ms(server, sql):
    with wire.Connection(server) as connection:
        connection.query("SELECT 1")
        started = time.perf_counter()
        connection.send(wire.query(sql))
        while connection.receive()[0] != b"D":
            pass
        return (time.perf_counter() - started) * 1e3


def compare_copy(table, ours, postgres, rows, folder):
    for form, options in (("csv", "(FORMAT csv)"), ("binary", "(FORMAT binary)")):
        file = os.path.join(folder, f"copy.{form}")
        with open(file, "wb") as out:
            subprocess.run([paths.psql(), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", ours.host, "-p", str(ours.port), "-U", "postgres", "-d", "main", "-c",
                            f"COPY (SELECT {COLUMNS} FROM bench LIMIT {rows}) TO STDOUT {options}"], stdout=out, check=True)  # fmt: skip
        rates = {}
        memory = Server(None)
        for _ in range(3):
            for name, server, database, create in (
                ("file", ours, "main", f"CREATE OR REPLACE TABLE copied AS {SOURCE.format(rows=0)}"),
                ("memory", memory, "main", f"CREATE OR REPLACE TABLE copied AS {SOURCE.format(rows=0)}"),
                ("postgres", postgres, "postgres", f"DROP TABLE IF EXISTS copied; CREATE UNLOGGED TABLE copied ({POSTGRES_TABLE})"),
            ):
                with wire.Connection(server, database=database) as connection:
                    assert wire.first_error(connection.query(create)) is None
                result = program("bench_copy_writer", server.host, server.port, database, file, f"COPY copied FROM STDIN {options}")
                assert result["rows"] == rows
                rates.setdefault(name, []).append(rows / result["seconds"])
        memory.kill()
        b = max(rates["postgres"])
        for name, target in (("file", 2.0), ("memory", None)):
            a = max(rates[name])
            table.add(f"COPY FROM STDIN, {form}, {name}, vs unlogged table", mega(a), mega(b), a / b, target)
        os.remove(file)
    with wire.Connection(ours) as connection:
        connection.query("DROP TABLE copied")


def cancel_latency(table, ours):
    delays = []
    for _ in range(10):
        with wire.Connection(ours) as connection:
            connection.send(wire.query("SELECT count(*) FROM range(10000000000) t(i) WHERE i % 7 = 3"))
            time.sleep(0.3)  # until the aggregate runs
            started = time.perf_counter()
            wire.cancel(ours, *connection.key)
            assert wire.first_error(connection.until_ready())["C"] == "57014"
            delays.append((time.perf_counter() - started) * 1e3)
    table.add("cancel of a running aggregate (target: 100 ms)", f"{max(delays):.1f} ms", "", max(delays) / 100, 1.0, at_least=False)


def memory(table, ours, rows):
    """Growth of the server's memory over a whole result; the table is warm, so that the engine's own cache does not count."""
    cases = [("table", f"SELECT {COLUMNS} FROM bench"), ("computed", SOURCE.format(rows=rows)),
             (f"computed, {10 * rows:,} rows", SOURCE.format(rows=10 * rows))]  # fmt: skip
    for name, sql in cases:
        program("bench_reader", "raw", ours.host, ours.port, "main", "text", f"SELECT {COLUMNS} FROM bench")
        with Watch(ours) as watch:
            program("bench_reader", "raw", ours.host, ours.port, "main", "text", sql)
        growth = watch.growth_mb()
        table.add(f"memory growth, {name} (target: 32 MB)", f"{growth:.1f} MB", "", growth / 32, 1.0, at_least=False)
    stalled_clients(table, ours, rows)


def stalled_clients(table, ours, rows):
    before, threads = ours.rss_bytes(), ours.threads()
    stalled = []
    for _ in range(20):
        connection = wire.Connection(ours)
        connection.send(wire.query(SOURCE.format(rows=rows)))
        received = 0
        while received < 1000:
            received += connection.receive()[0] == b"D"
        stalled.append(connection)
    time.sleep(1)  # until every buffer is as full as it gets
    held = (ours.rss_bytes() - before) / len(stalled) / 2**20
    table.add("memory of a stalled client (target: 8 MB)", f"{held:.2f} MB", "", held / 8, 1.0, at_least=False)
    deadline = time.monotonic() + 60
    while ours.threads() > threads and time.monotonic() < deadline:  # idle executor threads leave after a while
        time.sleep(0.5)
    table.add("threads held by 20 stalled clients", f"{ours.threads() - threads}", "", float(ours.threads() - threads), 0.0, at_least=False)
    for connection in stalled:
        connection.close()


def load(ours, postgres, rows):
    with wire.Connection(ours) as connection:
        assert wire.first_error(connection.query(f"CREATE TABLE IF NOT EXISTS bench AS {SOURCE.format(rows=rows)}")) is None
        connection.query("CHECKPOINT")
    with wire.Connection(postgres, database="postgres") as connection:
        assert wire.first_error(connection.query(f"CREATE UNLOGGED TABLE bench ({POSTGRES_TABLE})")) is None
    out = subprocess.Popen([paths.psql(), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", ours.host, "-p", str(ours.port), "-U", "postgres", "-d", "main", "-c",
                            f"COPY (SELECT {COLUMNS} FROM bench) TO STDOUT (FORMAT binary)"], stdout=subprocess.PIPE)  # fmt: skip
    subprocess.run([paths.psql(), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", postgres.host, "-p", str(postgres.port), "-U", "postgres", "-d", "postgres", "-c",
                    "COPY bench FROM STDIN (FORMAT binary)", "-c", "VACUUM ANALYZE bench"], stdin=out.stdout, check=True)  # fmt: skip
    assert out.wait() == 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--copy-rows", type=int, default=5_000_000)
    parser.add_argument("--only", action="append",
                        choices=["raw", "libpq", "tls", "floor", "latency", "copy", "cancel", "memory", "idle", *PARTS_ALONE])  # fmt: skip
    options = parser.parse_args()
    table = Results()

    def wanted(part):
        return part in options.only if options.only else part not in PARTS_ONLY_NAMED

    print(f"{'what':<58} {'ours':>14} {'reference':>14} {'ratio':>8} {'target':>8} {'met':>4}")
    for name, part in PARTS_ALONE.items():
        if wanted(name):
            part(table)
    if options.only and set(options.only) <= set(PARTS_ALONE):
        return write_results(table, options)

    with tempfile.TemporaryDirectory(prefix="sluice-bench-") as folder, contextlib.ExitStack() as stack:
        tls = certificates.self_signed(folder)
        postgres = stack.enter_context(Postgres(tls=tls, shared_buffers="2GB", max_wal_size="4GB"))
        database = f"{folder}/bench.duckdb"
        ours = Server(database, "--tls-cert", tls[0], "--tls-key", tls[1])
        stack.callback(lambda: ours.kill())
        load(ours, postgres, options.rows)
        modes = [mode for mode in ("raw", "libpq", "tls") if wanted(mode)]
        compare_reads(table, ours, postgres, modes)
        if wanted("latency"):
            latencies(table, ours, postgres)
        if wanted("cancel"):
            cancel_latency(table, ours)
        if wanted("memory"):
            memory(table, ours, options.rows)
        if wanted("idle"):
            compare_idle(table)
        if wanted("copy"):
            compare_copy(table, ours, postgres, options.copy_rows, folder)
        if wanted("floor"):
            ours.stop()  # the bare thread opens the same file
            ours = Server(database, "--read-only")
            stack.callback(lambda: ours.kill())
            compare_floor(table, ours, database)
    return write_results(table, options)


def write_results(table, options):
    (ROOT / "build" / "bench.json").write_text(json.dumps({"rows": options.rows, "results": table.rows}, indent=1) + "\n")
    missed = [row["what"] for row in table.rows if row["met"] is False]
    print(f"{len(table.rows)} measured, {len(missed)} missed; build/bench.json has them all")


if __name__ == "__main__":
    main()
