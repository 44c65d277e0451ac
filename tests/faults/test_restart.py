"""A checkpoint that finds the disk full ends the engine: it is opened again in the same process, and every session learns of it."""

import re

import pytest
from support import wire
from support.faults import Faults, wait_until_ready
from support.waiting import wait_for

SHORT = ("--readiness-trouble-window", "300ms")


class Broken:
    """A server whose engine fails when break_engine() is called, and comes back with heal()."""

    def __init__(self, start, folder):
        self.faults = Faults(folder)
        self.path = folder / "shop.duckdb"
        self.server = start(self.path, *SHORT, environment=self.faults.environment)
        with self.connect() as maker:
            maker.query("CREATE TABLE kept AS SELECT 1 AS a")
            maker.query("INSERT INTO kept VALUES (2)")

    def connect(self):
        return wire.Connection(self.server)

    def break_engine(self):
        self.faults.disk("/shop.duckdb")
        with self.connect() as admin:
            assert error(admin.query("CHECKPOINT")) in ("53100", "08006")

    def heal(self):
        self.faults.heal()
        wait_until_ready(self.server)
        assert self.server.metrics()["engine_restarts_total"] == 1


@pytest.fixture
def broken(start, tmp_path):
    return Broken(start, tmp_path)


def error(messages):
    assert wire.kinds(messages)[-1] == "Z", messages
    return (wire.first_error(messages) or {}).get("C")


def rows(connection):
    messages = connection.query("SELECT a FROM kept ORDER BY a")
    return wire.first_error(messages) or wire.rows(messages)


def test_it_comes_back_and_has_lost_nothing(broken):
    quiet = broken.connect()
    assert rows(quiet) == [(b"1",), (b"2",)]
    broken.break_engine()
    assert error(broken.connect().query("SELECT 1")) in ("57P03", "08006")
    status, text = broken.server.get("/readyz")
    assert status == 503 and "database: " in text
    assert broken.server.get("/healthz") == (200, "ok\n")
    broken.heal()
    assert rows(quiet) == [(b"1",), (b"2",)]  # it had nothing to lose
    assert error(quiet.query("INSERT INTO kept VALUES (3)")) is None
    assert rows(broken.connect()) == [(b"1",), (b"2",), (b"3",)]


def test_connections_of_a_failed_engine_are_counted_as_unhealthy(broken):
    others = [broken.connect() for _ in range(3)]
    for each in others:
        each.query("BEGIN")
        each.query("SELECT 1")
    before = broken.server.metrics()
    assert before["engine_connections_unhealthy_total"] == 0
    broken.break_engine()
    broken.heal()
    after = broken.server.metrics()
    assert after["engine_connections_unhealthy_total"] >= 3
    for name in ("closed", "waits", "timeouts", "stolen", "leaks"):
        assert after[f"engine_connections_{name}_total"] >= before[f"engine_connections_{name}_total"], "totals never go back"


def test_who_was_in_a_transaction_is_told(broken):
    inside = broken.connect()
    inside.query("BEGIN")
    inside.query("SELECT 1")  # nothing written, so that the checkpoint need not wait for it
    broken.break_engine()
    broken.heal()
    lost = wire.first_error(inside.query("SELECT 2"))
    assert lost["C"] == "08006" and f"session {inside.key[0]}" in lost["M"] and "undone" in lost["D"]
    assert re.search(r"\(session \d+, query \d+\)", lost["M"])
    assert error(inside.query("SELECT 3")) == "25P02"
    assert error(inside.query("ROLLBACK")) is None
    assert rows(inside) == [(b"1",), (b"2",)]


def test_a_commit_after_it_is_refused(broken):
    inside = broken.connect()
    inside.query("BEGIN")
    inside.query("SELECT 1")
    broken.break_engine()
    broken.heal()
    assert error(inside.query("COMMIT")) == "08006"
    assert rows(inside) == [(b"1",), (b"2",)]


def test_who_had_temporary_tables_is_told_once(broken):
    owner = broken.connect()
    owner.query("CREATE TEMP TABLE mine (a INTEGER)")
    broken.break_engine()
    broken.heal()
    assert error(owner.query("SELECT 1")) == "08006"
    assert error(owner.query("SELECT 1")) is None
    assert error(owner.query("SELECT * FROM mine")) == "42P01"


def test_prepared_statements_are_planned_again(broken):
    client = broken.connect()
    client.run(wire.parse("SELECT count(*) FROM kept WHERE a > $1", "counted", (23,)), wire.SYNC)
    ask = (wire.bind("", "counted", (b"1",)), wire.execute(), wire.SYNC)
    assert wire.rows(client.run(*ask)) == [(b"1",)]
    broken.break_engine()
    broken.heal()
    assert wire.rows(client.run(*ask)) == [(b"1",)]


def test_a_running_statement_ends_and_names_its_session(broken):
    busy = broken.connect()
    busy.send(wire.query("SELECT count(*) FROM range(100000000000) t(i) WHERE i % 7 = 3"))
    wait_for(lambda: broken.server.metrics()["executor_running"] == 1, "the statement")
    broken.break_engine()
    lost = wire.first_error(busy.until_ready())
    assert lost["C"] == "08006" and f"session {busy.key[0]}" in lost["M"]
    broken.heal()
    assert rows(busy) == [(b"1",), (b"2",)]


def test_a_client_that_does_not_read_keeps_nothing_open(broken):
    slow = broken.connect()
    slow.send(wire.query("SELECT i, repeat('x', 100) FROM range(10000000) t(i)"))
    wait_for(lambda: broken.server.metrics()["streaming_backpressure_events"] >= 1, "a full buffer")
    broken.break_engine()
    broken.heal()
    assert error(slow.until_ready()) == "08006"
    assert rows(slow) == [(b"1",), (b"2",)]


def test_a_copy_that_waits_for_its_client_ends(broken):
    copying = broken.connect()
    copying.send(wire.query("COPY kept FROM STDIN"))
    assert copying.receive()[0] == b"G"
    copying.send(wire.packet(b"d", b"7\n"))
    # The copy is a transaction that writes, which a checkpoint waits for: the engine is broken by another commit.
    broken.break_engine()
    broken.heal()
    assert error(copying.until_ready()) == "08006"
    copying.send(wire.packet(b"d", b"8\n"), wire.packet(b"c"))  # it had not heard of it yet
    assert rows(copying) == [(b"1",), (b"2",)]


def test_cursors_say_where_their_rows_went(broken):
    holder = broken.connect()
    holder.query("BEGIN")
    holder.query("DECLARE held CURSOR WITH HOLD FOR SELECT * FROM range(1000000)")
    holder.query("FETCH 1 FROM held")
    holder.query("COMMIT")
    broken.break_engine()
    broken.heal()
    lost = wire.first_error(holder.query("FETCH 1 FROM held"))
    assert lost["C"] == "34000" and "lost" in lost["M"]
    assert rows(holder) == [(b"1",), (b"2",)]


def test_a_message_between_parse_and_sync_keeps_nothing_open(broken):
    halfway = broken.connect()
    halfway.send(wire.parse("SELECT a FROM kept"), wire.bind(), wire.execute(rows=1), wire.FLUSH)
    received = b""
    while not received.endswith(b"s"):
        received += halfway.receive()[0]
    broken.break_engine()
    broken.heal()
    assert error(halfway.run(wire.execute(), wire.SYNC)) is not None
    assert rows(halfway) == [(b"1",), (b"2",)]
