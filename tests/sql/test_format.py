"""The parser of .test files: good files, and mistakes with their line numbers."""

import pytest
from reading import read
from records import Loop, arrange, count, read_row, read_value, rewrite, substitute, unfold, write_row, write_value

GOOD = """# A comment of the file.

# A comment of the record.
connection other
onlyif sluice It has a reason.
skip binary It has no decoder.
statement ok INSERT 0 1
INSERT INTO t
VALUES (1)

query IT,numeric rowsort
SELECT a, b, c FROM t
----
1\tone\t2.5
2\tNULL\t(empty)

foreach x a b

loop i 1 2

statement error 42P01
SELECT * FROM ${x}_$i

endloop

endloop

parse p
statement ok
SELECT $1

bind p a\\sb NULL
query T
----
# a row
"""


def test_a_good_file():
    first, second, loop, parse, bind = read(GOOD)
    assert (first.line, first.kind, first.tag, first.connection, first.only) == (7, "statement", "INSERT 0 1", "other", "sluice")
    assert (first.sql, first.skipped, first.rows_line) == ("INSERT INTO t\nVALUES (1)", ("binary",), 0)
    assert (second.line, second.sort, second.rows_line) == (11, "rowsort", 13)
    assert second.types == (("int2", "int4", "int8"), ("text", "varchar", "bpchar", "name", "char"), ("numeric",))
    assert second.rows == ("1\tone\t2.5", "2\tNULL\t(empty)")
    assert (second.connection, second.only, second.skipped) == ("main", "", ())
    assert isinstance(loop, Loop) and loop.values == ("a", "b") and loop.body[0].values == ("1", "2")
    assert parse.prepared == ("parse", "p") and parse.sql == "SELECT $1"
    assert bind.prepared == ("bind", "p", "a b", None) and bind.rows == ("# a row",)
    assert count(read(GOOD)) == 5


def test_loops_unfold():
    turns = [substitute(record.sql, variables) for record, variables in unfold(read(GOOD)) if record.error]
    assert turns == ["SELECT * FROM a_1", "SELECT * FROM a_2", "SELECT * FROM b_1", "SELECT * FROM b_2"]


def test_only_variables_are_substituted():
    assert substitute("$i ${i} $1 $$ $ix $i$ ${i}x", {"i": "7"}) == "7 7 $1 $$ $ix 7$ 7x"
    assert substitute("$i", {}) == "$i"


def test_loop_counts_down_to_negative_numbers():
    (loop,) = read("loop i -1 1\n\nstatement ok\nSELECT $i\n\nendloop\n")
    assert loop.values == ("-1", "0", "1")


