"""Events of recordings of a call and of their transcriptions."""

from datetime import datetime, timedelta
from typing import Literal

from callcontrol._frozen import field, group
from callcontrol._wire.fields import Always, record
from callcontrol._wire.records import Detail
from callcontrol.events._base import Answered, BLeg, CallEvent, Placed, webhook


@group
class RecordingFields:
    """Fields of every event about a recording."""

    __slots__ = ()

    end_time: Always[datetime] = None
    """When the recording ended."""
    duration: Always[timedelta] = None
    """Length of the recording."""
    recording_id: str
    """Id of the recording."""
    media_url: Always[str] = None
    """Address of the audio file; the download needs API credentials."""
    file_format: Always[str] = None
    """wav or mp3."""
    recording_name: str | None = None
    """Name from the verb; documented for REST only, so it may never be sent here."""
    detected_language: str | None = None
    """Detected language, such as en-US, if the verb enables detection; documented for REST only,
    so it may never be sent here."""


@record
class Transcription(Detail):
    """The transcription of a recording: its status and address."""

    id: Always[str] = None
    """Id of the transcription."""
    url: Always[str] = None
    """Address of the text."""
    status: Always[str] = None
    """none, processing, available, error, timeout, file-size-too-big or file-size-too-small."""
    completed_time: Always[datetime] = None
    """When the transcription was finished."""
    detected_language: str | None = None
    """Detected language, in bodies that contain it here."""


@webhook
class RecordCompleteEvent(BLeg, RecordingFields, Answered, Placed, CallEvent):
    """A Record verb has ended and the call is still up.

    The vendor's OpenAPI file spells the kind ``recordingComplete``; both spellings are read. The
    audio can be downloaded only after recordingAvailable. The reply is BXML and runs on the leg
    that ran the Record.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks/recordComplete
    """

    can_reply_with_bxml = True
    event_type: Literal["recordComplete"] = field(default="recordComplete", init=False)
    start_time: Always[datetime] = None
    """When the recording started."""
    channels: Always[int] = None
    """1 or 2."""


@webhook
class RecordingAvailableEvent(BLeg, RecordingFields, Placed, CallEvent):
    """A recording of a call can be downloaded, seconds to minutes after it ended.

    May be sent after the call. The reply is ignored.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks/recordingAvailable
    """

    event_type: Literal["recordingAvailable"] = field(default="recordingAvailable", init=False)
    start_time: Always[datetime] = None
    """When the recording started."""
    channels: Always[int] = None
    """1 or 2."""
    status: Always[str] = None
    """complete, partial (with gaps) or error; processing and deleted are possible."""


@webhook
class TranscriptionAvailableEvent(BLeg, RecordingFields, Placed, CallEvent):
    """The transcription of a recording is ready or has failed.

    ``transcription.status`` is the outcome. Recordings of half a second or less, of four hours or
    more, and of conferences are not transcribed. The reply is ignored.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks/transcriptionAvailable
    """

    event_type: Literal["transcriptionAvailable"] = field(
        default="transcriptionAvailable", init=False
    )
    start_time: Always[datetime] = None
    """When the recording started."""
    transcription: Transcription
    """Outcome and address."""
