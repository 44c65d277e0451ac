"""Fixtures: a database made by DuckDB, a server over it, servers with flags of a test's own, and PostgreSQL beside them."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from support import dataset, wire  # noqa: E402
from support.postgres import Postgres  # noqa: E402
from support.server import Server  # noqa: E402


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    """(path of the database file, expected values)."""
    folder = tmp_path_factory.mktemp("data")
    expected = dataset.build(folder / "sample.duckdb")
    dataset.write_json(expected, folder / "expected.json")
    return folder / "sample.duckdb", expected


@pytest.fixture(scope="session")
def expected(data):
    return data[1]


@pytest.fixture(scope="session")
def server(data, tmp_path_factory):
    """One server for a whole test process. Tests must leave nothing behind in it."""
    running = Server(data[0], log=tmp_path_factory.mktemp("log") / "server.log")
    yield running
    assert running.process.poll() is None, "the server died during the tests"
    assert running.stop() == 0


@pytest.fixture(scope="session")
def postgres():
    """A real PostgreSQL 15, one for each test process; tests make their own tables in it."""
    with Postgres(max_connections=300, fsync="off") as running:
        yield running


@pytest.fixture
def start(tmp_path):
    """start(database=None, *flags) → Server; all are stopped at the end of the test."""
    running = []

    def starter(database=None, *flags, **options):
        options.setdefault("log", tmp_path / f"server{len(running)}.log")
        running.append(Server(database, *flags, **options))
        return running[-1]

    yield starter
    for each in running:
        each.kill()


@pytest.fixture
def raw(server):
    """A raw protocol connection to the shared server, past authentication."""
    with wire.Connection(server) as connection:
        yield connection
