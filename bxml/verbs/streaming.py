"""Verbs that send audio and text to a WebSocket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Self

from bxml._element import Callback, Content
from bxml._escape_hatch import Custom
from bxml._kinds import Default
from bxml._record import KW_ONLY
from bxml._types import (
    SDK_ONLY,
    HttpMethod,
    LocaleList,
    NonBlank,
    Password,
    StreamMode,
    Tracks,
    TranscriptionName,
    TranscriptionUrl,
    Url,
    WebSocketUrl,
)
from bxml._verb import Noun, Verb, append, appends, verb
from bxml.verbs._groups import Credentials, Param


@verb(kind="noun", parents=("StartStream",), page="startStream")
class StreamParam(Param, Noun):
    """A name and a value in the start message of StartStream.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/startStream
    """


@verb(
    content=Content("children", minimum=0, maximum=12),
    callbacks=(
        Callback.of(
            "mediaStreamStarted",
            "mediaStreamRejected",
            "mediaStreamStopped",
            prefix="stream_event",
            https_rule="start-stream-credentials-need-https",
        ),
    ),
    blocking=False,
    page="startStream",
)
class StartStream(Credentials, Verb):
    """Send the audio of the call to a WebSocket in the background.

    It answers a call and runs until StopStream, the end of the call, or until your server closes
    the socket. At most 4 tracks per call. As the last verb it makes the call end at once. The sound
    is PCMU at 8 kHz; what you send back may also be PCM at 8, 16 or 24 kHz.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/startStream
    """

    children: tuple[StreamParam | Custom, ...]
    """Names and values for the start message, 12 at most: the platform refuses the whole document
    for more."""
    _: KW_ONLY
    name: str | None = None
    """Name for StopStream and the events, unique among the streams of the call; the platform
    makes one up when not set."""
    mode: Annotated[StreamMode, Default("unidirectional")] | None = None
    """One-way audio to the destination, or both ways. The platform assumes 'unidirectional'."""
    tracks: Annotated[Tracks, Default("inbound")] | None = None
    """Audio to send, seen from the platform: inbound is what the call says, outbound is what the
    call hears. The platform assumes 'inbound'."""
    destination: WebSocketUrl
    """ws:// or wss:// URI that receives the audio, never relative."""
    destination_username: str | None = None
    """User name for the Authorization header of the WebSocket handshake."""
    destination_password: Password | None = None
    """Password that goes with destination_username."""
    stream_event_url: Url | None = None
    """Receives mediaStreamStarted, mediaStreamRejected and mediaStreamStopped; the reply body is
    ignored."""
    stream_event_method: HttpMethod | None = None
    """GET or POST for stream_event_url; with GET the event travels as query parameters."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *children: StreamParam | Custom,
            name: str | None = None,
            mode: StreamMode | None = None,
            tracks: Tracks | None = None,
            destination: WebSocketUrl,
            destination_username: str | None = None,
            destination_password: Password | None = None,
            stream_event_url: Url | None = None,
            stream_event_method: HttpMethod | None = None,
            username: str | None = None,
            password: Password | None = None,
            extra_attributes: Mapping[str, str] | None = None,
        ) -> None: ...

    stream_param = appends(StreamParam)
    """Return a copy with this StreamParam at the end."""

    def append(self, *children: StreamParam | Custom) -> Self:
        """Return a copy with the children at the end.

        :raises ValidationError: for others.
        """
        return append(self, children)


@verb(blocking="only with wait=True", page="stopStream")
class StopStream(Verb):
    """Stop a named stream, or wait for its end.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/stopStream
    """

    name: NonBlank
    """Name given to StartStream, or the one that mediaStreamStarted reported."""
    _: KW_ONLY
    wait: Annotated[bool, Default(False)] | None = None
    """Waits here until the WebSocket closes instead of closing it. The platform assumes False."""


@verb(kind="noun", parents=("StartTranscription",), page="startTranscription")
class CustomParam(Param, Noun):
    """A name and a value in the start message of StartTranscription.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/startTranscription
    """


@verb(
    content=Content("children", minimum=0, maximum=12),
    callbacks=(
        Callback.of(
            "realTimeTranscriptionStarted",
            "realTimeTranscriptionRejected",
            "realTimeTranscriptionStopped",
            "realTimeTranscriptionAvailable",
            prefix="transcription_event",
            https_rule="start-transcription-credentials-need-https",
        ),
    ),
    blocking=False,
    page="startTranscription",
)
class StartTranscription(Credentials, Verb):
    """Turn the call into text in real time, in the background.

    At most 4 tracks per call. Separate from transcribe on the recording verbs.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/startTranscription
    """

    children: tuple[CustomParam | Custom, ...]
    """Names and values for the start message, 12 at most."""
    _: KW_ONLY
    name: TranscriptionName | None = None
    """Name for StopTranscription and the events: letters, digits, underscore and dash, 255 at
    most, unique among those running."""
    tracks: Annotated[Tracks, Default("inbound")] | None = None
    """Audio to send, seen from the platform: inbound is what the call says, outbound is what the
    call hears. The platform assumes 'inbound'."""
    transcription_event_url: Url | None = None
    """Receives the realTimeTranscription events; the reply body is ignored."""
    transcription_event_method: HttpMethod | None = None
    """GET or POST for transcription_event_url; with GET the event travels as query parameters."""
    destination: TranscriptionUrl | None = None
    """ws:// or wss:// URI that receives live updates, never relative."""
    stabilized: Annotated[bool, Default(True)] | None = None
    """Sends only updates that no longer change; needs destination. The platform assumes True."""
    detect_language: Annotated[bool, Default(False), SDK_ONLY] | None = None
    """Finds out the language instead of assuming English. The platform assumes False."""
    preferred_languages: Annotated[LocaleList, Default("en-US"), SDK_ONLY] | None = None
    """Language tags separated by commas, one per language; only without detect_language. The
    platform assumes 'en-US'."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *children: CustomParam | Custom,
            name: TranscriptionName | None = None,
            tracks: Tracks | None = None,
            transcription_event_url: Url | None = None,
            transcription_event_method: HttpMethod | None = None,
            destination: TranscriptionUrl | None = None,
            stabilized: bool | None = None,
            detect_language: bool | None = None,
            preferred_languages: LocaleList | None = None,
            username: str | None = None,
            password: Password | None = None,
            extra_attributes: Mapping[str, str] | None = None,
        ) -> None: ...

    custom_param = appends(CustomParam)
    """Return a copy with this CustomParam at the end."""

    def append(self, *children: CustomParam | Custom) -> Self:
        """Return a copy with the children at the end.

        :raises ValidationError: for others.
        """
        return append(self, children)


@verb(blocking=False, page="stopTranscription")
class StopTranscription(Verb):
    """Stop one real-time transcription, or all of the call.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/stopTranscription
    """

    _: KW_ONLY
    name: NonBlank | None = None
    """Name of the one to stop; when not set, all real-time transcriptions of the call stop."""
