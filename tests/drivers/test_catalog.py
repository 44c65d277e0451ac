"""PostgreSQL's catalog, as tools read it: types as the rows have them, keys, sizes, psql's \\d; and nothing of the views
behind it where users look."""

import subprocess

import duckdb
import psycopg
import pytest
from support import paths

SCHEMA = """
CREATE TYPE mood AS ENUM ('sad', 'fine');
CREATE SCHEMA parts;
CREATE TABLE parts.maker (id INTEGER PRIMARY KEY, name VARCHAR);
CREATE TABLE parts.part (
    id BIGINT PRIMARY KEY, maker INTEGER REFERENCES parts.maker (id), price DECIMAL(10, 2) DEFAULT 3,
    code VARCHAR NOT NULL UNIQUE CHECK (code <> ''), feel mood, sizes INTEGER[]);
CREATE INDEX by_price ON parts.part (price, maker);
COMMENT ON TABLE parts.part IS 'what is sold';
COMMENT ON COLUMN parts.part.price IS 'in euros';
CREATE VIEW parts.cheap AS SELECT id, price FROM parts.part WHERE price < 5;
INSERT INTO parts.maker VALUES (1, 'x');
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("catalog") / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(SCHEMA)
        connection.execute("CREATE TABLE everything AS SELECT * FROM test_all_types()")
        connection.execute("CREATE TABLE many AS SELECT range AS i FROM range(100000)")
    return path


@pytest.fixture
def client(start, file):
    running = start(file, "--read-only")
    with psycopg.connect(running.dsn(), autocommit=True) as connection:
        connection.server = running
        yield connection


def psql(server, *commands, footers=False):
    flags = [flag for command in commands for flag in ("-c", command)]
    done = subprocess.run(
        [paths.psql(), "-X", "-A" if footers else "-At", "-v", "ON_ERROR_STOP=1", "-h", server.host, "-p", str(server.port), "-U", "postgres", "-d", "main", *flags],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_types_are_those_that_the_rows_have(client):
    for table in ("everything", "parts.part", "parts.cheap"):
        sent = [(c.name, c._ftype, c._fmod) for c in client.execute(f"SELECT * FROM {table} LIMIT 0").description]
        listed = client.execute(
            f"""SELECT attname, atttypid, atttypmod FROM pg_catalog.pg_attribute JOIN pg_type ON pg_type.oid = atttypid
                WHERE attrelid = '{table}'::regclass AND attnum > 0 ORDER BY attnum"""
        ).fetchall()
        assert listed == sent, table


def test_types_have_their_arrays_and_postgresqls_names(client):
    rows = client.execute(
        """SELECT t.typname, a.typname, a.typelem = t.oid, format_type(t.oid, NULL), t.typlen FROM pg_type t
           JOIN pg_type a ON a.oid = t.typarray WHERE t.typname IN ('int8', 'timestamptz', 'varchar') ORDER BY 1"""
    ).fetchall()
    assert rows == [
        ("int8", "_int8", True, "bigint", 8), ("timestamptz", "_timestamptz", True, "timestamp with time zone", 8),
        ("varchar", "_varchar", True, "character varying", -1),
    ]  # fmt: skip
    assert client.execute("SELECT enumlabel FROM pg_enum e JOIN pg_type t ON e.enumtypid = t.oid WHERE typname = 'mood' ORDER BY enumsortorder").fetchall() == [
        ("sad",), ("fine",),
    ]  # fmt: skip


def test_keys_and_comments(client):
    constraints = client.execute(
        """SELECT contype, conname, conkey, confkey, f.relname FROM pg_constraint LEFT JOIN pg_class f ON f.oid = confrelid
           WHERE conrelid = 'parts.part'::regclass ORDER BY contype"""
    ).fetchall()
    assert [(kind, key, other, table) for kind, _, key, other, table in constraints] == [
        ("c", [4], None, None), ("f", [2], [1], "maker"), ("p", [1], None, None), ("u", [4], None, None),
    ]  # fmt: skip
    indexes = client.execute(
        """SELECT indexname, indkey, indisprimary, indisunique FROM pg_indexes JOIN pg_class ON relname = indexname
           JOIN pg_index ON indexrelid = pg_class.oid WHERE tablename = 'part' ORDER BY indkey"""
    ).fetchall()
    assert [row[1:] for row in indexes] == [([1], True, True), ([3, 2], False, False), ([4], False, True)]
    assert client.execute("SELECT obj_description('parts.part'::regclass, 'pg_class'), col_description('parts.part'::regclass, 3)").fetchone() == (
        "what is sold", "in euros",
    )  # fmt: skip


def test_sizes(client):
    """A page stands for 256 rows; a view and a sequence have none."""
    pages = dict(client.execute("SELECT relname, relpages FROM pg_class WHERE relname IN ('many', 'maker', 'cheap')").fetchall())
    assert pages == {"many": 391, "maker": 1, "cheap": 0}
    assert client.execute("SELECT pg_relation_size('many'::regclass), pg_total_relation_size('many'::regclass)").fetchone() == (391 * 8192,) * 2


def test_psql_describes_a_table(client):
    lines = psql(client.server, "\\d parts.part")
    assert lines[:6] == [
        "id|bigint||not null|", "maker|integer|||", "price|numeric(10,2)|||3", "code|text||not null|", "feel|text|||", "sizes|integer[]|||",
    ]  # fmt: skip
    text = "\n".join(psql(client.server, "\\d parts.part", footers=True))
    assert '"part_id_pkey" PRIMARY KEY, art (id)' in text and '"by_price" art (price, maker)' in text and "CHECK ((code != ''))" in text
    assert "in euros" in "\n".join(psql(client.server, "\\d+ parts.part"))


def test_psql_lists(client):
    assert [line.split("|")[:3] for line in psql(client.server, "\\dt parts.*")] == [["parts", "maker", "table"], ["parts", "part", "table"]]
    assert psql(client.server, "\\l")[0].split("|")[:3] == ["shop", "postgres", "UTF8"]
    assert psql(client.server, "\\dn") == ["main|postgres", "parts|postgres"]
    assert psql(client.server, "\\du") == ["postgres|Superuser, Create role, Create DB, Bypass RLS|{}"]


@pytest.mark.parametrize("question", [
    "SELECT count(*) FROM duckdb_databases() WHERE database_name LIKE 'sluice%'",
    "SELECT count(*) FROM duckdb_views() WHERE database_name LIKE 'sluice%'",
    "SELECT count(*) FROM duckdb_functions() WHERE database_name LIKE 'sluice%'",
    "SELECT count(*) FROM information_schema.schemata WHERE catalog_name LIKE 'sluice%'",
    "SELECT count(*) FROM information_schema.tables WHERE table_catalog LIKE 'sluice%' OR table_name = 'type_list'",
    "SELECT count(*) FROM pg_database WHERE datname LIKE 'sluice%'",
    "SELECT count(*) FROM (SHOW DATABASES) WHERE database_name LIKE 'sluice%'",
    "SELECT count(*) FROM (SHOW ALL TABLES) WHERE database LIKE 'sluice%'",
])  # fmt: skip
def test_the_views_behind_it_are_in_no_list(client, question):
    assert client.execute(question).fetchone() == (0,)


def test_nothing_of_it_is_in_the_users_file(start, tmp_path):
    path = tmp_path / "new.duckdb"
    running = start(path)
    with psycopg.connect(running.dsn(), autocommit=True) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS a")
        assert connection.execute("SELECT relname FROM pg_class WHERE relkind = 'r'").fetchall() == [("t",)]
    assert running.stop() == 0
    with duckdb.connect(str(path)) as connection:
        assert connection.execute("SELECT count(*) FROM duckdb_views() WHERE NOT internal").fetchone() == (0,)
        assert connection.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [("t",)]


def test_a_folder_has_a_catalog_too(start, tmp_path):
    duckdb.execute(f"COPY (SELECT 1 AS a, 'x' AS b) TO '{tmp_path}/rows.parquet'")
    running = start(tmp_path)
    with psycopg.connect(running.dsn(), autocommit=True) as connection:
        assert connection.execute("SELECT relname, relkind, relpages FROM pg_class").fetchall() == [("rows", "v", 0)]
    assert [line.split("|")[:2] for line in psql(running, "\\d rows")] == [["a", "integer"], ["b", "text"]]


def test_tables_of_a_transaction_and_of_the_session_are_there(start):
    with psycopg.connect(start().dsn()) as connection:
        connection.execute("CREATE TABLE fresh (a INTEGER)")
        connection.execute("CREATE TEMP TABLE passing (a INTEGER)")
        rows = connection.execute(
            "SELECT nspname, relname, relpersistence FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace ORDER BY 2"
        ).fetchall()
        assert rows == [("main", "fresh", "p"), ("pg_temp", "passing", "t")]


COMPARED = """
create table maker (id integer primary key, name text unique); create table part (id bigint primary key, maker integer references maker (id), price numeric(10,2),
code varchar not null, unique (code, maker)); create index by_price on part (price, maker); create index by_code on part (code); comment on table part is 'what is sold';
comment on table maker is 'who makes it'; comment on column part.price is 'in euros'; comment on column part.id is 'a number'
"""
QUESTIONS = [
    "select conrelid::regclass::text, pg_get_constraintdef(oid), pg_get_constraintdef(c.oid, true) from pg_constraint c where contype in ('p', 'u', 'f') and conrelid::regclass::text in ('maker', 'part')",
    "select relname, pg_get_indexdef(oid), pg_get_indexdef(c.oid, 0, true) from pg_class c where relname like 'by_%'",
    "select relname, obj_description(oid), obj_description(c.oid, 'pg_class') from pg_class c where relname in ('maker', 'part')",
    "select attname, col_description(attrelid, attnum) from pg_attribute where attrelid::regclass::text in ('maker', 'part') and attnum > 0",
    "select attname, format_type(atttypid, atttypmod), atttypid::regtype::text from pg_attribute where attrelid::regclass::text = 'part' and attnum > 0 and attname <> 'code'",
    "select pg_get_constraintdef(max(oid)) is null, count(*) > 0 from pg_constraint",
    "select relname, relnamespace::regnamespace::text from pg_class where relname in ('maker', 'part', 'by_price')",
]  # fmt: skip


def test_texts_of_whole_tables_are_postgresqls(start, postgres):
    """Each row has its own: a column of the caller's is not taken for one of the function's."""
    answers = []
    with psycopg.connect(start().dsn(), autocommit=True) as ours, psycopg.connect(postgres.dsn(), autocommit=True) as theirs:
        theirs.execute("drop table if exists part, maker")
        for connection in (ours, theirs):
            for sql in COMPARED.split(";"):
                connection.execute(sql)
            rows = [sorted(map(repr, connection.execute(question).fetchall())) for question in QUESTIONS]
            answers.append(
                [[row.replace("public.", "").replace("'public'", "'main'").replace("USING btree", "USING art") for row in each] for each in rows]
            )
        theirs.execute("drop table part, maker")
    for question, ours, theirs in zip(QUESTIONS, *answers):
        assert ours == theirs, question
