"""How a conformance check says what a journal did wrong."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager

from callcontrol.scripts.journals.model import Entry, Message, Run
from callcontrol.scripts.journals.protocol import Journal

Open = Callable[[], Journal]
"""Opens a journal on the store under test; each call returns another one on the same store."""


def expect(what: str, got: object, expected: object) -> None:
    """Compare what a journal returned.

    :raises AssertionError: if it is something else.
    """
    if got != expected:
        raise AssertionError(f"{what}: expected {_short(expected)}, got {_short(got)}")


@contextmanager
def expect_raises(what: str, error: type[Exception]) -> Generator[None]:
    """Expect one of the errors of a journal.

    :raises AssertionError: if there is no error or another one.
    """
    try:
        yield
    except error:
        return
    except Exception as other:
        raise AssertionError(f"{what}: expected {error.__name__}, got {other!r}") from other
    raise AssertionError(f"{what}: expected {error.__name__}, got no error")


@contextmanager
def opened(open_journal: Open, count: int = 1) -> Generator[Sequence[Journal]]:
    """Yield journals on the store, and close them."""
    journals = [open_journal() for _ in range(count)]
    try:
        yield journals
    finally:
        for journal in journals:
            journal.close()


def run_of(run_id: str, number: int = 0, **changes: object) -> Run:
    """Return a run with some of its values."""
    values: dict[str, object] = {
        "run_id": run_id,
        "script": "front-desk",
        "version": "1",
        "created_at": 1_700_000_000.0 + number,
        "updated_at": 1_700_000_000.0 + number,
    }
    return Run(**{**values, **changes})  # type: ignore[arg-type] # values of the check


def entry_of(step: int, value: str = "{}", leg: str = "") -> Entry:
    """Return what resolved a step."""
    return Entry(leg, step, "event", 0, value)


def message_of(run_id: str, message_id: str, value: str = "1") -> Message:
    """Return a signal."""
    return Message(message_id, run_id, "signal", "agent-free", value, 1_700_000_000.0)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:300]}..."  # noqa: PLR2004 - a few lines
