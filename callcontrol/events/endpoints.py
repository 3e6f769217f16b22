"""Events of endpoints: browsers and apps that Connect joins to a call.

Their format differs: the kind is in ``event``, the time is a number of milliseconds, and ``tags``
is the tag of the endpoint. One URL may receive both formats.
"""

from datetime import datetime
from typing import Annotated, Literal

from callcontrol._frozen import field, group
from callcontrol._wire.fields import Always, Presence, WireName
from callcontrol._wire.kinds import Timestamp
from callcontrol.events._base import AccountId, Event, webhook

Moment = Annotated[datetime | None, Presence.ALWAYS, WireName("timestamp"), Timestamp()]


@group
class EndpointEvent(Event):
    """An event of one endpoint, or of the Connect that joins one to a call.

    Reply with any 2xx status; the body is ignored.

    Vendor page: https://dev.bandwidth.com/docs/brtc/webhooks
    """

    __slots__ = ()

    kind_field = "event"
    event_time: Moment = None
    """Time of the event; ``timestamp`` on the wire, in milliseconds since 1970."""
    account_id: AccountId = None
    """Account of the endpoint."""


@group
class Device:
    """Fields of every event except connectStatus."""

    __slots__ = ()

    endpoint_id: str
    """Id of the endpoint."""
    device_id: Always[str] = None
    """Id of the connection; each new connection of an endpoint gets one."""
    tags: str | None = None
    """Tag that the endpoint was created with, unchanged; often JSON text. None if it has none."""


@webhook
class EndpointConnectedEvent(Device, EndpointEvent):
    """A device has connected with the token of an endpoint.

    Connect does not work yet; wait for endpointEligible. The reply is ignored.

    Vendor page: https://dev.bandwidth.com/docs/brtc/webhooks
    """

    event_type: Literal["endpointConnected"] = field(default="endpointConnected", init=False)


@webhook
class EndpointDisconnectedEvent(Device, EndpointEvent):
    """A device has disconnected from an endpoint.

    The endpoint cannot be used again; reconnecting needs a new one. The reply is ignored.

    Vendor page: https://dev.bandwidth.com/docs/brtc/webhooks
    """

    event_type: Literal["endpointDisconnected"] = field(default="endpointDisconnected", init=False)


@webhook
class EndpointEligibleEvent(Device, EndpointEvent):
    """A device publishes audio and Connect may name its endpoint, also after a call.

    The reply is ignored.

    Vendor page: https://dev.bandwidth.com/docs/brtc/webhooks
    """

    event_type: Literal["endpointEligible"] = field(default="endpointEligible", init=False)


@webhook
class EndpointIneligibleEvent(Device, EndpointEvent):
    """An endpoint is in a call or can no longer be used.

    The reply is ignored.

    Vendor page: https://dev.bandwidth.com/docs/brtc/webhooks
    """

    event_type: Literal["endpointIneligible"] = field(default="endpointIneligible", init=False)
    error_id: str | None = None
    """Reference for the vendor's support; on failures only."""
    error_message: str | None = None
    """Human-readable text; on failures only."""


@webhook
class OutboundConnectionRequestEvent(Device, EndpointEvent):
    """The program at an endpoint requests a connection to a destination.

    To accept, create a call to ``to`` and reply to its answer event with a Connect to
    ``endpoint_id``; to refuse, do nothing. The reply is ignored.

    Vendor page: https://dev.bandwidth.com/docs/brtc/webhooks
    """

    event_type: Literal["outboundConnectionRequest"] = field(
        default="outboundConnectionRequest", init=False
    )
    to: str
    """Destination: with PHONE_NUMBER a number, possibly without its leading plus."""
    to_type: str | None = None
    """PHONE_NUMBER, or another word: the list is open."""


@webhook
class ConnectStatusEvent(EndpointEvent):
    """A Connect verb has started or has an outcome.

    Sent to the event_callback_url of the Connect. The reply is ignored.

    Vendor page: https://dev.bandwidth.com/docs/brtc/webhooks
    """

    event_type: Literal["connectStatus"] = field(default="connectStatus", init=False)
    status: str
    """INITIATED or ANSWERED; at the end COMPLETED, TIMED_OUT, DENIED, CANCELED or FAILED. The list
    is open."""
    from_: str | None = None
    """Id of the side that starts the connection: a call if ``from_type`` is CALL."""
    from_type: str | None = None
    """CALL, or another word: the list is open."""
    to: str | None = None
    """Id of the other side."""
    to_type: str | None = None
    """Type of ``to``; the list is open."""

    @property
    def call_id(self) -> str | None:
        """Id of the telephone call: ``from_`` if ``from_type`` is CALL, else ``to``.

        None without ``from_type``.
        """
        if self.from_type is None:
            return None
        return self.from_ if self.from_type == "CALL" else self.to
