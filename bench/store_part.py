"""run.py --only store: the store beside SQLiteCpp without a pool, and 64 threads in four processes that create parts beside the
same with a mutex around one connection in rollback-journal mode. The parts' bill of materials of 10,000 parts is in parts_bench."""

import json
import pathlib
import sqlite3
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "release"
PROCESSES, THREADS = 4, 16


def start(program, *arguments):
    return subprocess.Popen([BUILD / program, *map(str, arguments)], stdout=subprocess.PIPE, text=True)


def answer(process):
    text = process.communicate()[0]
    if process.returncode != 0:
        raise RuntimeError(f"{process.args[0]} ended with {process.returncode}")
    return json.loads(text) if text else None


def create(mode, count):
    """Parts a second, and the worst p99 of the processes' readers in ms."""
    with tempfile.TemporaryDirectory(prefix="sluice-bench-", dir=BUILD) as folder:
        answer(start("bench_parts_create", folder, "init", mode))
        begun = time.monotonic()
        crowd = [start("bench_parts_create", folder, mode, THREADS, count // PROCESSES) for _ in range(PROCESSES)]
        answers = [answer(each) for each in crowd]
        seconds = time.monotonic() - begun
        with sqlite3.connect(f"{folder}/parts.db") as db:
            found = db.execute("SELECT count(*), min(part_id), max(part_id) FROM Parts").fetchone()
        if found != (count, 10000, 10000 + count - 1):
            raise RuntimeError(f"numbers are not gapless: {found}")
        return count / seconds, max(each["read_p99_ms"] for each in answers)


def bill_of_materials_ms():
    """Rolling up 10,000 parts, 10 levels deep."""
    text = subprocess.run([BUILD / "parts_bench", "--benchmark_format=json", "--benchmark_filter=roll_up"], capture_output=True,
                          text=True, check=True).stdout  # fmt: skip
    slowest = max(json.loads(text)["benchmarks"], key=lambda each: each["real_time"])
    return slowest["real_time"] * {"ns": 1e-6, "us": 1e-3, "ms": 1.0, "s": 1e3}[slowest["time_unit"]]


def run(table):
    with tempfile.TemporaryDirectory(prefix="sluice-bench-", dir=BUILD) as folder:
        alone = answer(start("bench_store", folder, 3))
    table.add("store: lending a connection and taking it back, ns", f"{alone['lend_ns']:.0f}", "100", alone["lend_ns"] / 100, 1, at_least=False)
    table.add("store: prepared point read, us, target 3", f"{alone['point_read_ns'] / 1e3:.2f}", "3", alone["point_read_ns"] / 3e3, 1, at_least=False)
    table.add("store: the same against SQLiteCpp without a pool, us", f"{alone['point_read_ns'] / 1e3:.2f}",
              f"{alone['sqlitecpp_point_read_ns'] / 1e3:.2f}", alone["point_read_ns"] / alone["sqlitecpp_point_read_ns"], None)  # fmt: skip
    table.add("store: 64 threads over 4 readers, longest/median wait", f"{alone['crowd_max_wait_us']:.0f} us",
              f"{alone['crowd_median_wait_us']:.0f} us", alone["crowd_max_wait_us"] / alone["crowd_median_wait_us"], 5, at_least=False)  # fmt: skip
    table.add("store: the thread served least, of the mean", f"{alone['crowd_least_share']:.2f}", "1", alone["crowd_least_share"], 0.8)
    rounds = []
    for _ in range(2):
        mutex, _ = create("mutex", 2000)
        rounds.append((*create("sluice", 20000), mutex))
    ours, p99_ms, mutex = max(rounds, key=lambda each: each[2])  # the round in which the disk was least busy
    table.add("parts: 64 threads create 20,000, parts/s", f"{ours:,.0f}", f"{mutex:,.0f}", ours / mutex, 5)
    table.add("parts: readers' p99 meanwhile, ms, target 5", f"{p99_ms:.2f}", "5", p99_ms / 5, 1, at_least=False)
    took_ms = bill_of_materials_ms()
    table.add("parts: 10,000 parts, 10 levels rolled up, ms", f"{took_ms:.1f}", "100", took_ms / 100, 1, at_least=False)
