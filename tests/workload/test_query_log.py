"""sluice.query_log, the slow-query line, numbers by profile and user, and connections to the engine."""

import contextlib
import json
import re
import threading

import psycopg
import pytest
from observe import LASTS, ask, connect, log, running
from support import paths
from support.waiting import wait_for


def test_every_statement_has_a_line(start):
    server = start()
    with connect(server, application_name="shop") as connection:
        connection.execute("SELECT i, 'x' FROM range(5000) t(i)")
        with pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("SELECT * FROM missing")
        with pytest.raises(psycopg.errors.SyntaxError):
            connection.execute("SELEKT 1")
        connection.execute("SELECT %s", ("a secret value",))
        pid = connection.info.backend_pid
    rows = log(server, "query, sqlstate, rows, profile, user_name, database, application_name", f"session_id = {pid}")
    assert rows == [
        ("SELECT i, 'x' FROM range(5000) t(i)", "00000", 5000, "streaming", "postgres", "main", "shop"),
        ("SELECT * FROM missing", "42P01", 0, None, "postgres", "main", "shop"),
        ("SELEKT 1", "42601", 0, None, "postgres", "main", "shop"),
        ("SELECT $1", "00000", 1, "streaming", "postgres", "main", "shop"),
    ]
    times = "total_ms >= first_row_ms AND first_row_ms > 0 AND fetch_ms > 0 AND bytes > 5000 * 10 AND reserved_bytes > 0 AND started <= now()"
    assert log(server, times, f"session_id = {pid} AND rows = 5000") == [(True,)]


def test_secrets_that_a_statement_sets_are_not_shown(start):
    server = start()
    with connect(server) as connection:
        for sql, parameters in (
            ("SET s3_secret_access_key = 'hunter2'", None),
            ("SELECT 1; SET SESSION \"S3_Session_Token\" TO 'hunter2'", None),
            ("SELECT set_config('s3_secret_access_key', 'hunter2', %s)", (False,)),
            ("CREATE SECRET s (TYPE s3, SECRET 'hunter2')", None),
            ("CREATE SECRET s (TYPE s3, SECRET 'hunter2", None),
        ):
            with contextlib.suppress(psycopg.Error):  # refused or not, the text is kept
                connection.execute(sql, parameters)
        connection.execute("SELECT 'hunter3' AS secret")
    texts = [text for (text,) in log(server, "query")]
    assert "SET s3_secret_access_key ..." in texts and "SELECT 'hunter3' AS secret" in texts
    assert not [text for text in texts if "hunter2" in text]


def test_fingerprints_are_the_same_for_texts_that_differ_in_values(start):
    server = start()
    with connect(server) as connection:
        for sql in ("SELECT 1 WHERE 2 IN (3, 4)", "select  9 where 8 in (7)", "SELECT 1"):
            connection.execute(sql)
    prints = [one for (one,) in log(server, "fingerprint")]
    assert prints[0] == prints[1] != prints[2]


def test_slow_statements_are_logged_without_their_values(start, tmp_path):
    server = start(None, "--slow-query-threshold", "1ms", "--log-format", "json", log=tmp_path / "log")
    with connect(server) as connection:
        connection.execute("SELECT count(*) FROM range(3000000) t(i) WHERE i <> 123456789 AND 'hidden' <> %s", ("very secret",))
    lines = (tmp_path / "log").read_text()
    assert "hidden" not in lines and "very secret" not in lines and "123456789" not in lines
    line = next(json.loads(each) for each in lines.splitlines() if '"statement"' in each)
    assert line["user"] == "postgres" and line["profile"] == "streaming" and line["sqlstate"] == "00000"
    assert line["total_ms"] >= line["first_row_ms"] > 1 and line["rows"] == 1
    assert {"query", "session", "plan_ms", "wait_ms", "fetch_ms", "bytes", "reserved_bytes", "peak_memory_bytes", "spilled_bytes"} <= line.keys()
    assert re.fullmatch("[0-9a-f]{16}", line["fingerprint"]) and line["text"].startswith("select count(*) from range(?)")


def test_memory_and_spilling_are_noted(start, tmp_path):
    server = start(None, "--memory-limit", "128MB", "--temp-directory", str(tmp_path / "temp"))
    with connect(server) as connection:
        connection.execute("SELECT count(*) FROM (SELECT i, md5(i::VARCHAR) AS h FROM range(4000000) t(i) ORDER BY h LIMIT 3500000) WHERE h <> ''")
    peak, spilled = log(server, "peak_memory_bytes, spilled_bytes")[-1]
    assert 32 << 20 < peak <= 160 << 20 and spilled > 1 << 20
    assert server.metrics()['query_spilled_bytes_total{profile="streaming"}'] == spilled


def test_numbers_by_profile_and_by_user(start):
    server = start(None, "--profile-user", "etl=background")
    with connect(server, user="etl") as connection:
        for _ in range(3):
            connection.execute("SELECT * FROM range(10)").fetchall()
        with pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("SELECT * FROM missing")
    found = server.metrics()
    assert found['query_total{profile="background"}'] == 3, "what is not planned has no profile yet"
    assert found['query_rows_total{profile="background"}'] == 30
    assert found['user_query_total{user="etl"}'] == 4
    assert found['user_query_failed_total{user="etl"}'] == 1
    for name, count in (("seconds", 3), ("first_row_seconds", 3), ("fetch_seconds", 3), ("wait_seconds", 0)):
        assert found[f'query_{name}_count{{profile="background"}}'] == count


