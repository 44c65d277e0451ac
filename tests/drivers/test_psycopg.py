"""psycopg 3: text, binary, prepared, pipeline, COPY, server-side cursors."""

import datetime
import decimal
import hashlib
import uuid

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row


@pytest.fixture
def connection(server):
    with psycopg.connect(server.dsn()) as connection:
        yield connection


@pytest.mark.parametrize("binary", [False, True])
def test_every_row(connection, expected, binary):
    digest = hashlib.md5()
    rows, values = 0, 0.0
    with connection.cursor(binary=binary) as cursor:
        for row in cursor.execute("SELECT id, value, label, day, moment, amount FROM readings ORDER BY id"):
            identifier, value, label, day, moment, amount = row
            digest.update(f"{';' if rows else ''}{identifier}|{label if label is not None else '~'}|{day}|{amount}".encode())
            values += value or 0.0
            rows += 1
            assert isinstance(moment, datetime.datetime) and isinstance(amount, decimal.Decimal)
    assert rows == expected["count"]
    assert values == expected["sum_value"]
    assert digest.hexdigest() == expected["checksum"]


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("type_name, value", [
    ("BOOLEAN", True),
    ("TINYINT", -128), ("SMALLINT", -32768), ("INTEGER", 2147483647), ("BIGINT", -(2**63)),
    ("UTINYINT", 255), ("USMALLINT", 65535), ("UINTEGER", 2**32 - 1), ("UBIGINT", decimal.Decimal(2**64 - 1)),
    ("HUGEINT", decimal.Decimal(-(2**127))), ("HUGEINT", decimal.Decimal(2**127 - 1)),
    ("FLOAT", 1.5), ("DOUBLE", 1e308), ("DOUBLE", 5e-324), ("DOUBLE", float("inf")), ("DOUBLE", float("-inf")),
    ("DECIMAL(18,2)", decimal.Decimal("-1234567890123456.78")), ("DECIMAL(38,10)", decimal.Decimal("9999999999999999999999999999.0123456789")),
    ("DECIMAL(4,4)", decimal.Decimal("0.0001")),
    ("VARCHAR", "grüße, €, 𝄞, \"quotes\" 'and' \\"), ("VARCHAR", ""),
    ("BLOB", b"\x00\x01\xff\\"),
    ("DATE", datetime.date(1, 1, 1)), ("DATE", datetime.date(9999, 12, 31)),
    ("TIME", datetime.time(23, 59, 59, 999999)),
    ("TIMESTAMP", datetime.datetime(1969, 12, 31, 23, 59, 59, 999999)),
    ("TIMESTAMP_S", datetime.datetime(2020, 2, 29, 1, 2, 3)), ("TIMESTAMP_MS", datetime.datetime(2020, 2, 29, 1, 2, 3, 4000)),
    ("TIMESTAMPTZ", datetime.datetime(2024, 7, 1, 12, 0, 0, 1, tzinfo=datetime.UTC)),
    ("INTERVAL", datetime.timedelta(days=3, hours=4, microseconds=5)),
    ("UUID", uuid.UUID("f0000000-0000-4000-8000-00000000000f")),
    ("INTEGER[]", [1, None, 3]), ("VARCHAR[]", ["a,b", "{}", 'q"', "\\", "NULL", "", None]), ("INTEGER[][]", [[1, 2], [3, 4]]),
    ("DOUBLE[]", []), ("DATE[]", [datetime.date(2020, 1, 1)]),
])  # fmt: skip
def test_a_value_goes_both_ways(connection, type_name, value, binary):
    with connection.cursor(binary=binary) as cursor:
        placeholder = "%b" if binary else "%t"
        (got,) = cursor.execute(sql.SQL(f"SELECT {placeholder}::{type_name}"), [value]).fetchone()
    assert got == value
    assert type(got) is type(value)


def test_nan_and_null(connection):
    for binary in (False, True):
        cursor = connection.cursor(binary=binary)
        nan, nothing = cursor.execute("SELECT %s::DOUBLE, %s::INTEGER", [float("nan"), None]).fetchone()
        assert nan != nan and nothing is None


def test_prepared_is_reused_and_sees_new_rows(server):
    with psycopg.connect(server.dsn(), autocommit=True) as connection, psycopg.connect(server.dsn(), autocommit=True) as other:
        connection.execute("CREATE OR REPLACE TABLE filled_later (a INTEGER)")
        try:
            for expected in (0, 1, 2, 3):
                rows = connection.execute("SELECT * FROM filled_later WHERE a > 0", prepare=True).fetchall()
                assert len(rows) == expected
                (connection if expected % 2 else other).execute("INSERT INTO filled_later VALUES (1)")
        finally:
            connection.execute("DROP TABLE filled_later")


def test_pipeline(connection):
    with connection.pipeline() as pipeline:
        cursors = [connection.execute("SELECT %s::INTEGER * 2", [i]) for i in range(100)]
        pipeline.sync()
        assert [cursor.fetchone()[0] for cursor in cursors] == [2 * i for i in range(100)]


