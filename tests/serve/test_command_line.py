"""`sluice serve` and `sluice user`: what a user types, right and wrong."""

import hashlib
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request

import duckdb
import psycopg
import pytest
from support import paths
from support.certificates import self_signed
from support.waiting import wait_for


def sluice(*arguments, **options):
    return subprocess.run([str(paths.SLUICE), *map(str, arguments)], capture_output=True, text=True, timeout=60, **options)


def refused(*arguments, **options):
    """Exit code 1 and one clear line on stderr; returns it."""
    done = sluice("serve", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", *arguments, **options)
    assert done.returncode == 1, done
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr


def fingerprint(folder):
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else "folder"
        for file in sorted(pathlib.Path(folder).rglob("*"))
    }


def test_help_lists_every_option_with_its_default():
    text = sluice("serve", "--help", "all").stdout
    for option in ("--attach", "--listen", "--http", "--auth", "--users", "--tls-cert", "--tls-key", "--read-only", "--config", "--check"):
        assert option in text
    assert "127.0.0.1:5433" in text and "127.0.0.1:8433" in text


def test_a_port_already_taken(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = sluice("serve", tmp_path / "new.duckdb", "--listen", f"127.0.0.1:{taken.getsockname()[1]}", "--http", "127.0.0.1:0")
    assert done.returncode == 1 and len(done.stderr.strip().splitlines()) == 1
    assert "in use" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database(tmp_path):
    (tmp_path / "notes.txt").write_text("these are not the rows you are looking for\n" * 100)
    before = fingerprint(tmp_path)
    assert "notes.txt" in refused(tmp_path / "notes.txt")
    assert fingerprint(tmp_path) == before


@pytest.mark.parametrize("check", [[], ["--check"]])
@pytest.mark.parametrize("name", ["shop.sqlite", "lke", "no_such_dir/", "new.duckdb/", "data.csv"])
def test_a_mistyped_name_makes_no_database(tmp_path, name, check):
    path = f"{tmp_path}/{name}"
    assert path in refused(path, *check)
    assert path in refused("--attach", f"other={path}", *check)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name, flags", [("a.duckdb", []), ("b.db", []), ("c.ddb", []), ("shop.sqlite", ["--create"]), ("d", ["--create"])])
def test_a_database_that_was_asked_for_is_made(start, tmp_path, name, flags):
    assert sluice("serve", tmp_path / name, *flags, "--check").returncode == 0
    assert not (tmp_path / name).exists()
    server = start(tmp_path / name, *flags)
    assert query(server, "SELECT 1") == [(1,)]
    assert (tmp_path / name).exists()


def test_a_locked_database(tmp_path):
    path = tmp_path / "locked.duckdb"
    holder = duckdb.connect(str(path))
    try:
        assert "lock" in refused(path)
    finally:
        holder.close()


@pytest.mark.skipif(os.geteuid() == 0 and not os.path.exists("/usr/bin/setpriv"), reason="root reads everything")
def test_an_unreadable_folder(tmp_path):
    folder = tmp_path / "closed"
    folder.mkdir()
    folder.chmod(0)
    try:
        line = refused_as_nobody(tmp_path, folder)
        assert "closed" in line
    finally:
        folder.chmod(0o700)


def refused_as_nobody(tmp_path, folder):
    if os.geteuid() != 0:
        return refused(folder)
    for parent in [tmp_path, *tmp_path.parents][:4]:
        if str(parent).startswith("/tmp/"):
            parent.chmod(0o755)
    binary = tmp_path / "sluice"
    os.link(paths.SLUICE, binary) if os.stat(paths.SLUICE).st_dev == os.stat(tmp_path).st_dev else binary.write_bytes(paths.SLUICE.read_bytes())
    binary.chmod(0o755)
    done = subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", str(binary), "serve", str(folder), "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1 and len(done.stderr.strip().splitlines()) == 1, done
    return done.stderr


@pytest.mark.parametrize("flags, words", [
    (["--listen", "nonsense"], "listen"), (["--auth", "magic"], "auth"), (["--tls-cert", "/no/such/file"], "tls"),
    (["--max-connections", "-1"], "max"), (["--config", "/no/such/file.toml"], "file.toml"), (["--no-such-flag"], "no-such-flag"),
    (["--listen", "0.0.0.0:0"], "TLS"), (["--auth", "scram"], "users"), (["--attach", "x"], "attach"),
])  # fmt: skip
def test_wrong_flags(flags, words):
    done = sluice("serve", "--check", *flags)
    assert done.returncode == 1, done
    assert words.lower() in done.stderr.lower(), done.stderr


def test_unknown_key_in_the_configuration(tmp_path):
    file = tmp_path / "sluice.toml"
    file.write_text('lisen = "127.0.0.1:1"\n')
    line = refused("--config", file)
    assert "lisen" in line and "there is listen" in line


def test_unknown_variable_of_the_environment_is_warned_of(start, tmp_path):
    environment = {
        "SLUICE_BOGUS": "1",
        "SLUICE_MAX_CONECTIONS": "5",
        "SLUICE_SERVICE_HOST": "10.0.0.1",
        "SLUICE_PORT": "tcp://10.0.0.1:5433",
        "SLUICE_TAG_DB": "x",
    }
    start(None, environment=environment, log=tmp_path / "log")
    warned = [line for line in (tmp_path / "log").read_text().splitlines() if "no setting" in line]
    assert len(warned) == 2, warned
    assert "SLUICE_BOGUS is no setting" in warned[0] and "SLUICE_MAX_CONNECTIONS is one" in warned[1]


def test_plain_numbers_are_in_the_base_unit(start, tmp_path):
    file = tmp_path / "sluice.toml"
    file.write_text("statement_timeout = 250\noutput_buffer_size = 262144\n")
    server = start(None, "--config", str(file), "--write-buffer-size", "65536", "--profile", "plain memory=33554432 timeout=90",
                   environment={"SLUICE_IDLE_IN_TRANSACTION_SESSION_TIMEOUT": "7000"})  # fmt: skip
    with psycopg.connect(server.dsn()) as connection:
        assert connection.execute("SHOW statement_timeout").fetchone() == ("250ms",)  # as PostgreSQL shows it, after statement_timeout = 250
        assert connection.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("7s",)
        assert connection.execute("SELECT memory_bytes, timeout_ms FROM sluice.profiles WHERE name = 'plain'").fetchone() == (32 << 20, 90_000)


def test_help_shows_what_is_needed_first_and_all_by_group():
    short, whole = sluice("serve", "--help").stdout, sluice("serve", "--help", "all").stdout
    assert len(short.splitlines()) < 70 < len(whole.splitlines())
    assert "Examples:" in short and "--help all" in short and "--memory-budget SIZE" in short and "--retry-step" not in short
    titles = [line for line in whole.splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert "Databases and addresses:" in titles and len(titles) >= 8, titles


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda each: each.name)
def test_the_first_signal_says_for_how_long_and_the_second_stops_at_once(start, tmp_path, number):
    server = start(None, "--drain-timeout", "50s", "--log-format", "json", log=tmp_path / "log")
    connection = psycopg.connect(server.dsn(), autocommit=True)
    connection.pgconn.send_query(b"SELECT count(*) FROM range(10000000000000) t(i) WHERE i % 7 = 3")
    wait_for(lambda: server.metrics()["executor_running"] == 1, "the statement")
    os.kill(server.pid, number)

    def lines(word):
        return [json.loads(line) for line in (tmp_path / "log").read_text().splitlines() if word in line]

    (line,) = wait_for(lambda: lines("draining"), "the line")
    assert "a second signal stops the server at once" in line["event"] and line["seconds_max"] == 50 and line["connections"] == 1
    began = time.monotonic()
    os.kill(server.pid, number)
    server.process.wait(20)
    print(f"stopped after {time.monotonic() - began:.2f} s")
    assert time.monotonic() - began < 10, "not after drain_timeout"
    assert lines("stopping at once")


def test_precedence_flag_environment_file(start, tmp_path, copied):
    file = tmp_path / "sluice.toml"
    file.write_text('statement_timeout = "3s"\nidle_in_transaction_session_timeout = "5s"\n')
    server = start(copied, "--read-only", "--config", str(file), "--statement-timeout", "1s",
                   environment={"SLUICE_STATEMENT_TIMEOUT": "2s", "SLUICE_IDLE_IN_TRANSACTION_SESSION_TIMEOUT": "4s"})  # fmt: skip
    with psycopg.connect(server.dsn()) as connection:
        assert connection.execute("SHOW statement_timeout").fetchone() == ("1s",)
        assert connection.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("4s",)


@pytest.fixture
def copied(data, tmp_path):
    """A copy of the sample database: DuckDB lets one process have a file."""
    return pathlib.Path(shutil.copy(data[0], tmp_path / "copied.duckdb"))


def test_check(tmp_path, copied):
    before = fingerprint(tmp_path)
    assert sluice("serve", "--check", copied).returncode == 0
    assert fingerprint(tmp_path) == before
    (tmp_path / "broken").write_text("x" * 5000)
    assert sluice("serve", "--check", tmp_path / "broken").returncode == 1


def query(server, sql, database="main"):
    with psycopg.connect(server.dsn(database)) as connection:
        return connection.execute(sql).fetchall()


def test_sqlite_file(start, tmp_path):
    path = tmp_path / "shop.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE goods (id INTEGER PRIMARY KEY, name TEXT, price REAL)")
        connection.executemany("INSERT INTO goods VALUES (?, ?, ?)", [(i, f"g{i}", i / 2) for i in range(1000)])
    server = start(path)
    for name in ("main", "postgres", "shop"):
        assert query(server, "SELECT count(*), sum(price) FROM goods", name) == [(1000, 249750.0)]
    with psycopg.connect(server.dsn()) as connection:
        connection.execute("INSERT INTO goods VALUES (5000, 'new', 1.0)")
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT name FROM goods WHERE id = 5000").fetchone() == ("new",)


