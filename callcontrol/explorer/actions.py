"""What can be done in a call at a moment, by whoever is on one of its phones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bxml import Gather, Record
from callcontrol.phone.script import Step

__all__ = [
    "CALLEE",
    "HANG_UP",
    "TIME",
    "Action",
    "ActionKind",
    "entries_of",
    "far_end",
    "keys_of",
    "of_callee",
    "recorded",
]

SILENCE = "silence"
CALLEE = "callee: "
"""How labels begin of what the far end of a Transfer does."""
MESSAGE = "Hello, please call me back."
SPOKEN = 4.0
"""Seconds of a message."""
MOST_DIGITS = 50
END = "#"
"""Ends a Record that names no other key."""

ActionKind = Literal["key", "time", "far end", "message", "speech", "hang up"]


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that somebody does, or that nobody does anything until something happens."""

    kind: ActionKind
    label: str
    """What a graph calls it: the keys, ``silence``, ``busy``, ..."""
    steps: tuple[Step, ...] = ()
    """The same as steps of a script; none for letting time pass."""


TIME = Action("time", SILENCE)
HANG_UP = Action("hang up", "hang up", (Step("hang up"),))


def far_end(*names: str) -> Iterator[Action]:
    """Yield what a phone that rings can do."""
    return (Action("far end", name, (Step(name),)) for name in names)


def keys_of(verb: Gather | None, keys: str, entries: Sequence[str]) -> Iterator[Action]:
    """Yield what can be typed at a Gather, or at a StartGather if there is none."""
    typed = keys if verb is None else entries_of(verb, keys, entries)
    return (Action("key", each, (Step("press", each),)) for each in typed)


def entries_of(verb: Gather, keys: str, entries: Sequence[str]) -> Sequence[str]:
    """Return every single key, and where more are taken, the entries that fit and a full one.

    A single key at a Gather that takes more is all that the person types.
    """
    most = verb.max_digits or MOST_DIGITS
    if most == 1:
        return tuple(keys)
    ends = verb.terminating_digits or ""
    fitting = [entry for entry in entries if len(entry.rstrip(ends)) <= most]
    full = ["1" * most] if most < MOST_DIGITS else []
    ended = [f"1{ends[0]}"] if ends else []
    return tuple(dict.fromkeys([*keys, *ended, *full, *fitting]))


def recorded(verb: Record) -> Iterator[Action]:
    """Yield how a message can be left."""
    keys = END if verb.terminating_digits is None else verb.terminating_digits
    speaking = (Step("say", MESSAGE), Step("wait", seconds=SPOKEN))
    if keys:
        yield Action("message", f"message then {keys[0]}", (*speaking, Step("press", keys[0])))
    yield Action("hang up", "message then hang up", (*speaking, Step("hang up")))


def of_callee(action: Action) -> Action:
    """Return the same, done by the person on the leg that was dialled last."""
    steps = tuple(replace(step, callee=True) for step in action.steps)
    kind: ActionKind = "far end" if action.kind == "hang up" else action.kind
    return Action(kind, f"{CALLEE}{action.label}", steps)
