"""Runs the records of a file on one server in one mode, and complains about each answer that is not as the file has it.

Modes: simple (a Query message), extended (Parse, Bind, Describe, Execute with text results), binary (the same with binary results, which
are decoded). Every read has a deadline on this side, and every statement one on the server's.
"""

import dataclasses

import binary_values
from records import OIDS, arrange, read_row, rewrite, substitute, unfold, write_row
from support import wire

SECONDS = 30  # of silence, before a server counts as hung
STARTUP = {"statement_timeout": "15000", "TimeZone": "UTC", "application_name": "sql tests"}


@dataclasses.dataclass
class Answer:
    error: str = ""  # SQLSTATE
    message: str = ""
    tag: str = ""
    types: tuple | None = None  # OIDs; None: the server described no rows
    rows: tuple = ()
    data: tuple = ()  # lines of COPY TO STDOUT


class Player:
    """The connections of one file to one server."""

    def __init__(self, server, database, mode):
        self.server = server
        self.database = database
        self.mode = mode
        self.connections = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for connection in self.connections.values():
            connection.close()

    def connection(self, name):
        if name not in self.connections:
            self.connections[name] = wire.Connection(self.server, seconds=SECONDS, database=self.database, **STARTUP)
        return self.connections[name]

    def play(self, record, variables):
        """The server's answer to a record."""
        connection = self.connection(record.connection)
        sql = substitute(record.sql, variables)
        if record.kind == "copy in":
            messages = self.copy_in(connection, sql, [substitute(line, variables) for line in record.rows])
        elif record.prepared:
            messages = connection.run(*self.message(record, sql, variables), wire.SYNC)
        elif self.mode == "simple":
            messages = connection.query(sql)
        else:
            messages = connection.run(wire.parse(sql), *self.portal("", ()), wire.SYNC)
        return self.answer(messages, connection)

    def portal(self, statement, values):
        results = (1,) if self.mode == "binary" else ()
        values = [None if value is None else value.encode() for value in values]
        return wire.bind(statement=statement, values=values, results=results), wire.describe("P"), wire.execute()

    def message(self, record, sql, variables):
        action, name, *values = record.prepared
        if action == "parse":
            return (wire.parse(sql, name),)
        if action == "close":
            return (wire.close("S", name),)
        return self.portal(name, [value and substitute(value, variables) for value in values])

    def copy_in(self, connection, sql, lines):
        """Sends the lines once the server asks for them."""
        simple = self.mode == "simple"
        if simple:
            connection.send(wire.query(sql))
        else:
            connection.send(wire.parse(sql), wire.bind(), wire.execute(), wire.FLUSH)
        seen = []
        while not seen or seen[-1][0] not in (b"G", b"E", b"Z", b""):
            seen.append(connection.receive())
        if seen[-1][0] == b"G":
            data = "".join(line + "\n" for line in lines).encode()
            connection.send(wire.packet(b"d", data), wire.packet(b"c"))
        if not simple:
            connection.send(wire.SYNC)
        return seen + (connection.until_ready() if seen[-1][0] in (b"G", b"E") else [])

    def answer(self, messages, connection):
        if messages[-1][0] != b"Z":
            raise ConnectionError("the server closed the connection")
        error = wire.first_error(messages) or {}
        described = [wire.columns(body) for kind, body in messages if kind == b"T"]
        if len(described) > 1:
            raise ValueError("more than one result with rows")
        columns = described[0] if described else ()
        zone = connection.parameters.get("TimeZone", "UTC")
        data = b"".join(body for kind, body in messages if kind == b"d").decode()
        return Answer(
            error.get("C", ""),
            error.get("M", ""),
            "; ".join(wire.tags(messages)),
            tuple(column.oid for column in columns) if described else None,
            tuple(self.texts(columns, row, zone) for row in wire.rows(messages)),
            tuple(data.removesuffix("\n").split("\n")) if data else (),
        )

    def texts(self, columns, row, zone):
        def text(column, value):
            if value is None:
                return None
            return binary_values.decode(column.oid, value, zone) if column.format else value.decode()

        return tuple(map(text, columns, row))


