"""Declared and undeclared parameters: PostgreSQL 15 beside us takes the same values, stores the same, refuses the same."""

import struct

import pytest
from support import wire

# A value or more of each type that drivers declare.
VALUES = {
    "bool": ["t", "f"],
    "bytea": ["\\x01ff", "\\x"],
    '"char"': ["a"],
    "name": ["zoë"],
    "int2": ["7", "-32768"],
    "int4": ["70000", "-2147483648"],
    "int8": ["3000000000", "9007199254740993", "-12"],
    "oid": ["26", "4000000000"],
    "text": ["x", "12"],
    "varchar": ["ünï"],
    "bpchar": ["ab  "],
    "json": ['{"a": [1, null]}'],
    "jsonb": ['{"a": [1, null]}'],
    "float4": ["1.5", "2.5", "-3.5", "1e20", "0.1", "NaN"],
    "float8": ["1.5", "2.5", "-0.5", "123456.789", "1e300", "0.1", "NaN", "-Infinity"],
    "numeric": ["1.25", "2.5", "-3.5", "10.0", "0.00005", "70000", "12345678901234567890.5", "NaN"],
    "date": ["2024-02-29", "0044-03-15 BC", "infinity"],
    "time": ["12:34:56.789012", "24:00:00"],
    "timetz": ["12:34:56+05:30"],
    "timestamp": ["2024-07-01 23:30:00.123456", "1969-12-31 23:59:59.999999", "-infinity"],
    "timestamptz": ["2024-07-01 23:30:00+00", "2024-12-31 23:30:00+00", "infinity"],
    "interval": ["1 year 2 mons 3 days 04:05:06.7", "-1 hour"],
    "uuid": ["01234567-89ab-cdef-0123-456789abcdef"],
    "bit": ["1"],
    "varbit": ["10110"],
}
COLUMNS = [
    "smallint", "integer", "bigint", "numeric(12,4)", "real", "double precision", "text", "varchar", "boolean", "date", "time",
    "timestamp", "timestamptz", "interval", "uuid", "bytea", "json", "timetz",
]  # fmt: skip
PLACES = {
    "insert": "insert into assigned (k, c{i}) values ({k}, $1)",
    "insert without a list": "insert into only_{i} values ($1, {k})",
    "insert select": "insert into assigned (k, c{i}) select {k}, $1",
    "update": "update assigned set c{i} = $1 where k = -{k}",
    "on conflict": "insert into assigned (k) values (-{k}) on conflict (k) do update set c{i} = $1",
}
CASES_OF_A_VALUE = [(i, place) for i in range(len(COLUMNS)) for place in PLACES]
# What DuckDB's types cannot hold; each is in docs/reference/compatibility.md.
NOT_HELD = {("numeric(12,4)", "NaN")}


class Side:
    """One of the two servers: a connection, and what it answers."""

    def __init__(self, server, user="postgres"):
        self.connection = wire.Connection(server, database=server.database, user=user)
        self.query("set timezone = 'Europe/Berlin'")

    def query(self, sql):
        messages = self.connection.query(sql)
        assert wire.first_error(messages) is None, (sql, wire.first_error(messages))
        return wire.rows(messages)

    def ask(self, sql, types=(), values=(), formats=(), results=()):
        """(types of the parameters, SQLSTATE or None, rows)"""
        messages = self.connection.run(
            wire.parse(sql, types=types), wire.describe("S"), wire.bind(values=values, formats=formats, results=results), wire.execute(), wire.SYNC
        )
        described = next((struct.unpack(f"!{(len(body) - 2) // 4}I", body[2:]) for kind, body in messages if kind == b"t"), None)
        failed = wire.first_error(messages)
        return described, failed and failed["C"], wire.rows(messages)


@pytest.fixture(scope="module")
def sides(server, postgres):
    ours, theirs = Side(server), Side(postgres)
    yield ours, theirs
    for side in (ours, theirs):
        side.connection.close()


@pytest.fixture(scope="module")
def oids(sides):
    return {name: int(sides[1].query(f"select '{name}'::regtype::oid")[0][0]) for name in VALUES}


@pytest.fixture(scope="module")
def tables(sides):
    for side in sides:
        columns = ", ".join(f"c{i} {column}" for i, column in enumerate(COLUMNS))
        side.query(f"create temp table assigned (k integer primary key, {columns})")
        for i, column in enumerate(COLUMNS):
            side.query(f"create temp table only_{i} (c{i} {column}, k integer)")


