"""The conferences of a platform, as its REST operations see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Protocol

from callcontrol.simulator.core.messages import Fields
from callcontrol.simulator.core.webhooks import Target


@dataclass(frozen=True, slots=True)
class RoomMember:
    """One call in a conference."""

    call_id: str
    mute: bool
    hold: bool
    coaches: tuple[str, ...]


class Room(Protocol):
    """A conference, running or ended."""

    id: str
    serial: int
    """Place in the order of creation, from 1."""
    name: str
    created: datetime
    completed: datetime | None
    tag: str | None

    @property
    def event_target(self) -> Target | None:
        """Return where its webhooks go."""
        ...

    @property
    def room_members(self) -> Sequence[RoomMember]:
        """Return the calls in it, in the order of their arrival."""
        ...

    def end(self) -> None:
        """End it: every member continues with its next verb (K6)."""
        ...

    def redirect(self, fields: Fields) -> None:
        """Fetch a document; ``fields`` is a validated updateConference body (K10)."""
        ...

    def push(self, document: str) -> None:
        """Run a document after those that it has (K11)."""
        ...

    def change(self, call_id: str, fields: Fields) -> None:
        """Change who hears whom; ``fields`` is a validated updateConferenceMember body (K8)."""
        ...


class Rooms:
    """The conferences of a platform, oldest first."""

    def __init__(self, most: int | None) -> None:
        self.by_id: dict[str, Room] = {}
        self._serials = count(1)
        self._most = most

    def keep(self, room: Room) -> None:
        """Add a conference; drop the oldest ended ones down to the limit of ended calls."""
        room.serial = next(self._serials)
        self.by_id[room.id] = room
        if self._most is None:
            return
        ended = [room_id for room_id, known in self.by_id.items() if known.completed is not None]
        for room_id in ended[: max(0, len(ended) - self._most)]:
            del self.by_id[room_id]
