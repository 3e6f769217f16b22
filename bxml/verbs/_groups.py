"""Attributes that several elements share, each declared once and inherited."""

from __future__ import annotations

from typing import Annotated

from bxml._element import Callback
from bxml._kinds import Default, Text
from bxml._record import group, positional_group
from bxml._types import (
    SDK_ONLY,
    DiversionReason,
    DiversionTreatment,
    FileFormat,
    HttpMethod,
    Password,
    TagText,
    Url,
    UserToUser,
)

LEG_CALLBACKS = (
    Callback.of("transferAnswer", prefix="transfer_answer", fallback=True, replies=True),
    Callback.of("transferDisconnect", prefix="transfer_disconnect"),
)
"""Webhooks of one leg of a Transfer."""


@group
class Tagged:
    """Elements that can set the tag of the call."""

    __slots__ = ()

    tag: TagText | None = None
    """Text echoed in this and every later webhook of the call until another tag replaces it, 256
    characters at most; an empty text clears it."""


@group
class Credentials:
    """Elements whose webhooks can carry Basic credentials."""

    __slots__ = ()

    username: str | None = None
    """Basic user name that the platform sends with the webhooks of this verb."""
    password: Password | None = None
    """Password that goes with username."""


@group
class FallbackCredentials:
    """Elements whose fallback URLs can have credentials of their own."""

    __slots__ = ()

    fallback_username: str | None = None
    """Basic user name for the fallback URLs."""
    fallback_password: Password | None = None
    """Password that goes with fallback_username."""


@group
class Diversion:
    """Elements that decide on Diversion headers."""

    __slots__ = ()

    diversion_treatment: Annotated[DiversionTreatment, Default("none")] | None = None
    """Diversion headers of the new leg: none sends none, propagate copies those received, stack
    copies them and adds one of its own. The platform assumes 'none'."""
    diversion_reason: Annotated[DiversionReason, Default("unknown")] | None = None
    """Reason in the added Diversion header; only with diversion_treatment "stack". The platform
    assumes 'unknown'."""


@group
class RecordingOutput:
    """The attributes of both recording verbs about the file and its text."""

    __slots__ = ()

    recording_available_url: Url | None = None
    """Receives recordingAvailable (in a conference conferenceRecordingAvailable) once the file
    can be fetched; the reply body is ignored."""
    recording_available_method: HttpMethod | None = None
    """GET or POST for recording_available_url; with GET the event travels as query parameters."""
    transcribe: Annotated[bool, Default(False)] | None = None
    """Turns the finished recording into text; it must be longer than half a second and shorter
    than 4 hours. The platform assumes False."""
    detect_language: Annotated[bool, Default(False)] | None = None
    """Finds out whether English, French or Spanish is spoken; needs transcribe. The platform
    assumes False."""
    transcription_available_url: Url | None = None
    """Receives transcriptionAvailable once the text is ready; needs transcribe. The reply body is
    ignored."""
    transcription_available_method: HttpMethod | None = None
    """GET or POST for transcription_available_url; with GET the event travels as query
    parameters."""
    file_format: Annotated[FileFormat, Default("wav")] | None = None
    """Format of the file. The platform assumes 'wav'."""
    recording_name: Annotated[str, SDK_ONLY] | None = None
    """Name that comes back in the metadata and the events of the recording."""


@group
class TransferLeg(Credentials, FallbackCredentials, Tagged):
    """One party to ring in a Transfer, with the webhooks of that leg."""

    __slots__ = ()

    transfer_answer_url: Url | None = None
    """Receives transferAnswer when this party picks up; the reply runs for that party alone
    before both are joined."""
    transfer_answer_method: HttpMethod | None = None
    """GET or POST for transfer_answer_url; with GET the event travels as query parameters."""
    transfer_answer_fallback_url: Url | None = None
    """Tried when transfer_answer_url cannot be delivered."""
    transfer_answer_fallback_method: HttpMethod | None = None
    """GET or POST for transfer_answer_fallback_url; with GET the event travels as query
    parameters."""
    transfer_disconnect_url: Url | None = None
    """Receives transferDisconnect when this leg ends, for whatever reason; the reply body is
    ignored and there is no fallback."""
    transfer_disconnect_method: HttpMethod | None = None
    """GET or POST for transfer_disconnect_url; with GET the event travels as query parameters."""
    uui: UserToUser | None = None
    """User-To-User header values, 350 characters at most in all; each ends in ;encoding=base64,
    jwt or hex."""


@positional_group
class Param:
    """A name and a value handed to a WebSocket destination."""

    __slots__ = ()

    name: Annotated[str, Text("a name of 1 to 256 characters", max_length=256, min_length=1)]
    """Name, 1 to 256 characters."""
    value: Annotated[str, Text("a text of at most 2048 characters", max_length=2048)]
    """Value, 2048 characters at most."""
