"""The place of the attacks of test_external_access.py: files that are no business of a session, and a server with passwords."""

import json
import socket
import sqlite3
import subprocess
import threading

import duckdb
import psycopg
import pytest
from support import paths
from support.server import Server

PASSWORD = "correct horse"


def sluice(*arguments, **options):
    return subprocess.run([str(paths.SLUICE), *map(str, arguments)], capture_output=True, text=True, timeout=60, **options)


def make_sqlite(path, value):
    with sqlite3.connect(path) as made:
        made.execute("create table t (i integer)")
        made.execute("insert into t values (?)", (value,))
    made.close()


def make_delta(folder, value):
    """A Delta table of one file and one commit, after the protocol's specification."""
    (folder / "_delta_log").mkdir(parents=True)
    duckdb.sql(f"copy (select {value}::integer as i) to '{folder}/part-0.parquet'")
    column = {"name": "i", "type": "integer", "nullable": True, "metadata": {}}
    schema = json.dumps({"type": "struct", "fields": [column]})
    actions = [
        {"protocol": {"minReaderVersion": 1, "minWriterVersion": 2}},
        {"metaData": {"id": "5fba94ed-9794-4965-ba6e-6ee3c0d22af9", "format": {"provider": "parquet", "options": {}},
                      "schemaString": schema, "partitionColumns": [], "configuration": {}, "createdTime": 0}},
        {"add": {"path": "part-0.parquet", "partitionValues": {}, "size": (folder / "part-0.parquet").stat().st_size,
                 "modificationTime": 0, "dataChange": True}},
    ]  # fmt: skip
    (folder / "_delta_log" / f"{0:020}.json").write_text("".join(json.dumps(each) + "\n" for each in actions))


def make_files(folder, value):
    """One file of each kind that DuckDB and its extensions read."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "x.csv").write_text(f"i\n{value}\n")
    (folder / "x.json").write_text(f'{{"i": {value}}}\n')
    (folder / "x.txt").write_text(f"{value}\n")
    duckdb.sql(f"copy (select {value} as i) to '{folder}/x.parquet'")
    for name in ("s.sqlite", "s.db"):
        make_sqlite(folder / name, value)
    with duckdb.connect(str(folder / "o.duckdb")) as made:
        made.execute(f"create table t as select {value} as i")
    make_delta(folder / "delta", value)


class Tripwire:
    """A loopback port that counts who connects."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.connections = 0
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while True:
            try:
                self.socket.accept()[0].close()
            except OSError:
                return
            self.connections += 1

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join()


class Site:
    """A machine with secrets, a database, attachments, and a directory for exchange."""

    def __init__(self, base):
        self.base, self.secret, self.exchange, self.folder = base, base / "secret", base / "exchange", base / "folder"
        (base / "db").mkdir()
        make_files(self.secret, 4711)
        make_files(self.exchange, 1)
        make_files(base / "db" / "beside", 4711)
        make_sqlite(base / "db" / "beside.sqlite", 4711)
        make_sqlite(base / "db" / "side.sqlite", 1)
        self.folder.mkdir()
        duckdb.sql(f"copy (select 1 as i) to '{self.folder}/part.parquet'")
        (self.folder / "plain.csv").write_text("i\n1\n")
        make_delta(self.folder / "orders", 1)
        for place in (self.exchange, self.folder):
            (place / "link.csv").symlink_to(self.secret / "x.csv")
            (place / "link.txt").symlink_to(self.secret / "x.txt")
            (place / "link.sqlite").symlink_to(self.secret / "s.sqlite")
            (place / "out").symlink_to(self.secret)
        self.database = base / "db" / "shop.duckdb"
        with duckdb.connect(str(self.database)) as made:
            made.execute("create table t as select range::integer i from range(1000)")
            made.execute(f"create view made_before as select * from read_text('{self.secret}/x.txt')")
            made.execute(f"create macro macro_before() as table select * from read_text('{self.secret}/x.txt')")
        with duckdb.connect(str(base / "db" / "more.duckdb")) as made:
            made.execute("create table u as select 2 as i")
        self.users = base / "users"
        assert sluice("user", "add", "alice", "--users", self.users, input=PASSWORD + "\n").returncode == 0
        self.tripwire = Tripwire()

    def serve(self, what, *flags, name="server", **options):
        return Server(what, "--auth", "scram", "--users", str(self.users), *map(str, flags), log=self.base / f"{name}.log", **options)

    def fill(self, text):
        return text.format(secret=self.secret, exchange=self.exchange, folder=self.folder, base=self.base, db=self.base / "db",
                           database=self.database, port=self.tripwire.port)  # fmt: skip


def connect(server, **options):
    return psycopg.connect(server.dsn(user="alice", password=f"'{PASSWORD}'"), autocommit=True, **options)


def refusal(connection, statement, **options):
    """The error that a statement must end in."""
    with pytest.raises(psycopg.Error) as refused:
        connection.execute(statement, **options).fetchall()
    return refused.value


def complaint(error, statement, flag=None):
    """What is wrong with an error that should say 42501: [] or one line."""
    if error is None:
        return [f"{statement}: went through"]
    hint = error.diag.message_hint or ""
    good = error.sqlstate == "42501" and "disabled by configuration" not in str(error) and "4711" not in str(error)
    if good and (flag in hint if flag else "--" in hint):
        return []
    return [f"{statement}: {error.sqlstate} {error.diag.message_primary}; {hint}"]


def check_refusal(error, statement, flag=None):
    assert not complaint(error, statement, flag), complaint(error, statement, flag)
