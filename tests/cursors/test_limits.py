"""How many cursors there may be, how long they may idle, and what /metrics says of them."""

import time

import pytest
from support import wire
from support.server import Server
from support.waiting import wait_for


@pytest.fixture
def serve(tmp_path):
    servers = []

    def start(*options):
        servers.append(Server(None, *options, log=tmp_path / f"limits{len(servers)}.log"))
        return servers[-1]

    yield start
    for server in servers:
        assert server.stop() == 0


def connect(server):
    return wire.Connection(server)


def declare(name, hold=True):
    return f"DECLARE {name} CURSOR {'WITH HOLD ' if hold else ''}FOR SELECT * FROM generate_series(1, 100000) AS t(id)"


def error(connection, sql):
    return wire.first_error(connection.query(sql))


def test_a_session_and_all_sessions_have_a_limit(serve):
    server = serve("--max-cursors", "3", "--max-cursors-total", "5")
    with connect(server) as first, connect(server) as second:
        for name in "abc":
            assert error(first, declare(name)) is None
        refused = error(first, declare("d"))
        assert (refused["C"], "max_cursors" in refused["H"]) == ("53400", True)
        assert error(first, "CLOSE b") is None
        assert error(first, declare("d")) is None
        for name in "ab":
            assert error(second, declare(name)) is None
        refused = error(second, declare("c"))
        assert (refused["C"], "max_cursors_total" in refused["H"]) == ("53400", True)
        assert server.metrics()["cursor_active_count"] == 5
        assert error(first, "FETCH 10 FROM d") is None
        assert error(first, "MOVE 5 FROM d") is None
        assert server.metrics()["cursor_rows_fetched_total"] == 10
        assert server.metrics()["cursor_fetch_latency_seconds_count"] == 2
        assert server.metrics()["cursor_declared_total"] == 6
    wait_for(lambda: server.metrics()["cursor_active_count"] == 0)
    wait_for(lambda: server.metrics()["engine_connections_on_loan"] == 0)


def test_an_idle_cursor_is_closed_and_says_so(serve):
    server = serve("--cursor-idle-timeout", "300ms", "--cursor-sweep-interval", "50ms")
    with connect(server) as client:
        assert error(client, declare("held")) is None
        assert error(client, "BEGIN") is None
        assert error(client, declare("c", hold=False)) is None
        assert error(client, "FETCH 5 FROM c") is None
        wait_for(lambda: server.metrics()["cursor_ttl_evictions_total"] == 2)
        assert server.metrics()["cursor_active_count"] == 0
        late = error(client, "FETCH 5 FROM c")
        assert late["C"] == "34000"
        assert late["M"] == 'cursor "c" was closed because it was idle for longer than 300 ms'
        assert error(client, "ROLLBACK") is None
        assert error(client, "FETCH held")["C"] == "34000"
        assert error(client, declare("held")) is None  # the name is free
        assert error(client, "FETCH held") is None
        wait_for(lambda: server.metrics()["cursor_ttl_evictions_total"] == 3)
        assert error(client, "CLOSE held") is None
        assert error(client, "FETCH held")["M"] == 'cursor "held" does not exist'


def test_a_cursor_in_use_is_not_idle(serve):
    server = serve("--cursor-idle-timeout", "1s", "--cursor-sweep-interval", "20ms")
    with connect(server) as client:
        assert error(client, declare("c")) is None
        until = time.monotonic() + 2.5
        while time.monotonic() < until:
            assert error(client, "FETCH c") is None
            time.sleep(0.1)  # a client that takes its time
        assert server.metrics()["cursor_ttl_evictions_total"] == 0


def test_idle_sessions_give_their_connection_back(serve):
    server = serve("--engine-connection-idle-timeout", "100ms", "--cursor-sweep-interval", "50ms")
    with connect(server) as plain, connect(server) as marked:
        assert error(plain, "SELECT 1") is None
        assert error(marked, "CREATE TEMP TABLE mine AS SELECT 42 AS a") is None
        wait_for(lambda: server.metrics()["engine_connections_on_loan"] == 1)
        assert error(plain, "SELECT 1") is None
        assert error(marked, "SELECT a FROM mine") is None


def test_portals_that_are_suspended_are_counted(serve):
    server = serve()
    with connect(server) as client:
        client.send(wire.query("BEGIN"))
        client.until_ready()
        client.send(wire.parse("SELECT * FROM generate_series(1, 10)"), wire.bind(), wire.execute(rows=3), wire.execute(rows=3), wire.packet(b"S"))
        assert wire.first_error(client.until_ready()) is None
        assert server.metrics()["portal_suspended_total"] == 2
