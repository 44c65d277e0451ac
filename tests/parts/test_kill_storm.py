"""Some kills in every run; `make storm` does all 500."""

from kill_storm import storm


def test_nothing_acknowledged_is_lost_when_workers_are_killed():
    assert storm(kills=30, seed=7, say=lambda text: None) > 100
