"""pgbouncer in front: what one client leaves behind never reaches the next one, and transactions of several clients
share a connection."""

import concurrent.futures
import re
import subprocess

import psycopg
import pytest
from support import paths
from support.pgbouncer import Pgbouncer


@pytest.fixture(scope="module", params=["session", "transaction"])
def pooler(request, server):
    with Pgbouncer(server, pool_mode=request.param, default_pool_size=4) as running:
        yield running


@pytest.mark.parametrize("mode", ["simple", "extended"])
@pytest.mark.parametrize("script", ["SELECT 1;", "\\set id random(0, 19999)\nBEGIN;\nSELECT label FROM readings WHERE id = :id;\nCOMMIT;"])
def test_pgbench(pooler, tmp_path, mode, script):
    file = tmp_path / "script.sql"
    file.write_text(script + "\n")
    done = subprocess.run(
        [paths.pgbench(), "-n", "-M", mode, "-c", "4", "-t", "100", "-f", str(file), "-h", pooler.host,
         "-p", str(pooler.port), "-U", "postgres", "main"],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert re.search(r"number of failed transactions: 0 ", done.stdout), done.stdout


def test_more_clients_than_connections(server, tmp_path):
    file = tmp_path / "script.sql"
    file.write_text("BEGIN;\nSELECT 1;\nCOMMIT;\n")
    with Pgbouncer(server, pool_mode="transaction", default_pool_size=2) as pooler:
        done = subprocess.run(
            [paths.pgbench(), "-n", "-M", "extended", "-c", "10", "-t", "50", "-f", str(file), "-h", pooler.host,
             "-p", str(pooler.port), "-U", "postgres", "main"],
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "500/500" in done.stdout and "failed transactions: 0 " in done.stdout, done.stdout
        assert 1 <= len(pooler.servers()) <= 2


def backend(connection):
    return connection.execute("SELECT pg_backend_pid()").fetchone()[0]


@pytest.fixture(scope="module")
def one_session(server):
    """Clients one after the other on one and the same connection to the server."""
    with Pgbouncer(server, pool_mode="session", server_reset_query="DISCARD ALL") as running:
        yield running


class Leak:
    """What the first client does, and a question whose answer must be the same before it and for the next client."""

    def __init__(self, name, does, asks, sees):
        self.name, self.does, self.asks, self.sees = name, does, asks, sees


LEAKS = [
    Leak("a setting", ["SET statement_timeout = 4321"], "SHOW statement_timeout", "4321ms"),
    Leak("a setting of the engine", ["SET order_by_non_integer_literal = true"],
         "SELECT current_setting('order_by_non_integer_literal')", True),
    Leak("a setting of a name of its own", ["SET my.setting = 'x'"], "SELECT current_setting('my.setting', true)", "x"),
    Leak("the time zone", ["SET TIME ZONE 'Asia/Kolkata'"], "SELECT TIMESTAMPTZ '2024-01-01 00:00:00+00'::VARCHAR", "2024-01-01 05:30:00+05:30"),
    Leak("the style of intervals", ["SET IntervalStyle = 'iso_8601'"], "SHOW IntervalStyle", "iso_8601"),
    Leak("a variable", ["SET VARIABLE x = 7"], "SELECT getvariable('x')", 7),
    Leak("the schema in use", ["USE information_schema"], "SELECT current_schema()", "information_schema"),
    Leak("a temporary table", ["CREATE TEMP TABLE left_behind AS SELECT 1 AS a"],
         "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'left_behind'", 1),
    Leak("a temporary view", ["CREATE TEMP VIEW left_view AS SELECT 1 AS a"],
         "SELECT count(*) FROM duckdb_views() WHERE view_name = 'left_view'", 1),
    Leak("a temporary macro", ["CREATE TEMP MACRO left_macro(a) AS a + 1"],
         "SELECT count(*) FROM duckdb_functions() WHERE function_name = 'left_macro'", 1),
    Leak("a read-only default", ["SET default_transaction_read_only = on"], "SHOW default_transaction_read_only", "on"),
]  # fmt: skip


@pytest.mark.parametrize("leak", LEAKS, ids=lambda leak: leak.name)
def test_nothing_of_a_session_reaches_the_next_client(one_session, leak):
    with one_session.connect(autocommit=True) as first:
        before, process = first.execute(leak.asks).fetchone()[0], backend(first)
        for statement in leak.does:
            first.execute(statement)
        assert str(first.execute(leak.asks).fetchone()[0]) == str(leak.sees) != str(before)
    with one_session.connect(autocommit=True) as second:
        assert backend(second) == process, "another connection proves nothing"
        assert second.execute(leak.asks).fetchone()[0] == before


def test_prepared_statements_do_not_reach_the_next_client(one_session):
    with one_session.connect(autocommit=True) as first:
        process = backend(first)
        first.execute("PREPARE by_sql AS SELECT 1")
        first.pgconn.prepare(b"by_protocol", b"SELECT 2")
        assert first.execute("EXECUTE by_sql").fetchone() == (1,)
    with one_session.connect(autocommit=True) as second:
        assert backend(second) == process
        with pytest.raises(psycopg.errors.InvalidSqlStatementName):
            second.execute("EXECUTE by_sql")
        assert second.pgconn.exec_prepared(b"by_protocol", []).error_field(67) == b"26000"  # 67: PG_DIAG_SQLSTATE, 'C'
        second.execute("PREPARE by_sql AS SELECT 3")
        assert second.execute("EXECUTE by_sql").fetchone() == (3,)


def test_an_open_transaction_and_its_cursor_do_not_reach_the_next_client(one_session):
    first = one_session.connect()
    process = backend(first)
    first.execute("CREATE TABLE never_committed (a INTEGER)")
    first.execute("DECLARE c CURSOR FOR SELECT * FROM range(100000)")
    assert first.execute("FETCH 1 FROM c").fetchone() == (0,)
    first.close()  # without COMMIT: pgbouncer gives a connection in a transaction to nobody
    with one_session.connect(autocommit=True) as second:
        assert backend(second) != process
        assert second.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'never_committed'").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InvalidCursorName):
            second.execute("FETCH 1 FROM c")


def test_cursors_end_with_the_transaction_of_the_first_client(one_session):
    with one_session.connect() as first:
        process = backend(first)
        first.execute("DECLARE c CURSOR FOR SELECT * FROM range(100000)")
        first.execute("FETCH 10 FROM c")
    with one_session.connect() as second:
        assert backend(second) == process
        with pytest.raises(psycopg.errors.InvalidCursorName):
            second.execute("FETCH 1 FROM c")


@pytest.fixture(scope="module")
def one_connection(server):
    """One server connection for all transactions of all clients."""
    with Pgbouncer(server, pool_mode="transaction") as running:
        yield running


def test_two_clients_take_turns_on_one_connection(one_connection):
    with one_connection.connect() as one, one_connection.connect() as other:
        processes = set()
        for turn in range(20):
            for client, zone in ((one, "Asia/Kolkata"), (other, "America/Lima")):
                if turn == 0:
                    client.execute(f"SET TIME ZONE '{zone}'")  # pgbouncer sets it again whenever it gives the connection
                processes.add(backend(client))
                assert client.execute("SHOW TimeZone").fetchone() == (zone,)
                assert client.execute("SELECT count(*) FROM readings WHERE id < %s", [turn]).fetchone() == (turn,)
                client.commit()
        assert len(processes) == 1
        assert len(one_connection.servers()) == 1


def test_a_failed_transaction_leaves_the_connection_usable(one_connection):
    with one_connection.connect() as one, one_connection.connect() as other:
        with pytest.raises(psycopg.errors.UndefinedTable):
            one.execute("SELECT * FROM no_such_table")
        one.rollback()
        assert other.execute("SELECT 1").fetchone() == (1,)
        other.rollback()


def test_updates_of_many_clients_on_one_connection_are_all_there(one_connection):
    with one_connection.connect() as setup:
        setup.execute("CREATE OR REPLACE TABLE pooled_counter AS SELECT 0 AS n")

    def add(_):
        with one_connection.connect() as client:
            for _ in range(25):
                with client.transaction():
                    client.execute("UPDATE pooled_counter SET n = n + 1")

    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        list(threads.map(add, range(4)))
    with one_connection.connect(autocommit=True) as reader:
        assert reader.execute("SELECT n FROM pooled_counter").fetchone() == (100,)
        reader.execute("DROP TABLE pooled_counter")


# The commands a pooler can be told to send, one by one, on a direct connection.


@pytest.fixture
def client(server):
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        yield connection


def test_discard_temp_drops_what_is_temporary_and_nothing_else(client):
    client.execute("CREATE TEMP SEQUENCE discarded_sequence")
    client.execute("CREATE TEMP TABLE discarded (a INTEGER DEFAULT nextval('discarded_sequence'), b INTEGER)")
    client.execute('CREATE TEMP TABLE "odd ""name" AS SELECT 1 AS a')
    client.execute("CREATE TEMP VIEW discarded_view AS SELECT * FROM discarded")
    client.execute("CREATE TEMP MACRO discarded_macro(a) AS a")
    client.execute("SET statement_timeout = 1234")
    client.execute("DISCARD TEMP")
    client.execute("DISCARD TEMPORARY")
    left = client.execute(
        """SELECT (SELECT count(*) FROM duckdb_tables() WHERE temporary) + (SELECT count(*) FROM duckdb_sequences() WHERE temporary)
                + (SELECT count(*) FROM duckdb_views() WHERE temporary AND NOT internal)
                + (SELECT count(*) FROM duckdb_functions() WHERE database_name = 'temp' AND NOT internal)"""
    ).fetchone()
    assert left == (0,)
    assert client.execute("SHOW statement_timeout").fetchone() == ("1234ms",)
    assert client.execute("SELECT count(*) > 0 FROM readings").fetchone() == (True,)


def test_reset_all_reaches_the_engine(client):
    before = client.execute("SELECT current_setting('order_by_non_integer_literal'), current_setting('ieee_floating_point_ops')").fetchone()
    client.execute("SET order_by_non_integer_literal = true")
    client.execute("SET ieee_floating_point_ops = false")
    client.execute("SET extra_float_digits = 0")
    client.execute("CREATE TEMP TABLE kept AS SELECT 1 AS a")
    client.execute("RESET ALL")
    after = client.execute("SELECT current_setting('order_by_non_integer_literal'), current_setting('ieee_floating_point_ops')").fetchone()
    assert after == before == (False, True)
    assert client.execute("SHOW extra_float_digits").fetchone() == ("1",)
    assert client.execute("SELECT a FROM kept").fetchone() == (1,)


def test_deallocate_all_reaches_both_kinds_of_prepared_statements(client):
    client.execute("PREPARE by_sql AS SELECT 1")
    client.pgconn.prepare(b"by_protocol", b"SELECT 2")
    client.execute("DEALLOCATE ALL")
    with pytest.raises(psycopg.errors.InvalidSqlStatementName):
        client.execute("EXECUTE by_sql")
    assert client.pgconn.exec_prepared(b"by_protocol", []).error_field(67) == b"26000"
    client.execute("DEALLOCATE ALL")
    client.execute("PREPARE by_sql AS SELECT 1")
    assert client.execute("EXECUTE by_sql").fetchone() == (1,)
