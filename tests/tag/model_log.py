"""What a service counts: requests of any minute before it refuses, and a line for each request afterwards."""

import bisect
import collections
import json
import time
import typing

from model_bodies import Quota

MINUTE_S = 60
DAY_RETRY_S = 17.4  # what a used-up day says of when to come back, which is no help
START = time.time() - time.monotonic()


def now():
    """Unix seconds that never jump."""
    return START + time.monotonic()


class Limits:
    """Requests and tokens of a window that slides with the moments of arrival, and requests of the day. Who is refused does not count.

    Moments never go back: a window that was left is forgotten."""

    def __init__(self, rpm=0, tpm=0, rpd=0, window_s=MINUTE_S):
        self.rpm, self.tpm, self.rpd, self.window_s = rpm, tpm, rpd, window_s
        self.accepted, self.tokens, self.day = collections.deque(), 0, 0

    def refusal(self, moment, tokens):
        """(quotas that are exceeded, seconds until there is room again), or None: then the request counts."""
        while self.accepted and self.accepted[0][0] <= moment - self.window_s:
            self.tokens -= self.accepted.popleft()[1]
        exceeded, wait_s = [], 0.0
        if self.rpd and self.day >= self.rpd:
            exceeded, wait_s = [Quota("day", self.rpd)], DAY_RETRY_S
        if self.rpm and len(self.accepted) >= self.rpm:
            exceeded.append(Quota("minute", self.rpm))
            wait_s = wait_s or self.accepted[-self.rpm][0] + self.window_s - moment
        if self.tpm and self.tokens + tokens > self.tpm:
            exceeded.append(Quota("tokens", self.tpm))
            wait_s = wait_s or self._until_free(moment, tokens)
        if exceeded:
            return exceeded, wait_s
        self.accepted.append((moment, tokens))
        self.tokens += tokens
        self.day += 1
        return None

    def _until_free(self, moment, tokens):
        held = self.tokens
        for arrived, freed in self.accepted:
            held -= freed
            if held + tokens <= self.tpm:
                return arrived + self.window_s - moment
        return self.window_s


class Log:
    """A line of JSON for each request, written as soon as it is over."""

    def __init__(self, path=None):
        self.file = open(path, "a", encoding="utf-8") if path else None
        self.lines = []

    def add(self, line):
        self.lines.append(line)
        if self.file:
            self.file.write(json.dumps(line) + "\n")
            self.file.flush()


def most_in_a_minute(lines, window_s=MINUTE_S):
    """The greatest number of requests that arrived in any sixty seconds, refused ones too."""
    moments = sorted(line["arrived"] for line in lines)
    return max((at + 1 - bisect.bisect_right(moments, moment - window_s) for at, moment in enumerate(moments)), default=0)


def answered_twice(lines):
    """Ids that were answered well more than once, with how often."""
    counts = collections.Counter(each for line in lines for each in line["good_ids"])
    return {each: times for each, times in counts.items() if times > 1}


class Checked(typing.NamedTuple):
    most_in_a_minute: int
    answered_twice: dict
    calls: int
    limited: int
    is_within: bool  # always, without a limit


def check_log(lines, rpm=None, window_s=MINUTE_S):
    most = most_in_a_minute(lines, window_s)
    return Checked(most, answered_twice(lines), len(lines), sum(line["fault"] == "limited" for line in lines), rpm is None or most <= rpm)
