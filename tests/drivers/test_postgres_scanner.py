"""DuckDB's own postgres_scanner extension attached to Sluice. What it reads must be what DuckDB reads from the file itself,
on one connection or several, each with its range of ctid."""

import importlib.util
import pathlib
import random

import duckdb
import psycopg
import pytest
from support.server import Server

TABLES = """
CREATE TABLE big AS
SELECT i AS id, (i % 7)::INTEGER AS kind, 'name ' || i AS name, (i * 1.25)::DECIMAL(12, 2) AS amount,
       DATE '2020-01-01' + (i % 1000)::INTEGER AS day, i / 3.0 AS f8, TIMESTAMP '2020-01-01' + INTERVAL (i) SECOND AS moment,
       CASE WHEN i % 5 = 0 THEN NULL ELSE i END AS maybe
FROM range(1_100_000) AS t(i);
CREATE TABLE gaps AS SELECT range AS i FROM range(700_000);
CREATE VIEW thirds AS SELECT id, name FROM big WHERE kind = 3;
CREATE TABLE nothing (a INTEGER);
CREATE SCHEMA parts;
CREATE TYPE parts.mood AS ENUM ('sad', 'fine');
CREATE TABLE parts.types (
    id INTEGER PRIMARY KEY, si SMALLINT, ti TINYINT, ui UINTEGER, f FLOAT, bo BOOLEAN, m parts.mood, l INTEGER[], t VARCHAR[],
    ll INTEGER[][], u UUID, b BLOB, ts TIMESTAMPTZ, tm TIME, iv INTERVAL, d DECIMAL(38, 10));
INSERT INTO parts.types VALUES
    (1, -7, 8, 4294967295, 1.5, true, 'sad', [1, NULL], ['a "b', NULL], [[1, 2], [3, NULL]], '00000000-0000-0000-0000-00000000000a',
     '\\x00\\xff'::BLOB, '2020-01-01 00:00:00+00', '01:02:03.456789', INTERVAL '1 month 2 days 3 hours', -1234567890.0123456789),
    (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE written (id INTEGER, name VARCHAR, d DECIMAL(10, 2), l INTEGER[], at_last TIMESTAMP);
"""
CHECKSUM = """SELECT count(*), sum(id), sum(amount), min(day), max(moment), sum(f8)::DECIMAL(20, 2), count(maybe), bit_xor(hash(id, name))
              FROM {}"""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("scanner") / "remote.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(TABLES)
    with duckdb.connect(str(path)) as connection:
        connection.execute("DELETE FROM gaps WHERE i % 3 = 0 OR i BETWEEN 100_000 AND 400_000")
    return path


@pytest.fixture(scope="module")
def remote(file, tmp_path_factory):
    copy = tmp_path_factory.mktemp("scanner") / "served.duckdb"
    copy.write_bytes(file.read_bytes())
    server = Server(copy, log=tmp_path_factory.mktemp("log") / "server.log")
    yield server
    assert server.stop() == 0


@pytest.fixture(scope="module")
def here(file):
    """The same file, read in process."""
    with duckdb.connect(str(file), read_only=True) as connection:
        yield connection


def attach(server, options="", **config):
    package = pathlib.Path(importlib.util.find_spec("duckdb_extension_postgres_scanner").origin).parent
    connection = duckdb.connect(config=config)
    connection.execute(f"LOAD '{next(package.rglob('*.duckdb_extension'))}'")
    connection.execute(f"ATTACH '{server.dsn()}' AS pg (TYPE postgres{options})")
    return connection


@pytest.fixture
def client(remote):
    with attach(remote, threads=4) as connection:
        yield connection


def test_schemas_tables_and_columns(client, here):
    assert {"main", "parts"} <= {name for (name,) in client.execute("SELECT schema_name FROM duckdb_schemas() WHERE database_name = 'pg'").fetchall()}
    tables = client.execute("SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'pg' ORDER BY ALL").fetchall()
    assert {("main", "big"), ("main", "gaps"), ("main", "nothing"), ("main", "thirds"), ("main", "written"), ("parts", "types")} <= set(tables)
    types = dict(client.execute("SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = 'pg' AND table_name = 'types'").fetchall())
    expected = dict(here.execute("SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'types'").fetchall())
    # PostgreSQL has no type for these.
    assert types == expected | {"ti": "SMALLINT", "ui": "BIGINT", "m": "VARCHAR"}
    assert client.execute("SELECT constraint_type, constraint_column_names FROM duckdb_constraints() WHERE table_name = 'types' AND constraint_type = 'PRIMARY KEY'").fetchall() == [
        ("PRIMARY KEY", ["id"]),
    ]  # fmt: skip


