"""What all events have in common, and the groups of fields that several kinds share.

A class lists its groups from the last written to the first, because dataclasses collect fields
from the end of the list of bases.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Annotated, ClassVar, Literal, TypeVar, dataclass_transform
from urllib.parse import urlencode

from callcontrol._wire.checks import absent, check, event_error, shown, unread
from callcontrol._wire.fields import Always, Presence, group, record
from callcontrol._wire.json import NOTHING, Misfit
from callcontrol._wire.kinds import AccountNumber, Boolean
from callcontrol._wire.records import write

__all__ = [
    "REGISTRY",
    "AccountId",
    "Answered",
    "BLeg",
    "CallEvent",
    "Ended",
    "Event",
    "KindField",
    "Placed",
    "UnknownEndpointEvent",
    "UnknownEvent",
    "find_class",
    "webhook",
]

E = TypeVar("E", bound="Event")

REGISTRY: dict[str, "type[Event]"] = {}
"""Class of each kind by the kind's wire name."""

KindField = Literal["eventType", "event"]
"""Wire names of the field that has the kind: of voice webhooks, and of webhooks of endpoints."""

FOLDED: dict[tuple[KindField, str], "type[Event]"] = {}
"""The same by the kind's field and its value in lower case, also in other spellings."""

RESERVED: Mapping[KindField, tuple[str, ...]] = {
    "eventType": ("eventType",),
    "event": ("event", "eventType"),
}
"""Names that an event cannot have in ``extra``, because its kind would be read from them."""

OTHER_SPELLINGS = {"recordComplete": "recordingComplete"}
"""Kinds that the vendor's OpenAPI file spells otherwise than its pages."""


AccountId = Annotated[str | None, Presence.ALWAYS, AccountNumber()]
"""Account of a call or of an endpoint; text, also where the platform sends a number."""


@group
class Event:
    """One webhook of the platform.

    ``parse_event`` makes events from what the platform sends. Events are values: they do not
    change, compare by content, can be hashed, copied and pickled, and ``repr`` is Python that
    rebuilds them. Times have the zone UTC; parts finer than a microsecond are cut off.

    :raises EventError: on construction, if a field does not hold what it is declared with.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks
    """

    __slots__ = ()

    can_reply_with_bxml: ClassVar[bool] = False
    """Whether the platform runs BXML from the reply; otherwise it ignores the body."""

    kind_field: ClassVar[KindField] = "eventType"
    """Wire name of the field that has the kind; ``event`` in webhooks of endpoints."""

    event_type: str
    """Wire name of the kind, such as ``gather``."""
    event_time: Always[datetime] = None
    """When the platform made the event, approximately."""
    extra: Mapping[str, object] = NOTHING
    """Fields that the class has no attribute for, and those in ``unread``, as decoded from JSON;
    read-only."""

    def __post_init__(self) -> None:
        check(self, *RESERVED[self.kind_field])

    @property
    def absent(self) -> tuple[str, ...]:
        """Wire names that the vendor documents on every such event and that this one lacks."""
        return absent(self)

    @property
    def unread(self) -> tuple[str, ...]:
        """Wire names of fields that came with a value of another type than the documented one.

        Their attributes are as if the field were missing; the value is in ``extra``, or in the
        ``extra`` of the record for a name with a full stop such as
        ``transcription.completedTime``.
        """
        return unread(self)

    def to_json(self) -> str:
        """Return the JSON body that the platform sends; what is None is left out."""
        return json.dumps(self._body(), ensure_ascii=False, separators=(",", ":"))

    def to_query(self) -> str:
        """Return the query string of a GET delivery.

        Numbers travel as text, objects and lists as compact JSON. The vendor does not document
        how it flattens them, so that part is an assumption.
        """
        return urlencode({name: _parameter(value) for name, value in self._body().items()})

    def _body(self) -> dict[str, object]:
        return {self.kind_field: self.event_type, **write(self)}

    def __repr__(self) -> str:
        return shown(self)


def _parameter(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def webhook(cls: type[E]) -> type[E]:
    """Make the class of one kind of webhook and enter it under the kind's wire name."""
    made = record(cls)
    kind = next(str(declared.default) for declared in fields(made) if declared.name == "event_type")
    REGISTRY[kind] = made
    for spelling in (kind, OTHER_SPELLINGS.get(kind, kind)):
        FOLDED[made.kind_field, spelling.lower()] = made
    return made


def find_class(event_type: str, kind_field: KindField = "eventType") -> "type[Event] | None":
    """Return the class of a kind, whatever the case of its letters; None if there is none."""
    return FOLDED.get((kind_field, event_type.lower()))


@dataclass(frozen=True, slots=True, repr=False)
class UnknownEvent(Event):
    """A webhook of a kind that this release does not know.

    ``extra`` and ``event_time`` stay empty: everything but the kind is in ``fields``.

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
        check(self, *RESERVED[self.kind_field])
        if find_class(self.event_type, self.kind_field) is not None:
            found = Misfit.expected("a kind without a class of its own", repr(self.event_type))
            raise event_error(f"{type(self).__name__}.event_type", found)

    def _body(self) -> dict[str, object]:
        return {self.kind_field: self.event_type, **self.fields}


@dataclass(frozen=True, slots=True, repr=False)
class UnknownEndpointEvent(UnknownEvent):
    """An unknown webhook of an endpoint: its kind came as ``event`` and not as ``eventType``."""

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
    """Whether the caller asked that the number be hidden; so far seen on initiate only."""
    caller_display_name: str | None = None
    """Name that the caller's side sent along; so far seen on initiate only, empty if none."""


@group
class Placed:
    """Fields of every call event but the first of an inbound call."""

    __slots__ = ()

    enqueued_time: datetime | None = None
    """When the call was queued; outbound calls only."""
    tag: str | None = None
    """Tag in force when the event was made; None if there is none."""


@group
class Answered:
    """Fields of events that need an answered call."""

    __slots__ = ()

    answer_time: Always[datetime] = None
    """When the call was answered."""


@group
class BLeg:
    """Fields of events on the second leg of a Transfer; None on all others."""

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
    """Why; an open list: hangup, busy, timeout, cancel, rejected, callback-error, invalid-bxml,
    application-error, account-limit, node-capacity-exceeded, error, unknown."""
    error_message: str | None = None
    """Text for people; on failures only."""
    error_id: str | None = None
    """Reference for the vendor's support; on failures only."""
