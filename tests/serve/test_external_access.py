"""A server with passwords lets statements reach nothing but what it serves: a list of attacks, each in many disguises."""

import pathlib
import shutil
import sqlite3

import duckdb
import psycopg
import pytest
from serve.external_access_site import Site, check_refusal, complaint, connect, make_sqlite, refusal, sluice
from support import paths
from support.certificates import self_signed
from support.waiting import wait_for


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    made = Site(tmp_path_factory.mktemp("site").resolve())
    yield made
    made.tripwire.close()


@pytest.fixture(scope="module")
def served(site):
    attachments = ("--attach", f"side={site.base}/db/side.sqlite", "--attach", f"more={site.base}/db/more.duckdb")
    running = site.serve(site.database, *attachments, "--allow-files", site.exchange, "--memory-budget", "400MB")
    yield running
    assert running.process.poll() is None, "the server died"
    assert running.stop() == 0


@pytest.fixture(scope="module")
def served_folder(site):
    running = site.serve(site.folder, name="folder")
    yield running
    assert running.process.poll() is None, "the server died"
    assert running.stop() == 0


@pytest.fixture
def session(served):
    with connect(served) as connection:
        yield connection


# Each is a table function or a table that shows bytes of a file which is not the server's to show.
READS = {
    "text": "read_text('{secret}/x.txt')",
    "blob": "read_blob('{secret}/x.txt')",
    "csv": "read_csv('{secret}/x.csv')",
    "json": "read_json('{secret}/x.json')",
    "ndjson objects": "read_ndjson_objects('{secret}/x.json')",
    "parquet": "read_parquet('{secret}/x.parquet')",
    "parquet metadata": "parquet_metadata('{secret}/x.parquet')",
    "parquet schema": "parquet_schema('{secret}/x.parquet')",
    "sniff": "sniff_csv('{secret}/x.csv')",
    "duckdb": "read_duckdb('{secret}/o.duckdb', table_name='t')",
    "sqlite": "sqlite_scan('{secret}/s.sqlite', 't')",
    "sqlite beside": "sqlite_scan('{db}/beside.sqlite', 't')",
    "delta": "delta_scan('{secret}/delta')",
    "delta beside": "delta_scan('{db}/beside/delta')",
    "delta by url": "delta_scan('file://{secret}/delta')",
    "name of a file": "'{secret}/x.csv'",
    "quoted name of a file": '"{secret}/x.parquet"',
    "passwd": "read_text('/etc/passwd')",
    "glob": "glob('{secret}/*')",
    "glob of all": "glob('/**')",
    "glob in the middle": "read_text('{base}/*/x.txt')",
    "dots": "read_text('{exchange}/../secret/x.txt')",
    "dots behind a pattern": "read_text('{exchange}/*/../../secret/x.txt')",
    "link to a file": "read_text('{exchange}/link.txt')",
    "link to a folder": "read_text('{exchange}/out/x.txt')",
    "pattern through a link": "read_text('{exchange}/*/x.txt')",
    "sqlite through a link": "sqlite_scan('{exchange}/link.sqlite', 't')",
    "delta through a link": "delta_scan('{exchange}/out/delta')",
    "file url": "read_text('file://{secret}/x.txt')",
    "file url, one slash": "read_text('file:{secret}/x.txt')",
    "file url with a host": "read_text('file://localhost{secret}/x.txt')",
    "proc root": "read_text('/proc/self/root{secret}/x.txt')",
    "proc root, sqlite": "sqlite_scan('/proc/self/root{secret}/s.sqlite', 't')",
    "proc cwd": "read_text('/proc/self/cwd/x.txt')",
    "proc environ": "read_blob('/proc/self/environ')",
    "proc maps": "read_text('/proc/self/maps')",
    "descriptors": "read_blob('/proc/self/fd/*')",
    "relative": "read_text('secret/x.txt')",
    "home": "read_text('~/x.txt')",
    "sqlite url": "sqlite_scan('file:{secret}/s.sqlite?mode=ro', 't')",
    "the database itself": "read_blob('{database}')",
    "its log": "read_blob('{database}.wal')",
    "an attached database itself": "read_blob('{db}/more.duckdb')",
    "the SQLite file itself": "read_blob('{db}/side.sqlite')",
    "users": "read_text('{base}/users')",
    "http": "read_csv('http://127.0.0.1:{port}/x.csv')",
    "https": "read_parquet('https://127.0.0.1:{port}/x.parquet')",
    "s3": "read_parquet('s3://bucket/x.parquet')",
    "azure": "read_parquet('az://container/x.parquet')",
    "hf": "read_csv('hf://datasets/a/b/x.csv')",
    "delta over http": "delta_scan('http://127.0.0.1:{port}/table')",
    "delta over s3": "delta_scan('s3://bucket/table')",
    "view made before": "made_before",
    "macro made before": "macro_before()",
    "text in query()": "query('select * from read_text(''{secret}/x.txt'')')",
}