def stored(side, oid, value, binary):
    """What is in the column afterwards, or the SQLSTATE of the refusal, for all places and columns."""
    side.query("begin")
    side.query(f"insert into assigned (k) select -k from generate_series(1, {len(CASES_OF_A_VALUE)}) as s(k)")
    side.query("commit")
    for k, (i, place) in enumerate(CASES_OF_A_VALUE, 1):
        sql = PLACES[place].format(i=i, k=k)
        side.connection.send(wire.parse(sql, types=[oid]), wire.bind(values=[value], formats=[binary]), wire.execute(), wire.SYNC)
    errors = [wire.first_error(side.connection.until_ready()) for _ in CASES_OF_A_VALUE]
    columns = ", ".join(f"c{i}" for i in range(len(COLUMNS)))
    rows = {abs(int(row[0])): row[1:] for row in side.query(f"select k, {columns} from assigned order by k")}
    for i in range(len(COLUMNS)):
        for row in side.query(f"select k, c{i} from only_{i}"):
            rows[int(row[0])] = (None,) * i + row[1:]
        side.query(f"delete from only_{i}")
    side.query("delete from assigned")
    return [error["C"] if error else rows[k][i] for k, ((i, _), error) in enumerate(zip(CASES_OF_A_VALUE, errors), 1)]


@pytest.mark.parametrize("type_name", VALUES)
def test_declared_types_convert_by_assignment_casts(sides, tables, oids, type_name):
    ours, theirs = sides
    differences = []
    for value in VALUES[type_name]:
        binary = theirs.ask(f"select $1::{type_name}", [25], [value.encode()], [0], [1])[2][0][0]
        for form, data in ((0, value.encode()), (1, binary)):
            answers = zip(CASES_OF_A_VALUE, *(stored(side, oids[type_name], data, form) for side in (ours, theirs)))
            for (i, place), got, wanted in answers:
                if got != wanted and (COLUMNS[i], value) not in NOT_HELD:
                    differences.append((place, COLUMNS[i], value, "binary" if form else "text", got, wanted))
    assert differences == []


def test_the_matrix_has_all_pairs_that_postgresql_takes(sides):
    """pg_cast is the measure: a pair with a cast by assignment, or to text, is stored; each other one is 42804."""
    pairs = sides[1].query(
        "select count(*) from pg_cast where castcontext in ('a', 'i') and castsource <> casttarget and castsource::regtype::text = any("
        "array['boolean', 'bytea', '\"char\"', 'name', 'smallint', 'integer', 'bigint', 'oid', 'real', 'double precision', 'numeric', 'date',"
        "'time without time zone', 'time with time zone', 'timestamp without time zone', 'timestamp with time zone', 'interval', 'jsonb', 'json'])"
        "and casttarget::regtype::text = any(array['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision', 'date',"
        "'time without time zone', 'time with time zone', 'timestamp without time zone', 'timestamp with time zone', 'interval', 'json'])"
    )
    assert pairs == [(b"46",)]  # the entries of engines/duckdb/values/assignment_casts.cpp for these types


INT2, INT4, INT8, TEXT, NUMERIC, FLOAT8 = 21, 23, 20, 25, 1700, 701


def be(layout, *values):
    return struct.pack("!" + layout, *values)


def array(oid, *elements):
    """One dimension, binary."""
    head = be("iiIii", 1, int(None in elements), oid, len(elements), 1)
    return head + b"".join(be("i", -1) if each is None else be("i", len(each)) + each for each in elements)


def longs(*numbers):
    return array(INT8, *(None if number is None else be("q", number) for number in numbers))


TWO = be("iiIiiii", 2, 0, INT4, 2, 1, 2, 1) + b"".join(be("ii", 4, each) for each in (1, 2, 3, 4))
EMPTY = be("iiI", 0, 0, INT8)

