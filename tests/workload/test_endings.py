"""Every way in which a statement ends leaves one record in sluice.query_log and moves the same counters, over real sockets."""

import contextlib
import dataclasses
import json
import os
import signal
import time

import pytest
from observe import ask, running
from support import wire
from support.faults import Faults, wait_until_ready
from support.waiting import wait_for

COMPUTES = "SELECT count(*) FROM range(10000000000000) t(i) WHERE i % 7 = 3"
STREAMS = "SELECT i, i * 2 FROM range(1000000000) t(i)"
COPIES_OUT = f"COPY ({STREAMS}) TO STDOUT"
COPIES_IN = "COPY taken FROM STDIN"
READS = "SELECT i FROM range(10) t(i)"
FAILS = "SELECT (i::text || 'x')::int FROM range(10) t(i)"
ONE_CONNECTION = ("--engine-connections-max", "1", "--engine-connection-timeout", "60s")
ONE_PLACE = ("--user-limits", "limited concurrency=1", "--admission-timeout", "60s")
EXTENDED = (wire.parse(STREAMS), wire.bind())


class Scene:
    """A server, a client whose statement is to end, and a helper client that can take places from it."""

    def __init__(self, server, user):
        self.server = server
        self.client = wire.Connection(server, user=user)
        self.session = self.client.key[0]
        self.helpers = []
        self.vanished = self.failed = self.counted = 0

    def helper(self, **options):
        self.helpers.append(wire.Connection(self.server, **options))
        return self.helpers[-1]

    def close(self):
        for each in (self.client, *self.helpers):
            each.close()


def running_state(server, session):
    return running(server, "state", f"session_id = {session}")


# ---- where the statement is when it ends


def computing(scene, client=None):
    client = client or scene.client
    client.send(wire.query(COMPUTES))
    # Its own row: the gauges may still count what ran before it.
    wait_for(lambda: running_state(scene.server, client.key[0]) == [("executing",)], "a statement that computes")


def paused(scene, *messages):
    before = scene.server.metrics()["streaming_backpressure_events"]
    scene.client.send(*(messages or [wire.query(STREAMS)]))
    wait_for(
        lambda: scene.server.metrics()["streaming_backpressure_events"] > before and scene.server.metrics()["executor_running"] == 0, "backpressure"
    )


def paused_in_the_extended_protocol(scene):
    paused(scene, *EXTENDED, wire.execute(), wire.SYNC)


def paused_in_copy_out(scene):
    paused(scene, wire.query(COPIES_OUT))


def paused_having_given_way(scene):
    paused(scene)
    wait_for(lambda: scene.server.metrics()["admission_running"] == 0, "the permit's return")


def waiting_for_a_permit(scene):
    computing(scene, scene.helper(user="limited"))
    scene.client.send(wire.query(READS))
    wait_for(lambda: scene.server.metrics()['admission_waiting{priority="normal"}'] == 1, "a statement that waits")


def waiting_for_a_connection(scene, *messages):
    holder = scene.helper()
    holder.query("BEGIN")
    holder.query("SELECT 1")
    scene.client.send(*(messages or [wire.query(READS)]))
    wait_for(lambda: scene.server.metrics()["engine_connections_waiting"] == 1, "a session that waits")


def waiting_for_a_connection_at_parse(scene):
    waiting_for_a_connection(scene, wire.parse(READS), wire.bind(), wire.execute(), wire.SYNC)


def in_copy_in(scene):
    scene.client.send(wire.query(COPIES_IN))
    assert scene.client.receive()[0] == b"G"
    scene.client.send(wire.packet(b"d", b"1\n"))


def between_executes(scene):
    scene.client.run(wire.parse("BEGIN"), wire.bind(), wire.execute(), wire.SYNC)
    messages = scene.client.run(wire.parse(READS), wire.bind("p"), wire.execute("p", 3), wire.SYNC)
    assert wire.kinds(messages) == "12DDDsZ"


def with_an_open_cursor(scene):
    assert wire.tags(scene.client.query(f"BEGIN; DECLARE c CURSOR FOR {STREAMS}; FETCH 2 FROM c")) == ["BEGIN", "DECLARE CURSOR", "FETCH 2"]


def nowhere(scene):
    pass


# ---- how it ends


def leaves(scene):
    scene.client.close()


def resets(scene):
    scene.client.reset()


def half_closes(scene):
    scene.client.socket.shutdown(1)


def says_goodbye(scene):
    before = scene.server.metrics()["bytes_received_total"]
    scene.client.send(wire.TERMINATE)
    # What a client has not read makes its close a reset, which may overtake the message.
    wait_for(lambda: scene.server.metrics()["bytes_received_total"] == before + len(wire.TERMINATE), "the message")
    scene.client.close()


def is_cancelled(scene):
    wire.cancel(scene.server, *scene.client.key)
    scene.client.until_ready()


def is_waited_for(scene):
    scene.client.until_ready()


def asks(*messages):
    def ending(scene):
        scene.client.run(*messages)

    return ending