# How a statement may hide a read. {read} is one of READS; several statements are sent one by one, one of them must fail.
DISGUISES = {
    "plain": ["select * from {read}"],
    "view": ["create or replace temp view v as select * from {read}", "select * from v"],
    "CTE": ["with a as (select * from {read}) select max(a::varchar) from a"],
    "materialized CTE": ["with a as materialized (select * from {read}) select * from a, a b"],
    "macro": ["create or replace temp macro m() as table select * from {read}", "select * from m()"],
    "prepared": ["prepare {name} as select * from {read}", "execute {name}"],
    "cursor": ["begin", "declare c cursor for select * from {read}", "fetch all from c"],
    "scrollable cursor": ["begin", "declare c scroll cursor for select * from {read}", "fetch all from c"],
    "COPY to the client": ["copy (select * from {read}) to stdout"],
    "COPY to a file": ["copy (select * from {read}) to '{exchange}/stolen.csv'"],
    "EXPLAIN ANALYZE": ["explain analyze select * from {read}"],
    "CREATE TABLE AS": ["create or replace temp table stolen as select * from {read}"],
    "INSERT SELECT": ["create temp table if not exists taken (x varchar)", "insert into taken select a::varchar from {read} a"],
    "WHERE": ["select 1 from t where exists (select * from {read} a where a::varchar <> '') limit 1"],
    "subquery": ["select (select max(a::varchar) from {read} a)"],
    "join": ["select * from t left join lateral (select * from {read}) a on true limit 1"],
    "UNION": ["select '' union all select max(a::varchar) from {read} a"],
    "UPDATE": ["update t set i = i where (select max(a::varchar) from {read} a) = ''"],
    "DELETE": ["delete from t where (select max(a::varchar) from {read} a) = ''"],
    "DO of several": ["select 1; select * from {read}; select 2"],
    "summary": ["summarize select * from {read}"],
}


def run_hidden(connection, statements):
    try:
        for statement in statements:
            if statement.startswith("copy") and statement.endswith("stdout"):
                with connection.cursor().copy(statement) as rows:
                    list(rows)
            else:
                done = connection.execute(statement)
                if done.description is not None:
                    done.fetchall()
    except psycopg.Error as refused:
        return refused
    finally:
        connection.rollback()
    return None


@pytest.mark.parametrize("disguise", DISGUISES)
def test_reads_are_refused(site, served, disguise):
    """Every read in every disguise. One session serves all, so that nothing that one statement leaves behind opens a door."""
    before, wrong = site.tripwire.connections, []
    with connect(served) as connection:
        connection.execute("create or replace table logged as select 1 as i")  # so that there is a log
        for number, (name, read) in enumerate(READS.items()):
            hidden = [each.replace("{read}", read).replace("{name}", f"p{number}") for each in DISGUISES[disguise]]
            statements = [site.fill(each) for each in hidden]
            wrong += complaint(run_hidden(connection, statements), f"{name}: {statements}")
        assert not wrong, "\n".join(wrong)
        assert connection.execute("select count(*) from t").fetchone() == (1000,)
    assert site.tripwire.connections == before
    # A COPY that fails half-way leaves its file, without rows.
    stolen = site.exchange / "stolen.csv"
    assert not stolen.exists() or "4711" not in stolen.read_text()


