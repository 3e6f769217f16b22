"""Endpoints of BRTC, from request record to reply record (S9)."""

from collections.abc import Mapping
from secrets import token_hex

from callcontrol.simulator.core.clock import timestamp
from callcontrol.simulator.core.messages import Operation
from callcontrol.simulator.core.platform import Platform
from callcontrol.simulator.core.web_endpoints import WebEndpoint
from callcontrol.simulator.errors import STATUSES, quoted
from callcontrol.simulator.rest import more_bodies
from callcontrol.simulator.rest.messages import RestReply, RestRequest, json_reply
from callcontrol.simulator.rest.operations import Ids, Perform, checked_document, lenient
from callcontrol.simulator.rest.query import number, parameters, read_token, token_for
from callcontrol.simulator.rest.refusal import Refusal
from callcontrol.simulator.rest.routes import ENDPOINTS_ROOT

MAX_PAGE = 1000
DEFAULT_PAGE = 100
_PARAMETERS = ("type", "status", "afterCursor", "limit")
_WORDS = {"type": ("WEBRTC",), "status": ("CONNECTED", "DISCONNECTED")}
_NONE: list[object] = []
_TYPES = {400: "invalid_parameter", 401: "unauthorized", 404: "resource.not_found"}


def create(platform: Platform, request: RestRequest, _: Ids) -> RestReply:
    """Create an endpoint; its token is in this reply only."""
    fields = more_bodies.create_endpoint(request.body, ignore_unknown=lenient(platform))
    with platform.lock:
        tag = fields["tag"]
        made = platform.endpoints.create(None if tag is None else str(tag))
    data = {**_metadata(made), "devices": _NONE, "token": f"sim.{token_hex(32)}"}
    return _envelope(201, data, _self(platform, made))


def list_endpoints(platform: Platform, request: RestRequest, _: Ids) -> RestReply:
    """Return a page of endpoints, oldest first; all of them are disconnected."""
    values = parameters(request.query, _PARAMETERS, ignore_unknown=lenient(platform))
    for name, words in _WORDS.items():
        if values.get(name, words[0]) not in words:
            raise Refusal(400, f"Invalid {name}: must be one of [{', '.join(words)}]")
    size = number(values, "limit", DEFAULT_PAGE, MAX_PAGE)
    start = read_token(values, "afterCursor")
    with platform.lock:
        living = [it for it in platform.endpoints.living if it.serial > start]
    wanted = [] if values.get("status") == "CONNECTED" else living
    links = [_link("self", platform.endpoints_url)]
    if len(wanted) > size:
        sent = {name: text for name, text in values.items() if name != "afterCursor"}
        query = token_for(sent, "afterCursor", wanted[size - 1].serial)
        links.append(_link("next", f"{platform.endpoints_url}?{query}"))
    page = {"pageSize": size, "totalElements": len(wanted)}
    return _envelope(200, [_metadata(it) for it in wanted[:size]], *links, page=page)


def get(platform: Platform, _: RestRequest, ids: Ids) -> RestReply:
    """Return an endpoint with its devices: none."""
    with platform.lock:
        found = _known(platform, ids)
    return _envelope(200, {**_metadata(found), "devices": _NONE}, _self(platform, found))


def delete(platform: Platform, _: RestRequest, ids: Ids) -> RestReply:
    """End an endpoint."""
    with platform.lock:
        platform.endpoints.delete(_known(platform, ids).endpoint_id)
    return RestReply(204)


def update_bxml(platform: Platform, request: RestRequest, ids: Ids) -> RestReply:
    """Check a document; nothing hears it."""
    checked_document(platform, request.body, "call-update")
    with platform.lock:
        _known(platform, ids)
    return RestReply(204)


def refused(refusal: Refusal) -> RestReply:
    """Return the reply that says so, in the form of these operations."""
    known = STATUSES[refusal.status]
    if known.type is None:
        return refusal.reply()
    error = {
        "type": _TYPES.get(refusal.status, known.type),
        "description": refusal.description,
        "code": str(refusal.status),
    }
    body = {"links": _NONE, "data": None, "errors": [error]}
    return json_reply(refusal.status, body, *refusal.headers)


def is_here(path: str) -> bool:
    """Whether a path belongs to these operations."""
    return path.startswith(f"{ENDPOINTS_ROOT}/")


def _envelope(
    status: int, data: object, *links: Mapping[str, str], page: object = None
) -> RestReply:
    body = {"links": links, "data": data, "errors": _NONE}
    return json_reply(status, body if page is None else {**body, "page": page})


def _self(platform: Platform, endpoint: WebEndpoint) -> Mapping[str, str]:
    return _link("self", f"{platform.endpoints_url}/{endpoint.endpoint_id}")


def _link(rel: str, href: str) -> Mapping[str, str]:
    return {"href": href, "rel": rel, "method": "GET"}


def _known(platform: Platform, ids: Ids) -> WebEndpoint:
    found = platform.endpoints.get(ids["endpointId"])
    if found is None:
        raise Refusal(404, f"Endpoint [{quoted(ids['endpointId'])}] not found")
    return found


def _metadata(endpoint: WebEndpoint) -> Mapping[str, object]:
    fields = {
        "endpointId": endpoint.endpoint_id,
        "type": "WEBRTC",
        "status": "DISCONNECTED",
        "creationTimestamp": timestamp(endpoint.created),
        "expirationTimestamp": timestamp(endpoint.expires),
        "tag": endpoint.tag,
    }
    return {name: value for name, value in fields.items() if value is not None}


ENDPOINTS: Mapping[Operation, Perform] = {
    "createEndpoint": create,
    "listEndpoints": list_endpoints,
    "getEndpoint": get,
    "deleteEndpoint": delete,
    "updateEndpointBxml": update_bxml,
}
"""The operations of this module."""
