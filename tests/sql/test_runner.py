"""The runner itself: it must complain about every kind of wrong answer, on both servers and in every mode."""

import socket
import types

import binary_values
import pytest
import runner
import sql_files
from reading import read
from records import MODES, OIDS, SERVERS

RIGHT = """statement ok CREATE TABLE
CREATE TABLE t (a int, b text)

statement ok
INSERT INTO t VALUES (2, NULL), (1, '')

query IT
SELECT a, b FROM t ORDER BY a
----
1\t(empty)
2\tNULL

query int4 rowsort
SELECT a FROM t ORDER BY a DESC
----
1
2

query IT valuesort
SELECT a, b FROM t WHERE a = 1
----
(empty)
1

statement error 42P01
SELECT * FROM nowhere

copy in ok COPY 1
COPY t FROM STDIN
----
3\t\\N

copy in error 22P02
COPY t FROM STDIN
----
x\ty

copy out
COPY (SELECT a, b FROM t WHERE a > 2) TO STDOUT
----
3\t\\N

connection other
query I
SELECT count(*) FROM t
----
3

loop i 4 6

statement ok INSERT 0 1
INSERT INTO t VALUES ($i, 'turn $i')

endloop

query IT
SELECT a, b FROM t WHERE a > 4 ORDER BY a
----
5\tturn 5
6\tturn 6

parse p
statement ok
SELECT $1::int + 1

bind p 41
query I
----
42

close p
statement ok

bind p 41
statement error 26000
"""

WRONG = {
    "a row": "query I\nSELECT 1\n----\n2",
    "a missing row": "query I\nSELECT x FROM (VALUES (1), (2)) t(x) ORDER BY 1\n----\n1",
    "a row too many": "query I\nSELECT 1\n----\n1\n1",
    "the order": "query I\nSELECT x FROM (VALUES (1), (2)) t(x) ORDER BY 1\n----\n2\n1",
    "sorted rows": "query I rowsort\nSELECT 1\n----\n2",
    "sorted values": "query II valuesort\nSELECT 1, 2\n----\n1\n3",
    "a letter": "query T\nSELECT 1\n----\n1",
    "a name of a type": "query int8\nSELECT 1\n----\n1",
    "fewer columns": "query I\nSELECT 1, 2\n----\n1",
    "more columns": "query II\nSELECT 1\n----\n1\t1",
    "NULL for a text": "query T\nSELECT 'NULL'::text\n----\nNULL",
    "a text for NULL": "query T\nSELECT NULL::text\n----\n\\NULL",
    "an empty text for NULL": "query T\nSELECT NULL::text\n----\n(empty)",
    "a space": "query T\nSELECT 'a '::text\n----\na",
    "a SQLSTATE": "statement error 42P02\nSELECT * FROM nowhere",
    "an error in place of success": "statement error 42P01\nCREATE TABLE fine (a int)",
    "success in place of an error": "statement ok\nINSERT INTO nowhere VALUES (1)",
    "an error in place of rows": "query I\nSELECT * FROM nowhere\n----\n1",
    "a tag": "statement ok DROP TABLE\nCREATE TABLE fine (a int)",
    "rows of a statement": "statement ok\nSELECT 1",
    "no rows of a query": "query I\nCREATE TABLE fine (a int)\n----\n1",
    "rows that are not written yet": "query I\nSELECT 1",
    "a line of COPY": "copy out\nCOPY (SELECT 1) TO STDOUT\n----\n2",
    "an error of COPY": "copy in error 22P02\nCOPY nowhere FROM STDIN\n----\n1",
    "a value of Bind": "bind nothing\nstatement ok",
    "one turn of a loop": "loop i 1 3\n\nquery I\nSELECT 6 % $i\n----\n0\n\nquery I\nSELECT 4 % $i\n----\n0\n\nendloop",
}


@pytest.mark.parametrize("mode", MODES)
def test_right_answers_please_it(both, mode):
    assert sql_files.play("right.test", read(RIGHT), mode, both) == []


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_it_complains(both, text, mode):
    complaints = sql_files.play("wrong.test", read(text, "wrong.test"), mode, both)
    for kind, complaint in zip(SERVERS, complaints, strict=True):
        assert complaint.startswith("wrong.test:")
        assert f": {kind}, {mode}" in complaint.splitlines()[0]
        assert "expected" in complaint


