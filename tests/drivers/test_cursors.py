"""What drivers do with cursors: each test runs on PostgreSQL 15, which shows that it asks for the right thing, and on Sluice."""

import asyncio
import datetime
import decimal

import asyncpg
import psycopg
import pyodbc
import pytest
from psycopg import errors
from psycopg.rows import namedtuple_row
from support import dataset, paths, wire
from test_programs import DRIVERS, run

ODBC_DRIVER = "/usr/lib/x86_64-linux-gnu/odbc/psqlodbcw.so"
ALL = "SELECT id, value, label, day, moment, amount FROM readings ORDER BY id"


@pytest.fixture(scope="session")
def postgres_with_readings(postgres):
    with wire.Connection(postgres, database=postgres.database) as connection:
        assert wire.first_error(connection.query(dataset.READINGS_POSTGRESQL)) is None
    return postgres


@pytest.fixture(params=["postgres", "sluice"])
def either(request):
    return request.getfixturevalue("server" if request.param == "sluice" else "postgres_with_readings")


@pytest.fixture
def connection(either):
    with psycopg.connect(either.dsn()) as connection:
        yield connection
        connection.rollback()
        left = connection.execute("SELECT name FROM pg_cursors WHERE name <> ''").fetchall()
        assert not left, f"cursors left open: {left}"


def check_sums(rows, expected):
    assert len(rows) == expected["count"]
    assert [row[0] for row in rows] == list(range(expected["count"]))
    assert sum(row[1] or 0.0 for row in rows) == expected["sum_value"]
    assert sum(row[2] is not None for row in rows) == expected["labels"]
    assert sum(row[5] for row in rows) == decimal.Decimal(expected["sum_amount"])


# psycopg: DECLARE through the extended protocol, Describe of the cursor as a portal, FETCH and MOVE


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("scrollable", [None, True, False])
@pytest.mark.parametrize("withhold", [False, True])
def test_psycopg_every_row(connection, expected, binary, scrollable, withhold):
    with connection.cursor("every", binary=binary, scrollable=scrollable, withhold=withhold) as cursor:
        cursor.itersize = 777
        cursor.execute(ALL)
        assert [column.type_code for column in cursor.description] == [20, 701, 25, 1082, 1114, 1700]
        rows = [cursor.fetchone(), *cursor.fetchmany(3), *cursor]
        assert cursor.fetchone() is None
    check_sums(rows, expected)
    assert isinstance(rows[0][3], datetime.date) and isinstance(rows[0][4], datetime.datetime)


def test_psycopg_parameters(connection, expected):
    with connection.cursor("chosen", row_factory=namedtuple_row) as cursor:
        cursor.execute("SELECT id, label FROM readings WHERE id > %s AND id <> %s ORDER BY id", [12343, 12344])
        assert cursor.fetchone() == (12345, expected["row_12345"]["label"])
        assert len(cursor.fetchall()) == expected["count"] - 12346


def test_psycopg_scrolls(connection, expected):
    with connection.cursor("scrolled", scrollable=True) as cursor:
        cursor.execute("SELECT id FROM readings ORDER BY id")

        def step(value, mode="relative"):
            cursor.scroll(value, mode=mode)
            row = cursor.fetchone()
            return row and row[0]

        assert cursor.fetchone() == (0,)
        assert step(10) == 11
        assert step(-1) == 11
        assert step(-3) == 9
        assert step(0, "absolute") == 0
        assert step(12345, "absolute") == 12345
        assert step(expected["count"] - 1, "absolute") == expected["count"] - 1
        assert step(expected["count"] + 5, "absolute") is None
        assert step(-2) == expected["count"] - 1
        assert step(-100_000) == 0
        assert step(4999, "absolute") == 4999
        assert [row[0] for row in cursor.fetchmany(3)] == [5000, 5001, 5002]


def test_psycopg_scrolls_forward_only(connection):
    with connection.cursor("forward", scrollable=False) as cursor:
        cursor.execute("SELECT id FROM readings ORDER BY id")
        cursor.scroll(100)
        assert cursor.fetchone() == (100,)
        cursor.scroll(200, mode="absolute")
        assert cursor.fetchone() == (200,)
        with pytest.raises(errors.ObjectNotInPrerequisiteState, match="cursor can only scan forward"):
            cursor.scroll(-1)
    connection.rollback()


