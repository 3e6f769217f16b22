"""What a recording holds.

No ``repr`` shows a body: it is masked, but it is still what people said to each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from callcontrol.errors import CallControlError
from callcontrol.simulator.core.webhooks import Failure

__all__ = [
    "FAILURES",
    "Exchange",
    "RecordedReply",
    "RecordedRequest",
    "Recording",
    "RecordingError",
    "ReplayError",
    "Session",
]

FAILURES: Mapping[Failure, str] = {
    "timeout": "no reply in time",
    "unreachable": "no connection",
    "reset": "the connection broke off",
    "garbage": "no HTTP, or too much of it",
    "foreign": "nobody serves that address",
}
"""Why there is no reply, in words."""


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """What the platform asked, masked."""

    method: str
    path: str
    """Percent-encoded, without the query."""
    query: str = ""
    content_type: str = ""
    """Media type without parameters; empty if there was none."""
    size: int = 0
    """Bytes of the real body."""
    body: str = field(default="", repr=False)
    """Empty for what is no webhook."""


@dataclass(frozen=True, slots=True)
class RecordedReply:
    """What the application replied, masked."""

    status: int
    """Of a failure the status that the platform got instead."""
    content_type: str = ""
    """Media type without parameters; empty if there was none."""
    size: int = 0
    """Bytes of the real body."""
    body: str | None = field(default=None, repr=False)
    """What the platform runs; None for what it does not read, and for what is no text."""
    failure: Failure | None = None
    """Why there was no reply."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its reply."""

    at: float
    """Seconds from the start of the recording to the request."""
    event: str | None
    """Wire name of the webhook's kind; None for what is no webhook."""
    request: RecordedRequest
    reply: RecordedReply
    line: int | None = field(default=None, compare=False)
    """Where it stands in its file."""


@dataclass(frozen=True, slots=True)
class Session:
    """What was recorded from a start to an end; made-up values mean the same throughout."""

    url: str
    """The application that was recorded."""
    keeps_digits: bool = False
    """Whether typed digits were recorded as they are."""
    exchanges: tuple[Exchange, ...] = ()


@dataclass(frozen=True, slots=True)
class Recording:
    """The content of a file."""

    name: str
    """What errors call it."""
    sessions: tuple[Session, ...]
    """One, and one more for each time that the file was appended to."""

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Every exchange, in order."""
        return tuple(exchange for session in self.sessions for exchange in session.exchanges)

    @property
    def webhooks(self) -> tuple[Exchange, ...]:
        """The exchanges that can be replayed."""
        return tuple(exchange for exchange in self.exchanges if exchange.event is not None)


class RecordingError(CallControlError, ValueError):
    """A recording cannot be written or read, or a setting of it makes no sense."""


class ReplayError(CallControlError):
    """The application cannot be reached, so that nothing can be compared."""