def fails_copy(scene):
    scene.client.run(wire.packet(b"f", wire.cstring("no more")))


def sends_a_bad_row(scene):
    scene.client.run(wire.packet(b"d", b"not a number\n"), wire.packet(b"c"))


def finishes_copy(scene):
    scene.client.run(wire.packet(b"c"))


@dataclasses.dataclass
class Ending:
    name: str
    where: callable
    how: callable
    records: list  # (text, SQLSTATE)
    vanished: int = 0
    flags: tuple = ()
    user: str = "postgres"
    stalls: int = 0

    @property
    def failed(self):
        return sum(code != "00000" for _, code in self.records)


LOST, WELL, CANCELLED = "08006", "00000", "57014"
CURSOR = [("BEGIN", WELL), (f"DECLARE c CURSOR FOR {STREAMS}", WELL), ("FETCH 2 FROM c", WELL)]
SUSPENDED = [("BEGIN", WELL), (READS, WELL)]
WAITS = {"flags": ONE_PLACE, "user": "limited"}

ENDINGS = [
    Ending("finished", nowhere, asks(wire.query(READS)), [(READS, WELL)]),
    Ending("finished, extended", nowhere, asks(wire.parse(READS), wire.bind(), wire.execute(), wire.SYNC), [(READS, WELL)]),
    Ending("finished, several", nowhere, asks(wire.query(f"{READS}; SELECT 1")), [(READS, WELL), ("SELECT 1", WELL)]),
    Ending("failed while parsed", nowhere, asks(wire.query("SELEKT 1")), [("SELEKT 1", "42601")]),
    Ending("failed while planned", nowhere, asks(wire.query("SELECT * FROM missing")), [("SELECT * FROM missing", "42P01")]),
    Ending("failed while planned, extended", nowhere, asks(wire.parse("SELECT * FROM missing"), wire.SYNC), [("SELECT * FROM missing", "42P01")]),
    Ending("failed at bind", nowhere, asks(wire.parse("SELECT $1::int"), wire.bind(), wire.execute(), wire.SYNC), [("SELECT $1::int", "08P01")]),
    Ending("failed while running", nowhere, asks(wire.query(FAILS)), [(FAILS, "22P02")]),
    Ending(
        "failed between others",
        nowhere,
        asks(wire.query(f"{READS}; SELECT * FROM missing; SELECT 1")),
        [(READS, WELL), ("SELECT * FROM missing", "42P01")],
    ),
    Ending(
        "timed out",
        nowhere,
        asks(wire.query(f"SET statement_timeout = 100; {COMPUTES}")),
        [("SET statement_timeout = 100", WELL), (COMPUTES, CANCELLED)],
    ),
    Ending("cancelled while computing", computing, is_cancelled, [(COMPUTES, CANCELLED)]),
    Ending("cancelled while paused", paused, is_cancelled, [(STREAMS, CANCELLED)]),
    Ending("cancelled while waiting for a permit", waiting_for_a_permit, is_cancelled, [(READS, CANCELLED)], **WAITS),
    Ending("cancelled while waiting for a connection", waiting_for_a_connection, is_cancelled, [(READS, CANCELLED)], flags=ONE_CONNECTION),
    Ending(
        "no permit in time",
        waiting_for_a_permit,
        is_waited_for,
        [(READS, "53300")],
        flags=(*ONE_PLACE[:2], "--admission-timeout", "300ms"),
        user="limited",
    ),
    Ending(
        "no connection in time",
        waiting_for_a_connection,
        is_waited_for,
        [(READS, "53300")],
        flags=(*ONE_CONNECTION[:2], "--engine-connection-timeout", "300ms"),
    ),
    Ending("vanished while computing", computing, leaves, [(COMPUTES, LOST)], vanished=1),
    Ending("vanished while paused", paused, leaves, [(STREAMS, LOST)], vanished=1),
    Ending("vanished while paused, by reset", paused, resets, [(STREAMS, LOST)], vanished=1),
    Ending("vanished while paused, half", paused, half_closes, [(STREAMS, LOST)], vanished=1),
    Ending("vanished while paused, extended", paused_in_the_extended_protocol, leaves, [(STREAMS, LOST)], vanished=1),
    Ending("vanished after giving way", paused_having_given_way, leaves, [(STREAMS, LOST)], vanished=1),
    Ending("said goodbye while paused", paused, says_goodbye, [(STREAMS, LOST)]),
    Ending("vanished in COPY out", paused_in_copy_out, leaves, [(COPIES_OUT, LOST)], vanished=1),
    Ending("vanished in COPY in", in_copy_in, leaves, [(COPIES_IN, LOST)], vanished=1),
    Ending("vanished while waiting for a permit", waiting_for_a_permit, leaves, [(READS, LOST)], vanished=1, **WAITS),
    Ending("vanished while waiting for a connection", waiting_for_a_connection, leaves, [(READS, LOST)], vanished=1, flags=ONE_CONNECTION),
    Ending(
        "vanished while waiting for a connection, extended",
        waiting_for_a_connection_at_parse,
        leaves,
        [(READS, LOST)],
        vanished=1,
        flags=ONE_CONNECTION,
    ),
    Ending("vanished between executes", between_executes, leaves, SUSPENDED),
    Ending("vanished with an open cursor", with_an_open_cursor, leaves, CURSOR),
    Ending("read nothing for flush_timeout", paused, nowhere, [(STREAMS, LOST)], flags=("--flush-timeout", "500ms"), stalls=1),
    Ending("COPY in finished", in_copy_in, finishes_copy, [(COPIES_IN, WELL)]),
    Ending("COPY in failed by the client", in_copy_in, fails_copy, [(COPIES_IN, CANCELLED)]),
    Ending("COPY in with a bad row", in_copy_in, sends_a_bad_row, [(COPIES_IN, "22P02")]),
]


