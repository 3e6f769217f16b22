"""Checks of the values that stores are given, so that all stores refuse the same ones."""

from collections.abc import Iterable, Sequence
from math import isfinite

from bxml._wording import quoted
from callcontrol.scripts.errors import EntryExistsError, JournalError, UnknownRunError
from callcontrol.scripts.journals.model import Changes, Entry, Message, Route, Run


def is_storable(text: str) -> bool:
    """Return whether every store can keep a text: no NUL, no lone surrogate."""
    if "\0" in text:
        return False
    return text.isascii() or text.encode("utf-8", "ignore") == text.encode("utf-8", "surrogatepass")


def expect_texts(where: str, texts: Iterable[str]) -> None:
    """Refuse texts that a store cannot keep.

    :raises JournalError: if there is one.
    """
    for text in texts:
        if not is_storable(text):
            got = quoted(text)
            raise JournalError(f"{where}: expected text without NUL and surrogates, got {got}")


def expect_run(where: str, run: Run) -> None:
    """Refuse a run that a store cannot keep.

    :raises JournalError: if it is one.
    """
    expect_texts(where, (run.run_id, run.script, run.version, run.key, run.call_id, run.pushing))
    expect_texts(where, (run.arguments, run.detail, *run.numbers, *run.waiting_for))
    for time in (run.created_at, run.updated_at, run.waiting_since):
        _expect_time(where, time)


def expect_message(where: str, message: Message) -> None:
    """Refuse a message that a store cannot keep.

    :raises JournalError: if it is one.
    """
    texts = (message.message_id, message.run_id, message.name, message.value)
    expect_texts(where, texts)
    _expect_time(where, message.created_at)


def expect_changes(run_id: str, changes: Changes) -> None:
    """Refuse changes that a store cannot keep, or of another run.

    :raises JournalError: if there are some.
    """
    where = f"run {run_id}"
    for entry in changes.entries:
        expect_texts(where, (entry.leg, entry.value))
    for route in changes.routes:
        expect_route(where, route)
    if changes.run is not None:
        expect_run(where, changes.run)
        if changes.run.run_id != run_id:
            raise JournalError(f"{where}: expected changes of it, got run {changes.run.run_id}")


def expect_route(where: str, route: Route) -> None:
    """Refuse a route that a store cannot keep.

    :raises JournalError: if it is one.
    """
    expect_texts(where, (route.call_id, route.run_id, route.leg))


def _expect_time(where: str, time: float) -> None:
    if not isfinite(time):
        raise JournalError(f"{where}: expected a time in seconds since 1970, got {time}")


def unknown_run(run_id: str) -> UnknownRunError:
    """Return the error for a run that the journal does not have."""
    return UnknownRunError(f"run {run_id}: the journal has no such run")


def entry_exists(run_id: str, entries: Sequence[Entry]) -> EntryExistsError:
    """Return the error for entries one of which was written before."""
    one_of = "one of " if len(entries) > 1 else ""
    named = ", ".join(map(_named, entries))
    return EntryExistsError(f"run {run_id}: {one_of}{named} is written already")


def _named(entry: Entry) -> str:
    leg = f" of leg {entry.leg}" if entry.leg else ""
    return f"{entry.kind} {entry.index} of step {entry.step}{leg}"


def message_taken(run_id: str, message_id: str) -> EntryExistsError:
    """Return the error for a message that is not in the inbox."""
    return EntryExistsError(f"run {run_id}: message {message_id} is not in its inbox")


def identity_changed(run_id: str) -> JournalError:
    """Return the error for a run whose script or key would change."""
    return JournalError(f"run {run_id}: the script and the key of a run cannot change")
