"""The base class of events, and the groups of fields that several kinds share.

A class lists its groups in reverse wire order, because dataclasses collect fields from the end of
the list of bases.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, ClassVar, Literal, TypeVar, dataclass_transform
from urllib.parse import urlencode

from callcontrol._frozen import declared, field, group
from callcontrol._wire.checks import CheckedRecord, absent, check, event_error, record_repr, unread
from callcontrol._wire.fields import Always, Presence, record
from callcontrol._wire.json import NOTHING, Misfit
from callcontrol._wire.kinds import AccountNumber, Boolean
from callcontrol._wire.other_names import OtherNames
from callcontrol._wire.records import write

E = TypeVar("E", bound="Event")

REGISTRY: dict[str, "type[Event]"] = {}
"""Class of each kind by the kind's wire name."""

KindField = Literal["eventType", "event"]
"""Wire name of the field with the kind: in voice webhooks, and in webhooks of endpoints."""

CLASSES: dict[tuple[KindField, str], "type[Event]"] = {}
"""Class of each kind by the kind's field and its value in lower case, other spellings included."""

RESERVED: Mapping[KindField, tuple[str, ...]] = {
    "eventType": ("eventType",),
    "event": ("event", "eventType"),
}
"""Names that ``extra`` must not contain, because the kind is read from them."""

_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

OTHER_SPELLINGS = {"recordComplete": "recordingComplete"}
"""Kinds that the vendor's OpenAPI file spells differently from its pages."""


AccountId = Annotated[str | None, Presence.ALWAYS, AccountNumber()]
"""Account of a call or of an endpoint; text, even if the platform sends a number."""


@group
class Event(CheckedRecord, OtherNames):
    """One webhook of the platform.

    ``parse_event`` makes events from webhooks. Events are immutable values: they compare by
    content, can be hashed, copied and pickled, and ``repr`` returns Python code that rebuilds them.
    Times are in UTC, truncated to microseconds.

    :raises EventError: on construction, if a field has a value of another type.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks
    """

    __slots__ = ()

    can_reply_with_bxml: ClassVar[bool] = False
    """Whether the platform runs BXML from the reply; otherwise it ignores the body."""

    kind_field: ClassVar[KindField] = "eventType"
    """Wire name of the field with the kind; ``event`` in webhooks of endpoints."""

    event_type: str
    """Wire name of the kind, such as ``gather``."""
    event_time: Always[datetime] = None
    """Approximate time at which the platform created the event."""
    extra: Mapping[str, object] = NOTHING
    """Fields without an attribute, and those in ``unread``, as decoded from JSON; read-only."""

    def _reserved(self) -> tuple[str, ...]:
        return RESERVED[self.kind_field]

    @property
    def absent(self) -> tuple[str, ...]:
        """Wire names that are documented on every such event and missing in this one."""
        return absent(self)

    @property
    def unread(self) -> tuple[str, ...]:
        """Wire names of fields that were sent with a value of another type than documented.

        Their attributes are as if the field were missing. The value is in ``extra``; for a name
        with a dot, such as ``transcription.completedTime``, in the ``extra`` of the record.
        """
        return unread(self)

    def to_json(self) -> str:
        """Return the JSON body of the webhook, fields with the value None left out."""
        return _COMPACT.encode(self._body())

    def to_query(self) -> str:
        """Return the query string of a GET delivery.

        Numbers are sent as text, objects and lists as compact JSON. The vendor does not document
        this encoding, so it is an assumption.
        """
        return urlencode({name: _parameter(value) for name, value in self._body().items()})

    def _body(self) -> dict[str, object]:
        return {self.kind_field: self.event_type, **write(self)}

    def __repr__(self) -> str:
        return record_repr(self)


def _parameter(value: object) -> str:
    if isinstance(value, str):
        return value
    return _COMPACT.encode(value)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def webhook(cls: type[E]) -> type[E]:
    """Make the class of one kind of webhook and register it under the kind's wire name."""
    made = record(cls)
    kind = str(declared(made)["event_type"].default)
    REGISTRY[kind] = made
    for spelling in (kind, OTHER_SPELLINGS.get(kind, kind)):
        CLASSES[made.kind_field, spelling.lower()] = made
    return made


