"""The extended protocol, message by message, over the real engine. The sequences are PostgreSQL 15's."""

import struct

from support import wire


def test_portal_suspends_and_resumes(raw):
    messages = raw.run(wire.query("BEGIN"))
    messages = raw.run(
        wire.parse("SELECT i FROM range(10) t(i)"), wire.bind("p"), wire.describe("P", "p"),
        wire.execute("p", 4), wire.execute("p", 4), wire.execute("p", 2), wire.execute("p", 5), wire.execute("p", 5), wire.SYNC,
    )  # fmt: skip
    # 4 + 4 + 2 rows each end in PortalSuspended, also when exactly as many were left; then the portal is drained.
    assert wire.kinds(messages) == "12T" + "DDDDs" + "DDDDs" + "DDs" + "C" + "C" + "Z"
    assert [row[0] for row in wire.rows(messages)] == [str(i).encode() for i in range(10)]
    assert [body for kind, body in messages if kind == b"C"] == [b"SELECT 0\0", b"SELECT 0\0"]
    raw.query("ROLLBACK")


def test_portals_interleave_in_a_transaction(raw):
    raw.query("BEGIN")
    raw.run(wire.parse("SELECT i FROM range(100000) t(i)", "s"), wire.bind("a", "s"), wire.bind("b", "s"), wire.SYNC)
    got = {"a": [], "b": []}
    while len(got["a"]) < 100_000:
        for portal in ("a", "b"):
            messages = raw.run(wire.execute(portal, 9973), wire.SYNC)
            got[portal] += [int(row[0]) for row in wire.rows(messages)]
        assert wire.rows(raw.query("SELECT 1")) == [(b"1",)]
    assert got["a"] == got["b"] == list(range(100_000))
    raw.query("COMMIT")
    assert wire.first_error(raw.run(wire.execute("a"), wire.SYNC))["C"] == "34000"


def test_a_portal_ends_with_its_implicit_transaction(raw):
    messages = raw.run(wire.parse("SELECT i FROM range(10) t(i)"), wire.bind("p"), wire.execute("p", 3), wire.SYNC)
    assert wire.kinds(messages) == "12DDDsZ"
    assert wire.first_error(raw.run(wire.execute("p", 3), wire.SYNC))["C"] == "34000"


def test_pipeline_is_one_transaction_until_sync(raw):
    raw.query("CREATE TEMP TABLE piped (a INTEGER)")

    def insert(value):
        return wire.parse(f"INSERT INTO piped VALUES ({value})") + wire.bind() + wire.execute()

    messages = raw.run(insert(1), insert(2), wire.parse("SELECT * FROM no_such_table"), insert(3), wire.SYNC)
    assert wire.first_error(messages)["C"] == "42P01"
    assert wire.rows(raw.query("SELECT count(*) FROM piped")) == [(b"0",)]
    raw.run(insert(1), insert(2), wire.SYNC)
    assert wire.rows(raw.query("SELECT count(*) FROM piped")) == [(b"2",)]


def test_simple_query_with_several_statements_is_one_transaction(raw):
    raw.query("CREATE TEMP TABLE several (a INTEGER)")
    messages = raw.query("INSERT INTO several VALUES (1); INSERT INTO several VALUES (2); SELECT * FROM no_such_table; SELECT 1")
    assert wire.kinds(messages) == "CCEZ"
    assert wire.rows(raw.query("SELECT count(*) FROM several")) == [(b"0",)]


def test_describe_knows_types_before_execute(raw):
    messages = raw.run(wire.parse("SELECT id, label, amount, day FROM readings WHERE id = $1 AND label = $2"), wire.describe("S"), wire.SYNC)
    assert wire.kinds(messages) == "1tTZ"
    (parameters,) = [body for kind, body in messages if kind == b"t"]
    assert struct.unpack("!hII", parameters) == (2, 20, 25)
    (row,) = [body for kind, body in messages if kind == b"T"]
    assert [(column.name, column.oid, column.modifier) for column in wire.columns(row)] == [
        ("id", 20, -1),
        ("label", 25, -1),
        ("amount", 1700, (18 << 16 | 2) + 4),
        ("day", 1082, -1),
    ]


