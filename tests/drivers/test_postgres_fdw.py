"""PostgreSQL 15's postgres_fdw in front: its tables are ours. Rows are compared with what Python's duckdb reads from the
file, and every pushed-down expression with PostgreSQL's own answer over a local copy."""

import datetime
import json

import duckdb
import psycopg
import pytest
from support.postgres import Postgres
from support.server import Server

TABLES = """
CREATE TABLE things AS
SELECT i::INTEGER AS id, (i % 7)::SMALLINT AS kind, i * 1000000007 AS big, i * 0.5::FLOAT AS f4, i / 3.0::DOUBLE AS f8,
       (i * 1.25)::DECIMAL(12, 2) AS amount, 'name ' || i || CASE WHEN i % 10 = 3 THEN E' a_b%c\\\\d''é\\n.' ELSE '' END AS name,
       i % 2 = 0 AS flag, DATE '2020-01-01' + i::INTEGER AS day, TIME '01:02:03.5' + INTERVAL (i) SECOND AS clock,
       TIMESTAMP '2020-01-01 00:00:00.25' + INTERVAL (i) MINUTE AS moment,
       TIMESTAMPTZ '2020-01-01 00:00:00+00' + INTERVAL (i) HOUR AS instant,
       ('00000000-0000-0000-0000-' || lpad(i::VARCHAR, 12, '0'))::UUID AS u, ('{"i": ' || i || '}')::JSON AS j,
       ('b' || i)::BLOB AS bytes, [i, i + 1]::INTEGER[] AS list, ['a ' || i, NULL, '"{,']::VARCHAR[] AS texts,
       CASE WHEN i % 5 = 0 THEN NULL ELSE i END::INTEGER AS maybe
FROM range(1000) AS t(i);
CREATE TABLE kinds (kind SMALLINT PRIMARY KEY, label VARCHAR NOT NULL DEFAULT 'none');
INSERT INTO kinds SELECT i, 'kind ' || i FROM range(7) AS t(i);
CREATE VIEW even AS SELECT id, name FROM things WHERE flag;
CREATE TABLE written (id INTEGER PRIMARY KEY, name VARCHAR, amount DECIMAL(10, 2), moment TIMESTAMP, bytes BLOB, list INTEGER[],
                      flag BOOLEAN, u UUID, j JSON, instant TIMESTAMPTZ, day DATE, f8 DOUBLE);
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("fdw") / "far.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(TABLES)
        rows = connection.execute("SELECT * REPLACE (instant AT TIME ZONE 'UTC' AS instant) FROM things ORDER BY id").fetchall()
    return path, rows


@pytest.fixture(scope="module")
def local(file, tmp_path_factory):
    """A connection to PostgreSQL with the schema far of foreign tables, and near with copies of them."""
    server = Server(file[0], log=tmp_path_factory.mktemp("log") / "server.log")
    postgres = Postgres(timezone="UTC")
    connection = psycopg.connect(postgres.dsn(), autocommit=True, prepare_threshold=None)
    connection.execute("CREATE EXTENSION postgres_fdw")
    connection.execute(f"CREATE SERVER sluice FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '{server.port}', dbname 'main')")
    connection.execute("CREATE USER MAPPING FOR postgres SERVER sluice OPTIONS (user 'postgres')")
    connection.execute("CREATE SCHEMA far")
    connection.execute("IMPORT FOREIGN SCHEMA main FROM SERVER sluice INTO far")
    connection.execute("CREATE SCHEMA near")
    connection.execute("CREATE TABLE near.things AS SELECT * FROM far.things")
    connection.execute("CREATE TABLE near.kinds AS SELECT * FROM far.kinds")
    connection.execute("CREATE TABLE near.even AS SELECT * FROM far.even")
    connection.execute("ANALYZE far.things, far.kinds, far.even, near.things, near.kinds, near.even")
    yield connection
    connection.close()
    postgres.stop()
    assert server.stop() == 0


def columns(connection, table):
    return connection.execute(
        """SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute
           WHERE attrelid = %s::regclass AND attnum > 0 ORDER BY attnum""", [table],
    ).fetchall()  # fmt: skip


def test_import_has_the_types(local):
    assert [(name, kind) for name, kind, _ in columns(local, "far.things")] == [
        ("id", "integer"), ("kind", "smallint"), ("big", "bigint"), ("f4", "real"), ("f8", "double precision"),
        ("amount", "numeric(12,2)"), ("name", "text"), ("flag", "boolean"), ("day", "date"), ("clock", "time without time zone"),
        ("moment", "timestamp without time zone"), ("instant", "timestamp with time zone"), ("u", "uuid"), ("j", "json"),
        ("bytes", "bytea"), ("list", "integer[]"), ("texts", "text[]"), ("maybe", "integer"),
    ]  # fmt: skip
    assert columns(local, "far.kinds") == [("kind", "smallint", True), ("label", "text", True)]


@pytest.mark.parametrize("clause, tables", [
    ("LIMIT TO (kinds, even)", ["even", "kinds"]),
    ("EXCEPT (kinds, even)", ["things", "written"]),
    ("", ["even", "kinds", "things", "written"]),
])  # fmt: skip
def test_import_of_some(local, clause, tables):
    local.execute("CREATE SCHEMA imported")
    try:
        local.execute(f"IMPORT FOREIGN SCHEMA main {clause} FROM SERVER sluice INTO imported OPTIONS (import_default 'true', import_collate 'true')")
        found = local.execute("SELECT relname FROM pg_class WHERE relnamespace = 'imported'::regnamespace ORDER BY 1").fetchall()
        assert [name for (name,) in found] == tables
    finally:
        local.execute("DROP SCHEMA imported CASCADE")
    with pytest.raises(psycopg.errors.FdwSchemaNotFound):
        local.execute("IMPORT FOREIGN SCHEMA nowhere FROM SERVER sluice INTO far")


def test_rows_are_those_of_the_file(local, file):
    rows = local.execute("SELECT * FROM far.things ORDER BY id").fetchall()
    read = [[plain(value) for value in row] for row in rows]
    assert read == [[plain(value) for value in row] for row in file[1]]


def plain(value):
    """The same for both drivers: JSON is text or parsed, a time stamp knows its zone or is UTC."""
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, str) and value.startswith('{"i"'):
        return json.loads(value)
    return value


CONDITIONS = [
    "id = 5", "id <> 5 AND id < 8", "NOT flag AND id < 9", "flag IS NOT TRUE AND id < 4", "maybe IS NULL", "maybe IS DISTINCT FROM 7",
    "id = ANY ('{1,2,3}')", "id IN (3, 4, 999)", "name IN ('name 1', 'name 4')", "id BETWEEN 10 AND 12", "(id, kind) = (8, 1)",
    "big > 999000006000", "f4 = 2.5", "f8 < 1", "amount = 12.5", "amount >= 1247.5", "day < '2020-01-04'", "clock = '01:02:08.5'",
    "moment BETWEEN '2020-01-01 00:05' AND '2020-01-01 00:07:01'", "instant = '2020-01-01 07:00:00+02'",
    "u = '00000000-0000-0000-0000-000000000007'", "bytes = '\\x6235'", "bytes > '\\x6239'", "bytes = 'b7'",
    # operators that DuckDB has with another meaning
    "id / 2 = 3", "-id / 2 = -3", "amount / 2 = 1.875", "f8 / 2 < 0.5", "id % 100 = 3", "-id % 3 = -1", "id / 7 * 7 = id",
    "name ~ '^name 99'", "name ~ 'e 1$'", "name !~ '[0-4]'", "name ~* 'NAME 7$'", "name !~* '^NAME [0-9]+'", "name ~ 'é.\\.'",
    "name LIKE 'name 1_'", "name LIKE '%a\\_b\\%c\\\\d%' AND id < 30", "name LIKE '%a\\_X%'", "name NOT LIKE 'name%'",
    "name ILIKE 'NAME 77%'", "name NOT ILIKE '%\\%C%' AND id < 5", "name = E'name 3 a_b%c\\\\d''é\\n.'", "name < 'name 1'",
    # functions that are sent
    "abs(id - 5) < 2", "length(name) = 6", "upper(name) = 'NAME 5'", "lower(name) = 'name 6'", "substr(name, 6) = '42'",
    "coalesce(maybe, -1) = -1 AND id < 20", "CASE WHEN flag THEN id < 3 ELSE id < 2 END", "mod(id, 10) = 9 AND id < 50", "round(amount) = 4",
    "floor(f8) = 2", "ceil(f8) = 3", "trunc(f8) = 7", "name || 'x' = 'name 1x'", "greatest(id, 990) = 990 AND id > 985", "power(id, 2) = 16",
    "position('me' in name) = 3 AND id = 0", "replace(name, 'name', 'n') = 'n 12'", "strpos(name, '42') > 0", "left(name, 6) = 'name 1'",
    "extract(month FROM day) = 2 AND id < 100", "day + 1 = '2020-01-03'", "moment + interval '1 minute' = '2020-01-01 00:04:00.25'",
    "date_trunc('hour', moment) = '2020-01-01 01:00'", "nullif(id, 3) IS NULL", "id::text = '17'", "amount::int = 5", "f8::numeric(10,2) = 0.33",
]  # fmt: skip


@pytest.mark.parametrize("condition", CONDITIONS)
def test_conditions_mean_what_they_mean_at_home(local, condition):
    ask = "SELECT id FROM {}.things WHERE " + condition.replace("{", "{{").replace("}", "}}") + " ORDER BY id"
    assert local.execute(ask.format("far")).fetchall() == local.execute(ask.format("near")).fetchall()


def plan_of(connection, query):
    return "\n".join(line for (line,) in connection.execute("EXPLAIN (VERBOSE, COSTS off) " + query).fetchall())


PUSHED = [
    ("SELECT id FROM {}.things WHERE kind = 3 ORDER BY big DESC LIMIT 5", "LIMIT 5"),
    ("SELECT id, maybe FROM {}.things ORDER BY maybe DESC NULLS LAST, id LIMIT 4 OFFSET 2", "ORDER BY maybe DESC NULLS LAST"),
    ("SELECT id, maybe FROM {}.things ORDER BY maybe, id LIMIT 900", "ASC NULLS LAST"),
    ("SELECT t.id, k.label FROM {0}.things t JOIN {0}.kinds k USING (kind) WHERE t.id < 9 ORDER BY t.id", "INNER JOIN"),
    ("SELECT a.id, b.name FROM {0}.things a LEFT JOIN {0}.even b ON a.id = b.id WHERE a.id < 5 ORDER BY a.id", "LEFT JOIN"),
    ("SELECT a.id, b.id FROM {0}.things a FULL JOIN {0}.even b ON a.id = b.id - 990 WHERE a.id < 3 OR b.id > 994 ORDER BY 1, 2", "FULL JOIN"),
    ("SELECT kind, count(*), sum(amount), sum(id), sum(big), min(name), max(instant), bool_and(flag) FROM {}.things GROUP BY kind ORDER BY kind", "GROUP BY 1"),
    ("SELECT count(*), count(maybe), count(DISTINCT kind) FROM {}.things", "count(DISTINCT kind)"),
    ("SELECT kind, count(*) FILTER (WHERE flag) FROM {}.things GROUP BY kind HAVING count(*) > 142 ORDER BY kind", "HAVING"),
    ("SELECT k.label, sum(t.amount) FROM {0}.things t JOIN {0}.kinds k USING (kind) GROUP BY k.label ORDER BY k.label", "GROUP BY 1"),
    ("SELECT sum(id / 10), avg(kind)::numeric(10, 4) FROM {}.things WHERE id > 10", "sum((id / 10))"),
    ("SELECT array_agg(id ORDER BY id) FROM {}.things WHERE id < 5", "array_agg(id ORDER BY id"),
    ("SELECT string_agg(name, ', ' ORDER BY id DESC) FROM {}.things WHERE id < 3", "string_agg"),
]  # fmt: skip


@pytest.mark.parametrize("query, remote", PUSHED)
def test_what_is_pushed_down_gives_the_same_rows(local, query, remote):
    far = query.format("far")
    local.execute("SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_nestloop = off; SET enable_sort = off; SET enable_hashagg = off")
    try:
        sent = [line for line in plan_of(local, far).splitlines() if "Remote SQL" in line]
        rows = local.execute(far).fetchall()
    finally:
        local.execute("RESET ALL")
    assert len(sent) == 1 and remote in sent[0], sent
    assert rows == local.execute(query.format("near")).fetchall()


def test_a_join_with_a_local_table(local):
    local.execute("CREATE TEMP TABLE colours AS SELECT i::smallint AS kind, 'colour ' || i AS colour FROM generate_series(0, 6) i")
    query = "SELECT colour, count(*), sum(amount) FROM {}.things JOIN colours USING (kind) WHERE id >= 10 GROUP BY colour ORDER BY colour"
    assert local.execute(query.format("far")).fetchall() == local.execute(query.format("near")).fetchall()


@pytest.mark.parametrize("fetch_size", [1, 7, 100, 5000])
def test_several_scans_read_in_turn(local, fetch_size):
    """A merge join reads two cursors of one remote transaction side by side."""
    local.execute(f"ALTER SERVER sluice OPTIONS (ADD fetch_size '{fetch_size}')")
    local.execute("SET enable_hashjoin = off; SET enable_nestloop = off")
    try:
        query = """SELECT count(*), sum(a.id), sum(c.id) FROM (SELECT * FROM {0}.things ORDER BY id OFFSET 0) a
                   JOIN (SELECT * FROM {0}.even ORDER BY id OFFSET 0) b ON a.id = b.id
                   JOIN (SELECT * FROM {0}.things ORDER BY id OFFSET 0) c ON c.id = b.id"""
        assert plan_of(local, query.format("far")).count("Remote SQL") == 3
        assert local.execute(query.format("far")).fetchall() == [(500, 249500, 249500)]
    finally:
        local.execute("RESET ALL")
        local.execute("ALTER SERVER sluice OPTIONS (DROP fetch_size)")


def test_a_parameter_of_an_inner_scan(local):
    """A nested loop reads the foreign table again and again, with DECLARE ... $1."""
    query = (
        "SELECT k.kind, (SELECT max(id) FROM {0}.things t WHERE t.kind = k.kind AND t.id < 500) FROM (SELECT * FROM {0}.kinds OFFSET 0) k ORDER BY 1"
    )
    assert local.execute(query.format("far")).fetchall() == local.execute(query.format("near")).fetchall()


def test_analyze(local):
    local.execute("ANALYZE far.things")
    assert local.execute("SELECT reltuples, relpages FROM pg_class WHERE oid = 'far.things'::regclass").fetchone() == (1000, 4)


@pytest.fixture
def written(local):
    local.execute("DELETE FROM far.written")
    yield local
    local.execute("DELETE FROM far.written")


def test_rows_that_are_written(written):
    row = """(1, 'o''ne \\ "x" é', 1.5, '2024-01-01 10:00:00.123456', '\\x00ff5c', '{1,NULL,3}', true,
              '00000000-0000-0000-0000-000000000001', '{"a": [1]}', '2024-01-01 10:00+02', '1999-12-31', 0.1)"""
    written.execute(f"INSERT INTO far.written VALUES {row}, (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)")
    written.execute("CREATE TEMP TABLE same (LIKE far.written)")
    written.execute(f"INSERT INTO same VALUES {row}, (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)")
    assert written.execute("SELECT * FROM far.written ORDER BY id").fetchall() == written.execute("SELECT * FROM same ORDER BY id").fetchall()
    assert written.execute("INSERT INTO far.written (id, name) SELECT i, 'n' || i FROM generate_series(10, 200) i RETURNING id").rowcount == 191
    with pytest.raises(psycopg.errors.UniqueViolation):
        written.execute("INSERT INTO far.written (id) VALUES (10)")


@pytest.mark.parametrize("batch", [1, 50])
def test_batches(written, batch):
    written.execute(f"ALTER SERVER sluice OPTIONS (ADD batch_size '{batch}')")
    try:
        written.execute("INSERT INTO far.written (id, name) SELECT i, 'n' || i FROM generate_series(1, 130) i")
        assert written.execute("SELECT count(*), sum(id), min(name) FROM far.written").fetchone() == (130, 8515, "n1")
    finally:
        written.execute("ALTER SERVER sluice OPTIONS (DROP batch_size)")


def test_changes_that_are_pushed_down(written):
    written.execute("INSERT INTO far.written (id, name) SELECT i, 'n' || i FROM generate_series(1, 10) i")
    change = "UPDATE far.written SET name = name || '!' WHERE id / 2 = 2 RETURNING id, name"
    assert "Remote SQL: UPDATE main.written SET name" in plan_of(written, change) and "ctid" not in plan_of(written, change)
    assert sorted(written.execute(change).fetchall()) == [(4, "n4!"), (5, "n5!")]
    assert written.execute("DELETE FROM far.written WHERE id > 8").rowcount == 2
    assert written.execute("SELECT count(*) FROM far.written").fetchone() == (8,)


def test_changes_of_rows_by_their_place(written):
    """random() is computed at home, so rows are read with ctid, FOR UPDATE, and changed one by one."""
    written.execute("INSERT INTO far.written (id, name) SELECT i, 'n' || i FROM generate_series(1, 1000) i")
    written.execute("DELETE FROM far.written WHERE id % 3 = 0")  # gaps
    change = "UPDATE far.written SET name = id || '?' WHERE random() < 2 AND id % 10 = 1 RETURNING id, name"
    plan = plan_of(written, change)
    assert "WHERE ctid = $1" in plan and "FOR UPDATE" in plan
    changed = sorted(written.execute(change).fetchall())
    assert changed == [(i, f"{i}?") for i in range(1, 1001, 10) if i % 3]
    assert written.execute("SELECT id, name FROM far.written WHERE name LIKE '%?' ORDER BY id").fetchall() == changed
    assert written.execute("DELETE FROM far.written WHERE random() < 2 AND id > 500").rowcount == len([i for i in range(501, 1001) if i % 3])
    assert written.execute("SELECT count(*), max(id) FROM far.written").fetchone() == (len([i for i in range(1, 501) if i % 3]), 500)


def test_rows_of_the_same_transaction_have_a_place_too(written):
    with written.transaction():
        written.execute("INSERT INTO far.written (id, name) SELECT i, 'new' FROM generate_series(1, 300) i")
        assert written.execute("UPDATE far.written SET name = id || '' WHERE random() < 2 AND id IN (7, 299)").rowcount == 2
        assert written.execute("DELETE FROM far.written WHERE random() < 2 AND id = 8").rowcount == 1
    assert written.execute("SELECT count(*), count(*) FILTER (WHERE name = 'new') FROM far.written").fetchone() == (299, 297)


def test_an_update_that_joins_a_local_table(written):
    written.execute("INSERT INTO far.written (id, name) SELECT i, 'n' FROM generate_series(1, 5) i")
    assert sorted(written.execute("UPDATE far.written w SET name = k.label FROM near.kinds k WHERE w.id = k.kind RETURNING w.id, w.name").fetchall()) == [
        (i, f"kind {i}") for i in range(1, 6)
    ]  # fmt: skip


def test_transactions_end_together(written):
    with pytest.raises(ZeroDivisionError):
        with written.transaction():
            written.execute("INSERT INTO far.written (id) VALUES (1)")
            raise ZeroDivisionError
    assert written.execute("SELECT count(*) FROM far.written").fetchone() == (0,)
    with written.transaction():
        written.execute("INSERT INTO far.written (id) VALUES (1)")
    assert written.execute("SELECT count(*) FROM far.written").fetchone() == (1,)
    with pytest.raises(psycopg.errors.DivisionByZero):
        written.execute("INSERT INTO far.written (id) SELECT 10 / (3 - i) FROM generate_series(1, 5) i")
    assert written.execute("SELECT count(*) FROM far.written").fetchone() == (1,)
    written.execute("TRUNCATE far.written")
    assert written.execute("SELECT count(*) FROM far.written").fetchone() == (0,)


def test_what_cannot_be_done_is_said(written):
    """Rather than answered wrongly: savepoints, which a subtransaction with a foreign table needs; locks; an array's
    literal without its type; costs in EXPLAIN."""
    written.execute("INSERT INTO far.written (id) VALUES (1)")
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="savepoints"):
        with written.transaction(), written.transaction():
            written.execute("SELECT count(*) FROM far.written")
    with pytest.raises(psycopg.Error, match="locking clause"):
        written.execute("SELECT id FROM far.written WHERE id = 1 FOR UPDATE")
    with pytest.raises(psycopg.Error, match="cast"):
        written.execute("SELECT id FROM far.things WHERE list = '{5,6}'")
    written.execute("ALTER SERVER sluice OPTIONS (ADD use_remote_estimate 'true')")
    try:
        with pytest.raises(psycopg.Error, match="EXPLAIN output"):
            written.execute("SELECT id FROM far.things")
    finally:
        written.execute("ALTER SERVER sluice OPTIONS (DROP use_remote_estimate)")
    assert written.execute("SELECT id FROM far.written").fetchall() == [(1,)]
