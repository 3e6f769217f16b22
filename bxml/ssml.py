"""SSML nodes for SpeakSentence: pauses, stress, pronunciation and the like.

    SpeakSentence("Your code is ", ssml.say_as("1234", interpret_as="characters"))

Nodes are values like verbs. Text inside is escaped; markup in a trusted string is read by
``ssml.parse``, which checks it, and is never pasted. Vendor page: speakSentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

from bxml._element import Content
from bxml._escape_hatch import Custom
from bxml._kinds import Default
from bxml._node import Node
from bxml._once import FIRST_IMPORT
from bxml._record import KW_ONLY
from bxml._speech import Fragment
from bxml._types import (
    BreakStrength,
    BreakTime,
    DateFormat,
    EmphasisLevel,
    InterpretAs,
    NonBlank,
    Pitch,
    Rate,
    Volume,
)
from bxml._verb import verb
from bxml._voices import LANGUAGES, LOCALES, VOICES, Voice, voice_for

__all__ = [
    "LANGUAGES",
    "LOCALES",
    "VOICES",
    "Break",
    "Emphasis",
    "Fragment",
    "Lang",
    "P",
    "Phoneme",
    "Prosody",
    "S",
    "SayAs",
    "SpeechPiece",
    "SsmlNode",
    "Sub",
    "Voice",
    "break_",
    "emphasis",
    "fragment",
    "lang",
    "p",
    "parse",
    "phoneme",
    "prosody",
    "s",
    "say_as",
    "sub",
    "voice_for",
]


class SsmlNode(Node):
    """Base of the SSML nodes."""

    __slots__ = ()

    def _called(self) -> str:
        return self.element.owner


SpeechPiece = str | SsmlNode | Custom
"""A piece of speech."""

SPEECH = ("SpeakSentence",)
PAGE = "speakSentence"


@verb(
    name="break",
    python_name="break_",
    kind="ssml",
    content=Content("speech", words=False),
    parents=SPEECH,
    page=PAGE,
)
class Break(SsmlNode):
    """A pause in the speech."""

    content: tuple[SpeechPiece, ...]
    """Elements nested by mistake; kept so that documents of others can be read."""
    _: KW_ONLY
    strength: Annotated[BreakStrength, Default("medium")] | None = None
    """Size of the pause as the voice sees it."""
    time: BreakTime | None = None
    """Length of the pause: a number with ``s`` or ``ms``, 10 s at most."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *content: SsmlNode | Custom,
            strength: BreakStrength | None = None,
            time: BreakTime | None = None,
            extra_attributes: Mapping[str, str] | None = None,
        ) -> None: ...


@verb(name="emphasis", kind="ssml", content=Content("speech"), parents=SPEECH, page=PAGE)
class Emphasis(SsmlNode):
    """Stress on the words inside; enhanced voices lack it."""

    content: tuple[SpeechPiece, ...]
    """Words and nodes to stress."""
    _: KW_ONLY
    level: EmphasisLevel | None = None
    """How strong the stress is."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *content: SpeechPiece | Fragment,
            level: EmphasisLevel | None = None,
            extra_attributes: Mapping[str, str] | None = None,
        ) -> None: ...


@verb(
    name="lang",
    kind="ssml",
    content=Content("speech"),
    parents=SPEECH,
    page=PAGE,
    wire_names={"lang": "xml:lang"},
)
class Lang(SsmlNode):
    """Words of another language in the same voice."""

    content: tuple[SpeechPiece, ...]
    """Words and nodes in that language."""
    _: KW_ONLY
    lang: NonBlank
    """Language code such as fr-FR, see LANGUAGES."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *content: SpeechPiece | Fragment,
            lang: NonBlank,
            extra_attributes: Mapping[str, str] | None = None,
        ) -> None: ...


