"""psql as people use it: -c, meta-commands, \\copy, FETCH_COUNT, Ctrl-C."""

import hashlib
import os
import pty
import select
import signal
import subprocess
import time

import pytest
from support import paths


def psql(server, script, *flags, check=True, database="main"):
    done = subprocess.run(
        [paths.psql(), "-X", "-h", server.host, "-p", str(server.port), "-U", "postgres", "-d", database,
         "-v", "ON_ERROR_STOP=1", "-At", *flags],
        input=script, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    if check:
        assert done.returncode == 0, done.stderr
        return done.stdout
    return done


def test_count(server, expected):
    assert psql(server, "SELECT count(*) FROM readings") == f"{expected['count']}\n"


def test_database_names(server):
    for name in ("main", "postgres", "sample"):
        assert psql(server, "SELECT 1", database=name) == "1\n"
    failed = psql(server, "SELECT 1", database="other", check=False)
    assert failed.returncode != 0
    assert 'database "other" does not exist' in failed.stderr


def test_several_statements_in_one_string(server):
    assert psql(server, "", "-c", "SELECT 1; SELECT 2 AS b, 'x'; SELECT NULL") == "1\n2|x\n\n"


def test_lists_of_relations(server, expected):
    assert set(expected["tables"]) <= {line.split("|")[1] for line in psql(server, "\\dt\n").splitlines()}
    assert psql(server, "\\dt readings\n") == "main|readings|table|postgres\n"
    assert psql(server, "\\dn\n") == "main|postgres\n"


def test_gdesc(server):
    out = psql(server, "SELECT 1::BIGINT AS a, 'x'::VARCHAR AS b, 1.5::DECIMAL(18,2) AS c, [1]::INTEGER[] AS d, now() AS e \\gdesc\n")
    assert out.splitlines() == [
        "a|bigint", "b|text", "c|numeric(18,2)", "d|integer[]", "e|timestamp with time zone",
    ]  # fmt: skip


def test_bind(server):
    major = int(subprocess.run([paths.psql(), "--version"], capture_output=True, text=True).stdout.split()[2].split(".")[0])
    if major < 16:  # \bind came with psql 16; the same messages are sent raw in tests/protocol
        done = psql(server, "SELECT 1 \\bind\n", check=False)
        assert "invalid command \\bind" in done.stderr
        return
    assert psql(server, "SELECT $1::INTEGER + $2::INTEGER \\bind 40 2 \\g\n") == "42\n"


def test_fetch_count_reads_every_row(server, expected):
    """FETCH_COUNT makes psql declare a cursor and fetch from it."""
    out = psql(server, "\\set FETCH_COUNT 700\nSELECT id, coalesce(label, '~'), day, amount FROM readings ORDER BY id;\n")
    assert hashlib.md5(";".join(out.splitlines()).encode()).hexdigest() == expected["checksum"]


def test_copy_both_ways(server, tmp_path, expected):
    for options in ("", "(FORMAT csv, HEADER)", "(FORMAT binary)"):
        file = tmp_path / "rows"
        script = f"""
            \\copy (SELECT * FROM readings) TO '{file}' WITH {options}
            CREATE TEMP TABLE again AS SELECT * FROM readings WHERE false;
            \\copy again FROM '{file}' WITH {options}
            SELECT count(*) FROM (SELECT * FROM again EXCEPT SELECT * FROM readings);
            SELECT count(*) FROM again;
        """.replace("WITH \n", "\n")
        out = psql(server, script).splitlines()
        assert out[-2:] == ["0", str(expected["count"])], options


def test_a_bad_row_names_its_line_and_nothing_is_inserted(server, tmp_path):
    file = tmp_path / "bad.csv"
    file.write_text("1,a\n2,b\nthree,c\n")
    script = f"CREATE TEMP TABLE bad (a INTEGER, b VARCHAR);\n\\copy bad FROM '{file}' CSV\nSELECT count(*) FROM bad;\n"
    done = psql(server, script, "-v", "ON_ERROR_STOP=0", "-v", "VERBOSITY=verbose", check=False)
    assert "22P02" in done.stderr and "line 3" in done.stderr, done.stderr
    assert done.stdout.splitlines()[-1] == "0"


def test_error_shows_the_place(server):
    done = psql(server, "SELECT 1,\n       missing\nFROM readings;\n", "-v", "VERBOSITY=verbose", check=False)
    assert "42703" in done.stderr
    assert "LINE 2:        missing" in done.stderr, done.stderr


def test_notices_and_transactions(server):
    done = psql(server, "COMMIT; BEGIN; BEGIN; ROLLBACK;\n", check=False)
    assert "there is no transaction in progress" in done.stderr
    assert "there is already a transaction in progress" in done.stderr


@pytest.mark.parametrize("statement", [
    "SELECT count(*) FROM range(10000000000) t(i) WHERE i % 7 = 3",
    "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range + b.range = 3",
    "SELECT i, i * 2 FROM range(10000000000) t(i)",
])  # fmt: skip
def test_control_c_ends_a_statement_and_the_session_works_on(server, statement):
    """On a terminal of its own, since psql ends at Ctrl-C when its input is not one."""
    process, terminal = pty.fork()
    if process == 0:
        os.execv(paths.psql(), ["psql", "-X", "-A", "-t", "-n", "-P", "pager=off", "-v", "VERBOSITY=verbose", server.uri()])
    try:
        read_until(terminal, b"main=")
        os.write(terminal, statement.encode() + b";\n")
        time.sleep(0.5)  # psql gives no sign of when the server has begun
        os.write(terminal, b"\x03")
        read_until(terminal, b"57014")
        os.write(terminal, b"SELECT 'still ' || 'here';\n")
        read_until(terminal, b"still here")
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        os.close(terminal)


def read_until(terminal, text, seconds=30):
    seen, deadline = b"", time.monotonic() + seconds
    while text not in seen:
        ready, _, _ = select.select([terminal], [], [], max(0, deadline - time.monotonic()))
        assert ready, seen
        seen += os.read(terminal, 65536)
