"""Single sequences of cursor commands, answer by answer: PostgreSQL 15 is asked in the same run what is right."""

import itertools

import pytest
from differences import DIFFERENCES
from scripts import SCRIPTS, SET_UP, On, Wire
from storm import connect, digest, without_overture
from support import paths, wire
from support.server import Server
from test_model import outcome, sequences

SPOKEN_MESSAGES = {"1": "ParseComplete", "2": "BindComplete", "3": "CloseComplete", "n": "NoData", "s": "PortalSuspended", "I": "EmptyQueryResponse"}


LINES_MAX = 30  # rows of one answer that are written out


def spoken(kind, body):
    """A message as a line, without what no client looks at: an error's source position, a table's OID."""
    kind = kind.decode()
    if kind == "T":
        return kind, "columns " + ", ".join(f"{c.name} {c.oid}/{c.size}/{c.modifier}/{c.format}" for c in wire.columns(body))
    if kind == "D":
        return kind, f"row {wire.row(body)}"
    if kind in "EN":
        fields = wire.error_fields(body)
        # What a syntax error says is the parser's own affair.
        return kind, f"{fields['S']} {fields['C']}" + ("" if fields["C"] in ("42601", "42P01", "42703", "22P02") else f" {fields['M']}")
    if kind == "C":
        return kind, f"tag {body[:-1].decode()}"
    if kind == "Z":
        return kind, f"ready {body.decode()}"
    if kind == "t":
        return kind, f"parameters {body.hex()}"
    return kind, SPOKEN_MESSAGES.get(kind, kind or "closed")


def answer(messages):
    said = [spoken(kind, body) for kind, body in messages if kind not in (b"S", b"K")]
    if any(kind == "E" for kind, _ in said):
        said = without_overture(said)
    lines = []
    for kind, group in itertools.groupby(said, key=lambda pair: pair[0]):
        group = [line for _, line in group]
        if kind == "D" and len(group) > LINES_MAX:
            group = [group[0], f"… {len(group)} rows, {digest([line.encode() for line in group])} …", group[-1]]
        lines += group
    return lines


def play(server, script):
    """What each step came to, as `step → line`."""
    connections, said = {"": connect(server)}, []
    try:
        for step in script:
            name, what = (step.name, step.step) if isinstance(step, On) else ("", step)
            if name not in connections:
                connections[name] = connect(server)
            data = what.data if isinstance(what, Wire) else wire.query(what)
            said += [f"{step} → {line}" for line in answer(connections[name].run(data))]
    finally:
        for connection in connections.values():
            connection.close()
    return said


def set_up(server):
    with connect(server) as connection:
        for sql in SET_UP:
            assert wire.first_error(connection.query(sql)) is None, sql


@pytest.fixture(scope="module")
def theirs(postgres):
    set_up(postgres)
    return postgres


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    server = Server(None, log=tmp_path_factory.mktemp("log") / "commands.log")
    set_up(server)
    yield server
    assert server.stop() == 0


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script(ours, theirs, name):
    assert play(ours, SCRIPTS[name]) == play(theirs, SCRIPTS[name])


def test_postgresql_takes_every_script(theirs):
    """A script that PostgreSQL throws out would compare nothing."""
    for name, script in SCRIPTS.items():
        said = play(theirs, script)
        assert not any("closed" in line for line in said), (name, said)


@pytest.mark.parametrize("difference", [each for each in DIFFERENCES if each.script], ids=lambda difference: difference.what)
def test_a_difference(ours, theirs, difference):
    """Both servers still do what the table says: one that is gone has to leave it."""
    assert play(theirs, difference.script)[-len(difference.theirs) :] == difference.theirs
    assert play(ours, difference.script)[-len(difference.ours) :] == difference.ours


def test_the_page_is_the_table():
    page = (paths.ROOT / "docs" / "reference" / "compatibility.md").read_text()
    rows = [line for line in page.split("## Cursors")[1].split("\n## ")[0].splitlines() if line.startswith("|")]
    assert rows[2:] == [f"| {each.what} | {each.postgresql} | {each.sluice} | {each.reason} |" for each in DIFFERENCES]


@pytest.mark.parametrize("scroll", [True, False])
@pytest.mark.parametrize("size", [0, 1, 2, 5])
def test_every_command_from_every_place(ours, size, scroll):
    """The whole table of test_model.py, which PostgreSQL has confirmed."""
    wrong = []
    with connect(ours) as connection:
        for preparation, statement, *expected in sequences(size, scroll):
            script = ["BEGIN", *preparation, statement, "FETCH NEXT FROM c", "ROLLBACK"]
            connection.send(*map(wire.query, script))
            answers = [connection.until_ready() for _ in script]
            got = [outcome(answers[-3]), outcome(answers[-2])]
            if got != expected:
                wrong.append(f"{preparation[1]}; {statement}: {got}, expected {expected}")
    assert not wrong, "\n".join(wrong)
