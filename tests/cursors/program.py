"""What one session of the storm does, made from (seed, session) alone: steps, each with what must come back.

A step's answer is a list of items: ("T", fields) · ("rows", source, numbers, formats, cursor) · ("C", tag) · ("E", SQLSTATE) ·
("Z", status) · and the bare letters of the other messages. Where the moment decides (cancel, a client that vanishes), the
step allows either outcome and the next ones bring the session back to one known state.
"""

import dataclasses
import itertools
import random

import results
from model import ALL, Cursor, Session, SqlError
from support import wire

CURSORS_MAX = 6  # of one session at a time
ROWS_MAX = 400  # of one FETCH, but for a few
NAMES = ["a", "b", "c", "d", '"Sales Q1"', '"SQL_CUR1"']
FORMATS = [(), (0,), (1,)]


@dataclasses.dataclass
class Step:
    kind: str  # run, cancel, abandon, hang_up
    label: str
    send: bytes = b""
    expect: list = dataclasses.field(default_factory=list)
    moment: float = 0  # cancel: seconds after sending; abandon: messages read before the client vanishes


def bare(name):
    return name.strip('"')


class Program:
    """steps: all of them. own_tables: what has to exist before, one for each connection the session makes."""

    def __init__(self, seed, session, rounds):
        self.random = random.Random(f"{seed}/{session}")
        self.session = session
        self.model = Session()
        self.numbers = itertools.count(1)
        self.own_tables = [f"storm_own_{session}_0"]
        self.steps = []
        for _ in range(rounds):
            self.round()
        self.steps.append(Step("hang_up", "terminate"))

    # How statements travel

    def run(self, label, send, *expect):
        self.steps.append(Step("run", label, send, [*expect, ("Z", self.model.status)]))

    def fails(self, label, send, error, *before):
        self.model.failed()
        self.run(label, send, *before, ("E", error.state))

    def command(self, sql, *work):
        """A statement without rows. Each of `work` changes the model; the last one's result is the tag."""
        extended = self.random.random() < 0.4
        send = self.extended(sql) if extended else wire.query(sql)
        label = f"{'extended' if extended else 'simple'}: {sql}"
        try:
            tag = [step() for step in work][-1]
        except SqlError as error:
            return self.fails(label, send, error)
        answer = [("1",), ("2",), ("n",), ("C", tag)] if extended else [("C", tag)]
        return self.run(label, send, *answer)

    @staticmethod
    def extended(sql, formats=(), rows=0, values=()):
        return wire.parse(sql) + wire.bind(values=values, results=formats) + wire.describe("P") + wire.execute("", rows) + wire.SYNC

    # Rounds

    def round(self):
        choices = {"I": self.OUTSIDE, "T": self.INSIDE, "E": self.FAILED}[self.model.status]
        name = self.random.choices(list(choices), list(choices.values()))[0]
        getattr(self, name)()

    OUTSIDE = {
        "begin": 40, "fetch": 25, "declare": 12, "batch": 8, "insert": 3, "close": 4, "list_cursors": 2, "cancel_held": 1, "close_all": 1,
        "discard": 1, "end": 1, "hang_up": 1, "abandon": 0.5, "nonsense": 1,
    }  # fmt: skip
    INSIDE = {
        "fetch": 52, "declare": 20, "close": 5, "insert": 4, "select": 3, "list_cursors": 2, "end": 9, "nonsense": 1, "close_all": 0.5,
        "hang_up": 1, "abandon": 0.7, "cancel": 1.3, "batch": 2,
    }  # fmt: skip
    FAILED = {"end": 65, "fetch": 10, "declare": 8, "select": 6, "close": 5, "list_cursors": 3, "hang_up": 3}

    def begin(self):
        sql = self.random.choice(["BEGIN", "BEGIN TRANSACTION", "START TRANSACTION"])
        self.command(sql, self.model.begin, lambda: sql.split()[0] if sql[0] == "B" else sql)

    def end(self):
        if self.random.random() < 0.6:
            sql = self.random.choice(["COMMIT", "END"])
            return self.command(sql, self.model.commit)
        return self.command("ROLLBACK", self.model.rollback, lambda: "ROLLBACK")

    def nonsense(self):
        if self.random.random() < 0.5:
            return self.fails("simple: syntax error", wire.query("FETCH SIDEWAYS 3 OF nothing at all"), SqlError("42601"))
        return self.fails("simple: no such table", wire.query("DECLARE oops CURSOR WITH HOLD FOR SELECT * FROM no_such_table"), SqlError("42P01"))

    def select(self):
        source = results.SOURCES["values"]
        try:
            self.model.check_not_failed()
        except SqlError as error:
            return self.fails("simple: select", wire.query(source.sql), error)
        return self.run(
            "simple: select", wire.query(source.sql), ("T", source.description(())), ("rows", source, range(1, source.size + 1), (), None),
            ("C", f"SELECT {source.size}"),
        )  # fmt: skip

    def insert(self):
        number = next(self.numbers)

        def remember():
            self.model.pending.append(number)
            self.model.end_of_statement()
            return "INSERT 0 1"

        self.command(f"INSERT INTO {self.own_tables[-1]} VALUES ({number}, 'note {number}')", self.model.check_not_failed, remember)

    def list_cursors(self):
        # By its plan PostgreSQL lets some cursors scroll that did not ask for it; those are not compared.
        sql = "SELECT name, is_holdable, is_binary FROM pg_cursors WHERE name <> '' ORDER BY name"
        try:
            self.model.check_not_failed()
        except SqlError as error:
            return self.fails("simple: pg_cursors", wire.query(sql), error)
        letters = {False: b"f", True: b"t"}
        rows = [(bare(name).encode(), letters[c.hold], letters[c.binary]) for name, c in self.model.cursors.items()]
        fields = ("name", 25, -1, -1, 0), ("is_holdable", 16, 1, -1, 0), ("is_binary", 16, 1, -1, 0)
        return self.run("simple: pg_cursors", wire.query(sql), ("T", fields), ("values", sorted(rows)), ("C", f"SELECT {len(rows)}"))

    def close(self):
        name = self.pick(0.15)
        if self.model.status != "E" and self.random.random() < 0.2:  # Close of a portal, which never fails
            self.model.cursors.pop(name, None)
            return self.run(f"close portal {name}", wire.close("P", bare(name)) + wire.SYNC, ("3",))
        return self.command(f"CLOSE {name}", lambda: self.model.close(name), lambda: "CLOSE CURSOR")

    def close_all(self):
        self.command("CLOSE ALL", self.model.close_all, lambda: "CLOSE CURSOR ALL")

    def discard(self):
        self.model.close_all()
        self.run("simple: DISCARD ALL", wire.query("DISCARD ALL"), ("C", "DISCARD ALL"))

    # Cursors

    def pick(self, unknown=0.04):
        """The name of a cursor that there is, or now and then of none."""
        if self.model.cursors and self.random.random() > unknown:
            return self.random.choice(list(self.model.cursors))
        return self.random.choice(NAMES + ["nobody"])

    def new_cursor(self, hold=None):
        """(cursor, whether it has a parameter), never a big one that would have to be kept after COMMIT but rarely."""
        if hold is None:
            hold = self.random.random() < (0.85 if self.model.status == "I" else 0.3)
        weights = {"empty": 5, "one": 6, "values": 15, "hundred": 20, "table": 20, "own": 15, "from_row": 6, "big": 5, "series": 3, "versions": 8}
        if hold:
            weights |= {"big": 0.4, "series": 0.4}
        name = self.random.choices(list(weights), list(weights.values()))[0]
        first = None
        if name == "own":
            source = results.own(self.own_tables[-1], self.model.visible())
        elif name == "from_row":
            first = self.random.randint(1, results.ROWS)
            source = results.from_row(first)
        else:
            source = results.SOURCES[name]
        scroll = self.random.choices([True, False, None], [50, 30, 20])[0]
        return Cursor(source, scroll, hold, self.random.random() < 0.12), first

    def declaration(self, name, cursor):
        words = [name]
        if cursor.binary:
            words.append("BINARY")
        if cursor.scroll is not None:
            words.append("SCROLL" if cursor.scroll else "NO SCROLL")
        words.append("CURSOR")
        if cursor.hold or self.random.random() < 0.1:
            words.append("WITH HOLD" if cursor.hold else "WITHOUT HOLD")
        return f"DECLARE {' '.join(words)} FOR {cursor.source.sql}"

    def declare(self):
        if len(self.model.cursors) >= CURSORS_MAX and self.model.status != "E":
            return self.close()
        free = [name for name in NAMES if name not in self.model.cursors]
        name = self.random.choice(NAMES if self.random.random() < 0.06 or not free else free)
        cursor, first = self.new_cursor()
        sql = self.declaration(name, cursor)

        def make():
            self.model.declare(name, cursor)
            self.model.end_of_statement()
            return "DECLARE CURSOR"

        if first is None:
            return self.command(sql, make)
        send = self.extended(sql, values=[str(first).encode()])
        label = f"extended: {sql} [{first}]"
        try:
            make()
        except SqlError as error:
            return self.fails(label, send, error)
        return self.run(label, send, ("1",), ("2",), ("n",), ("C", "DECLARE CURSOR"))

    def movement(self, cursor):
        """(words, towards, count) of a FETCH that makes sense for the cursor, or, for NO SCROLL, now and then none."""
        size, place = cursor.size, cursor.place
        some = self.random.choice([0, 1, 1, 2, 3, 7, 20, 50, 100, size // 2, size, size + 1, self.random.randint(0, size + 1)])
        backwards = cursor.scroll is True or (cursor.scroll is False and self.random.random() < 0.05)
        if backwards:
            towards = self.random.choice(["FORWARD", "FORWARD", "BACKWARD", "BACKWARD", "ABSOLUTE", "RELATIVE", "word", "word"])
            if towards in ("ABSOLUTE", "RELATIVE"):
                count = some * self.random.choice([1, -1])
                return f"{towards} {count}", towards, count
            if towards == "word":
                word = self.random.choice(["NEXT", "PRIOR", "FIRST", "LAST"])
                return word, *{"NEXT": ("FORWARD", 1), "PRIOR": ("BACKWARD", 1), "FIRST": ("ABSOLUTE", 1), "LAST": ("ABSOLUTE", -1)}[word]
            return self.counted(towards, some * self.random.choice([1, 1, 1, -1]))
        way = self.random.random()
        if way < 0.15 and place < size:
            row = self.random.randint(place + 1, size)
            return f"ABSOLUTE {row}", "ABSOLUTE", row
        if way < 0.3:
            return f"RELATIVE {max(some, 1)}", "RELATIVE", max(some, 1)
        if way < 0.45:
            return self.random.choice(["NEXT", "NEXT", "FORWARD", ""]), "FORWARD", 1
        return self.counted("FORWARD", max(some, 1))

    def counted(self, towards, count):
        if self.random.random() < 0.08:
            return self.random.choice([f"{towards} ALL", "ALL" if towards == "FORWARD" else f"{towards} ALL"]), towards, ALL
        if towards == "FORWARD" and self.random.random() < 0.5:
            return str(count), towards, count
        return f"{towards} {count}", towards, count

    def fetch(self):
        name = self.pick()
        cursor = self.model.cursors.get(name)
        if self.model.status == "E" or cursor is None:
            verb = self.random.choice(["FETCH", "MOVE"])
            return self.command(f"{verb} 3 FROM {name}", lambda: self.model.find(name))
        if self.random.random() < 0.1:
            return self.execute_cursor(name, cursor)
        words, towards, count = self.movement(cursor)
        move = self.random.random() < 0.25 or (self.rows_of(cursor, towards, count) > ROWS_MAX and self.random.random() > 0.03)
        sql = f"{'MOVE' if move else 'FETCH'} {words} {self.random.choice(['FROM', 'IN'])} {name}"
        if move:
            return self.command(sql, lambda: f"MOVE {cursor.fetch(towards, count, True)[1]}")
        return self.fetch_rows(sql, cursor, towards, count)

    @staticmethod
    def rows_of(cursor, towards, count):
        """How many rows a FETCH of it would bring, at most."""
        if towards in ("ABSOLUTE", "RELATIVE"):
            return 1
        forward = (towards == "FORWARD") == (count is ALL or count >= 0)
        there = max(cursor.size - cursor.place, 0) if forward else max(cursor.place - 1, 0)
        return there if count is ALL else min(abs(count), there)

    def fetch_rows(self, sql, cursor, towards, count):
        way = self.random.choices(["simple", "extended", "slices"], [55, 30, 15])[0]
        formats = (1,) if cursor.binary else ()
        if way != "simple":
            formats = self.random.choice(FORMATS + [tuple(self.random.choice([0, 1]) for _ in cursor.source.columns)])
        slices = self.random.choice([1, 2, 7, 50]) if way == "slices" else 0
        try:
            numbers, _ = cursor.fetch(towards, count)
        except SqlError as error:
            return self.fails(f"{way}: {sql}", wire.query(sql) if way == "simple" else self.extended(sql, formats), error)
        fields = ("T", cursor.source.description(formats))
        if way == "simple":
            return self.run(
                f"simple: {sql}", wire.query(sql), fields, ("rows", cursor.source, numbers, formats, cursor), ("C", f"FETCH {len(numbers)}")
            )
        answer, executes = [("1",), ("2",), fields], b""
        while slices and len(executes) < 200:
            taken, numbers = numbers[:slices], numbers[slices:]
            executes += wire.execute("", slices)
            answer.append(("rows", cursor.source, taken, formats, cursor))
            if len(taken) < slices:
                answer.append(("C", f"FETCH {len(taken)}"))
                break
            answer.append(("s",))
        else:
            executes += wire.execute("", 0)
            answer += [("rows", cursor.source, numbers, formats, cursor), ("C", f"FETCH {len(numbers)}")]
        send = wire.parse(sql) + wire.bind(results=formats) + wire.describe("P") + executes + wire.SYNC
        return self.run(f"{way}: {sql} {formats} {slices}", send, *answer)

    def execute_cursor(self, name, cursor):
        """The cursor as the wire portal that it is: Describe, Execute. Rows come as text, also from a BINARY one."""
        rows_max = self.random.choice([1, 3, 50])
        if self.rows_of(cursor, "FORWARD", ALL) <= ROWS_MAX and self.random.random() < 0.3:
            rows_max = 0
        send = wire.describe("P", bare(name)) + wire.execute(bare(name), rows_max) + wire.SYNC
        label = f"execute cursor {name} {rows_max}"
        try:
            numbers, suspended = cursor.execute(rows_max)
        except SqlError as error:
            return self.fails(label, send, error)
        end = ("s",) if suspended else ("C", f"SELECT {len(numbers)}")
        return self.run(label, send, ("T", cursor.source.description(())), ("rows", cursor.source, numbers, (), cursor), end)

    def batch(self):
        """Several statements in one Query, which outside a block is a transaction of its own."""
        if "batch" in self.model.cursors:
            return self.close()
        cursor, first = self.new_cursor(hold=False)
        if first is not None:
            return self.select()
        cursor.binary = False
        outside = self.model.status == "I"
        statements, answer = [self.declaration("batch", cursor)], [("C", "DECLARE CURSOR")]
        for _ in range(self.random.randint(1, 3)):
            words, towards, count = self.movement(cursor)
            move = self.rows_of(cursor, towards, count) > ROWS_MAX
            statements.append(f"{'MOVE' if move else 'FETCH'} {words} FROM batch")
            try:
                numbers, number = cursor.fetch(towards, count, move)
            except SqlError as error:
                return self.fails(f"batch: {statements}", wire.query("; ".join(statements)), error, *answer)
            if not move:
                answer += [("T", cursor.source.description(())), ("rows", cursor.source, numbers, (), cursor)]
            answer.append(("C", f"{'MOVE' if move else 'FETCH'} {number}"))
        if not outside or self.random.random() < 0.5:
            statements.append("CLOSE batch")
            answer.append(("C", "CLOSE CURSOR"))
        return self.run(f"batch: {statements}", wire.query("; ".join(statements)), *answer)

    # Where the moment decides

    def victim(self, hold):
        """Declares a cursor over a big result, whose FETCH will be disturbed."""
        name = "victim"
        cursor = Cursor(results.SOURCES[self.random.choice(["big", "series"])], self.random.choice([True, False]), hold)
        sql = self.declaration(name, cursor)
        self.run(f"simple: {sql}", wire.query(sql), ("C", "DECLARE CURSOR"))
        return name, cursor

    def disturbed(self, name, cursor):
        """(statement, answer) of something long."""
        sql = self.random.choice(["FETCH ALL FROM", "FETCH FORWARD 100000 IN", "MOVE ALL IN"]) + f" {name}"
        numbers, number = cursor.fetch("FORWARD", 100_000 if "100000" in sql else ALL)
        if sql.startswith("MOVE"):
            return sql, [("C", f"MOVE {number}")]
        return sql, [("T", cursor.source.description(())), ("rows", cursor.source, numbers, (), cursor), ("C", f"FETCH {number}")]

    def cancel(self):
        sql, answer = self.disturbed(*self.victim(hold=False))
        self.steps.append(Step("cancel", f"cancel: {sql}", wire.query(sql), [*answer, ("Z", "TE")], self.random.uniform(0, 0.02)))
        self.model.rollback()
        self.run("simple: ROLLBACK", wire.query("ROLLBACK"), ("C", "ROLLBACK"))

    def cancel_held(self):
        name, cursor = self.victim(hold=True)
        sql, answer = self.disturbed(name, cursor)
        self.steps.append(Step("cancel", f"cancel: {sql}", wire.query(sql), [*answer, ("Z", "II")], self.random.uniform(0, 0.02)))
        self.run("simple: CLOSE victim", wire.query(f"CLOSE {name}"), ("C", "CLOSE CURSOR"))

    def abandon(self):
        """The client is killed while rows arrive."""
        sql, answer = self.disturbed(*self.victim(hold=self.model.status == "I"))
        self.steps.append(Step("abandon", f"abandon: {sql}", wire.query(sql), answer, self.random.choice([0, 1, 2, 100, 5000])))
        self.reconnect()

    def hang_up(self):
        """The client ends in good order, or not, with whatever is open."""
        self.steps.append(Step("hang_up", self.random.choice(["terminate", "close", "reset"])))
        self.reconnect()

    def reconnect(self):
        self.model.vanish()
        self.model.committed = []
        self.own_tables.append(f"storm_own_{self.session}_{len(self.own_tables)}")
