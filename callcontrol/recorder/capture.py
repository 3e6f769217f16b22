"""From a request and its reply as they are to an exchange as it is recorded.

That is masked, and no more than the platform reads.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from bxml import BxmlError
from bxml._reading.decode import Undecodable, decode
from bxml.parser import parse
from callcontrol.errors import EventError
from callcontrol.events import Event, UnknownEvent, parse_event
from callcontrol.recorder.models import Exchange, RecordedReply, RecordedRequest
from callcontrol.recorder.redact_bxml import at_home, masked_markup
from callcontrol.recorder.redaction import Redactor
from callcontrol.simulator.core.webhooks import WebhookReply
from callcontrol.simulator.rest.messages import RestRequest

__all__ = ["Heard", "captured", "event_of", "is_read", "masked_reply"]

GOOD = range(200, 300)
_FORWARDED_HOST = "x-forwarded-host"


@dataclass(frozen=True, slots=True)
class Heard:
    """A request and what came of it, as they are."""

    at: float
    request: RestRequest
    reply: WebhookReply
    status: int
    """What the platform got."""
    event: Event | None = field(repr=False)
    """What the request carries."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """What the application is called in the request."""
        headers = self.request.headers
        return tuple({headers.get("host", ""), headers.get(_FORWARDED_HOST, "")} - {""})


def event_of(request: RestRequest) -> Event | None:
    """Return the event that a request carries in its body or its query; None if it has none."""
    for source in (request.body, request.query):
        if source:
            try:
                return parse_event(source)
            except EventError:
                continue
    return None


def is_read(event: Event, status: int) -> bool:
    """Return whether the platform reads the body of the reply to a webhook."""
    kind = type(event)
    return status in GOOD and (kind.can_reply_with_bxml or kind is UnknownEvent)


def captured(masker: Redactor, heard: Heard) -> Exchange:
    """Return what is recorded of an exchange."""
    # What is told to be a secret at the end may have been named at the beginning.
    _masked(masker, heard)
    return _masked(masker, heard)


def _masked(masker: Redactor, heard: Heard) -> Exchange:
    request = _masked_request(masker, heard)
    event = heard.event if request is not None else None
    if request is None:
        # Whatever came, it is not for us: an audio file, or somebody else's request.
        asked = heard.request
        path = masker.path(asked.path)
        request = RecordedRequest(asked.method, path, "", asked.media_type, len(asked.body))
    if heard.reply.failure is not None:
        reply = RecordedReply(heard.status, failure=heard.reply.failure)
    else:
        reply = masked_reply(masker, heard.reply, event, heard.hosts)
    return Exchange(heard.at, None if event is None else event.event_type, request, reply)


def _masked_request(masker: Redactor, heard: Heard) -> RecordedRequest | None:
    """Return a webhook, masked; None for anything else."""
    if heard.event is None:
        return None
    asked = heard.request
    body = masker.body(asked.body.decode("utf-8", "replace"))
    masked = RecordedRequest(
        asked.method,
        masker.path(asked.path),
        masker.query(asked.query),
        asked.media_type,
        len(asked.body),
        body,
    )
    again = event_of(RestRequest(asked.method, masked.path, masked.query, {}, body.encode()))
    # What can no longer be read is of no use, and a sign that more was hidden than a number.
    if again is None or type(again) is not type(heard.event):
        return None
    return masked


def masked_reply(
    masker: Redactor, reply: WebhookReply, event: Event | None, hosts: Iterable[str]
) -> RecordedReply:
    """Return a reply as it is recorded: with its body only if the platform reads it."""
    masked: str | None = None
    if event is not None and is_read(event, reply.status) and not reply.header("Content-Encoding"):
        masked = _masked_document(masker, reply.body, hosts)
    return RecordedReply(reply.status, reply.content_type, len(reply.body), masked)


def _masked_document(masker: Redactor, body: bytes, hosts: Iterable[str]) -> str | None:
    try:
        text = at_home(decode(body).characters, hosts)
    except Undecodable:
        return None
    masked_markup(masker, text)  # as above: a secret may be told at the end
    masked = masked_markup(masker, text)
    # A document that was right stays so, or is left out: a limit may be broken by one digit.
    return masked if _can_be_read(masked) or not _can_be_read(text) else None


def _can_be_read(text: str) -> bool:
    try:
        parse(text, allow_unknown=True)
    except BxmlError:
        return False
    return True
