"""Requests per second: increases slowly, follows the limit that the platform shows by 429."""

from collections import deque
from typing import Protocol

START = 20.0
"""Requests per second at the beginning."""
INCREASE = 10.0
"""Requests per second that are added in each second while no limit is known."""
NEAR = 0.95
"""Share of a known limit to which the rate falls."""
APPROACH = 0.005
"""Share of a known limit that is added in the first second after a decrease."""
GROWTH = 10.0
"""Seconds after a decrease in which this share becomes four times as large: the longer a limit has
not been met, the more likely it is outdated."""
PROBING = 5.0
"""Seconds above a known limit, without a 429, after which the limit counts as outdated."""
BURST = 0.05
"""Seconds of the rate that may be sent at once."""
LEAST_BURST = 2.0
"""Requests that may be sent at once at least, or a late wake-up would lower the rate."""
WINDOW = 1.0
"""Seconds over which accepted requests are counted at least."""
COUNTED = 20
"""Accepted requests that this time has to be long enough for."""
SLOWEST = 0.5
"""Requests per second that are sent at least."""


class Pace(Protocol):
    """Decides when requests may be sent. All times are seconds of one monotonic clock."""

    def wait(self, now: float) -> float:
        """Return the seconds until the next request may be sent; 0 if it may be sent now."""
        ...

    def sent(self, now: float) -> None:
        """Record that a request was handed out."""
        ...

    def accepted(self, now: float) -> None:
        """Record that the platform accepted a request."""
        ...

    def limited(self, now: float, retry_after: float | None) -> None:
        """Record a 429, with the seconds of its Retry-After header."""
        ...


class AdaptivePace:
    """Additive increase; after a 429 a decrease to what was accepted in the last second.

    A decrease at most halves the rate, because the first seconds of a run say little.

    :param ceiling: most requests per second, None for no limit but the platform's.
    """

    def __init__(self, ceiling: float | None = None) -> None:
        self.ceiling = ceiling
        self.rate = min(START, ceiling or START)
        """Requests per second at present."""
        self.limit: float | None = None
        """Requests per second that the platform accepted when it last replied 429."""
        self._tokens = 1.0
        self._updated: float | None = None
        self._resume_at = 0.0
        self._lowered_at = float("-inf")
        self._above_since: float | None = None
        self._accepted: deque[float] = deque()

    def wait(self, now: float) -> float:
        """Return the seconds until the next request may be sent; 0 if it may be sent now."""
        self._update(now)
        if now < self._resume_at:
            return self._resume_at - now
        return max(0.0, (1.0 - self._tokens) / self.rate)

    def sent(self, now: float) -> None:
        """Record that a request was handed out."""
        self._update(now)
        self._tokens -= 1.0

    def accepted(self, now: float) -> None:
        """Record that the platform accepted a request."""
        self._accepted.append(now)
        self._forget(now, COUNTED / SLOWEST)

    def limited(self, now: float, retry_after: float | None) -> None:
        """Record a 429, with the seconds of its Retry-After header."""
        if retry_after:
            self._resume_at = max(self._resume_at, now + retry_after)
        seconds = max(WINDOW, COUNTED / self.rate)
        if now - self._lowered_at < WINDOW:
            return  # one window of requests was sent before the last decrease
        self._forget(now, seconds)
        self._lowered_at = now
        self._above_since = None
        self.limit = max(SLOWEST, self.rate / 2, min(self.rate, len(self._accepted) / seconds))
        self.rate = max(SLOWEST, NEAR * self.limit)
        self._tokens = min(self._tokens, 0.0)

    def _forget(self, now: float, seconds: float) -> None:
        while self._accepted and self._accepted[0] <= now - seconds:
            self._accepted.popleft()

    def _update(self, now: float) -> None:
        """Add the tokens of the time that has passed, and increase the rate."""
        if self._updated is None:
            self._updated = now
        passed = max(0.0, now - self._updated)
        self._updated = now
        most = max(LEAST_BURST, BURST * self.rate)
        # A rate that is not used says nothing about the limit.
        used = 0.0 if self._tokens >= most else passed
        self._tokens = min(self._tokens + passed * self.rate, most)
        self._increase(now, used)

    def _increase(self, now: float, passed: float) -> None:
        if self.limit is None:
            added = INCREASE
        else:
            added = APPROACH * self.limit * (1 + (now - self._lowered_at) / GROWTH) ** 2
            if self.rate > self.limit:
                self._above_since = self._above_since or now
                if now - self._above_since > PROBING:
                    self.limit = None
                    self._above_since = None
        self.rate += added * passed
        if self.ceiling is not None:
            self.rate = min(self.rate, self.ceiling)