# Each runs on both servers, after `setting`; types, SQLSTATE and rows must be equal.
SETTING = [
    "create temp table p (i integer, b bigint, si smallint, n numeric(12,4), f double precision, s varchar, t text, d date, ts timestamp, u uuid)",
    "insert into p values (1, 10, 100, 1.5, 0.5, 'a', 'ta', '2024-01-01', '2024-01-01 10:00', '00000000-0000-0000-0000-000000000001'), "
    "(2, 20, 200, 2.5, 1.5, 'b c', 'tb', '2024-01-02', '2024-01-02 10:00', '00000000-0000-0000-0000-000000000002'), "
    "(3, 30, 300, 3.5, 2.5, 'd,\"e\"', 'tc', '2024-01-03', '2024-01-03 10:00', '00000000-0000-0000-0000-000000000003')",
    "create temp table q (i integer primary key, n numeric(12,4), t text, b bigint, a integer[])",
]
ALL_Q = "select i, n, t, b, a from q order by i"
CASES = [
    # Several columns, rows, DEFAULT, RETURNING.
    ("insert into q (i, n) values ($1, $2), ($3, default) returning i, n", [INT2, INT2, INT8], [b"1", b"2", b"3"]),
    ("insert into q values ($1, $2, $3, $4, null)", [INT8, FLOAT8, INT4, INT2], [b"1", b"2.5", b"3", b"4"]),
    ("insert into q (i, n, t) values ($1, $1, $1)", [INT2], [b"5"]),
    ("insert into q (i, n, t) values ($1, $1, $1)", [], [b"5"]),
    ("insert into q (t, i) values ($1, $1)", [], [b"5"]),
    ("insert into q (i, n) values (($1), (($2)))", [INT2, INT4], [b"5", b"6"]),
    ("insert into q (i, b) values ($1, $2 + 1)", [INT2, INT2], [b"5", b"6"]),
    ("insert into q (i, b) values (-$1, coalesce($2, 0))", [INT2, INT4], [b"5", None]),
    ("insert into q (i, t) values ($1, case when $2 then $3 else 'no' end)", [INT2, 16, TEXT], [b"5", b"t", b"yes"]),
    ("insert into q (i, t) values ($1::int, $1::int::text)", [], [b"5"]),
    ("insert into q (i, t) values ($1, $2)", [INT2, TEXT], [None, b"x"]),
    ("insert into q (i, t) values ($1, $2)", [INT2, INT2], [b"1", None]),
    ("insert into q (i) values ($1)", [TEXT], [b"1"]),
    ("insert into q (i) values ($1)", [], [b"x"]),
    ("insert into q (i) values ($1)", [705], [b"12"]),
    ("insert into q (i) values ($1)", [16], [b"t"]),
    ("insert into q (i) values ($1)", [INT8], [b"3000000000"]),
    ("insert into q (i) values ($1)", [INT4], [b"\0\1"], [1]),
    ("insert into q (i) values ($1)", [INT4], [b"\0\0\0\0\1"], [1]),
    ("insert into q (i, a) values (1, $1)", [1007], [array(INT4, b"\0\1")], [1]),
    ("insert into q (i, a) values (1, $1)", [1016], [b"{1,2,NULL}"]),
    ("insert into q (i, a) values (1, $1)", [1009], [b"{1,2}"]),
    ("insert into q (i, a) values (1, $1)", [], [b"{1,2}"]),
    ("insert into q (i, t) values (1, $1)", [1009], [b'{a,"b c",NULL,""}']),
    # INSERT ... SELECT, and VALUES inside of it.
    ("insert into q (i, n, t) select i, $1, $2 from p where b = $3", [INT2, INT4, INT2], [b"7", b"8", b"20"]),
    ("insert into q (i, n) select i, $1 from p order by i limit $2", [], [b"7.25", b"2"]),
    ("insert into q (i, n) select distinct $1, $2 from p", [INT8, INT2], [b"7", b"8"]),
    ("insert into q (i, n) select x, y from (values ($1, $2)) v(x, y)", [INT2, INT8], [b"7", b"8"]),
    ("insert into q (i, n) with w as (select $1 as x) select x, $2 from w", [INT2, INT4], [b"7", b"8"]),
    ("with w as (values ($1)) insert into q (i) select * from w", [INT2], [b"7"]),
    ("insert into q (i) select $1 union all select 9", [INT2], [b"7"]),
    ("insert into q (i) select sum(i) + $1 from p", [INT2], [b"7"]),
    # ON CONFLICT.
    ("insert into q (i) values (1)", [], []),
    ("insert into q (i, b) values ($1, $2) on conflict (i) do update set b = $2, n = excluded.b", [INT2, INT2], [b"1", b"9"]),
    ("insert into q (i) values (1) on conflict (i) do update set (b, n) = ($1, $2)", [INT2, INT2], [b"4", b"5"]),
    ("insert into q (i) values (1) on conflict (i) do update set b = q.b + $1", [INT2], [b"4"]),
    ("insert into q (i) values (1) on conflict (i) do update set b = $1 where q.i = $2", [INT2, INT2], [b"4", b"1"]),
    # UPDATE.
    ("update p set i = i + $1, b = coalesce($2, 0), n = n * $3 returning i, b, n", [INT2, INT4, INT2], [b"1", b"5", b"2"]),
    ("update p set i = i + $1 where b > $2 returning i", [], [b"1", b"10"]),
    ("update p set (i, n) = ($1, $2), f = $3 where b = $4 returning i, n, f", [INT8, INT2, NUMERIC, INT2], [b"1", b"5", b"0.25", b"20"]),
    ("update p set (i, n) = row($1, $2) where b = 20 returning i, n", [INT8, INT2], [b"1", b"5"]),
    ("update p set i = $1 where i = $1 returning i", [INT2], [b"2"]),
    ("update p set n = $1 where i = $1 returning n", [], [b"2"]),
    (
        "update p set d = $1, ts = $2, t = $3 where i = 1 returning d, ts, t",
        [1114, 1082, 1114],
        [b"2024-05-06 07:08:09", b"2024-05-06", b"2024-05-06 07:08:09"],
    ),
    ("update p set i = default, t = $1 where i = 1 returning i, t", [INT2], [b"3"]),
    ("update p set i = case when b = 10 then $1 else i end, t = $2 returning i, t", [INT2, INT2], [b"77", b"3"]),
    ("update p set i = $1", [FLOAT8], [b"2.5"]),
    ("update p set i = $1", [NUMERIC], [b"2.5"]),
    ("update p set i = f + $1 returning i", [FLOAT8], [b"0"]),
    ("update p set si = $1", [INT4], [b"70000"]),
    ("update p set s = $1, t = $2 where i = 1 returning s, t", [FLOAT8, 16], [b"1.0", b"t"]),
    # Conditions, lists, limits.
    ("select i from p where i = $1", [INT2], [b"2"]),
    ("select i from p where n >= $1 order by i", [NUMERIC], [b"2.50001"]),
    ("select i from p where n = $1 or f = $1 or i = $1", [NUMERIC], [b"2.5"]),
    ("select i from p where i in ($1, $2) order by i", [INT2, INT8], [b"1", b"3"]),
    ("select i from p where i between $1 and $2 order by i", [INT2, INT2], [b"2", b"3"]),
    ("select i from p order by i limit $1 offset $2", [INT2, INT2], [b"1", b"1"]),
    ("select i from p order by i limit $1 offset $2", [INT4, INT4], [b"1", b"1"]),
    ("select i + $1 from p order by 1", [INT8], [b"3000000000"]),
    ("select s || $1 from p where i = 1", [], [b"y"]),
    ("select i from p where s like $1", [1043], [b"b%"]),
    ("select i from p where d = $1 and ts > $2", [1082, 1082], [b"2024-01-02", b"2024-01-01"]),
    ("select i from p where $1 = $2 order by i", [INT2, INT4], [b"2", b"2"]),
    ("select i, count(*) from p where b > $1 group by i having count(*) = $2 order by i", [INT2, INT2], [b"10", b"1"]),
    ("select coalesce($1, i) from p order by i", [INT2], [None]),
    ("select $1::int + $2", [], [b"1", b"2"]),
    ("select cast(cast($1 as integer) as varchar)", [], [b"12"]),
    ("select $1::int8::text", [INT4], [b"12"]),
    # ANY, ALL and unnest.
    ("select i from p where i = any($1) order by i", [], [b"{1,3,NULL}"]),
    ("select i from p where b = any($1) order by i", [], [b"{10,30}"]),
    ("select i from p where s = any($1) order by i", [], [b'{a,"d,\\"e\\"",NULL}']),
    ("select i from p where t = any($1) order by i", [], [b"{ta}"]),
    ("select i from p where n = any($1) order by i", [], [b"{1.5,2.50}"]),
    ("select i from p where d = any($1) order by i", [], [b"{2024-01-01,2024-01-03}"]),
    ("select i from p where u = any($1) order by i", [], [b"{00000000-0000-0000-0000-000000000002}"]),
    ("select i from p where i <> all($1) order by i", [], [b"{1,3}"]),
    ("select i from p where i > all($1) order by i", [], [b"{1}"]),
    ("select i from p where i = some($1) order by i", [], [b"{}"]),
    ("select i from p where not (i = any($1)) order by i", [], [b"{1}"]),
    ("select i from p where i = any($1) and s = any($2)", [], [b"{1,2}", b"{a}"]),
    ("select i from p where lower(s) = any($1) order by i", [], [b"{a}"]),
    ("select i from p where b = any($1) order by i", [1007], [b"{10,20}"]),
    ("select i from p where i = any($1) order by i", [1016], [longs(1, None, 3)], [1]),
    ("select i from p where i = any($1) order by i", [1016], [EMPTY], [1]),
    ("select i from p where s = any($1) order by i", [1009], [array(TEXT, b"b c", b'd,"e"')], [1]),
    ("select i from p where s = any($1) order by i", [1015], [array(1043, b"b c")], [1]),
    ("select i from p where n = any($1) order by i", [1231], [b"{1.5,3.50000}"]),
    ("select i from p where b <> all($1) order by i", [1007], [array(INT4, be("i", 10), be("i", 20))], [1]),
    ("select i from p where i = any($1::int[]) order by i", [], [b"{1,2}"]),
    ("select i from p where i = any(cast($1 as int8[])) order by i", [1016], [longs(2)], [1]),
    ("select i from p where i in (select unnest($1)) order by i", [1016], [longs(1, 3)], [1]),
    ("select i from p where i = any((select $1)::int[]) order by i", [1007], [b"{1,2}"]),
    ("select i from p where u = any($1) order by i", [2951], [b"{00000000-0000-0000-0000-000000000002}"]),
    ("select i from p where d = any($1) order by i", [1182], [b"{2024-01-01}"]),
    ("delete from p where i = any($1) returning i", [], [b"{1,2}"]),
    ("update p set t = $1 where i = any($2) returning t", [INT2, 1016], [b"1", b"{3}"]),
    ("select $1::int4[]", [1007], [b"{1,2,NULL}"]),
    ("select $1::int4[]::text", [1007], [TWO], [1]),
    ("select $1::text[]::text || $2", [], [b'{{a,"b c"},{NULL,""}}', b"!"]),
    ("select i from p where s = any($1::text[]) or $1::text[]::text = $2", [], [b"{a}", b"{a}"]),
    ("insert into q (i, n) values ($1, 1), (2, $1)", [], [b"1"]),
    ("update q set n = $1, b = $1", [], [b"1"]),
    ("update q set n = $1 where b = $2 and i = $1", [], [b"1", b"1"]),
]


