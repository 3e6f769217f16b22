"""Names of signals, and which events and messages an await takes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import NoneType
from typing import Generic, TypeVar, cast

from bxml._wording import quoted, type_of
from callcontrol.events import EVENT_TYPES
from callcontrol.scripts.asks import Wanted
from callcontrol.scripts.errors import ScriptMistakeError

T = TypeVar("T")

_KINDS: Mapping[object, str] = {cls: kind for kind, cls in EVENT_TYPES.items()}
_TYPES = (str, int, float, bool, list, dict, NoneType)
INTERRUPT = "callcontrol.interrupt"
"""Name of the message that makes the pending await raise."""


@dataclass(frozen=True, slots=True)
class Signal(Generic[T]):
    """A message that one part of an application sends to the script of a call.

    ``name`` is the same in every process and version; ``type`` is that of the value: str, int,
    float, bool, list, dict or NoneType.

        AGENT_FREE = Signal("agent-free", str)
    """

    name: str
    type: type[T]

    def __post_init__(self) -> None:
        name = cast("object", self.name)
        if not isinstance(name, str) or not name or not name.isprintable():
            raise ScriptMistakeError(f"Signal: expected a name, got {quoted(name)}")
        if self.type not in _TYPES:
            names = ", ".join(cls.__name__ for cls in _TYPES)
            text = f"expected one of {names} as type, got {quoted(self.type)}"
            raise ScriptMistakeError(f"Signal {name}: {text}; it says what JSON keeps")

    def expect_value(self, value: object) -> None:
        """Refuse a value of another type.

        :raises ScriptMistakeError: for it.
        """
        if not isinstance(value, self.type):
            expected = self.type.__name__
            text = f"signal {self.name}: expected a value of type {expected}, got {type_of(value)}"
            raise ScriptMistakeError(text)
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError, RecursionError):
            text = "expected a value that JSON can hold, got another; send numbers, texts, lists"
            raise ScriptMistakeError(f"signal {self.name}: {text} and dicts") from None


def expect_signal(signal: object) -> Signal[object]:
    """Return the signal.

    :raises ScriptMistakeError: for anything else, such as its name.
    """
    if isinstance(signal, Signal):
        return cast("Signal[object]", signal)
    got = f"got {quoted(signal)}; define it once for both ends, NAME = Signal(...), and give that"
    raise ScriptMistakeError(f"signal: expected a Signal, {got}")


def event_kind(cls: object, where: str) -> str:
    """Return the wire name of a class of events.

    :raises ScriptMistakeError: for anything else.
    """
    kind = _KINDS.get(cls) if isinstance(cls, type) else None
    if kind is not None:
        return kind
    text = f"{where}: expected a Signal or the class of one kind of event, got {quoted(cls)}"
    raise ScriptMistakeError(f"{text}; such as RecordingAvailableEvent")


def wanted_of(what: object, where: str) -> Wanted:
    """Return the message that a signal or a class of events stands for."""
    if isinstance(what, Signal):
        return "signal", what.name
    return "event", event_kind(what, where)