def test_psycopg_holds_over_commit(connection, expected):
    cursor = connection.cursor("held", withhold=True, scrollable=True)
    cursor.execute("SELECT id FROM readings ORDER BY id")
    rows = cursor.fetchmany(100)
    connection.commit()
    assert connection.execute("SELECT is_holdable, is_scrollable FROM pg_cursors WHERE name = 'held'").fetchone() == (True, True)
    connection.rollback()
    rows += cursor.fetchmany(100)
    connection.rollback()
    rows += cursor.fetchall()
    assert [row[0] for row in rows] == list(range(expected["count"]))
    cursor.scroll(0, mode="absolute")
    assert cursor.fetchone() == (0,)
    cursor.close()
    with pytest.raises(errors.InvalidCursorName):
        connection.execute("FETCH 1 FROM held")
    connection.rollback()


def test_psycopg_does_not_hold_over_commit(connection):
    cursor = connection.cursor("short")
    cursor.execute(ALL)
    cursor.fetchmany(10)
    connection.commit()
    with pytest.raises(errors.InvalidCursorName):
        cursor.fetchone()
    connection.rollback()
    cursor.close()


def test_psycopg_autocommit(either, expected):
    with psycopg.connect(either.dsn(), autocommit=True) as connection:
        with connection.cursor("held", withhold=True) as cursor:
            check_sums(cursor.execute(ALL).fetchall(), expected)
        with pytest.raises(errors.NoActiveSqlTransaction):
            connection.cursor("short").execute(ALL)


def test_psycopg_several_at_once(connection, expected):
    """Two cursors in turn, other statements and own writes between them."""
    connection.execute("CREATE TEMP TABLE copied (id BIGINT)")
    with connection.cursor("up") as up, connection.cursor("down", binary=True) as down:
        up.execute("SELECT id FROM readings ORDER BY id")
        down.execute("SELECT id FROM readings ORDER BY id DESC")
        for start in range(0, 6000, 2000):
            rows = up.fetchmany(2000)
            assert [row[0] for row in rows] == list(range(start, start + 2000))
            connection.execute("INSERT INTO copied SELECT id FROM readings WHERE id >= %s AND id < %s", [start, start + 2000])
            last = expected["count"] - 1 - start
            assert [row[0] for row in down.fetchmany(2000)] == list(range(last, last - 2000, -1))
            assert connection.execute("SELECT count(*) FROM copied").fetchone() == (start + 2000,)


def test_psycopg_takes_over_a_cursor(connection):
    connection.execute("DECLARE made CURSOR FOR SELECT id FROM readings ORDER BY id")
    with connection.cursor("made") as cursor:
        assert cursor.fetchmany(2) == [(0,), (1,)]
        assert [column.name for column in cursor.description] == ["id"]


# asyncpg: portals with names of its own, FETCH and MOVE by Execute and SQL


def asynchronous(server, work):
    async def main():
        connection = await asyncpg.connect(host=server.host, port=server.port, user="postgres", database=server.database, ssl=False)
        try:
            await asyncio.wait_for(work(connection), 120)
        finally:
            await connection.close()

    asyncio.run(main())


def test_asyncpg_iterates(either, expected):
    async def work(connection):
        async with connection.transaction():
            check_sums([tuple(row) async for row in connection.cursor(ALL, prefetch=333)], expected)

    asynchronous(either, work)


def test_asyncpg_fetches_and_goes_forward(either):
    async def work(connection):
        statement = await connection.prepare("SELECT id FROM readings WHERE id >= $1 ORDER BY id")
        async with connection.transaction():
            cursor = await connection.cursor("SELECT id FROM readings ORDER BY id")
            other = await statement.cursor(1000)
            assert [row["id"] for row in await cursor.fetch(5)] == [0, 1, 2, 3, 4]
            assert await cursor.forward(5000) == 5000
            assert (await other.fetchrow())["id"] == 1000
            assert (await cursor.fetchrow())["id"] == 5005
            assert await connection.fetchval("SELECT count(*) FROM readings") == 20_000
            assert await cursor.forward(100_000) == 20_000 - 5006
            assert await cursor.fetchrow() is None
            assert await other.forward(10_000) == 10_000
            assert len(await other.fetch(20_000)) == 20_000 - 11_001

    asynchronous(either, work)


