"""Faults of the whole text: invalid XML, a wrong root, too deep or too large."""

from collections.abc import Mapping
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bxml import _writer
from bxml._node import ELEMENTS
from bxml._once import once
from bxml.documents import MAX_BYTES
from bxml.strategies._elements import classes
from bxml.strategies._tree import XmlElement, document, hosted, tags

ROOTS = ("Response", "Bxml")
MAX_DEPTH = 100

BAD_INSIDE = (
    *("&", "<", "&nbsp;", "&#0;", "&#x1F;", "\x00", "\x0b", "\ufffe", "]]>", "a & b", "1 < 2"),
    *("<Hangup>", "</Hangup>", "<Hangup", "<Hangup a=1/>", "<Hangup a/>", "<Hangup a='1' a='2'/>"),
    *('<Hangup a="<"/>', "<Hangup a='1/>", "<!-- -- -->", "<![CDATA[", "<?xml version='1.0'?>"),
    *("<new:Verb/>", "<Hangup new:attribute=''/>", "<1/>", "< Hangup/>"),
)
"""Texts that are not well-formed between two verbs."""

BAD_AFTER = ("<Hangup/>", "<Response/>", "text", "&amp;", "</Response>", "\x00", "<![CDATA[]]>")
"""Texts that are not well-formed after the end of a document."""

DOCTYPES = (
    "<!DOCTYPE Response>",
    '<!DOCTYPE Response SYSTEM "https://example.com/bxml.dtd">',
    '<!DOCTYPE Bxml PUBLIC "-//x//y" "file:///dev/null">',
    '<!DOCTYPE Response [<!ENTITY a "b">]>',
    "<!DOCTYPE x [\n<!ELEMENT x ANY>\n]>",
)

PADDING = (
    ("<!--", "x", "-->"),
    ("", " ", ""),
    ("", "\n", ""),
    ("", "<Hangup/>", ""),
    ("<SpeakSentence>", "word ", "</SpeakSentence>"),
    ("<SpeakSentence>", "\U0001f600", "</SpeakSentence>"),
)
"""Padding of a document: prefix, repeated text, and suffix."""

NO_ROOTS = ("response", "BXML", "Respons", "html", "Responses", "speak", "_", "r\u00e9ponse")


@st.composite
def _whole(draw: st.DrawFn) -> str:
    """Return a valid document that ends in an end tag."""
    root = draw(tags(ELEMENTS[draw(st.sampled_from(ROOTS))]))
    return document(root if root.content else root.with_piece("\n", 0))


@st.composite
def _malformed(draw: st.DrawFn) -> str:
    text = draw(_whole())
    end = text.rindex("</")
    inside = st.sampled_from(BAD_INSIDE).map(lambda bad: text[:end] + bad + text[end:])
    after = st.sampled_from(BAD_AFTER).map(lambda bad: text + bad)
    before = st.sampled_from((f" {text}", f"\n{text}", f"x{text}", "", " \n"))
    cut = st.integers(1, len(text) - 1).map(lambda length: text[:length])
    return draw(st.one_of(inside, after, before, cut))


@st.composite
def _doctype(draw: st.DrawFn) -> str:
    text = draw(_whole()).removeprefix(_writer.DECLARATION)
    prefix = draw(st.sampled_from(("", _writer.DECLARATION, f"{_writer.DECLARATION}\n<!-- x -->")))
    return prefix + draw(st.sampled_from(DOCTYPES)) + text


@st.composite
def _deep(draw: st.DrawFn) -> str:
    cls = ELEMENTS["SpeakSentence"]
    free = [cls for cls in classes("ssml") if not any(a.required for a in cls.element.attributes)]
    tag = XmlElement(draw(st.sampled_from(free)).element.name)
    for _ in range(draw(st.integers(MAX_DEPTH - 1, 2 * MAX_DEPTH))):
        tag = XmlElement(tag.name, {}, (tag,))
    return document(draw(hosted(XmlElement(cls.element.name, {}, (tag,)), cls.element)))


@st.composite
def _large(draw: st.DrawFn) -> str:
    text = draw(_whole())
    end = text.rindex("</")
    before, filler, after = draw(st.sampled_from(PADDING))
    missing = MAX_BYTES + 1 - len(f"{text}{before}{after}".encode())
    times = -(-missing // len(filler.encode())) + draw(st.integers(0, 100))
    return f"{text[:end]}{before}{filler * times}{after}{text[end:]}"


@st.composite
def _wrong_root(draw: st.DrawFn) -> str:
    root = draw(tags(ELEMENTS[draw(st.sampled_from(ROOTS))]))
    renamed = st.sampled_from(NO_ROOTS).map(lambda name: replace(root, name=name))
    alone = st.sampled_from(classes("verb", "noun", "ssml")).flatmap(tags)
    return document(draw(renamed | alone))


@once
def text_faults() -> Mapping[str, SearchStrategy[str]]:
    """Return strategies for texts that are not a document, by the rule they break."""
    return {
        "doctype-not-allowed": _doctype(),
        "document-too-large": _large(),
        "malformed-xml": _malformed(),
        "nested-too-deep": _deep(),
        "root-not-allowed": _wrong_root(),
    }
