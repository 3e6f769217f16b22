"""What verbs wait for, and what reaches them while they wait.

A verb that takes time is a routine: a generator that yields a ``Wait`` and is resumed with the
signal that ended it. Closing the generator is how a verb is interrupted.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar

from callcontrol.simulator.core.calls import DisconnectCause
from callcontrol.simulator.errors import SimulatorError

T = TypeVar("T")


class NotSimulatedError(SimulatorError):
    """The call asks for something that the simulator does not play; the text says what."""


class CallEnded(Exception):  # noqa: N818 - how a verb ends its call, not a failure
    """The leg that runs the verb ends, for ``cause``."""

    def __init__(self, cause: DisconnectCause, message: str | None = None) -> None:
        super().__init__(cause)
        self.cause: DisconnectCause = cause
        self.message = message


class Signal:
    """Base of what can end a wait."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Elapsed(Signal):
    """The time of the wait is over."""


@dataclass(frozen=True, slots=True)
class Key(Signal):
    """The person on the leg pressed a key."""

    digit: str


@dataclass(frozen=True, slots=True)
class SpeechHeard(Signal):
    """The person, or machine, on the leg begins to speak."""

    text: str
    seconds: float
    machine: bool = False
    """Whether it can be told at once that this is a machine."""


@dataclass(frozen=True, slots=True)
class ToneHeard(Signal):
    """A beep, as at the end of a voicemail greeting."""


@dataclass(frozen=True, slots=True)
class Delivery(Signal):
    """What became of a webhook or a download, after repeats, challenge and fallback."""

    url: str
    """Who replied; relative URLs of a document resolve against it."""
    body: bytes = b""
    content_type: str = ""
    problem: str | None = None
    """Why nobody did, in one line; None if the delivery succeeded."""
    foreign: bool = False
    """Whether the door does not serve that address at all."""


ELAPSED = Elapsed()


@dataclass(frozen=True, slots=True)
class Wait:
    """What a routine waits for: a time, signals, or whichever comes first."""

    seconds: float | None = None
    """None waits for signals only."""
    wants: tuple[type[Signal], ...] = ()
    """Signals that end it; others pass by unheard."""


Routine = Generator[Wait, Signal, T]
"""A verb, or a part of one, that takes time."""
