"""How a webhook reaches the user's server: challenge, repeat, fallback (rules F1, F3, F8, F9).

Each function is a routine that yields one HTTP exchange after the other and is resumed with its
result; the return value is a ``Delivery``.
"""

import re
from collections.abc import Generator
from dataclasses import replace
from http import HTTPStatus

from callcontrol._urls import resolve, shown_url
from callcontrol.simulator.core.messages import Header
from callcontrol.simulator.core.reply_findings import finding_of
from callcontrol.simulator.core.signals import Delivery
from callcontrol.simulator.core.webhooks import Attempt, HttpRequest, Target, Webhook, WebhookReply
from callcontrol.simulator.settings import Assumptions

ExchangeSteps = Generator[HttpRequest, WebhookReply, Delivery]

MAX_REDIRECTS = 5
_BASIC = re.compile(r"(?:^|,)\s*basic\b", re.IGNORECASE)
_LOST_CONNECTION = ("unreachable", "reset")
_USER_AGENT: Header = ("User-Agent", "callcontrol-simulator")


def deliver(webhook: Webhook, assumptions: Assumptions) -> ExchangeSteps:
    """Deliver a webhook: to the URL, once more if the connection failed, then to the fallback."""
    reply, url = yield from _send_with_challenge(webhook, webhook.target, "first", assumptions)
    if reply.failure in _LOST_CONNECTION and assumptions.repeat_lost_connections:
        reply, url = yield from _send_with_challenge(webhook, webhook.target, "repeat", assumptions)
    found = _delivery_of(reply, url)
    if found.problem is None or webhook.fallback is None:
        return found
    reply, url = yield from _send_with_challenge(webhook, webhook.fallback, "fallback", assumptions)
    second = _delivery_of(reply, url)
    if second.problem is None:
        return second
    both = f"{found.problem}; fallback {shown_url(url)}: {second.problem}"
    return Delivery(found.url, problem=both, foreign=found.foreign)


def download(call_id: str, target: Target, timeout: float) -> ExchangeSteps:
    """Fetch an audio file."""
    request = HttpRequest(
        method="GET",
        url=target.url,
        headers=(_USER_AGENT,),
        timeout=timeout,
        attempt="audio",
        call_id=call_id,
    )
    reply = yield request
    authorization = target.authorization()
    if _wants_basic(reply) and authorization is not None:
        reply = yield replace(request, headers=(_USER_AGENT, authorization))
    return _delivery_of(reply, target.url, audio=True)


def _send_with_challenge(
    webhook: Webhook, target: Target, attempt: Attempt, assumptions: Assumptions
) -> Generator[HttpRequest, WebhookReply, tuple[WebhookReply, str]]:
    """Send to one address; repeat with credentials after a Basic challenge."""
    authorization = target.authorization()
    first = authorization if assumptions.basic == "preemptive" else None
    reply = yield _request(webhook, target, attempt, first)
    if first is None and authorization is not None and _wants_basic(reply):
        reply = yield _request(webhook, target, attempt, authorization)
    url = target.url
    for _ in range(MAX_REDIRECTS if assumptions.follow_redirects else 0):
        location = reply.header("Location")
        if reply.failure is not None or reply.status // 100 != 3 or not location:  # noqa: PLR2004 - 3xx
            break
        moved_to = resolve(url, location)
        if moved_to is None:
            break
        url = moved_to
        moved = Target(url=url, method=target.method)
        reply = yield _request(webhook, moved, attempt, None)
    return reply, url


def _wants_basic(reply: WebhookReply) -> bool:
    if reply.failure is not None or reply.status != HTTPStatus.UNAUTHORIZED:
        return False
    return _BASIC.search(reply.header("WWW-Authenticate")) is not None


def _request(
    webhook: Webhook, target: Target, attempt: Attempt, authorization: Header | None
) -> HttpRequest:
    headers = [_USER_AGENT]
    url, body = target.url, b""
    if target.method == "GET":
        url = _with_query(url, webhook.event.to_query())
    else:
        headers.append(("Content-Type", "application/json"))
        body = webhook.event.to_json().encode()
    if authorization is not None:
        headers.append(authorization)
    return HttpRequest(
        method=target.method,
        url=url,
        headers=tuple(headers),
        body=body,
        timeout=webhook.timeout,
        attempt=attempt,
        call_id=webhook.call_id,
        webhook=webhook,
    )


def _with_query(url: str, query: str) -> str:
    """Append parameters to those of the URL."""
    url = url.partition("#")[0]
    return f"{url}{'&' if '?' in url else '?'}{query}"


def _delivery_of(reply: WebhookReply, url: str, *, audio: bool = False) -> Delivery:
    finding = finding_of(reply, url, audio=audio)
    if finding:
        return Delivery(url, problem=finding, foreign=reply.failure == "foreign")
    return Delivery(url, reply.body, reply.content_type, handler=reply.handler)
