"""run.py --only crowd: 200 clients read half a million rows each while 100 others have stopped reading in the middle.

All must get every row once (checked against DuckDB in this process), and the server's memory stays below what it was told:
OUTPUT_BYTES for replies that wait for clients, and DuckDB's own limit.
"""

import json
import pathlib
import struct
import subprocess

import duckdb
from support.server import Server
from watch import Watch

BUILD = pathlib.Path(__file__).resolve().parent.parent / "build" / "release"
READERS, STALLED, ROWS, ROWS_BEFORE_STALL = 200, 100, 500_000, 10_000
OUTPUT_BYTES = 256 << 20
ENGINE_BYTES = 512 << 20
FLAGS = ["--memory-limit", f"{ENGINE_BYTES >> 20}MB", "--buffered-bytes-max", f"{OUTPUT_BYTES >> 20}MB"]
SQL = f"""SELECT i::BIGINT AS id, 'label ' || (i % 1000) AS label, DATE '2000-01-01' + (i % 10000)::INTEGER AS day,
 TIMESTAMP '2000-01-01' + INTERVAL (i % 100000000) SECOND AS moment, (i % 1000000 / 100)::DECIMAL(18, 2) AS amount FROM range({ROWS}) t(i)"""


def hash_row(values):
    """bench/crowd.cpp's hash of a DataRow in text format."""
    fields = [value.encode() for value in values]
    body = struct.pack("!h", len(fields)) + b"".join(struct.pack("!i", len(field)) + field for field in fields)
    found = len(body)
    for (word,) in struct.iter_unpack("<Q", body + bytes(-len(body) % 8)):
        found = (found ^ word) * 0xFF51AFD7ED558CCD & 0xFFFFFFFFFFFFFFFF
        found ^= found >> 32
    return found


def checksum():
    """Of the rows as DuckDB itself gives them; these types have the same texts in DuckDB and in PostgreSQL."""
    rows = duckdb.connect().execute(f"SELECT COLUMNS(*)::VARCHAR FROM ({SQL})")
    total = 0
    while some := rows.fetchmany(50_000):
        total += sum(map(hash_row, some))
    return total & 0xFFFFFFFFFFFFFFFF


def run(table):
    expected = ROWS, checksum()
    server = Server(None, *FLAGS)
    try:
        with Watch(server) as watch:
            command = [BUILD / "bench_crowd", server.host, server.port, "main", READERS, STALLED, ROWS_BEFORE_STALL, SQL]
            done = subprocess.run([str(each) for each in command], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        phases = {phase["phase"]: phase for phase in map(json.loads, done.stdout.splitlines())}
        for name, clients, what in (
            ("read", READERS, "readers that got every row once"),
            ("resumed", STALLED, "stalled clients that got every row once"),
        ):
            right = sum(each["clients"] for each in phases[name]["results"] if (each["rows"], each["checksum"]) == expected)
            table.add(f"crowd: {what}", f"{right}", f"{clients}", right / clients, 1.0)
        read = phases["read"]
        table.add("crowd: rows/s of all readers together", f"{READERS * ROWS / read['seconds'] / 1e6:.2f} M/s", f"{read['seconds']:.1f} s", 1.0, None)
        table.add("crowd: first row of the last reader", f"{read['first_row_ms_max']:.0f} ms", "", 1.0, None)
        limit = (OUTPUT_BYTES + ENGINE_BYTES) / 2**20
        table.add(
            f"crowd: memory at most (target: {limit:.0f} MB)",
            f"{watch.peak / 2**20:.0f} MB",
            f"{watch.start / 2**20:.0f} MB idle",
            watch.peak / 2**20 / limit,
            1.0,
            at_least=False,
        )
    finally:
        server.kill()
