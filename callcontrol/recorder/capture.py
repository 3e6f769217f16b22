"""From a request and its reply to the exchange that is recorded.

It is redacted, and holds no more than the platform reads.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from bxml._reading.decode import Undecodable, decode
from bxml.errors import BxmlError
from bxml.parser import parse
from callcontrol.errors import EventError
from callcontrol.events import Event, UnknownEvent, parse_event
from callcontrol.recorder.models import Exchange, RecordedReply, RecordedRequest
from callcontrol.recorder.redact_bxml import hide_own_hosts, redact_markup
from callcontrol.recorder.redaction import Redactor
from callcontrol.simulator.core.webhooks import WebhookReply
from callcontrol.simulator.rest.messages import RestRequest

GOOD = range(200, 300)
_FORWARDED_HOST = "x-forwarded-host"


@dataclass(frozen=True, slots=True)
class RawExchange:
    """A request and its reply before redaction."""

    at: float
    request: RestRequest
    reply: WebhookReply
    status: int
    """The status that the platform got."""
    event: Event | None = field(repr=False)
    """The webhook in the request."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names of the application's host in the request."""
        headers = self.request.headers
        return tuple({headers.get("host", ""), headers.get(_FORWARDED_HOST, "")} - {""})


def event_of(request: RestRequest) -> Event | None:
    """Return the event in the body or the query of a request; None if it has none."""
    for source in (request.body, request.query):
        if source:
            try:
                return parse_event(source)
            except EventError:
                continue
    return None


def recorded_event(request: RecordedRequest) -> Event | None:
    """Return the event in a recorded request; None if it has none."""
    body = request.body.encode()
    return event_of(RestRequest(request.method, request.path, request.query, {}, body))


def is_read(event: Event, status: int) -> bool:
    """Return whether the platform reads the body of the reply to a webhook."""
    kind = type(event)
    return status in GOOD and (kind.can_reply_with_bxml or kind is UnknownEvent)


def capture_exchange(redactor: Redactor, raw: RawExchange) -> Exchange:
    """Return the exchange to record."""
    # Twice: a value found to be secret at the end may also be in the text before.
    _redacted(redactor, raw)
    return _redacted(redactor, raw)


def _redacted(redactor: Redactor, raw: RawExchange) -> Exchange:
    request = _redacted_request(redactor, raw)
    event = raw.event if request is not None else None
    if request is None:
        # Not a webhook: an audio file, or a request of another client.
        other = raw.request
        path = redactor.path(other.path)
        request = RecordedRequest(other.method, path, "", other.media_type, len(other.body))
    if raw.reply.failure is not None:
        reply = RecordedReply(raw.status, failure=raw.reply.failure)
    else:
        reply = redact_reply(redactor, raw.reply, event, raw.hosts)
    return Exchange(raw.at, None if event is None else event.event_type, request, reply)


def _redacted_request(redactor: Redactor, raw: RawExchange) -> RecordedRequest | None:
    """Return a webhook, redacted; None for other requests."""
    if raw.event is None:
        return None
    request = raw.request
    body = redactor.body(request.body.decode("utf-8", "replace"))
    redacted = RecordedRequest(
        request.method,
        redactor.path(request.path),
        redactor.query(request.query),
        request.media_type,
        len(request.body),
        body,
    )
    # A webhook that cannot be read after redaction is useless: more than a number was replaced.
    return redacted if type(recorded_event(redacted)) is type(raw.event) else None


def redact_reply(
    redactor: Redactor, reply: WebhookReply, event: Event | None, hosts: Iterable[str]
) -> RecordedReply:
    """Return the reply to record: with its body only if the platform reads it."""
    redacted: str | None = None
    if event is not None and is_read(event, reply.status) and not reply.header("Content-Encoding"):
        redacted = _redacted_document(redactor, reply.body, hosts)
    return RecordedReply(reply.status, reply.content_type, len(reply.body), redacted)


def _redacted_document(redactor: Redactor, body: bytes, hosts: Iterable[str]) -> str | None:
    try:
        text = hide_own_hosts(decode(body).characters, hosts)
    except Undecodable:
        return None
    redact_markup(redactor, text)  # as above: a secret may be found at the end
    redacted = redact_markup(redactor, text)
    # A valid document stays valid or is left out: one more digit may exceed a limit.
    return redacted if _is_readable(redacted) or not _is_readable(text) else None


def _is_readable(text: str) -> bool:
    try:
        parse(text, allow_unknown=True)
    except BxmlError:
        return False
    return True
