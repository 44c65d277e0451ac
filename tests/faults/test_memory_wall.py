"""Statements that allocate what DuckDB does not count, and statements that do not stop: neither ends the server."""

import subprocess
import threading
import time

import psycopg
import pytest
from support import memory_bombs, paths, wire
from support.waiting import wait_for

BUDGET = 512 << 20
HEADROOM = 256 << 20
# The last net below a wall with a hole: a machine that runs tests has other things to do than to swap.
NET = ("bash", "-c", 'ulimit -v 8000000; exec "$0" "$@"')

pytestmark = pytest.mark.skipif(paths.PRESET != "release", reason="sanitizers replace the allocator that is watched here")


def connect(server, **options):
    return psycopg.connect(server.dsn(**options), autocommit=True)


class Prober(threading.Thread):
    """Another session, which asks for `select 1` all the time."""

    def __init__(self, server):
        super().__init__()
        self.server, self.done, self.seconds = server, threading.Event(), []

    def run(self):
        with connect(self.server) as session:
            while not self.done.is_set():
                began = time.monotonic()
                assert session.execute("SELECT 1").fetchone() == (1,)
                self.seconds.append(time.monotonic() - began)

    def finish(self):
        self.done.set()
        self.join()
        assert self.seconds
        return self.seconds


def bombard(server, work, outcomes, label):
    session = None
    while work:
        try:
            name, form = work.pop()
        except IndexError:
            break
        if session is None or session.closed:
            session = connect(server)
            session.execute("SET statement_timeout = '1s'")
        outcomes[name, form] = memory_bombs.send(session, name, form, 2 * (BUDGET + HEADROOM), label)
    if session is not None:
        session.close()


def test_no_statement_takes_the_server_beyond_its_memory(start):
    server = start(None, "--memory-budget", f"{BUDGET >> 20}MB", wrapper=NET)
    forms = memory_bombs.FORMS
    work = [(name, forms[i % len(forms)]) for i, name in enumerate(memory_bombs.QUICK)]
    outcomes = {}
    prober = Prober(server)
    prober.start()
    threads = [threading.Thread(target=bombard, args=(server, work, outcomes, i)) for i in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    prober.finish()
    peak, files = memory_bombs.memory_peak_bytes(server.pid)
    assert peak - files < BUDGET + HEADROOM, (peak, outcomes)
    assert len(outcomes) == len(memory_bombs.QUICK)
    # Out of memory, out of time, or an argument that the function refuses by itself; nothing is lost or internal.
    unexpected = {key: state for key, state in outcomes.items() if not (state in ("ok", "53200", "57014") or state.startswith("22"))}
    assert unexpected == {}
    assert sum(state == "53200" for state in outcomes.values()) >= 5, outcomes
    assert server.metrics()["memory_refused_total"] > 0


def test_the_refusal_says_what_to_do_and_the_session_goes_on(start):
    server = start(None, "--memory-budget", "512MB", wrapper=NET)
    with connect(server) as session:
        with pytest.raises(psycopg.errors.OutOfMemory) as caught:
            session.execute("SELECT len(range(1000000000))")
        assert "memory_budget" in caught.value.diag.message_hint
        assert session.execute("SELECT len(range(1000))").fetchone() == (1000,)


def test_a_refusal_inside_a_transaction_leaves_the_database_whole(start, tmp_path):
    """Rows that are committed while others are refused memory stay, and nothing is invalidated for other sessions."""
    path = tmp_path / "shop.duckdb"
    server = start(path, "--memory-budget", "256MB", wrapper=NET)
    stop = threading.Event()
    refused = []

    def press():
        with connect(server) as session:
            while not stop.is_set():
                try:
                    session.execute("SELECT length(repeat('ab', 100000000 + (random() * 100000000)::BIGINT))")
                except psycopg.errors.OutOfMemory as error:
                    refused.append(error.sqlstate)

    pressing = [threading.Thread(target=press) for _ in range(3)]
    for each in pressing:
        each.start()
    committed = 0
    with connect(server) as session:
        session.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, text VARCHAR)")
        for batch in range(30):
            try:
                session.execute(f"INSERT INTO item SELECT {batch * 2000} + i, repeat('t', 300) FROM range(2000) t(i)")
                committed += 2000
            except psycopg.errors.OutOfMemory:
                pass
            assert session.execute("SELECT count(*) FROM item").fetchone() == (committed,)
    wait_for(lambda: refused, "a refusal")
    stop.set()
    for each in pressing:
        each.join()
    assert committed > 0
    with connect(server) as session:
        session.execute("CHECKPOINT")
    server.stop()
    server = start(path)
    with connect(server) as session:
        assert session.execute("SELECT count(*), count(DISTINCT id) FROM item").fetchone() == (committed, committed)


def fill(session, sizes):
    """Inserts rows until there is no room, then fewer at a time. How many there are."""
    session.execute("CREATE TABLE filler (h UBIGINT)")
    filled = 0
    for rows in sizes:
        with pytest.raises((psycopg.errors.OutOfMemory, psycopg.errors.DiskFull)):  # noqa: PT012
            while True:
                session.execute(f"INSERT INTO filler SELECT hash(i) FROM range({rows}) t(i)")
                filled += rows
                assert filled < 200_000_000, "memory and its temporary files have a bound"
    return filled