def test_undeclared_parameters_become_text(raw):
    messages = raw.run(wire.parse("SELECT $1"), wire.describe("S"), wire.bind(values=[b"hi"]), wire.execute(), wire.SYNC)
    assert wire.kinds(messages) == "1tT2DCZ"
    assert wire.rows(messages) == [(b"hi",)]
    (parameters,) = [body for kind, body in messages if kind == b"t"]
    assert struct.unpack("!hI", parameters) == (1, 25)


def test_prepared_statement_sees_rows_inserted_after_it(server):
    """DuckDB 1.5 plans an empty table away; the plan must not survive the INSERT (DESIGN: the trap)."""
    with wire.Connection(server) as one, wire.Connection(server) as other:
        one.query("CREATE OR REPLACE TABLE trap (a INTEGER)")
        try:
            one.run(wire.parse("SELECT * FROM trap WHERE a > 0", "s"), wire.describe("S", "s"), wire.SYNC)
            assert wire.rows(one.run(wire.bind("", "s"), wire.execute(), wire.SYNC)) == []
            one.query("INSERT INTO trap VALUES (1)")
            assert len(wire.rows(one.run(wire.bind("", "s"), wire.execute(), wire.SYNC))) == 1
            other.query("INSERT INTO trap VALUES (2)")
            assert len(wire.rows(one.run(wire.bind("", "s"), wire.execute(), wire.SYNC))) == 2
            for _ in range(3):
                assert len(wire.rows(one.query("SELECT * FROM trap WHERE a > 0"))) == 2
            other.query("DELETE FROM trap")
            for _ in range(3):
                assert wire.rows(one.query("SELECT * FROM trap WHERE a > 0")) == []
            one.query("PREPARE again AS SELECT * FROM trap WHERE a > 0")
            assert wire.rows(one.query("EXECUTE again")) == []
            other.query("INSERT INTO trap VALUES (3)")
            assert wire.rows(one.query("EXECUTE again")) == [(b"3",)]
            assert wire.rows(one.query("SELECT * FROM trap WHERE a > 0")) == [(b"3",)]
        finally:
            one.query("DROP TABLE trap")


def test_plans_do_not_outlive_a_change_of_settings(raw):
    sql = "SELECT TIMESTAMPTZ '2024-01-01 00:00:00+00'"
    raw.query("SET TIME ZONE 'UTC'")
    for _ in range(3):
        assert wire.rows(raw.query(sql)) == [(b"2024-01-01 00:00:00+00",)]
    raw.query("SET TIME ZONE 'Asia/Kolkata'")
    assert wire.rows(raw.query(sql)) == [(b"2024-01-01 05:30:00+05:30",)]


def test_time_moves_on_in_a_cached_statement(raw):
    for run in (lambda: raw.query("SELECT now()"), lambda: raw.run(wire.bind("", "clock"), wire.execute(), wire.SYNC)):
        raw.run(wire.parse("SELECT now()", "clock"), wire.SYNC)
        moments = [wire.rows(run())[0][0] for _ in range(5)]
        assert len(set(moments)) == 5, moments
        raw.run(wire.close("S", "clock"), wire.SYNC)


def test_negotiation_of_newer_protocols(server):
    connection = wire.Connection(server, connect=False)
    connection.send(wire.startup(version=(3, 9), **{"_pq_.shiny": "on"}))
    messages = connection.until_ready()
    assert messages[0][0] == b"v"
    assert struct.unpack_from("!ii", messages[0][1]) == (3 << 16, 1)  # PostgreSQL 15 sends the whole version
    assert b"_pq_.shiny\0" in messages[0][1]
    connection.close()


def test_gssenc_and_ssl_requests_are_declined_without_a_certificate(server):
    connection = wire.Connection(server, connect=False)
    for code in (wire.GSSENC_REQUEST, wire.SSL_REQUEST):
        connection.send(struct.pack("!ii", 8, code))
        assert connection.socket.recv(1) == b"N"
    connection.send(wire.startup())
    assert wire.kinds(connection.until_ready())[-1] == "Z"
    connection.close()
