"""What no driver would send: the server answers with a proper error, keeps running, and does not grow."""

import os
import random
import socket
import struct

import pytest
from support import wire


def send_and_read(server, data, seconds=10):
    """Sends bytes on a fresh connection; returns what comes back until the server closes."""
    with socket.create_connection((server.host, server.port), timeout=seconds) as channel:
        channel.sendall(data)
        received = b""
        try:
            while chunk := channel.recv(65536):
                received += chunk
        except ConnectionResetError:
            pass
    return received


def fatal_state(answer):
    assert answer[:1] == b"E", answer
    fields = wire.error_fields(answer[5:])
    assert fields["S"] == "FATAL"
    return fields["C"]


@pytest.mark.parametrize("packet", [
    struct.pack("!i", 8) + b"\xff\xff\xff\xff",
    struct.pack("!i", 0),
    struct.pack("!i", 3) + b"abc",
    struct.pack("!i", -5),
    struct.pack("!i", 2**31 - 1),
    struct.pack("!ii", 10_001 + 4, 196608) + b"user\0",
    struct.pack("!ii", 12, 196608) + b"user",
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
], ids=lambda packet: packet.hex()[:40])  # fmt: skip
def test_garbage_at_start_up(server, packet):
    assert fatal_state(send_and_read(server, packet)) in ("08P01", "0A000", "28000")


def test_protocol_2_is_refused_in_its_own_words(server):
    """Clients of PostgreSQL 7.3 know errors as one string, and PostgreSQL still answers them so."""
    answer = send_and_read(server, struct.pack("!ii", 8, 2 << 16))
    assert answer.startswith(b"E") and b"unsupported frontend protocol 2.0" in answer


def test_random_garbage(server):
    seed = int(os.environ.get("SLUICE_SEED", "20261121"))
    chaos = random.Random(seed)
    for _ in range(50):
        with socket.create_connection((server.host, server.port), timeout=10) as channel:
            channel.sendall(chaos.randbytes(chaos.randrange(1, 2000)))
            channel.shutdown(socket.SHUT_WR)
            try:
                while channel.recv(65536):
                    pass
            except ConnectionResetError:
                pass
    with wire.Connection(server) as connection:
        assert wire.rows(connection.query("SELECT 1")) == [(b"1",)]


def test_random_messages_after_start_up(server):
    chaos = random.Random(int(os.environ.get("SLUICE_SEED", "7")))
    for _ in range(100):
        connection = wire.Connection(server)
        for _ in range(5):
            kind = bytes([chaos.choice(b"QPBDECHSFdcfpX\x00\x7fz")])
            connection.send(wire.packet(kind, chaos.randbytes(chaos.randrange(0, 60))))
        connection.socket.shutdown(socket.SHUT_WR)
        try:
            while connection.receive()[0]:
                pass
        except ConnectionResetError:
            pass
        connection.close()
    with wire.Connection(server) as connection:
        assert wire.rows(connection.query("SELECT 1")) == [(b"1",)]


def test_a_two_gigabyte_length_costs_nothing(server):
    before = server.rss_bytes()
    for _ in range(20):
        with wire.Connection(server) as connection:
            connection.send(b"Q" + struct.pack("!i", 2**31 - 1) + b"x" * 1000)
            kind, body = connection.receive()
            assert kind == b"E" and wire.error_fields(body)["C"] == "08P01"
            assert connection.receive()[0] == b""
    assert server.rss_bytes() - before < 16 << 20


def test_oversized_message_before_authentication(server):
    answer = send_and_read(server, wire.startup(application_name="x" * 20_000))
    assert fatal_state(answer) == "08P01"


def test_invalid_utf8(raw):
    for messages in (
        raw.run(wire.query(b"SELECT '\xff'")),
        raw.run(wire.parse(b"SELECT '\xc0\xaf'"), wire.SYNC),
        raw.run(wire.parse("SELECT $1::VARCHAR"), wire.bind(values=[b"\xe2\x28\xa1"]), wire.execute(), wire.SYNC),
    ):
        assert wire.first_error(messages)["C"] == "22021"
        assert wire.kinds(messages)[-1] == "Z"
    assert wire.rows(raw.query("SELECT 'ü'")) == [("ü".encode(),)]


