"""Verbs that bring in another party by phone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Self

from bxml._element import Callback, Content, Ends
from bxml._escape_hatch import Custom
from bxml._kinds import Default, Number, Range
from bxml._record import KW_ONLY
from bxml._types import (
    CallerIdOrEmpty,
    DisplayName,
    DiversionReason,
    DiversionTreatment,
    HttpMethod,
    Password,
    PhoneNumberText,
    TagText,
    Url,
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
from bxml.verbs.flow import SipUri


@verb(
    content=Content("text"),
    kind="noun",
    parents=("Transfer",),
    callbacks=LEG_CALLBACKS,
    page="transfer",
)
class PhoneNumber(TransferLeg, Noun):
    """A phone number to ring in a Transfer.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/transfer
    """

    number: PhoneNumberText
    """E.164 number to ring."""


@verb(
    content=Content("children", minimum=1, maximum=8),
    callbacks=(
        Callback.of("transferComplete", prefix="transfer_complete", fallback=True, replies=True),
    ),
    ends=Ends("if-attribute", "transfer_complete_url"),
    page="transfer",
)
class Transfer(Diversion, Credentials, FallbackCredentials, Tagged, Verb):
    """Ring up to eight destinations at once and join the first that answers to this call.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/transfer
    """

    children: tuple[PhoneNumber | SipUri | Custom, ...]
    """Destinations that ring at the same time, 1 to 8; the first to answer wins."""
    _: KW_ONLY
    transfer_caller_id: CallerIdOrEmpty | None = None
    """Caller id of the new leg; the remote number when not set or empty. The four privacy words
    are the older way to hide it."""
    privacy: Annotated[bool, Default(False)] | None = None
    """Hides the calling number from the called party. The platform assumes False."""
    transfer_caller_display_name: DisplayName | None = None
    """Name shown to the called party, 256 characters at most, without control characters; one of
    the four privacy words when privacy is set."""
    call_timeout: Annotated[Number, Range(1, 300, "seconds"), Default(30)] | None = None
    """Seconds that the far end may ring, 1 to 300. A leg that does not begin to ring within 30 s
    is dropped in any case. The platform assumes 30."""
    transfer_complete_url: Url | None = None
    """Receives transferComplete when the called party leaves or no party could be reached while
    this call is still up; the reply runs on this call and later verbs never run."""
    transfer_complete_method: HttpMethod | None = None
    """GET or POST for transfer_complete_url; with GET the event travels as query parameters."""
    transfer_complete_fallback_url: Url | None = None
    """Tried when transfer_complete_url cannot be delivered."""
    transfer_complete_fallback_method: HttpMethod | None = None
    """GET or POST for transfer_complete_fallback_url; with GET the event travels as query
    parameters."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *children: PhoneNumber | SipUri | Custom,
            transfer_caller_id: CallerIdOrEmpty | None = None,
            privacy: bool | None = None,
            transfer_caller_display_name: DisplayName | None = None,
            call_timeout: Number | None = None,
            transfer_complete_url: Url | None = None,
            transfer_complete_method: HttpMethod | None = None,
            transfer_complete_fallback_url: Url | None = None,
            transfer_complete_fallback_method: HttpMethod | None = None,
            diversion_treatment: DiversionTreatment | None = None,
            diversion_reason: DiversionReason | None = None,
            username: str | None = None,
            password: Password | None = None,
            fallback_username: str | None = None,
            fallback_password: Password | None = None,
            tag: TagText | None = None,
            extra_attributes: Mapping[str, str] | None = None,
        ) -> None: ...

    phone_number = appends(PhoneNumber)
    """Return a copy with this PhoneNumber at the end."""
    sip_uri = appends(SipUri)
    """Return a copy with this SipUri at the end."""

    def append(self, *children: PhoneNumber | SipUri | Custom) -> Self:
        """Return a copy with the children at the end.

        :raises ValidationError: for others.
        """
        return append(self, children)
