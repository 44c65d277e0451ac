"""Where things are: the checkout, the build under test, PostgreSQL's programs."""

import os
import pathlib
import shutil

ROOT = pathlib.Path(__file__).resolve().parents[2]
PRESET = os.environ.get("SLUICE_PRESET", "release")
BUILD = ROOT / "build" / PRESET
SLUICE = BUILD / "sluice"
DEPS = ROOT / "build" / "deps"
EXTENSIONS = DEPS / "extensions"
POSTGRES_BIN = pathlib.Path("/usr/lib/postgresql/15/bin")


def pgbench() -> str:
    return str(POSTGRES_BIN / "pgbench")


def psql() -> str:
    return shutil.which("psql") or str(POSTGRES_BIN / "psql")