def numbers(server, user):
    found = server.metrics()
    return {
        "vanished": found["clients_vanished_total"],
        "stalls": found["flush_timeouts_total"],
        "counted": found.get(f'user_query_total{{user="{user}"}}', 0),
        "failed": found.get(f'user_query_failed_total{{user="{user}"}}', 0),
    }


def records(server, session):
    return ask(server, f"SELECT query, sqlstate FROM sluice.query_log WHERE session_id = {session} ORDER BY query_id")


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda each: each.name.replace(" ", "_"))
def test_it_leaves_one_record(start, ending):
    server = start(None, *ending.flags)
    with wire.Connection(server) as maker:
        maker.query("CREATE TABLE taken (a INTEGER)")
    user = "guest" if ending.user == "postgres" else ending.user
    with contextlib.closing(Scene(server, user)) as scene:
        ending.where(scene)
        before = numbers(server, user)
        already = len([one for one in ending.records if one[1] == WELL and ending.where in (between_executes, with_an_open_cursor)])
        ending.how(scene)
        expected = {"vanished": ending.vanished, "stalls": ending.stalls, "counted": len(ending.records) - already, "failed": ending.failed}

        def moved():
            return {name: value - before[name] for name, value in numbers(server, user).items()}

        wait_for(lambda: moved() == expected, lambda: f"{expected}, but {moved()}")
        for each in scene.helpers:
            each.close()
        wait_for(lambda: records(server, scene.session) == ending.records, lambda: f"{ending.records}, but {records(server, scene.session)}")
        assert moved()["counted"] >= expected["counted"]
        assert running_state(server, scene.session) == []


# ---- ends after which the server, or its engine, is another one


@pytest.mark.parametrize("where", [computing, paused, in_copy_in], ids=lambda each: each.__name__)
@pytest.mark.parametrize("signals", [1, 2])
def test_a_stop_of_the_server_leaves_one_record(start, tmp_path, where, signals):
    """Seen in the log, with every statement in it: nothing can be asked afterwards."""
    server = start(
        None, "--drain-timeout", "100ms" if signals == 1 else "50s", "--slow-query-threshold", "1ms", "--log-format", "json", log=tmp_path / "log"
    )
    with wire.Connection(server) as maker:
        maker.query("CREATE TABLE taken (a INTEGER)")
    scene = Scene(server, "guest")
    where(scene)
    time.sleep(0.01)  # so that the statement lasts longer than the threshold
    for number in range(signals):
        os.kill(server.pid, signal.SIGTERM)  # two that are pending at a time are one
        wait_for(lambda: (tmp_path / "log").read_text().count("signal received") > number, "the signal")  # noqa: B023
    server.process.wait(30)
    scene.close()
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    ended = [line["sqlstate"] for line in lines if line.get("event") == "statement" and line.get("session") == scene.session]
    assert ended == ["57P01"]


@pytest.mark.parametrize("where", [computing, paused, paused_in_the_extended_protocol, waiting_for_a_permit], ids=lambda each: each.__name__)
def test_a_lost_engine_leaves_one_record(start, tmp_path, where):
    faults = Faults(tmp_path)
    user = "limited" if where is waiting_for_a_permit else "guest"
    server = start(tmp_path / "shop.duckdb", "--readiness-trouble-window", "300ms", *ONE_PLACE, environment=faults.environment)
    with wire.Connection(server) as maker:
        maker.query("CREATE TABLE kept AS SELECT 1 AS a")
        maker.query("INSERT INTO kept VALUES (2)")
    with contextlib.closing(Scene(server, user)) as scene:
        where(scene)
        faults.disk("/shop.duckdb")
        with wire.Connection(server) as admin:
            admin.query("CHECKPOINT")
        scene.client.until_ready()
        faults.heal()
        wait_until_ready(server)
        wait_for(lambda: len(records(server, scene.session)) == 1, lambda: records(server, scene.session))
        ((_, code),) = records(server, scene.session)
        assert code == "08006" or (where is waiting_for_a_permit and code == "00000"), "what had not begun may begin in the next engine"
