"""Hints for names that BXML does not have: the nearest name, or the counterpart of TwiML's."""

from functools import lru_cache

from bxml._element import Element
from bxml._porting import attribute_hint, element_hint
from bxml._wording import MAX_SHOWN, did_you_mean, meant

_MOST_HINTS = 50
"""Different words of a document for which the nearest name is looked for; it takes long."""

_MISNAMED = {
    ("Conference", "name"): "the name of the conference is the text between the tags",
    ("SpeakSentence", "text"): "the text to say stands between the tags",
    ("PlayAudio", "audioUri"): "the URL stands between the tags",
}

_near = lru_cache(maxsize=64)(did_you_mean)
"""Caches the last words: a document with a mistake often repeats it."""


class Suggestions:
    """Hints for the names of one document."""

    def __init__(self) -> None:
        self._misspelt: set[str] = set()

    def for_element(self, tag: str, *known: frozenset[str]) -> str | None:
        """Return the counterpart of a TwiML verb, or the nearest name."""
        return element_hint(tag) or self._nearest(tag, *known)

    def for_attribute(self, element: Element, wire: str) -> str | None:
        """Return what to write instead of an attribute that the element does not have."""
        python = {attribute.name: attribute.wire for attribute in element.attributes}
        if wire in python:
            return meant(python[wire])
        hint = _MISNAMED.get((element.name, wire)) or attribute_hint(element.name, wire, wire=True)
        hint = hint or self._nearest(wire, frozenset(python.values()))
        return hint or (None if python else f"{element.name} has no attributes")

    def _nearest(self, word: str, *known: frozenset[str]) -> str | None:
        """Return ``did you mean 'x'?`` for the nearest name of the first set that has one."""
        word = word[: MAX_SHOWN + 1]
        if len(self._misspelt) < _MOST_HINTS:
            self._misspelt.add(word)
        if word not in self._misspelt:
            return None
        return next(filter(None, (_near(word, names) for names in known)), None)