# Statements that would write, attach, load or open the doors. The flag is the one that the hint names.
WRITES = {
    "COPY": ("copy t to '{secret}/new.csv'", "--allow-files"),
    "COPY query": ("copy (select 1) to '{secret}/new.parquet' (format parquet)", "--allow-files"),
    "COPY over": ("copy (select 1) to '{secret}/x.csv' (use_tmp_file false)", "--allow-files"),
    "COPY through a link": ("copy t to '{exchange}/out/new.csv'", "--allow-files"),
    "COPY by dots": ("copy t to '{exchange}/../secret/new.csv'", "--allow-files"),
    "COPY relative": ("copy t to 'new.csv'", "--allow-files"),
    "COPY file url": ("copy t to 'file://{secret}/new.csv'", "--allow-files"),
    "COPY partitioned": ("copy (select 1 a, 2 b) to '{secret}/parts' (format csv, partition_by (a))", "--allow-files"),
    "COPY over the database": ("copy (select 1) to '{database}' (format csv, use_tmp_file false)", "--allow-files"),
    "COPY over its log": ("copy (select 1) to '{database}.wal' (format csv, use_tmp_file false)", "--allow-files"),
    "COPY over an attachment": ("copy (select 1) to '{db}/side.sqlite' (format csv, use_tmp_file false)", "--allow-files"),
    "COPY into spilled rows": ("copy (select 1) to '{database}.tmp/x.csv' (use_tmp_file false)", "--allow-files"),
    "COPY to a URL": ("copy t to 's3://bucket/new.csv'", "--allow-network"),
    "COPY FROM": ("copy t from '{secret}/x.csv'", "--allow-files"),
    "COPY FROM parquet": ("copy t from '{secret}/x.parquet' (format parquet)", "--allow-files"),
    "COPY, explained": ("explain analyze copy t to '{secret}/new.csv'", "--allow-files"),
    "EXPORT": ("export database '{secret}/exported'", "--allow-files"),
    "IMPORT": ("import database '{secret}/exported'", "--allow-files"),
    "ATTACH": ("attach '{secret}/o.duckdb' as a1", "--allow-files"),
    "ATTACH new": ("attach '{secret}/new.duckdb' as a2", "--allow-files"),
    "ATTACH SQLite": ("attach '{secret}/s.sqlite' as a3 (type sqlite)", "--allow-files"),
    "ATTACH SQLite by its ending": ("attach '{secret}/s.db' as a4", "--allow-files"),
    "ATTACH SQLite beside": ("attach '{db}/beside.sqlite' as a5 (type sqlite)", "--allow-files"),
    "ATTACH new SQLite": ("attach '{db}/new.sqlite' as a6 (type sqlite)", "--allow-files"),
    "ATTACH URL": ("attach 'https://127.0.0.1:{port}/o.duckdb' as a7", "--allow-network"),
    "sqlite_attach": ("call sqlite_attach('{secret}/s.sqlite')", "--allow-files"),
    "SQLite's own ATTACH": ("select * from sqlite_query('side', 'attach ''{secret}/s.sqlite'' as x')", None),
    "SQLite's own VACUUM INTO": ("select * from sqlite_query('side', 'vacuum into ''{db}/new.sqlite''')", None),
    "INSTALL": ("install httpfs", "--extension-directory"),
    "FORCE INSTALL": ("force install tpch", "--extension-directory"),
    "INSTALL from a URL": ("install spatial from 'http://127.0.0.1:{port}'", "--extension-directory"),
    "INSTALL community": ("install h3 from community", "--extension-directory"),
    "LOAD": ("load tpch", "--external-access"),
    "LOAD a file": ("load '{secret}/x.duckdb_extension'", "--extension-directory"),
}


@pytest.mark.parametrize("name", WRITES)
def test_writes_attaching_and_loading_are_refused(site, served, name):
    statement, flag = WRITES[name]
    before, files = site.tripwire.connections, fingerprint(site.secret)
    for disguise in ("{}", "begin; {}; commit", "select 1; {}"):
        text = disguise.format(site.fill(statement))
        with connect(served) as connection:
            error = refusal(connection, text)
            if name.startswith("SQLite's own"):
                assert "4711" not in str(error)  # the words are SQLite's
            else:
                check_refusal(error, text, flag)
    assert fingerprint(site.secret) == files
    assert not list((site.base / "db").glob("new*"))
    assert site.tripwire.connections == before
    with connect(served) as connection:
        names = [row[0] for row in connection.execute("select database_name from duckdb_databases()")]
        assert not [each for each in names if each in ("a1", "a2", "a3", "a4", "a5", "a6", "a7")]
        assert connection.execute("select count(*) from t").fetchone() == (1000,)


def fingerprint(folder):
    return {str(file): file.read_bytes() if file.is_file() else None for file in sorted(pathlib.Path(folder).rglob("*"))}


