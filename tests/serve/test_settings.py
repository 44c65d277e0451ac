"""Two sessions, of which one tries to change or stop all: by settings, by commands, in every protocol and in texts of several statements."""

import psycopg
import pytest
from support import wire
from support.waiting import wait_for
from test_command_line import sluice

SETTINGS = "SELECT name, value, scope FROM duckdb_settings() ORDER BY name"


def code(messages):
    assert wire.kinds(messages)[-1] == "Z", messages
    return (wire.first_error(messages) or {}).get("C", "00000")


@pytest.fixture
def two(start, tmp_path):
    server = start(tmp_path / "shop.duckdb", "--max-cursors", "7")
    with wire.Connection(server) as mine, wire.Connection(server) as other:
        for extension in ("httpfs", "azure", "delta", "sqlite_scanner"):
            assert code(mine.query(f"LOAD {extension}")) == "00000"
        yield mine, other


def spellings(name, value):
    quoted = value if value.startswith("'") else f"'{value}'"
    return [
        f"SET {name} = {value}", f"SET {name} TO {value}", f"SET SESSION {name} = {value}", f"SET GLOBAL {name} = {value}",
        f'set "{name.upper()}" = {value}', f"SET/* */{name}--\n={value}", f"PRAGMA {name} = {value}", f"PRAGMA {name}({value})",
        f"RESET {name}", f"RESET GLOBAL {name}", f"RESET SESSION {name}", f"SELECT set_config('{name}', {quoted}, false)",
        f"SELECT 1; SET {name} = {value}", f"EXPLAIN ANALYZE SET {name} = {value}", f"EXPLAIN (ANALYZE) PRAGMA {name} = {value}",
        f"BEGIN; SET {name} = {value}; COMMIT", f"SET LOCAL {name} = {value}",
    ]  # fmt: skip


def test_settings_of_the_server_in_every_spelling(two):
    mine, other = two
    before = wire.rows(other.query(SETTINGS))
    for name, value in (
        ("lock_configuration", "true"), ("memory_limit", "'1GB'"), ("max_memory", "'1GB'"), ("threads", "1"), ("worker_threads", "1"),
        ("external_threads", "1"), ("enable_external_access", "false"), ("extension_directory", "'x'"), ("temp_directory", "'x'"),
        ("enable_logging", "true"), ("log_query_path", "'x'"), ("profiling_output", "'x.json'"), ("max_expression_depth", "100000"),
        ("allow_unsigned_extensions", "true"), ("max_cursors", "1"), ("listen", "'x'"),
    ):  # fmt: skip
        for text in spellings(name, value):
            # PRAGMA knows the engine's settings alone.
            expected = "42704" if name in ("max_cursors", "listen") and ("PRAGMA" in text or "EXPLAIN" in text or "GLOBAL" in text) else "42501"
            expected = "42704" if name in ("max_cursors", "listen") and text.startswith("RESET SESSION") else expected
            assert code(mine.query(text)) == expected, text
            mine.query("ROLLBACK")
            assert code(mine.run(wire.parse(text), wire.bind(), wire.execute(), wire.SYNC)) in (expected, "42601"), text
    assert code(mine.query("PREPARE p AS SET memory_limit = '1GB'")) == "42601"
    assert wire.rows(other.query(SETTINGS)) == before
    assert wire.rows(other.query("SELECT 1")) == [(b"1",)] and wire.rows(mine.query("SELECT 1")) == [(b"1",)]


def test_the_hint_names_the_flag(two):
    refused = wire.first_error(two[0].query("SET memory_limit = '1GB'"))
    assert refused["M"] == 'parameter "memory_limit" is the server\'s and cannot be changed by a session'
    assert "--memory-limit" in refused["H"]
    assert "--max-cursors" in wire.first_error(two[0].query("SET max_cursors = 1"))["H"]
    assert "--engine-threads" in wire.first_error(two[0].query("PRAGMA threads = 1"))["H"]
    assert wire.first_error(two[0].query("SET nosuch = 1"))["C"] == "42704"
    assert wire.first_error(two[0].query("SELECT set_config('nosuch', '1', false)"))["C"] == "42704"


def test_a_setting_of_the_session_ends_with_it(start, tmp_path):
    server = start(tmp_path / "shop.duckdb", "--engine-connections-max", "1")
    for how in ("SET default_null_order = 'nulls_first'", "PRAGMA null_order = 'nulls_first'", "SELECT set_config('null_order', 'nulls_first', false)",
                "EXPLAIN ANALYZE SET null_order = 'nulls_first'"):  # fmt: skip
        with wire.Connection(server) as mine:
            assert code(mine.query(how)) == "00000", how
            assert wire.rows(mine.query("SHOW null_order")) == [(b"NULLS_FIRST",)], how
            assert wire.rows(mine.query("SELECT * FROM (VALUES (1), (NULL)) t(a) ORDER BY a")) == [(None,), (b"1",)]
        wait_for(lambda: server.metrics()["connections_active"] == 0, "the session's end")
        with wire.Connection(server) as other:
            assert wire.rows(other.query("SHOW null_order")) == [(b"NULLS_LAST",)], how


