#!/usr/bin/env python3
"""The storm: many sessions do random things with cursors at once, on Sluice and on PostgreSQL 15.

storm.py [--sessions 50] [--rounds 200] [--seed 1] [--server both|sluice|postgres] [--transcript FOLDER] [--print SESSION]
Every answer must be the model's (program.py), the transcripts of both servers must be the same line by line, and Sluice
must be left without cursors, connections and buffered bytes. SLUICE_PRESET picks the build, as in all tests.
"""

import argparse
import collections
import contextlib
import hashlib
import pathlib
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

import results  # noqa: E402
from program import Program  # noqa: E402
from support import wire  # noqa: E402
from support.postgres import Postgres  # noqa: E402
from support.server import Server  # noqa: E402

ANSWER_SECONDS = 120  # for one statement, on a busy machine, in an instrumented build
REST_SECONDS = 30
AT_REST = {  # what /metrics must say once every client has gone
    "cursor_active_count": 0,
    "sessions_active": 0,
    "connections_active": 0,
    "session_buffered_bytes": 0,
    "engine_connections_on_loan": 0,
}


class Unexpected(Exception):
    """An answer that is not the model's."""


def connect(server):
    return wire.Connection(server, seconds=ANSWER_SECONDS, database=server.database)


def items(messages):
    """Messages as program.py writes them; notices and parameter changes are left out."""
    found, data = [], []
    for kind, body in messages:
        if kind == b"D":
            data.append(body)
            continue
        if data:
            found.append(("rows", data))
            data = []
        if kind == b"T":
            found.append(("T", tuple(map(tuple, wire.columns(body)))))
        elif kind == b"C":
            found.append(("C", body[:-1].decode()))
        elif kind == b"E":
            found.append(("E", wire.error_fields(body)["C"]))
        elif kind == b"Z":
            found.append(("Z", body.decode()))
        elif kind not in (b"S", b"N"):
            found.append((kind.decode() or "closed",))
    return found


def without_overture(answer):
    """An extended query that fails: whether it does in Parse, in Describe or in Execute is the server's business."""
    return [item for item in answer if item[0] not in ("1", "2", "n", "T")] if answer[0][0] in "12n" else answer


def compare(expected, got, memory):
    """The transcript of an answer; Unexpected if it is not the expected one."""
    if any(item[0] == "E" for item in got) and got[0][0] != "C":
        expected, got = without_overture([*expected]), without_overture(got)
        if expected[0][0] == "E" and got[0][0] == "T":
            got = got[1:]
    said = []
    waiting = list(got)
    for item in expected:
        if item[0] == "rows":
            _, source, numbers, formats, cursor = item
            bodies = waiting.pop(0)[1] if waiting and waiting[0][0] == "rows" else []
            wrong = source.check(bodies, numbers, formats, memory.setdefault(id(cursor), []) if cursor else [])
            if wrong:
                raise Unexpected(wrong)
            said.append(f"{len(bodies)} rows " + ("" if isinstance(source, results.Versions) else digest(bodies)))
        elif item[0] == "values":
            bodies = waiting.pop(0)[1] if waiting and waiting[0][0] == "rows" else []
            if [wire.row(body) for body in bodies] != item[1]:
                raise Unexpected(f"got {[wire.row(body) for body in bodies]}, expected {item[1]}")
            said.append(f"{len(bodies)} rows {digest(bodies)}")
        else:
            if not waiting or waiting[0] != item:
                raise Unexpected(f"got {shorten(waiting)}, expected {item}")
            said.append(" ".join(map(str, waiting.pop(0))))
    if waiting:
        raise Unexpected(f"got {shorten(waiting)} beyond what was expected")
    return " | ".join(said)


def shorten(answer):
    return [(item[0], f"{len(item[1])} rows") if item[0] == "rows" else item for item in answer[:4]]


def digest(bodies):
    return hashlib.blake2b(b"".join(bodies), digest_size=6).hexdigest()


def part_of(expected, got, status):
    """An answer that was cut short: the rows there are must be the first ones, and the rest an error or nothing."""
    bodies = next((item[1] for item in got if item[0] == "rows"), [])
    wanted = next((item for item in expected if item[0] == "rows"), None)
    if bodies and (wanted is None or bodies != wanted[1].bodies(wanted[2][: len(bodies)], wanted[3])):
        raise Unexpected(f"{len(bodies)} rows, not the first ones of what was asked for")
    rest = [item for item in got if item[0] not in ("rows", "T")]
    if status and rest != [("E", "57014"), ("Z", status)]:
        raise Unexpected(f"got {rest}, expected 57014")


