"""Cursors over everything that can be served: a DuckDB file, also read only, a SQLite file, a folder."""

import csv
import sqlite3

import duckdb
import pytest
from support import wire

ROWS = 50_000
DATA = [(i, f"row {i}") for i in range(ROWS)]


def duckdb_file(folder):
    with duckdb.connect(folder / "d.duckdb") as made:
        made.execute(f"CREATE TABLE t AS SELECT i AS a, 'row ' || i AS b FROM range({ROWS}) r(i)")
    return folder / "d.duckdb"


def sqlite_file(folder):
    with sqlite3.connect(folder / "s.db") as made:
        made.execute("CREATE TABLE t (a INTEGER, b TEXT)")
        made.executemany("INSERT INTO t VALUES (?, ?)", DATA)
    return folder / "s.db"


def lake(folder):
    (folder / "lake").mkdir()
    with open(folder / "lake" / "t.csv", "w", newline="") as file:
        csv.writer(file).writerows([("a", "b"), *DATA])
    return folder / "lake"


@pytest.mark.parametrize("flags", [(), ("--read-only",)], ids=["writable", "read only"])
@pytest.mark.parametrize("make", [duckdb_file, sqlite_file, lake])
def test_scrolling_and_holding(start, tmp_path, make, flags):
    with wire.Connection(start(make(tmp_path), *flags)) as client:

        def rows(sql):
            answer = client.query(sql)
            assert wire.first_error(answer) is None, wire.first_error(answer)
            return [(int(a), b.decode()) for a, b in wire.rows(answer)]

        rows("DECLARE held SCROLL CURSOR WITH HOLD FOR SELECT * FROM t ORDER BY a")
        assert rows("FETCH LAST FROM held") == DATA[-1:]
        assert rows("FETCH ABSOLUTE 100 FROM held") == DATA[99:100]
        rows("BEGIN")
        rows("DECLARE c NO SCROLL CURSOR FOR SELECT * FROM t ORDER BY a")
        assert rows("FETCH 3 FROM c") == DATA[:3]
        assert rows("SELECT * FROM t WHERE a = 7") == DATA[7:8]
        assert rows("FETCH BACKWARD 3 FROM held") == DATA[96:99][::-1]
        assert rows("FETCH ALL FROM c") == DATA[3:]
        rows("COMMIT")
        rows("MOVE LAST FROM held")
        assert rows("FETCH BACKWARD ALL FROM held") == DATA[-2::-1]
