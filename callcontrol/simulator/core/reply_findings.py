"""The finding about the reply to a webhook or a download, in one line."""

from http import HTTPStatus

from bxml._replies import excerpt, redirect_advice, status_advice
from callcontrol._urls import resolve, shown_url
from callcontrol.simulator.core.webhooks import WebhookReply

FAILURE_TEXTS = {
    "timeout": "no reply in time",
    "unreachable": "no connection",
    "reset": "the connection was lost",
    "garbage": "the reply is not HTTP",
    "foreign": "nothing in this simulation serves that address",
}
_SUCCESS = range(200, 300)
_REDIRECTS = range(HTTPStatus.MULTIPLE_CHOICES, HTTPStatus.BAD_REQUEST)


def finding_of(reply: WebhookReply, url: str, *, audio: bool = False) -> str:
    """Return why the reply from a URL cannot be used; empty for one with status 200 to 299."""
    detail = f" ({reply.detail})" if reply.detail else ""
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
    told = excerpt(reply.status, reply.body, reply.content_type)
    if not told and not audio:
        told = status_advice(reply.status, reply.header("Allow"))
    return f"{finding}: {told}" if told else finding