def find_class(event_type: str, kind_field: KindField = "eventType") -> "type[Event] | None":
    """Return the class of a kind, ignoring case; None if there is none."""
    return CLASSES.get((kind_field, event_type.lower()))


@record(kw_only=False)
class UnknownEvent(Event):
    """A webhook of a kind unknown to this release.

    ``extra`` and ``event_time`` are empty: ``fields`` holds everything but the kind.

    :raises EventError: if the kind has a class of its own.
    """

    event_type: str
    """Wire name of the kind."""
    fields: Mapping[str, object] = NOTHING
    """Every other field, as decoded from JSON or as query texts; read-only."""
    event_time: None = field(default=None, init=False)
    """Not read; see ``fields``."""
    extra: Mapping[str, object] = field(default=NOTHING, init=False)
    """Always empty; see ``fields``."""

    def __post_init__(self) -> None:
        check(self, *self._reserved())
        if find_class(self.event_type, self.kind_field) is not None:
            found = Misfit.expected("a kind without a class of its own", repr(self.event_type))
            raise event_error(f"{type(self).__name__}.event_type", found)

    def _body(self) -> dict[str, object]:
        return {self.kind_field: self.event_type, **self.fields}


@record(kw_only=False)
class UnknownEndpointEvent(UnknownEvent):
    """An unknown webhook of an endpoint: its kind is in ``event``, not in ``eventType``."""

    kind_field = "event"


@group
class CallEvent(Event):
    """An event of one call.

    ``call_id`` is the leg that the event is about: the B-leg if a Transfer made it.
    """

    __slots__ = ()

    account_id: AccountId = None
    """Account of the call."""
    application_id: Always[str] = None
    """Voice application of the call."""
    from_: Always[str] = None
    """Caller of the original call: E.164, or Private, Restricted, Unavailable or Anonymous."""
    to: Always[str] = None
    """Called number of the original call: E.164, or a SIP URI if one was dialled."""
    direction: Always[str] = None
    """``inbound`` or ``outbound``; never changes during a call."""
    call_id: str
    """Id of the call leg that the event is about."""
    call_url: Always[str] = None
    """REST address of that call leg."""
    start_time: Always[datetime] = None
    """When the call started."""
    privacy: Annotated[bool | None, Boolean()] = None
    """Whether the caller hides the number; so far observed on initiate only."""
    caller_display_name: str | None = None
    """Name sent by the caller's side; so far observed on initiate only, empty if none."""


@group
class Placed:
    """Fields of every call event except the first of an inbound call."""

    __slots__ = ()

    enqueued_time: datetime | None = None
    """When the call was queued; outbound calls only."""
    tag: str | None = None
    """Tag of the call at the time of the event; None if there is none."""


@group
class Answered:
    """Fields of events of answered calls."""

    __slots__ = ()

    answer_time: Always[datetime] = None
    """When the call was answered."""


@group
class BLeg:
    """Fields of events on the second leg of a Transfer; None on other legs."""

    __slots__ = ()

    parent_call_id: str | None = None
    """Id of the call that ran the Transfer."""
    transfer_caller_id: str | None = None
    """Caller shown to the B-leg: E.164, or Private, Restricted, Unavailable or Anonymous."""
    transfer_to: str | None = None
    """Number or SIP URI that the B-leg dialled."""


@group
class Ended:
    """Fields that say how something ended."""

    __slots__ = ()

    cause: Always[str] = None
    """Reason; an open list: hangup, busy, timeout, cancel, rejected, callback-error, invalid-bxml,
    application-error, account-limit, node-capacity-exceeded, error, unknown."""
    error_message: str | None = None
    """Human-readable text; on failures only."""
    error_id: str | None = None
    """Reference for the vendor's support; on failures only."""