def test_values_of_all_types(client, here):
    ask = "SELECT * REPLACE (m::VARCHAR AS m, ts AT TIME ZONE 'UTC' AS ts) FROM {}parts.types ORDER BY id"
    assert client.execute(ask.format("pg.")).fetchall() == here.execute(ask.format("")).fetchall()


@pytest.mark.parametrize("threads", [1, 4])
def test_a_whole_table_on_several_connections(remote, here, threads):
    with attach(remote, threads=threads) as client:
        before = remote.metrics()["connections_total"]
        assert client.execute(CHECKSUM.format("pg.main.big")).fetchall() == here.execute(CHECKSUM.format("big")).fetchall()
        assert client.execute("SELECT count(*) FROM pg.main.big").fetchone() == (1_100_000,)
        # 4,297 pages of 256 rows are four tasks; a thread that comes late may find nothing left to do.
        made = remote.metrics()["connections_total"] - before
        assert made < threads and (made > 0) == (threads > 1)


@pytest.mark.parametrize("pages", [3, 7, 100, 1000, 100000])
def test_every_row_once_also_with_gaps(client, here, pages):
    client.execute(f"SET pg_pages_per_task = {pages}")
    rows = client.execute("SELECT i FROM pg.main.gaps ORDER BY i").fetchall()
    assert rows == here.execute("SELECT i FROM gaps ORDER BY i").fetchall()


def test_serially(client, here, remote):
    expected = here.execute(CHECKSUM.format("big")).fetchall()
    client.execute("SET pg_use_ctid_scan = false")
    before = remote.metrics()["connections_total"]
    assert client.execute(CHECKSUM.format("pg.main.big")).fetchall() == expected
    assert remote.metrics()["connections_total"] == before
    client.execute("SET pg_use_text_protocol = true")
    assert client.execute(CHECKSUM.format("pg.main.big")).fetchall() == expected


def test_a_view_is_read_serially(client, here, remote):
    before = remote.metrics()["connections_total"]
    assert (
        client.execute("SELECT count(*), sum(id) FROM pg.main.thirds").fetchall() == here.execute("SELECT count(*), sum(id) FROM thirds").fetchall()
    )
    assert client.execute("SELECT count(*) FROM pg.main.nothing").fetchone() == (0,)
    assert remote.metrics()["connections_total"] == before


@pytest.mark.parametrize("condition", [
    "id = 777", "id IN (1, 500_000, 7)", "name = 'name 5'", "name >= 'name 99999' AND name < 'name 999992'", "maybe IS NULL AND id < 20",
    "day < DATE '2020-01-03' AND id < 5000", "moment BETWEEN TIMESTAMP '2020-01-01 00:01:00' AND TIMESTAMP '2020-01-01 00:01:05'",
    "amount = 12.50", "f8 < 1.5", "kind <> 3 AND id BETWEEN 10 AND 20", "id = 3 OR name = 'name 4'", "name LIKE 'name 12345%'",
])  # fmt: skip
def test_filters(client, here, condition):
    ask = "SELECT * FROM {} WHERE " + condition + " ORDER BY id"
    assert client.execute(ask.format("pg.main.big")).fetchall() == here.execute(ask.format("big")).fetchall()


def test_a_filter_by_bytes(client):
    assert client.execute("SELECT id FROM pg.parts.types WHERE b = '\\x00\\xff'::BLOB").fetchall() == [(1,)]
    assert client.execute("SELECT id FROM pg.parts.types WHERE b = '\\x00f'::BLOB").fetchall() == []


def test_limit_joins_and_queries(client, here, remote):
    assert len(client.execute("SELECT * FROM pg.main.big LIMIT 5 OFFSET 3").fetchall()) == 5
    join = "SELECT count(*), sum(a.id) FROM {0}big a JOIN {0}gaps b ON a.id = b.i"
    assert client.execute(join.format("pg.main.")).fetchall() == here.execute(join.format("")).fetchall()
    groups = "SELECT kind, count(*) FROM big GROUP BY kind ORDER BY kind"
    assert client.execute(f"SELECT * FROM postgres_query('pg', '{groups}')").fetchall() == here.execute(groups).fetchall()
    scanned = client.execute(f"SELECT count(*), sum(id) FROM postgres_scan('{remote.dsn()}', 'main', 'big')").fetchall()
    assert scanned == here.execute("SELECT count(*), sum(id) FROM big").fetchall()


def test_attached_for_reading_only(remote, here):
    with attach(remote, ", READ_ONLY", threads=4) as client:
        assert client.execute(CHECKSUM.format("pg.main.big")).fetchall() == here.execute(CHECKSUM.format("big")).fetchall()
        with pytest.raises(duckdb.Error, match="read-only"):
            client.execute("INSERT INTO pg.main.nothing VALUES (1)")


