"""Queries of constants, which need no plan, give PostgreSQL's rows, names and types, in every format and as cursors."""

import psycopg
import pytest
from psycopg import pq

ANSWERED = [
    "select 1",
    "SELECT 1;",
    "select 1, 2",
    "select 1, 2 as b, 'c' as c, null, true as t",
    "select 0, -0, +7, 007",
    "select 2147483647, -2147483648, 2147483648, -2147483649",
    "select 9223372036854775807, -9223372036854775808",
    "select ''",
    "select 'it''s', 'a\\n', '/* no comment */', '; -- none'",
    "select null as nothing",
    "select true, FALSE as f",
    'select 1 as A, 2 as "A", 3 as "a ""b"" c", 4 as select, 5 as "x;y"',
    "select 1 as x, 2 as x",
    "/* before */ select /* between */ 1 -- after",
    "select 1 as " + "n" * 63,
    "select\n\t1",
    "select 'x'as y",
    "select - 1, + 1",
]
# Text near to a query of constants, which it is not. More of it is in constant_query_test.cpp.
OTHERS = [
    "select 1 as",
    "select , 1",
    'select 1 as ""',
    "select 'a' 'b'",
    "select 1 2",
    "select 1 from",
    "select 'open",
    "select nothing",
]


def columns(result):
    return [
        (result.fname(i), result.ftype(i), result.fsize(i), result.fmod(i), [result.get_value(r, i) for r in range(result.ntuples)])
        for i in range(result.nfields)
    ]


def answers(dsn, sql, run):
    with psycopg.connect(dsn, autocommit=True) as connection:
        result = run(connection, sql)
        if result.status in (pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.EMPTY_QUERY):
            return result.error_field(pq.DiagnosticField.SQLSTATE)
        return result.command_status, columns(result)


def simple(connection, sql):
    return connection.pgconn.exec_(sql.encode())


def extended(result_format):
    return lambda connection, sql: connection.pgconn.exec_params(sql.encode(), None, result_format=result_format)


def prepared(connection, sql):
    connection.pgconn.prepare(b"s", sql.encode())
    connection.pgconn.exec_prepared(b"s", None)
    return connection.pgconn.exec_prepared(b"s", None, result_format=1)


def described(connection, sql):
    connection.pgconn.prepare(b"s", sql.encode())
    return connection.pgconn.describe_prepared(b"s")


RUNS = {"simple": simple, "text": extended(0), "binary": extended(1), "prepared": prepared, "described": described}


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
@pytest.mark.parametrize("sql", ANSWERED)
def test_constants_are_answered_as_by_postgresql(server, postgres, sql, run):
    assert answers(server.dsn(), sql, run) == answers(postgres.dsn(), sql, run)


@pytest.mark.parametrize("sql", OTHERS)
def test_text_that_is_no_list_of_constants_fails_as_in_postgresql(server, postgres, sql):
    ours, theirs = (answers(each.dsn(), sql, simple) for each in (server, postgres))
    assert (isinstance(ours, bytes), isinstance(theirs, bytes)) == (True, True) or ours == theirs


SCRIPTS = [
    ["begin", "declare c scroll cursor for select 1 as a", "fetch all c", "fetch backward all c", "fetch absolute 1 c", "close c", "commit"],
    ["begin", "declare c cursor with hold for select 1, 'b'", "commit", "fetch c", "fetch c", "close c"],
    ["begin", "declare c binary cursor for select 1, 'b', true", "fetch c", "fetch c", "rollback"],
    ["begin", "declare c cursor for select 1", "move 1 c", "fetch c", "rollback"],
    ["begin", "select 1", "select nothing", "select 1", "rollback", "select 1"],
    ["begin", "selec", "select 1", "rollback"],
    ["prepare p as select 1, 'x'", "execute p", "execute p(1)", "deallocate p"],
]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script[1])
def test_cursors_and_blocks_over_constants(server, postgres, script):
    def run(dsn):
        with psycopg.connect(dsn, autocommit=True) as connection:
            results = [simple(connection, sql) for sql in script]
            return [
                (each.error_field(pq.DiagnosticField.SQLSTATE), each.command_status, [column[1:] for column in columns(each)]) for each in results
            ]

    assert run(server.dsn()) == run(postgres.dsn())


def test_parameters_are_counted(server, postgres):
    def run(dsn):
        with psycopg.connect(dsn, autocommit=True) as connection:
            result = connection.pgconn.exec_params(b"select 1", [b"7"])
            return result.error_field(pq.DiagnosticField.SQLSTATE)

    # PostgreSQL takes a parameter that no $n uses only if its type is known.
    assert run(server.dsn()) == run(postgres.dsn())


def test_portals_can_be_read_in_parts(server, postgres):
    def run(dsn):
        with psycopg.connect(dsn) as connection, connection.cursor(name="c") as cursor:
            cursor.execute("select 1 as a, 'b' as b")
            return cursor.fetchmany(1), cursor.fetchmany(1)

    assert run(server.dsn()) == run(postgres.dsn()) == ([(1, "b")], [])
