#!/usr/bin/env python3
"""Runs the tests and ends with `N passed, N failed`.

run.py [--preset PRESET] [--unit MODULE,...] [--only unit|fuzz|python|lint]
Unit tests are GoogleTest programs of the build; all others are pytest files under tests/, spread over the cores.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent


def run_unit(build, modules):
    """(passed, failed) over the GoogleTest programs; a program that dies counts as one failure more."""
    passed = failed = 0
    programs = [build / f"{module}_test" for module in modules] if modules else sorted(build.glob("*_test"))
    for program in programs:
        with tempfile.NamedTemporaryFile(suffix=".json") as report:
            done = subprocess.run([program, "--gtest_brief=1", f"--gtest_output=json:{report.name}"], cwd=ROOT, check=False, timeout=900)
            text = pathlib.Path(report.name).read_text() or "{}"
        result = json.loads(text)
        bad = result.get("failures", 0)
        passed += result.get("tests", 0) - bad - result.get("disabled", 0)
        failed += bad + (1 if done.returncode != 0 and bad == 0 else 0)
        print(f"{program.name}: {result.get('tests', 0)} tests, {bad} failed, exit code {done.returncode}", flush=True)
    return passed, failed


def run_pytest(preset, folders, workers):
    with tempfile.NamedTemporaryFile(suffix=".xml") as report:
        subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-n", str(workers), "--dist", "worksteal", "--timeout", "600", "-p", "no:cacheprovider",
             f"--junitxml={report.name}", *folders],
            cwd=ROOT / "tests", env={**os.environ, "SLUICE_PRESET": preset}, check=False,
        )  # fmt: skip
        try:
            suites = xml.etree.ElementTree.parse(report.name).getroot().iter("testsuite")
            totals = [(int(s.get("tests")), int(s.get("failures")) + int(s.get("errors")), int(s.get("skipped"))) for s in suites]
        except xml.etree.ElementTree.ParseError:
            return 0, 1, 0
    count, failed, skipped = (sum(column) for column in zip(*totals))
    if count == 0:
        return 0, 1, 0
    return count - failed - skipped, failed, skipped


def run_fuzz_smoke(seconds):
    """A few seconds of each fuzzer of a parser, from an empty corpus; `make fuzz` has them all."""
    if subprocess.run(["tools/build.sh", "fuzz", "fuzz_smoke"], cwd=ROOT, check=False).returncode != 0:
        return 0, 1
    done = subprocess.run(["tools/fuzz.sh", str(seconds)], cwd=ROOT, capture_output=True, text=True, check=False)
    print(done.stdout, end="", flush=True)
    lines = done.stdout.splitlines()
    passed = sum(line.startswith("ok ") for line in lines)
    failed = sum(line.startswith("not ok ") for line in lines)
    return passed, failed or (0 if done.returncode == 0 and passed else 1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--preset", default="release")
    parser.add_argument("--unit", default="", help="only the unit tests of these modules, comma-separated")
    parser.add_argument("--only", choices=["unit", "fuzz", "python", "lint"])
    options = parser.parse_args()
    build = ROOT / "build" / options.preset
    passed = failed = skipped = 0

    def add(result):
        nonlocal passed, failed, skipped
        result = (*result, 0)[:3]
        passed, failed, skipped = passed + result[0], failed + result[1], skipped + result[2]

    if options.only in (None, "unit"):
        add(run_unit(build, [name for name in options.unit.split(",") if name]))
    if not options.unit:
        if options.only in (None, "fuzz") and options.preset == "release":
            add(run_fuzz_smoke(3))
        if options.only == "lint":
            add(run_pytest(options.preset, ["lint"], 1))
        elif options.only in (None, "python"):
            add(
                run_pytest(
                    options.preset,
                    ["protocol", "sql", "compatibility", "cursors", "drivers", "serve", "faults", "workload", "parts", "tag"]
                    + ([] if options.preset != "release" or options.only else ["lint"]),
                    2,
                )
            )
    if skipped:
        print(f"{passed} passed, {failed} failed, {skipped} skipped")
    else:
        print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