def test_reset_all_and_discard_all_undo_the_engines_settings(two):
    mine, _ = two
    for undo in ("RESET ALL", "DISCARD ALL", "RESET default_order", "SET default_order TO DEFAULT"):
        mine.query("SET default_order = 'desc'")
        assert wire.rows(mine.query("SELECT * FROM range(2) t(a) ORDER BY a")) == [(b"1",), (b"0",)]
        assert code(mine.query(undo)) == "00000"
        assert wire.rows(mine.query("SELECT * FROM range(2) t(a) ORDER BY a")) == [(b"0",), (b"1",)], undo


def test_a_forced_checkpoint_does_not_end_others(two):
    mine, other = two
    other.query("CREATE TABLE t (a INTEGER); BEGIN; INSERT INTO t VALUES (1)")
    for text in ("FORCE CHECKPOINT", "CALL force_checkpoint()", "SELECT * FROM force_checkpoint()", "COPY (FROM force_checkpoint()) TO STDOUT",
                 "DECLARE c CURSOR FOR FROM force_checkpoint()", "BEGIN; DECLARE c CURSOR FOR FROM force_checkpoint(); ROLLBACK"):  # fmt: skip
        assert code(mine.query(text)) in ("42501", "25P01"), text
        mine.query("ROLLBACK")
    assert code(other.query("COMMIT")) == "00000"
    assert wire.rows(mine.query("SELECT a FROM t")) == [(b"1",)]


def test_settings_of_the_server_are_shown(two):
    mine, _ = two
    assert wire.rows(mine.query("SHOW max_cursors")) == [(b"7",)]
    assert wire.rows(mine.query("SELECT current_setting('max_cursors')")) == [(b"7",)]
    assert wire.rows(mine.query("SELECT value, source, set_by FROM sluice.settings WHERE name = 'max_cursors'")) == [
        (b"7", b"command line", b"--max-cursors")
    ]
    assert wire.rows(mine.query("SELECT source FROM sluice.settings WHERE name = 'max_cursors_total'")) == [(b"default",)]
    shown = dict(row[:2] for row in wire.rows(mine.query("SHOW ALL")))
    assert shown[b"max_cursors"] == b"7" and shown[b"server_encoding"] == b"UTF8"


def test_pg_settings_has_the_columns_of_postgres(server, postgres):
    query = "SELECT * FROM pg_settings WHERE name IN ('statement_timeout', 'bytea_output', 'work_mem', 'application_name') ORDER BY name"
    with psycopg.connect(server.dsn()) as ours, psycopg.connect(postgres.dsn()) as theirs:
        for connection in (ours, theirs):
            connection.execute("SET statement_timeout = '5s'")
            connection.execute("SET application_name = 'x'")
        mine, right = ours.execute(query), theirs.execute(query)
        assert [column.name for column in mine.description] == [column.name for column in right.description]
        # Words of the manual and places of files are not compared.
        left_out = {"category", "short_desc", "extra_desc"}
        for row, expected in zip(mine.fetchall(), right.fetchall(), strict=True):
            names = [column.name for column in right.description]
            for name, value, wanted in zip(names, row, expected, strict=True):
                assert name in left_out or value == wanted, (row[0], name, value, wanted)
        ours.execute("SET bytea_output = 'escape'")
        assert ours.execute("SELECT setting FROM pg_catalog.pg_settings AS s WHERE s.name = 'bytea_output'").fetchone() == ("escape",)
        ours.rollback()
        assert ours.execute("SELECT pg_settings.setting FROM pg_settings WHERE name = 'bytea_output'").fetchone() == ("hex",)
        assert ours.execute("SELECT context, unit FROM pg_settings WHERE name = 'drain_timeout'").fetchone() == ("postmaster", "ms")


def test_check_names_what_is_not_default(tmp_path):
    (tmp_path / "sluice.toml").write_text("\nmax_cursors = 5\n")
    done = sluice(
        "serve", "--check", "--config", tmp_path / "sluice.toml", "--max-connections", "9",
        env={"SLUICE_LOG_LEVEL": "warn", "PATH": "/usr/bin"},
    )  # fmt: skip
    assert done.returncode == 0, done
    assert "max_connections = 9 (--max-connections)" in done.stdout
    assert "log_level = warn (SLUICE_LOG_LEVEL)" in done.stdout
    assert f"max_cursors = 5 ({tmp_path / 'sluice.toml'}:2)" in done.stdout
    assert "max_handshakes" not in done.stdout
