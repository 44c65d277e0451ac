"""Drivers with their defaults: every kind of value into every type of column of a plain table, as PostgreSQL 15 takes it.

Each driver declares types of its own choice (psycopg the smallest integer, pgjdbc what the setter says, pgx and asyncpg what the
server told), so what reaches the server differs although the program's value is the same.
"""

import asyncio
import datetime
import decimal
import subprocess
import uuid

import asyncpg
import psycopg
import pytest
from psycopg.types.json import Json
from support import paths

COLUMNS = {
    "si": "smallint", "i": "integer", "b": "bigint", "n": "numeric(12,4)", "r": "real", "f": "double precision", "s": "varchar", "t": "text",
    "bo": "boolean", "d": "date", "ti": "time", "ts": "timestamp", "tz": "timestamptz", "iv": "interval", "u": "uuid", "ba": "bytea", "j": "json",
}  # fmt: skip
LISTS = {"li": "integer[]", "lb": "bigint[]", "lt": "text[]"}
TABLE = "plain_types (k integer, " + ", ".join(f"{name} {kind}" for name, kind in (COLUMNS | LISTS).items()) + ")"
VALUES = [
    1, -70000, 3_000_000_000, 2**63, True, 1.5, 2.5, -0.0, float("nan"), decimal.Decimal("1.25"), decimal.Decimal("-2.5"), decimal.Decimal("100.00"), None,
    "x", "12", "", b"\x00\xff", datetime.date(2024, 2, 29), datetime.time(1, 2, 3, 4), datetime.datetime(2024, 2, 29, 23, 1, 2, 3),
    datetime.datetime(2024, 7, 1, 23, 30, tzinfo=datetime.UTC), datetime.timedelta(days=3, seconds=4), uuid.UUID(int=5), [1, None, 3], [3_000_000_000], ["a", None], [],
]  # fmt: skip
# DuckDB's decimals have no NaN.
NOT_HELD = [("n", "nan")]
STATEMENTS = {
    "insert": "insert into plain_types ({column}) values ({value})",
    "update": "update plain_types set {column} = {value}",
    "insert select": "insert into plain_types ({column}) select {value}",
}


def differences(ours, theirs):
    both = [(case, ours[case], theirs[case]) for case in theirs if ours[case] != theirs[case] and case[:2] not in NOT_HELD]
    return "\n".join(f"{case}: {got}, PostgreSQL: {wanted}" for case, got, wanted in both)


def psycopg_answers(server, values, columns):
    answers = {}
    with psycopg.connect(server.dsn(server.database), autocommit=True) as connection:
        connection.execute("set timezone = 'Europe/Berlin'")
        connection.execute(f"create temp table {TABLE}")
        for column in columns:
            for value in values:
                for kind, statement in STATEMENTS.items():
                    connection.execute("delete from plain_types")
                    if kind == "update":
                        connection.execute("insert into plain_types (k) values (0)")
                    try:
                        connection.execute(statement.format(column=column, value="%s"), [value])
                        stored = connection.execute(f"select {column} from plain_types").fetchone()
                    except psycopg.Error as error:
                        stored = error.sqlstate
                    answers[column, str(value), kind] = repr(stored)
    return answers


def test_psycopg(server, postgres):
    values = [*VALUES, Json({"a": [1]})]
    ours, theirs = (psycopg_answers(each, values, COLUMNS | LISTS) for each in (server, postgres))
    assert differences(ours, theirs) == ""


@pytest.mark.parametrize("type_name", ["smallint", "integer", "bigint", "numeric(12,4)", "text", "date", "uuid"])
def test_psycopg_lists_in_conditions(server, postgres, type_name):
    """column = any(%s) and <> all(%s), with the list as psycopg sends it."""
    lists = {
        "text": [["a", None], [], ["b", "c"]],
        "date": [[datetime.date(2024, 1, 1), None]],
        "uuid": [[uuid.UUID(int=1)], [uuid.UUID(int=1), uuid.UUID(int=2)]],
    }.get(type_name, [[1, None], [70000, 1], [decimal.Decimal("1.00")], [], [3_000_000_000, 2]])
    stored = {"text": "'a'), ('b'", "date": "'2024-01-01'), ('2024-01-02'"}.get(type_name, "1), (2")
    if type_name == "uuid":
        stored = f"'{uuid.UUID(int=1)}'), ('{uuid.UUID(int=3)}'"
    answers = []
    for each in (server, postgres):
        with psycopg.connect(each.dsn(each.database), autocommit=True) as connection:
            connection.execute(f"create temp table listed (c {type_name})")
            connection.execute(f"insert into listed values ({stored}), (null)")
            found = []
            for value in lists:
                for condition in ("c = any(%s)", "c <> all(%s)"):
                    try:
                        found.append(connection.execute(f"select c from listed where {condition} order by c", [value]).fetchall())
                    except psycopg.Error as error:
                        found.append(error.sqlstate)
            answers.append(found)
    assert answers[0] == answers[1]


async def asyncpg_answers(server):
    answers = {}
    connection = await asyncpg.connect(host=server.host, port=server.port, user="postgres", database=server.database, ssl=False)
    await connection.execute(f"create temp table {TABLE}")
    for column in COLUMNS | LISTS:
        for value in VALUES:
            for kind, statement in STATEMENTS.items():
                await connection.execute("delete from plain_types")
                if kind == "update":
                    await connection.execute("insert into plain_types (k) values (0)")
                try:
                    await connection.execute(statement.format(column=column, value="$1"), value)
                    stored = repr(await connection.fetchval(f"select {column} from plain_types"))
                except asyncpg.PostgresError as error:
                    stored = error.sqlstate
                except (asyncpg.DataError, asyncpg.InterfaceError) as error:
                    stored = type(error).__name__  # the driver's own: it knows the column's type and refuses
                answers[column, str(value), kind] = stored
    await connection.close()
    return answers


def test_asyncpg(server, postgres):
    ours, theirs = (asyncio.run(asyncio.wait_for(asyncpg_answers(each), 300)) for each in (server, postgres))
    assert differences(ours, theirs) == ""


def compare(command, checks_min):
    """A program that asks both servers and prints TAP lines."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    lines = done.stdout.splitlines()
    assert not [line for line in lines if line.startswith("not ok")] and done.returncode == 0, done.stdout + done.stderr
    assert len([line for line in lines if line.startswith("ok ")]) >= checks_min, done.stdout


def test_node_postgres(server, postgres):
    compare(["node", str(paths.ROOT / "tests" / "drivers" / "node" / "plain_tables.js"), server.uri(), postgres.uri()], 10)


def test_pgx(server, postgres):
    uris = [each.uri() + "?sslmode=disable" for each in (server, postgres)]
    compare([str(paths.DEPS / "go" / "pgx_test"), "plain tables", *uris], 10)


def test_pgjdbc(server, postgres):
    classes = f"{paths.DEPS / 'java' / 'classes'}:{paths.DEPS / 'java' / 'lib'}/*"
    urls = [f"jdbc:postgresql://{each.host}:{each.port}/{each.database}" for each in (server, postgres)]
    compare(["java", "-XX:+UseSerialGC", "-cp", classes, "JdbcPlainTablesTest", *urls], 10)
