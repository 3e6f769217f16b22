"""Handles REST requests: takes a request record and returns a reply record.

The HTTP server calls it; a test may call it without a server.
"""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from callcontrol.simulator.core.messages import LoggedRequest, Operation
from callcontrol.simulator.core.platform import Platform
from callcontrol.simulator.errors import quoted
from callcontrol.simulator.rest.auth import authorize
from callcontrol.simulator.rest.messages import RestReply, RestRequest
from callcontrol.simulator.rest.operations import OPERATIONS
from callcontrol.simulator.rest.refusal import Refusal

API_ROOT = "/api/v2"
TOKEN_PATH = "/api/v1/oauth2/token"  # noqa: S105 - an address
_CALLS = f"{API_ROOT}/accounts/{{accountId}}/calls"
_CALL = f"{_CALLS}/{{callId}}"

MediaType = Literal["application/json", "application/xml"]


@dataclass(frozen=True, slots=True)
class Route:
    """One method on one path."""

    operation: Operation
    method: str
    template: str
    media_type: MediaType | None = None
    """The only content type the operation takes; None ignores the body."""


ROUTES = (
    Route("createCall", "POST", _CALLS, "application/json"),
    Route("listCalls", "GET", _CALLS),
    Route("getCallState", "GET", _CALL),
    Route("updateCall", "POST", _CALL, "application/json"),
    Route("updateCallBxml", "PUT", f"{_CALL}/bxml", "application/xml"),
    Route("getStatistics", "GET", f"{API_ROOT}/accounts/{{accountId}}/statistics"),
    Route("token", "POST", TOKEN_PATH),
)
"""The five operations (vendor's OpenAPI document, Calls), statistics and the token endpoint."""


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template)))


_PATHS = tuple(
    (_pattern(template), {route.method: route for route in ROUTES if route.template == template})
    for template in dict.fromkeys(route.template for route in ROUTES)
)
_ACCOUNT = re.compile(rf"{API_ROOT}/accounts/([^/]+)(?:/.*)?")


def account_of(path: str) -> str | None:
    """Return the account id in a path, None if the path has none."""
    found = _ACCOUNT.fullmatch(path)
    return unquote(found[1]) if found else None


def find(request: RestRequest) -> tuple[Route, str]:
    """Return the route of a request and the call id in its path (empty if there is none).

    :raises Refusal: 404 for an unknown path, 405 for an unknown method, 415 for a content type
        the operation does not take.
    """
    for pattern, methods in _PATHS:
        found = pattern.fullmatch(request.path)
        if found is not None:
            route = methods.get(request.method)
            if route is None:
                raise Refusal(405, headers=(("Allow", ", ".join(sorted(methods))),))
            if route.media_type not in (None, request.media_type):
                raise Refusal(415, _unsupported(request.media_type))
            return route, unquote(found.groupdict().get("callId") or "")
    raise Refusal(404)


def _unsupported(media_type: str) -> str | None:
    return f"Content type '{quoted(media_type)}' not supported" if media_type else None


def handle(platform: Platform, request: RestRequest) -> RestReply:
    """Return the platform's reply to any request, and log the request."""
    operation: Operation | None = None
    try:
        _authorize(platform, request)
        route, call_id = find(request)
        operation = route.operation
        reply = _dispatch(platform, request, operation, call_id)
    except Refusal as refusal:
        reply = refusal.reply()
    platform.log.append(LoggedRequest(request.method, request.path, reply.status, operation))
    return reply


def _authorize(platform: Platform, request: RestRequest) -> None:
    """Check the credentials first, so that requests without them reveal nothing."""
    if request.path == TOKEN_PATH:
        return
    authorize(platform, request.headers.get("authorization"))
    account_id = account_of(request.path)
    if account_id not in (None, platform.settings.account.account_id):
        raise Refusal(403)


def _dispatch(
    platform: Platform, request: RestRequest, operation: Operation, call_id: str
) -> RestReply:
    with platform.lock:
        refused = platform.faults.refusal_of(operation, platform.clock.now)
        fault = None if refused else platform.faults.next_for(operation)
    if refused is not None:
        raise Refusal(refused[0], headers=refused[1])
    if fault is not None and not fault.processed:
        raise Refusal(fault.status, headers=fault.headers)
    reply = OPERATIONS[operation](platform, request, call_id)
    if fault is not None:
        raise Refusal(fault.status, headers=fault.headers)
    return reply
