"""Sequences of statements about cursors, one connection unless a step names another: what PostgreSQL answers is right.

A step is a statement (simple query), a Wire (messages of the extended protocol up to Sync), or On(name, step) for another
connection. Each script starts with fresh connections and finds the table `numbers` (id 1 to 20, label) and `types`.
"""

import dataclasses

import results
from support import wire

SET_UP = [
    "CREATE TABLE numbers AS SELECT i::int4 AS id, 'label ' || i AS label FROM generate_series(1, 20) AS t(i)",
    "CREATE TABLE many AS SELECT i::int4 AS id FROM generate_series(1, 5000) AS t(i)",
    f"CREATE TABLE types AS SELECT {results.EVERY_TYPE_SQL} FROM generate_series(1, 30) AS t(i)",
]

NUMBERS = "SELECT id, label FROM numbers ORDER BY id"
IDS = "SELECT id FROM numbers ORDER BY id"
MANY = "SELECT id FROM many ORDER BY id"
TYPES = "SELECT * FROM types ORDER BY id"


@dataclasses.dataclass
class Wire:
    shown: str
    data: bytes

    def __str__(self):
        return f"<{self.shown}>"


@dataclasses.dataclass
class On:
    name: str
    step: object

    def __str__(self):
        return f"{self.name}: {self.step}"


def messages(shown, *parts):
    return Wire(shown, b"".join(parts) + wire.SYNC)


def extended(sql, formats=(), values=(), parameters=(), rows=(0,), portal=""):
    """Parse, Bind, Describe, Execute as drivers send it; `rows` are the limits of as many Executes."""
    return messages(
        f"extended: {sql}", wire.parse(sql), wire.bind(portal, values=values, formats=parameters, results=formats), wire.describe("P", portal),
        *(wire.execute(portal, limit) for limit in rows),
    )  # fmt: skip


def bind(portal, sql, formats=(), values=()):
    return messages(f"bind {portal}: {sql}", wire.parse(sql), wire.bind(portal, values=values, results=formats))


def execute(portal, *rows):
    return messages(f"execute {portal} {rows}", *(wire.execute(portal, limit) for limit in rows or (0,)))


def describe(portal):
    return messages(f"describe {portal}", wire.describe("P", portal))


def close(portal):
    return messages(f"close {portal}", wire.close("P", portal))


def parse(name, sql):
    return messages(f"parse {name}: {sql}", wire.parse(sql, name), wire.describe("S", name))


def use(name, portal="", *rows):
    return messages(f"use {name}", wire.bind(portal, name), wire.describe("P", portal), *(wire.execute(portal, limit) for limit in rows or (0,)))


def declare(name="c", words="", query=IDS, hold=False):
    return f"DECLARE {name} {words} CURSOR {'WITH HOLD ' if hold else ''}FOR {query}"


def block(*steps):
    return ["BEGIN", *steps, "COMMIT"]


LIST = "SELECT name, statement, is_holdable, is_binary, is_scrollable FROM pg_cursors WHERE name <> '' ORDER BY name"
LIST_SHORT = "SELECT name, is_holdable FROM pg_cursors WHERE name <> '' ORDER BY name"

