"""Drivers of other languages: each program runs its checks and prints a line `ok NAME` or `not ok NAME: why` for each."""

import json
import subprocess

import pytest
from support import paths

DRIVERS = paths.ROOT / "tests" / "drivers"


def run(command, checks_min):
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    lines = done.stdout.splitlines()
    failures = [line for line in lines if line.startswith("not ok")]
    assert not failures, done.stdout + done.stderr
    assert done.returncode == 0, done.stdout + done.stderr
    assert len([line for line in lines if line.startswith("ok ")]) >= checks_min, done.stdout


@pytest.fixture
def expected_file(data):
    return str(data[0].parent / "expected.json")


def test_node_postgres(server, expected_file):
    run(["node", str(DRIVERS / "node" / "test.js"), server.uri(), expected_file], 9)


def test_pgx(server, expected_file):
    run([str(paths.DEPS / "go" / "pgx_test"), server.uri() + "?sslmode=disable", expected_file], 10)


def test_tokio_postgres(server, expected_file):
    run([str(paths.DEPS / "rust" / "release" / "tokio_postgres_test"), server.dsn(), expected_file], 6)


def test_pgjdbc(server, expected_file):
    with open(expected_file, encoding="utf-8") as file:
        expected = json.load(file)
    classes = f"{paths.DEPS / 'java' / 'classes'}:{paths.DEPS / 'java' / 'lib'}/*"
    url = f"jdbc:postgresql://{server.host}:{server.port}/main"
    run(["java", "-XX:+UseSerialGC", "-cp", classes, "JdbcTest", url, str(expected["count"]), str(expected["sum_id"]), expected["sum_amount"]], 8)