def test_folder(start, tmp_path):
    folder = tmp_path / "lake"
    (folder / "events" / "2024").mkdir(parents=True)
    made = duckdb.connect()
    made.execute(f"COPY (SELECT i AS id, i * 2 AS twice FROM range(100) t(i)) TO '{folder}/numbers.parquet'")
    made.execute(f"COPY (SELECT i AS id, 'n' || i AS name FROM range(10) t(i)) TO '{folder}/names.csv'")
    made.execute(f"COPY (SELECT i AS id FROM range(5) t(i)) TO '{folder}/docs.json'")
    for part in (1, 2):
        made.execute(f"COPY (SELECT {part} AS part, i AS id FROM range(50) t(i)) TO '{folder}/events/2024/p{part}.parquet'")
    before = fingerprint(folder)
    server = start(folder)
    assert query(server, "SELECT count(*), sum(twice)::BIGINT FROM numbers", "lake") == [(100, 9900)]
    assert query(server, "SELECT count(*), max(name) FROM names") == [(10, "n9")]
    assert query(server, "SELECT count(*) FROM docs") == [(5,)]
    assert query(server, "SELECT count(*), count(DISTINCT part) FROM events") == [(100, 2)]
    # A file that comes later belongs to the folder's view at once, also for a statement that has run before.
    made.execute(f"COPY (SELECT 3 AS part, i AS id FROM range(50) t(i)) TO '{folder}/events/2024/p3.parquet'")
    assert query(server, "SELECT count(*) FROM events") == [(150,)]
    os.remove(folder / "events" / "2024" / "p3.parquet")
    assert fingerprint(folder) == before


