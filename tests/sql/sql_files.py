"""Whole .test files: where they are, both servers' answers to them, PostgreSQL's answers written into them, gaps that are closed."""

import dataclasses
import pathlib

import runner
from reading import read
from records import MODES, Loop

FOLDER = pathlib.Path(__file__).resolve().parent


def files():
    return sorted(FOLDER.glob("**/*.test"))


def play(path, nodes, mode, servers):
    """Complaints about servers, each emptied before."""
    complaints = []
    for each in servers:
        each.empty()
        complaints += runner.play(nodes, each.server, each.kind, each.database, mode, path)
        each.check()
    return complaints


def without_gaps(nodes):
    """(the nodes with every record for Sluice, lines of those that were for PostgreSQL alone)"""
    opened, lines = [], []
    for node in nodes:
        if isinstance(node, Loop):
            body, more = without_gaps(node.body)
            opened.append(dataclasses.replace(node, body=body))
            lines += more
        elif node.only == "postgres":
            opened.append(dataclasses.replace(node, only=""))
            lines.append(node.line)
        elif node.only == "":
            opened.append(node)
    return tuple(opened), lines


def closed_gaps(path, nodes, sluice):
    """Lines of records that Sluice could run after all."""
    opened, lines = without_gaps(nodes)
    if not lines:
        return []
    complaints = [text for mode in MODES for text in play(path, opened, mode, [sluice])]
    failed = {int(text.split(": ", 1)[0].rsplit(":", 1)[1]) for text in complaints}
    return [f"{path}:{line}: Sluice answers this, too\n" for line in lines if line not in failed]


def fill_in(path, postgres):
    postgres.empty()
    text = path.read_text()
    path.write_text(runner.write(read(text, path), text, postgres.server, postgres.database))
