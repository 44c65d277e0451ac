"""Results whose every row Python can compute, and how the protocol writes them: what cursors are declared for.

The texts and binary forms are the manual's (chapters 8 and 55); PostgreSQL is asked in every run whether they are right.
"""

import datetime
import decimal
import struct

EPOCH = datetime.datetime(2000, 1, 1)
START = datetime.datetime(2001, 2, 3, 4, 5, 6, 789000)


def numeric(value):
    """NUMERIC in binary: base 10,000 digits around the point, without zeros at either end."""
    sign, digits, exponent = value.as_tuple()
    text = "".join(map(str, digits))
    whole, fraction = (text[:exponent] or "0", text[exponent:]) if exponent else (text, "")
    whole = whole.zfill(-(-len(whole) // 4) * 4)
    groups = [int(whole[i : i + 4]) for i in range(0, len(whole), 4)]
    weight = len(groups) - 1
    fraction_padded = fraction.ljust(-(-len(fraction) // 4) * 4, "0")
    groups += [int(fraction_padded[i : i + 4]) for i in range(0, len(fraction_padded), 4)]
    while groups and groups[0] == 0:
        groups.pop(0)
        weight -= 1
    while groups and groups[-1] == 0:
        groups.pop()
    header = struct.pack("!hhHh", len(groups), weight if groups else 0, 0x4000 if sign else 0, len(fraction))
    return header + b"".join(struct.pack("!h", group) for group in groups)


class Kind:
    """A type: its OID, size and modifier in RowDescription, and a value's bytes in both formats."""

    def __init__(self, oid, size, modifier, text, binary):
        self.oid, self.size, self.modifier = oid, size, modifier
        self.encoders = (text, binary)


def plain(value):
    return str(value).encode()


INT4 = Kind(23, 4, -1, plain, struct.Struct("!i").pack)
INT8 = Kind(20, 8, -1, plain, struct.Struct("!q").pack)
TEXT = Kind(25, -1, -1, plain, plain)
BOOL = Kind(16, 1, -1, lambda value: b"t" if value else b"f", lambda value: b"\1" if value else b"\0")
FLOAT8 = Kind(701, 8, -1, lambda value: plain(int(value) if value == int(value) else value), struct.Struct("!d").pack)
NUMERIC = Kind(1700, -1, (12 << 16 | 2) + 4, plain, numeric)
DATE = Kind(1082, 4, -1, plain, lambda value: struct.pack("!i", (value - EPOCH.date()).days))
TIMESTAMP = Kind(
    1114, 8, -1, lambda value: value.isoformat(" ", "milliseconds").encode(),
    lambda value: struct.pack("!q", (value - EPOCH) // datetime.timedelta(microseconds=1)),
)  # fmt: skip

EVERY_TYPE = (
    ("id", INT4), ("big", INT8), ("label", TEXT), ("share", FLOAT8), ("amount", NUMERIC), ("day", DATE), ("moment", TIMESTAMP), ("flag", BOOL),
)  # fmt: skip

# The same columns in SQL that PostgreSQL and DuckDB both understand, of a row's number i.
EVERY_TYPE_SQL = """i::int4 AS id, CASE WHEN i % 11 = 0 THEN NULL ELSE i::int8 * 1000003 END AS big,
    CASE WHEN i % 7 = 0 THEN NULL ELSE 'row ' || i || ' ü' END AS label, (i * 0.25)::float8 AS share,
    (CASE WHEN i % 13 = 0 THEN NULL ELSE i % 1000 + 0.25 END)::numeric(12, 2) AS amount, DATE '2000-01-01' + i::int4 AS day,
    TIMESTAMP '2001-02-03 04:05:06.789' + i * INTERVAL '1 second' AS moment, i % 3 = 0 AS flag"""


def every_type(i):
    return (
        i,
        None if i % 11 == 0 else i * 1000003,
        None if i % 7 == 0 else f"row {i} ü",
        i * 0.25,
        None if i % 13 == 0 else decimal.Decimal(i % 1000) + decimal.Decimal("0.25"),
        EPOCH.date() + datetime.timedelta(days=i),
        START + datetime.timedelta(seconds=i),
        i % 3 == 0,
    )


class Source:
    """A query and its rows: value(i) is row i, from 1 to size."""

    def __init__(self, sql, columns, size, value):
        self.sql, self.columns, self.size, self.value = sql, columns, size, value
        self._bodies = {}

    def description(self, formats):
        """What wire.columns finds in the RowDescription."""
        return tuple((name, kind.oid, kind.size, kind.modifier, code) for (name, kind), code in zip(self.columns, self.codes(formats)))

    def codes(self, formats):
        """Bind's rule: none is all text, one is for all, else one for each column."""
        formats = formats or (0,)
        return tuple(formats) * len(self.columns) if len(formats) == 1 else tuple(formats)

    def encode(self, values, codes):
        out = [struct.pack("!h", len(values))]
        for value, (_, kind), code in zip(values, self.columns, codes):
            if value is None:
                out.append(b"\xff\xff\xff\xff")
            else:
                data = kind.encoders[code](value)
                out.append(struct.pack("!i", len(data)) + data)
        return b"".join(out)

    def bodies(self, rows, formats):
        """The DataRows of a range of row numbers, each encoded only once."""
        codes = self.codes(formats)
        kept = self._bodies.setdefault(codes, {})
        for i in rows:
            if i not in kept:
                kept[i] = self.encode(self.value(i), codes)
        return [kept[i] for i in rows]

    def check(self, got, rows, formats, memory):
        """None, or what is wrong with the DataRows of `rows`. `memory` is the cursor's own, for sources that need one."""
        del memory
        expected = self.bodies(rows, formats)
        if got == expected:
            return None
        at = next((i for i, pair in enumerate(zip(got, expected)) if pair[0] != pair[1]), min(len(got), len(expected)))
        return f"row {at} of {len(got)}, {len(expected)} expected: got {got[at : at + 1]}, expected {expected[at : at + 1]}"


class Versions(Source):
    """Rows that another session rewrites all the time, all in one transaction: a cursor sees one version of them."""

    def check(self, got, rows, formats, memory):
        from support import wire

        codes = self.codes(formats)
        values = [wire.row(body) for body in got]
        if [value[0] for value in values] != [INT4.encoders[codes[0]](i) for i in rows]:
            return f"rows {[value[0] for value in values]}, expected {rows}"
        versions = {int(v) if codes[1] == 0 else struct.unpack("!q", v)[0] for _, v in values} | set(memory)
        memory[:] = versions
        return None if len(versions) <= 1 else f"a cursor saw versions {sorted(versions)}"


def generated(size):
    return Source(f"SELECT {EVERY_TYPE_SQL} FROM generate_series(1, {size}) AS t(i) ORDER BY id", EVERY_TYPE, size, every_type)


VALUES = [(1, "one", True), (2, None, False), (3, "", None), (4, "quote ' \" \\", True), (5, "ü€𝄞", False), (6, "tab\t", True), (7, "end", None)]

ROWS = 10_007
BIG = 300_000
VERSIONS = 200

SOURCES = {
    "empty": Source("SELECT id, label FROM storm_rows WHERE id < 0 ORDER BY id", EVERY_TYPE[:1] + EVERY_TYPE[2:3], 0, every_type),
    "one": generated(1),
    "values": Source(
        "SELECT a::int4 AS a, b::text AS b, c::bool AS c FROM (VALUES "
        + ", ".join(f"""({a}, {"NULL" if b is None else "'" + b.replace("'", "''") + "'"}, {"NULL" if c is None else c})""" for a, b, c in VALUES)
        + ") AS v(a, b, c) ORDER BY a", (("a", INT4), ("b", TEXT), ("c", BOOL)), len(VALUES), lambda i: VALUES[i - 1],
    ),
    "hundred": generated(100),
    "table": Source("SELECT * FROM storm_rows ORDER BY id", EVERY_TYPE, ROWS, every_type),
    "big": Source("SELECT id, twice FROM storm_big ORDER BY id", (("id", INT4), ("twice", INT8)), BIG, lambda i: (i, 2 * i)),
    "series": Source(f"SELECT i::int4 AS i FROM generate_series(1, {BIG}) AS t(i)", (("i", INT4),), BIG, lambda i: (i,)),
    "versions": Versions("SELECT id, version FROM storm_versions ORDER BY id", (("id", INT4), ("version", INT8)), VERSIONS, None),
}  # fmt: skip


def from_row(first):
    """A query with a parameter, $1 = first; only the extended protocol can declare a cursor for it."""
    return Source("SELECT * FROM storm_rows WHERE id >= $1 ORDER BY id", EVERY_TYPE, ROWS + 1 - first, lambda i: every_type(first - 1 + i))


def own(table, numbers):
    """The rows that a session has put into its own table so far."""
    numbers = tuple(numbers)
    return Source(
        f"SELECT id, note FROM {table} ORDER BY id",
        (("id", INT4), ("note", TEXT)),
        len(numbers),
        lambda i: (numbers[i - 1], f"note {numbers[i - 1]}"),
    )


def set_up(own_tables):
    """The statements that make the tables, in both servers' SQL."""
    return [
        f"CREATE TABLE storm_rows AS SELECT {EVERY_TYPE_SQL} FROM generate_series(1, {ROWS}) AS t(i)",
        f"CREATE TABLE storm_big AS SELECT i::int4 AS id, i::int8 * 2 AS twice FROM generate_series(1, {BIG}) AS t(i)",
        f"CREATE TABLE storm_versions AS SELECT i::int4 AS id, 0::int8 AS version FROM generate_series(1, {VERSIONS}) AS t(i)",
        *(f"CREATE TABLE {table} (id int4, note text)" for table in own_tables),
    ]
