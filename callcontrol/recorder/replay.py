"""Replays recorded webhooks and compares the replies."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from http import HTTPStatus

from bxml._wording import visible_text
from bxml.errors import Problem
from callcontrol._urls import base_of, origin_of
from callcontrol.events import Event
from callcontrol.recorder.capture import recorded_event, redact_reply
from callcontrol.recorder.diff import Change, changes_between, problems_of
from callcontrol.recorder.models import (
    Exchange,
    RecordedReply,
    RecordedRequest,
    Recording,
    RecordingError,
    ReplayError,
    Session,
)
from callcontrol.recorder.pseudonyms import Originals, Pseudonyms
from callcontrol.recorder.rebinding import FoundValue, bind_new_values, pseudonyms_in, table_of
from callcontrol.recorder.redact_bxml import HOME
from callcontrol.recorder.redaction import Redactor
from callcontrol.recorder.storage import read_recording
from callcontrol.simulator.applications import (
    ApplicationError,
    ApplicationTarget,
    Transport,
    transport_for,
)
from callcontrol.simulator.core.webhooks import HttpRequest, Target, WebhookReply
from callcontrol.simulator.errors import SimulatorError

__all__ = [
    "TIMEOUT",
    "ReplayReport",
    "ReplayedExchange",
    "addresses_of",
    "replay",
    "replaying",
]

TIMEOUT = 15.0
"""Seconds for a reply, the default of the platform."""
LONGEST = 3600.0


@dataclass(frozen=True, slots=True)
class ReplayedExchange:
    """A replayed webhook, and the differences in its reply."""

    exchange: Exchange
    """The recorded exchange."""
    reply: RecordedReply
    """The new reply, redacted in the same way."""
    changes: tuple[Change, ...]
    problems: tuple[Problem, ...] = ()
    """Errors of the new reply, if it has changed."""
    recorded_problems: tuple[Problem, ...] = ()
    """Errors of the recorded reply, if it has changed."""
    detail: str = ""
    """More about a failure."""

    def __str__(self) -> str:
        request = self.exchange.request
        return visible_text(f"{self.exchange.event} ({request.method} {request.path})")


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """The result of a replay; true if nothing has changed."""

    exchanges: tuple[ReplayedExchange, ...] = field(repr=False)

    @property
    def changes(self) -> tuple[Change, ...]:
        """Every difference, in order."""
        return tuple(change for exchange in self.exchanges for change in exchange.changes)

    def __bool__(self) -> bool:
        return not self.changes

    def __repr__(self) -> str:
        return f"<ReplayReport: {self}>"

    def __str__(self) -> str:
        count = len(self.exchanges)
        if self:
            return f"{count} webhook{'' if count == 1 else 's'} replayed, nothing changed"
        changed = [exchange for exchange in self.exchanges if exchange.changes]
        lines = [f"{len(changed)} of {count} replies changed"]
        for exchange in changed:
            lines.append(f"  {exchange}")
            lines += (f"    {change}" for change in exchange.changes)
        return "\n".join(lines)


def replay(  # noqa: PLR0913 - all keyword-only, all optional
    recording: Recording | str | os.PathLike[str],
    application: ApplicationTarget,
    *,
    base_url: str | None = None,
    originals: Mapping[str, str] | None = None,
    username: str | None = None,
    password: str | None = None,
    timeout: float = TIMEOUT,
) -> ReplayReport:
    """Send the webhooks of a recording, or of a file with one, again and compare the replies.

    ``application`` is a WSGI or ASGI application, or the URL of a running one, of which only
    scheme, host and port are used. Requests never go to the URL in the recording: the author of the
    file would choose their destination. ``base_url`` is the base of the URLs that an application
    in this process sees. ``originals`` are real values to send instead of pseudonyms, such as
    ``{"+19195550101": "+19195551234"}`` for a number that the application checks. ``username`` and
    ``password`` are sent if the application asks for credentials. ``timeout`` is in seconds, for
    each reply.

    :raises RecordingError: for an invalid recording, and for invalid arguments.
    :raises ReplayError: if the application cannot be reached.
    """
    if application is None:  # pyright: ignore[reportUnnecessaryComparison] - unchecked callers
        raise RecordingError("application: expected an application or its URL, got None")
    if not isinstance(recording, Recording):
        recording = read_recording(recording)
    found = replaying(
        recording,
        application,
        base_url=base_url,
        originals=originals,
        username=username,
        password=password,
        timeout=timeout,
    )
    return ReplayReport(tuple(found))


def replaying(  # noqa: PLR0913 - all keyword-only, all optional
    recording: Recording,
    application: ApplicationTarget | None = None,
    *,
    base_url: str | None = None,
    originals: Mapping[str, str] | None = None,
    username: str | None = None,
    password: str | None = None,
    timeout: float = TIMEOUT,
) -> Iterator[ReplayedExchange]:
    """Yield what ``replay`` collects, each exchange as soon as its reply has come.

    Without an ``application`` the webhooks go to the addresses that ``addresses_of`` returns: ask
    first.
    """
    if not recording.webhooks:
        raise RecordingError(f"{recording.name}: the recording has no webhooks to replay")
    if not 0 < timeout <= LONGEST:
        raise RecordingError(f"timeout: expected a number of seconds up to {LONGEST:g}")
    credentials = Target(url="", username=username, password=password)
    for session in recording.sessions:
        target = application if application is not None else session.url
        base = _base(target, base_url)
        try:
            transport = transport_for(target)
        except SimulatorError as error:
            raise RecordingError(str(error)) from None
        with closing(transport):
            sender = _Sender(transport, base, credentials, timeout)
            yield from _SessionReplay(session, sender, originals or {}).run()


def addresses_of(recording: Recording) -> Sequence[str]:
    """Return scheme, host and port of each recorded application.

    :raises RecordingError: for an address that is not an http URL.
    """
    return tuple(dict.fromkeys(_base(session.url, None) for session in recording.sessions))


def _base(target: ApplicationTarget, base_url: str | None) -> str:
    """Return scheme, host and port that requests go to."""
    url = target if isinstance(target, str) else base_url or f"http://{HOME}"
    if origin_of(url) is None:
        raise RecordingError("application: expected an http URL, got another text")
    return base_of(url)


@dataclass(frozen=True, slots=True)
class _Sender:
    """Where and how webhooks are sent."""

    transport: Transport
    base: str
    credentials: Target = field(repr=False)
    timeout: float

    def send(self, exchange: Exchange, restorer: Redactor) -> tuple[WebhookReply, str]:
        """Return the reply to a webhook with its pseudonyms restored, and more about a failure.

        One that was asked for credentials had none, so it gets none again.
        """
        was_asked = exchange.reply.status == HTTPStatus.UNAUTHORIZED
        credentials = None if was_asked else self.credentials.authorization()
        try:
            request = self._request(exchange.request, restorer, credentials)
            reply = self.transport.deliver(request).wait()
        except ApplicationError as error:
            # Its message may hold data of the webhook; its type shows where to look.
            detail = f"the application raised {type(error.__cause__ or error).__name__}"
            return WebhookReply(status=int(HTTPStatus.INTERNAL_SERVER_ERROR)), detail
        if reply.failure == "unreachable":
            reason = f" ({reply.detail})" if reply.detail else ""
            raise ReplayError(f"{self.base}: no connection to the application{reason}")
        if reply.status == HTTPStatus.UNAUTHORIZED and not was_asked:
            given = "refuses the credentials" if credentials else "asks for credentials: --username"
            return reply, f"the application {given}"
        return reply, ""

    def _request(
        self,
        recorded: RecordedRequest,
        restorer: Redactor,
        credentials: tuple[str, str] | None,
    ) -> HttpRequest:
        path, query = restorer.path(recorded.path), restorer.query(recorded.query)
        headers = [("User-Agent", "callcontrol-replay")]
        if recorded.content_type:
            headers.append(("Content-Type", recorded.content_type))
        if credentials is not None:
            headers.append(credentials)
        return HttpRequest(
            method=recorded.method,
            url=f"{self.base}{path}{'?' if query else ''}{query}",
            headers=tuple(headers),
            body=restorer.body(recorded.body).encode(),
            timeout=self.timeout,
        )


class _SessionReplay:
    """The replay of one session."""

    def __init__(self, session: Session, sender: _Sender, originals: Mapping[str, str]) -> None:
        self._session = session
        self._sender = sender
        self._pseudonyms = Pseudonyms(keeps_keys=True)
        self._originals = Originals(self._pseudonyms)
        self._redactor = Redactor(self._pseudonyms, keep_digits=session.keeps_digits)
        self._restorer = Redactor(self._originals)
        self._sent: set[FoundValue] = set()
        """Pseudonyms that the application was sent, and so has no other values for."""
        self._reserve()
        for pseudonym, original in originals.items():
            self._bind(pseudonym, original)

    def _reserve(self) -> None:
        """Reserve every pseudonym of the session, so that no other value gets it."""
        for exchange in self._session.exchanges:
            for text in (_request_text(exchange.request), exchange.reply.body or ""):
                for found in pseudonyms_in(text):
                    table_of(self._pseudonyms, found).reserved.add(found.value)

    def _bind(self, pseudonym: str, original: str) -> None:
        found = next(pseudonyms_in(pseudonym), None)
        if found is None:
            self._pseudonyms.bind_keys(original, pseudonym)
            self._originals.bind_keys(original, pseudonym)
        elif found.kind == "secret":
            self._pseudonyms.secrets.bind(original, found.value)
        else:
            digits = "".join(filter(str.isdecimal, original))
            self._pseudonyms.numbers.bind(digits, found.value)

    def run(self) -> Iterator[ReplayedExchange]:
        """Yield every webhook of the session, replayed in order."""
        for exchange in self._session.exchanges:
            self._sent |= set(pseudonyms_in(_request_text(exchange.request)))
            if exchange.event is not None:
                yield self._replay(exchange)

    def _replay(self, exchange: Exchange) -> ReplayedExchange:
        reply, detail = self._sender.send(exchange, self._restorer)
        now = self._redacted(reply, recorded_event(exchange.request), exchange.reply)
        changes = tuple(changes_between(exchange.reply, now))
        found = (problems_of(now), problems_of(exchange.reply)) if changes else ((), ())
        return ReplayedExchange(exchange, now, changes, *found, detail)

    def _redacted(
        self, reply: WebhookReply, event: Event | None, recorded: RecordedReply
    ) -> RecordedReply:
        if reply.failure is not None:
            return RecordedReply(int(HTTPStatus.BAD_GATEWAY), failure=reply.failure)
        hosts = (self._sender.base.partition("://")[2],)
        drafted = self._pseudonyms.copy()
        redactor = Redactor(drafted, keep_digits=self._session.keeps_digits)
        draft = redact_reply(redactor, reply, event, hosts)
        if recorded.body is None:
            # No text is compared, so its new values must not take pseudonyms of later replies.
            return draft
        bind_new_values(self._pseudonyms, recorded.body, draft.body or "", drafted, self._sent)
        return redact_reply(self._redactor, reply, event, hosts)


def _request_text(request: RecordedRequest) -> str:
    return f"{request.path}?{request.query}\n{request.body}"
