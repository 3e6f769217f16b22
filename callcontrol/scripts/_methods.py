"""The verbs of a call script, with the attributes of their elements.

Written by ``make constructors`` from the table of elements: without URLs, methods, fallbacks and
credentials, which the runtime sets.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar, overload

from bxml import (
    Custom,
    CustomParam,
    PhoneNumber,
    PlayAudio,
    SipUri,
    SpeakSentence,
    StreamParam,
    ssml,
)
from bxml._kinds import Number
from bxml._types import (
    CallerId,
    CallerIdOrEmpty,
    CallIdList,
    ConferenceName,
    Destination,
    DisplayName,
    DiversionReason,
    DiversionTreatment,
    DtmfKeys,
    DtmfSequence,
    FileFormat,
    GatherInput,
    Gender,
    Identifier,
    Locale,
    LocaleList,
    NonBlank,
    Password,
    StreamMode,
    TagText,
    Tracks,
    TranscriptionName,
    TranscriptionUrl,
    Url,
    UserToUser,
    WebSocketUrl,
)
from bxml.ssml import SpeechPiece
from callcontrol.events import (
    BridgeCompleteEvent,
    GatherEvent,
    RecordCompleteEvent,
    ReferCompleteEvent,
)
from callcontrol.scripts.asks import Whisper
from callcontrol.scripts.awaitables import Queued
from callcontrol.scripts.talk import Talk

T = TypeVar("T")


class CallMethods:
    """The verbs of a call."""

    __slots__ = ()

    if TYPE_CHECKING:

        def speak_sentence(
            self,
            *content: SpeechPiece | ssml.Fragment,
            voice: NonBlank | None = None,
            gender: Gender | None = None,
            locale: NonBlank | None = None,
            extra_attributes: Mapping[str, str] | None = None,
        ) -> Queued:
            """Say a text, which may hold SSML nodes from bxml.ssml."""
            ...

        def play_audio(
            self, audio_uri: Url, *, extra_attributes: Mapping[str, str] | None = None
        ) -> Queued:
            """Play a wav or mp3 file."""
            ...

        def pause(
            self,
            *,
            duration: Number | None = None,
            extra_attributes: Mapping[str, str] | None = None,
        ) -> Queued:
            """Wait in silence."""
            ...

        def ring(
            self,
            *,
            duration: Number | None = None,
            answer_call: bool | None = None,
            extra_attributes: Mapping[str, str] | None = None,
        ) -> Queued:
            """Play ringback to the call."""
            ...

        def send_dtmf(
            self,
            digits: DtmfSequence,
            *,
            tone_duration: Number | None = None,
            tone_interval: Number | None = None,
            extra_attributes: Mapping[str, str] | None = None,
        ) -> Queued:
            """Play DTMF tones to the far end."""
            ...

        def tag(
            self, content: TagText, *, extra_attributes: Mapping[str, str] | None = None
        ) -> Queued:
            """Set the tag of the call without sending a webhook."""
            ...

        def start_gather(
            self, *, tag: TagText | None = None, extra_attributes: Mapping[str, str] | None = None
        ) -> Queued:
            """Report keys in the background while other verbs run, in conferences and transfers too."""
            ...

        def stop_gather(self, *, extra_attributes: Mapping[str, str] | None = None) -> Queued:
            """End the key reports that StartGather began."""
            ...

        def start_recording(
            self,
            *,
            multi_channel: bool | None = None,
            transcribe: bool | None = None,
            detect_language: bool | None = None,
            file_format: FileFormat | None = None,
            recording_name: str | None = None,
            tag: TagText | None = None,
            extra_attributes: Mapping[str, str] | None = None,
        ) -> Queued:
            """Record both sides of the call, or a whole conference, in the background."""
            ...

        def pause_recording(self, *, extra_attributes: Mapping[str, str] | None = None) -> Queued:
            """Pause the recording that StartRecording began; paused time is neither kept nor billed."""
            ...

        def resume_recording(self, *, extra_attributes: Mapping[str, str] | None = None) -> Queued:
            """Go on with a paused recording."""
            ...

        def stop_recording(self, *, extra_attributes: Mapping[str, str] | None = None) -> Queued:
            """Stop the recording that StartRecording began, paused or not."""
            ...

        def start_stream(
            self,
            *children: StreamParam | Custom,
            name: str | None = None,
            mode: StreamMode | None = None,
            tracks: Tracks | None = None,
            destination: WebSocketUrl,
            destination_username: str | None = None,
            destination_password: Password | None = None,
            extra_attributes: Mapping[str, str] | None = None,
        ) -> Queued:
            """Send the audio of the call to a WebSocket in the background."""
            ...

        def stop_stream(
            self,
            name: NonBlank,
            *,
            wait: bool | None = None,
            extra_attributes: Mapping[str, str] | None = None,
        ) -> Queued:
            """Stop a named stream, or wait for its end."""
            ...

        def start_transcription(
            self,
            *children: CustomParam | Custom,
            name: TranscriptionName | None = None,
            tracks: Tracks | None = None,
            destination: TranscriptionUrl | None = None,
            stabilized: bool | None = None,
            detect_language: bool | None = None,
            preferred_languages: LocaleList | None = None,
            extra_attributes: Mapping[str, str] | None = None,
        ) -> Queued:
            """Turn the call into text in real time, in the background."""
            ...

        def stop_transcription(
            self, *, name: NonBlank | None = None, extra_attributes: Mapping[str, str] | None = None
        ) -> Queued:
            """Stop one real-time transcription, or all of the call."""
            ...

        @overload
        def gather(
            self,
            *children: SpeakSentence | PlayAudio | Custom,
            terminating_digits: DtmfKeys | None = None,
            max_digits: int | None = None,
            inter_digit_timeout: Number | None = None,
            first_digit_timeout: Number | None = None,
            repeat_count: int | None = None,
            input_: GatherInput | None = None,
            hints: str | None = None,
            language: Locale | None = None,
            profanity_filter: bool | None = None,
            speech_model: str | None = None,
            speech_timeout: int | None = None,
            tag: TagText | None = None,
            extra_attributes: Mapping[str, str] | None = None,
        ) -> Coroutine[Any, Any, GatherEvent]: ...

        @overload
        def gather(
            self,
            *children: SpeakSentence | PlayAudio | Custom,
            secret: Literal[True],
            then: Callable[[str], T],
            terminating_digits: DtmfKeys | None = None,
            max_digits: int | None = None,
            inter_digit_timeout: Number | None = None,
            first_digit_timeout: Number | None = None,
            repeat_count: int | None = None,
            input_: GatherInput | None = None,
            hints: str | None = None,
            language: Locale | None = None,
            profanity_filter: bool | None = None,
            speech_model: str | None = None,
            speech_timeout: int | None = None,
            tag: TagText | None = None,
            extra_attributes: Mapping[str, str] | None = None,
        ) -> Coroutine[Any, Any, T]: ...

        def gather(self, *children: Any, **values: Any) -> Any:
            """See the element."""
            ...

        def record(
            self,
            *,
            terminating_digits: DtmfKeys | None = None,
            max_duration: int | None = None,
            silence_timeout: Number | None = None,
            transcribe: bool | None = None,
            detect_language: bool | None = None,
            file_format: FileFormat | None = None,
            recording_name: str | None = None,
            tag: TagText | None = None,
            extra_attributes: Mapping[str, str] | None = None,
        ) -> Coroutine[Any, Any, RecordCompleteEvent]:
            """Record the caller while nothing else runs, as voicemail does."""
            ...

        def bridge(
            self,
            target_call: Identifier,
            *,
            tag: TagText | None = None,
            extra_attributes: Mapping[str, str] | None = None,
        ) -> Coroutine[Any, Any, BridgeCompleteEvent]:
            """Join another live call to this one; whatever the target was running is dropped."""
            ...

        def refer(
            self,
            *children: SipUri | Custom,
            tag: TagText | None = None,
            extra_attributes: Mapping[str, str] | None = None,
        ) -> Coroutine[Any, Any, ReferCompleteEvent]:
            """Make the caller's own SIP endpoint call another destination (SIP REFER)."""
            ...

        @overload
        def transfer(
            self,
            *children: PhoneNumber | SipUri | Custom,
            transfer_caller_id: CallerIdOrEmpty | None = None,
            privacy: bool | None = None,
            transfer_caller_display_name: DisplayName | None = None,
            call_timeout: Number | None = None,
            diversion_treatment: DiversionTreatment | None = None,
            diversion_reason: DiversionReason | None = None,
            tag: TagText | None = None,
            extra_attributes: Mapping[str, str] | None = None,
        ) -> Coroutine[Any, Any, Talk[None]]: ...

        @overload
        def transfer(
            self,
            *children: PhoneNumber | SipUri | Custom,
            answered: Whisper[T],
            transfer_caller_id: CallerIdOrEmpty | None = None,
            privacy: bool | None = None,
            transfer_caller_display_name: DisplayName | None = None,
            call_timeout: Number | None = None,
            diversion_treatment: DiversionTreatment | None = None,
            diversion_reason: DiversionReason | None = None,
            tag: TagText | None = None,
            extra_attributes: Mapping[str, str] | None = None,
        ) -> Coroutine[Any, Any, Talk[T]]: ...

        def transfer(self, *children: Any, **values: Any) -> Any:
            """See the element."""
            ...

        def conference(
            self,
            name: ConferenceName,
            *,
            mute: bool | None = None,
            hold: bool | None = None,
            call_ids_to_coach: CallIdList | None = None,
            callback_timeout: Number | None = None,
            tag: TagText | None = None,
            extra_attributes: Mapping[str, str] | None = None,
        ) -> Coroutine[Any, Any, None]:
            """Put the call into a named conference, which the first member creates."""
            ...

        def forward(
            self,
            to: Destination,
            *,
            from_: CallerId | None = None,
            privacy: bool | None = None,
            caller_display_name: DisplayName | None = None,
            call_timeout: Number | None = None,
            uui: UserToUser | None = None,
            diversion_treatment: DiversionTreatment | None = None,
            diversion_reason: DiversionReason | None = None,
            extra_attributes: Mapping[str, str] | None = None,
        ) -> Coroutine[Any, Any, NoReturn]:
            """Hand an inbound call that is not answered yet to another destination."""
            ...