class Client:
    """One session: goes through its program and writes down what came back."""

    def __init__(self, server, program):
        self.server, self.program = server, program
        self.transcript, self.problem = [], None
        self.memory = {}
        self.cancels = []  # whether each cancel was in time
        self.thread = threading.Thread(target=self._go, daemon=True)

    def _go(self):
        step, number = None, 0
        self.connection = None
        try:
            self.connection = connect(self.server)
            for number, step in enumerate(self.program.steps):
                said = getattr(self, step.kind)(step)
                self.transcript.append(f"{number} {step.label} → {said}")
                if self.connection is None and number + 1 < len(self.program.steps):
                    self.connection = connect(self.server)
        except (Unexpected, OSError) as error:
            self.problem = f"session {self.program.session}, step {number} of {len(self.program.steps)}, {step and step.label}: {error!r}"
            if self.connection:
                self.connection.close()

    def run(self, step):
        return compare(step.expect, items(self.connection.run(step.send)), self.memory)

    def cancel(self, step):
        """The request is sent at a moment of its own; it is over before the next statement, so that it hits no other."""
        canceller = threading.Timer(step.moment, wire.cancel, [self.server, *self.connection.key])
        canceller.start()
        got = items(self.connection.run(step.send))
        canceller.join()
        self.cancels.append(any(item[0] == "E" for item in got))
        if self.cancels[-1]:
            part_of(step.expect, got, step.expect[-1][1][1])
        else:
            compare([*step.expect[:-1], ("Z", step.expect[-1][1][0])], got, self.memory)
        return "complete or cancelled"

    def abandon(self, step):
        self.connection.send(step.send)
        messages = []
        while len(messages) < step.moment and (not messages or messages[-1][0] in (b"T", b"D")):
            messages.append(self.connection.receive())
        part_of(step.expect, items(messages), None)
        self.connection.reset()
        self.connection = None
        return "vanished"

    def hang_up(self, step):
        if step.label == "terminate":
            self.connection.send(wire.TERMINATE)
        (self.connection.reset if step.label == "reset" else self.connection.close)()
        self.connection = None
        return "gone"


class Writer:
    """Rewrites storm_versions in one transaction after the other while the storm lasts."""

    def __init__(self, server):
        self.connection = connect(server)
        self.over = threading.Event()
        self.commits, self.problem = 0, None
        self.thread = threading.Thread(target=self._go, daemon=True)

    def _go(self):
        while not self.commits or not self.over.wait(0.05):  # a pace, not a wait for anything
            for sql in ("BEGIN", "UPDATE storm_versions SET version = version + 1", "COMMIT"):
                error = wire.first_error(self.connection.query(sql))
                if error:
                    self.problem = f"writer, {sql}: {error}"
                    return
            self.commits += 1

    def stop(self):
        self.over.set()
        self.thread.join(ANSWER_SECONDS)
        self.connection.close()


def prepare(server, programs):
    with connect(server) as connection:
        for sql in results.set_up([table for program in programs for table in program.own_tables]):
            error = wire.first_error(connection.query(sql))
            if error:
                raise RuntimeError(f"{sql}: {error}")


Outcome = collections.namedtuple("Outcome", "transcripts problems cancels")


def storm(server, programs):
    """The transcript of each session, everything that went wrong, and for each cancel whether it was in time."""
    prepare(server, programs)
    writer = Writer(server)
    clients = [Client(server, program) for program in programs]
    writer.thread.start()
    for client in clients:
        client.thread.start()
    for client in clients:
        client.thread.join()
    writer.stop()
    problems = [each.problem for each in [*clients, writer] if each.problem]
    if not writer.commits:
        problems.append("the writer never committed")
    return Outcome([client.transcript for client in clients], problems, [each for client in clients for each in client.cancels])


def left_behind(server):
    """What of AT_REST is not at rest after REST_SECONDS: {name: value}, None for a metric that there is not."""
    deadline = time.monotonic() + REST_SECONDS
    while True:
        now = server.metrics()
        wrong = {name: now.get(name) for name, value in AT_REST.items() if now.get(name) != value}
        if not wrong or time.monotonic() > deadline:
            return wrong
        time.sleep(0.1)  # the server says nothing when a session has ended


def differences(ours, theirs):
    found = []
    for session, (a, b) in enumerate(zip(ours, theirs)):
        found += [f"session {session}: Sluice {x}; PostgreSQL {y}" for x, y in zip(a, b) if x != y][:3]
        if len(a) != len(b):
            found.append(f"session {session}: {len(a)} steps on Sluice, {len(b)} on PostgreSQL")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--server", choices=["both", "sluice", "postgres"], default="both")
    parser.add_argument("--transcript", help="folder for one file per server and session")
    parser.add_argument("--print", type=int, help="only prints the program of this session")
    options = parser.parse_args()
    if options.print is not None:
        for number, step in enumerate(Program(options.seed, options.print, options.rounds).steps):
            print(number, step.kind, step.label, [item for item in step.expect if item[0] != "T"])
        return 0
    programs = [Program(options.seed, session, options.rounds) for session in range(options.sessions)]
    transcripts, problems = {}, []
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="sluice-storm-"))
        for name in ["postgres", "sluice"] if options.server == "both" else [options.server]:
            if name == "postgres":
                server = stack.enter_context(Postgres(max_connections=300, fsync="off"))
            else:
                server = Server(f"{folder}/storm.duckdb", log=f"{folder}/log")
                stack.callback(server.kill)
            started = time.monotonic()
            outcome = storm(server, programs)
            transcripts[name] = outcome.transcripts
            print(f"{name}: {options.sessions} sessions, {sum(map(len, outcome.transcripts))} steps in {time.monotonic() - started:.1f} s, "
                  f"{sum(outcome.cancels)} of {len(outcome.cancels)} cancels in time, {len(outcome.problems)} wrong", flush=True)  # fmt: skip
            problems += [f"{name}: {each}" for each in outcome.problems]
            if name == "sluice":
                problems += [f"sluice: left behind: {left}" for left in [left_behind(server)] if left]
                problems += [f"sluice: ended with {code}" for code in [server.stop()] if code != 0]
    if options.server == "both":
        problems += differences(transcripts["sluice"], transcripts["postgres"])
    for name, sessions in transcripts.items() if options.transcript else ():
        for session, lines in enumerate(sessions):
            path = pathlib.Path(options.transcript) / f"{name}-{session:03}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(lines) + "\n")
    print("\n".join(problems) or "no difference, nothing left behind")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
