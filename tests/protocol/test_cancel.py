"""CancelRequest: the right key ends the statement, a wrong one does nothing, and it can be used again."""

import time

import pytest
from support import wire

LONG = "SELECT count(*) FROM range(10000000000) t(i) WHERE i % 7 = 3"


def cancel_when_running(server, connection, process_id, secret):
    time.sleep(0.3)  # the protocol gives no sign of when a statement has begun
    wire.cancel(server, process_id, secret)


def test_cancel_ends_the_statement_every_time(server, raw):
    for _ in range(3):
        raw.send(wire.query(LONG))
        cancel_when_running(server, raw, *raw.key)
        assert wire.first_error(raw.until_ready())["C"] == "57014"
        assert wire.rows(raw.query("SELECT 1")) == [(b"1",)]


@pytest.mark.parametrize("wrong", ["secret", "process"])
def test_a_wrong_key_does_nothing(server, raw, wrong):
    process_id, secret = raw.key
    raw.send(wire.query("SELECT count(*) FROM range(500000000) t(i) WHERE i % 7 = 3"))
    if wrong == "secret":
        cancel_when_running(server, raw, process_id, secret ^ 1)
    else:
        cancel_when_running(server, raw, process_id + 1, secret)
    assert wire.first_error(raw.until_ready()) is None


def test_cancel_of_an_idle_session_is_forgotten(server, raw):
    wire.cancel(server, *raw.key)
    assert wire.rows(raw.query("SELECT 1")) == [(b"1",)]


def test_cancel_during_a_stream_that_nobody_reads(server):
    with wire.Connection(server) as connection:
        connection.send(wire.query("SELECT i, i * 2 FROM range(1000000000) t(i)"))
        cancel_when_running(server, connection, *connection.key)
        assert wire.first_error(connection.until_ready())["C"] == "57014"
        assert wire.rows(connection.query("SELECT 1")) == [(b"1",)]