def test_asyncpg_with_statements(either):
    async def work(connection):
        async with connection.transaction():
            await connection.execute("DECLARE c SCROLL CURSOR WITH HOLD FOR SELECT id, label FROM readings ORDER BY id")
            assert [row["id"] for row in await connection.fetch("FETCH 3 FROM c")] == [0, 1, 2]
            assert [row["id"] for row in await connection.fetch("FETCH 3 FROM c")] == [3, 4, 5]
        assert [row["id"] for row in await connection.fetch("FETCH BACKWARD 3 FROM c")] == [4, 3, 2]
        assert await connection.execute("MOVE ABSOLUTE 20000 FROM c") == "MOVE 1"
        assert [row["id"] for row in await connection.fetch("FETCH 3 FROM c")] == []
        assert await connection.execute("CLOSE c") == "CLOSE CURSOR"

    asynchronous(either, work)


# psqlodbc with UseDeclareFetch, which is what Tableau and Excel turn on, and Tableau's own words


@pytest.fixture(params=[True, False], ids=["autocommit", "transactions"])
def odbc(either, request):
    text = f"DRIVER={ODBC_DRIVER};SERVER={either.host};PORT={either.port};DATABASE={either.database};UID=postgres;Protocol=7.4-1;UseDeclareFetch=1;Fetch=500"
    connection = pyodbc.connect(text, timeout=20, autocommit=request.param)
    yield connection
    connection.close()


def test_odbc_every_row(odbc, expected):
    check_sums(odbc.execute(ALL).fetchall(), expected)


def test_odbc_several_at_once(odbc, expected):
    up = odbc.cursor().execute("SELECT id FROM readings ORDER BY id")
    down = odbc.cursor().execute("SELECT id FROM readings ORDER BY id DESC")
    for i in range(3000):
        assert (up.fetchone()[0], down.fetchone()[0]) == (i, expected["count"] - 1 - i)
    assert odbc.execute("SELECT label FROM readings WHERE id = ?", 12345).fetchone()[0] == expected["row_12345"]["label"]
    assert [row[0] for row in up.fetchmany(1000)] == list(range(3000, 4000))
    up.close()
    assert down.fetchone()[0] == expected["count"] - 3001


def test_odbc_commit_and_rollback_between_rows(odbc):
    for finish in (odbc.commit, odbc.rollback):
        cursor = odbc.cursor().execute("SELECT id FROM readings ORDER BY id")
        rows = [cursor.fetchone()[0] for _ in range(600)]
        finish()
        assert rows == list(range(600))
        assert odbc.execute("SELECT count(*) FROM readings").fetchone()[0] == 20_000


def test_tableau(either, expected):
    """A cursor outside of any block, in simple queries, and fetched from until less than asked for comes back."""
    with wire.Connection(either, database=either.database) as connection:
        assert wire.tags(connection.query('declare "SQL_CUR1" cursor with hold for select id, amount from readings order by id')) == [
            "DECLARE CURSOR"
        ]
        rows = []
        while len(got := wire.rows(connection.query('fetch 10000 in "SQL_CUR1"'))) > 0:
            rows += got
            assert wire.rows(connection.query("select 1")) == [(b"1",)]
        assert wire.tags(connection.query('close "SQL_CUR1"')) == ["CLOSE CURSOR"]
    assert [int(row[0]) for row in rows] == list(range(expected["count"]))
    assert sum(decimal.Decimal(row[1].decode()) for row in rows) == decimal.Decimal(expected["sum_amount"])


# Programs


def test_node_cursor(either):
    run(["node", str(DRIVERS / "node" / "cursors.js"), either.uri()], 6)


def test_pgjdbc_cursors(either):
    classes = f"{paths.DEPS / 'java' / 'classes'}:{paths.DEPS / 'java' / 'lib'}/*"
    url = f"jdbc:postgresql://{either.host}:{either.port}/{either.database}"
    run(["java", "-Xmx96m", "-XX:+UseSerialGC", "-cp", classes, "JdbcCursorTest", url], 7)
