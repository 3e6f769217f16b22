"""The waits between attempts, and the clock."""

import random
import re
import time
from email.utils import parsedate_to_datetime

MAX_WAIT = 60.0
"""Most seconds of a wait between two attempts, whatever Retry-After says."""

FIRST_WAIT = 0.5
"""Seconds of the first wait without Retry-After; each later wait doubles."""

JITTER = 0.5
"""Seconds by which waits are spread, so that many clients do not retry at once."""


class RetryClock:
    """The only source of time and waits; tests replace it."""

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    async def wait(self, seconds: float) -> None:
        """Wait while the event loop runs other tasks."""
        from asyncio import sleep  # Client does without

        await sleep(seconds)

    def monotonic(self) -> float:
        """Return seconds on a clock that never goes back."""
        return time.monotonic()

    def now(self) -> float:
        """Return seconds since 1970."""
        return time.time()

    def random(self) -> float:
        """Return a number from 0 to 1."""
        return random.random()  # noqa: S311 - spreads waits, no security


SYSTEM = RetryClock()
"""The real clock."""


def wait_before(attempt: int, requested: float | None, clock: RetryClock) -> float:
    """Return the seconds to wait before an attempt: as requested, else twice as long as before.

    ``attempt`` counts from 1 for the first repeat; ``requested`` is the time of Retry-After.
    """
    if requested is not None:
        return min(requested, MAX_WAIT) + JITTER * clock.random()
    return min(FIRST_WAIT * 2.0 ** (attempt - 1), MAX_WAIT) * (1 + clock.random()) / 2


def retry_after_seconds(header: str | None, now: float) -> float | None:
    """Return the seconds of a Retry-After header; None if it is missing or invalid.

    The header holds seconds or an HTTP date; a date in the past is 0.
    """
    text = (header or "").strip()
    if re.fullmatch(r"[0-9]{1,300}(\.[0-9]{1,300})?", text):
        return min(float(text), 1e9)
    try:
        return max(parsedate_to_datetime(text).timestamp() - now, 0.0)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
