"""What a soak must notice: every kind of webhook or call that does not add up."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.soak.accounts import compare
from tests.soak.logs import Attempt, Ended, Entry, Placed, Received, Sent, read, write
from tests.soak.memory import Sample, growth

CALL = "c-00000001"
"""Not recorded."""


def webhook(event: str, *attempts: tuple[str, str, str]) -> list[Entry]:
    """Return what the simulator writes about a webhook."""
    return [Sent(CALL, event), *(Attempt(CALL, event, *attempt) for attempt in attempts)]


GOOD: Sequence[Entry] = (
    Placed(CALL),
    *webhook("answer", ("first", "200", "")),
    *webhook("redirect", ("first", "", "timeout"), ("fallback", "200", "")),
    Ended(CALL, "hangup"),
    *webhook("disconnect", ("first", "", "reset"), ("repeat", "", "unreachable")),
)
RECEIVED: Sequence[Entry] = (
    Received(CALL, "answer", "primary"),
    Received(CALL, "redirect", "fallback"),
)


def test_a_good_run_adds_up() -> None:
    """Webhooks that were repeated, went to the fallback or failed are accounted for."""
    found = compare(GOOD, RECEIVED)
    assert found.violations == []
    assert (found.calls, found.webhooks, found.received) == (1, 3, 2)
    assert found.outcomes == {"answered": 1, "fallback": 1, "failed": 1}
    assert compare(GOOD, (*RECEIVED, Received(CALL, "redirect", "primary"))).violations == []


def without(number: int) -> tuple[Sequence[Entry], Sequence[Entry]]:
    """Return a good run without one line of the simulator."""
    return (*GOOD[:number], *GOOD[number + 1 :]), RECEIVED


@pytest.mark.parametrize(
    ("run", "text"),
    [
        (lambda: without(1), "answer: sent 0 times"),
        (lambda: without(2), "answer: expected the attempts ('first',), got ()"),
        (lambda: without(5), "expected the attempts ('first', 'fallback'), got ('first',)"),
        (lambda: without(6), "expected to end with ['hangup'], got None"),
        (lambda: without(9), "expected the attempts ('first', 'repeat'), got ('first',)"),
        (lambda: ((*GOOD, Ended(CALL, "hangup")), RECEIVED), "got ['hangup', 'hangup']"),
        (lambda: (GOOD, RECEIVED[:1]), "redirect: fallback: 1 answered and 0 unclear, but 0"),
        (
            lambda: (GOOD, (*RECEIVED, *RECEIVED)),
            "answer: primary: 1 answered and 0 unclear, but 2",
        ),
        (lambda: (GOOD, (*RECEIVED, Received("c-2", "answer", "primary"))), "c-2 answer: sent 0"),
        (lambda: (GOOD[:7], RECEIVED), "expected webhooks ['disconnect', 'redirect'], got"),
        (lambda: ((*GOOD, *webhook("answer", ("first", "200", ""))), RECEIVED), "sent 2 times"),
        (lambda: ((*GOOD, Placed("c-00000000")), RECEIVED), "c-00000000: expected to end with"),
    ],
)
def test_what_does_not_add_up_is_a_violation(
    run: Callable[[], tuple[Sequence[Entry], Sequence[Entry]]], text: str
) -> None:
    """Each of them by itself."""
    assert any(text in violation for violation in compare(*run()).violations)


def test_logs_can_be_read_again(tmp_path: Path) -> None:
    """Every kind of line."""
    log = tmp_path / "log"
    log.write_text("".join(map(write, (*GOOD, *RECEIVED))))
    assert read(log) == [*GOOD, *RECEIVED]


def test_growth_is_seen_after_the_second_minute() -> None:
    """What was needed in the beginning does not count, and a short run says nothing."""
    flat = [Sample(at, min(at, 100.0)) for at in range(600)]
    grown = growth(flat)
    assert grown is not None
    assert grown[0] == 0 < grown[1]
    leaking = growth([Sample(at, at / 60) for at in range(600)])
    assert leaking is not None
    assert leaking[0] > leaking[1]
    assert growth(flat[:150]) is None
    assert growth([]) is None