@verb(name="p", kind="ssml", content=Content("speech"), parents=SPEECH, page=PAGE)
class P(SsmlNode):
    """A paragraph, set off by a longer pause."""

    content: tuple[SpeechPiece, ...]
    """Words and nodes of the paragraph."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *content: SpeechPiece | Fragment,
            extra_attributes: Mapping[str, str] | None = None,
        ) -> None: ...


@verb(name="phoneme", kind="ssml", content=Content("speech"), parents=SPEECH, page=PAGE)
class Phoneme(SsmlNode):
    """Words with their pronunciation."""

    content: tuple[SpeechPiece, ...]
    """The words as they are written."""
    _: KW_ONLY
    ph: NonBlank
    """Pronunciation in the International Phonetic Alphabet."""
    alphabet: str | None = None
    """Standard SSML, but not documented by the vendor; leave it out."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *content: SpeechPiece | Fragment,
            ph: NonBlank,
            alphabet: str | None = None,
            extra_attributes: Mapping[str, str] | None = None,
        ) -> None: ...


@verb(name="prosody", kind="ssml", content=Content("speech"), parents=SPEECH, page=PAGE)
class Prosody(SsmlNode):
    """Words at another pitch, rate or volume."""

    content: tuple[SpeechPiece, ...]
    """Words and nodes to change."""
    _: KW_ONLY
    pitch: Pitch | None = None
    """A word or a signed percentage; enhanced voices lack it."""
    rate: Rate | None = None
    """A word or a percentage of the normal speed."""
    volume: Volume | None = None
    """A word or signed decibels."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *content: SpeechPiece | Fragment,
            pitch: Pitch | None = None,
            rate: Rate | None = None,
            volume: Volume | None = None,
            extra_attributes: Mapping[str, str] | None = None,
        ) -> None: ...


@verb(name="s", kind="ssml", content=Content("speech"), parents=SPEECH, page=PAGE)
class S(SsmlNode):
    """A sentence."""

    content: tuple[SpeechPiece, ...]
    """Words and nodes of the sentence."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *content: SpeechPiece | Fragment,
            extra_attributes: Mapping[str, str] | None = None,
        ) -> None: ...


@verb(
    name="say-as",
    kind="ssml",
    content=Content("speech"),
    parents=SPEECH,
    page=PAGE,
    wire_names={"interpret_as": "interpret-as"},
)
class SayAs(SsmlNode):
    """Words read in a certain way, such as digit by digit or as a date."""

    content: tuple[SpeechPiece, ...]
    """The words."""
    _: KW_ONLY
    interpret_as: InterpretAs
    """How to read them: telephone wants 7 or 10 digits, date wants a format."""
    format: DateFormat | None = None
    """Order of the parts of a date; required with date and ignored otherwise."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *content: SpeechPiece | Fragment,
            interpret_as: InterpretAs,
            format: DateFormat | None = None,  # noqa: A002 - the SSML name
            extra_attributes: Mapping[str, str] | None = None,
        ) -> None: ...


@verb(name="sub", kind="ssml", content=Content("speech"), parents=SPEECH, page=PAGE)
class Sub(SsmlNode):
    """Words that are written one way and said another."""

    content: tuple[SpeechPiece, ...]
    """The words as they are written."""
    _: KW_ONLY
    alias: NonBlank
    """The text said instead."""

    if TYPE_CHECKING:

        def __init__(
            self,
            *content: SpeechPiece | Fragment,
            alias: NonBlank,
            extra_attributes: Mapping[str, str] | None = None,
        ) -> None: ...


break_ = Break
emphasis = Emphasis
lang = Lang
p = P
phoneme = Phoneme
prosody = Prosody
s = S
say_as = SayAs
sub = Sub


def fragment(*pieces: SpeechPiece | Fragment) -> Fragment:
    """Return pieces of speech that can be kept and put into several sentences."""
    return Fragment(pieces)


def parse(markup: str) -> Fragment:
    """Return the speech that a trusted string of text and SSML tags stands for.

    Text that comes from callers belongs in a plain string instead.

    :raises ParseError: for markup that is not well-formed or has other tags than the nine of SSML,
        with line and column.
    """
    with FIRST_IMPORT:
        from bxml._reading.speech import parse_speech

    return parse_speech(markup)
