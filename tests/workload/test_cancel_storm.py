"""One round of the storm of cancels; `make storm` runs all fifty."""

from cancel_storm import storm


def test_nothing_is_left_after_a_storm_of_cancels():
    storm(rounds=2, queries=200, seed=7, say=lambda text: None)
