"""Statements of every kind in endless rows, for what must stay as it is however many there were."""

import itertools
import multiprocessing

from . import wire

TABLES = [
    "CREATE TABLE items AS SELECT i AS id, i % 100 AS kind, 'item ' || i AS name FROM range(1000) t(i)",
    "CREATE TABLE kinds AS SELECT i AS kind, 'kind ' || i AS title FROM range(100) t(i)",
    "CREATE TABLE counters AS SELECT i AS id, 0 AS value FROM range(1000) t(i)",
    "CREATE TABLE once (id INTEGER PRIMARY KEY)",
    "INSERT INTO once VALUES (1)",
    "CREATE TABLE visits (id BIGINT, note VARCHAR)",
]


def copy_rows(sql, *rows):
    return wire.query(sql) + b"".join(wire.packet(b"d", row) for row in rows) + wire.packet(b"c")


def bound(sql, *values):
    return wire.parse(sql) + wire.bind(values=values) + wire.describe("P") + wire.execute() + wire.SYNC


# Each gives messages that are answered by one ReadyForQuery each; `i` differs from call to call, `own` from client to client.
def ask_constants(i, own):
    return [wire.query("SELECT 1"), bound("SELECT 1"), wire.query(f"SELECT {i}")]


def look_up(i, own):
    return [wire.query(f"SELECT * FROM items WHERE id = {i % 1000}"), bound("SELECT name FROM items WHERE id = $1::int", str(i % 1000).encode())]


def join_one(i, own):
    return [wire.query(f"SELECT i.id, k.title FROM items i JOIN kinds k USING (kind) WHERE i.id = {i % 1000}")]


def join_many(i, own):
    return [
        wire.query(f"SELECT k.title, count(*) FROM items i JOIN kinds k USING (kind) WHERE i.id < {i % 1000} GROUP BY k.title ORDER BY 2 LIMIT 5")
    ]


def write(i, own):
    return [
        wire.query(f"UPDATE counters SET value = value + 1 WHERE id = {own * 100 + i % 100}"),
        wire.query(f"INSERT INTO visits VALUES ({own * 10 + i % 10}, 'visit {i}')"),
        wire.query(f"DELETE FROM visits WHERE id = {own * 10 + i % 10}"),
    ]


def transact(i, own):
    insert = f"INSERT INTO visits VALUES ({own * 10}, 'undone {i}')"
    return [wire.query("BEGIN"), wire.query(insert), wire.query("ROLLBACK"), wire.query("BEGIN"), wire.query(f"SELECT {i}"), wire.query("COMMIT")]


def fail(i, own):
    return [
        wire.query(f"SELEC {i}"),
        wire.query(f"SELECT missing_{i % 1000} FROM items"),
        wire.query("INSERT INTO once VALUES (1)"),
        bound(f"SELECT 'x{i}'::int"),
    ]


def use_temporary_table(i, own):
    return [wire.query(f"CREATE TEMP TABLE mine AS SELECT {i} AS x"), wire.query("SELECT * FROM mine"), wire.query("DROP TABLE mine")]


def use_cursor(i, own):
    declare = f"DECLARE c CURSOR FOR SELECT * FROM items WHERE id > {i % 1000}"
    return [wire.query("BEGIN"), wire.query(declare), wire.query("FETCH 10 FROM c"), wire.query("COMMIT")]


def copy(i, own):
    return [
        copy_rows("COPY visits FROM STDIN", *(b"%d\tcopied\n" % (own * 10) for _ in range(3))),
        wire.query(f"COPY (SELECT * FROM items WHERE id < {i % 5}) TO STDOUT"),
        wire.query(f"DELETE FROM visits WHERE id = {own * 10}"),
    ]


def ask_catalog(i, own):
    return [
        wire.query("SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'main'")
    ]


def explain(i, own):
    return [wire.query(f"EXPLAIN SELECT * FROM items WHERE id = {i}")]


def configure(i, own):
    return [wire.query(f"SET application_name = 'load {i}'"), wire.query("SHOW application_name")]


def prepare(i, own):
    named = [wire.parse(f"SELECT $1::int + {i}", "named") + wire.SYNC, wire.bind("", "named", [b"5"]) + wire.execute() + wire.SYNC]
    return [*named, wire.close("S", "named") + wire.SYNC]


ALL_KINDS = [
    ask_constants, look_up, join_one, join_many, write, transact, fail, use_temporary_table, use_cursor, copy, ask_catalog, explain, configure, prepare,
]  # fmt: skip
# As an application asks: what costs milliseconds comes once in ten rounds, so that millions take half an hour.
COSTLY_KINDS = [join_many, use_temporary_table, copy, ask_catalog]
APPLICATION_KINDS = [each for each in ALL_KINDS if each not in COSTLY_KINDS] * 10 + COSTLY_KINDS
BATCH = 50  # messages that are on their way at the same time


def create_tables(server):
    with wire.Connection(server) as connection:
        for sql in TABLES:
            assert wire.first_error(connection.query(sql)) is None, sql


def messages(kinds, own):
    for i in itertools.count(own):
        yield from kinds[i % len(kinds)](i * 7919, own)


def await_answers(connection, count):
    while count > 0:
        kind, _ = connection.receive()
        assert kind != b"", "the server closed the connection"
        count -= kind == b"Z"


def client(server, kinds, own, statements, statements_each):
    source = messages(kinds, own)
    for start in range(0, statements, statements_each):
        with wire.Connection(server, seconds=300, user=f"client{own}") as connection:
            left = min(statements_each, statements - start)
            while left > 0:
                batch = list(itertools.islice(source, min(BATCH, left)))
                connection.send(*batch)
                await_answers(connection, len(batch))
                left -= len(batch)


class Address:
    """What a process of its own has to know of the server."""

    def __init__(self, server):
        self.host, self.port = server.host, server.port


def run(server, statements, kinds=None, clients=4, statements_each=None):
    """Sends that many statements by some clients at once; each opens a new connection after `statements_each` of its own."""
    context = multiprocessing.get_context("fork")
    share = statements // clients
    work = [
        context.Process(target=client, args=(Address(server), kinds or ALL_KINDS, own, share, statements_each or share)) for own in range(clients)
    ]
    for each in work:
        each.start()
    for each in work:
        each.join()
        assert each.exitcode == 0, "a client failed"