def test_unknown_message_type_is_fatal(server):
    with wire.Connection(server) as connection:
        messages = connection.run(wire.packet(b"!", b"abc"))
        assert wire.first_error(messages)["C"] == "08P01"
        assert messages[-1][0] == b""


def test_bind_with_wrong_counts(raw):
    for message in (
        wire.bind(values=[b"1"]),
        wire.bind(values=[b"1", b"2", b"3"]),
        wire.bind(values=[b"1", b"2"], formats=[0, 0, 0]),
        wire.bind(values=[b"1", b"2"], results=[0, 0, 0]),
        packet_with_short_body(wire.bind(values=[b"1", b"2"])),
        wire.bind(values=[b"1", b"2"], formats=[7]),
    ):
        messages = raw.run(wire.parse("SELECT $1::INTEGER + $2::INTEGER"), message, wire.execute(), wire.SYNC)
        assert wire.first_error(messages)["C"] in ("08P01", "22023"), messages
        assert "D" not in wire.kinds(messages) and wire.kinds(messages)[-1] == "Z"
    assert wire.rows(raw.query("SELECT 1")) == [(b"1",)]


def packet_with_short_body(message):
    return message[:1] + struct.pack("!i", len(message) - 4) + message[5:-3]


def test_seventy_thousand_parameters(raw):
    text = "SELECT [" + ", ".join(f"${i}::BIGINT" for i in range(1, 70_001)) + "]"
    error = wire.first_error(raw.run(wire.parse(text), wire.SYNC))
    assert error["C"] in ("54023", "54000", "42P02"), error
    assert wire.rows(raw.query("SELECT 1")) == [(b"1",)]


def test_many_parameters_work(raw):
    count = 2000
    text = "SELECT list_sum([" + ", ".join(f"${i}::BIGINT" for i in range(1, count + 1)) + "])::BIGINT"
    messages = raw.run(wire.parse(text), wire.bind(values=[b"1"] * count), wire.execute(), wire.SYNC)
    assert wire.rows(messages) == [(str(count).encode(),)]


@pytest.mark.parametrize("value, type_name, formats, state", [
    (b"abc", "INTEGER", [0], "22P02"), (b"99999999999", "INTEGER", [0], "22003"), (b"\0\0", "INTEGER", [1], "08P01"),
    (b"2024-13-01", "DATE", [0], "22008"), (b"x", "DATE", [0], "22007"), (b"maybe", "BOOLEAN", [0], "22P02"),
    (b"{1,2", "INTEGER[]", [0], "22P02"), (b"1e400", "DOUBLE", [0], "22003"), (b"zz", "UUID", [0], "22P02"),
], ids=lambda value: value.hex() if isinstance(value, bytes) else str(value))  # fmt: skip
def test_bad_parameter_values(raw, value, type_name, formats, state):
    messages = raw.run(wire.parse(f"SELECT $1::{type_name}"), wire.bind(values=[value], formats=formats), wire.execute(), wire.SYNC)
    assert wire.first_error(messages)["C"] == state, wire.first_error(messages)
    assert wire.kinds(messages)[-1] == "Z"


def test_a_client_that_hangs_up_everywhere(server):
    """Every prefix of a whole conversation, then the connection is cut."""
    conversation = wire.startup() + wire.parse("SELECT * FROM range(100000)") + wire.bind() + wire.describe("P") + wire.execute() + wire.SYNC
    for length in range(0, len(conversation), 7):
        with socket.create_connection((server.host, server.port), timeout=10) as channel:
            channel.sendall(conversation[:length])
            channel.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with wire.Connection(server) as connection:
        assert wire.rows(connection.query("SELECT 1")) == [(b"1",)]


def test_deeply_nested_statement(raw):
    error = wire.first_error(raw.query("SELECT " + "(" * 100_000 + "1" + ")" * 100_000))
    assert error["C"] == "54001" and wire.rows(raw.query("SELECT 1")) == [(b"1",)]