def case_id(case):
    sql, types, *_ = case
    return f"{sql} {types}"


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_parameters_mean_what_they_mean_in_postgresql(sides, case):
    sql, types, values, *formats = case
    answers = []
    for side in sides:
        side.query("begin")
        for each in SETTING:
            side.query(each)
        if "on conflict" in sql:
            side.query("insert into q (i, b) values (1, 2)")
        answer = side.ask(sql, types, values, *formats)
        after = None if answer[1] else side.query(ALL_Q)
        side.query("rollback")
        answers.append((answer[0] if not answer[1] else None, answer[1], sorted(answer[2]) if "returning" in sql else answer[2], after))
    assert answers[0] == answers[1]


MERGES = [
    "merge into p using (select $1 as k) x on p.i = x.k when matched then update set b = $2, n = $3 when not matched then insert (i, t) values ($4, $5)",
]


@pytest.mark.parametrize("sql", MERGES)
def test_merge_assigns(sides, sql):
    for key in (b"1", b"9"):
        answers = []
        for side in sides:
            side.query("begin")
            for each in SETTING:
                side.query(each)
            answer = side.ask(sql, [INT2, INT2, INT8, INT2, INT4], [key, b"5", b"6", b"7", b"8"])
            answers.append((answer, side.query("select i, b, n, t from p order by i, b") if not answer[1] else None))
            side.query("rollback")
        assert answers[0] == answers[1]


