"""The content of a recording.

No ``repr`` shows a body: it is redacted, but still the content of a conversation.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from callcontrol.errors import CallControlError
from callcontrol.simulator.core.webhooks import Failure

FAILURES: Mapping[Failure, str] = {
    "timeout": "no reply in time",
    "unreachable": "no connection",
    "reset": "the connection broke",
    "garbage": "invalid HTTP, or too large a reply",
    "foreign": "no application at that address",
}
"""Why there is no reply, for reports."""


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """A request of the platform, redacted."""

    method: str
    path: str
    """Percent-encoded, without the query."""
    query: str = ""
    content_type: str = ""
    """Media type without parameters; empty if there was none."""
    size: int = 0
    """Bytes of the real body."""
    body: str = field(default="", repr=False)
    """Empty for requests other than webhooks."""


@dataclass(frozen=True, slots=True)
class RecordedReply:
    """A reply of the application, redacted."""

    status: int
    """For a failure, the status that the platform got instead."""
    content_type: str = ""
    """Media type without parameters; empty if there was none."""
    size: int = 0
    """Bytes of the real body."""
    body: str | None = field(default=None, repr=False)
    """The document; None for what the platform does not read, and for binary content."""
    failure: Failure | None = None
    """Why there was no reply."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its reply."""

    at: float
    """Seconds from the start of the recording to the request."""
    event: str | None
    """The event type of the webhook; None for other requests."""
    request: RecordedRequest
    reply: RecordedReply
    line: int | None = field(default=None, compare=False)
    """Its line in the file."""


@dataclass(frozen=True, slots=True)
class Session:
    """One run of the recorder. A pseudonym stands for the same value in all of its exchanges."""

    url: str
    """The URL of the recorded application."""
    keeps_digits: bool = False
    """Whether typed digits were recorded unchanged."""
    exchanges: tuple[Exchange, ...] = ()


@dataclass(frozen=True, slots=True)
class Recording:
    """The content of a file."""

    name: str
    """Its name in errors."""
    sessions: tuple[Session, ...]
    """One for each run of the recorder that wrote to the file."""

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """Every exchange, in order."""
        return tuple(exchange for session in self.sessions for exchange in session.exchanges)

    @property
    def webhooks(self) -> tuple[Exchange, ...]:
        """The exchanges that can be replayed."""
        return tuple(exchange for exchange in self.exchanges if exchange.event is not None)


class RecordingError(CallControlError, ValueError):
    """A recording cannot be written or read, or a setting is invalid."""


class ReplayError(CallControlError):
    """The application cannot be reached, so there is no reply to compare."""
