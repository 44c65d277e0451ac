"""The catalog of SQLite files, served or attached: one object that DuckDB cannot read hides no other, of that file or of
any other database, and indexes are shown as SQLite has them."""

import os
import sqlite3
import subprocess

import duckdb
import psycopg
import pytest
from psycopg import sql
from support import paths

# Each would end DuckDB's own lists, or did in some version, or has a name that must be quoted somewhere.
OBJECTS = {
    "plain": ["create table plain (id integer primary key, name text not null default 'x', size real)"],
    "partial index": ["create table a (n int, s text)", "create index partial on a (n) where s is not null"],
    "collated index": ["create table b (s text)", "create unique index nocase on b (s collate nocase desc)"],
    "index of an expression": ["create table c (s text, t text)", "create index lowered on c (lower(s), t)"],
    "brackets": ["create table [d d] ([the name] int)", "create index [i i] on [d d] ([the name])"],
    "backquotes": ["create table `e` (`x y` int)", "create index `j` on `e` (`x y`)"],
    "a view of SQLite's SQL": ["create view odd as select id from plain limit 5, 10"],
    "a view of what is gone": ["create table gone (a int)", "create view broken as select a from gone", "drop table gone"],
    "a trigger of a table's name": ["create trigger f after insert on plain begin select 1; end", "create table f (n int)"],
    "quotes": ['create table "it\'s ""q""" ("a\'b" int primary key, "c""d" text unique)'],
    "full text": ["create virtual table words using fts5(body)"],
    "a generated column": ["create table g (a int, b int as (a + 1) stored)"],
    "strict": ["create table h (a int, b any, primary key (b, a)) strict, without rowid"],
    "types": ["create table k (a 'weird type(1,2)', b [x y], c decimal(10,2), d)"],
    "keys": ["create table l (a int unique, b int references plain, c int, foreign key (c, a) references h (b, a), check (a > 0))"],
    "defaults": ["create table m (a blob default x'00', b text default \"abc\", c default (1 + 1), d default current_timestamp)"],
}  # fmt: skip


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "odd.db"
    with sqlite3.connect(path) as connection:
        for statements in OBJECTS.values():
            for statement in statements:
                connection.execute(statement)
    connection.close()
    return path