def test_profile_query_keeps_what_each_operator_did(start):
    server = start()
    with connect(server) as connection:
        connection.execute("SET sluice.profile_query = on")
        connection.execute("SELECT count(*) FROM range(1000) a(x) JOIN range(100) b(y) ON x = y").fetchall()
        connection.execute("SET sluice.profile_query = off")
        connection.execute("SELECT 1")
    kept = log(server, "operators", "query LIKE 'SELECT%'")
    assert kept[1] == (None,)

    def operators(node):
        yield node
        for child in node["children"]:
            yield from operators(child)

    joins = [each for each in operators(json.loads(kept[0][0])) if each.get("OPERATOR_NAME") == "HASH_JOIN"]
    assert [each["OPERATOR_CARDINALITY"] for each in joins] == [100]


def test_the_log_has_a_bound(start):
    server = start(None, "--query-log-entries", "5")
    with connect(server) as connection:
        for i in range(20):
            connection.execute(f"SELECT {i}")
    assert [query for (query,) in ask(server, "SELECT query FROM sluice.query_log")] == [f"SELECT {i}" for i in range(15, 20)]


def test_idle_sessions_leave_their_connection_to_others(start):
    server = start(None, "--engine-connections-max", "2")
    sessions = [connect(server) for _ in range(10)]
    for turn in range(3):
        for i, each in enumerate(sessions):
            assert each.execute("SELECT %s::int", (i + turn,)).fetchone() == (i + turn,)
    assert server.metrics()["engine_connections_opened_total"] == 2
    for each in sessions:
        each.close()


def test_who_finds_all_connections_taken_waits_and_is_told_when_it_takes_too_long(start):
    server = start(None, "--engine-connections-max", "1", "--engine-connection-timeout", "500ms")
    with connect(server) as holder, connect(server) as other:
        holder.execute("BEGIN")
        holder.execute("SELECT 1")
        with pytest.raises(psycopg.errors.TooManyConnections, match="no connection became free"):
            other.execute("SELECT 1")
        answers = []
        waiting = threading.Thread(target=lambda: answers.append(other.execute("SELECT 2").fetchone()))
        waiting.start()
        wait_for(lambda: server.metrics()["engine_connections_waiting"] == 1, "a session that waits")
        holder.execute("COMMIT")
        waiting.join()
        assert answers == [(2,)]


def test_connections_and_their_holders(start):
    server = start()
    with connect(server) as holder:
        holder.execute("BEGIN")
        holder.execute("SELECT 1")
        state = f"SELECT state, query_id IS NOT NULL FROM sluice.connections WHERE session_id = {holder.info.backend_pid}"
        # The client has its answer a moment before the session has put the statement away.
        wait_for(lambda: ask(server, state) == [("held", True)])


def test_a_lasting_statement_is_seen(start):
    server = start()
    with connect(server, application_name="shop") as connection:
        worker = threading.Thread(target=lambda: pytest.raises(psycopg.errors.QueryCanceled, connection.execute, LASTS))
        worker.start()
        wait_for(lambda: running(server, "state") == [("executing",)])
        assert running(server, "query, application_name, total_ms > 0, sqlstate") == [(LASTS, "shop", True, None)]
        connection.cancel()
        worker.join()
    wait_for(lambda: running(server) == [])


def test_the_server_has_the_metrics_that_its_page_lists(start):
    server = start()
    with connect(server) as connection:
        connection.execute("SELECT 1")
    served = set(re.findall(r"^# TYPE (\w+)", server.get("/metrics")[1], re.M))
    page = (paths.ROOT / "docs/reference/metrics.md").read_text()
    of_server, of_library = page.split("\n## Of ")[1:]
    assert set(re.findall(r"^\| `(\w+)`", of_server, re.M)) == served
    assert not served & set(re.findall(r"^\| `(\w+)`", of_library, re.M))


def test_connections_tell_the_memory_of_what_streams_on_them(start):
    server = start(None, "--profile", "streaming memory=32MB")
    reader = connect(server)
    reader.pgconn.send_query(b"SELECT i, repeat('x', 100) FROM range(100000000) t(i)")
    shown = f"SELECT state, reserved_bytes, peak_memory_bytes > 0 FROM sluice.connections WHERE session_id = {reader.info.backend_pid}"
    # A statement that pauses for its client gives its reservation to others after a while.
    wait_for(lambda: ask(server, shown) in ([("streaming", 32 << 20, True)], [("streaming", None, True)]), lambda: ask(server, shown))
    reader.close()


def test_the_plan_cache_is_counted(start):
    server = start()
    with connect(server) as connection:
        connection.execute("CREATE TABLE t (a INTEGER)")

        def moved(sql):
            names = ("hits", "misses", "stale")
            before = server.metrics()
            connection.execute(sql, prepare=False)
            after = server.metrics()
            return [after[f"engine_plan_cache_{name}_total"] - before[f"engine_plan_cache_{name}_total"] for name in names]

        select = "SELECT a FROM t WHERE a > 1"
        assert moved(select) == [0, 1, 0]
        assert moved(select)[1] == 1, "a text is kept from its second appearance on"
        assert moved(select) == [1, 0, 0]
        connection.execute("INSERT INTO t VALUES (5)")
        assert moved(select) == [0, 0, 1]


def test_a_count_has_operators_in_its_profile(start):
    server = start()
    with connect(server) as connection:
        connection.execute("CREATE TABLE t AS SELECT * FROM range(1000) r(a)")
        connection.execute("SET sluice.profile_query = on")
        for sql in ("SELECT count(*) FROM t", "SELECT 1", "SELECT * FROM t LIMIT 0"):
            for _ in range(3):
                connection.execute(sql).fetchall()
                connection.pgconn.exec_(sql.encode())  # the simple protocol
    for query, operators in log(server, "query, operators", "query LIKE 'SELECT%'"):
        assert operators is not None and json.loads(operators)["children"], query
