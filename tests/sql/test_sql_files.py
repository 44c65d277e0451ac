"""Every .test file on PostgreSQL 15 and on Sluice, in every mode. README.md explains the files."""

import pytest
import sql_files
from reading import read
from records import MODES, Record, count

FILES = sql_files.files()
RECORDS_MIN = 500
LINES_MAX = 300
FILES_MAX = 25  # of a folder


def name(path):
    return str(path.relative_to(sql_files.FOLDER).with_suffix(""))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_file(path, mode, both):
    complaints = sql_files.play(path, read(path.read_text(), path), mode, both)
    assert not complaints, "\n".join(["", *complaints])


@pytest.mark.parametrize("path", [path for path in FILES if "onlyif postgres" in path.read_text()], ids=name)
def test_gaps_are_still_open(path, both):
    """A record `onlyif postgres` that Sluice answers in the same way has to lose this line."""
    assert sql_files.closed_gaps(path, read(path.read_text(), path), both[1]) == []


def test_there_are_enough_records_and_few_gaps():
    nodes = [node for path in FILES for node in read(path.read_text(), path)]
    gaps = sum(len(sql_files.without_gaps([node])[1]) for node in nodes)
    assert count(nodes) >= RECORDS_MIN
    assert gaps < count(nodes) / 10


def test_files_and_folders_are_small():
    for path in FILES:
        assert len(path.read_text().splitlines()) < LINES_MAX, path
        assert len(list(path.parent.iterdir())) <= FILES_MAX, path.parent


def test_every_file_asks_something_of_sluice():
    for path in FILES:
        assert any(isinstance(node, Record) and node.only != "postgres" for node in read(path.read_text(), path)), path