@pytest.mark.parametrize(
    ("line", "message", "text"),
    [
        (1, "unknown word 'satement'", "satement ok\nSELECT 1"),
        (2, "unknown word 'SELECT'", "connection a\nSELECT 1"),
        (3, "a statement, a query or a copy has to follow", "\n\nconnection a"),
        (1, "statement needs ok or error", "statement\nSELECT 1"),
        (1, "statement needs ok or error", "statement maybe\nSELECT 1"),
        (1, "statement error needs a SQLSTATE", "statement error\nSELECT 1"),
        (1, "statement error needs a SQLSTATE", "statement error 42p01\nSELECT 1"),
        (1, "statement error needs a SQLSTATE", "statement error 42P01 more\nSELECT 1"),
        (1, "SQL has to follow", "statement ok"),
        (1, "SQL has to follow", "query I\n----\n1"),
        (3, "a statement has no rows", "statement ok\nSELECT 1\n----\n1"),
        (1, "query needs the types of its columns", "query\nSELECT 1"),
        (1, "unknown type 'Q'", "query Q\nSELECT 1"),
        (1, "unknown type 'integer'", "query I,integer\nSELECT 1"),
        (1, "after the types comes one of nosort, rowsort, valuesort", "query I sorted\nSELECT 1"),
        (1, "after the types comes one of nosort, rowsort, valuesort", "query I rowsort more\nSELECT 1"),
        (5, "2 values, not 1", "query I\nSELECT 1\n----\n1\n1\t2"),
        (4, "1 values, not 2", "query II\nSELECT 1, 2\n----\n1  2"),
        (4, "2 values, not 1", "query II valuesort\nSELECT 1, 2\n----\n1\t2"),
        (4, "unknown escape", "query T\nSELECT 1\n----\na\\q"),
        (4, "unknown escape", "query T\nSELECT 1\n----\na\\"),
        (5, "a second ----", "query I\nSELECT 1\n----\n1\n----"),
        (1, "onlyif postgres needs a reason", "onlyif postgres\nstatement ok\nSELECT 1"),
        (1, "onlyif needs one of postgres, sluice", "onlyif mysql It is another one.\nstatement ok\nSELECT 1"),
        (1, "onlyif needs one of postgres, sluice", "onlyif\nstatement ok\nSELECT 1"),
        (2, "onlyif is given twice", "onlyif postgres a\nonlyif sluice b\nstatement ok\nSELECT 1"),
        (1, "skip binary needs a reason", "skip binary\nstatement ok\nSELECT 1"),
        (1, "skip needs one of simple, extended, binary", "skip text It is text.\nstatement ok\nSELECT 1"),
        (1, "connection needs a name in small letters", "connection\nstatement ok\nSELECT 1"),
        (1, "connection has one argument", "connection a b\nstatement ok\nSELECT 1"),
        (2, "connection is given twice", "connection a\nconnection b\nstatement ok\nSELECT 1"),
        (2, "bind is given twice", "parse a\nbind a\nstatement ok\nSELECT 1"),
        (2, "parse needs statement ok or statement error", "parse a\nquery I\nSELECT 1"),
        (2, "parse needs statement ok or statement error", "parse a\nstatement ok SELECT 1\nSELECT 1"),
        (2, "SQL has to follow", "parse a\nstatement ok"),
        (3, "bind takes no SQL", "bind a\nstatement ok\nSELECT 1"),
        (3, "close takes no SQL", "close a\nstatement ok\nSELECT 1"),
        (2, "bind needs a statement or a query", "bind a\ncopy out\n----"),
        (1, "unknown escape", "bind a \\x\nstatement ok"),
        (1, "copy needs in or out", "copy\nCOPY t FROM STDIN"),
        (1, "copy in needs ok or error", "copy in\nCOPY t FROM STDIN"),
        (1, "copy in needs ---- and the data that is sent", "copy in ok\nCOPY t FROM STDIN"),
        (3, "this loop has no endloop", "\n\nloop i 1 2\n\nstatement ok\nSELECT 1"),
        (1, "this loop has no records", "loop i 1 2\n\nendloop"),
        (1, "endloop without a loop", "endloop"),
        (6, "endloop has no arguments", "loop i 1 2\n\nstatement ok\nSELECT 1\n\nendloop i"),
        (2, "loop stands alone between blank lines", "loop i 1 2\nstatement ok\nSELECT 1\n\nendloop"),
        (1, "loop needs the name of a variable", "loop 1 2\n\nstatement ok\nSELECT 1\n\nendloop"),
        (1, "loop needs a first and a last number", "loop i 1\n\nstatement ok\nSELECT 1\n\nendloop"),
        (1, "loop needs a first and a last number", "loop i a b\n\nstatement ok\nSELECT 1\n\nendloop"),
        (1, "loop has 0 turns", "loop i 2 1\n\nstatement ok\nSELECT 1\n\nendloop"),
        (1, "loop has 5000 turns", "loop i 1 5000\n\nstatement ok\nSELECT 1\n\nendloop"),
        (1, "foreach has 0 turns", "foreach i\n\nstatement ok\nSELECT 1\n\nendloop"),
        (3, "$i is the variable of an outer loop", "loop i 1 2\n\nloop i 1 2\n\nstatement ok\nSELECT 1\n\nendloop\n\nendloop"),
        (2, "no loop has a variable 'j'", "statement ok\nSELECT ${j}"),
    ],
)
def test_a_mistake_is_found_with_its_line(line, message, text):
    with pytest.raises(ValueError) as error:
        read(text, "bad.test")
    assert str(error.value).startswith(f"bad.test:{line}: {message}")


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (None, "NULL"), ("", "(empty)"), ("NULL", "\\NULL"), ("(empty)", "\\(empty)"), ("null", "null"), ("a\tb\nc\rd\\", "a\\tb\\nc\\rd\\\\"),
        (" a ", "\\sa\\s"), (" ", "\\s"), ("  ", "\\s\\s"), ("a b", "a b"), ("#", "#"), ("\\N", "\\\\N"),
    ],
)  # fmt: skip
def test_values_are_written_and_read(value, word):
    assert write_value(value) == word
    assert read_value(word) == value


def test_sorting():
    rows = [("b", None), ("a", "2"), ("a", "1")]
    assert arrange(rows, "nosort") == rows
    assert arrange(rows, "rowsort") == [("a", "1"), ("a", "2"), ("b", None)]
    assert arrange(rows, "valuesort") == [("1",), ("2",), (None,), ("a",), ("a",), ("b",)]
    assert read_row(write_row(rows[0])) == rows[0]


def test_rewriting_changes_only_what_it_is_told():
    text = "# c\n\nquery I\nSELECT 1\n\nquery I\nSELECT 2\n----\n3\n4\n\n# d\nstatement ok\nSELECT\n3\n"
    first, second, third = read(text)
    changed = rewrite(text, [(first, None, ["1"]), (third, "statement ok DONE", None), (second, None, [])])
    assert changed == "# c\n\nquery I\nSELECT 1\n----\n1\n\nquery I\nSELECT 2\n----\n\n# d\nstatement ok DONE\nSELECT\n3\n"
