"""The finding about the reply to a webhook or a download, in one line."""

from collections.abc import Mapping
from http import HTTPStatus

from bxml._replies import ErrorReply, excerpt, redirect_advice, refusal
from callcontrol._urls import resolve, shown_url
from callcontrol.simulator.core.webhooks import WebhookReply

FAILURE_TEXTS = {
    "timeout": "no reply in time",
    "unreachable": "no connection",
    "reset": "the connection was lost",
    "garbage": "the reply is not HTTP",
    "foreign": "nothing in this simulation serves that address",
}
_LOST = "the server ended while replying, often a killed worker (timeout, memory): its log says why"
_CERTIFICATE = "set SSL_CERT_FILE to a file with the certificate, or call the application by http"
SPEAKS_HTTP = "the port probably speaks http, not https"
SPEAKS_HTTPS = "the port speaks https, not http"
"""Details of failures over the network."""
_ADVICE: Mapping[str, str] = {
    SPEAKS_HTTP: "write http instead of https in the URL",
    SPEAKS_HTTPS: "write https instead of http in the URL",
    "connection refused": "is the application running?",
    "an unknown host name": "correct the host in the URL",
    "a certificate that is not trusted": _CERTIFICATE,
    "none in time": "look for a firewall in between",
    FAILURE_TEXTS["reset"]: _LOST,
    FAILURE_TEXTS["garbage"]: "another program listens on this port",
    FAILURE_TEXTS["foreign"]: "write a path instead of a URL, or permit the host with --reach",
    FAILURE_TEXTS["timeout"]: "reply at once, and do slow work afterwards",
}
"""Advice by a part of the finding."""
_SUCCESS = range(200, 300)
_REDIRECTS = range(HTTPStatus.MULTIPLE_CHOICES, HTTPStatus.BAD_REQUEST)


def failure_advice(finding: str) -> str:
    """Return what to change about a webhook without a reply, given the finding; may be empty."""
    return next((advice for part, advice in _ADVICE.items() if part in finding), "")


def reply_name(event_type: str | None, url: str, handler: str | None) -> str:
    """Return ``reply of menu (voice.py:12) to gather from http://...``, as findings begin."""
    by = f" of {handler}" if handler else ""
    return f"reply{by} to {event_type} from {shown_url(url)}"


def finding_of(reply: WebhookReply, url: str, *, audio: bool = False) -> str:
    """Return why the reply from a URL cannot be used; empty for one with status 200 to 299."""
    late = f" for {reply.handler}" if reply.failure == "timeout" and reply.handler else ""
    detail = f" ({reply.detail}{late})" if reply.detail else ""
    if reply.failure is not None:
        return f"{FAILURE_TEXTS[reply.failure]}{detail}"
    if reply.status in _SUCCESS:
        return ""
    finding = f"expected status 200 to 299, got {reply.status}{detail}"
    location = reply.header("Location")
    if reply.status in _REDIRECTS and location:
        there = shown_url(resolve(url, location) or location)
        advice = redirect_advice(url, location)
        return f"{finding}, a redirect to {there}, which webhooks may not follow: {advice}"
    if reply.detail:
        return finding  # the exception says more than the page that stands for it
    if audio:
        told = excerpt(reply.status, reply.body, reply.content_type)
    else:
        told = refusal(
            ErrorReply(
                status=reply.status,
                body=reply.body,
                content_type=reply.content_type,
                allowed=reply.header("Allow"),
                server=reply.header("Server"),
                is_local=reply.handler is not None,
            )
        )
    told = "; ".join(filter(None, (told, reply.advice)))
    whole = f"{finding}: {told}" if told else finding
    return f"{whole}; the handler is {reply.handler}" if reply.handler else whole
