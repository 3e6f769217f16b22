"""The actions of people in a call: of the caller, and of the callee of a transfer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bxml.verbs.gather import Gather
from bxml.verbs.recording import Record
from callcontrol.phone.script import Step
from callcontrol.simulator.core.verbs.listening import takes_keys, takes_speech

SILENCE = "silence"
CALLEE = "callee: "
"""Prefix of the labels of actions on the leg that was dialled last."""
MESSAGE = "Hello, please call me back."
MESSAGE_SECONDS = 4.0
MAX_DIGITS = 50
END_KEY = "#"
"""Ends a Record that names no other key."""

ActionKind = Literal["key", "words", "time", "far end", "message", "speech", "hang up"]


@dataclass(frozen=True, slots=True)
class Action:
    """An action of a person, or waiting until something happens."""

    kind: ActionKind
    label: str
    """Its name in a graph: the keys, ``says hello``, ``silence``, ``busy``, ..."""
    steps: tuple[Step, ...] = ()
    """Its steps in a script; none for waiting."""


TIME = Action("time", SILENCE)
HANG_UP = Action("hang up", "hang up", (Step("hang up"),))


def far_end_actions(*names: str) -> Iterator[Action]:
    """Return the actions at a ringing phone."""
    return (Action("far end", name, (Step(name),)) for name in names)


def gather_actions(
    verb: Gather, keys: str, entries: Sequence[str], words: Sequence[str]
) -> Iterator[Action]:
    """Yield the input that a Gather takes: keys, words or both."""
    if takes_keys(verb):
        yield from key_actions(verb, keys, entries)
    if takes_speech(verb):
        yield from (Action("words", f"says {text}", (Step("say", text),)) for text in words)


def key_actions(verb: Gather | None, keys: str, entries: Sequence[str]) -> Iterator[Action]:
    """Return what can be typed at a Gather, or at a StartGather if there is none."""
    typed = keys if verb is None else fitting_entries(verb, keys, entries)
    return (Action("key", digits, (Step("press", digits),)) for digits in typed)


def fitting_entries(verb: Gather, keys: str, entries: Sequence[str]) -> Sequence[str]:
    """Return every single key; for a Gather of several, also full and fitting entries.

    A single key at such a Gather is typed alone, so that the timeout follows.
    """
    most = verb.max_digits or MAX_DIGITS
    if most == 1:
        return tuple(keys)
    ends = verb.terminating_digits or ""
    fitting = [entry for entry in entries if len(entry.rstrip(ends)) <= most]
    full = ["1" * most] if most < MAX_DIGITS else []
    ended = [f"1{ends[0]}"] if ends else []
    return tuple(dict.fromkeys([*keys, *ended, *full, *fitting]))


def message_actions(verb: Record) -> Iterator[Action]:
    """Yield the ways to leave a message."""
    keys = END_KEY if verb.terminating_digits is None else verb.terminating_digits
    speaking = (Step("say", MESSAGE), Step("wait", seconds=MESSAGE_SECONDS))
    if keys:
        yield Action("message", f"message then {keys[0]}", (*speaking, Step("press", keys[0])))
    yield Action("hang up", "message then hang up", (*speaking, Step("hang up")))


def as_callee(action: Action) -> Action:
    """Return the same action on the leg that was dialled last."""
    steps = tuple(replace(step, callee=True) for step in action.steps)
    kind: ActionKind = "far end" if action.kind == "hang up" else action.kind
    return Action(kind, f"{CALLEE}{action.label}", steps)
