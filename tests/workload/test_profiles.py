"""Profiles: who gets which, and what they do."""

import subprocess
import threading
import time

import psycopg
import pytest
from observe import LASTS, ask, connect, log, running
from support import paths
from support.waiting import wait_for


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    from support.server import Server

    settings = tmp_path_factory.mktemp("config") / "sluice.toml"
    settings.write_text('profile = ["nightly memory=7MB timeout=1h priority=low", "short timeout=200ms", "stubborn timeout=1s cancellable=off"]\n')
    made = Server(
        None, "--config", str(settings), "--memory-budget", "1GB", "--profile-user", "etl=nightly", "--profile-application", "report tool=background"
    )
    yield made
    assert made.stop() == 0


def profile_of(connection, server, sql, parameters=None):
    connection.execute(sql, parameters)
    return log(server, "profile", f"session_id = {connection.info.backend_pid}")[-1][0]


def test_the_most_specific_choice_wins(server):
    with connect(server) as anybody:
        assert profile_of(anybody, server, "SELECT 1") == "streaming"
        assert profile_of(anybody, server, "SELECT relname FROM pg_catalog.pg_class") == "catalog"
        assert profile_of(anybody, server, "/*+ profile(nightly) */ SELECT relname FROM pg_catalog.pg_class") == "nightly"
        assert profile_of(anybody, server, "SELECT %s::int", (5,)) == "streaming"
        anybody.execute("SET sluice.profile = background")
        assert profile_of(anybody, server, "SELECT 1") == "background"
        assert profile_of(anybody, server, "SELECT /*+ profile(short) */ 1") == "short"
        assert profile_of(anybody, server, "SELECT '/*+ profile(short) */'") == "background"
        anybody.execute("RESET sluice.profile")
        anybody.execute("SET application_name = 'report tool'")
        assert profile_of(anybody, server, "SELECT 1") == "background"
    with connect(server, user="etl") as etl:
        assert profile_of(etl, server, "SELECT 1") == "nightly"


def test_set_local_ends_with_the_transaction(server):
    with connect(server) as connection:
        connection.execute("BEGIN")
        connection.execute("SET LOCAL sluice.profile = nightly")
        assert profile_of(connection, server, "SELECT 1") == "nightly"
        connection.execute("COMMIT")
        assert profile_of(connection, server, "SELECT 1") == "streaming"


def test_an_unknown_profile_is_refused_and_changes_nothing(server):
    with connect(server) as connection:
        with pytest.raises(psycopg.errors.InvalidParameterValue, match='profile "nonsense" does not exist'):
            connection.execute("SET sluice.profile = nonsense")
        assert connection.execute("SHOW sluice.profile").fetchone() == ("",)
        assert profile_of(connection, server, "/*+ profile(nonsense) */ SELECT 1") == "streaming"


def test_the_table_of_profiles(server):
    rows = ask(server, "SELECT name, memory_bytes, timeout_ms, priority, rows_expected, cancellable FROM sluice.profiles ORDER BY name")
    assert rows == [
        ("background", 500 << 20, 600_000, "low", None, True),
        ("catalog", 100 << 20, 5_000, "high", 1000, False),
        ("nightly", 7 << 20, 3_600_000, "low", None, True),
        ("short", 16 << 20, 200, "normal", None, True),
        ("streaming", 16 << 20, 300_000, "normal", None, True),
        ("stubborn", 16 << 20, 1_000, "normal", None, False),
    ]


def test_a_timeout_ends_a_statement_and_the_session_goes_on(server):
    with connect(server) as connection:
        with pytest.raises(psycopg.errors.QueryCanceled, match="timeout of its profile"):
            connection.execute(f"/*+ profile(short) */ {LASTS}")
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_statement_timeout_takes_the_place_of_the_profiles(server):
    with connect(server) as connection:
        connection.execute("SET sluice.profile = short")
        connection.execute("SET statement_timeout = '400ms'")
        with pytest.raises(psycopg.errors.QueryCanceled, match="due to statement timeout"):
            connection.execute(LASTS)


def test_users_cannot_cancel_what_is_not_cancellable(server):
    with connect(server) as connection:
        errors = []

        def work():
            try:
                connection.execute(f"/*+ profile(stubborn) */ {LASTS}")
            except psycopg.errors.QueryCanceled as error:
                errors.append(str(error))

        worker = threading.Thread(target=work)
        worker.start()
        wait_for(lambda: any(state == "executing" for (state,) in running(server, "state")))
        connection.cancel()
        worker.join()
        assert len(errors) == 1 and "timeout of its profile" in errors[0]


def test_time_in_which_the_client_reads_nothing_does_not_count(server):
    """A profile's second is a second of work."""
    with connect(server) as connection, connection.cursor() as cursor:
        rows = cursor.stream("/*+ profile(short) */ SELECT i, repeat('x', 1000) FROM range(20000) t(i)")
        next(rows)
        time.sleep(0.5)  # longer than the profile's timeout: this is what is tested
        assert sum(1 for _ in rows) == 19_999


@pytest.mark.parametrize(
    ("flag", "value", "reason"),
    [
        ("--profile", "nightly colour=red", "there is no field colour"),
        ("--profile", "nightly memory=much", "memory"),
        ("--profile-user", "etl=nightly", "there is no profile nightly"),
        ("--user-limits", "etl timeout=1s", "there is no field timeout"),
    ],
)
def test_a_wrong_definition_is_one_clear_line(flag, value, reason):
    done = subprocess.run([str(paths.SLUICE), "serve", flag, value], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode != 0
    assert reason in done.stderr and done.stderr.count("\n") == 1, done.stderr
