"""Verbs that decide what runs next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Self

from bxml._element import Callback, Content, Ends
from bxml._escape_hatch import Custom
from bxml._kinds import Default, Number, Range
from bxml._record import KW_ONLY
from bxml._types import (
    CallerId,
    Destination,
    DisplayName,
    HttpMethod,
    Identifier,
    SipUriText,
    TagText,
    Url,
    UserToUser,
)
from bxml._verb import Noun, Verb, append, appends, verb
from bxml.verbs._groups import (
    LEG_CALLBACKS,
    Credentials,
    Diversion,
    FallbackCredentials,
    Tagged,
    TransferLeg,
)


@verb(
    content=Content("text"),
    callbacks=(
        Callback.of("bridgeComplete", prefix="bridge_complete", fallback=True, replies=True),
        Callback.of(
            "bridgeTargetComplete", prefix="bridge_target_complete", fallback=True, replies=True
        ),
    ),
    ends=Ends("if-attribute", "bridge_complete_url"),
    page="bridge",
)
class Bridge(Credentials, FallbackCredentials, Tagged, Verb):
    """Join another live call to this one; whatever the target was running is dropped.

    Lasts until one side hangs up or is redirected. Only one of the two events is sent:
    bridgeComplete when the target left first, bridgeTargetComplete when this call did.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/bridge
    """

    target_call: Identifier
    """Call id of the target."""
    _: KW_ONLY
    bridge_complete_url: Url | None = None
    """Receives bridgeComplete when the target leaves first or cannot be bridged. When set, the
    reply runs on this call and later verbs never run; when not, nothing is sent and they do."""
    bridge_complete_method: HttpMethod | None = None
    """GET or POST for bridge_complete_url; with GET the event travels as query parameters."""
    bridge_complete_fallback_url: Url | None = None
    """Tried when bridge_complete_url cannot be delivered."""
    bridge_complete_fallback_method: HttpMethod | None = None
    """GET or POST for bridge_complete_fallback_url; with GET the event travels as query
    parameters."""
    bridge_target_complete_url: Url | None = None
    """Receives bridgeTargetComplete when this call leaves first; the reply runs on the target
    call. When not set, the target is hung up."""
    bridge_target_complete_method: HttpMethod | None = None
    """GET or POST for bridge_target_complete_url; with GET the event travels as query
    parameters."""
    bridge_target_complete_fallback_url: Url | None = None
    """Tried when bridge_target_complete_url cannot be delivered."""
    bridge_target_complete_fallback_method: HttpMethod | None = None
    """GET or POST for bridge_target_complete_fallback_url; with GET the event travels as query
    parameters."""


@verb(ends=Ends("always"), page="forward")
class Forward(Diversion, Verb):
    """Hand an inbound call that is not answered yet to another destination.

    The application loses both legs, so nothing after it runs.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/forward
    """

    to: Destination
    """E.164 number or SIP URI to hand the call to."""
    _: KW_ONLY
    from_: CallerId | None = None
    """Caller id of the new leg; the number that was called when not set. The four privacy words
    are the older way to hide it."""
    privacy: Annotated[bool, Default(False)] | None = None
    """Hides the calling number from the called party. The platform assumes False."""
    caller_display_name: DisplayName | None = None
    """Name shown to the called party, 256 characters at most, without control characters; one of
    the four privacy words when privacy is set."""
    call_timeout: Annotated[Number, Range(1, 300, "seconds"), Default(30)] | None = None
    """Seconds that the far end may ring, 1 to 300. A leg that does not begin to ring within 30 s
    is dropped in any case. The platform assumes 30."""
    uui: UserToUser | None = None
    """User-To-User header values, 350 characters at most in all; each ends in ;encoding=base64,
    jwt or hex."""


@verb(ends=Ends("always"), page="hangup")
class Hangup(Verb):
    """End the call, or reject an inbound call that was not answered yet.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/hangup
    """


@verb(page="pause")
class Pause(Verb):
    """Wait in silence.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/pause
    """

    _: KW_ONLY
    duration: Annotated[Number, Range(0.1, 86400, "seconds"), Default(1)] | None = None
    """Seconds of silence, 0.1 to 86400. The platform assumes 1."""


@verb(
    callbacks=(Callback.of("redirect", prefix="redirect", fallback=True, replies=True),),
    ends=Ends("always"),
    page="redirect",
)
class Redirect(Credentials, FallbackCredentials, Tagged, Verb):
    """Fetch the next document from another URL; verbs after it never run.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/redirect
    """

    redirect_url: Url
    """Receives redirect; the reply is the next document."""
    _: KW_ONLY
    redirect_method: HttpMethod | None = None
    """GET or POST for redirect_url; with GET the event travels as query parameters."""
    redirect_fallback_url: Url | None = None
    """Tried when redirect_url cannot be delivered."""
    redirect_fallback_method: HttpMethod | None = None
    """GET or POST for redirect_fallback_url; with GET the event travels as query parameters."""


@verb(
    content=Content("text"),
    kind="noun",
    parents=("Transfer", "Refer"),
    callbacks=LEG_CALLBACKS,
    page="transfer",
)
class SipUri(TransferLeg, Noun):
    """A SIP address to ring in a Transfer, or, without attributes, the target of a Refer.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/transfer
    """

    uri: SipUriText
    """SIP URI, such as sip:desk@pbx.example.com."""


@verb(
    content=Content("children", minimum=1, maximum=1),
    callbacks=(
        Callback.of("referComplete", prefix="refer_complete", credentials=False, replies=True),
    ),
    ends=Ends("outcome", "refer_complete_url"),
    since="2024",
    page="refer",
)
class Refer(Tagged, Verb):
    """Make the caller's own SIP endpoint call another destination (SIP REFER).

    Only for inbound calls that came from a SIP URI. Without a final answer within 30 s it failed.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/refer
    """

    children: tuple[SipUri | Custom, ...]
    """The one SipUri to refer to, without attributes."""
    _: KW_ONLY
    refer_complete_url: Url | None = None
    """Receives referComplete. The reply runs only when the REFER failed: after a success the call
    is gone."""
    refer_complete_method: HttpMethod | None = None
    """GET or POST for refer_complete_url; with GET the event travels as query parameters."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *children: SipUri | Custom,
            refer_complete_url: Url | None = None,
            refer_complete_method: HttpMethod | None = None,
            tag: TagText | None = None,
            extra_attributes: Mapping[str, str] | None = None,
        ) -> None: ...

    sip_uri = appends(SipUri)
    """Return a copy with this SipUri at the end."""

    def append(self, *children: SipUri | Custom) -> Self:
        """Return a copy with the children at the end.

        :raises ValidationError: for others.
        """
        return append(self, children)


@verb(content=Content("text", trim="trim"), blocking=False, page="tag")
class Tag(Verb):
    """Set the tag of the call without sending a webhook.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/tag
    """

    content: TagText = ""
    """The new tag, 256 characters at most after trimming; empty clears it."""
