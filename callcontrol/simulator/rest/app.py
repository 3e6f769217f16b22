"""Handles REST requests: takes a request record and returns a reply record.

The HTTP server calls it; a test may call it without a server.
"""

import re
from collections.abc import Mapping
from urllib.parse import unquote

from callcontrol.simulator.core.messages import LoggedRequest, Operation
from callcontrol.simulator.core.platform import Platform
from callcontrol.simulator.errors import quoted
from callcontrol.simulator.rest.auth import authorize
from callcontrol.simulator.rest.conferences import CONFERENCES
from callcontrol.simulator.rest.endpoints import ENDPOINTS, is_here, refused
from callcontrol.simulator.rest.messages import RestReply, RestRequest
from callcontrol.simulator.rest.operations import CALLS, Ids, Perform
from callcontrol.simulator.rest.recordings import RECORDINGS
from callcontrol.simulator.rest.refusal import Refusal
from callcontrol.simulator.rest.routes import API_ROOT, ENDPOINTS_ROOT, PATHS, TOKEN_PATH, Route

OPERATIONS: Mapping[Operation, Perform] = {
    **CALLS,
    **RECORDINGS,
    **CONFERENCES,
    **ENDPOINTS,
}
"""Every operation by its name."""

_ACCOUNT = re.compile(rf"(?:{API_ROOT}|{ENDPOINTS_ROOT})/accounts/([^/]+)(?:/.*)?")


def account_of(path: str) -> str | None:
    """Return the account id in a path, None if the path has none."""
    found = _ACCOUNT.fullmatch(path)
    return unquote(found[1]) if found else None


def find(request: RestRequest) -> tuple[Route, Ids]:
    """Return the route of a request and the ids in its path.

    :raises Refusal: 404 for an unknown path, 405 for an unknown method, 415 for a content type
        the operation does not take.
    """
    for pattern, methods in PATHS:
        found = pattern.fullmatch(request.path)
        if found is not None:
            route = methods.get(request.method)
            if route is None:
                raise Refusal(405, headers=(("Allow", ", ".join(sorted(methods))),))
            if route.media_type not in (None, request.media_type):
                raise Refusal(415, _unsupported(request.media_type))
            return route, {name: unquote(text) for name, text in found.groupdict().items()}
    raise Refusal(404)


def _unsupported(media_type: str) -> str | None:
    return f"Content type '{quoted(media_type)}' not supported" if media_type else None


def handle(platform: Platform, request: RestRequest) -> RestReply:
    """Return the platform's reply to any request, and log the request."""
    operation: Operation | None = None
    try:
        _authorize(platform, request)
        route, ids = find(request)
        operation = route.operation
        reply = _dispatch(platform, request, operation, ids)
    except Refusal as refusal:
        reply = refused(refusal) if is_here(request.path) else refusal.reply()
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
    platform: Platform, request: RestRequest, operation: Operation, ids: Ids
) -> RestReply:
    with platform.lock:
        refused = platform.faults.refusal_of(operation, platform.clock.now)
        fault = None if refused else platform.faults.next_for(operation)
    if refused is not None:
        raise Refusal(refused[0], headers=refused[1])
    if fault is not None and not fault.processed:
        raise Refusal(fault.status, headers=fault.headers)
    reply = OPERATIONS[operation](platform, request, ids)
    if fault is not None:
        raise Refusal(fault.status, headers=fault.headers)
    return reply
