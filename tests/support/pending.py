"""Marks for tests that are ahead of the server: they run with SLUICE_PENDING=1, and always once their mark is gone."""

import os

import pytest

cursors = pytest.mark.skipif(os.environ.get("SLUICE_PENDING") != "1", reason="needs scrollable and holdable cursors")
