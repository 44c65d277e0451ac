"""Waiting for what gives no event."""

import time


def wait_for(condition, what="the condition", seconds=30):
    """What `condition` returns once it is true; `what` (a text, or what makes it) names it when it does not come in time."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what() if callable(what) else what} did not come"
        time.sleep(0.01)  # what is asked for has no event: a number of the server, a file, a log
    return found