def test_pipeline_error_aborts_to_the_next_sync(server):
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("CREATE TEMP TABLE t (a INTEGER)")
        with pytest.raises(psycopg.errors.UndefinedTable):
            with connection.pipeline():
                connection.execute("INSERT INTO t VALUES (1)")
                connection.execute("SELECT * FROM no_such_table")
                connection.execute("INSERT INTO t VALUES (2)")
        assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_copy_out_and_in(connection, expected):
    connection.execute("CREATE TEMP TABLE again (id BIGINT, label VARCHAR, amount DECIMAL(18,2))")
    with connection.cursor() as cursor:
        rows = 0
        with cursor.copy("COPY (SELECT id, label, amount FROM readings) TO STDOUT") as copy:
            copy.set_types(["int8", "text", "numeric"])
            kept = list(copy.rows())
        rows = len(kept)
        assert rows == expected["count"]
        for options in ("", "(FORMAT binary)"):
            with cursor.copy(f"COPY again FROM STDIN {options}") as copy:
                if options:
                    copy.set_types(["int8", "text", "numeric"])
                for row in kept:
                    copy.write_row(row)
        assert cursor.execute("SELECT count(*), sum(id)::BIGINT, count(label) FROM again").fetchone() == (
            2 * expected["count"], 2 * expected["sum_id"], 2 * expected["labels"])  # fmt: skip


def test_copy_that_the_client_gives_up(connection):
    connection.execute("CREATE TEMP TABLE abandoned (a INTEGER)")
    connection.commit()
    with pytest.raises(ZeroDivisionError):
        with connection.cursor().copy("COPY abandoned FROM STDIN") as copy:
            copy.write_row([1])
            raise ZeroDivisionError
    connection.rollback()
    assert connection.execute("SELECT count(*) FROM abandoned").fetchone() == (0,)


def test_server_side_cursor(connection, expected):
    """psycopg declares it, describes the cursor as a portal, and fetches in batches; other statements run between."""
    with connection.cursor(name="readings_cursor", row_factory=dict_row) as cursor:
        cursor.itersize = 999
        cursor.execute("SELECT id, value FROM readings")
        assert [column.name for column in cursor.description] == ["id", "value"]
        assert cursor.description[0].type_code == 20
        count = total = 0
        for row in cursor:
            count += 1
            total += row["id"]
            if count % 5000 == 0:
                assert connection.execute("SELECT 1").fetchone() == (1,)
    assert (count, total) == (expected["count"], expected["sum_id"])


def test_stream(connection, expected):
    assert sum(row[0] for row in connection.cursor().stream("SELECT id FROM readings")) == expected["sum_id"]


def test_error_in_a_transaction_and_rollback(connection):
    connection.execute("CREATE TEMP TABLE t (a INTEGER PRIMARY KEY)")
    connection.commit()
    connection.execute("INSERT INTO t VALUES (1)")
    with pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute("INSERT INTO t VALUES (1)")
    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        connection.execute("SELECT 1")
    connection.rollback()
    assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_session_settings(server):
    with psycopg.connect(server.dsn(options="'-c TimeZone=Asia/Kolkata'")) as connection:
        assert connection.info.parameter_status("TimeZone") == "Asia/Kolkata"
        (moment,) = connection.execute("SELECT TIMESTAMPTZ '2024-01-01 00:00:00+00'").fetchone()
        assert moment.utcoffset() == datetime.timedelta(hours=5, minutes=30)
        connection.execute("SET TIME ZONE 'America/New_York'")
        assert connection.info.parameter_status("TimeZone") == "America/New_York"
        connection.rollback()
        assert connection.info.parameter_status("TimeZone") == "Asia/Kolkata"


def test_statement_timeout(connection):
    connection.execute("SET statement_timeout = '200ms'")
    with pytest.raises(psycopg.errors.QueryCanceled, match="statement timeout"):
        connection.execute("SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range + b.range = 3")


def test_idle_in_transaction_timeout(server):
    with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
        with psycopg.connect(server.dsn()) as connection:
            connection.execute("SET idle_in_transaction_session_timeout = '100ms'")
            import select

            select.select([connection.fileno()], [], [], 10)  # the server says so by itself
            connection.execute("SELECT 1")


def test_returning_and_tags(server):
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        for statement, tag in [
            ("CREATE TEMP TABLE tags (a INTEGER)", "CREATE TABLE"),
            ("INSERT INTO tags SELECT * FROM range(5)", "INSERT 0 5"),
            ("UPDATE tags SET a = a + 1 WHERE a > 2", "UPDATE 2"),
            ("DELETE FROM tags WHERE a = 0", "DELETE 1"),
            ("SELECT * FROM tags", "SELECT 4"),
            ("SET extra_float_digits = 1", "SET"),
            ("DROP TABLE tags", "DROP TABLE"),
        ]:
            assert connection.execute(statement).statusmessage == tag