def complaint(record, variables, answer):
    """The complaint about an answer, or an empty text."""
    if answer.error:
        said = f"{answer.error} {answer.message}"
        return "" if answer.error == record.error else f"expected {f'error {record.error}' if record.error else 'no error'}, got error {said}"
    if record.error:
        return f"expected error {record.error}, got {answer.tag or 'no error'}"
    if record.kind == "query":
        return complaint_of_rows(record, variables, answer)
    if answer.types is not None:
        return "expected no rows: a query record checks them"
    if record.kind == "copy out":
        return compare([substitute(line, variables) for line in record.rows], answer.data, record)
    tag = substitute(record.tag, variables)
    return "" if tag in ("", answer.tag) else f"expected {tag}, got {answer.tag}"


def complaint_of_rows(record, variables, answer):
    if answer.types is None:
        return f"expected rows, got {answer.tag or 'none'}"
    if len(answer.types) != len(record.types):
        return f"expected {len(record.types)} columns, got {len(answer.types)}"
    for number, (names, oid) in enumerate(zip(record.types, answer.types), 1):
        if oid not in [OIDS[name] for name in names]:
            return f"expected the type {' or '.join(names)} of column {number}, got {binary_values.NAMES.get(oid, oid)}"
    expected = [read_row(substitute(line, variables)) for line in record.rows]
    return compare(list(map(write_row, arrange(expected, record.sort))), lines_of(record, answer), record)


def lines_of(record, answer):
    """An answer's rows as a file has them."""
    return list(answer.data) if record.kind == "copy out" else list(map(write_row, arrange(answer.rows, record.sort)))


def compare(expected, got, record):
    if not record.rows_line:
        return f"expected nothing yet (--write fills it in), got {len(got)} lines"
    if list(expected) == list(got):
        return ""
    return "\n".join(["expected", *(f"    {line}" for line in expected), "got", *(f"    {line}" for line in got)])


def applies(record, kind, mode):
    return record.only in ("", kind) and mode not in record.skipped


def play(nodes, server, kind, database, mode, path="?"):
    """Complaints about a server (kind: postgres or sluice), one text each; none when it answers as the file has it."""
    complaints = []
    with Player(server, database, mode) as player:
        for record, variables in unfold(nodes):
            if not applies(record, kind, mode):
                continue
            try:
                wrong = complaint(record, variables, player.play(record, variables))
            except ValueError as error:  # a value that its type cannot have, or two results
                wrong = f"{type(error).__name__}: {error}"
            except OSError as error:
                return [*complaints, describe(path, record, variables, kind, mode, f"the connection is lost: {error!r}")]
            if wrong:
                complaints.append(describe(path, record, variables, kind, mode, wrong))
    return complaints


def describe(path, record, variables, kind, mode, wrong):
    sql = substitute(record.sql, variables) or " ".join(map(str, record.prepared))
    turn = "".join(f", {name} = {value}" for name, value in variables.items())
    return f"{path}:{record.line}: {kind}, {mode}{turn}\n{sql}\n{wrong}\n"


def write(nodes, text, server, database):
    """The file's text with PostgreSQL's tags, SQLSTATEs and rows. In a loop the first turn is written; right answers stay."""
    changes, seen = [], set()
    with Player(server, database, "simple") as player:
        for record, variables in unfold(nodes):
            if record.only == "sluice":
                continue
            answer = player.play(record, variables)
            change = None if record.line in seen else new_text(record, variables, answer)
            seen.add(record.line)
            if change:
                changes.append((record, *change))
    return rewrite(text, changes)


def new_text(record, variables, answer):
    """(head, rows) to write, each or all of them None to leave what is there. An unexpected error, or number of columns, is never written."""
    if bool(answer.error) != bool(record.error) or record.kind == "query" and len(answer.types or ()) != len(record.types):
        return None
    right = not complaint(record, variables, answer)
    if record.kind in ("query", "copy out"):
        return None if right else (None, lines_of(record, answer))
    if right and (record.tag or record.error):
        return None
    return f"{record.kind} {f'error {answer.error}' if answer.error else f'ok {answer.tag}'}".rstrip(), None
