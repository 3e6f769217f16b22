"""Text that makes a place of the call another state each time: a counter, a name, a code.

States are compared word by word. Those that are equal but for one word are probably one place.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from shlex import quote

from callcontrol.explorer.states import State

MOST_STATES, MOST_WORDS = 60, 400
"""States that are compared, those found last, and words of each."""
LEAST = 3
"""States that must be equal but for one word."""
MOST_FOUND = 3
_WORD = re.compile(r"[^\s'\"<>\\&?=/,;:()\[\]]+")
_NEAR = re.compile(r"[ =/:_.?&-]{1,2}\w+|[/=_?&]")
"""A neighbour of a word, or at least a sign of a URL; before the word it is read backwards."""
_REACH = 24
"""Characters around a word that may become part of a pattern."""


@dataclass(frozen=True, slots=True)
class Varying:
    """A text that differs in states that are equal otherwise."""

    states: int
    examples: tuple[str, str]
    pattern: str
    """For ``ignore``; empty if it would match too much."""

    def __str__(self) -> str:
        one, other = self.examples
        more = " or more" if self.states >= MOST_STATES else ""
        text = f'{self.states}{more} states differ only in a text such as "{one}" and "{other}"'
        if not self.pattern:
            return f"{text}; keep it constant in a test"
        return f"{text}; if they are one place: --ignore {quote(self.pattern)}"


def varying_texts(states: Iterable[State]) -> list[Varying]:
    """Return the texts that vary, the one with the most states first."""
    texts = dict.fromkeys(state.text for state in states if state.text)
    groups = _groups([_Words.of(text) for text in [*texts][-MOST_STATES:]])
    found: dict[str, Varying] = {}
    for members in sorted(groups, key=len, reverse=True):
        varying = _varying(members)
        found.setdefault(varying.pattern or varying.examples[0], varying)
    return [*found.values()][:MOST_FOUND]


@dataclass(frozen=True, slots=True)
class _Words:
    """A text, and where its words are."""

    text: str
    spans: tuple[tuple[int, int], ...]
    words: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "_Words":
        """Return the words of a text."""
        words = ((match.start(), match[0].rstrip(".!")) for match in _WORD.finditer(text))
        found = [*islice((place for place in words if place[1]), MOST_WORDS)]
        spans = tuple((begin, begin + len(word)) for begin, word in found)
        return cls(text, spans, tuple(word for _, word in found))


Member = tuple[_Words, str]
"""A text, and the word in which it differs from others."""


def _groups(texts: Sequence[_Words]) -> Iterator[Sequence[Member]]:
    """Yield the groups of texts that are equal but for one word, wherever that is repeated."""
    found: dict[int, dict[str, Member]] = {}
    """By a hash of the other words, which takes less space than these."""
    for text in texts:
        for word in dict.fromkeys(text.words):
            frame = tuple("" if other == word else other for other in text.words)
            found.setdefault(hash(frame), {})[word] = text, word
    for members in found.values():
        if len(members) >= LEAST:
            yield [*members.values()]


def _varying(members: Sequence[Member]) -> Varying:
    (text, word), (_, other), *_ = members
    places = [place for place, found in enumerate(text.words) if found == word]
    patterns = dict.fromkeys(_pattern(members, place) for place in places)
    before, after = _around(members, places[0])
    examples = f"{before}{word}{after}", f"{before}{other}{after}"
    is_safe = all(patterns) and len(patterns) <= MOST_FOUND
    return Varying(len(members), examples, "|".join(patterns) if is_safe else "")


def _pattern(members: Sequence[Member], place: int) -> str:
    """Return a pattern for a word and its neighbour; empty if it would match too much."""
    words = [word for _, word in members]
    begin, end = _common_ends(words)
    cores = [word[begin : len(word) - end] for word in words]
    before, after = _around(members, place)
    head, tail = before + words[0][:begin], words[0][len(words[0]) - end :] + after
    if not head + tail:
        return ""
    pattern = f"{re.escape(head)}{_class_of(cores)}{re.escape(tail)}"
    return pattern.replace("\\ ", " ").replace("\\-", "-")


def _class_of(words: Sequence[str]) -> str:
    """Return a pattern that matches all words and little else."""
    if all(map(str.isdigit, words)):
        return r"\d+"
    plain = [word.replace("_", "") for word in words]
    if all(map(str.isalnum, plain)):
        return r"\w+"
    return r"[\w-]+" if all(word.replace("-", "").isalnum() for word in plain) else r"\S+"


def _common_ends(words: Sequence[str]) -> tuple[int, int]:
    """Return how many characters all words share at both ends; digits stay in one piece."""
    begin = _common(words)
    end = _common([word[begin:][::-1] for word in words])
    is_number = all(word[begin : len(word) - end].isdigit() for word in words)
    # The beginning of random text is equal by chance.
    return (begin, end) if is_number else (0, 0)


def _common(words: Sequence[str]) -> int:
    """Return how many characters all words begin with, without digits at the end."""
    equal = takewhile(lambda characters: len({*characters}) == 1, zip(*words, strict=False))
    return len("".join(characters[0] for characters in equal).rstrip("0123456789"))


def _around(members: Sequence[Member], place: int) -> tuple[str, str]:
    """Return the text before and after a word, where it is the same for all."""
    before = {_before(text, place) for text, _ in members}
    after = {_after(text, place) for text, _ in members}
    if len(before) == 1 and all(before):
        return before.pop(), ""
    return "", after.pop() if len(after) == 1 else ""


def _before(text: _Words, place: int) -> str:
    begin, _ = text.spans[place]
    found = _NEAR.match(text.text[max(0, begin - _REACH) : begin][::-1])
    return found[0][::-1] if found is not None else ""


def _after(text: _Words, place: int) -> str:
    _, end = text.spans[place]
    found = _NEAR.match(text.text[end : end + _REACH])
    return found[0] if found is not None else ""
