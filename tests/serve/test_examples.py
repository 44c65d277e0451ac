"""The programs under examples/ do what their README says."""

import re
import subprocess

from support import paths


def test_query():
    done = subprocess.run([str(paths.BUILD / "example_query")], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    numbers = range(2_000_000)
    assert lines[:7] == [
        f"made: {len(numbers)} rows",
        "column: id BIGINT",
        "column: sensor BIGINT",
        "column: value DECIMAL(21,1)",
        f"streamed: {len(numbers)} rows, sum {sum(numbers) * 0.5:.1f}",
        "cancelled: 57014",
        f"automatic: {sum(n % 100 < 1 for n in numbers)} rows collected",
    ]
    assert lines[7] == f"automatic: {sum(n % 100 < 50 for n in numbers)} rows streamed"
    assert lines[8] == "reserved now: 0 MB of 512 MB, at most 200 MB"
    log = [re.match(r"log: (\w{5}) (\w+) +(\d+) rows", line).groups() for line in lines[9:]]
    assert [entry[:2] for entry in log] == [
        ("00000", "background"), ("00000", "catalog"), ("00000", "streaming"), ("57014", "streaming"), ("00000", "streaming"), ("00000", "streaming"),
    ]  # fmt: skip
    assert [int(entry[2]) for entry in log if entry[0] == "00000"] == [0, 3, 2_000_000, 20_000, 1_000_000]
