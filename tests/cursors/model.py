"""What PostgreSQL says a cursor does, kept in memory: its place in the result, and the transactions around it.

Written from the manual's pages on DECLARE, FETCH, MOVE and CLOSE, and held against PostgreSQL itself by test_model.py.
"""

ALL = None  # the count of FETCH ALL

COUNTS = {  # FETCH's words for a direction, and what they come to
    "NEXT": ("FORWARD", 1),
    "PRIOR": ("BACKWARD", 1),
    "FIRST": ("ABSOLUTE", 1),
    "LAST": ("ABSOLUTE", -1),
}


class SqlError(Exception):
    """A statement that fails, by its SQLSTATE."""

    def __init__(self, state):
        super().__init__(state)
        self.state = state


class Cursor:
    """A place in a result of `size` rows: 0 before the first, 1 to size on a row, size + 1 behind the last.

    `scroll` is True, False, or None where DECLARE says neither; PostgreSQL then decides by the plan, so nobody but the
    generator of programs may rely on what None does: it only goes forward with such a cursor.
    """

    def __init__(self, source, scroll=None, hold=False, binary=False):
        self.source, self.size = source, source.size
        self.scroll, self.hold, self.binary = scroll, hold, binary
        self.place = 0
        self.held = False  # the transaction that made it has committed
        self.broken = False  # a FETCH failed; it can only be closed

    def fetch(self, towards, count, move=False):
        """(rows as a range of numbers from 1, what the tag counts). A failing FETCH leaves the cursor broken."""
        if self.broken:
            raise SqlError("55000")
        try:
            return self._fetch(towards, count, move)
        except SqlError:
            self.broken = True
            raise

    def execute(self, rows_max):
        """Execute of the cursor as a portal: (rows, whether it is suspended)."""
        if self.broken:
            raise SqlError("55000")
        rows = self._forward(rows_max or ALL)
        return rows, self.place <= self.size

    def _fetch(self, towards, count, move):
        if towards == "ABSOLUTE":
            rows = self._absolute(count)
        elif towards == "RELATIVE" and count != 0:
            rows = self._skip_and_take(count)
        else:
            backward = towards == "BACKWARD"
            if count is not ALL and count < 0:
                backward, count = not backward, -count
            if count == 0:
                return self._again(backward, move)
            if backward and move and count is ALL and self.place == 0:
                return range(0), 0  # a rewind of what has not moved, which any cursor can do
            rows = self._backward(count) if backward else self._forward(count)
        return rows, len(rows)

    def _forward(self, count):
        start = self.place
        if start > self.size or count == 0:
            return range(0)
        if count is ALL or start + count > self.size:
            self.place = self.size + 1
            return range(start + 1, self.size + 1)
        self.place += count
        return range(start + 1, start + 1 + count)

    def _backward(self, count):
        self._must_scroll()
        start = self.place
        if start == 0 or count == 0:
            return range(0)
        if count is ALL or count > start - 1:
            self.place = 0
            return range(start - 1, 0, -1)
        self.place -= count
        return range(start - 1, start - 1 - count, -1)

    def _skip_and_take(self, count):
        step = self._forward if count > 0 else self._backward
        step(abs(count) - 1)
        return step(1)

    def _absolute(self, row):
        if row > 0:
            if 0 < self.place and row <= self.place:
                self._must_scroll()
            self.place = 0
            return self._skip_and_take(row)
        if row < 0:
            self._forward(ALL)
            return self._skip_and_take(row)
        if self.place > 0:
            self._must_scroll()
        self.place = 0
        return range(0)

    def _again(self, backward, move):
        """FETCH 0 is the row that the cursor stands on, once more; MOVE 0 only says whether there is one."""
        on_a_row = 1 <= self.place <= self.size
        if move:
            return range(0), int(on_a_row)
        if on_a_row or backward:
            self._must_scroll()
        return (range(self.place, self.place + 1), 1) if on_a_row else (range(0), 0)

    def _must_scroll(self):
        if self.scroll is False:
            raise SqlError("55000")


class Session:
    """Transaction status as ReadyForQuery gives it, and the cursors there are."""

    def __init__(self):
        self.status = "I"
        self.cursors = {}
        self.committed, self.pending = [], []  # the rows of the session's own table

    def visible(self):
        return self.committed + self.pending

    def check_not_failed(self):
        if self.status == "E":
            raise SqlError("25P02")

    def failed(self):
        """A statement failed: the transaction is over in all but name."""
        if self.status == "T":
            self.status = "E"

    def begin(self):
        self.check_not_failed()
        self.status = "T"

    def commit(self):
        """The tag: a failed transaction is rolled back whatever it was told."""
        if self.status == "E":
            self.rollback()
            return "ROLLBACK"
        self.end_of_transaction()
        return "COMMIT"

    def end_of_transaction(self):
        self.committed, self.pending = self.visible(), []
        self.cursors = {name: cursor for name, cursor in self.cursors.items() if cursor.hold}
        for cursor in self.cursors.values():
            cursor.held = True
        self.status = "I"

    def end_of_statement(self):
        """Outside a block a statement commits itself."""
        if self.status == "I":
            self.end_of_transaction()

    def rollback(self):
        self.pending = []
        self.cursors = {name: cursor for name, cursor in self.cursors.items() if cursor.held}
        self.status = "I"

    def declare(self, name, cursor, implicit=False):
        self.check_not_failed()
        if not cursor.hold and self.status == "I" and not implicit:
            raise SqlError("25P01")
        if name in self.cursors:
            raise SqlError("42P03")
        self.cursors[name] = cursor

    def find(self, name):
        self.check_not_failed()
        if name not in self.cursors:
            raise SqlError("34000")
        return self.cursors[name]

    def close(self, name):
        self.find(name)
        del self.cursors[name]

    def close_all(self):
        self.check_not_failed()
        self.cursors.clear()

    def vanish(self):
        """The connection ends, and a new one begins."""
        self.cursors.clear()
        self.pending = []
        self.status = "I"
