"""Arguments of the operations on endpoints.

Vendor page: dev.bandwidth.com/apis/endpoints (schema createEndpointRequest, parameters of
listEndpoints).
"""

from __future__ import annotations

from typing import Annotated, Literal

from bxml._kinds import Default, Range, Text
from bxml._record import KW_ONLY
from callcontrol._request_types import Record, record
from callcontrol._requests import Url, identifier

ENDPOINT_ID = identifier("an endpoint id")


@record("create_endpoint")
class CreateEndpoint(Record):
    """Arguments of ``create_endpoint``."""

    _: KW_ONLY
    direction: Literal["INBOUND", "OUTBOUND", "BIDIRECTIONAL"]
    """Who may start a connection."""
    event_callback_url: Url | None = None
    """Gets the events of the endpoint."""
    event_fallback_url: Url | None = None
    """Second try for an event."""
    tag: Annotated[str, Text("a tag", max_length=1024)] | None = None
    """Included in the events, at most 1,024 characters."""

    def body(self) -> dict[str, object]:
        """Return the JSON object to send: the only type of endpoint, and the given fields."""
        return {"type": "WEBRTC", **Record.body(self)}


@record("list_endpoints")
class ListEndpoints(Record):
    """Arguments of ``list_endpoints``."""

    _: KW_ONLY
    status: Literal["CONNECTED", "DISCONNECTED"] | None = None
    """Only endpoints with this status."""
    page_size: Annotated[int, Range(1, 1000), Default(100)] | None = None
    """Endpoints fetched at a time, 1 to 1,000."""

    def body(self) -> dict[str, object]:
        """Return the parameters under the platform's names."""
        given = Record.body(self)
        return {"limit" if name == "pageSize" else name: given[name] for name in given}