def psql(server, *commands):
    flags = [flag for command in commands for flag in ("-c", command)]
    done = subprocess.run(
        [paths.psql(), "-X", "-A", "-v", "ON_ERROR_STOP=1", "-h", server.host, "-p", str(server.port), "-U", "postgres", "-d", "main", *flags],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def names_in(file, *kinds):
    with sqlite3.connect(file) as connection:
        rows = connection.execute("select name, type from sqlite_master where name not like 'sqlite\\_%' escape '\\'").fetchall()
    connection.close()
    return sorted(name for name, kind in rows if kind in kinds)


def test_every_object_is_there(start, file):
    running = start(file)
    with psycopg.connect(running.dsn(), autocommit=True) as client:
        kinds = {"r": "table", "v": "view"}
        for kind, name in kinds.items():
            assert sorted(row[0] for row in client.execute("select relname from pg_class where relkind = %s", (kind,))) == names_in(file, name)
        assert sorted(row[0] for row in client.execute("select table_name from information_schema.tables")) == names_in(file, "table", "view")
        assert sorted(row[0] for row in client.execute("show tables")) == names_in(file, "table", "view")
        assert sorted(row[0] for row in client.execute("select index_name from duckdb_indexes()")) == names_in(file, "index")
        indexes = {row[0] for row in client.execute("select relname from pg_class where relkind = 'i'")}
        assert indexes > set(names_in(file, "index"))
    for command in (
        "\\d",
        "\\di",
        "\\di+",
        "\\dt+",
        "\\dv",
        "\\d plain",
        '\\d "it\'s ""q"""',
        "\\l",
        "\\dn",
        "\\d odd",
        "\\d broken",
        "\\d f",
        "\\d words",
    ):
        psql(running, command)


def test_indexes_as_sqlite_has_them(start, file):
    running = start(file)
    with psycopg.connect(running.dsn(), autocommit=True) as client:
        definitions = dict(client.execute("select relname, pg_get_indexdef(oid) from pg_class where relkind = 'i'").fetchall())
        assert definitions["partial"] == "CREATE INDEX partial ON a USING btree (n) where s is not null"
        assert definitions["nocase"] == "CREATE UNIQUE INDEX nocase ON b USING btree (s collate nocase desc)"
        assert definitions["lowered"] == "CREATE INDEX lowered ON c USING btree (lower(s), t)"
        assert definitions["i i"] == 'CREATE INDEX "i i" ON "d d" USING btree ([the name])'
        keys = "select relname, indkey, indisunique from pg_index join pg_class on oid = indexrelid where relname in ('partial', 'nocase', 'lowered') order by 1"
        assert client.execute(keys).fetchall() == [("lowered", [0, 2], False), ("nocase", [1], True), ("partial", [1], False)]
    text = psql(running, "\\d a", "\\d b")
    assert '"partial" btree (n) where s is not null' in text and '"nocase" UNIQUE, btree (s collate nocase desc)' in text


def test_columns_are_those_of_the_rows(start, file):
    running = start(file)
    with psycopg.connect(running.dsn(), autocommit=True) as client:
        for table in ("plain", "a", "d d", 'it\'s "q"', "h", "k", "l", "m", "words", "g"):
            sent = [
                (column.name, column._ftype)
                for column in client.execute(sql.SQL("select * from {} limit 0").format(sql.Identifier(table))).description
            ]
            listed = client.execute(
                "select attname, atttypid from pg_attribute where attrelid = (select oid from pg_class where relname = %s) order by attnum",
                (table,),
            ).fetchall()
            assert listed == sent, table
        plain = "select column_name, is_nullable, column_default from information_schema.columns where table_name = 'plain' order by ordinal_position"
        assert client.execute(plain).fetchall() == [("id", "YES", None), ("name", "NO", "'x'"), ("size", "YES", None)]
        keys = dict(client.execute("select conname, pg_get_constraintdef(oid) from pg_constraint").fetchall())
        assert keys["plain_pkey"] == "PRIMARY KEY (id)" and keys["h_pkey"] == "PRIMARY KEY (b, a)" and keys["l_a_key"] == "UNIQUE (a)"
        assert keys["l_b_fkey"] == "FOREIGN KEY (b) REFERENCES plain(id)" and keys["l_c_a_fkey"] == "FOREIGN KEY (c, a) REFERENCES h(b, a)"


def test_other_databases_are_not_hidden(start, tmp_path, file):
    shop = tmp_path / "shop.duckdb"
    with duckdb.connect(str(shop)) as connection:
        connection.execute("create table nation (n_nationkey integer primary key, n_name varchar); create index by_name on nation (n_name)")
    running = start(shop, "--attach", f"lib={file}")
    text = psql(running, "\\d nation", "\\di", "\\dt+", "\\l")
    assert '"by_name" art (n_name)' in text and "shop" in text and "lib" in text and "partial" not in text
    with psycopg.connect(running.dsn(), autocommit=True) as client:
        assert client.execute("select count(*) from lib.plain").fetchone() == (0,)
        listed = client.execute("select table_name from information_schema.tables where table_catalog = 'lib' order by 1").fetchall()
        assert [row[0] for row in listed] == names_in(file, "table", "view")


def test_changes_are_seen(start, file):
    """By the session's own statements, and by another program's."""
    running = start(file)
    listed = "select relname from pg_class where relname like 'new%' order by 1"
    with psycopg.connect(running.dsn(), autocommit=True) as client:
        assert client.execute(listed).fetchall() == []
        client.execute("create table new1 (a integer)")
        assert client.execute(listed).fetchall() == [("new1",)]
        with sqlite3.connect(file) as other:
            other.execute("create table new2 (a int)")
            other.execute("create index new3 on new2 (a) where a > 1")
        other.close()
        assert client.execute(listed).fetchall() == [("new1",), ("new2",), ("new3",)]
        client.execute("drop table new2")
        client.execute("insert into new1 values (1)")
        assert client.execute(listed).fetchall() == [("new1",)]
        assert client.execute("select * from new1").fetchall() == [(1,)]


def test_a_parts_project(start, tmp_path):
    """Its schema has partial indexes; psql could not look at any of its tables."""
    done = subprocess.run(
        [paths.SLUICE, "parts", "init", "rover", "--name", "Rover", "--email", "ada@example.org"],
        cwd=tmp_path, env={**os.environ, "SLUICE_PARTS_USER": "ada"}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    file = tmp_path / "rover" / "parts.db"
    running = start(file)
    text = psql(running, "\\d", "\\di", "\\dt+", '\\d "Revisions"', '\\d "Parts"')
    assert all(name in text for name in names_in(file, "table", "view", "index"))
    with sqlite3.connect(file) as connection:
        definition = connection.execute("select sql from sqlite_master where name = 'Revisions_open'").fetchone()[0]
    connection.close()
    condition = definition[definition.upper().index(" WHERE ") :].strip()
    assert condition in text


def test_a_library_of_the_tagger(start, tmp_path):
    (tmp_path / "music").mkdir()
    file = tmp_path / "library.db"
    done = subprocess.run(
        [paths.SLUICE, "tag", "music", "--db", file],
        cwd=tmp_path,
        env={**os.environ, "GEMINI_API_KEY": "none"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    names = names_in(file, "table", "view", "index")
    text = psql(start(file), "\\d", "\\di", "\\dt+")
    assert names and all(name in text for name in names)
