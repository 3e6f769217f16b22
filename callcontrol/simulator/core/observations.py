"""Observations of a call: one frozen record per occurrence, in order of time.

The engine passes each one to every observer at once. Timelines, calls in tests and live logs are
made from them alone.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from callcontrol.events import Event
from callcontrol.simulator.core.calls import DisconnectCause, State
from callcontrol.simulator.core.webhooks import Attempt, Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """Base of everything that can be observed."""

    at: datetime
    """Virtual time, UTC."""
    call_id: str
    """The leg it happened on; for a conference the id of the conference."""


Observer = Callable[[Observation], None]
"""Called with every observation; must not use the engine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed(Observation):
    """The call entered a state."""

    state: State
    cause: DisconnectCause | None = None
    """Why it ended; None unless ``state`` is disconnected."""
    error_message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Started(Observation):
    """A verb begins."""

    verb: str
    """Name of the verb in BXML."""
    detail: str = ""
    """Its text, number or address, if it has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoke(Observation):
    """The platform begins to say something on this leg."""

    text: str
    """The words as they are heard: SSML aliases replaced, tags removed, single spaces."""
    ssml: str
    """The same with its SSML tags."""
    voice: str
    """Name of the voice; chosen by gender and locale if the verb names none."""
    locale: str
    gender: str
    seconds: float
    """How long it lasts without interruption."""
    source: Literal["call", "conference"] = "call"


@dataclass(frozen=True, slots=True, kw_only=True)
class Played(Observation):
    """An audio file begins on this leg."""

    url: str
    seconds: float
    source: Literal["call", "conference"] = "call"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited(Observation):
    """Silence or a ring tone begins on this leg."""

    sound: Literal["silence", "ringing"]
    seconds: float | None
    """Its planned length; None for as long as a Transfer rings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Toned(Observation):
    """The platform sends DTMF tones to this leg."""

    digits: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed(Observation):
    """The person on this leg presses one key."""

    digit: str
    taken: bool
    """Whether a verb of the call or a StartGather took it; otherwise it had no effect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said(Observation):
    """The person, or machine, on this leg speaks."""

    text: str
    seconds: float
    taken: bool
    """Whether a verb of the call took it; otherwise it had no effect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent(Observation):
    """A webhook is sent for the first time, whether it arrives or not."""

    event: Event
    url: str
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched(Observation):
    """An exchange with the application is complete."""

    url: str
    method: str
    attempt: Attempt
    event_type: str | None
    """Kind of the event that it carried; None for an audio file."""
    status: int | None
    """HTTP status; None if there was no reply."""
    failure: Failure | None
    seconds: float
    """Virtual time that it took."""
    body: bytes = field(default=b"", repr=False)
    """The body of the reply."""
    content_type: str = ""
    """Media type of the reply in lower case; empty if it names none."""
    finding: str = ""
    """Why the reply cannot be used, in one line; empty for status 200 to 299."""
    handler: str | None = None
    """The function that replied, ``menu (voice.py:12)``; empty if it is not known, None for an
    application in another process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected(Observation):
    """A reply of the application cannot be used; ``text`` says why in one line."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned(Observation):
    """Something will probably not work as intended; ``text`` says what in one line."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferring(Observation):
    """A Transfer or Forward dials a leg."""

    to: str
    leg_id: str
    """Call id of the new leg: ``answer`` and the like take it."""
    caller_id: str
    verb: Literal["Transfer", "Forward", "Refer"] = "Transfer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined(Observation):
    """This leg and another one start or stop hearing each other."""

    other_id: str
    together: bool
    """False when they part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unjoined(Observation):
    """The callee of a Transfer of this leg answered, and left before the two were joined."""

    leg_id: str
    is_empty: bool
    """Whether an empty document ended its leg, which may have been meant to accept the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conferenced(Observation):
    """This leg enters or leaves a conference."""

    conference_id: str
    name: str
    entered: bool
    """False when it leaves."""
    hears: bool = True
    is_heard: bool = True
    coaches: tuple[str, ...] = ()
    """Call ids of the only members that hear this one; empty for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded(Observation):
    """A recording starts, pauses, goes on or stops."""

    recording_id: str
    change: Literal["started", "paused", "resumed", "stopped"]
    seconds: float = 0.0
    """Length so far, without pauses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detected(Observation):
    """Machine detection has a result."""

    value: str