SCRIPTS = {
    # Life and death
    "a cursor needs a transaction": [declare(words="NO SCROLL"), "FETCH c"],
    "a cursor ends with COMMIT": [*block(declare(words="SCROLL"), "FETCH 2 FROM c"), "FETCH 1 FROM c", "BEGIN", declare(words="SCROLL"), "FETCH c", "ROLLBACK"],
    "COMMIT of half-read cursors": [
        *block(declare("a", "SCROLL", MANY), declare("b", "NO SCROLL", MANY), "FETCH 3000 FROM a", "FETCH 10 FROM b", "FETCH PRIOR FROM a"), "FETCH a",
        "SELECT count(*) AS n FROM many",
    ],
    "ROLLBACK of half-read cursors": ["BEGIN", declare("a", "SCROLL", MANY), declare("b", "", MANY, hold=True), "FETCH 2500 FROM a", "MOVE 10 FROM b", "ROLLBACK", "FETCH a", "FETCH b", LIST_SHORT],
    "one that is held survives COMMIT": [
        *block(declare(words="SCROLL", hold=True), "FETCH 3 FROM c"), "FETCH 2 FROM c", "FETCH PRIOR FROM c", "MOVE LAST IN c", "FETCH 0 FROM c", "FETCH c", "FETCH BACKWARD 3 FROM c",
        "FETCH ABSOLUTE 1 FROM c", "CLOSE c", "FETCH c",
    ],
    "one that is held and goes forward only": [
        *block(declare(words="NO SCROLL", hold=True), "FETCH 3 FROM c"), "FETCH 2 FROM c", "MOVE 3 IN c", "FETCH RELATIVE 2 FROM c", "FETCH ABSOLUTE 15 FROM c", "FETCH ALL FROM c", "FETCH c",
        "CLOSE c",
    ],
    "held, never read before COMMIT": [*block(declare(words="SCROLL", hold=True)), "FETCH LAST FROM c", "FETCH FIRST FROM c", "CLOSE c"],
    "held, read to its end before COMMIT": [*block(declare(words="SCROLL", hold=True), "MOVE ALL FROM c"), "FETCH c", "FETCH PRIOR FROM c", "CLOSE c"],
    "held, read backwards before its beginning": [*block(declare(words="SCROLL", hold=True), "MOVE 5 FROM c", "MOVE BACKWARD ALL FROM c"), "FETCH PRIOR FROM c", "FETCH c", "CLOSE c"],
    "held without a block": [declare(words="SCROLL", hold=True), "FETCH 2 FROM c", "FETCH LAST FROM c", "BEGIN", "FETCH PRIOR FROM c", "COMMIT", "FETCH 0 FROM c", "CLOSE c"],
    "held over no rows": [declare(words="SCROLL", query="SELECT id FROM numbers WHERE id < 0", hold=True), "FETCH c", "FETCH PRIOR FROM c", "MOVE ALL FROM c", "MOVE BACKWARD ALL FROM c", "CLOSE c"],
    "held over many rows": [
        *block(declare(words="SCROLL", query=MANY, hold=True), "MOVE 2047 FROM c", "FETCH 3 FROM c"), "FETCH 3 FROM c", "FETCH ABSOLUTE 4096 FROM c", "FETCH 2 FROM c", "FETCH BACKWARD 4 FROM c",
        "FETCH ABSOLUTE -1 FROM c", "FETCH ALL FROM c", "FETCH BACKWARD 2 FROM c", "MOVE BACKWARD ALL FROM c", "FETCH c", "CLOSE c",
    ],
    "held, made by a transaction that rolls back": ["BEGIN", declare(words="SCROLL", hold=True), "FETCH c", "ROLLBACK", "FETCH c", LIST_SHORT],
    "held, made by a transaction that fails": ["BEGIN", declare(words="SCROLL", hold=True), "SELECT * FROM no_such_table", "FETCH c", "COMMIT", "FETCH c"],
    "held, read by a transaction that rolls back": [declare(words="SCROLL", hold=True), "BEGIN", "FETCH 3 FROM c", "ROLLBACK", "FETCH c", "CLOSE c"],
    "held, read by a transaction that fails": [declare(words="SCROLL", hold=True), "BEGIN", "FETCH 3 FROM c", "SELECT * FROM no_such_table", "ROLLBACK", "FETCH c", "FETCH PRIOR FROM c", "CLOSE c"],
    "held, closed by a transaction that rolls back": [declare(words="SCROLL", hold=True), "BEGIN", "CLOSE c", "ROLLBACK", "FETCH c", LIST_SHORT],
    "held, and the name used again": [declare(words="SCROLL", hold=True), "BEGIN", "CLOSE c", declare(words="SCROLL", query=NUMBERS), "FETCH c", "ROLLBACK", "FETCH c"],
    "held, broken by a FETCH": [
        declare(words="NO SCROLL", hold=True), "FETCH 2 FROM c", "FETCH PRIOR FROM c", "FETCH c", "MOVE c", LIST_SHORT, declare(hold=True), execute("c"), "CLOSE c", "FETCH c",
    ],
    "held, broken by a FETCH in a transaction": [declare(words="NO SCROLL", hold=True), "BEGIN", "FETCH LAST FROM c", "ROLLBACK", "FETCH c", "CLOSE c"],
    "held with the transaction's own rows": [
        "CREATE TEMP TABLE mine (id int4)", "BEGIN", "INSERT INTO mine VALUES (1), (2)", declare(query="SELECT id FROM mine ORDER BY id", words="SCROLL", hold=True), "INSERT INTO mine VALUES (3)",
        "COMMIT", "FETCH ALL FROM c", "INSERT INTO mine VALUES (4)", "FETCH BACKWARD ALL FROM c", "DROP TABLE mine", "FETCH ALL FROM c", "CLOSE c",
    ],
    "held without a block, and its query fails": [declare(query="SELECT label::int4 FROM numbers", words="SCROLL", hold=True), "FETCH c"],
    "two that are held and one that is not": [*block(declare("a", "SCROLL", hold=True), declare("b", "SCROLL"), declare("d", "NO SCROLL", NUMBERS, hold=True), "FETCH 3 FROM d"), LIST_SHORT, "FETCH a", "FETCH b", "FETCH d", "CLOSE ALL"],
    "CLOSE ALL and DISCARD ALL": [declare("a", hold=True), declare("b", hold=True), "CLOSE ALL", LIST_SHORT, declare("a", hold=True), "DISCARD ALL", "FETCH a"],
    "DISCARD ALL in a block": ["BEGIN", declare(), "DISCARD ALL", "ROLLBACK"],
    # Errors
    "a name that is taken": ["BEGIN", declare(), declare(query=NUMBERS), "FETCH c", "ROLLBACK"],
    "a name that is not known": ["FETCH nobody", "MOVE nobody", "CLOSE nobody", "BEGIN", "FETCH nobody", "FETCH nobody", "ROLLBACK"],
    "in a failed transaction": ["BEGIN", declare(), "SELECT * FROM no_such_table", "FETCH c", "MOVE c", "CLOSE c", "CLOSE ALL", declare("d"), extended("FETCH c"), "COMMIT", "FETCH c"],
    "backwards, but forward only": [
        step for statement in ("FETCH PRIOR FROM c", "FETCH 0 FROM c", "MOVE 0 FROM c", "FETCH LAST FROM c", "FETCH FIRST FROM c", "FETCH ABSOLUTE 3 FROM c", "FETCH ABSOLUTE 0 FROM c", "MOVE BACKWARD ALL FROM c", "FETCH RELATIVE -1 FROM c", "FETCH BACKWARD -2 FROM c")
        for step in ("BEGIN", declare(words="NO SCROLL"), "MOVE 3 FROM c", statement, "ROLLBACK")
    ],
    "a query that cannot be": ["BEGIN", "DECLARE c CURSOR FOR SELECT * FROM no_such_table", "ROLLBACK", "BEGIN", "DECLARE c CURSOR FOR SELECT no_such_column FROM numbers", "ROLLBACK", LIST_SHORT],
    "not a query": ["BEGIN", "DECLARE c CURSOR FOR INSERT INTO numbers VALUES (0, '')", "ROLLBACK", "BEGIN", "DECLARE c CURSOR FOR CREATE TABLE t (a int4)", "ROLLBACK"],
    "SCROLL and NO SCROLL": ["BEGIN", "DECLARE c SCROLL NO SCROLL CURSOR FOR SELECT 1 AS a", "ROLLBACK"],
    "not a statement": ["FETCH", "FETCH ABSOLUTE FROM c", "FETCH 1.5 FROM c", "FETCH FORWARD NEXT FROM c", 'FETCH FROM ""', "CLOSE", "DECLARE c CURSOR", "FETCH 3000000000 FROM c"],
    # Spellings
    "every way to say FETCH": [
        "BEGIN", declare(words="SCROLL"), "fetch c", "FETCH FROM c", "FETCH IN c", "FETCH NEXT c", "FETCH NEXT IN c", "FETCH 2 c", "FETCH FORWARD c", "FETCH FORWARD 2 c", "FETCH BACKWARD c", "FETCH BACKWARD 2 IN c", "FETCH PRIOR c",
        "FETCH LAST c", "FETCH FIRST c", "FETCH RELATIVE 2 c", "FETCH RELATIVE -1 c", "FETCH ABSOLUTE +3 c", "FETCH -1 c", "FETCH FORWARD -1 c", "FETCH BACKWARD -1 c", "FETCH 2147483647 c", "FETCH BACKWARD ALL c", "FETCH ALL c", "FETCH ALL IN c", "MOVE FIRST c",
        "MOVE c", "move forward 3 in c", "MOVE ABSOLUTE 0 c", "FETCH /* a comment */ 1 -- another\n FROM c;", "COMMIT",
    ],
    "every way to say DECLARE": [
        "BEGIN", f"declare a cursor for {IDS}", f"DECLARE b BINARY CURSOR FOR {IDS}", f"DECLARE c INSENSITIVE CURSOR FOR {IDS}", f"DECLARE d ASENSITIVE SCROLL CURSOR WITHOUT HOLD FOR {IDS}",
        f"DECLARE e INSENSITIVE BINARY NO SCROLL CURSOR FOR {IDS};", f"DECLARE f NO SCROLL BINARY CURSOR WITH HOLD FOR {IDS}", "DECLARE g CURSOR FOR SELECT * FROM (VALUES (1, 'x'), (2, 'y')) AS v(a, b)", "DECLARE h CURSOR FOR WITH w AS (SELECT id FROM numbers) SELECT max(id) AS m FROM w",
        "DECLARE i CURSOR FOR TABLE numbers", "DECLARE j CURSOR FOR (SELECT 1 AS a) UNION ALL (SELECT 2) ORDER BY a",
        *(f"FETCH 1 FROM {name}" for name in "abcdefghj"), "SELECT name, is_holdable, is_binary FROM pg_cursors ORDER BY name", "ROLLBACK",
    ],
    "names": [
        "BEGIN", declare("Mixed"), "FETCH mixed", "FETCH MIXED", 'FETCH "mixed"', "SELECT name FROM pg_cursors WHERE name <> ''", 'DECLARE "Mixed" CURSOR FOR SELECT 5 AS a', 'FETCH "Mixed"', "FETCH mixed", 'DECLARE "with ""quotes"" and ü" CURSOR FOR SELECT 6 AS a',
        'FETCH FROM "with ""quotes"" and ü"', 'CLOSE "with ""quotes"" and ü"', 'CLOSE "Mixed"', "SELECT name FROM pg_cursors WHERE name <> ''", 'FETCH "MIXED"', "ROLLBACK",
    ],
    "names that are words of FETCH": ["BEGIN", 'DECLARE "next" SCROLL CURSOR FOR SELECT 1 AS a', "FETCH next FROM next", "FETCH absolute 1 FROM next", "CLOSE next", "DECLARE prior CURSOR FOR SELECT 2 AS a", "FETCH NEXT FROM prior", "COMMIT"],
    "Tableau's": ['declare "SQL_CUR1" cursor with hold for select id, label from numbers order by id', 'fetch 10000 in "SQL_CUR1"', 'fetch 10000 in "SQL_CUR1"', 'close "SQL_CUR1"', 'close "SQL_CUR1"'],
    "psqlodbc's": ["BEGIN", f'declare "SQL_CUR0x55" cursor for {NUMBERS};fetch 8 in "SQL_CUR0x55"', 'fetch 8 in "SQL_CUR0x55"', 'fetch 8 in "SQL_CUR0x55"', 'close "SQL_CUR0x55"', "COMMIT"],
    # One Query with several statements
    "several statements in one Query": [f"{declare(words='SCROLL')}; FETCH 2 FROM c; MOVE 3 FROM c; FETCH c; FETCH PRIOR FROM c", "FETCH c"],
    "several statements with a block": [f"BEGIN; {declare(words='SCROLL')}; FETCH 2 FROM c; COMMIT; SELECT 1 AS a", "FETCH c", f"BEGIN; {declare(words='SCROLL')}; FETCH 2 FROM c", "FETCH c", "COMMIT; FETCH c"],
    "several statements that hold one": [f"{declare(words='SCROLL', hold=True)}; FETCH 2 FROM c", "FETCH c", "CLOSE c"],
    "several statements, one fails": [f"{declare(words='SCROLL', hold=True)}; FETCH 2 FROM c; SELECT * FROM no_such_table", "FETCH c", LIST_SHORT],
    # pg_cursors
    "pg_cursors": [
        declare("held", "SCROLL", NUMBERS, hold=True), "BEGIN", declare("a", "BINARY SCROLL"), declare("b", "NO SCROLL", hold=True), bind("portal", "SELECT 7 AS seven"), bind("another", "FETCH 1 FROM a"), LIST,
        "SELECT count(*) AS n FROM pg_catalog.pg_cursors WHERE is_scrollable AND name <> ''", "SELECT upper(name) AS n FROM pg_cursors WHERE is_holdable ORDER BY 1 DESC",
        "SELECT name, creation_time = now() AS fresh, creation_time IS NULL AS none FROM pg_cursors WHERE name IN ('a', 'b') ORDER BY name", "COMMIT", LIST, "CLOSE held", "CLOSE b", LIST,
    ],
    "pg_cursors: types": [extended("SELECT name, statement, is_holdable, is_binary, is_scrollable, creation_time FROM pg_cursors WHERE name = 'nobody'")],
    "pg_cursors: the moment": [declare("a", hold=True), "BEGIN", "SELECT creation_time < now() AS earlier FROM pg_cursors", "COMMIT", "CLOSE a"],
    "pg_cursors: statements in one Query": [f"BEGIN; {declare('a', 'SCROLL')}", LIST, "ROLLBACK"],
    "pg_cursors of another session": [declare("a", hold=True), On("other", LIST_SHORT), On("other", "FETCH a"), "FETCH a", "CLOSE a"],
    # Types and formats
    "FETCH describes every type": ["BEGIN", declare(query=TYPES, words="SCROLL"), "FETCH 14 FROM c", "FETCH BACKWARD 3 FROM c", extended("FETCH 2 FROM c"), extended("FETCH 14 FROM c", (1,)), extended("FETCH 1 FROM c", (0, 1, 0, 1, 0, 1, 0, 1)), extended("MOVE 2 FROM c"), "COMMIT"],
    "BINARY cursors": ["BEGIN", declare(query=TYPES, words="BINARY SCROLL"), "FETCH 14 FROM c", extended("FETCH 2 FROM c"), extended("FETCH 2 FROM c", (1,)), describe("c"), execute("c", 2), "FETCH BACKWARD 2 FROM c", "MOVE 1 FROM c", "COMMIT"],
    "BINARY and held": [declare(query=TYPES, words="BINARY SCROLL", hold=True), "FETCH 14 FROM c", "FETCH FIRST FROM c", extended("FETCH 2 FROM c", (0,)), "CLOSE c"],
    "formats in turn": ["BEGIN", declare(query=TYPES, words="SCROLL"), *(extended("FETCH 1 FROM c", (i % 2,)) for i in range(6)), "FETCH 1 FROM c", "FETCH BACKWARD 7 FROM c", extended("FETCH ALL FROM c", (1,)), "COMMIT"],
    "formats in turn, held": [declare(query=TYPES, words="SCROLL", hold=True), *(extended("FETCH 1 FROM c", (i % 2,)) for i in range(6)), "FETCH BACKWARD 7 FROM c", "CLOSE c"],
    "formats in turn, forward only": ["BEGIN", declare(query=TYPES, words="NO SCROLL"), *(extended("FETCH 2 FROM c", (i % 2,)) for i in range(6)), "FETCH ALL FROM c", "COMMIT"],
    "too many formats": ["BEGIN", declare(query=NUMBERS), extended("FETCH 1 FROM c", (0, 1, 0)), "ROLLBACK"],
    "Describe of statements about cursors": [
        parse("early", "FETCH 2 FROM c"), "BEGIN", parse("d", declare(query=NUMBERS, words="SCROLL")), use("d"), parse("f", "FETCH 2 FROM c"), parse("m", "MOVE 1 FROM c"), parse("x", "CLOSE c"),
        use("f"), use("m"), use("early"), use("f"), use("x"), use("d"), use("f"), "COMMIT",
    ],
    "the same name for another query": ["BEGIN", declare(words="SCROLL"), parse("f", "FETCH 1 FROM c"), use("f"), "CLOSE c", declare(words="SCROLL", query=TYPES), use("f"), "FETCH c", "COMMIT"],
    # The extended protocol
    "FETCH in slices": ["BEGIN", declare(words="SCROLL"), extended("FETCH 7 FROM c", rows=(3, 3, 3)), extended("FETCH 6 FROM c", rows=(3, 3, 3)), "FETCH c", "FETCH BACKWARD 2 FROM c", extended("FETCH BACKWARD ALL FROM c", rows=(5, 0)), "COMMIT"],
    "FETCH in slices over several Syncs": ["BEGIN", declare(words="SCROLL"), bind("f", "FETCH 9 FROM c"), execute("f", 4), "FETCH 2 FROM c", execute("f", 4), "FETCH PRIOR FROM c", execute("f", 4), execute("f", 4), "FETCH c", "COMMIT"],
    "two FETCHes in slices, in turn": [
        "BEGIN", declare(words="SCROLL"), bind("f", "FETCH 5 FROM c"), bind("g", "FETCH BACKWARD 3 FROM c"), execute("f", 2), execute("g", 1), execute("f", 2), execute("g", 5), execute("f", 5), "FETCH c", "COMMIT",
    ],
    "CLOSE of a cursor that is being fetched": ["BEGIN", declare(words="SCROLL"), bind("f", "FETCH 5 FROM c"), execute("f", 2), "CLOSE c", execute("f", 2), execute("f", 2), "COMMIT"],
    "FETCH in slices from one that is held": [declare(words="SCROLL", hold=True), extended("FETCH 5 FROM c", rows=(2, 2, 2)), extended("FETCH BACKWARD 5 FROM c", (1,), rows=(2, 2, 2)), "CLOSE c"],
    "parameters": [
        "BEGIN", extended("DECLARE c SCROLL CURSOR FOR SELECT id, label FROM numbers WHERE id > $1 ORDER BY id", values=[b"17"]), extended("DECLARE d CURSOR WITH HOLD FOR SELECT id FROM numbers WHERE label = $2 OR id = $1", values=[b"\0\0\0\2", b"label 5"], parameters=(1, 0)),
        "FETCH ALL FROM c", "FETCH BACKWARD ALL FROM c", "COMMIT", "FETCH ALL FROM d", "CLOSE d",
    ],
    "parameters that are forgotten": ["BEGIN", extended("DECLARE c CURSOR FOR SELECT id FROM numbers WHERE id = $1"), "ROLLBACK"],
    "several in a pipeline": [
        "BEGIN",
        messages("declare, fetch, fetch, close", *(part for sql in (declare(words="SCROLL"), "FETCH 2 FROM c", "FETCH PRIOR FROM c", "CLOSE c") for part in (wire.parse(sql), wire.bind(), wire.describe("P"), wire.execute()))),
        "COMMIT",
    ],
    "a pipeline without a block": [
        messages("declare hold, fetch", *(part for sql in (declare(words="SCROLL", hold=True), "FETCH 2 FROM c") for part in (wire.parse(sql), wire.bind(), wire.describe("P"), wire.execute()))), "FETCH c", "CLOSE c",
        messages("declare hold, error", *(part for sql in (declare(words="SCROLL", hold=True), "SELECT * FROM no_such_table") for part in (wire.parse(sql), wire.bind(), wire.execute()))), "FETCH c",
    ],
    # Cursors and wire portals
    "a cursor as a portal": ["BEGIN", declare(query=NUMBERS, words="SCROLL"), describe("c"), execute("c", 3), "FETCH 2 FROM c", execute("c", 3, 3), "FETCH PRIOR FROM c", execute("c"), execute("c"), "FETCH PRIOR FROM c", close("c"), "FETCH c", "ROLLBACK"],
    "a cursor as a portal, held": [declare(query=NUMBERS, words="SCROLL", hold=True), describe("c"), execute("c", 3), "FETCH 2 FROM c", execute("c"), "FETCH PRIOR FROM c", close("c"), "FETCH c"],
    "a cursor as a portal, exactly to its end": ["BEGIN", declare(), execute("c", 20), execute("c", 20), execute("c", 20), "COMMIT"],
    "a portal as a cursor": ["BEGIN", bind("p", NUMBERS), "FETCH 2 FROM p", execute("p", 3), "MOVE 2 FROM p", "FETCH RELATIVE 2 FROM p", describe("p"), execute("p"), "FETCH p", "CLOSE p", execute("p"), "ROLLBACK"],
    "a portal as a cursor goes forward only": ["BEGIN", bind("p", NUMBERS), "FETCH 2 FROM p", "FETCH PRIOR FROM p", "ROLLBACK"],
    "a portal in binary as a cursor": ["BEGIN", bind("p", TYPES, (1,)), "FETCH 2 FROM p", execute("p", 1), extended("FETCH 1 FROM p", (1,)), execute("p", 1), "COMMIT"],
    "a portal that a cursor's name would hide": ["BEGIN", bind("p", NUMBERS), declare("p"), "ROLLBACK", "BEGIN", declare("p"), bind("p", NUMBERS), "ROLLBACK"],
    "a portal that closes itself": ["BEGIN", extended("CLOSE me", portal="me"), "ROLLBACK", "BEGIN", extended("FETCH me", portal="me"), "ROLLBACK"],
    "CLOSE ALL closes portals too": ["BEGIN", bind("p", NUMBERS), declare("c"), execute("p", 2), "CLOSE ALL", execute("p", 2), "ROLLBACK", "BEGIN", bind("p", NUMBERS), "CLOSE ALL", "FETCH p", "ROLLBACK"],
    "unknown portals": [describe("nobody"), execute("nobody"), close("nobody")],
    # What they see
    "own rows, before and after": [
        "CREATE TEMP TABLE mine (id int4)", "BEGIN", "INSERT INTO mine VALUES (1)", declare("a", "SCROLL", "SELECT id FROM mine ORDER BY id"), "INSERT INTO mine VALUES (2)", declare("b", "NO SCROLL", "SELECT id FROM mine ORDER BY id"), "FETCH a",
        "UPDATE mine SET id = id + 10", declare("d", "SCROLL", "SELECT id FROM mine ORDER BY id"), "DELETE FROM mine", "FETCH ALL FROM a", "FETCH ALL FROM b", "FETCH ALL FROM d", "FETCH BACKWARD ALL FROM a", "FETCH BACKWARD ALL FROM d", "SELECT count(*) AS n FROM mine", "ROLLBACK",
    ],
    "one snapshot, several cursors, another session's commits": [
        On("other", "CREATE TABLE shared AS SELECT i::int4 AS id, 0 AS version FROM generate_series(1, 3000) AS t(i)"), "BEGIN ISOLATION LEVEL REPEATABLE READ", declare("a", "SCROLL", "SELECT id, version FROM shared ORDER BY id"), "FETCH 2 FROM a",
        On("other", "UPDATE shared SET version = 1"), declare("b", "NO SCROLL", "SELECT id, version FROM shared ORDER BY id DESC"), "FETCH 2 FROM b", On("other", "DELETE FROM shared WHERE id % 2 = 0"), "FETCH 3 FROM a", "FETCH 2 FROM b", "MOVE 2500 FROM a",
        declare("d", "SCROLL", "SELECT count(*) AS n, max(version) AS v FROM shared"), "FETCH d", "FETCH 3 FROM a", "FETCH ABSOLUTE 2 FROM a", "FETCH PRIOR FROM a", "COMMIT", "SELECT count(*) AS n, min(version) AS v FROM shared", On("other", "DROP TABLE shared"),
    ],
    "held, while another session writes": [
        On("other", "CREATE TABLE shared AS SELECT i::int4 AS id FROM generate_series(1, 3000) AS t(i)"), declare("a", "SCROLL", "SELECT id FROM shared ORDER BY id", hold=True), "FETCH 2 FROM a", On("other", "UPDATE shared SET id = id + 100000"), "FETCH 2 FROM a",
        On("other", "DROP TABLE shared"), "FETCH LAST FROM a", "FETCH ABSOLUTE 2000 FROM a", "CLOSE a",
    ],
    "statements between fetches": [
        "CREATE TEMP TABLE mine (id int4)", "BEGIN", declare("a", "SCROLL", MANY), "FETCH 2 FROM a", "SELECT count(*) AS n FROM many", declare("b", "NO SCROLL", MANY), "MOVE 3000 FROM b", "INSERT INTO mine VALUES (1)", "FETCH 2 FROM a", "FETCH 2 FROM b", "SELECT id FROM mine",
        "MOVE 4000 FROM a", "FETCH 2 FROM a", "FETCH ABSOLUTE 2049 FROM a", "FETCH ALL FROM b", "COMMIT", "SELECT id FROM mine",
    ],
    "the time zone changes between fetches": [
        "BEGIN", "SET LOCAL TIME ZONE 'UTC'", "DECLARE c SCROLL CURSOR FOR SELECT TIMESTAMPTZ '2024-01-01 00:00:00+00' AS t UNION ALL SELECT TIMESTAMPTZ '2024-07-01 00:00:00+00' ORDER BY t", "FETCH c", "SET LOCAL TIME ZONE 'Asia/Tokyo'", "FETCH c", "FETCH PRIOR FROM c", "COMMIT",
    ],
}  # fmt: skip
