"""Each statement that docs/reference/compatibility.md lists gives the answers that the page tells, on both servers.

A row whose two answers have become the same is a difference that is mended: the row goes, and a test that compares the servers takes
its place.
"""

import page
import pytest
from support.postgres import Postgres
from support.server import Server

ROWS = page.read_rows(page.PAGE.read_text())


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    """A server over an empty database in memory."""
    running = Server(log=tmp_path_factory.mktemp("log") / "server.log")
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="module")
def theirs():
    """A PostgreSQL of this file's own: the statements leave roles and databases behind."""
    with Postgres(fsync="off") as running:
        yield running


def test_the_page_has_rows_of_each_part():
    assert {row.part for row in ROWS} == {"rows", "names", "types"}


@pytest.mark.parametrize("row", ROWS, ids=[row.statement for row in ROWS])
def test_both_servers_answer_as_the_page_tells(row, theirs, ours):
    assert row.postgres != row.sluice
    assert (page.ask(theirs.dsn(), row), page.ask(ours.dsn(), row)) == (row.postgres, row.sluice)
