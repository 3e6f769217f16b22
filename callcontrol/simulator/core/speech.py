"""The words, voice and duration of a SpeakSentence (rule V1)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from bxml._node import Node
from bxml.ssml import VOICES, Break, P, S, Sub, voice_for
from bxml.verbs.audio import SpeakSentence

_SPACE = re.compile(r"\s+")
_BREAK = re.compile(r"([0-9.]+)(ms|s)")
_STRENGTHS = {"none": 0.0, "x-weak": 0.1, "weak": 0.25, "strong": 0.75, "x-strong": 1.0}
_MEDIUM = 0.5


@dataclass(frozen=True, slots=True)
class SpokenText:
    """A SpeakSentence as it is heard."""

    text: str
    markup: str
    voice: str
    locale: str
    gender: str
    pauses: float
    """Seconds of SSML breaks."""


@lru_cache(maxsize=512)
def speech_of(verb: SpeakSentence) -> SpokenText:
    """Return the speech of a SpeakSentence: voice beats gender, SSML is content (X11)."""
    locale, gender = verb.locale or "en_US", verb.gender or "female"
    voice = VOICES.get(verb.voice) if verb.voice else voice_for(locale, gender)
    if voice is not None:
        locale, gender = voice.locale, voice.gender
    name = verb.voice or (voice.name if voice is not None else "unknown")
    return SpokenText(
        _SPACE.sub(" ", _words(verb.content)).strip(),
        _SPACE.sub(" ", _markup(verb.content)).strip(),
        name,
        locale,
        gender,
        _pauses(verb.content),
    )


def duration(text: str, pauses: float, per_character: float, shortest: float) -> float:
    """Return how many seconds a text takes."""
    return max(shortest, len(text) * per_character) + pauses


def _content(piece: Node) -> tuple[object, ...]:
    found: tuple[object, ...] = getattr(piece, piece.element.content.name, ())
    return found


def _words(pieces: Iterable[object]) -> str:
    parts: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            parts.append(piece)
        elif isinstance(piece, Sub):
            parts.append(piece.alias)
        elif isinstance(piece, Node) and piece.element.content.form == "speech":
            inner = _words(_content(piece))
            parts.append(f" {inner} " if isinstance(piece, P | S) else inner)
    return "".join(parts)


def _markup(pieces: Iterable[object]) -> str:
    return "".join(
        piece if isinstance(piece, str) else piece._xml() if isinstance(piece, Node) else ""  # noqa: SLF001 - the writer's own form
        for piece in pieces
    )


def _pauses(pieces: Iterable[object]) -> float:
    total = 0.0
    for piece in pieces:
        if isinstance(piece, Break):
            total += _break_seconds(piece)
        elif isinstance(piece, Node) and piece.element.content.form == "speech":
            total += _pauses(_content(piece))
    return total


def _break_seconds(piece: Break) -> float:
    found = _BREAK.fullmatch(piece.time or "")
    if found is None:
        return _STRENGTHS.get(piece.strength or "", _MEDIUM)
    return float(found[1]) / (1000 if found[2] == "ms" else 1)
