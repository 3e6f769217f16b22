"""Events of media streams and of real-time transcriptions; documented outside the OpenAPI file."""

from dataclasses import field
from datetime import datetime, timedelta
from typing import Annotated, Literal

from callcontrol._wire.fields import Alias, Always, group, record
from callcontrol._wire.records import Detail
from callcontrol.events._base import Answered, CallEvent, Placed, webhook

__all__ = [
    "MediaStream",
    "MediaStreamRejectedEvent",
    "MediaStreamStartedEvent",
    "MediaStreamStoppedEvent",
    "RealTimeTranscription",
    "RealTimeTranscriptionAvailableEvent",
    "RealTimeTranscriptionRejectedEvent",
    "RealTimeTranscriptionStartedEvent",
    "RealTimeTranscriptionStoppedEvent",
]


@record
class MediaStream(Detail):
    """A stream that StartStream opened or tried to open."""

    id: Always[str] = None
    """Id of the stream."""
    name: Always[str] = None
    """Name from the verb, or one that the platform made."""
    destination: Always[str] = None
    """Address of the websocket."""
    start_time: Always[datetime] = None
    """When the stream started."""
    tracks: Always[tuple[str, ...]] = None
    """Sides of the call in the stream: inbound, outbound or both."""
    type: Always[str] = None
    """WebSocket."""
    duration: timedelta | None = None
    """Length of the stream; on mediaStreamStopped only."""


@record
class RealTimeTranscription(Detail):
    """A transcription that StartTranscription started or tried to start."""

    id: Always[str] = None
    """Id of the transcription."""
    name: Always[str] = None
    """Name from the verb, or one that the platform made."""
    start_time: Always[datetime] = None
    """When the transcription started."""
    tracks: Always[tuple[str, ...]] = None
    """Sides of the call that are transcribed: inbound, outbound or both."""
    destination: str | None = None
    """Address of the websocket; None if the verb has none."""
    stabilized: bool | None = None
    """Whether only final words are sent; None if the verb has no destination. Travels as text."""
    duration: timedelta | None = None
    """Length; on realTimeTranscriptionStopped only."""
    status: str | None = None
    """available or failed; on realTimeTranscriptionAvailable only."""
    url: str | None = None
    """Address of the text; on realTimeTranscriptionAvailable only."""
    completed_time: datetime | None = None
    """When the text was finished; on realTimeTranscriptionAvailable only."""


@group
class RejectionFields:
    """Fields that say why something did not start."""

    __slots__ = ()

    cause: Always[str] = None
    """connection-error, duplicate, error or track-limit."""
    error_message: Always[str] = None
    """Text for people."""


@group
class Stopped:
    """Fields that say why something stopped."""

    __slots__ = ()

    cause: Always[str] = None
    """closed, connection-error or error."""
    error_message: str | None = None
    """Text for people; None if the cause is closed."""


@group
class Streamed:
    """The stream that an event is about."""

    __slots__ = ()

    media_stream: MediaStream
    """The stream."""


@group
class Transcribed:
    """The transcription that an event is about."""

    __slots__ = ()

    # Some samples of the vendor have the shorter name.
    real_time_transcription: Annotated[RealTimeTranscription, Alias("transcription")]
    """The transcription."""


@webhook
class MediaStreamStartedEvent(Streamed, Answered, Placed, CallEvent):
    """The websocket of a StartStream is up.

    The reply is ignored.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks/mediaStreamStarted
    """

    event_type: Literal["mediaStreamStarted"] = field(default="mediaStreamStarted", init=False)


@webhook
class MediaStreamRejectedEvent(Streamed, RejectionFields, Answered, Placed, CallEvent):
    """A StartStream could not start.

    The reply is ignored.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks/mediaStreamRejected
    """

    event_type: Literal["mediaStreamRejected"] = field(default="mediaStreamRejected", init=False)
    original_media_stream: MediaStream | None = None
    """The stream that has the name already; with cause duplicate only."""


@webhook
class MediaStreamStoppedEvent(Streamed, Stopped, Answered, Placed, CallEvent):
    """A stream has stopped: StopStream, the end of the call, or a lost connection.

    The reply is ignored.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks/mediaStreamStopped
    """

    event_type: Literal["mediaStreamStopped"] = field(default="mediaStreamStopped", init=False)


@webhook
class RealTimeTranscriptionStartedEvent(Transcribed, Answered, Placed, CallEvent):
    """A StartTranscription with a destination has started.

    The reply is ignored.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks/realTimeTranscriptionStarted
    """

    event_type: Literal["realTimeTranscriptionStarted"] = field(
        default="realTimeTranscriptionStarted", init=False
    )


@webhook
class RealTimeTranscriptionRejectedEvent(Transcribed, RejectionFields, Answered, Placed, CallEvent):
    """A StartTranscription could not start.

    The reply is ignored.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks/realTimeTranscriptionRejected
    """

    event_type: Literal["realTimeTranscriptionRejected"] = field(
        default="realTimeTranscriptionRejected", init=False
    )
    original_transcription: RealTimeTranscription | None = None
    """The transcription that has the name already; with cause duplicate only."""


@webhook
class RealTimeTranscriptionStoppedEvent(Transcribed, Stopped, Answered, Placed, CallEvent):
    """A real-time transcription has stopped: StopTranscription, the end of the call, or a failure.

    The reply is ignored.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks/realTimeTranscriptionStopped
    """

    event_type: Literal["realTimeTranscriptionStopped"] = field(
        default="realTimeTranscriptionStopped", init=False
    )


@webhook
class RealTimeTranscriptionAvailableEvent(Transcribed, Answered, Placed, CallEvent):
    """The finished text of a real-time transcription can be downloaded.

    The reply is ignored.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/webhooks/realTimeTranscriptionAvailable
    """

    event_type: Literal["realTimeTranscriptionAvailable"] = field(
        default="realTimeTranscriptionAvailable", init=False
    )
