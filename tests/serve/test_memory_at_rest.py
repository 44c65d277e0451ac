"""The server is as large after many statements as after few: nothing of a statement stays."""

import pytest
from support import mixed_load, paths

pytestmark = pytest.mark.skipif(paths.PRESET != "release", reason="memory of an instrumented build says nothing")

MEGABYTE = 1 << 20


def growth_mb(server, kinds, warm, statements, statements_each=None):
    mixed_load.create_tables(server)
    mixed_load.run(server, warm, kinds, statements_each=statements_each)
    before = server.rss_bytes()
    mixed_load.run(server, statements, kinds, statements_each=statements_each)
    return (server.rss_bytes() - before) / MEGABYTE


def test_joins_leave_nothing(start):
    # Every join has blocks of memory in all sixteen partitions of its hash table; their records were kept: 4 kB a statement, 16 MB.
    assert growth_mb(start(None), [mixed_load.join_many], 2_000, 4_000) < 5


@pytest.mark.parametrize("statements_each", [None, 20], ids=["one connection", "many connections"])
def test_statements_of_all_kinds_leave_nothing(start, statements_each):
    assert growth_mb(start(None), None, 6_000, 6_000, statements_each) < 6
