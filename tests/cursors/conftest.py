"""The other server: a real PostgreSQL 15."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from support.postgres import Postgres  # noqa: E402


@pytest.fixture(scope="session")
def postgres():
    with Postgres(max_connections=300) as running:
        yield running
