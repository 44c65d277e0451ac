"""run.py --only fetch: pgjdbc with a fetch size beside pgjdbc without one, and the first rows of a cursor over 10^9 rows.

The driver's classes come with `tools/setup.sh bench`.
"""

import contextlib
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

from crowd_part import Watch
from support import paths, wire
from support.postgres import Postgres
from support.server import Server

ROWS = 5_000_000
FETCH_SIZE = 1000
ROUNDS = 3
TABLE = f"CREATE {{unlogged}} TABLE fetched AS SELECT i::int8 AS id, 'label ' || (i % 1000) AS label, (i * 0.25)::float8 AS value FROM generate_series(1, {ROWS}) AS t(i)"
SQL = "SELECT id, label, value FROM fetched"
BILLION = "SELECT i, i * 2 AS twice, 'label ' || i AS label FROM generate_series(1, 1000000000) AS t(i)"


def jdbc(classes, server, fetch_size, heap):
    command = ["java", f"-Xmx{heap}", "-XX:+UseSerialGC", "-cp", f"{classes}:{paths.DEPS / 'java' / 'lib'}/*", "JdbcFetch",
               f"jdbc:postgresql://{server.host}:{server.port}/{server.database}", str(fetch_size), SQL]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    result = json.loads(done.stdout)
    assert result["rows"] == ROWS
    return result


def with_and_without(table, ours, postgres, classes):
    sized, whole, theirs, growth = [], [], [], []
    for _ in range(ROUNDS):  # in turn, so that a drift of the machine touches all
        with Watch(ours) as watch:
            sized.append(jdbc(classes, ours, FETCH_SIZE, "64m"))
        growth.append(watch.growth_mb())
        whole.append(jdbc(classes, ours, 0, "4g"))
        theirs.append(jdbc(classes, postgres, FETCH_SIZE, "64m"))
    a, b, c = (min(each["seconds"] for each in side) for side in (sized, whole, theirs))

    def rate(seconds):
        return f"{ROWS / seconds / 1e6:.2f} M/s"

    table.add(f"JDBC, fetch size {FETCH_SIZE}, -Xmx64m, vs all at once", rate(a), rate(b), b / a, 0.8)
    table.add(f"JDBC, fetch size {FETCH_SIZE}, vs PostgreSQL", rate(a), rate(c), c / a, None)
    heap = max(each["heap_mb"] for each in sized)
    table.add("JDBC, heap at its fullest (of 64 MB)", f"{heap:.0f} MB", f"{max(each['heap_mb'] for each in whole):.0f} MB", heap / 64, None)
    first = statistics.median(each["first_row_ms"] for each in sized)
    table.add("JDBC, first row", f"{first:.1f} ms", f"{statistics.median(each['first_row_ms'] for each in theirs):.1f} ms", 1.0, None)
    table.add("server's memory growth meanwhile (target: 32 MB)", f"{max(growth):.1f} MB", "", max(growth) / 32, 1.0, at_least=False)


def declare_and_fetch(connection, sql):
    """(ms from DECLARE sent to the tenth row received, ms of ROLLBACK)"""
    assert wire.first_error(connection.query("BEGIN")) is None
    started = time.perf_counter()
    for statement, rows in ((sql, 0), ("FETCH FORWARD 10 FROM c", 10)):
        messages = connection.query(statement)
        if error := wire.first_error(messages):
            raise RuntimeError(error["M"])
        assert len(wire.rows(messages)) == rows
    fetched = time.perf_counter()
    connection.query("ROLLBACK")
    return (fetched - started) * 1e3, (time.perf_counter() - fetched) * 1e3


def first_rows(table):
    """By a server that has done nothing else."""
    for words in ("", "NO SCROLL", "SCROLL"):
        name = f"10 of 10⁹ rows, {words or 'plain'} cursor"
        with contextlib.ExitStack() as stack:
            ours = Server(None)
            stack.callback(ours.kill)
            connection = stack.enter_context(wire.Connection(ours))
            connection.query("SELECT 1")
            watch = stack.enter_context(Watch(ours))
            try:
                times = [declare_and_fetch(connection, f"DECLARE c {words} CURSOR FOR {BILLION}") for _ in range(5)]
            except RuntimeError as error:
                table.add(f"{name}: {error}", "", "", 0, 1.0)
                continue
        fetched, ended = (max(column) for column in zip(*times))
        table.add(f"{name} (target: 20 ms)", f"{fetched:.1f} ms", "", fetched / 20, 1.0, at_least=False)
        table.add(f"{name}, ROLLBACK", f"{ended:.1f} ms", "", 1.0, None)
        table.add(f"{name}, memory (target: 16 MB)", f"{watch.growth_mb():.1f} MB", "", watch.growth_mb() / 16, 1.0, at_least=False)


def run(table):
    first_rows(table)
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="sluice-bench-"))
        subprocess.run(["javac", "-d", folder, str(pathlib.Path(__file__).with_name("JdbcFetch.java"))], check=True)
        postgres = stack.enter_context(Postgres(shared_buffers="1GB", max_wal_size="4GB"))
        ours = Server(f"{folder}/fetch.duckdb")
        stack.callback(ours.kill)
        for server, unlogged in ((ours, ""), (postgres, "UNLOGGED")):
            with wire.Connection(server, seconds=300, database=server.database) as connection:
                assert wire.first_error(connection.query(TABLE.format(unlogged=unlogged))) is None
        with_and_without(table, ours, postgres, folder)
