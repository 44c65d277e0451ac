import pytest
from library import Library


@pytest.fixture
def library(tmp_path):
    """library(count, ...) makes one in a folder of the test's own."""
    return lambda count=0, **options: Library(tmp_path / "a library", count, **options)
