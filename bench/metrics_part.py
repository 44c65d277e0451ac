"""run.py --only metrics: what the numbers by profile and user, and the query log, take from `select 1` by eight pgbench clients.

Two servers that differ in nothing else take turns, so that a machine that slows down slows both.
"""

import statistics

from short_part import NOTHING, pgbench
from support.server import Server

ROUNDS, SECONDS, CLIENTS = 40, 1, 8
OFF = ["--query-metrics=off", "--query-log-entries", "0", "--slow-query-threshold", "0"]


def transactions_per_second(server):
    return pgbench(server, "main", NOTHING, "prepared", CLIENTS, seconds=SECONDS)


def run(table):
    servers = {"on": Server(None), "off": Server(None, *OFF)}
    try:
        for each in servers.values():
            transactions_per_second(each)  # warm
        rates = {name: [] for name in servers}
        for turn in range(ROUNDS):
            for name in list(servers) if turn % 2 else reversed(servers):
                rates[name].append(transactions_per_second(servers[name]))
        on, off = (statistics.median(rates[name]) for name in ("on", "off"))
        ratio = statistics.median(a / b for a, b in zip(rates["on"], rates["off"]))
        table.add("select 1 with all numbers and the query log", f"{on:,.0f}/s", f"{off:,.0f}/s without", ratio, 0.99)
    finally:
        for each in servers.values():
            each.kill()
