"""psqlodbc through unixODBC.

Protocol=7.4-1: an error rolls the transaction back. The driver's default wraps each statement in a savepoint, and DuckDB
has none; for the same reason server-side prepare, which wraps DEALLOCATE in one inside a transaction, is tested with
autocommit only. UseDeclareFetch is in test_cursors.py.
"""

import datetime
import decimal

import pyodbc
import pytest

DRIVER = "/usr/lib/x86_64-linux-gnu/odbc/psqlodbcw.so"


@pytest.fixture(params=["UseServerSidePrepare=1", "UseServerSidePrepare=0"])
def connection(server, request):
    text = f"DRIVER={DRIVER};SERVER={server.host};PORT={server.port};DATABASE=main;UID=postgres;Protocol=7.4-1;{request.param}"
    connection = pyodbc.connect(text, timeout=20, autocommit=request.param == "UseServerSidePrepare=1")
    yield connection
    connection.close()


def test_every_row(connection, expected):
    rows = connection.execute("SELECT id, value, label, day, moment, amount FROM readings").fetchall()
    assert len(rows) == expected["count"]
    assert sum(row.id for row in rows) == expected["sum_id"]
    assert sum(row.amount for row in rows) == decimal.Decimal(expected["sum_amount"])
    assert sum(row.label is not None for row in rows) == expected["labels"]
    assert isinstance(rows[0].day, datetime.date) and isinstance(rows[0].moment, datetime.datetime)


def test_parameters(connection, expected):
    row = connection.execute("SELECT label, value FROM readings WHERE id = ? AND label <> ?", 12345, "x").fetchone()
    assert (row.label, row.value) == (expected["row_12345"]["label"], expected["row_12345"]["value"])


def test_transactions(connection):
    if connection.autocommit:
        connection.execute("CREATE TEMP TABLE odbc (a INTEGER, b VARCHAR)")
        connection.cursor().executemany("INSERT INTO odbc VALUES (?, ?)", [(i, f"r{i}") for i in range(20)])
        assert tuple(connection.execute("SELECT count(*), max(b) FROM odbc").fetchone()) == (20, "r9")
        return
    connection.execute("CREATE TEMP TABLE odbc (a INTEGER, b VARCHAR)")
    connection.commit()
    connection.execute("INSERT INTO odbc VALUES (?, ?)", 1, "ü")
    connection.rollback()
    assert connection.execute("SELECT count(*) FROM odbc").fetchone()[0] == 0
    connection.cursor().executemany("INSERT INTO odbc VALUES (?, ?)", [(i, f"r{i}") for i in range(20)])
    connection.commit()
    assert tuple(connection.execute("SELECT count(*), max(b) FROM odbc").fetchone()) == (20, "r9")


def test_error_state(connection):
    with pytest.raises(pyodbc.Error) as failure:
        connection.execute("SELECT * FROM no_such_table").fetchall()
    assert "42P01" in str(failure.value) or "42S02" in str(failure.value)
