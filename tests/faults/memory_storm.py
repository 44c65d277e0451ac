#!/usr/bin/env python3
"""The storm of memory: every statement of support/memory_bombs.py in every form, eight at once, within budgets of 512 MB and 2 GB.

memory_storm.py [--seconds 2] [--seed 1]
The server lives, its memory stays below budget and headroom, and another session's `select 1` never fails and has a p99 below 50 ms.
"""

import argparse
import pathlib
import random
import statistics
import sys
import threading
import time

import psycopg

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

from support import memory_bombs  # noqa: E402
from support.server import Server  # noqa: E402

HEADROOM_MB = 256
NET = ("bash", "-c", 'ulimit -v 12000000; exec "$0" "$@"')


def connect(server):
    return psycopg.connect(server.dsn(), autocommit=True)


def bombard(server, work, outcomes, label, seconds, size_bytes):
    session = None
    for name, form in iter(lambda: work.pop() if work else None, None):
        if session is None or session.closed:
            session = connect(server)
            session.execute(f"SET statement_timeout = '{seconds}s'")
        began = time.monotonic()
        outcomes.append((name, form, memory_bombs.send(session, name, form, size_bytes, label), time.monotonic() - began))


def probe(server, done, seconds, failures):
    with connect(server) as session:
        while not done.is_set():
            began = time.monotonic()
            try:
                session.execute("SELECT 1").fetchone()
            except psycopg.Error as error:
                failures.append(f"{error.sqlstate} {error}".splitlines()[0])
                if session.closed:
                    return
            seconds.append(time.monotonic() - began)
            done.wait(0.005)  # so that it asks as a person's tool does, not as a load


def storm(budget_mb, seconds, seed):
    server = Server(None, "--memory-budget", f"{budget_mb}MB", wrapper=NET)
    work = [(name, form) for name in memory_bombs.BOMBS for form in memory_bombs.FORMS]
    random.Random(seed).shuffle(work)
    outcomes, probes, failures, done = [], [], [], threading.Event()
    prober = threading.Thread(target=probe, args=(server, done, probes, failures))
    prober.start()
    size_bytes = 2 * (budget_mb + HEADROOM_MB) << 20
    threads = [threading.Thread(target=bombard, args=(server, work, outcomes, i, seconds, size_bytes)) for i in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    done.set()
    prober.join()
    peak, files = memory_bombs.memory_peak_bytes(server.pid)
    p99 = statistics.quantiles(probes, n=100)[98] * 1e3
    states = {}
    for *_, state, _ in outcomes:
        states[state] = states.get(state, 0) + 1
    slowest = max(outcomes, key=lambda each: each[-1])
    print(f"{budget_mb} MB: {len(outcomes)} statements {states}, most memory {(peak - files) >> 20} MB, select 1 p99 {p99:.1f} ms, slowest {slowest}")
    for failure in failures:
        print(f"SELECT 1 failed: {failure}")
    server.stop(120)
    lost = states.get("08006", 0) + states.get("XX000", 0)
    return not failures and peak - files < (budget_mb + HEADROOM_MB) << 20 and p99 < 50 and lost == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    return 0 if all(storm(budget_mb, options.seconds, options.seed) for budget_mb in (512, 2048)) else 1


if __name__ == "__main__":
    sys.exit(main())
