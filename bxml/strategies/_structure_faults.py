"""Faults of structure: wrong names and places, missing and surplus parts."""

from collections.abc import Mapping
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bxml._node import ELEMENTS, Node
from bxml._once import once
from bxml.strategies._elements import built, classes, nested_in, sparse
from bxml.strategies._tree import document, hosted, tag_of, tags
from bxml.strategies._values import speech_text

INNER = ("verb", "noun", "ssml")
ALL = (*INNER, "root")

NO_VERBS = ("Say", "Dial", "Play", "Speak", "Gathers", "New-Verb", "_", "\u00c9l\u00e9ment")
NO_TAGS = ("speak", "mark", "w", "audio", "voice", "br", "emphasise", "prosody.")
NO_ATTRIBUTES = ("colour", "data-x", "id", "xml:space", "_", "\u00e9")


def _other_cases(name: str) -> list[str]:
    """Return the name in other cases."""
    spellings = (name.lower(), name.upper(), name.capitalize(), name.swapcase())
    return [spelling for spelling in dict.fromkeys(spellings) if spelling not in ELEMENTS]


@st.composite
def _unknown_element(draw: st.DrawFn, kinds: tuple[str, ...], others: tuple[str, ...]) -> str:
    cls = draw(st.sampled_from(classes(*kinds)))
    name = draw(st.sampled_from([*_other_cases(cls.element.name), *others]))
    tag = replace(draw(tags(cls)), name=name)
    return document(draw(hosted(tag, cls.element)))


@st.composite
def _unknown_attribute(draw: st.DrawFn) -> str:
    cls = draw(st.sampled_from(classes(*ALL)))
    known = [attribute.wire for attribute in cls.element.attributes]
    misspelt = [attribute.name for attribute in cls.element.attributes]
    misspelt += [spelling for wire in known for spelling in (wire.lower(), wire.upper())]
    names = [name for name in (*NO_ATTRIBUTES, *misspelt) if name not in known]
    tag = draw(tags(cls)).with_attribute(draw(st.sampled_from(names)), draw(speech_text()))
    return document(draw(hosted(tag, cls.element)))


@st.composite
def _missing_attribute(draw: st.DrawFn) -> str:
    required = [
        (cls, attribute.wire)
        for cls in classes(*INNER)
        for attribute in cls.element.attributes
        if attribute.required
    ]
    cls, wire = draw(st.sampled_from(required))
    tag = draw(tags(cls)).without_attribute(wire)
    return document(draw(hosted(tag, cls.element)))


def _not_allowed_in(cls: type[Node]) -> list[type[Node]]:
    """Return the classes that are not allowed in this one."""
    element = cls.element
    allowed = nested_in("Response" if element.kind == "root" else element.name)
    if element.content.form == "speech":
        allowed = classes("ssml")
    return [cls for cls in classes(*ALL) if cls not in allowed]


@st.composite
def _misplaced(draw: st.DrawFn) -> str:
    cls = draw(st.sampled_from(classes(*ALL)))
    child = tag_of(draw(sparse(draw(st.sampled_from(_not_allowed_in(cls))))))
    tag = draw(tags(cls))
    tag = tag.with_piece(child, draw(st.integers(0, len(tag.content))))
    return document(draw(hosted(tag, cls.element)))


@st.composite
def _stray_text(draw: st.DrawFn) -> str:
    silent = [
        cls
        for cls in classes(*ALL)
        if cls.element.content.form in ("none", "children") or not cls.element.content.words
    ]
    cls = draw(st.sampled_from(silent))
    tag = draw(tags(cls))
    tag = tag.with_piece(draw(speech_text()), draw(st.integers(0, len(tag.content))))
    return document(draw(hosted(tag, cls.element)))


@st.composite
def _too_few(draw: st.DrawFn) -> str:
    cls = draw(st.sampled_from([cls for cls in classes("verb") if cls.element.content.minimum]))
    tag = replace(draw(tags(cls)), content=())
    return document(draw(hosted(tag, cls.element)))


@st.composite
def _too_many(draw: st.DrawFn) -> str:
    limited = [cls for cls in classes("verb") if cls.element.content.maximum]
    cls = draw(st.sampled_from(limited))
    child = draw(st.one_of([sparse(noun) for noun in nested_in(cls.element.name)]))
    most = cls.element.content.maximum or 0
    # Valid at its maximum first, so that the repeat count of a Gather stays within its limit.
    tag = tag_of(draw(built(cls, content=st.just([child] * most))))
    more = draw(st.integers(1, 3))
    tag = replace(tag, content=(*tag.content, *tag.content[:1] * more))
    return document(draw(hosted(tag, cls.element)))


@st.composite
def _blank_speech(draw: st.DrawFn, cls: type[Node]) -> str:
    blank = draw(st.text(" \t\r\n", max_size=8))
    tag = replace(draw(tags(cls)), content=(blank,) if blank else ())
    return document(draw(hosted(tag, cls.element)))


@once
def structure_faults() -> Mapping[str, SearchStrategy[str]]:
    """Return strategies for documents with one fault of structure, by the rule it breaks."""
    return {
        "element-not-allowed-here": _misplaced(),
        "required-attribute-missing": _missing_attribute(),
        "speak-sentence-blank": _blank_speech(ELEMENTS["SpeakSentence"]),
        "ssml-unknown-element": _unknown_element(("ssml",), NO_TAGS),
        "text-not-allowed": _stray_text(),
        "too-few-children": _too_few(),
        "too-many-children": _too_many(),
        "unknown-attribute": _unknown_attribute(),
        "unknown-element": _unknown_element(("verb", "noun"), NO_VERBS),
    }