SETTINGS = [
    ("enable_external_access", "true"), ("allowed_directories", "['/']"), ("allowed_paths", "['/etc/passwd']"),
    ("temp_directory", "'{secret}'"), ("allow_unsigned_extensions", "true"), ("allow_persistent_secrets", "true"),
    ("secret_directory", "'{secret}'"), ("custom_extension_repository", "'http://127.0.0.1:{port}'"),
    ("autoinstall_known_extensions", "true"),
]  # fmt: skip


@pytest.mark.parametrize("name, value", SETTINGS)
def test_what_was_closed_stays_closed(site, served, name, value):
    for way in ("set {name} = {value}", "set global {name} = {value}", "pragma {name} = {value}", "reset {name}", "reset global {name}"):
        with connect(served) as connection:
            try:
                connection.execute(site.fill(way.format(name=name, value=value)))
            except psycopg.Error:
                pass  # which settings a session may have is tested elsewhere; what they open, here
        with connect(served) as connection:
            for read in ("read_text('/etc/passwd')", "sqlite_scan('{secret}/s.sqlite', 't')", "delta_scan('{secret}/delta')",
                         "read_csv('http://127.0.0.1:{port}/x')"):  # fmt: skip
                text = site.fill(f"select * from {read}")
                check_refusal(refusal(connection, text), f"{way} {name}: {text}")
            for statement in ("install httpfs", "load tpch"):
                check_refusal(refusal(connection, statement), f"{way} {name}: {statement}")


def test_secrets_are_not_kept_on_disk(site, served):
    home = site.base / "home"
    home.mkdir(exist_ok=True)
    with connect(served) as connection:
        refused = refusal(connection, "create persistent secret s (type http, bearer_token 'x')")
        assert refused is not None and refused.sqlstate == "42501", refused
    assert not list(home.rglob("*"))


def test_parameters_do_not_help(site, session):
    for name, statement in (("text", "select * from read_text(%s)"), ("csv", "select * from read_csv(%s)")):
        path = site.secret / f"x.{'txt' if name == 'text' else 'csv'}"
        for prepare in (True, False):
            check_refusal(refusal(session, statement, params=[str(path)], prepare=prepare), statement)


def test_what_is_served_works(site, served):
    with connect(served) as connection:

        def rows(statement):
            return connection.execute(statement).fetchall()

        assert rows("select count(*) from t") == [(1000,)]
        assert rows("select i from side.t") == rows("select i from side.main.t") == [(1,)]
        assert rows("select i from more.u") == [(2,)]
        connection.execute("insert into side.t values (5)")
        connection.execute("update side.t set i = 6 where i = 5")
        connection.execute("delete from side.t where i = 6")
        connection.execute("insert into more.u values (5)")
        connection.execute("checkpoint more")
        connection.execute("delete from more.u where i = 5")
        connection.execute("create table w as select range i, repeat('x', 100) s from range(200000)")
        connection.execute("checkpoint")
        connection.execute("insert into w select * from w limit 1000")
        connection.execute("set timezone = 'Europe/Berlin'")
        assert rows("select timestamptz '2024-07-01 12:00:00+00'::text") == [("2024-07-01 14:00:00+02",)]
        assert rows("select count(*) from w") == [(201000,)]
        connection.execute("drop table w")
    with sqlite3.connect(site.base / "db" / "side.sqlite") as side:
        assert side.execute("select i from t").fetchall() == [(1,)]
    side.close()


@pytest.mark.skipif(paths.PRESET != "release", reason="a sanitizer's own memory counts against the limit")
def test_sorts_spill(served):
    with connect(served) as connection:
        sorted_rows = "select range i, repeat(hash(range)::varchar, 6) s from range(4000000) order by s"
        total = connection.execute(f"select sum(i)::bigint, count(distinct length(s)) > 0 from ({sorted_rows} offset 1)").fetchone()
        assert total[1] is True
        assert connection.execute("select max(temp_bytes) from (select sum(size) temp_bytes from duckdb_temporary_files())") is not None
    assert served.metrics()["engine_spilled_bytes"] >= 0


