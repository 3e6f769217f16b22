"""Endpoints of Bandwidth Real-Time Communications (BRTC)."""

from datetime import datetime
from typing import Annotated

from callcontrol._frozen import field
from callcontrol._wire.fields import record
from callcontrol._wire.json import NOTHING
from callcontrol._wire.replies import Extra, ListOf, PlatformReply, ReadId


@record
class EndpointDevice(PlatformReply):
    """A connection of an endpoint; each new one is another device."""

    device_id: ReadId
    """Empty only if the platform left it out."""
    device_name: str | None = None
    status: str | None = None
    """``CONNECTED`` or ``DISCONNECTED``."""
    creation_timestamp: datetime | None = None
    extra: Extra = NOTHING
    """Fields unknown to this release, by wire name."""


@record
class EndpointState(PlatformReply):
    """State of one endpoint, which lives for 24 hours."""

    endpoint_id: ReadId
    """Empty only if the platform left it out."""
    type: str | None = None
    """``WEBRTC``."""
    status: str | None = None
    """``CONNECTED`` or ``DISCONNECTED``."""
    creation_timestamp: datetime | None = None
    expiration_timestamp: datetime | None = None
    tag: str | None = None
    devices: Annotated[tuple[EndpointDevice, ...] | None, ListOf(EndpointDevice)] = None
    """Not in ``list_endpoints``."""
    token: str | None = field(default=None, repr=False)
    """A secret for the client SDK; only in the reply to ``create_endpoint``."""
    extra: Extra = NOTHING
    """Fields unknown to this release, by wire name."""
