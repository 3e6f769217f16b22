"""Verbs that make sound."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from bxml._element import Content
from bxml._kinds import Default, Number, Range
from bxml._record import KW_ONLY
from bxml._types import DtmfSequence, Gender, NonBlank, Url
from bxml._verb import Verb, verb
from bxml.ssml import Fragment, SpeechPiece
from bxml.verbs._groups import Credentials


@verb(
    content=Content("speech", required=True),
    parents=("Response", "Bxml", "Gather"),
    page="speakSentence",
)
class SpeakSentence(Verb):
    """Say a text, which may hold SSML nodes from bxml.ssml.

    Text is always escaped: a caller's name can never become markup.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/speakSentence
    """

    content: tuple[SpeechPiece, ...]
    """Text and SSML nodes, neighbouring texts joined."""
    _: KW_ONLY
    voice: NonBlank | None = None
    """Voice name, see ssml.VOICES; it outranks gender and locale. Names the table lacks are
    accepted."""
    gender: Annotated[Gender, Default("female")] | None = None
    """Gender of the voice; where the locale has none of it, the other is used. The platform
    assumes 'female'."""
    locale: Annotated[NonBlank, Default("en_US")] | None = None
    """Locale of the voice, see ssml.LOCALES. Codes the table lacks are accepted. The platform
    assumes 'en_US'."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *content: SpeechPiece | Fragment,
            voice: NonBlank | None = None,
            gender: Gender | None = None,
            locale: NonBlank | None = None,
            extra_attributes: Mapping[str, str] | None = None,
        ) -> None: ...


@verb(content=Content("text"), parents=("Response", "Bxml", "Gather"), page="playAudio")
class PlayAudio(Credentials, Verb):
    """Play a wav or mp3 file.

    The Content-Type decides on the format, then the extension; anything else is tried as wav.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/playAudio
    """

    audio_uri: Url
    """URL of a wav or mp3 file, absolute or relative."""


@verb(page="ring")
class Ring(Verb):
    """Play ringback to the call.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/ring
    """

    _: KW_ONLY
    duration: Annotated[Number, Range(0.1, 86400, "seconds"), Default(5)] | None = None
    """Seconds of ringback, 0.1 to 86400. The platform assumes 5."""
    answer_call: Annotated[bool, Default(True)] | None = None
    """Whether an inbound call that is still unanswered gets answered by this. The platform
    assumes True."""


@verb(content=Content("text"), page="sendDtmf")
class SendDtmf(Verb):
    """Play DTMF tones to the far end.

    Vendor page: https://dev.bandwidth.com/docs/voice/programmable-voice/bxml/sendDtmf
    """

    digits: DtmfSequence
    """1 to 50 characters: keys 0-9 * # a-d A-D; a comma or w pauses half a second, W a second."""
    _: KW_ONLY
    tone_duration: Annotated[Number, Range(50, 5000, "milliseconds"), Default(200)] | None = None
    """Length of each tone in milliseconds, 50 to 5000. The platform assumes 200."""
    tone_interval: Annotated[Number, Range(50, 5000, "milliseconds"), Default(400)] | None = None
    """Silence after each tone in milliseconds, 50 to 5000. The platform assumes 400."""
