"""asyncpg: always binary, prepares everything, describes parameters before it sends them."""

import asyncio
import datetime
import decimal
import uuid

import asyncpg
import pytest


def run(server, work):
    async def main():
        connection = await asyncpg.connect(host=server.host, port=server.port, user="postgres", database="main", ssl=False)
        try:
            await work(connection)
        finally:
            await connection.close()

    asyncio.run(asyncio.wait_for(main(), 120))


def test_every_row(server, expected):
    async def work(connection):
        rows = await connection.fetch("SELECT id, value, label, day, moment, amount FROM readings")
        assert len(rows) == expected["count"]
        assert sum(row["id"] for row in rows) == expected["sum_id"]
        assert sum(row["value"] or 0.0 for row in rows) == expected["sum_value"]
        assert sum(row["amount"] for row in rows) == decimal.Decimal(expected["sum_amount"])
        assert sum(row["label"] is not None for row in rows) == expected["labels"]

    run(server, work)


@pytest.mark.parametrize("type_name, value", [
    ("BOOLEAN", False), ("SMALLINT", -1), ("INTEGER", 7), ("BIGINT", 2**62), ("FLOAT", 0.5), ("DOUBLE", 0.1),
    ("VARCHAR", "ü"), ("BLOB", b"\x00\xff"), ("DATE", datetime.date(2024, 2, 29)), ("TIME", datetime.time(1, 2, 3, 4)),
    ("TIMESTAMP", datetime.datetime(2024, 2, 29, 1, 2, 3, 4)),
    ("TIMESTAMPTZ", datetime.datetime(2024, 2, 29, 1, 2, 3, 4, tzinfo=datetime.UTC)),
    ("UUID", uuid.UUID(int=5)), ("DECIMAL(10,3)", decimal.Decimal("1.250")), ("INTEGER[]", [1, None]), ("VARCHAR[]", ["a", "ü"]),
])  # fmt: skip
def test_parameters_in_binary(server, type_name, value):
    async def work(connection):
        assert await connection.fetchval(f"SELECT $1::{type_name}", value) == value

    run(server, work)


def test_parameter_types_are_inferred_from_columns(server, expected):
    async def work(connection):
        statement = await connection.prepare("SELECT label FROM readings WHERE id = $1 AND day > $2")
        assert [parameter.name for parameter in statement.get_parameters()] == ["int8", "date"]
        assert [attribute.type.name for attribute in statement.get_attributes()] == ["text"]
        assert await statement.fetchval(12345, datetime.date(1990, 1, 1)) == expected["row_12345"]["label"]

    run(server, work)


def test_cursor_in_a_transaction(server, expected):
    async def work(connection):
        async with connection.transaction():
            total = count = 0
            async for row in connection.cursor("SELECT id FROM readings", prefetch=333):
                total += row["id"]
                count += 1
        assert (count, total) == (expected["count"], expected["sum_id"])

    run(server, work)


def test_copy(server):
    async def work(connection):
        await connection.execute("CREATE TEMP TABLE copied (a INTEGER, b VARCHAR)")
        records = [(i, f"row {i}" if i % 3 else None) for i in range(3000)]
        assert await connection.copy_records_to_table("copied", records=records) == "COPY 3000"
        assert await connection.fetchval("SELECT count(b) FROM copied") == 2000

    run(server, work)


def test_transactions_and_errors(server):
    async def work(connection):
        await connection.execute("CREATE TEMP TABLE t (a INTEGER PRIMARY KEY)")
        with pytest.raises(asyncpg.UniqueViolationError):
            async with connection.transaction():
                await connection.execute("INSERT INTO t VALUES (1)")
                await connection.execute("INSERT INTO t VALUES (1)")
        assert await connection.fetchval("SELECT count(*) FROM t") == 0
        await connection.executemany("INSERT INTO t VALUES ($1)", [(i,) for i in range(50)])
        assert await connection.fetchval("SELECT count(*) FROM t") == 50
        with pytest.raises(asyncpg.UndefinedTableError):
            await connection.fetch("SELECT * FROM no_such_table")

    run(server, work)


def test_timeout_cancels(server):
    async def work(connection):
        with pytest.raises(asyncio.TimeoutError):
            await connection.fetch("SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range + b.range = 3", timeout=0.3)
        assert await connection.fetchval("SELECT 1") == 1

    run(server, work)
