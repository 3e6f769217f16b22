"""Requests of the engine to the application, and its replies.

    Webhook               an event with its targets
    HttpRequest           one HTTP request to carry out
    WebhookReply          its result
    ApplicationTransport  carries it out

The engine decides on repeats, fallbacks and the Basic challenge; a transport carries out one
exchange at a time.
"""

from base64 import b64encode
from dataclasses import dataclass, field
from typing import Literal, Protocol, get_args

from callcontrol.events import Event
from callcontrol.simulator.core.messages import Header

Failure = Literal["timeout", "unreachable", "reset", "garbage", "foreign"]
"""Why an exchange has no HTTP reply: none in time, no connection, a lost connection, a reply that
is not HTTP, or no application at the address."""
FAILURES: tuple[Failure, ...] = get_args(Failure)

Attempt = Literal["first", "repeat", "fallback", "audio"]
"""Which attempt an exchange belongs to; one can come twice, without and then with credentials."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One address with its method and credentials."""

    url: str
    """Absolute http or https URL."""
    method: Literal["GET", "POST"] = "POST"
    username: str | None = None
    """For the Basic challenge; None if the verb or the request has none."""
    password: str | None = field(default=None, repr=False)

    def authorization(self) -> Header | None:
        """Return the header that answers a Basic challenge, None without credentials."""
        if self.username is None and self.password is None:
            return None
        pair = f"{self.username or ''}:{self.password or ''}"
        return ("Authorization", f"Basic {b64encode(pair.encode()).decode('ascii')}")


@dataclass(frozen=True, slots=True)
class Targets:
    """The URL of a webhook, and the one that is used once if that fails."""

    primary: Target
    fallback: Target | None = None
    """None if the verb or the request has no fallback URL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An event with its targets."""

    event: Event
    target: Target
    fallback: Target | None = None
    """Tried once when ``target`` fails; None if the verb has no fallback URL."""
    timeout: float = 15.0
    """Seconds of virtual time to wait for each reply, 1 to 25."""
    can_reply: bool
    """Whether the reply is run as BXML; otherwise its body is ignored."""
    call_id: str
    """The leg that the event is about; for a conference the call that created it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One HTTP exchange. Its ``repr`` shows neither headers nor body: both may hold secrets."""

    method: str
    url: str
    """Absolute, with the event as query parameters if the method is GET."""
    headers: tuple[Header, ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)
    timeout: float = 15.0
    """Seconds to wait for the reply."""
    attempt: Attempt = "first"
    call_id: str = ""
    """The leg that waits for it or that the event is about."""
    webhook: Webhook | None = None
    """The webhook that it carries; None for the download of an audio file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookReply:
    """The result of one exchange: an HTTP reply, or the reason why there is none."""

    status: int = 200
    """HTTP status; without meaning if there is a ``failure``."""
    body: bytes = field(default=b"", repr=False)
    headers: tuple[Header, ...] = field(default=(), repr=False)
    """The engine reads Content-Type, WWW-Authenticate and Location; any case."""
    seconds: float = 0.0
    """How long it took in virtual time; longer than the timeout counts as a failure."""
    failure: Failure | None = None
    detail: str = ""
    """Details of the failure, for people."""

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters; empty if there is none."""
        return self.header("Content-Type").partition(";")[0].strip().lower()

    def header(self, name: str) -> str:
        """Return the first header field of that name, whatever its case; empty if there is none."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")


class ApplicationTransport(Protocol):
    """Carries out exchanges with the application."""

    def deliver(self, request: HttpRequest) -> WebhookReply:
        """Carry out one exchange and return its result; never raise for faults of the application.

        The engine does not hold its lock meanwhile, so a handler may use the REST API.
        """
        ...
