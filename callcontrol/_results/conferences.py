"""Conferences and their members."""

from datetime import datetime
from typing import Annotated

from callcontrol._wire.fields import record
from callcontrol._wire.json import NOTHING
from callcontrol._wire.replies import Extra, JsonFlag, ListOf, PlatformReply, ReadId


@record
class ConferenceMemberState(PlatformReply):
    """One call in a conference."""

    call_id: ReadId
    """Id of the call, which is the id of the member too. Empty only if the platform left it out."""
    conference_id: str | None = None
    member_url: str | None = None
    mute: JsonFlag = None
    """Whether the others do not hear it."""
    hold: JsonFlag = None
    """Whether it neither hears nor is heard."""
    call_ids_to_coach: tuple[str, ...] | None = None
    """The only members that hear it, if it is a coach."""
    extra: Extra = NOTHING
    """Fields unknown to this release, by wire name."""


@record
class ConferenceState(PlatformReply):
    """State of one conference, running or ended."""

    id: ReadId
    """Empty only if the platform left it out."""
    name: str | None = None
    created_time: datetime | None = None
    completed_time: datetime | None = None
    """None while it runs."""
    conference_event_url: str | None = None
    conference_event_method: str | None = None
    tag: str | None = None
    active_members: Annotated[
        tuple[ConferenceMemberState, ...] | None, ListOf(ConferenceMemberState)
    ] = None
    """The calls in it; only ``get_conference`` has them."""
    extra: Extra = NOTHING
    """Fields unknown to this release, by wire name."""
