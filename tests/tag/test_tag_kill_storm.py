"""Some kills in every run; `make storm` does all 200."""

from tag_kill_storm import storm


def test_nothing_is_paid_for_twice_and_no_file_is_damaged_when_taggers_are_killed():
    assert storm(kills=20, seed=7, say=lambda text: None) >= 20
