"""The five operations, statistics and the token endpoint, from request record to reply record.

Bodies are validated before the call is looked up: an invalid body is a 400 for any call.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import NoReturn
from urllib.parse import parse_qsl

from bxml._reading.decode import decode
from callcontrol.simulator.core.calls import Call, DisconnectCause, call_state, created_call
from callcontrol.simulator.core.messages import Fields, Operation
from callcontrol.simulator.core.platform import Platform
from callcontrol.simulator.core.registry import CONCURRENT_LIMIT
from callcontrol.simulator.core.script import error_in
from callcontrol.simulator.errors import quoted
from callcontrol.simulator.rest import bodies
from callcontrol.simulator.rest.auth import is_client
from callcontrol.simulator.rest.listing import page_of, read_query
from callcontrol.simulator.rest.messages import RestReply, RestRequest, json_reply
from callcontrol.simulator.rest.refusal import Refusal

Perform = Callable[[Platform, RestRequest, str], RestReply]
"""Carries out one operation; the text is the call id in the path."""

_FORM = "application/x-www-form-urlencoded"
_NO_STORE = ("Cache-Control", "no-store")
_AGAIN_IN_A_SECOND = (("Retry-After", "1"),)


def create_call(platform: Platform, request: RestRequest, _: str) -> RestReply:
    """Put an outbound call on the queue; with ``auto_answer`` it is answered at once (Q2, Q3)."""
    fields = bodies.create_call(request.body, ignore_unknown=_lenient(platform))
    known = platform.settings.account.application_ids
    application = str(fields["applicationId"])
    if known is not None and application not in known:
        _refuse(f"Could not create call: Application id {quoted(application)} not found")
    with platform.lock:
        call = _enqueue(platform, fields)
    url = f"{platform.calls_url}/{call.call_id}"
    return json_reply(201, created_call(call, url), ("Location", url))


def _enqueue(platform: Platform, fields: Fields) -> Call:
    calls = platform.calls
    if calls.is_full:
        raise Refusal(429, CONCURRENT_LIMIT, _AGAIN_IN_A_SECOND)
    if calls.queue_is_full:
        raise Refusal(429, headers=_AGAIN_IN_A_SECOND)
    call = calls.enqueue(fields)
    if platform.settings.auto_answer:
        calls.answer(call.call_id)
    return call


def get_call_state(platform: Platform, _: RestRequest, call_id: str) -> RestReply:
    """Return the state of a call, until seven days after its end."""
    with platform.lock:
        call = platform.calls.get(call_id)
    if call is None:
        raise _not_found(call_id)
    return json_reply(200, call_state(call))


def list_calls(platform: Platform, request: RestRequest, _: str) -> RestReply:
    """Return a page of calls, oldest first, and a link to the next page."""
    listing = read_query(request.query, ignore_unknown=_lenient(platform))
    with platform.lock:
        page, more = page_of(platform.calls, listing)
    body = [call_state(call) for call in page]
    if not more:
        return json_reply(200, body)
    target = f"{platform.calls_url}?{listing.query_after(page[-1])}"
    return json_reply(200, body, ("Link", f'<{target}>; rel="next"'))


def update_call(platform: Platform, request: RestRequest, call_id: str) -> RestReply:
    """Redirect a call to a URL, or end, cancel or reject it (U1, U4)."""
    fields = bodies.update_call(request.body, ignore_unknown=_lenient(platform))
    with platform.lock:
        if fields["state"] == "completed":
            _complete(platform, call_id)
        else:
            _require_answered(platform, call_id)
            platform.calls.redirect(call_id, fields)
    return RestReply(200)


def _complete(platform: Platform, call_id: str) -> None:
    """End a call; the caller holds the lock. One that has just ended is as it should be (U6)."""
    accepts = platform.settings.assumptions.completed_after_end == "accept"
    call = platform.calls.get(call_id)
    if accepts and call is not None and _has_just_ended(platform, call):
        return
    call = _require_up(platform, call_id)
    platform.calls.end(call_id, _end_cause(call))


def update_call_bxml(platform: Platform, request: RestRequest, call_id: str) -> RestReply:
    """Run a new document on a call; a refused one has no effect on the call (U3, U10)."""
    document = _checked_document(platform, request.body)
    with platform.lock:
        _require_answered(platform, call_id)
        platform.calls.interrupt(call_id, document)
    return RestReply(204)


def _checked_document(platform: Platform, body: bytes) -> str:
    error = error_in(body, "call-update", platform.settings.assumptions)
    if error:
        _refuse(f"Invalid BXML: {error}")
    return decode(body).characters


def token(platform: Platform, request: RestRequest, _: str) -> RestReply:
    """Issue a bearer token for the client id and secret (OAuth 2.0 client credentials)."""
    if not is_client(platform, request.headers.get("authorization")):
        return _token_error(401, "invalid_client")
    grant = _grant(request)
    if grant is None:
        return _token_error(400, "invalid_request")
    if grant != "client_credentials":
        return _token_error(400, "unsupported_grant_type")
    with platform.lock:
        issued = platform.tokens.issue()
    body = {
        "access_token": issued.access_token,
        "expires_in": issued.expires_in,
        "token_type": "Bearer",
    }
    return json_reply(200, body, _NO_STORE)


def _grant(request: RestRequest) -> str | None:
    if request.media_type != _FORM:
        return None
    try:
        fields = dict(parse_qsl(request.body.decode("ascii"), max_num_fields=20))
    except ValueError:
        return None
    return fields.get("grant_type")


def _token_error(status: int, error: str) -> RestReply:
    return json_reply(status, {"error": error}, _NO_STORE)


def _require_up(platform: Platform, call_id: str) -> Call:
    """Return a call that is up; the caller holds the lock (U5 to U7).

    :raises Refusal: 404 or 409 for another call.
    """
    call = platform.calls.get(call_id)
    if call is None:
        raise _not_found(call_id)
    if call.end_time is not None:
        raise (_conflict if _has_just_ended(platform, call) else _not_found)(call_id)
    return call


def _has_just_ended(platform: Platform, call: Call) -> bool:
    grace = timedelta(seconds=platform.settings.assumptions.conflict_seconds)
    return call.end_time is not None and platform.clock.now - call.end_time <= grace


def _require_answered(platform: Platform, call_id: str) -> None:
    call = _require_up(platform, call_id)
    early = platform.settings.assumptions.update_unanswered and call.direction == "inbound"
    reachable = call.state == "answered" or (early and call.state == "initiated")
    if not reachable or call_id in platform.calls.uncontrolled:
        raise _conflict(call_id)


def _end_cause(call: Call) -> DisconnectCause:
    if call.state == "answered":
        return "hangup"
    return "cancel" if call.direction == "outbound" else "rejected"


def _lenient(platform: Platform) -> bool:
    return platform.settings.assumptions.ignore_unknown_names


def _not_found(call_id: str) -> Refusal:
    return Refusal(404, f"Call [{quoted(call_id)}] not found")


def _conflict(call_id: str) -> Refusal:
    return Refusal(409, f"Call [{call_id}] cannot be modified in its current state")


def _refuse(description: str) -> NoReturn:
    raise Refusal(400, description)


def get_statistics(platform: Platform, _: RestRequest, __: str) -> RestReply:
    """Return how many calls wait in the queue, and how many may (Q4)."""
    with platform.lock:
        waiting = len(platform.calls.queue)
    capacity = platform.settings.limits.queue_capacity
    body = {"currentCallQueueSize": waiting, "maxCallQueueSize": capacity}
    return json_reply(200, body)


OPERATIONS: Mapping[Operation, Perform] = {
    "createCall": create_call,
    "getCallState": get_call_state,
    "listCalls": list_calls,
    "updateCall": update_call,
    "updateCallBxml": update_call_bxml,
    "getStatistics": get_statistics,
    "token": token,
}
"""Every operation by its name."""
