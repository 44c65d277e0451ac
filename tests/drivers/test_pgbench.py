"""pgbench, select-only, in its three protocol modes: no error, no wrong answer."""

import re
import subprocess

import pytest
from support import paths


@pytest.mark.parametrize("mode", ["simple", "extended", "prepared"])
@pytest.mark.parametrize("script", ["SELECT 1;", "\\set id random(0, 19999)\nSELECT label, amount FROM readings WHERE id = :id;"])
def test_select_only(server, tmp_path, mode, script):
    file = tmp_path / "script.sql"
    file.write_text(script + "\n")
    done = subprocess.run(
        [paths.pgbench(), "-n", "-M", mode, "-c", "4", "-t", "100", "-f", str(file), "-h", server.host,
         "-p", str(server.port), "-U", "postgres", "main"],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "400/400" in done.stdout, done.stdout
    assert re.search(r"number of failed transactions: 0 ", done.stdout), done.stdout
