"""Requests of the engine to the application, and its replies.

    Webhook               an event with its targets
    HttpRequest           one HTTP request to carry out
    WebhookReply          its result
    PendingReply          a reply that comes when virtual time has passed
    ApplicationTransport  carries it out

The engine decides on repeats, fallbacks and the Basic challenge; a transport carries out one
exchange at a time.
"""

from base64 import b64encode
from collections.abc import Callable
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
    waited: float = 0.0
    """Seconds of virtual time that had passed when the application replied."""
    seconds: float = 0.0
    """Further seconds until it arrives; more than the timeout in all counts as a failure."""
    failure: Failure | None = None
    detail: str = ""
    """Details of the failure, for people."""
    handler: str | None = None
    """The function that replied, ``menu (voice.py:12)``; empty if it is not known, None for an
    application in another process."""
    advice: str = ""
    """Advice about its status, from the routes of the application."""

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters; empty if there is none."""
        return self.header("Content-Type").partition(";")[0].strip().lower()

    def header(self, name: str) -> str:
        """Return the first header field of that name, whatever its case; empty if there is none."""
        if not self.headers:
            return ""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")

    def map(self, change: "Change") -> "WebhookReply":
        """Return the changed reply, as ``PendingReply.map`` does later."""
        return change(self)

    def recover(self, _: "Recovery") -> "WebhookReply":
        """Return the reply: it is no failure of the application."""
        return self

    def when_done(self, done: "Callable[[WebhookReply], None]") -> None:
        """Call ``done`` at once."""
        done(self)

    def wait(self) -> "WebhookReply":
        """Return the reply."""
        return self


Change = Callable[[WebhookReply], WebhookReply]
Recovery = Callable[[Exception], WebhookReply]


class PendingReply:
    """A reply that comes when virtual time has passed.

    ``run`` lets time pass for the application alone until the reply has come.
    """

    def __init__(self, run: Callable[[], None]) -> None:
        self._run = run
        self._steps: list[Callable[[WebhookReply | Exception], WebhookReply | Exception]] = []
        self._outcome: WebhookReply | Exception | None = None
        self._done: Callable[[WebhookReply], None] | None = None

    def map(self, change: Change) -> "PendingReply":
        """Change the reply when it comes."""
        self._steps.append(
            lambda outcome: outcome if isinstance(outcome, Exception) else change(outcome)
        )
        return self

    def recover(self, recovery: Recovery) -> "PendingReply":
        """Make a reply of the exception that comes instead of one."""
        self._steps.append(
            lambda outcome: recovery(outcome) if isinstance(outcome, Exception) else outcome
        )
        return self

    def when_done(self, done: Callable[[WebhookReply], None]) -> None:
        """Call ``done`` with the reply when it comes."""
        self._done = done

    def settle(self, outcome: WebhookReply | Exception) -> None:
        """Take the outcome of the exchange; call it in the thread that runs the calls."""
        for step in self._steps:
            outcome = step(outcome)
        self._outcome = outcome
        if self._done is not None and not isinstance(outcome, Exception):
            self._done(outcome)

    def wait(self) -> WebhookReply:
        """Let time pass for the application until the reply has come, and return it.

        :raises Exception: the failure of the application.
        """
        if self._outcome is None:
            self._run()
        assert self._outcome is not None  # noqa: S101 - set by ``settle``
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome


class ApplicationTransport(Protocol):
    """Carries out exchanges with the application."""

    def deliver(self, request: HttpRequest) -> WebhookReply | PendingReply:
        """Carry out one exchange and return its result; never raise for faults of the application.

        The engine does not hold its lock meanwhile, so a handler may use the REST API.
        """
        ...
