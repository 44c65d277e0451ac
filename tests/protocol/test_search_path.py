"""search_path: where names without a schema are looked for and created, step by step as PostgreSQL 15 answers. What is
called public there is main here."""

import asyncio

import asyncpg
import psycopg
import pytest

SCHEMAS = ("sp_a", "Sp C", "later")
MADE = """create schema sp_a; create schema "Sp C"; create table sp_t as select 'public' as a; create table sp_a.sp_t as select 'a' as a;
create table "Sp C".sp_t as select 'c' as a"""
READ = "select a from sp_t"
NOW = "select current_schema(), current_schemas(false), current_schemas(true)"


def where(table):
    return f"select table_schema from information_schema.tables where table_name = '{table}'"


SCRIPTS = {
    "default": [READ, NOW, "show search_path"],
    "one schema": ["set search_path to sp_a", READ, "create table sp_z (i int)", where("sp_z"), NOW, "insert into sp_z values (7)", "select i from sp_z",
                   "drop table sp_z", "show search_path"],
    "what does not exist is passed over": ["set search_path to nope, \"Sp C\", public", READ, "create table sp_z (i int)", where("sp_z"), NOW, "show search_path"],
    "nothing exists": ["set search_path to nope", "create table sp_z (i int)", "create view sp_v as select 1", "create sequence sp_s", NOW, "show search_path",
                       "create table sp_a.sp_z (i int)", where("sp_z"), "create temp table sp_y (i int)", "select count(*) from sp_y"],
    "empty": ["select set_config('search_path', '', false)", NOW, "create table sp_z (i int)", "show search_path", "set search_path to ''", NOW],
    "folding and quotes": ["set search_path to Sp_A", READ, "show search_path", "set search_path = 'Sp C', public", READ, "show search_path",
                           "set search_path to \"SP C\", public", READ, "set search_path to public,sp_a", READ, "set schema 'sp_a'", READ],
    "set_config": ["select set_config('search_path', 'Sp_A , \"Sp C\"', false)", READ, NOW, "select set_config('search_path', '\"Sp C\"', false)", READ,
                   "begin", "select set_config('search_path', 'sp_a', true)", READ, "commit", READ],
    "transactions": ["set search_path to sp_a", "begin", "set local search_path to \"Sp C\"", READ, "commit", READ, "begin", "set search_path to \"Sp C\"", READ,
                     "rollback", READ, "show search_path", "begin", "set search_path to public", READ, "commit", READ, "begin", "set search_path to sp_a", READ,
                     "select 1/0 from nope", "rollback", READ, NOW],
    "reset": ["set search_path to sp_a", READ, "reset search_path", READ, "set search_path to sp_a", "set search_path to default", READ, "set search_path to sp_a",
              "reset all", READ, "set search_path to sp_a", "discard all", READ, NOW, "show search_path"],
    "a schema that comes and goes": ["set search_path to later, public", READ, NOW, "create schema later", "create table sp_z (i int)", where("sp_z"), NOW,
                                     "create table sp_t as select 'later' as a", READ, "drop schema later cascade", READ, NOW],
    "a schema of the transaction": ["set search_path to later, public", "begin", "create schema later", "create table sp_z (i int)", where("sp_z"), "rollback", NOW,
                                    "begin", "create schema later", "create table sp_z (i int)", "commit", where("sp_z")],
    "pg_catalog": ["set search_path to pg_catalog, sp_a", READ, "create table sp_z (i int)", NOW, "set search_path to sp_a, pg_catalog", READ, NOW,
                   "create table sp_z (i int)", where("sp_z")],
    "pg_temp": ["set search_path to pg_temp, sp_a", READ, "create table sp_z as select 5 as i", "select i from sp_z", "drop table sp_z", "select i from sp_z"],
    "$user": ["set search_path to \"$user\", sp_a", READ, "show search_path", "create schema later", "set search_path to '$user', public", READ],
    "other things": ["set search_path to sp_a", "create view sp_v as select a from sp_t", "set search_path to public", "select a from sp_a.sp_v", "select a from sp_v",
                     "create index sp_i on sp_a.sp_t (a)", "alter table sp_a.sp_t add column b int", "set search_path to sp_a", "select a, b from sp_t",
                     "truncate sp_t", "select count(*) from sp_t", "select count(*) from public.sp_t"],
}  # fmt: skip


