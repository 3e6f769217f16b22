"""The content of a recording.

No ``repr`` shows a body: it is redacted, but still the content of a conversation.
"""

from collections.abc import Mapping
from typing import Annotated

from callcontrol._frozen import field
from callcontrol._wire.fields import Fallback, Presence, WireName, record
from callcontrol.errors import CallControlError
from callcontrol.recorder.kinds import (
    CONTENT_TYPE,
    FAILURE,
    METHOD,
    PATH,
    QUERY,
    SECONDS,
    SIZE,
    STATUS,
    SWITCH,
    RecordedReplyKind,
    RecordedRequestKind,
)
from callcontrol.simulator.core.webhooks import Failure

FAILURES: Mapping[Failure, str] = {
    "timeout": "no reply in time",
    "unreachable": "no connection",
    "reset": "the connection broke",
    "garbage": "invalid HTTP, or too large a reply",
    "foreign": "no application at that address",
}
"""Why there is no reply, for reports."""


@record(kw_only=False)
class RecordedRequest:
    """A request of the platform, redacted."""

    method: Annotated[str, METHOD]
    path: Annotated[str, PATH]
    """Percent-encoded, without the query."""
    query: Annotated[str, QUERY] = ""
    content_type: Annotated[str, CONTENT_TYPE] = ""
    """Media type without parameters; empty if there was none."""
    size: Annotated[int, SIZE] = 0
    """Bytes of the real body."""
    body: Annotated[str, WireName("text")] = field(default="", repr=False)
    """Empty for requests other than webhooks."""


@record(kw_only=False)
class RecordedReply:
    """A reply of the application, redacted."""

    status: Annotated[int, STATUS]
    """For a failure, the status that the platform got instead."""
    content_type: str = ""
    """Media type without parameters; empty if there was none."""
    size: Annotated[int, SIZE] = 0
    """Bytes of the real body."""
    body: str | None = field(default=None, repr=False)
    """The document; None for what the platform does not read, and for binary content."""
    failure: Annotated[Failure | None, FAILURE] = None
    """Why there was no reply."""


@record(kw_only=False)
class Exchange:
    """A request and its reply."""

    at: Annotated[float, SECONDS]
    """Seconds from the start of the recording to the request."""
    event: Annotated[str | None, Fallback(None)]
    """The event type of the webhook; None for other requests."""
    request: Annotated[RecordedRequest, RecordedRequestKind(RecordedRequest)]
    reply: Annotated[RecordedReply, RecordedReplyKind(RecordedReply)]
    line: Annotated[int | None, Presence.UNSENT] = field(default=None, compare=False)
    """Its line in the file."""


@record(kw_only=False)
class Session:
    """One run of the recorder. A pseudonym stands for the same value in all of its exchanges."""

    url: str
    """The URL of the recorded application."""
    keeps_digits: Annotated[bool, SWITCH] = False
    """Whether typed digits were recorded unchanged."""
    exchanges: Annotated[tuple[Exchange, ...], Presence.UNSENT] = ()


@record(kw_only=False)
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
