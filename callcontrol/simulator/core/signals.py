"""Waits of verbs, and the signals that end them.

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
    """The call asks for something that is not simulated; the text says what."""


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
    """The time of the wait has passed."""


@dataclass(frozen=True, slots=True)
class Key(Signal):
    """The caller pressed a key."""

    digit: str


@dataclass(frozen=True, slots=True)
class SpeechHeard(Signal):
    """The person or machine on the leg starts to speak."""

    text: str
    seconds: float
    machine: bool = False
    """Whether machine detection recognises it at once."""


@dataclass(frozen=True, slots=True)
class ToneHeard(Signal):
    """A beep, as at the end of a voicemail greeting."""


@dataclass(frozen=True, slots=True)
class Delivery(Signal):
    """The result of a webhook or download, after repeats, challenge and fallback."""

    url: str
    """The URL that replied; relative URLs of a document resolve against it."""
    body: bytes = b""
    content_type: str = ""
    problem: str | None = None
    """Why there is no reply, in one line; None if the delivery succeeded."""
    foreign: bool = False
    """Whether no application serves that address."""
    handler: str | None = None
    """The function that replied; see ``WebhookReply.handler``."""


ELAPSED = Elapsed()


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait of a routine: for a time, for signals, or for whichever comes first."""

    seconds: float | None = None
    """None waits for signals only."""
    wants: tuple[type[Signal], ...] = ()
    """Signals that end it; others have no effect."""


Routine = Generator[Wait, Signal, T]
"""A verb, or a part of one, that takes time."""