def test_a_refusal_names_the_column_as_postgresql_does(sides):
    answers = []
    for side in sides:
        side.query("begin")
        side.query(SETTING[2])
        messages = side.connection.run(wire.parse("insert into q (n, i) values (1, $1)", types=[TEXT]), wire.SYNC)
        answers.append({key: value for key, value in wire.first_error(messages).items() if key in "CMHP"})
        side.query("rollback")
    assert answers[0] == answers[1]


def test_a_statement_is_not_planned_again_for_each_execution(server, sides):
    """Values of other types than the columns', NULLs among them, are bound as the plan wants them."""
    ours = sides[0]
    ours.query("create temp table many (i integer, n numeric(12,4), t text)")
    run = ours.connection.run
    run(wire.parse("insert into many values ($1, $2, $3)", "many", [INT2, FLOAT8, INT8]), wire.SYNC)
    for i in range(200):
        values = [str(i).encode(), None if i % 3 else b"1.5", str(i).encode()]
        assert wire.first_error(run(wire.bind("", "many", values), wire.execute(), wire.SYNC)) is None
    assert ours.query("select count(*), sum(i), count(n), max(t) from many") == [(b"200", b"19900", b"67", b"99")]
    run(wire.close("S", "many"), wire.SYNC)
    ours.query("drop table many")
