"""The model of a cursor against PostgreSQL: every command from every place of results of 0, 1, 2 and 5 rows."""

import pytest
from model import ALL, COUNTS, Cursor, SqlError
from support import wire

COMMANDS = [(word, *meaning) for word, meaning in COUNTS.items()]
COMMANDS += [(f"{towards} ALL", towards, ALL) for towards in ("FORWARD", "BACKWARD")]
COMMANDS += [
    (f"{towards} {count}", towards, count)
    for towards in ("FORWARD", "BACKWARD", "ABSOLUTE", "RELATIVE")
    for count in (0, 1, 2, 3, 5, 6, -1, -2, -3, -5, -6)
]


class Result:
    def __init__(self, size):
        self.size = size


def outcome(messages):
    """What a FETCH or MOVE came to: rows and tag, or a SQLSTATE."""
    error = wire.first_error(messages)
    return error["C"] if error else ([int(value) for (value,) in wire.rows(messages)], wire.tags(messages)[0])


def expected(cursor, verb, towards, count):
    try:
        rows, number = cursor.fetch(towards, count, verb == "MOVE")
        return ([] if verb == "MOVE" else list(rows)), f"{verb} {number}"
    except SqlError as error:
        return error.state


def sequences(size, scroll):
    """(preparation, statement, what it comes to, what a FETCH NEXT after it comes to)"""
    declare = f"DECLARE c {'' if scroll else 'NO '}SCROLL CURSOR FOR SELECT i FROM generate_series(1, {size}) AS t(i)"
    for place in range(size + 2):
        go = f"MOVE FORWARD {'ALL' if place == size + 1 else place} FROM c"
        for verb in ("FETCH", "MOVE"):
            for words, towards, count in COMMANDS:
                cursor = Cursor(Result(size), scroll)
                cursor.fetch("FORWARD", ALL if place == size + 1 else place, True)
                first = expected(cursor, verb, towards, count)
                after = "25P02" if isinstance(first, str) else expected(cursor, "FETCH", "FORWARD", 1)
                yield (declare, go), f"{verb} {words} FROM c", first, after


@pytest.mark.parametrize("scroll", [True, False])
@pytest.mark.parametrize("size", [0, 1, 2, 5])
def test_the_model_is_postgresql(postgres, size, scroll):
    wrong = []
    with wire.Connection(postgres, database="postgres") as connection:
        for preparation, statement, first, after in sequences(size, scroll):
            script = ["BEGIN", *preparation, statement, "FETCH NEXT FROM c", "ROLLBACK"]
            connection.send(*map(wire.query, script))
            answers = [connection.until_ready() for _ in script]
            got = outcome(answers[-3]), outcome(answers[-2])
            if got != (first, after):
                wrong.append(f"{preparation[1]}; {statement}: PostgreSQL {got}, model {(first, after)}")
    assert not wrong, "\n".join(wrong)
