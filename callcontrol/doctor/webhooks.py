"""Checks of the server that replies to webhooks: reachable, quick, protected, and speaking BXML."""

import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bxml.checking import check
from callcontrol._settings import BASE_URL
from callcontrol._urls import is_public, shown_url
from callcontrol.doctor.findings import Diagnosis
from callcontrol.events import DisconnectEvent, Event, InitiateEvent
from callcontrol.simulator.applications.http import Remote
from callcontrol.simulator.core.events import build
from callcontrol.simulator.core.webhooks import HttpRequest, WebhookReply

PATIENCE = 4.0
"""Seconds to wait for each reply."""
SLOW = 0.5
"""Share of the callback timeout above which a reply is slow."""
_XML = frozenset({"application/xml", "text/xml", ""})
_HTML = re.compile(rb"\A\s*+(?:<!doctype\s++html|<html)", re.IGNORECASE)
_TITLE = re.compile(rb"<title>([^<]{1,80})</title>", re.IGNORECASE)
_CALL_ID = "c-00000000-examination-of-the-webhook-server"

_FAILURES = {
    "timeout": ("webhook-timeout", "reply within the callback timeout; see what it waits for"),
    "unreachable": ("webhook-unreachable", "start the server, or correct the URL"),
    "reset": ("webhook-unreachable", "see the log of the server: it ended the connection"),
    "garbage": ("webhook-unreachable", "the port may speak another protocol, such as https"),
}
_STATUS_HINTS: dict[int, str] = {
    404: "the path is wrong, or the application has no route for it",
    405: "let the route take POST, or GET if the application is set to GET",
    415: "let the route take JSON",
    422: "let the route take any JSON object; the body of the reply says what it expects",
    502: "the tunnel or proxy runs, the application behind it does not",
}


@dataclass(frozen=True, slots=True)
class WebhookServer:
    """A URL of the user's application that receives webhooks."""

    url: str
    reports_end: bool = False
    """Whether it is the status URL, which gets disconnect and whose reply is ignored."""
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    callback_timeout: float = 15.0
    """Seconds that the platform waits for its replies, 1 to 25."""

    @property
    def shown(self) -> str:
        """The URL without secrets."""
        return shown_url(self.url)

    def check(self, *, public: bool) -> Iterator[Diagnosis]:
        """Yield what is wrong with the server, else that nothing is.

        ``public`` says that the platform is on another machine, so that the URL has to be public.
        """
        address = list(self._address(public=public))
        problems = [finding for finding in address if finding.severity == "problem"]
        found = [] if problems else list(self._replies())
        yield from address
        yield from found
        if all(finding.severity == "warning" for finding in (*address, *found)):
            yield Diagnosis("webhook", self.shown, "replies as the platform expects")

    def _address(self, *, public: bool) -> Iterator[Diagnosis]:
        if not public:
            return
        if not is_public(self.url):
            text = "expected a public address, got one of this machine or of a private network"
            yield Diagnosis("webhook-url", self.shown, text, "use a tunnel, and its URL here")
        elif self.url.lower().startswith("http:"):
            text = "webhooks and BXML travel unencrypted"
            yield Diagnosis("webhook-unencrypted", self.shown, text, "use https")

    def _replies(self) -> Iterator[Diagnosis]:
        with closing(Remote()) as remote:
            first = remote.deliver(self._request())
            reply = first
            if self.username is not None and first.status == 401:  # noqa: PLR2004 - unauthorized
                reply = remote.deliver(self._request(authorized=True))
            elif self.username is not None and first.failure is None:
                text = "expected status 401 without the user name and password, got another reply"
                hint = "check them in every route; whoever knows the URL can send events"
                yield Diagnosis("webhook-open", self.shown, text, hint)
        yield from self._judge(reply)

    def _judge(self, reply: WebhookReply) -> Iterator[Diagnosis]:
        problem = self._problem(reply)
        if problem is not None:
            yield problem
            return
        if reply.seconds > SLOW * self.callback_timeout:
            text = f"the reply took {reply.seconds:.1f} of {self.callback_timeout:g} seconds"
            yield Diagnosis("webhook-slow", self.shown, text, "do slow work after the reply")
        if not self.reports_end:
            yield from self._bxml(reply)

    def _problem(self, reply: WebhookReply) -> Diagnosis | None:
        if reply.failure is not None:
            rule, hint = _FAILURES[reply.failure]
            detail = f" ({reply.detail})" if reply.detail else ""
            return Diagnosis(rule, self.shown, f"{reply.failure}{detail}", hint)
        status = reply.status
        if status in (401, 403):
            given = "was refused" if self.username is not None else "was not given"
            hint = "correct the credentials here, or those of the server"
            text = f"the server replied with status {status}; a user name {given}"
            return Diagnosis("webhook-credentials", self.shown, text, hint)
        if status // 100 == 3:  # noqa: PLR2004 - redirects
            target = shown_url(reply.header("Location"))
            text = f"the server replied with status {status}, and sends to {target}"
            hint = "set that URL in the voice application; often only a slash at the end differs"
            return Diagnosis("webhook-redirect", self.shown, text, hint)
        if status // 100 != 2:  # noqa: PLR2004 - success
            hint = _STATUS_HINTS.get(status, "see the log of the application")
            text = f"the server replied with status {status}"
            return Diagnosis("webhook-status", self.shown, text, hint)
        return None

    def _bxml(self, reply: WebhookReply) -> Iterator[Diagnosis]:
        """Yield the errors and warnings of the document in a reply."""
        body = reply.body
        if _HTML.match(body):
            title = _TITLE.search(body)
            named = f" with the title {title[1].decode(errors='replace')!r}" if title else ""
            hint = "a tunnel or proxy may ask for a login or a click; open the URL in a browser"
            yield Diagnosis("webhook-not-bxml", self.shown, f"got a page of HTML{named}", hint)
            return
        if body[:1] in (b'"', b"{", b"["):
            hint = "return a response of the framework with the media type application/xml"
            yield Diagnosis("webhook-not-bxml", self.shown, "got JSON", hint)
            return
        if not body.strip():
            text = "the reply is empty; the call ends, or goes on after a conference"
            yield Diagnosis("webhook-warning", self.shown, text, "return a document")
            return
        for problem in check(body, context="call-webhook-reply"):
            rule = "webhook-not-bxml" if problem.severity == "error" else "webhook-warning"
            yield Diagnosis(rule, self.shown, problem.message, problem.hint or "")
        if reply.content_type not in _XML:
            text = f"expected the content type application/xml, got {reply.content_type}"
            yield Diagnosis("webhook-warning", self.shown, text, "set it on the response")

    def _request(self, *, authorized: bool = False) -> HttpRequest:
        headers = [("Content-Type", "application/json")]
        if authorized:
            pair = f"{self.username}:{self.password or ''}".encode()
            headers.append(("Authorization", f"Basic {b64encode(pair).decode()}"))
        return HttpRequest(
            method="POST",
            url=self.url,
            headers=tuple(headers),
            body=self._event().to_json().encode(),
            timeout=min(PATIENCE, self.callback_timeout),
        )

    def _event(self) -> Event:
        now = datetime.now(UTC)
        values = {
            "event_time": now,
            "account_id": "9900000",
            "application_id": "examination",
            "from_": "+19195550100",
            "to": "+19195550101",
            "direction": "inbound",
            "call_id": _CALL_ID,
            "call_url": f"{BASE_URL}/accounts/9900000/calls/{_CALL_ID}",
            "start_time": now,
            "end_time": now,
            "cause": "hangup",
        }
        return build(DisconnectEvent if self.reports_end else InitiateEvent, values)
