"""The waits between attempts, to the number, and the real clock."""

import asyncio
import time
from typing import Any

import pytest

from callcontrol._http.retry import RetryClock, wait_before


class _Loaded(RetryClock):
    """A clock whose random numbers are all the same."""

    def __init__(self, number: float) -> None:
        self._number = number

    def random(self) -> float:
        return self._number


@pytest.mark.parametrize(
    ("attempt", "least", "most"),
    [(1, 0.25, 0.5), (2, 0.5, 1), (3, 1, 2), (7, 16, 32), (8, 30, 60), (20, 30, 60)],
)
def test_waits_double_up_to_a_minute(attempt: int, least: float, most: float) -> None:
    """The first has half a second; each is spread over its second half."""
    assert wait_before(attempt, None, _Loaded(0)) == least
    assert wait_before(attempt, None, _Loaded(1)) == most


@pytest.mark.parametrize(("requested", "least"), [(0, 0), (7, 7), (60, 60), (61, 60), (1e9, 60)])
def test_requested_waits(requested: float, least: float) -> None:
    """They are kept up to a minute, and spread over half a second."""
    assert wait_before(1, requested, _Loaded(0)) == least
    assert wait_before(20, requested, _Loaded(1)) == least + 0.5


def test_the_real_clock_waits_in_an_event_loop() -> None:
    """Other tasks run in the meantime."""
    done: list[Any] = []

    async def other() -> None:
        await asyncio.sleep(0)
        done.append("other")

    async def both() -> None:
        task = asyncio.create_task(other())
        await RetryClock().wait(0.05)
        done.append("wait")
        await task

    started = time.monotonic()
    asyncio.run(both())
    assert time.monotonic() - started >= 0.04
    assert done == ["other", "wait"]
