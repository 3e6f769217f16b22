"""Replies of the platform, as frozen records that read their JSON tolerantly.

A field that is missing, null or not of its documented type is None; in the last case ``extra``
holds the value, together with fields unknown to this release. States and causes are plain text,
because the vendor adds new ones.
Vendor page: dev.bandwidth.com/apis/voice (operations createCall, getCallState, listCalls).
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from math import isfinite
from types import NoneType
from typing import Annotated, Any, Generic, Self, TypeVar, cast, get_args

from bxml._element import wire_name
from bxml._once import once
from callcontrol._wire.json import NOTHING, Misfit, ReadOnlyMap
from callcontrol._wire.kinds import KINDS, AccountNumber, ValueKind

__all__ = ["CallState", "CreatedCall", "RawReply"]

T_co = TypeVar("T_co", covariant=True)

_REQUEST_IDS = ("X-Request-Id", "X-Amzn-RequestId", "X-Correlation-Id")
"""Headers with an id of the request; the vendor documents none."""


@dataclass(frozen=True, slots=True, kw_only=True)
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


class _Number(ValueKind[float]):
    """Any finite number."""

    expected = "a number"

    def accept(self, value: object) -> float:
        """Return the number.

        :raises Misfit: for anything else.
        """
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.refused(value)
        try:
            number = float(value)
        except OverflowError:
            raise self.refused(value) from None
        if not isfinite(number):
            raise self.refused(value)
        return number


Account = Annotated[str | None, AccountNumber()]
_NOT_IN_BODY = frozenset({"extra", "location"})
_KINDS: Mapping[object, ValueKind[Any]] = {**KINDS, float: _Number()}


class _Record:
    """Base of the records, read from JSON objects by the types of their fields."""

    __slots__ = ()

    @classmethod
    def read(cls, source: Mapping[str, object]) -> Self:
        """Return the record that a JSON object describes; ``extra`` keeps whatever has no field."""
        extra = dict(source)
        values: dict[str, Any] = {}
        for name, wire, kind in _table(cast("Hashable", cls)):
            found = extra.get(wire)
            try:
                values[name] = None if found is None else kind.read(found)
            except Misfit:
                continue
            extra.pop(wire, None)
        values["call_id"] = values.get("call_id") or ""
        values["extra"] = ReadOnlyMap(extra) if extra else NOTHING
        return cls(**values)


@once
def _table(record: Hashable) -> tuple[tuple[str, str, ValueKind[Any]], ...]:
    """Return the Python name, the wire name and the kind of each field."""
    declared = [field for field in fields(cast("Any", record)) if field.name not in _NOT_IN_BODY]
    return tuple((field.name, wire_name(field.name), _kind(field.type)) for field in declared)


def _kind(annotation: object) -> ValueKind[Any]:
    if annotation == Account:
        return AccountNumber()
    inner = [part for part in get_args(annotation) if part is not NoneType]
    return _KINDS[inner[0] if NoneType in get_args(annotation) else annotation]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedCall(_Record):
    """The reply to ``create_call``: the call is in the queue and not dialled yet.

    A later failure appears in the disconnect webhook and in ``get_call_state``.
    """

    call_id: str
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
    location: str | None = None
    """The Location header: the URL of the call, the same as ``call_url``."""
    extra: Mapping[str, object] = NOTHING
    """Fields unknown to this release, by wire name."""


def created_call(body: Mapping[str, object], location: str | None) -> CreatedCall | None:
    """Return the call that a reply with this Location header describes; None if it has no id."""
    created = CreatedCall.read(body)
    call_id = created.call_id or (location or created.call_url or "").rpartition("/")[2]
    return replace(created, call_id=call_id, location=location) if call_id else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallState(_Record):
    """State of one call, current or final. The platform keeps it for seven days after the end."""

    call_id: str
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
    extra: Mapping[str, object] = NOTHING
    """Fields unknown to this release, by wire name."""
