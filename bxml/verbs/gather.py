"""Verbs that collect keys and speech."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Self

from bxml._element import Callback, Content, Ends
from bxml._escape_hatch import Custom
from bxml._kinds import Default, Number, Range
from bxml._record import KW_ONLY
from bxml._types import SDK_ONLY, DtmfKeys, GatherInput, HttpMethod, Locale, Password, TagText, Url
from bxml._verb import Verb, append, appends, verb
from bxml.verbs._groups import Credentials, FallbackCredentials, Tagged
from bxml.verbs.audio import PlayAudio, SpeakSentence


@verb(
    content=Content("children", minimum=0, maximum=20),
    callbacks=(
        Callback.of("gather", prefix="gather", fallback=True, replies=True),
        Callback(
            ("partialGather",),
            "partial_result_callback",
            "partial_result_callback_method",
            username=None,
            password=None,
        ),
    ),
    ends=Ends("if-attribute", "gather_url"),
    page="gather",
)
class Gather(Credentials, FallbackCredentials, Tagged, Verb):
    """Collect key presses or speech, with prompts that stop as soon as the caller starts.

    It ends at a terminating key, after max_digits keys, inter_digit_timeout seconds after a key, or
    first_digit_timeout seconds after the last prompt.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/gather
    """

    children: tuple[SpeakSentence | PlayAudio | Custom, ...]
    """Prompts, played in order until the caller starts; 20 at most."""
    _: KW_ONLY
    gather_url: Url | None = None
    """Receives gather with the keys or words; the reply runs next and later verbs never run. When
    not set, the input is dropped and the next verb runs."""
    gather_method: HttpMethod | None = None
    """GET or POST for gather_url; with GET the event travels as query parameters."""
    gather_fallback_url: Url | None = None
    """Tried when gather_url cannot be delivered."""
    gather_fallback_method: HttpMethod | None = None
    """GET or POST for gather_fallback_url; with GET the event travels as query parameters."""
    terminating_digits: Annotated[DtmfKeys, Default("")] | None = None
    """Keys that end the input; none when empty."""
    max_digits: Annotated[int, Range(1, 50, "digits"), Default(50)] | None = None
    """Keys after which the input ends, 1 to 50. The platform assumes 50."""
    inter_digit_timeout: Annotated[Number, Range(1, 60, "seconds"), Default(5)] | None = None
    """Longest wait between two keys in seconds, 1 to 60. The platform assumes 5."""
    first_digit_timeout: Annotated[Number, Range(0, 60, "seconds"), Default(5)] | None = None
    """Wait for the first key after the prompts in seconds, 0 to 60; also the gap between
    repetitions. The platform assumes 5."""
    repeat_count: Annotated[int, Range(1, None, "times"), Default(1)] | None = None
    """How often the prompts play while no key is pressed, 1 or more. Times the number of
    prompts it may not exceed 20. The platform assumes 1."""
    input_: Annotated[GatherInput, Default("dtmf")] | None = None
    """Collect keys, speech or both. The platform assumes 'dtmf'."""
    hints: Annotated[str, SDK_ONLY] | None = None
    """Words and phrases that help the recogniser."""
    language: Annotated[Locale, SDK_ONLY] | None = None
    """Language tag of the speech, such as en-US."""
    partial_result_callback: Url | None = None
    """Receives partialgather while the caller speaks."""
    partial_result_callback_method: Annotated[HttpMethod, SDK_ONLY] | None = None
    """GET or POST for partial_result_callback; with GET the event travels as query parameters."""
    profanity_filter: Annotated[bool, Default(True), SDK_ONLY] | None = None
    """Masks profane words. The platform assumes True."""
    speech_model: Annotated[str, SDK_ONLY] | None = None
    """Name of the recogniser model."""
    speech_timeout: Annotated[int, Range(0, None, "seconds"), Default(5), SDK_ONLY] | None = None
    """Seconds to wait for speech, 0 or more. The platform assumes 5."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *children: SpeakSentence | PlayAudio | Custom,
            gather_url: Url | None = None,
            gather_method: HttpMethod | None = None,
            gather_fallback_url: Url | None = None,
            gather_fallback_method: HttpMethod | None = None,
            terminating_digits: DtmfKeys | None = None,
            max_digits: int | None = None,
            inter_digit_timeout: Number | None = None,
            first_digit_timeout: Number | None = None,
            repeat_count: int | None = None,
            input_: GatherInput | None = None,
            hints: str | None = None,
            language: Locale | None = None,
            partial_result_callback: Url | None = None,
            partial_result_callback_method: HttpMethod | None = None,
            profanity_filter: bool | None = None,
            speech_model: str | None = None,
            speech_timeout: int | None = None,
            username: str | None = None,
            password: Password | None = None,
            fallback_username: str | None = None,
            fallback_password: Password | None = None,
            tag: TagText | None = None,
            extra_attributes: Mapping[str, str] | None = None,
        ) -> None: ...

    speak_sentence = appends(SpeakSentence)
    """Return a copy with this SpeakSentence at the end."""
    play_audio = appends(PlayAudio)
    """Return a copy with this PlayAudio at the end."""

    def append(self, *children: SpeakSentence | PlayAudio | Custom) -> Self:
        """Return a copy with the children at the end.

        :raises ValidationError: for others.
        """
        return append(self, children)


@verb(callbacks=(Callback.of("dtmf", prefix="dtmf"),), blocking=False, page="startGather")
class StartGather(Credentials, Tagged, Verb):
    """Report keys in the background while other verbs run, in conferences and transfers too.

    Rests while a Gather runs; StopGather ends it.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/startGather
    """

    dtmf_url: Url
    """Receives one dtmf event per key; the reply body is ignored."""
    _: KW_ONLY
    dtmf_method: HttpMethod | None = None
    """GET or POST for dtmf_url; with GET the event travels as query parameters."""


@verb(blocking=False, page="stopGather")
class StopGather(Verb):
    """End the key reports that StartGather began.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/stopGather
    """