def test_a_complaint_names_line_turn_sql_and_both_answers(both):
    text = "# comment\n\nloop i 1 2\n\nquery I\nSELECT $i\n----\n1\n\nendloop"
    theirs, ours = sql_files.play("a.test", read(text), "simple", both)
    assert theirs.replace("postgres", "sluice") == ours
    assert theirs == "a.test:5: postgres, simple, i = 2\nSELECT 2\nexpected\n    1\ngot\n    2\n"


def test_onlyif_and_skip_leave_records_out(both):
    text = "onlyif postgres a b\nstatement ok\nSELEC 1\n\nskip binary a b\nstatement ok\nSELEC 2"

    def lines(server, mode):
        return [complaint.splitlines()[1] for complaint in sql_files.play("a.test", read(text), mode, [server])]

    theirs, ours = both
    assert lines(theirs, "simple") == ["SELEC 1", "SELEC 2"]
    assert lines(theirs, "binary") == ["SELEC 1"]
    assert lines(ours, "simple") == ["SELEC 2"]
    assert lines(ours, "binary") == []


def test_writing_fills_in_the_answers_of_postgresql(both, tmp_path):
    text = """statement ok
CREATE TABLE w (a int)

statement error 00000
SELECT nothing

statement ok
SELEC

query IT
SELECT 1, NULL::text

query II
SELECT 1

query I rowsort
SELECT x FROM (VALUES (2), (1)) t(x)
----
2
1

query I rowsort
SELECT x FROM (VALUES (2), (1)) t(x)
----
7

copy out
COPY (SELECT 5) TO STDOUT

onlyif sluice It is ours.
query I
SELECT 1

loop i 1 2

query I
SELECT $i
----
$i

statement ok
INSERT INTO w VALUES ($i)

endloop
"""
    written = text.replace("ok\nCREATE", "ok CREATE TABLE\nCREATE").replace("error 00000", "error 42703")
    written = written.replace("NULL::text\n", "NULL::text\n----\n1\tNULL\n").replace("----\n7\n", "----\n1\n2\n")
    written = written.replace("TO STDOUT\n", "TO STDOUT\n----\n5\n").replace("ok\nINSERT", "ok INSERT 0 1\nINSERT")
    file = tmp_path / "w.test"
    file.write_text(text)
    sql_files.fill_in(file, both[0])
    assert file.read_text() == written


def test_a_closed_gap_is_found(both):
    text = "onlyif postgres It is a gap.\nquery I\nSELECT 1\n----\n1\n\nonlyif postgres It is one.\nquery I\nSELECT 1\n----\n2\n"
    assert sql_files.closed_gaps("a.test", read(text), both[1]) == ["a.test:2: Sluice answers this, too\n"]


def test_servers_are_emptied(both):
    text = """statement ok
CREATE TABLE t (id int PRIMARY KEY, up int REFERENCES t (id))

statement ok
CREATE TABLE u (i int REFERENCES t (id))

statement ok
CREATE VIEW "odd ""one" AS SELECT * FROM u

statement ok
CREATE SEQUENCE "Odd one"

statement ok
CREATE TYPE y AS ENUM ('a')

statement ok
CREATE SCHEMA x

statement ok
CREATE TABLE x.y (y y)

statement ok
CREATE TABLE z (i bigint DEFAULT nextval('"Odd one"'))

statement ok
BEGIN

statement ok
INSERT INTO t VALUES (1, NULL)
"""
    assert sql_files.play("a.test", read(text), "simple", both) == []
    assert sql_files.play("a.test", read(text), "simple", both) == []


def test_a_silent_server_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(runner, "SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        host, port = listening.getsockname()
        silent = types.SimpleNamespace(host=host, port=port)
        (complaint,) = runner.play(read("statement ok\nSELECT 1\n\nstatement ok\nSELECT 2"), silent, "sluice", "main", "simple")
    assert "the connection is lost: TimeoutError" in complaint


@pytest.mark.parametrize(
    ("name", "data"), [("int4", b"\0"), ("int8", b"\0\0\0\1"), ("bool", b"\2"), ("text", b"\xff"), ("uuid", b"1"), ("point", b"")]
)
def test_bytes_that_are_no_value_of_their_type(name, data):
    with pytest.raises(ValueError):
        binary_values.decode(OIDS[name], data)
