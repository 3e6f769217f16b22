"""The adaptive pace against limits of a platform, on a clock that does not wait."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from callcontrol.bulk.pace import AdaptivePace

LATENCY = 0.08


@dataclass
class Limited:
    """A platform that accepts so many requests per second, with a bucket of a tenth of a second."""

    limit: Callable[[float], float]
    tokens: float = 5.0
    last: float = 0.0
    accepted: list[float] = field(default_factory=list[float])
    refused: list[float] = field(default_factory=list[float])

    def request(self, now: float) -> bool:
        """Return whether a request is accepted."""
        rate = self.limit(now)
        self.tokens = min(self.tokens + (now - self.last) * rate, max(1.0, rate / 10))
        self.last = now
        granted = self.tokens >= 1
        self.tokens -= granted
        (self.accepted if granted else self.refused).append(now)
        return granted


def drive(pace: AdaptivePace, platform: Limited, seconds: float) -> None:
    """Send as fast as the pace permits; replies arrive after ``LATENCY``."""
    now, replies = 0.0, list[tuple[float, bool]]()
    while now < seconds:
        while replies and replies[0][0] <= now:
            _, granted = heapq.heappop(replies)
            pace.accepted(now) if granted else pace.limited(now, None)
        wait = pace.wait(now)
        if wait <= 0:
            pace.sent(now)
            heapq.heappush(replies, (now + LATENCY, platform.request(now)))
            continue
        now = min(now + max(wait, 0.001), replies[0][0] if replies else now + max(wait, 0.001))


def share(times: list[float], begin: float, end: float) -> int:
    """Return how many of these times lie between two."""
    return sum(begin <= time < end for time in times)


def test_uses_what_is_allowed() -> None:
    """Of 50 a second at least 90 % are used, and after ten seconds under 1 % is refused."""
    platform = Limited(lambda _: 50.0)
    drive(AdaptivePace(), platform, 120)
    used = share(platform.accepted, 10, 120)
    refused = share(platform.refused, 10, 120)
    assert used >= 0.9 * 50 * 110
    assert refused < 0.01 * (used + refused)


def test_a_limit_that_drops_is_met() -> None:
    """From 50 to 10 within five seconds: afterwards hardly anything is refused."""
    platform = Limited(lambda now: 50.0 if now < 60 else 10.0)
    drive(AdaptivePace(), platform, 120)
    used, refused = share(platform.accepted, 65, 120), share(platform.refused, 65, 120)
    assert used >= 0.7 * 10 * 55
    assert refused <= 0.02 * (used + refused) + 1


def test_a_limit_that_rises_is_found() -> None:
    """From 20 to 80: the higher limit is used within a minute."""
    platform = Limited(lambda now: 20.0 if now < 30 else 80.0)
    drive(AdaptivePace(), platform, 120)
    assert share(platform.accepted, 90, 120) >= 0.8 * 80 * 30


@settings(max_examples=30)
@given(st.floats(10, 300), st.floats(1, 500))
def test_ceiling_and_limit(limit: float, ceiling: float) -> None:
    """Whatever both are, the lower one is used and never much exceeded."""
    platform = Limited(lambda _: limit)
    drive(AdaptivePace(ceiling), platform, 60)
    lower = min(limit, ceiling)
    sent = share(platform.accepted, 30, 60) + share(platform.refused, 30, 60)
    assert share(platform.accepted, 30, 60) >= 0.7 * lower * 30 - 2
    assert sent <= 1.1 * lower * 30 + 2


def test_retry_after() -> None:
    """Nothing is sent before the seconds of Retry-After have passed."""
    pace = AdaptivePace()
    pace.sent(0.0)
    pace.limited(1.0, 7.0)
    assert pace.wait(1.0) == 7.0
    assert pace.wait(7.9) > 0
    assert pace.wait(10.0) == 0
