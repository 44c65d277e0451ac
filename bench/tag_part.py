"""run.py --only tag: `sluice tag` over 10,000 audio files against the tests' local model server, with 300 ms for each answer; and the
first request of a run with 100,000 mappings and 10,000 files that are done."""

import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SLUICE = ROOT / "build" / "release" / "sluice"
sys.path.insert(0, str(ROOT / "tests" / "tag"))
FILES, LATENCY_MS, CONCURRENCY, BATCH = 10_000, 300, 3, 50


def peak_rss_mb(pid, peak):
    """Follows a process until it ends; VmHWM is its own peak."""
    while True:
        try:
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
        except OSError:
            return
        for line in status.splitlines():
            if line.startswith("VmHWM"):
                peak[0] = int(line.split()[1]) / 1024
        time.sleep(0.02)  # memory grows without a notice


def tag(folder, database, server, *more):
    """(seconds, peak MB, moment of the start)."""
    begun = time.time()
    process = subprocess.Popen([SLUICE, "tag", folder, "--db", database, "--base-url", server.url, "--progress", "none", *more],
                               env={"GEMINI_API_KEY": "test-key", "PATH": "/usr/bin:/bin"}, stdout=subprocess.DEVNULL)  # fmt: skip
    peak = [0.0]
    watcher = threading.Thread(target=peak_rss_mb, args=(process.pid, peak))
    watcher.start()
    code = process.wait()
    seconds = time.time() - begun
    watcher.join()
    if code != 0:
        raise RuntimeError(f"sluice tag ended with {code}")
    return seconds, peak[0], begun


def fill_mappings(database, count):
    with sqlite3.connect(database) as db:
        db.executemany("INSERT OR IGNORE INTO tag_mappings(kind, invalid_tag, valid_tag, date) VALUES('keyword', ?, 'bass', 1)",
                       ((f"made up {i}",) for i in range(count)))  # fmt: skip


def run(table):
    import audio
    from model_server import ModelServer

    with tempfile.TemporaryDirectory(prefix="sluice-bench-", dir=ROOT / "build") as folder, ModelServer(latency_ms=LATENCY_MS) as server:
        music, database = f"{folder}/music", f"{folder}/library.db"
        pathlib.Path(music, "more").mkdir(parents=True)
        audio.make_library(music, FILES, 1)
        seconds, peak_mb, _ = tag(music, database, server)
        floor_s = FILES / BATCH * LATENCY_MS / 1000 / CONCURRENCY
        table.add("tag: 10,000 files, files/min, target 1,500", f"{FILES / seconds * 60:,.0f}", "1,500", FILES / seconds * 60 / 1500, 1)
        table.add("tag: the same, s, against latency x calls / 3", f"{seconds:.1f}", f"{floor_s:.1f}", seconds / floor_s, 1.1, at_least=False)
        table.add("tag: peak memory, MB, target 100", f"{peak_mb:.0f}", "100", peak_mb / 100, 1, at_least=False)
        fill_mappings(database, 100_000)
        audio.make_library(f"{music}/more", 200, 2)
        calls = len(server.log())
        _, peak_mb, begun = tag(music, database, server)
        first_ms = (min(line["arrived"] for line in server.log()[calls:]) - begun) * 1000
        table.add("tag: first request, 100,000 mappings, 10,000 done, ms", f"{first_ms:.0f}", "1000", first_ms / 1000, 1, at_least=False)
        table.add("tag: peak memory then, MB, target 100", f"{peak_mb:.0f}", "100", peak_mb / 100, 1, at_least=False)
    with tempfile.TemporaryDirectory(prefix="sluice-bench-", dir=ROOT / "build") as folder, ModelServer(latency_ms=LATENCY_MS) as server:
        pathlib.Path(folder, "music").mkdir()
        audio.make_library(f"{folder}/music", FILES, 1)
        seconds, peak_mb, _ = tag(f"{folder}/music", f"{folder}/library.db", server, "--write")
        table.add("tag: 10,000 files with tags written into them, s", f"{seconds:.1f}", f"{floor_s:.1f}", seconds / floor_s, None)
        table.add("tag: peak memory with writing, MB, target 100", f"{peak_mb:.0f}", "100", peak_mb / 100, 1, at_least=False)
