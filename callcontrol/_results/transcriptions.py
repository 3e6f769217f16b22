"""Real-time transcriptions of calls, and statistics of the account."""

from typing import Annotated

from callcontrol._wire.fields import record
from callcontrol._wire.json import NOTHING
from callcontrol._wire.replies import Account, Extra, ListOf, PlatformReply, ReadId


@record
class ListedTranscription(PlatformReply):
    """A transcription made with StartTranscription, without its text."""

    transcription_id: ReadId
    """Empty only if the platform left it out."""
    transcription_name: str | None = None
    transcription_url: str | None = None
    extra: Extra = NOTHING
    """Fields unknown to this release, by wire name."""


@record
class TranscribedTrack(PlatformReply):
    """The text of one side of a call."""

    track: str | None = None
    """``inbound`` or ``outbound``."""
    transcript: str | None = None
    confidence: float | None = None
    """From 0 to 1."""
    detected_language: str | None = None
    """Such as ``en-US``."""
    extra: Extra = NOTHING
    """Fields unknown to this release, by wire name."""


@record
class CallTranscript(PlatformReply):
    """The text of a transcription made with StartTranscription."""

    transcription_id: ReadId
    """Empty only if the platform left it out."""
    call_id: str | None = None
    account_id: Account = None
    tracks: Annotated[tuple[TranscribedTrack, ...] | None, ListOf(TranscribedTrack)] = None
    extra: Extra = NOTHING
    """Fields unknown to this release, by wire name."""


@record
class AccountStatistics(PlatformReply):
    """The queue of outbound calls."""

    current_call_queue_size: int | None = None
    """Calls that wait to be dialled."""
    max_call_queue_size: int | None = None
    """Calls that may wait; ``create_call`` is refused beyond."""
    extra: Extra = NOTHING
    """Fields unknown to this release, by wire name."""
