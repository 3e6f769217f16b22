"""The one way into the platform: a request record goes in, a reply record comes out.

The HTTP server stands in front of it; a test may use it without any server.
"""

from callcontrol.simulator.core.platform import Platform
from callcontrol.simulator.errors import Refusal
from callcontrol.simulator.rest.messages import LoggedRequest, Operation, Reply, Request
from callcontrol.simulator.rest.operations import OPERATIONS
from callcontrol.simulator.rest.routes import TOKEN_PATH, account_of, find

__all__ = ["answer"]


def answer(platform: Platform, request: Request) -> Reply:
    """Return the platform's reply and log the request; no content makes it raise."""
    operation: Operation | None = None
    try:
        _admit(platform, request)
        route, call_id = find(request)
        operation = route.operation
        reply = _perform(platform, request, operation, call_id)
    except Refusal as refusal:
        reply = refusal.reply()
    platform.log.append(LoggedRequest(request.method, request.path, reply.status, operation))
    return reply


def _admit(platform: Platform, request: Request) -> None:
    """Judge the credentials before anything else, so that strangers learn nothing."""
    if request.path == TOKEN_PATH:
        return
    platform.access.admit(request.headers.get("authorization"))
    account_id = account_of(request.path)
    if account_id not in (None, platform.settings.account.account_id):
        raise Refusal(403)


def _perform(platform: Platform, request: Request, operation: Operation, call_id: str) -> Reply:
    with platform.lock:
        fault = platform.faults.take(operation)
    if fault is not None and not fault.processed:
        raise fault.refusal()
    reply = OPERATIONS[operation](platform, request, call_id)
    if fault is not None:
        raise fault.refusal()
    return reply
