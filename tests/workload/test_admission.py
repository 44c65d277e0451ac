"""Admission: what waits, for whom, for how long, and that nothing stays reserved."""

import re
import threading

import psycopg
import pytest
from observe import LASTS, ask, connect, reserved, running
from support import wire
from support.waiting import wait_for

MB = 1 << 20


class Lasting:
    """A statement in a thread of its own, until it is cancelled."""

    def __init__(self, server, sql=LASTS, user="postgres", **settings):
        self.connection = connect(server, user=user)
        for name, value in settings.items():
            self.connection.execute(f"SET {name.replace('__', '.')} = {value}")
        self.sqlstate = None
        self.thread = threading.Thread(target=self._go, args=(sql,))
        self.thread.start()

    def _go(self, sql):
        try:
            self.connection.execute(sql)
        except psycopg.Error as error:
            self.sqlstate = error.sqlstate

    def end(self):
        while self.thread.is_alive():
            self.connection.cancel()
            self.thread.join(0.2)
        self.connection.close()
        return self.sqlstate


def states(server):
    return sorted(state for (state,) in running(server, "state"))


BUDGET = ("--memory-budget", "1GB", "--profile", "large memory=800MB", "--profile", "urgent memory=100MB priority=high")


def test_what_does_not_fit_waits_its_turn(start):
    server = start(None, *BUDGET)
    first = Lasting(server, sluice__profile="large")
    wait_for(lambda: states(server) == ["executing"])
    second = Lasting(server, sluice__profile="large")
    wait_for(lambda: states(server) == ["executing", "waiting"])
    assert reserved(server) == 800 * MB
    with connect(server) as other:
        assert other.execute("SELECT 1").fetchone() == (1,), "small statements do not wait behind it"
        assert other.execute("/*+ profile(urgent) */ SELECT 1").fetchone() == (1,)
    assert first.end() == "57014"
    wait_for(lambda: states(server) == ["executing"])
    assert second.end() == "57014"
    wait_for(lambda: reserved(server) == 0)
    waited = ask(server, "SELECT wait_ms > 0 FROM sluice.query_log WHERE profile = 'large' ORDER BY query_id")
    assert waited[-1] == (True,)


def test_the_wait_has_an_end_with_a_reason(start):
    server = start(None, *BUDGET, "--admission-timeout", "300ms")
    first = Lasting(server, sluice__profile="large")
    wait_for(lambda: states(server) == ["executing"])
    with connect(server) as other:
        with pytest.raises(psycopg.errors.OutOfMemory) as refused:
            other.execute("/*+ profile(large) */ SELECT 1")
        assert re.search(r"within 0\.[3-9] s", str(refused.value.diag.message_primary)), refused.value
        assert "800 MB of 1024 MB are reserved" in refused.value.diag.message_detail
        assert refused.value.diag.message_hint.startswith("Retry in about ")
        assert other.execute("SELECT 1").fetchone() == (1,)
    first.end()


def test_a_full_queue_refuses_at_once(start):
    server = start(None, *BUDGET, "--profile", "large queue=1")
    first = Lasting(server, sluice__profile="large")
    wait_for(lambda: states(server) == ["executing"])
    second = Lasting(server, sluice__profile="large")
    wait_for(lambda: states(server) == ["executing", "waiting"])
    with connect(server) as other, pytest.raises(psycopg.errors.TooManyConnections, match="too many statements are waiting"):
        other.execute("/*+ profile(large) */ SELECT 1")
    assert second.end() == "57014"
    first.end()


def test_a_user_has_limits_that_hold_up_nobody_else(start):
    server = start(None, "--user-limits", "etl concurrency=1", "--admission-timeout", "300ms")
    first = Lasting(server, user="etl")
    wait_for(lambda: states(server) == ["executing"])
    with connect(server, user="etl") as other, pytest.raises(psycopg.errors.TooManyConnections, match="limit of running statements"):
        other.execute("SELECT 1")
    with connect(server) as anna:
        assert anna.execute("SELECT 1").fetchone() == (1,)
    first.end()
    with connect(server, user="etl") as other:
        assert other.execute("SELECT 1").fetchone() == (1,)


def test_a_client_that_stops_reading_gives_way(start):
    """Its statement keeps its place in the result, but not its memory in the budget."""
    server = start(None, *BUDGET)
    with wire.Connection(server) as stalled:
        stalled.send(wire.query("SET sluice.profile = large"))
        stalled.until_ready()
        stalled.send(wire.query("SELECT i, repeat('x', 1000) FROM range(100000) t(i)"))
        wait_for(lambda: states(server) == ["streaming"])
        wait_for(lambda: reserved(server) == 0)
        with connect(server) as other:
            assert other.execute("/*+ profile(large) */ SELECT 1").fetchone() == (1,)
        rows = sum(1 for kind, _ in stalled.until_ready() if kind == b"D")
        assert rows == 100_000
    wait_for(lambda: reserved(server) == 0)


def test_cursors_at_rest_reserve_nothing(start):
    server = start(None, *BUDGET)
    with connect(server) as connection:
        connection.execute("BEGIN")
        connection.execute("SET LOCAL sluice.profile = large")
        connection.execute("DECLARE c CURSOR FOR SELECT * FROM range(100000)")
        assert connection.execute("FETCH 2 FROM c").fetchall() == [(0,), (1,)]
        assert reserved(server) == 0
        other = Lasting(server, sluice__profile="large")
        wait_for(lambda: states(server) == ["executing"])
        fetching = threading.Thread(target=lambda: connection.execute("FETCH 1 FROM c"))
        fetching.start()
        wait_for(lambda: states(server) == ["executing", "waiting"])
        other.end()
        fetching.join()
        connection.execute("ROLLBACK")


def test_what_is_reserved_is_what_runs(start):
    server = start(None, "--memory-budget", "1GB", "--profile", "some memory=50MB", "--profile", "more memory=90MB")
    lasting = [Lasting(server, sluice__profile=name) for name in ("some", "more", "some", "more", "some")]
    wait_for(lambda: states(server) == ["executing"] * 5)
    both = "SELECT (SELECT reserved_bytes FROM sluice.admission), (SELECT sum(reserved_bytes) FROM sluice.running_queries)"
    metric, total = ask(server, both)[0]
    assert metric == total == (3 * 50 + 2 * 90 + 100) * MB  # with the catalog query that asks
    for each in lasting:
        each.end()
    assert ask(server, both) == [(100 * MB, 100 * MB)]


def test_a_demand_beyond_the_budget_runs_alone(start):
    server = start(None, "--memory-budget", "64MB")
    with connect(server) as connection:
        assert connection.execute("/*+ profile(background) */ SELECT 1").fetchone() == (1,)
        assert connection.execute("SELECT relname FROM pg_catalog.pg_class LIMIT 0").fetchall() == []
