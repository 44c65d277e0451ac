"""The two servers of a test process; run.play() empties them before each file."""

import pytest
from servers import PostgresFiles, SluiceFiles


@pytest.fixture(scope="session")
def both(postgres, tmp_path_factory):
    """[PostgresFiles, SluiceFiles]"""
    sluice = SluiceFiles(tmp_path_factory.mktemp("log") / "sql_files.log")
    yield [PostgresFiles(postgres), sluice]
    sluice.stop()
