"""Faults of single values: attributes and texts that their kind refuses.

The kind itself determines which text breaks which rule, so that every attribute of the table is
covered.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bxml._element import Content
from bxml._kinds import Enumeration, Kind, Numeric, Text
from bxml._node import Node
from bxml._once import once
from bxml._reading.reader import WHITE
from bxml._wording import InvalidValue
from bxml.strategies._elements import classes, elements
from bxml.strategies._tree import document, hosted, tag_of
from bxml.strategies._values import stretched, wordings

CANDIDATES = (
    *("", " ", "x", "X", "0", "-1", "+5", "1.5", "1e3", "0x10", ".5", "5.", "1,5", "\u0661"),
    *("True", "FALSE", "yes", "a b", "a\tb", "\x7f", "\u00e9", "\U0001f600", ",", "a,", "a, b"),
    *("ftp://example.com/", "mailto:desk@example.com", "http://", "https:/", "//a b"),
    *("https://example.com/", "wss://", "ws:/x", "/relative", "sip:", "tel:+19195551234"),
    *("19195551234", "+0123456", "+1", "+1 919 555 1234", f"+1{'0' * 15}", "restricted"),
    *("11s", "10001ms", "1m", "1 s", "-5%", "5.%", "+5", "+3db", "e", "en-", "en_US,", "d" * 60),
    *("encoding=hex", "x;encoding=rot13", f"{'a' * 350};encoding=jwt", "a" * 300, "a" * 2_100),
)
"""Texts such that every kind with limits refuses some of them."""


@dataclass(frozen=True, slots=True)
class Site:
    """A place for a value, with texts that are invalid there."""

    cls: type[Node]
    attribute: str | None
    """Wire name; None for the text of the element."""
    kind: Kind
    texts: tuple[str, ...]


def _candidates(kind: Kind) -> Iterator[str]:
    yield from CANDIDATES
    if isinstance(kind, Enumeration):
        for word in kind.values:
            yield from (word.upper(), word.capitalize(), f"{word} ", f"{word}s", word[:-1])
    elif isinstance(kind, Numeric):
        yield from ("0", "00", f"{(kind.minimum or 0) / 2:f}")
        if kind.maximum is not None:
            yield from (f"{kind.maximum + 1}", f"{kind.maximum}.001", "9" * 30)
    elif isinstance(kind, Text) and kind.max_length is not None:
        for sample in ("", "a", "aGk=;encoding=base64"):
            yield from (stretched(kind, sample, kind.max_length + more) for more in (1, 100))


def _broken(kind: Kind, text: str, content: Content | None) -> str | None:
    """Return the rule that the text breaks as an attribute, or as the text of an element."""
    if content is not None:
        text = text.strip(WHITE)
        if content.trim == "collapse":
            text = re.sub(f"[{WHITE}]+", " ", text)
        if not text and content.required:
            return "required-text-missing"
    try:
        kind.read(text)
    except InvalidValue as refused:
        return refused.rule
    return None


def sites() -> Iterator[tuple[str, Site]]:
    """Yield every place for an invalid value, once for each rule that can be broken there."""
    for cls in classes("verb", "noun", "ssml"):
        content = cls.element.content
        places = [(attribute.wire, attribute.kind, None) for attribute in cls.element.attributes]
        texts = [] if content.kind is None else [(None, content.kind, content)]
        for attribute, kind, held in (*places, *texts):
            broken: dict[str, list[str]] = {}
            for text in dict.fromkeys(_candidates(kind)):
                rule = _broken(kind, text, held)
                if rule is not None:
                    broken.setdefault(rule, []).append(text)
            for rule, bad in broken.items():
                yield rule, Site(cls, attribute, kind, tuple(bad))


@st.composite
def _with_invalid_value(draw: st.DrawFn, sites: list[Site], rule: str) -> str:
    site = draw(st.sampled_from(sites))
    tag = tag_of(draw(elements(site.cls)))
    text = draw(st.sampled_from(site.texts))
    random_text = draw(st.just(text) | wordings())
    content = None if site.attribute is not None else site.cls.element.content
    if _broken(site.kind, random_text, content) == rule:
        text = random_text
    if site.attribute is not None:
        tag = tag.with_attribute(site.attribute, text)
    else:
        tag = replace(tag, content=(text,))
    return document(draw(hosted(tag, site.cls.element)))


@once
def value_faults() -> Mapping[str, SearchStrategy[str]]:
    """Return strategies for documents with one invalid value, by the rule it breaks."""
    found: dict[str, list[Site]] = {}
    for rule, site in sites():
        found.setdefault(rule, []).append(site)
    return {rule: _with_invalid_value(sites, rule) for rule, sites in found.items()}
