#!/usr/bin/env python3
"""Reads the tables of docs/reference/compatibility.md whose rows are statements, and asks both servers for the answers.

page.py --write POSTGRES_DSN SLUICE_DSN   writes today's answers into the page and drops the rows that agree.
A statement cell holds one or more steps, `create temp table t(a int); select 7/2`; the answer is that of the last step, or the
SQLSTATE of the first one that fails. The header says which part of the answer is compared: rows, names or types of the columns.
"""

import dataclasses
import re
import sys

import psycopg
from support import paths

PAGE = paths.ROOT / "docs" / "reference" / "compatibility.md"
HEADER = re.compile(r"^\| statement \| PostgreSQL 15(?P<part>| names| types) \| Sluice(?P=part) \|$")
COLUMNS = re.compile(r"(?<!\\)\|")
STEPS = re.compile(r";\s+")


@dataclasses.dataclass
class Row:
    line: int  # of the page, from 0
    part: str  # "rows", "names" or "types"
    statement: str
    postgres: str
    sluice: str

    def __str__(self):
        return f"| {quote(self.statement)} | {quote(self.postgres)} | {quote(self.sluice)} |"


def quote(text):
    return "`" + text.replace("|", "\\|") + "`"


def unquote(cell):
    return cell.strip().removeprefix("`").removesuffix("`").replace("\\|", "|")


def read_rows(text):
    rows = []
    part = None
    for number, line in enumerate(text.splitlines()):
        if header := HEADER.match(line):
            part = header["part"].strip() or "rows"
        elif not line.startswith("|"):
            part = None
        elif part and not line.startswith("|---"):
            statement, postgres, sluice = (unquote(cell) for cell in COLUMNS.split(line)[1:-1])
            rows.append(Row(number, part, statement, postgres, sluice))
    return rows


def show_value(value):
    return "NULL" if value is None else value.decode()


def show(result, part):
    """One line for a result of libpq."""
    if result.error_message:
        return result.error_field(psycopg.pq.DiagnosticField.SQLSTATE).decode()
    columns = range(result.nfields)
    if part == "names":
        return ", ".join(result.fname(column).decode() for column in columns)
    if part == "types":
        return ", ".join(str(result.ftype(column)) for column in columns)
    if result.status != psycopg.pq.ExecStatus.TUPLES_OK:
        return result.command_status.decode()
    rows = [", ".join(show_value(result.get_value(row, column)) for column in columns) for row in range(result.ntuples)]
    return re.sub(r"\s+", " ", "; ".join(rows)) or "no rows"


def ask(dsn, row):
    """The server's answer to the row's statement, on a connection of its own."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for step in STEPS.split(row.statement):
            result = connection.pgconn.exec_(step.encode())
            if result.error_message:
                break
        return show(result, row.part)


def rewrite(text, postgres_dsn, sluice_dsn):
    lines = text.splitlines()
    for row in read_rows(text):
        row.postgres, row.sluice = ask(postgres_dsn, row), ask(sluice_dsn, row)
        lines[row.line] = None if row.postgres == row.sluice else str(row)
    return "\n".join(line for line in lines if line is not None) + "\n"


if __name__ == "__main__":
    _, write, theirs, ours = sys.argv
    assert write == "--write"
    PAGE.write_text(rewrite(PAGE.read_text(), theirs, ours))