def outcome(connection, sql):
    try:
        cursor = connection.execute(sql if hasattr(connection, "is_postgres") else sql.replace("public.", "main."))
    except psycopg.Error as refused:
        return refused.sqlstate
    rows = cursor.fetchall() if cursor.description else cursor.statusmessage
    return repr(rows).replace("public", "main")


def clean(connection):
    connection.execute("rollback")
    connection.execute("set search_path to default")
    for schema in SCHEMAS:
        connection.execute(f'drop schema if exists "{schema}" cascade')
    for kind, name in (("table", "sp_t"), ("table", "sp_z"), ("view", "sp_v"), ("sequence", "sp_s")):
        connection.execute(f"drop {kind} if exists {name}")


@pytest.fixture
def both(start, postgres):
    """Two connections with the same schemas and tables: to Sluice and to PostgreSQL."""
    running = start()
    with psycopg.connect(running.dsn(), autocommit=True) as ours, psycopg.connect(postgres.dsn(), autocommit=True) as theirs:
        clean(theirs)
        for connection in (ours, theirs):
            connection.server = running if connection is ours else postgres
        theirs.is_postgres = True
        for connection in (ours, theirs):
            for sql in MADE.split(";"):
                connection.execute(sql)
        yield ours, theirs
        clean(theirs)


@pytest.mark.parametrize("script", SCRIPTS)
def test_as_postgresql_does(both, script):
    ours, theirs = both
    for number, sql in enumerate(SCRIPTS[script]):
        assert outcome(ours, sql) == outcome(theirs, sql), f"step {number}: {sql}"


def test_prepared_statements_follow(both):
    ours, theirs = both
    seen = {ours: [], theirs: []}
    for connection, rows in seen.items():
        for path in ("public", "sp_a", '"Sp C"', "nope, sp_a", "public") * 2:
            connection.execute(f"set search_path to {path}")
            rows.append(connection.execute(READ, prepare=True).fetchall())
            rows.append(connection.execute("select a from sp_t where a <> %s", ("x",), prepare=True).fetchall())
    assert seen[ours] == seen[theirs]


@pytest.mark.parametrize("path", ["sp_a", 'nope,"Sp C"', "SP_A, public", "public"])
def test_from_the_start(both, path):
    """As options, and as a parameter of the start-up packet, which is how pgjdbc sends currentSchema."""
    answers = []
    for connection in both:
        server = connection.server
        escaped = path.replace(" ", "\\ ")
        with psycopg.connect(server.dsn(), options=f"-c search_path={escaped}") as other:
            answers.append([outcome(other, sql) for sql in (READ, NOW, "show search_path", "set search_path to sp_a", "reset search_path", READ)])

        async def ask(server=server):
            other = await asyncpg.connect(server.uri(server.database), server_settings={"search_path": path})
            try:
                return await other.fetchval(READ), await other.fetchval("show search_path")
            finally:
                await other.close()

        answers[-1].append(asyncio.run(ask()))
    assert answers[0] == answers[1]


def test_copy_goes_where_the_path_says(both):
    counts = []
    for connection in both:
        connection.execute("set search_path to nope, sp_a")
        with connection.cursor().copy("copy sp_t from stdin") as copy:
            copy.write("new\n")
        with connection.cursor().copy("copy sp_t to stdout") as copy:
            counts.append(len(list(copy)))
        counts.append(connection.execute("select (select count(*) from sp_a.sp_t), (select count(*) from public.sp_t)").fetchone() if connection is both[1]
                      else connection.execute("select (select count(*) from sp_a.sp_t), (select count(*) from main.sp_t)").fetchone())  # fmt: skip
    assert counts[:2] == counts[2:]
