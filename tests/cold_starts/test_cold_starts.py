"""A few cold starts of each kind; ``make cold-starts`` makes hundreds."""

import os
from collections.abc import Iterator

import pytest

from tests.cold_starts.first_uses import USES
from tests.cold_starts.starting import FORKS, INTERVALS, start


def kinds() -> Iterator[tuple[str, float]]:
    """Yield what is started: twenty starts, those most of which broke before at two intervals."""
    usual, quick = INTERVALS[2], INTERVALS[0]
    yield from ((use, INTERVALS[1]) for use in USES)
    yield from ((use, quick) for use in ("documents", "tables", "refusals", "checks", "mixed"))
    yield from ((use, usual) for use in ("documents", "tables", "events"))


@pytest.mark.parametrize(("use", "interval"), [*kinds()])
def test_what_is_made_on_first_use_is_made_once_for_all_threads(use: str, interval: float) -> None:
    """Each thread computes what one thread alone does, and gets the same objects."""
    got = start(use, interval)
    assert not got.failure
    assert len(got.text) == 64, "a digest"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_forked_during_first_uses_makes_them_too() -> None:
    """No child hangs, and all compute what the parent does."""
    assert not start(FORKS, INTERVALS[1]).failure
