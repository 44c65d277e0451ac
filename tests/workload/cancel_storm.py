#!/usr/bin/env python3
"""The storm of cancels: 200 queries of all kinds from 20 sessions, each second one cancelled at a random moment, and nothing may stay.

cancel_storm.py [--rounds 50] [--queries 200] [--seed 1]
After each round: no reservation, no waiter, no connection on loan, no running query, no temporary file, and no thread more than the
first round left. SLUICE_PRESET picks the build.
"""

import argparse
import pathlib
import random
import sys
import tempfile
import threading
import time

import psycopg

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

from support import paths  # noqa: E402
from support.server import Server  # noqa: E402

SESSIONS = 20
REST_SECONDS = 30
ALLOWED = {None, "57014"}
QUERIES = [
    "SELECT 1",
    "SELECT count(*) FROM (SELECT md5(i::VARCHAR) AS h FROM range(400000) t(i) ORDER BY h LIMIT 300000) WHERE h <> ''",
    "SELECT i, repeat('x', 100) FROM range(50000) t(i)",
    "SELECT relname FROM pg_catalog.pg_class",
    "/*+ profile(background) */ SELECT count(DISTINCT i % 100000) FROM range(2000000) t(i)",
    "CREATE OR REPLACE TEMP TABLE mine AS SELECT * FROM range(50000)",
    "SET sluice.profile = background",
    "RESET sluice.profile",
]
FLAGS = [
    "--memory-budget",
    "256MB" if paths.PRESET == "release" else "1GB",  # a sanitizer's own memory counts, too
    "--profile",
    "background memory=100MB",
    "--engine-connections-max",
    "12",
    "--engine-connection-idle-timeout",
    "1s",
]
AT_REST = {
    "admission_reserved_bytes": 0,
    "admission_running": 0,
    'admission_waiting{priority="high"}': 0,
    'admission_waiting{priority="normal"}': 0,
    'admission_waiting{priority="low"}': 0,
    "engine_connections_on_loan": 0,
    "engine_connections_waiting": 0,
    "session_buffered_bytes": 0,
    "sessions_active": 0,
}


def session(server, seed, queries, outcomes):
    chance = random.Random(seed)
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        for turn in range(queries):
            stopper = None
            if turn % 2 == 1:
                stopper = threading.Timer(chance.uniform(0, 0.05), connection.cancel)
                stopper.start()
            code = None
            try:
                connection.execute(chance.choice(QUERIES))
            except psycopg.Error as error:
                code = error.sqlstate
            if stopper is not None:
                stopper.join()  # a cancel that comes late hits the next statement, as with PostgreSQL
            outcomes.append(code)


def left_over(server, temp, threads):
    found = server.metrics()
    wrong = {name: found[name] for name, value in AT_REST.items() if found[name] != value}
    if files := [each.name for each in temp.iterdir()] if temp.exists() else []:
        wrong["temporary files"] = files
    if threads is not None and server.threads() > threads:
        wrong["threads"] = f"{server.threads()} instead of {threads}"
    return wrong


def settle(server, temp, threads):
    deadline = time.monotonic() + REST_SECONDS
    while wrong := left_over(server, temp, threads):
        if time.monotonic() > deadline:
            raise AssertionError(f"left over: {wrong}")
        time.sleep(0.05)  # nobody tells


def run_round(server, seed, queries):
    outcomes = []
    threads = [threading.Thread(target=session, args=(server, seed * 1000 + i, queries // SESSIONS, outcomes)) for i in range(SESSIONS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return outcomes


def storm(rounds, queries, seed, say=print):
    with tempfile.TemporaryDirectory(prefix="sluice-storm-") as folder:
        temp = pathlib.Path(folder) / "temp"
        server = Server(None, *FLAGS, "--temp-directory", str(temp))
        try:
            usual = None
            cancelled = 0
            for number in range(rounds):
                outcomes = run_round(server, seed + number, queries)
                strange = {code for code in outcomes if code not in ALLOWED}
                assert not strange and len(outcomes) == queries, f"round {number}: {strange}, {len(outcomes)} answers"
                cancelled += sum(code == "57014" for code in outcomes)
                settle(server, temp, usual)
                # The executor's threads above its base end after some idle seconds; those of the first round may be there still.
                usual = usual or server.threads()
            say(f"{rounds} rounds of {queries} queries, {cancelled} cancelled, nothing left over; {server.threads()} threads")
        finally:
            server.kill()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    storm(options.rounds, options.queries, options.seed)


if __name__ == "__main__":
    main()
