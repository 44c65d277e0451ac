"""SQLAlchemy core, over psycopg.

use_native_hstore=False: the look-up of hstore at the first connect is done behind a savepoint, and DuckDB has none.
"""

import datetime
import decimal

import pytest
import sqlalchemy as sa


@pytest.fixture
def engine(server):
    engine = sa.create_engine(f"postgresql+psycopg://postgres@{server.host}:{server.port}/main", use_native_hstore=False)
    yield engine
    engine.dispose()


def test_query_builder(engine, expected):
    readings = sa.table("readings", sa.column("id"), sa.column("label"), sa.column("amount"))
    with engine.connect() as connection:
        count, total = connection.execute(sa.select(sa.func.count(), sa.func.sum(readings.c.amount)).select_from(readings)).one()
        assert (count, total) == (expected["count"], decimal.Decimal(expected["sum_amount"]))
        query = sa.select(readings.c.label).where(readings.c.id == sa.bindparam("id"))
        assert connection.execute(query, {"id": 12345}).scalar_one() == expected["row_12345"]["label"]


def test_tables_rows_and_transactions(engine):
    metadata = sa.MetaData()
    table = sa.Table(
        "alchemy", metadata,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("price", sa.Numeric(10, 2)),
        sa.Column("moment", sa.DateTime),
        prefixes=["TEMP"],
    )  # fmt: skip
    with engine.connect() as connection:
        connection.execute(sa.schema.CreateTable(table))
        connection.commit()
        moment = datetime.datetime(2024, 2, 29, 12)
        with connection.begin():
            connection.execute(
                sa.insert(table), [{"id": i, "name": f"n{i}", "price": decimal.Decimal("1.50") * i, "moment": moment} for i in range(100)]
            )
        with pytest.raises(sa.exc.IntegrityError):
            with connection.begin():
                connection.execute(sa.insert(table).values(id=1000, name="x"))
                connection.execute(sa.insert(table).values(id=1, name="again"))
        with connection.begin():
            assert connection.execute(sa.update(table).where(table.c.id < 10).values(name="low")).rowcount == 10
            assert connection.execute(sa.delete(table).where(table.c.id >= 90)).rowcount == 10
        assert connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() == 90
        row = connection.execute(sa.select(table).where(table.c.id == 2)).mappings().one()
        assert dict(row) == {"id": 2, "name": "low", "price": decimal.Decimal("3.00"), "moment": moment}


def test_stream_results(engine, expected):
    with engine.connect().execution_options(stream_results=True, max_row_buffer=500) as connection:
        result = connection.execute(sa.text("SELECT id FROM readings"))
        assert sum(row.id for row in result) == expected["sum_id"]