def test_allow_files(site, served):
    with connect(served) as connection:

        def rows(statement):
            return connection.execute(site.fill(statement)).fetchall()

        for read in ("'{exchange}/x.csv'", "read_csv('{exchange}/x.csv')", "read_json('{exchange}/x.json')", "'{exchange}/x.parquet'",
                     "read_parquet('{exchange}/*.parquet')", "sqlite_scan('{exchange}/s.sqlite', 't')", "delta_scan('{exchange}/delta')",
                     "read_csv('file://{exchange}/x.csv')"):  # fmt: skip
            assert rows(f"select i from {read}") == [(1,)], read
        assert rows("select content from read_text('{exchange}/x.txt')") == [("1\n",)]
        connection.execute(site.fill("copy t to '{exchange}/t.csv' (header)"))
        connection.execute(site.fill("copy (select * from t) to '{exchange}/t.parquet' (format parquet)"))
        connection.execute(site.fill("copy (select i % 3 a, i from t) to '{exchange}/parts' (format parquet, partition_by (a))"))
        connection.execute("create table back (i integer)")
        connection.execute(site.fill("copy back from '{exchange}/t.csv' (header)"))
        assert rows("select count(*), sum(i)::bigint from back") == [(1000, 499500)]
        assert rows("select count(*) from read_parquet('{exchange}/parts/**/*.parquet')") == [(1000,)]
        connection.execute("drop table back")
        connection.execute(site.fill("export database '{exchange}/exported'"))
        connection.execute(site.fill("attach '{exchange}/new.duckdb' as fresh"))
        connection.execute("create table fresh.t as select 7 as i")
        assert rows("select * from fresh.t") == [(7,)]
        connection.execute("detach fresh")
        connection.execute(site.fill("attach '{exchange}/new.sqlite' as fresh (type sqlite)"))
        connection.execute("create table fresh.t as select 7 as i")
        connection.execute("detach fresh")
    assert (site.exchange / "t.csv").read_text().startswith("i\n0\n1\n")
    for each in ("t.csv", "t.parquet", "new.duckdb", "new.sqlite"):
        (site.exchange / each).unlink()
    shutil.rmtree(site.exchange / "parts")
    shutil.rmtree(site.exchange / "exported")


def test_a_served_folder_is_read_and_not_written(site, served_folder):
    before = fingerprint(site.folder)
    with connect(served_folder) as connection:
        assert connection.execute("select * from part").fetchall() == connection.execute("select * from plain").fetchall() == [(1,)]
        assert connection.execute(site.fill("select i from read_parquet('{folder}/*.parquet')")).fetchall() == [(1,)]
        connection.execute("create table mine as select * from part")
        for statement in ("copy mine to '{folder}/new.csv'", "copy mine to '{folder}/plain.csv' (use_tmp_file false)",
                          "copy (select 1 a, 2 b) to '{folder}/parts' (format csv, partition_by (a))",
                          "copy (select 1 a, 2 b) to '{folder}' (format csv, partition_by (a), overwrite true)",
                          "attach '{folder}/new.duckdb' as n", "export database '{folder}/exported'",
                          "select * from link", "select * from read_text('{folder}/link.txt')", "select * from glob('{folder}/out/*')",
                          "select * from read_csv('{folder}/out/x.csv')"):  # fmt: skip
            check_refusal(refusal(connection, site.fill(statement)), statement)
        # The reader of Delta tables is there, for the tables that are served.
        assert connection.execute("select i from orders").fetchall() == [(1,)]
        assert connection.execute(site.fill("select i from delta_scan('{folder}/orders')")).fetchall() == [(1,)]
        for table in ("{secret}/delta", "file://{secret}/delta", "{folder}/out/delta", "{db}/beside/delta", "/proc/self/root{secret}/delta"):
            text = site.fill(f"select * from delta_scan('{table}')")
            check_refusal(refusal(connection, text), text)
        # What a pattern finds in a folder behind a link is not even named.
        names = connection.execute(site.fill("select file from glob('{folder}/*/*')")).fetchall()
        assert [name for (name,) in names if "/out/" in name] == []
        # Not loaded, as nothing that is served needs it.
        for read in ("sqlite_scan('{secret}/s.sqlite', 't')", "read_csv('http://127.0.0.1:{port}/x')"):
            assert refusal(connection, site.fill(f"select * from {read}")).sqlstate in ("42501", "42883")
    assert fingerprint(site.folder) == before


