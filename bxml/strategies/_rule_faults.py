"""Faults of several attributes together, and valid documents that probably contain a mistake."""

import re
from collections.abc import Mapping
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bxml import _writer
from bxml._invariants import GATHER_PROMPTS
from bxml._node import ELEMENTS, Node
from bxml._once import once
from bxml._types import PRIVACY_WORDS
from bxml.rules import RULES, Rule
from bxml.strategies._documents import verbs
from bxml.strategies._elements import built, elements, nested_in, sparse
from bxml.strategies._tree import document, hosted, tag_of, written
from bxml.strategies._values import values

UNSAFE = ("http://example.com/", "HTTP://example.com:8080/a?b=c", "http://[::1]/")

DISPLAY_NAMES = {
    "display-name-keyword-with-privacy": ("Forward", "caller_display_name"),
    "transfer-display-name-keyword-with-privacy": ("Transfer", "transfer_caller_display_name"),
}


def _wire(cls: type[Node], name: str) -> str:
    attribute = cls.element.attribute(name)
    assert attribute is not None  # noqa: S101 - the table names it
    return attribute.wire


def _value(cls: type[Node], name: str) -> SearchStrategy[object]:
    attribute = cls.element.attribute(name)
    assert attribute is not None  # noqa: S101 - the table names it
    return values(attribute.kind)


@st.composite
def _repeated_too_often(draw: st.DrawFn) -> str:
    cls = ELEMENTS["Gather"]
    prompts = draw(st.integers(1, GATHER_PROMPTS))
    prompt = draw(st.one_of([sparse(cls) for cls in nested_in("Gather")]))
    tag = tag_of(draw(built(cls, content=st.just([prompt] * prompts))))
    times = GATHER_PROMPTS // prompts + draw(st.integers(1, 5))
    tag = tag.with_attribute(_wire(cls, "repeat_count"), str(times))
    return document(draw(hosted(tag, cls.element)))


@st.composite
def _named_in_private(draw: st.DrawFn, cls: type[Node], attribute: str) -> str:
    private = {"privacy": st.sampled_from((True,)), attribute: _value(cls, attribute)}
    tag = tag_of(draw(built(cls, given=private)))
    name = str(draw(_value(cls, attribute)))
    name = name.lower() if name in PRIVACY_WORDS else name
    return document(draw(hosted(tag.with_attribute(_wire(cls, attribute), name), cls.element)))


@st.composite
def _date_without_format(draw: st.DrawFn) -> str:
    cls = ELEMENTS["say-as"]
    tag = tag_of(draw(built(cls, given={"interpret_as": st.just("date")})))
    tag = tag.without_attribute(_wire(cls, "format"))
    return document(draw(hosted(tag, cls.element)))


@st.composite
def _referred_with_attributes(draw: st.DrawFn) -> str:
    cls, noun = ELEMENTS["Refer"], ELEMENTS["SipUri"]
    surplus = draw(st.sampled_from(noun.element.attributes))
    target = tag_of(draw(built(noun, given={surplus.name: values(surplus.kind)})))
    tag = replace(tag_of(draw(elements(cls))), content=(target,))
    return document(draw(hosted(tag, cls.element)))


Secured = tuple[type[Node], str, tuple[str, ...]]
"""An element, one of its URLs, and the attributes of the credentials for that URL."""


@once
def _secured() -> Mapping[str, list[Secured]]:
    """Return the URLs that must be https if credentials are set, by rule."""
    found: dict[str, list[Secured]] = {}
    for cls in ELEMENTS.values():
        for callback in cls.element.callbacks:
            pairs = (
                (callback.url, callback.username, callback.password),
                (callback.fallback_url, callback.fallback_username, callback.fallback_password),
            )
            for url, *credentials in pairs if callback.https_rule is not None else ():
                if url is not None:
                    names = tuple(name for name in credentials if name is not None)
                    found.setdefault(str(callback.https_rule), []).append((cls, url, names))
    return found


@st.composite
def _over_http(draw: st.DrawFn, places: list[Secured]) -> str:
    cls, url, credentials = draw(st.sampled_from(places))
    name = draw(st.sampled_from(credentials))
    tag = tag_of(draw(built(cls, given={name: _value(cls, name)})))
    tag = tag.with_attribute(_wire(cls, url), draw(st.sampled_from(UNSAFE)))
    return document(draw(hosted(tag, cls.element)))


@once
def cross_field_faults() -> Mapping[str, SearchStrategy[str]]:
    """Return strategies for documents that break a cross-field rule, by rule."""
    return {
        "gather-repeat-limit": _repeated_too_often(),
        "refer-sip-uri-has-attributes": _referred_with_attributes(),
        "ssml-date-needs-format": _date_without_format(),
        **{rule: _over_http(places) for rule, places in _secured().items()},
        **{
            rule: _named_in_private(ELEMENTS[name], attribute)
            for rule, (name, attribute) in DISPLAY_NAMES.items()
        },
    }


@st.composite
def _with_warning(draw: st.DrawFn, rule: Rule) -> str:
    """Insert the bad example of a rule into a larger document."""
    example = re.fullmatch(r"<(Response|Bxml)>(.*)</\1>\s*", str(rule.bad), re.DOTALL)
    if example is None:
        return str(rule.bad)
    before = draw(st.lists(elements(ELEMENTS["SpeakSentence"]), max_size=2))
    # A later verb could satisfy a rule about the whole document.
    after = draw(st.lists(verbs(), max_size=1 if rule.document is None else 0))
    root, inside = example.groups()
    around = ("".join(written(tag_of(node)) for node in held) for held in (before, after))
    return f"{_writer.DECLARATION}<{root}>{inside.join(around)}</{root}>"


@once
def advice_faults() -> Mapping[str, SearchStrategy[str]]:
    """Return strategies for valid documents with a warning, by rule."""
    return {
        rule.id: _with_warning(rule)
        for rule in RULES.values()
        if rule.severity == "warning" and rule.context is None and isinstance(rule.bad, str)
    }
