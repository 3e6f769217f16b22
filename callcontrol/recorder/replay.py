"""Sends recorded webhooks again and compares the replies."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlsplit

from bxml import Problem
from bxml._wording import visible_text
from callcontrol._urls import origin_of
from callcontrol.events import Event
from callcontrol.recorder.capture import event_of, masked_reply
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
from callcontrol.recorder.rebinding import FoundValue, bind_new_values, made_up_in
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
from callcontrol.simulator.rest.messages import RestRequest

__all__ = [
    "TIMEOUT",
    "ReplayReport",
    "ReplayedExchange",
    "addresses_of",
    "replay",
    "replaying",
]

TIMEOUT = 15.0
"""Seconds for a reply, as the platform waits if nobody says otherwise."""
LONGEST = 3600.0


@dataclass(frozen=True, slots=True)
class ReplayedExchange:
    """A webhook that was sent again, and what is different in the reply."""

    exchange: Exchange
    """What was recorded."""
    reply: RecordedReply
    """What the application replies now, masked alike."""
    changes: tuple[Change, ...]
    problems: tuple[Problem, ...] = ()
    """Errors of the new reply, if it is another one."""
    recorded_problems: tuple[Problem, ...] = ()
    """Errors of the recorded reply, the same."""
    detail: str = ""
    """What else is known about a failure."""

    def __str__(self) -> str:
        asked = self.exchange.request
        return visible_text(f"{self.exchange.event} ({asked.method} {asked.path})")


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """What a replay found out; true if nothing is different."""

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
        for each in changed:
            lines.append(f"  {each}")
            lines += (f"    {change}" for change in each.changes)
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

    ``application`` is a WSGI or ASGI application or the URL of a running one, of which only scheme,
    host and port count. The address in the recording is never used: whoever wrote the file would
    decide where its requests go. ``base_url`` is what an
    application inside the process is called. ``originals`` are real values to be sent instead of
    made-up ones of the recording, such as ``{"+19195550101": "+19195551234"}`` for a number that
    the application looks at. ``username`` and ``password`` are for an application that asks for
    them. ``timeout`` is in seconds, for each reply.

    Raises ``RecordingError`` for what is no recording and for settings that cannot be, and
    ``ReplayError`` if the application cannot be reached.
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
    """Yield what ``replay`` collects, each as soon as its reply is there.

    Without an ``application`` the webhooks go to the addresses that ``addresses_of`` returns: ask
    first.
    """
    if not recording.webhooks:
        raise RecordingError(f"{recording.name}: expected webhooks to replay, got none")
    if not 0 < timeout <= LONGEST:
        raise RecordingError(f"timeout: expected a number of seconds up to {LONGEST:g}")
    credentials = Target(url="", username=username, password=password)
    for session in recording.sessions:
        target = application if application is not None else session.url
        base = _base(target, base_url)
        try:
            carrier = transport_for(target)
        except SimulatorError as error:
            raise RecordingError(str(error)) from None
        with closing(carrier):
            yield from _Replay(
                session,
                carrier=carrier,
                base=base,
                credentials=credentials,
                timeout=timeout,
                originals=originals or {},
            ).run()


def addresses_of(recording: Recording) -> Sequence[str]:
    """Return scheme, host and port of each application that was recorded.

    :raises RecordingError: for an address that is no http URL.
    """
    return tuple(dict.fromkeys(_base(session.url, None) for session in recording.sessions))


def _base(target: ApplicationTarget, base_url: str | None) -> str:
    """Return scheme, host and port that requests go to."""
    url = target if isinstance(target, str) else base_url or f"http://{HOME}"
    if origin_of(url) is None:
        raise RecordingError("application: expected an http URL, got another text")
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


class _Replay:
    """One session under way."""

    def __init__(  # noqa: PLR0913 - all that there is to know
        self,
        session: Session,
        *,
        carrier: Transport,
        base: str,
        credentials: Target,
        timeout: float,
        originals: Mapping[str, str],
    ) -> None:
        self._session = session
        self._carrier = carrier
        self._base = base
        self._credentials = credentials
        self._timeout = timeout
        self._ledger = Pseudonyms(keeps_keys=True)
        self._originals = Originals(self._ledger)
        self._masker = Redactor(self._ledger, keep_digits=session.keeps_digits)
        self._unmasker = Redactor(self._originals)
        self._known: set[FoundValue] = set()
        """Made-up values that the application has been sent, and knows no others for."""
        self._reserve()
        for mask, original in originals.items():
            self._bind(mask, original)

    def _reserve(self) -> None:
        """Keep every made-up value of the session from being given to another real one."""
        for exchange in self._session.exchanges:
            for found in _made_up(exchange):
                masks = self._ledger.numbers if found.kind == "number" else self._ledger.secrets
                masks.taken.add(found.value)

    def _bind(self, mask: str, original: str) -> None:
        found = next(made_up_in(mask), None)
        if found is None:
            self._ledger.bind_keys(original, mask)
            self._originals.bind_keys(original, mask)
        elif found.kind == "secret":
            self._ledger.secrets.bind(original, found.value)
        else:
            digits = "".join(filter(str.isdecimal, original))
            self._ledger.numbers.bind(digits, found.value)

    def run(self) -> Iterator[ReplayedExchange]:
        for exchange in self._session.exchanges:
            self._known |= set(made_up_in(_request_text(exchange.request)))
            if exchange.event is not None:
                yield self._again(exchange)

    def _again(self, exchange: Exchange) -> ReplayedExchange:
        request = self._request(exchange.request)
        detail = ""
        try:
            reply = self._carrier.deliver(request)
        except ApplicationError as error:
            # Its words may hold what the webhook held; its kind says where to look.
            detail = f"the application raised {type(error.__cause__ or error).__name__}"
            reply = WebhookReply(status=int(HTTPStatus.INTERNAL_SERVER_ERROR))
        if reply.failure == "unreachable":
            raise ReplayError(
                f"{self._base}: expected a running application, got no connection"
                f" ({reply.detail or 'none'})"
            )
        recorded = exchange.request
        plain = RestRequest(
            recorded.method, recorded.path, recorded.query, {}, recorded.body.encode()
        )
        now = self._masked(reply, event_of(plain), exchange.reply)
        changes = tuple(changes_between(exchange.reply, now))
        found = (problems_of(now), problems_of(exchange.reply)) if changes else ((), ())
        return ReplayedExchange(exchange, now, changes, *found, detail)

    def _request(self, recorded: RecordedRequest) -> HttpRequest:
        path, query = self._unmasker.path(recorded.path), self._unmasker.query(recorded.query)
        headers = [("User-Agent", "callcontrol-replay")]
        if recorded.content_type:
            headers.append(("Content-Type", recorded.content_type))
        authorization = self._credentials.authorization()
        if authorization is not None:
            headers.append(authorization)
        return HttpRequest(
            method=recorded.method,
            url=f"{self._base}{path}{'?' if query else ''}{query}",
            headers=tuple(headers),
            body=self._unmasker.body(recorded.body).encode(),
            timeout=self._timeout,
        )

    def _masked(
        self, reply: WebhookReply, event: Event | None, recorded: RecordedReply
    ) -> RecordedReply:
        if reply.failure is not None:
            return RecordedReply(int(HTTPStatus.BAD_GATEWAY), failure=reply.failure)
        hosts = (urlsplit(self._base).netloc,)
        drafted = self._ledger.copy()
        drafting = Redactor(drafted, keep_digits=self._session.keeps_digits)
        draft = masked_reply(drafting, reply, event, hosts)
        bind_new_values(self._ledger, recorded.body or "", draft.body or "", drafted, self._known)
        return masked_reply(self._masker, reply, event, hosts)


def _request_text(request: RecordedRequest) -> str:
    return f"{request.path}?{request.query}\n{request.body}"


def _made_up(exchange: Exchange) -> Iterator[FoundValue]:
    yield from made_up_in(_request_text(exchange.request))
    yield from made_up_in(exchange.reply.body or "")
