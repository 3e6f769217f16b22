"""Replies of the platform, as frozen records that read their JSON tolerantly.

A field that is missing, null or not of its documented type is None; in the last case ``extra``
holds the value, together with fields unknown to this release. States and causes are plain text,
because the vendor adds new ones.
Vendor page: dev.bandwidth.com/apis/voice (operations createCall, getCallState, listCalls).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Generic, TypeVar

from callcontrol._frozen import field, frozen, replace
from callcontrol._wire.fields import Presence, record
from callcontrol._wire.json import NOTHING
from callcontrol._wire.replies import Account, Extra, PlatformReply, ReadId

__all__ = ["CallState", "CreatedCall", "RawReply"]

T_co = TypeVar("T_co", covariant=True)

_REQUEST_IDS = ("X-Request-Id", "X-Amzn-RequestId", "X-Correlation-Id")
"""Headers with an id of the request; the vendor documents none."""


@frozen(kw_only=True)
class RawReply(Generic[T_co]):
    """A result together with the HTTP reply that it was read from, from ``with_raw_reply``."""

    value: T_co
    """The result of the method without ``with_raw_reply``; for lists, the items of one page."""
    status: int
    """HTTP status."""
    headers: Mapping[str, str] = field(repr=False)
    """HTTP headers; names match in any case."""

    @property
    def request_id(self) -> str | None:
        """The platform's or its gateway's id of the request, for support; None without one."""
        return next(filter(None, map(self.headers.get, _REQUEST_IDS)), None)


@record
class CreatedCall(PlatformReply):
    """The reply to ``create_call``: the call is in the queue and not dialled yet.

    A later failure appears in the disconnect webhook and in ``get_call_state``.
    """

    call_id: ReadId
    """Id for all other operations."""
    account_id: Account = None
    application_id: str | None = None
    to: str | None = None
    from_: str | None = None
    enqueued_time: datetime | None = None
    """When the call was queued, in UTC."""
    call_url: str | None = None
    """URL of the call."""
    call_timeout: float | None = None
    """Seconds that the phone may ring."""
    callback_timeout: float | None = None
    """Seconds that each webhook may take."""
    tag: str | None = None
    answer_method: str | None = None
    answer_url: str | None = None
    answer_fallback_method: str | None = None
    answer_fallback_url: str | None = None
    disconnect_method: str | None = None
    disconnect_url: str | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    """Usually a mask such as ``*****``."""
    fallback_username: str | None = None
    fallback_password: str | None = field(default=None, repr=False)
    priority: int | None = None
    """1 is dialled first, 5 last."""
    location: Annotated[str | None, Presence.UNSENT] = None
    """The Location header: the URL of the call, the same as ``call_url``."""
    extra: Extra = NOTHING
    """Fields unknown to this release, by wire name."""


def created_call(body: Mapping[str, object], location: str | None) -> CreatedCall | None:
    """Return the call that a reply with this Location header describes; None if it has no id."""
    created = CreatedCall.read(body)
    call_id = created.call_id or (location or created.call_url or "").rpartition("/")[2]
    return replace(created, call_id=call_id, location=location) if call_id else None


@record
class CallState(PlatformReply):
    """State of one call, current or final. The platform keeps it for seven days after the end."""

    call_id: ReadId
    """Empty only if the platform left it out."""
    account_id: Account = None
    application_id: str | None = None
    parent_call_id: str | None = None
    """Id of the A-leg; set only on the B-leg of a Transfer."""
    to: str | None = None
    """E.164 number or SIP URI."""
    from_: str | None = None
    direction: str | None = None
    """``inbound`` or ``outbound``."""
    state: str | None = None
    """``queued``, ``initiated``, ``answered`` or ``disconnected``, or a newer word. Only
    ``disconnected`` is final. The ``active`` and ``completed`` of ``update_call`` never occur."""
    stir_shaken: Mapping[str, str] | None = None
    """Caller verification of an inbound call, free form."""
    identity: str | None = None
    """Raw Identity header of an inbound call."""
    enqueued_time: datetime | None = None
    start_time: datetime | None = None
    """When dialling began; None while the call is queued."""
    answer_time: datetime | None = None
    end_time: datetime | None = None
    disconnect_cause: str | None = None
    """``hangup``, ``busy``, ``timeout``, ``cancel``, ``rejected``, ``callback-error``,
    ``invalid-bxml``, ``application-error``, ``account-limit``, ``node-capacity-exceeded``,
    ``error``, ``unknown``, or a newer word."""
    error_message: str | None = None
    error_id: str | None = None
    """The platform's reference for support."""
    last_update: datetime | None = None
    """When ``state`` last changed."""
    extra: Extra = NOTHING
    """Fields unknown to this release, by wire name."""
