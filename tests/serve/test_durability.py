"""Nothing acknowledged is lost, nothing half-done stays: kill -9 at the worst moments."""

import duckdb
import psycopg
from support import wire


def count(path, table):
    connection = duckdb.connect(str(path))
    try:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    finally:
        connection.close()


def test_kill_right_after_commit(start, tmp_path):
    path = tmp_path / "durable.duckdb"
    for round_number in range(1, 6):
        server = start(path)
        with wire.Connection(server) as connection:
            connection.query("CREATE TABLE IF NOT EXISTS kept (a INTEGER)")
            connection.query("BEGIN")
            connection.query("INSERT INTO kept SELECT * FROM range(1000)")
            assert wire.kinds(connection.query("COMMIT")) == "CZ"
            server.kill()
        assert count(path, "kept") == 1000 * round_number


def test_kill_during_a_copy(start, tmp_path):
    path = tmp_path / "copy.duckdb"
    server = start(path)
    with wire.Connection(server) as connection:
        connection.query("CREATE TABLE loaded (a INTEGER, b VARCHAR)")
        connection.send(wire.query("COPY loaded FROM STDIN"))
        assert connection.receive()[0] == b"G"
        rows = "".join(f"{i}\trow {i}\n" for i in range(10_000)).encode()
        for _ in range(100):  # a million rows, many row groups, but no CopyDone
            connection.send(wire.packet(b"d", rows))
        server.kill()
    assert count(path, "loaded") == 0


def test_a_client_that_vanishes_during_a_copy_leaves_nothing(start, tmp_path):
    path = tmp_path / "vanish.duckdb"
    server = start(path)
    with wire.Connection(server) as connection:
        connection.query("CREATE TABLE loaded (a INTEGER)")
        connection.send(wire.query("COPY loaded FROM STDIN"))
        assert connection.receive()[0] == b"G"
        connection.send(wire.packet(b"d", b"1\n2\n"))
    with psycopg.connect(server.dsn()) as connection:
        assert connection.execute("SELECT count(*) FROM loaded").fetchone() == (0,)
    server.stop()
    assert count(path, "loaded") == 0


def test_commit_of_an_autocommit_statement_is_durable_when_it_is_answered(start, tmp_path):
    path = tmp_path / "auto.duckdb"
    server = start(path)
    with wire.Connection(server) as connection:
        connection.query("CREATE TABLE kept (a INTEGER)")
        for i in range(50):
            assert wire.kinds(connection.run(wire.parse(f"INSERT INTO kept VALUES ({i})"), wire.bind(), wire.execute(), wire.SYNC)) == "12CZ"
        server.kill()
    assert count(path, "kept") == 50
