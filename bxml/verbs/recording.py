"""Verbs that record."""

from __future__ import annotations

from typing import Annotated

from bxml._element import Callback, Ends
from bxml._kinds import Default, Number, Range
from bxml._record import KW_ONLY
from bxml._types import DtmfKeys, HttpMethod, Url
from bxml._verb import Verb, verb
from bxml.verbs._groups import Credentials, FallbackCredentials, RecordingOutput, Tagged


@verb(
    callbacks=(
        Callback.of(
            "recordComplete",
            prefix="record_complete",
            fallback=True,
            replies=True,
            https_rule="record-credentials-need-https",
        ),
        Callback.of(
            "recordingAvailable",
            prefix="recording_available",
            https_rule="record-credentials-need-https",
        ),
        Callback.of(
            "transcriptionAvailable",
            prefix="transcription_available",
            https_rule="record-credentials-need-https",
        ),
    ),
    ends=Ends("if-attribute", "record_complete_url"),
    page="record",
)
class Record(RecordingOutput, Credentials, FallbackCredentials, Tagged, Verb):
    """Record the caller while nothing else runs, as voicemail does.

    Recordings are kept 30 days. With credentials, absolute webhook URLs must be https.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/record
    """

    _: KW_ONLY
    record_complete_url: Url | None = None
    """Receives recordComplete when recording stops while the caller is still there; the reply
    runs next and later verbs never run."""
    record_complete_method: HttpMethod | None = None
    """GET or POST for record_complete_url; with GET the event travels as query parameters."""
    record_complete_fallback_url: Url | None = None
    """Tried when record_complete_url cannot be delivered."""
    record_complete_fallback_method: HttpMethod | None = None
    """GET or POST for record_complete_fallback_url; with GET the event travels as query
    parameters."""
    terminating_digits: Annotated[DtmfKeys, Default("#")] | None = None
    """Keys that stop the recording; none when empty. The platform assumes '#'."""
    max_duration: Annotated[int, Range(1, 10800, "seconds"), Default(60)] | None = None
    """Longest recording in seconds, 1 to 10800. The platform assumes 60."""
    silence_timeout: Annotated[Number, Range(0, 10800, "seconds"), Default(0)] | None = None
    """Seconds of silence that stop the recording, 0 to 10800; 0 never does. The platform assumes
    0."""


@verb(
    callbacks=(
        Callback.of(
            "recordingAvailable",
            prefix="recording_available",
            https_rule="start-recording-credentials-need-https",
        ),
        Callback.of(
            "transcriptionAvailable",
            prefix="transcription_available",
            https_rule="start-recording-credentials-need-https",
        ),
    ),
    blocking=False,
    page="startRecording",
)
class StartRecording(RecordingOutput, Credentials, Tagged, Verb):
    """Record both sides of the call, or a whole conference, in the background.

    One recording at a time. With credentials, absolute webhook URLs must be https.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/startRecording
    """

    _: KW_ONLY
    multi_channel: Annotated[bool, Default(False)] | None = None
    """Records two channels: the caller on the left, what the platform or the other party says on
    the right. No effect in a conference. The platform assumes False."""


@verb(blocking=False, page="pauseRecording")
class PauseRecording(Verb):
    """Pause the recording that StartRecording began; paused time is neither kept nor billed.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/pauseRecording
    """


@verb(blocking=False, page="resumeRecording")
class ResumeRecording(Verb):
    """Go on with a paused recording.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/resumeRecording
    """


@verb(blocking=False, page="stopRecording")
class StopRecording(Verb):
    """Stop the recording that StartRecording began, paused or not.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/stopRecording
    """