@pytest.fixture
def written(client):
    client.execute("DELETE FROM pg.main.written")
    yield client
    client.execute("DELETE FROM pg.main.written")


def test_inserts_and_deletes(written):
    written.execute("INSERT INTO pg.main.written VALUES (1, 'one é', 1.5, [1, NULL], TIMESTAMP '2020-01-01 00:00:00.5'), (2, NULL, NULL, NULL, NULL)")
    written.execute("INSERT INTO pg.main.written SELECT range, 'n' || range, range * 0.5, [range], NULL FROM range(10, 50_000)")
    summary = "SELECT count(*), sum(id), sum(d), sum(l[1]), min(name) FROM pg.main.written"
    assert written.execute(summary).fetchone() == (
        49992,
        sum(range(10, 50000)) + 3,
        sum(range(10, 50000)) / 2 + 1.5,
        sum(range(10, 50000)) + 1,
        "n10",
    )
    assert written.execute("SELECT * FROM pg.main.written WHERE id < 3 ORDER BY id").fetchall()[1] == (2, None, None, None, None)
    # Rows are found by their ctid, thousands in a statement.
    assert written.execute("DELETE FROM pg.main.written WHERE id % 2 = 0 OR name = 'one é'").fetchone() == (24997,)
    assert written.execute("SELECT count(*), sum(id) FROM pg.main.written").fetchone() == (24995, sum(range(11, 50000, 2)))


def test_transactions(written):
    written.execute("BEGIN")
    written.execute("INSERT INTO pg.main.written (id) SELECT range FROM range(1000)")
    assert written.execute("SELECT count(*) FROM pg.main.written").fetchone() == (1000,)
    written.execute("DELETE FROM pg.main.written WHERE id < 10")
    assert written.execute("SELECT count(*), min(id) FROM pg.main.written").fetchone() == (990, 10)
    written.execute("ROLLBACK")
    assert written.execute("SELECT count(*) FROM pg.main.written").fetchone() == (0,)


def test_tables_are_made_and_dropped(client):
    client.execute("CREATE TABLE pg.main.made AS SELECT range AS a, 'x' || range AS b, [range] AS c FROM range(5)")
    try:
        assert client.execute("SELECT a, b, c FROM pg.main.made WHERE a > 3").fetchall() == [(4, "x4", [4])]
        client.execute("CALL postgres_execute('pg', 'ALTER TABLE made ADD COLUMN z INTEGER DEFAULT 9')")
        client.execute("CALL pg_clear_cache()")
        assert client.execute("SELECT a, z FROM pg.main.made WHERE a = 0").fetchall() == [(0, 9)]
    finally:
        client.execute("DROP TABLE pg.main.made")


def test_updates_are_refused(written):
    """They go through a table that is dropped ON COMMIT."""
    written.execute("INSERT INTO pg.main.written (id) VALUES (1)")
    with pytest.raises(duckdb.Error, match="ON COMMIT"):
        written.execute("UPDATE pg.main.written SET name = 'x' WHERE id = 1")
    assert written.execute("SELECT id, name FROM pg.main.written").fetchall() == [(1, None)]


def test_ranges_of_places_cut_a_table_into_parts(remote):
    """Any borders, committed rows and those of the same transaction: each row is in one part."""
    chance = random.Random(4)
    with psycopg.connect(remote.dsn()) as connection:
        connection.execute("CREATE TABLE cut AS SELECT range AS i FROM range(10000)")
        connection.commit()
        connection.execute("DELETE FROM cut WHERE i % 7 = 0 OR i BETWEEN 2000 AND 4000")
        connection.execute("INSERT INTO cut SELECT range FROM range(10000, 10600)")
        expected = connection.execute("SELECT i FROM cut ORDER BY i").fetchall()
        for _ in range(20):
            borders = [0, *sorted(chance.sample(range(1, 60), chance.randrange(8))), 4294967295]
            parts = [
                connection.execute(f"SELECT i FROM cut WHERE ctid BETWEEN '({first},0)'::tid AND '({last},0)'::tid").fetchall()
                for first, last in zip(borders, borders[1:])
            ]
            assert sorted(row for part in parts for row in part) == expected
        places = connection.execute("SELECT i, ctid FROM cut WHERE ctid >= '(0,1)'::tid ORDER BY i").fetchall()
        assert len({place for _, place in places}) == len(expected)
        for i, place in chance.sample(places, 30):
            assert connection.execute("SELECT i FROM cut WHERE ctid = %s::tid", [place]).fetchall() == [(i,)]
        connection.rollback()
        connection.execute("DROP TABLE cut")
