"""Ends of awaits, as the journal keeps them."""

import json
from dataclasses import dataclass, field
from typing import Literal, cast, get_args

from callcontrol.events import Event
from callcontrol.scripts.errors import JournalError
from callcontrol.scripts.stored_events import stored_event

ResolutionKind = Literal[
    "event", "signal", "ended", "timeout", "interrupted", "done", "raised", "late", "talk"
]
_KINDS = frozenset(get_args(ResolutionKind))
_FIELDS = 4


@dataclass(frozen=True, slots=True)
class Resolution:
    """How an await ended: with an event, a signal, the end of the call, the result of a function.

    ``value`` holds what JSON can: the body of an event, the value of a signal, a cause, a result.
    ``name`` is the kind of the event or the name of the signal, ``at`` the time of the platform.
    """

    kind: ResolutionKind
    value: object = None
    name: str = ""
    at: float = 0.0
    parsed: Event | None = field(default=None, compare=False, repr=False)
    """The event, where this process has read it already."""

    def event(self) -> Event:
        """Return the event of a resolution of kind ``event``."""
        return self.parsed if self.parsed is not None else stored_event(cast("str", self.value))

    @property
    def text(self) -> str:
        """The value of an entry in the journal."""
        return json.dumps([self.kind, self.name, self.at, self.value])

    @classmethod
    def of_text(cls, text: str) -> "Resolution":
        """Return what the value of an entry says.

        :raises JournalError: for another text.
        """
        try:
            found: object = json.loads(text)
        except ValueError:
            found = None
        fields = cast("list[object]", found) if isinstance(found, list) else []
        if len(fields) != _FIELDS or fields[0] not in _KINDS:
            raise JournalError("journal: expected an entry of this release, got another text")
        kind, name, at, value = fields
        return cls(cast("ResolutionKind", kind), value, str(name), cast("float", at))

    @classmethod
    def of_event(cls, event: Event, at: float) -> "Resolution":
        """Return the resolution by an event."""
        moment = at if event.event_time is None else event.event_time.timestamp()
        return cls("event", event.to_json(), event.event_type, moment, event)