def test_folder_statement_sees_new_files_on_the_same_connection(start, tmp_path):
    folder = tmp_path / "lake"
    (folder / "parts").mkdir(parents=True)
    made = duckdb.connect()
    made.execute(f"COPY (SELECT 1 AS a) TO '{folder}/parts/1.parquet'")
    server = start(folder)
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        for files in range(1, 5):
            assert connection.execute("SELECT count(*) FROM parts", prepare=True).fetchone() == (files,)
            made.execute(f"COPY (SELECT 1 AS a) TO '{folder}/parts/{files + 1}.parquet'")


def test_in_memory_and_attach(start, data, copied, tmp_path):
    server = start(None, "--attach", f"shop={copied}", "--attach", f"new={tmp_path / 'new.duckdb'}")
    assert query(server, "SELECT count(*) FROM shop.readings")[0][0] == data[1]["count"]
    with psycopg.connect(server.dsn()) as connection:
        connection.execute("CREATE TABLE new.t AS SELECT 42 AS a")
    assert query(server, "SELECT a FROM new.t") == [(42,)]


def test_read_only(start, data, copied):
    before = hashlib.sha256(copied.read_bytes()).hexdigest()
    server = start(copied, "--read-only")
    for statement in ("INSERT INTO written VALUES (1, 'x', NULL)", "CREATE TABLE t (a INTEGER)", "DROP TABLE readings"):
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            query(server, statement)
    assert query(server, "SELECT count(*) FROM readings") == [(data[1]["count"],)]
    server.stop()
    assert hashlib.sha256(copied.read_bytes()).hexdigest() == before


