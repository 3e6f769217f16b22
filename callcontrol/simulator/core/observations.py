"""What can be heard and seen of a call: one frozen record per occurrence, in order of time.

The engine hands each to every observer the moment it happens. Timelines, test handles and live
logs are made from nothing else.
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
"""Is told of everything, at once; must not use the engine from inside the call."""


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
    """The words as they are heard: SSML aliases in place, tags gone, white space single."""
    ssml: str
    """The same with its SSML tags."""
    voice: str
    """Name of the voice, the one that gender and locale lead to if the verb names none."""
    locale: str
    gender: str
    seconds: float
    """How long it lasts if nobody interrupts it."""
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
    """How long it is meant to last; None for as long as a Transfer rings."""


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
    """Whether a verb of the call or a StartGather took it; otherwise nobody noticed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said(Observation):
    """The person, or machine, on this leg speaks."""

    text: str
    seconds: float
    taken: bool
    """Whether a verb of the call listened; otherwise nobody noticed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent(Observation):
    """A webhook goes out for the first time, whether it arrives or not."""

    event: Event
    url: str
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched(Observation):
    """An exchange with the user's server is over."""

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
    """What was replied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected(Observation):
    """A reply of the user's server cannot be used; ``text`` says why in one line."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned(Observation):
    """Something will not work as it was probably meant; ``text`` says what in one line."""

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
    """This leg and another one begin or cease to hear each other."""

    other_id: str
    together: bool
    """False when they part."""


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
    """Call ids that hear this member when others do not."""


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
