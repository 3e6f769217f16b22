"""How runs, entries, messages and routes are written in Redis."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TypeVar, cast

from callcontrol.scripts.journals.model import Changes, Entry, EntryKind, Message, Route, Run

T = TypeVar("T")


def changes_text(changes: Changes) -> str:
    """Return what the script of a commit reads."""
    written: dict[str, object] = {
        "entries": [(entry_field(entry), entry.value) for entry in changes.entries],
        "taken": changes.taken,
        "routes": [
            (route.call_id, route.run_id, _text([route.run_id, route.leg]))
            for route in changes.routes
        ],
    }
    if changes.run is not None:
        run, identity, index, updated = run_texts(changes.run)
        written |= {"run": run, "identity": identity, "index": index, "updated": updated}
    return _text(written)


def run_texts(run: Run) -> tuple[str, str, str, str]:
    """Return a run, its script and key, what finds it, and when it was updated."""
    index = {
        "state": run.state,
        "created": repr(float(run.created_at)),
        "since": repr(float(run.waiting_since)),
        "waiting": run.waiting_for,
        "numbers": run.numbers,
    }
    identity = _text([run.script, run.key])
    return _text(asdict(run)), identity, _text(index), repr(float(run.updated_at))


def run_in(text: object) -> Run:
    """Return the run that was written."""
    values = cast("dict[str, object]", json.loads(cast("str", text)))
    for name in ("numbers", "waiting_for"):
        values[name] = tuple(cast("Sequence[str]", values[name]))
    return cast("Callable[..., Run]", Run)(**values)


def message_text(message: Message) -> str:
    """Return a message as JSON."""
    return _text(asdict(message))


def message_in(text: str) -> Message:
    """Return the message that was written."""
    return cast("Callable[..., Message]", Message)(**json.loads(text))


def route_in(call_id: str, text: object) -> Route:
    """Return the route that was written."""
    run_id, leg = cast("tuple[str, str]", json.loads(cast("str", text)))
    return Route(call_id, run_id, leg)


def entry_field(entry: Entry) -> str:
    """Return the field of an entry."""
    return key_field((entry.leg, entry.step, entry.kind, entry.index))


def key_field(key: tuple[str, int, str, int]) -> str:
    """Return the field of the entry with a key."""
    return _text(key)


def entry_in(field: str, value: str) -> Entry:
    """Return the entry that was written."""
    key = cast("tuple[str, int, EntryKind, int]", json.loads(field))
    return Entry(*key, value)


def in_order(hashed: object, read: Callable[[str, str], T]) -> Sequence[T]:
    """Return the values of a hash in the order in which they were written, without empty ones."""
    placed: list[tuple[int, T]] = []
    for field, text in cast("Mapping[str, str]", hashed or {}).items():
        place, _, value = text.partition(":")
        if place:
            placed.append((int(place), read(field, value)))
    placed.sort(key=lambda pair: pair[0])
    return [value for _, value in placed]


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
