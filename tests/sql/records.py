"""The format of .test files: reads them into records, unfolds loops, and writes expected answers back. README.md explains it.

Every mistake in a file is a FormatError with the line's number; nothing is skipped silently.
"""

import dataclasses
import re

MODES = ("simple", "extended", "binary")
SERVERS = ("postgres", "sluice")
SORTS = ("nosort", "rowsort", "valuesort")
MARK = "----"
TURNS_MAX = 1000

# A letter of a query's head stands for any of these types.
LETTERS = {
    "I": ("int2", "int4", "int8"),
    "R": ("float4", "float8", "numeric"),
    "T": ("text", "varchar", "bpchar", "name", "char"),
    "B": ("bool",),
    "D": ("date", "time", "timetz", "timestamp", "timestamptz", "interval"),
    "X": ("bytea",),
    "J": ("json", "jsonb"),
    "U": ("uuid",),
    "A": ("bool[]", "int2[]", "int4[]", "int8[]", "float4[]", "float8[]", "numeric[]", "text[]", "varchar[]", "date[]", "timestamp[]", "uuid[]"),
}
OIDS = {
    "bool": 16, "bytea": 17, "char": 18, "name": 19, "int8": 20, "int2": 21, "int4": 23, "text": 25, "oid": 26, "json": 114,
    "float4": 700, "float8": 701, "bpchar": 1042, "varchar": 1043, "date": 1082, "time": 1083, "timestamp": 1114, "timestamptz": 1184,
    "interval": 1186, "timetz": 1266, "numeric": 1700, "uuid": 2950, "jsonb": 3802,
    "xml": 142, "point": 600, "money": 790, "inet": 869, "bit": 1560, "varbit": 1562, "regclass": 2205, "regtype": 2206, "record": 2249, "void": 2278,
    "bool[]": 1000, "int2[]": 1005, "int4[]": 1007, "text[]": 1009, "varchar[]": 1015, "int8[]": 1016, "float4[]": 1021, "float8[]": 1022,
    "timestamp[]": 1115, "date[]": 1182, "numeric[]": 1231, "uuid[]": 2951,
}  # fmt: skip

NAME = re.compile(r"[a-z_][a-z0-9_]*")
SQLSTATE = re.compile(r"[0-9A-Z]{5}")
VARIABLE = re.compile(r"\$\{(\w+)\}|\$([a-z_][a-z0-9_]*)")
ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
UNESCAPES = {"\\": "\\", "t": "\t", "n": "\n", "r": "\r", "s": " ", "N": "N", "(": "("}


class FormatError(ValueError):
    def __init__(self, path, line, message):
        super().__init__(f"{path}:{line}: {message}")


@dataclasses.dataclass(frozen=True)
class Record:
    """One statement and what it has to come to. Lines count from 1."""

    line: int
    kind: str  # statement, query, copy in, copy out
    sql: str
    error: str = ""  # SQLSTATE that a statement has to fail with
    tag: str = ""  # command tag; empty: any
    types: tuple = ()  # of each column, the names of the allowed types
    sort: str = "nosort"
    rows: tuple = ()  # lines after the mark, as they stand in the file
    rows_line: int = 0  # of the mark; 0: there is none
    connection: str = "main"
    only: str = ""  # the one server that runs it
    skipped: tuple = ()  # modes that leave it out
    prepared: tuple = ()  # (parse | bind | close, name, value...): a message of the extended protocol in place of a query


@dataclasses.dataclass(frozen=True)
class Loop:
    line: int
    variable: str
    values: tuple
    body: tuple


def write_value(value):
    """A column's text, or None, as it stands in a file."""
    if value is None:
        return "NULL"
    if value == "":
        return "(empty)"
    text = "".join(ESCAPES.get(c, c) for c in value)
    if text in ("NULL", "(empty)"):
        return "\\" + text
    if text.startswith(" "):
        text = "\\s" + text[1:]
    if text.endswith(" "):
        text = text[:-1] + "\\s"
    return text


def read_value(word):
    """The opposite of write_value; ValueError at an unknown escape."""
    if word == "NULL":
        return None
    if word == "(empty)":
        return ""
    pieces, rest = [], iter(word)
    for c in rest:
        if c == "\\":
            following = next(rest, "")
            if following not in UNESCAPES:
                raise ValueError(f"unknown escape \\{following}")
            c = UNESCAPES[following]
        pieces.append(c)
    return "".join(pieces)


def write_row(values):
    return "\t".join(map(write_value, values))


def read_row(line):
    return tuple(map(read_value, line.split("\t")))


def arrange(rows, sort):
    """Rows in the order in which they are compared and written."""
    if sort == "valuesort":
        return sorted([(value,) for row in rows for value in row], key=write_row)
    return sorted(rows, key=write_row) if sort == "rowsort" else list(rows)


def substitute(text, variables):
    def value(match):
        return variables.get(match[1] or match[2], match[0])

    return VARIABLE.sub(value, text) if variables else text


def unfold(nodes, variables=None):
    """Each record with the loop variables of its turn."""
    variables = variables or {}
    for node in nodes:
        if isinstance(node, Record):
            yield node, variables
        else:
            for value in node.values:
                yield from unfold(node.body, {**variables, node.variable: value})


def count(nodes):
    """Records as they are written: the turns of a loop do not count."""
    return sum(1 if isinstance(node, Record) else count(node.body) for node in nodes)


def rewrite(text, changes):
    """The file's text with new heads and new rows: changes are (record, head or None, rows or None)."""
    lines = text.split("\n")
    for record, head, rows in sorted(changes, key=lambda change: -change[0].line):
        if rows is not None:
            begin = record.rows_line or record.line + len(record.sql.splitlines()) + 1
            lines[begin - 1 : begin + len(record.rows) if record.rows_line else begin - 1] = [MARK, *rows]
        if head is not None:
            lines[record.line - 1] = head
    return "\n".join(lines)