def test_tables_in_memory_that_fill_the_server_stop_no_other_session(start, tmp_path):
    """The insert that finds no room is refused; a commit never is, because DuckDB would lose rows of the table with it."""
    limits = ("--memory-budget", "256MB", "--temp-directory", str(tmp_path / "spilled"), "--temp-directory-size-max", "1MB")
    server = start(None, *limits, wrapper=NET)
    with connect(server) as filling, connect(server) as other:
        filled = fill(filling, (1_000_000, 100_000, 10_000))
        assert other.execute("SELECT count(*) FROM filler").fetchone() == (filled,)
        assert other.execute("SELECT len(list(i)) FROM range(1000) t(i)").fetchone() == (1000,)
        filling.execute("DROP TABLE filler")
        filling.execute("CREATE TABLE filler AS SELECT hash(i) AS h FROM range(1000000) t(i)")
        assert other.execute("SELECT count(*) FROM filler").fetchone() == (1_000_000,)


def test_temporary_files_obey_their_bound(start, tmp_path):
    spilled = tmp_path / "spilled"
    server = start(None, "--memory-budget", "256MB", "--temp-directory", str(spilled), "--temp-directory-size-max", "50MB", wrapper=NET)
    with connect(server) as session:
        with pytest.raises(psycopg.errors.DiskFull) as caught:
            session.execute("SELECT count(*) FROM (SELECT hash(i) AS h FROM range(100000000) t(i) ORDER BY h)")
        assert "temp_directory_size_max" in caught.value.diag.message_hint
        assert session.execute("SELECT 1").fetchone() == (1,)


def test_a_timeout_ends_a_call_that_asks_for_ever_more_memory(start):
    """repeat() over a vector allocates for seconds and looks at no interrupt; the next large allocation ends it."""
    server = start(None, "--memory-budget", "4GB", wrapper=NET)
    with connect(server) as session:
        session.execute("SET statement_timeout = '300ms'")
        with pytest.raises(psycopg.errors.QueryCanceled) as caught:
            session.execute("SELECT sum(length(repeat('ab', 1000000 + i))) FROM range(2000) t(i)")
        assert "statement timeout" in str(caught.value)
        assert session.execute("SELECT 1").fetchone() == (1,)


def test_catalog_queries_are_not_locked_out_by_a_small_budget(start):
    """What the background reserves leaves room for one catalog query, however small the budget is."""
    server = start(None, "--memory-budget", "256MB", "--admission-timeout", "2s")
    with connect(server) as busy, connect(server) as other:
        busy.execute("SET sluice.profile = background")

        def compute():
            with pytest.raises(psycopg.errors.QueryCanceled):
                busy.execute("SELECT count(*) FROM range(1000000000000) t(i) WHERE i % 7 = 3")

        computing = threading.Thread(target=compute)
        computing.start()
        wait_for(lambda: server.metrics()["admission_running"] == 1, "the background statement")
        assert other.execute("SELECT count(*) >= 0 FROM pg_catalog.pg_class").fetchone() == (True,)
        busy.cancel()
        computing.join()


@pytest.mark.parametrize("flag, least", [("memory_budget", "64MB"), ("memory_limit", "56MB"), ("memory_headroom", "128MB")])
def test_too_little_memory_is_refused_with_the_least_that_works(flag, least):
    refused = subprocess.run(
        [str(paths.SLUICE), "serve", "--listen", "127.0.0.1:0", "--" + flag.replace("_", "-"), "1MB"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert refused.returncode != 0
    assert f"{flag}: must be at least {least}" in refused.stderr


def unresponsive(session):
    return session.execute("SELECT unresponsive_ms, query FROM sluice.running_queries WHERE unresponsive_ms IS NOT NULL").fetchall()


def test_a_statement_that_does_not_stop_is_shown_and_its_client_is_answered(start, tmp_path):
    log = tmp_path / "server.log"
    server = start(None, "--cancel-timeout", "2s", log=log)
    with connect(server) as watcher:
        stuck = wire.Connection(server, seconds=60)
        stuck.query("SET statement_timeout = '200ms'")
        # One call of some ten seconds that looks at no interrupt.
        stuck.send(wire.query("SELECT levenshtein(repeat('ab', 30000), repeat('ba', 30000))"))
        shown = wait_for(lambda: unresponsive(watcher), "an unresponsive statement")
        assert shown[0][0] >= 1000 and "levenshtein" in shown[0][1]
        messages = stuck.until_ready()
        answer = wire.first_error(messages)
        assert answer["C"] == "57014" and answer["S"] == "FATAL" and "statement timeout" in answer["M"], answer
        assert server.metrics()["unanswered_cancels_total"] == 1
        assert "statement does not stop" in log.read_text()
        assert watcher.execute("SELECT 1").fetchone() == (1,)
        # It ends by itself and leaves its record.
        ended = "SELECT sqlstate, unresponsive_ms > 1000 FROM sluice.query_log WHERE query LIKE 'SELECT levenshtein%'"
        assert wait_for(lambda: watcher.execute(ended).fetchall(), "the statement's end", 120) == [("57014", True)]
        stuck.close()