def test_a_read_only_server(site, start):
    copied = site.base / "copied"
    copied.mkdir()
    with duckdb.connect(str(copied / "more.duckdb")) as made:
        made.execute("create table u as select 2 as i")
    before = fingerprint(copied)
    server = start(copied / "more.duckdb", "--read-only", "--auth", "scram", "--users", str(site.users))
    with connect(server) as connection:
        assert connection.execute("select i from u").fetchall() == [(2,)]
        for statement in (f"copy u to '{copied}/more.duckdb' (format csv, use_tmp_file false)", f"copy u to '{copied}/x.csv'"):
            check_refusal(refusal(connection, statement), statement)
    server.stop()
    assert fingerprint(copied) == before


def test_the_database_is_opened_again_behind_the_wall(site, start):
    """A file that is replaced is opened again (duckdb_keeper), and closed to statements as before."""
    place = site.base / "again"
    place.mkdir()
    for name, value in (("x.duckdb", 1), ("y.duckdb", 2)):
        with duckdb.connect(str(place / name)) as made:
            made.execute(f"create table t as select {value} as i")
    make_sqlite(place / "side.sqlite", 3)
    server = start(place / "x.duckdb", "--auth", "scram", "--users", str(site.users), "--attach", f"side={place}/side.sqlite")
    with connect(server) as connection:
        assert connection.execute("select i from t").fetchall() == [(1,)]
        (place / "y.duckdb").rename(place / "x.duckdb")
        wait_for(lambda: answer(connection, "select i from t") == [(2,)])
        assert answer(connection, "select i from side.t") == [(3,)]
        connection.execute("create table z as select 1 as i")
        connection.execute("checkpoint")
        for read in ("read_text('{secret}/x.txt')", "sqlite_scan('{secret}/s.sqlite', 't')", "read_blob('{base}/again/x.duckdb')"):
            text = site.fill(f"select * from {read}")
            check_refusal(refusal(connection, text), text)


def answer(connection, statement):
    try:
        return connection.execute(statement).fetchall()
    except psycopg.OperationalError:
        return None


def test_allow_network(site, start):
    server = start(None, "--auth", "scram", "--users", str(site.users), "--allow-network")
    with connect(server) as connection:
        before = site.tripwire.connections
        error = refusal(connection, site.fill("select * from read_csv('http://127.0.0.1:{port}/x.csv')"))
        assert error.sqlstate != "42501"
        assert site.tripwire.connections > before
        text = site.fill("select * from read_text('{secret}/x.txt')")
        check_refusal(refusal(connection, text), text, "--allow-files")
        text = site.fill("select * from delta_scan('{secret}/delta')")
        check_refusal(refusal(connection, text), text, "--allow-files")


def test_external_access_by_choice(site, start):
    text = site.fill("select content from read_text('{secret}/x.txt')")
    trusted = start(None)
    with psycopg.connect(trusted.dsn(), autocommit=True) as connection:
        assert connection.execute(text).fetchall() == [("4711\n",)]
    closed = start(None, "--external-access", "off")
    with psycopg.connect(closed.dsn(), autocommit=True) as connection:
        check_refusal(refusal(connection, text), text, "--allow-files")
    opened = start(None, "--auth", "scram", "--users", str(site.users), "--external-access", "on")
    with connect(opened) as connection:
        assert connection.execute(text).fetchall() == [("4711\n",)]


def test_tls_on_all_addresses(site, start):
    cert, key = self_signed(site.base)
    tls = ("--tls-cert", cert, "--tls-key", key)
    server = start(None, "--listen", "0.0.0.0:0", "--auth", "scram", "--users", str(site.users), *tls, "--allow-files", str(site.base))
    with connect(server, sslmode="require") as connection:
        assert connection.execute("select 1").fetchone() == (1,)
        check_refusal(refusal(connection, "select * from read_text('/etc/passwd')"), "passwd", "--allow-files")
        # Even a directory that is named keeps the server's own files to itself.
        for each in ("users", "key.pem"):
            check_refusal(refusal(connection, f"select * from read_text('{site.base}/{each}')"), each)


@pytest.mark.parametrize("flags, words", [
    (["--allow-files", "/nonexistent"], "not a directory"), (["--allow-files", "{db}"], "holds the database"),
    (["--allow-files", "{base}"], "holds the database"),
])  # fmt: skip
def test_directories_that_cannot_be_allowed(site, flags, words):
    flags = [site.fill(each) for each in flags]
    done = sluice("serve", site.base / "db" / "more.duckdb", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0",
                  "--external-access", "off", *flags)  # fmt: skip
    assert done.returncode == 1 and len(done.stderr.strip().splitlines()) == 1
    assert words in done.stderr