def test_users_and_scram(start, tmp_path):
    users = tmp_path / "users"
    assert sluice("user", "add", "alice", "--users", users, input="correct horse\n").returncode == 0
    assert users.stat().st_mode & 0o077 == 0
    assert "correct horse" not in users.read_text()
    assert "SCRAM-SHA-256$" in users.read_text()
    server = start(None, "--auth", "scram", "--users", str(users))
    with psycopg.connect(server.dsn(user="alice", password="'correct horse'")) as connection:
        assert connection.execute("SELECT current_user").fetchone() is not None
    for user, password in (("alice", "wrong"), ("nobody", "wrong"), ("alice", "''")):
        with pytest.raises(psycopg.OperationalError, match=f'password authentication failed for user "{user}"|fe_sendauth'):
            psycopg.connect(server.dsn(user=user, password=password))


def test_tls_with_channel_binding(start, tmp_path, data, copied):
    cert, key = self_signed(tmp_path)
    users = tmp_path / "users"
    sluice("user", "add", "alice", "--users", users, input="secret\n")
    server = start(copied, "--read-only", "--auth", "scram", "--users", str(users), "--tls-cert", cert, "--tls-key", key)
    secure = {"sslmode": "verify-full", "sslrootcert": cert, "channel_binding": "require", "password": "secret"}
    with psycopg.connect(server.dsn(user="alice", **secure)) as connection:
        assert connection.pgconn.ssl_in_use
        assert connection.execute("SELECT sum(id)::BIGINT FROM readings").fetchone() == (data[1]["sum_id"],)
        assert len(connection.execute("SELECT * FROM readings").fetchall()) == data[1]["count"]
    if psycopg.pq.version() >= 170000:
        with psycopg.connect(server.dsn(user="alice", sslnegotiation="direct", **secure)) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_http(server):
    def get(path):
        with urllib.request.urlopen(f"http://{server.host}:{server.http_port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()

    assert get("/healthz")[0] == 200
    assert get("/readyz")[0] == 200
    status, text = get("/metrics")
    assert status == 200 and "# TYPE" in text and "# HELP" in text
    with pytest.raises(urllib.error.HTTPError) as missing:
        get("/nonsense")
    assert missing.value.code == 404


def test_max_connections(start):
    server = start(None, "--max-connections", "2")
    held = [psycopg.connect(server.dsn()) for _ in range(2)]
    with pytest.raises(psycopg.OperationalError, match="too many clients"):
        psycopg.connect(server.dsn())
    held.pop().close()
    for _ in range(100):
        try:
            psycopg.connect(server.dsn()).close()
            break
        except psycopg.OperationalError:
            continue
    else:
        raise AssertionError("the place of a closed connection was never given to another")
    held.pop().close()


def test_sigterm_drains_and_a_second_one_stops_at_once(start):
    server = start(None)
    idle = psycopg.connect(server.dsn(), autocommit=True)
    busy = psycopg.connect(server.dsn(), autocommit=True)
    busy.pgconn.send_query(b"SELECT count(*) FROM range(10000000000) t(i) WHERE i % 7 = 3")
    server.process.send_signal(signal.SIGTERM)
    with pytest.raises((psycopg.errors.AdminShutdown, psycopg.OperationalError)):
        import select

        select.select([idle.fileno()], [], [], 20)
        idle.execute("SELECT 1")
    assert server.process.poll() is None
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(20)
    idle.close()
    busy.close()


def test_drain_lets_a_running_statement_finish(start):
    server = start(None)
    with psycopg.connect(server.dsn(), autocommit=True) as busy:
        busy.pgconn.send_query(b"SELECT count(*) FROM range(2000000000) t(i) WHERE i % 7 = 3")
        busy.pgconn.flush()
        wait_for(lambda: server.metrics()["executor_running"] == 1, "the statement")
        server.process.send_signal(signal.SIGTERM)
        result = busy.pgconn.get_result()
        assert result.status == psycopg.pq.ExecStatus.TUPLES_OK, result.error_message
        while busy.pgconn.get_result():
            pass
    assert server.process.wait(30) == 0


def test_logs_hold_no_secret(start, tmp_path):
    log = tmp_path / "log"
    server = start(None, "--log-format", "json", "--log-level", "debug", log=log)
    with psycopg.connect(server.dsn()) as connection:
        connection.execute("SELECT %s::VARCHAR", ["a very secret parameter"])
        key = str(connection.pgconn.backend_pid)
    server.stop()
    text = log.read_text()
    assert "a very secret parameter" not in text
    for line in text.splitlines():
        json.loads(line)
    assert key
