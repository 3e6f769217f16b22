"""Conferences and endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Self

from bxml._element import Callback, Content, Ends
from bxml._escape_hatch import Custom
from bxml._kinds import Default, Number, Range
from bxml._record import KW_ONLY
from bxml._types import CallIdList, ConferenceName, HttpMethod, Identifier, Url
from bxml._verb import Noun, Verb, append, appends, verb
from bxml.verbs._groups import Credentials, FallbackCredentials, Tagged


@verb(
    content=Content("text"),
    callbacks=(
        Callback.of(
            "conferenceCreated",
            "conferenceMemberJoin",
            "conferenceMemberExit",
            "conferenceCompleted",
            prefix="conference_event",
            fallback=True,
            replies=True,
        ),
    ),
    page="conference",
)
class Conference(Credentials, FallbackCredentials, Tagged, Verb):
    """Put the call into a named conference, which the first member creates.

    Holds 20 calls at most, for 24 hours at most. Sound for the room comes from the replies to its
    events. Verbs after it run only when the conference is ended over REST.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/conference
    """

    name: ConferenceName
    """Name of the room: 1 to 100 letters, digits, hyphens, underscores and full stops."""
    _: KW_ONLY
    mute: Annotated[bool, Default(False)] | None = None
    """The member hears the room but is not heard. The platform assumes False."""
    hold: Annotated[bool, Default(False)] | None = None
    """The member neither hears nor is heard. The platform assumes False."""
    call_ids_to_coach: CallIdList | None = None
    """Call ids, separated by commas, of the members that this coach hears and speaks to. They
    need not have joined yet. One coach per room."""
    conference_event_url: Url | None = None
    """Receives every event of the room. Only the document that creates the conference decides it;
    webhook attributes of later members are ignored."""
    conference_event_method: HttpMethod | None = None
    """GET or POST for conference_event_url; with GET the event travels as query parameters."""
    conference_event_fallback_url: Url | None = None
    """Tried when conference_event_url cannot be delivered."""
    conference_event_fallback_method: HttpMethod | None = None
    """GET or POST for conference_event_fallback_url; with GET the event travels as query
    parameters."""
    callback_timeout: Annotated[Number, Range(1, 25, "seconds")] | None = None
    """Seconds to wait for a reply to the webhooks of the room, 1 to 25; the creating call decides
    when not set."""


@verb(
    content=Content("text"),
    kind="noun",
    parents=("Connect",),
    beta=True,
    since="2024",
    page="connect",
)
class Endpoint(Noun):
    """Destination of a Connect.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/connect
    """

    endpoint_id: Identifier
    """Id from the Endpoints API."""


@verb(
    content=Content("children", minimum=0, maximum=None),
    callbacks=(
        Callback(
            ("connectStatus",),
            "event_callback_url",
            fallback_url="event_fallback_url",
            username=None,
            password=None,
        ),
    ),
    ends=Ends("unknown"),
    blocking="for a time that the vendor does not document",
    beta=True,
    since="2024",
    page="connect",
)
class Connect(Verb):
    """Connect the call to an endpoint of the Endpoints API (beta).

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/connect
    """

    children: tuple[Endpoint | Custom, ...]
    """The endpoint to connect to."""
    _: KW_ONLY
    event_callback_url: Url | None = None
    """Receives connectStatus; a 2xx reply acknowledges it and its body is not used."""
    event_fallback_url: Url | None = None
    """Receives connectStatus when event_callback_url fails."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *children: Endpoint | Custom,
            event_callback_url: Url | None = None,
            event_fallback_url: Url | None = None,
            extra_attributes: Mapping[str, str] | None = None,
        ) -> None: ...

    endpoint = appends(Endpoint)
    """Return a copy with this Endpoint at the end."""

    def append(self, *children: Endpoint | Custom) -> Self:
        """Return a copy with the children at the end.

        :raises ValidationError: for others.
        """
        return append(self, children)
