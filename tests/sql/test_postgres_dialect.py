"""With sluice.dialect = 'postgres', expressions have PostgreSQL's value, type, column name and error: both servers answer each line."""

import pathlib

import psycopg
import pytest
from psycopg import pq
from support.server import Server

HERE = pathlib.Path(__file__).parent
FILES = sorted((HERE / "dialect").glob("*.txt"))
ERROR_FIELDS = (pq.DiagnosticField.SQLSTATE, pq.DiagnosticField.MESSAGE_PRIMARY)


@pytest.fixture(scope="module")
def sluice(tmp_path_factory):
    server = Server(None, log=tmp_path_factory.mktemp("log") / "dialect.log")
    with psycopg.connect(server.dsn(), autocommit=True, options="-c sluice.dialect=postgres -c TimeZone=UTC") as connection:
        yield connection.pgconn
    server.stop()


@pytest.fixture(scope="module")
def reference(postgres):
    with psycopg.connect(postgres.dsn(), autocommit=True, options="-c TimeZone=UTC") as connection:
        yield connection.pgconn


def answer(connection, sql):
    """The columns and rows, or SQLSTATE and message."""
    result = connection.exec_(sql.encode())
    if result.status == pq.ExecStatus.FATAL_ERROR:
        return [result.error_field(field) for field in ERROR_FIELDS]
    columns = [(result.fname(i), result.ftype(i), result.fmod(i)) for i in range(result.nfields)]
    return columns, [[result.get_value(row, i) for i in range(result.nfields)] for row in range(result.ntuples)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_both_servers_answer_alike(path, sluice, reference):
    statements = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    different = [(sql, got, wanted) for sql in statements if (got := answer(sluice, sql)) != (wanted := answer(reference, sql))]
    assert not different, "\n".join(f"{sql}\n  sluice     {got}\n  PostgreSQL {wanted}" for sql, got, wanted in different)
