"""The table of rules: ids, reasons, examples and the functions that find violations.

``check`` imports it on first use; composing documents does not need it.
"""

from collections.abc import Mapping
from functools import lru_cache

from bxml._node import ELEMENTS
from bxml.documents import Document
from bxml.rules._rule import Example, Finding, Naming, Rule
from bxml.rules.background import BACKGROUND_RULES
from bxml.rules.calls import CALL_RULES
from bxml.rules.contexts import CONTEXT_RULES, CONTEXTS, Context
from bxml.rules.escape_hatch import HATCH_RULES
from bxml.rules.flow import FLOW_RULES
from bxml.rules.headers import HEADER_RULES
from bxml.rules.media import MEDIA_RULES
from bxml.rules.reading import READING_RULES, VALUE_RULES
from bxml.rules.speech import SPEECH_RULES
from bxml.rules.streaming import STREAMING_RULES
from bxml.rules.tags import TAG_RULES
from bxml.rules.text import TEXT_RULES
from bxml.rules.webhooks import WEBHOOK_RULES

__all__ = [
    "CONTEXTS",
    "DOCUMENT_RULES",
    "ELEMENT_FINDERS",
    "GROUPS",
    "OFF",
    "RULES",
    "Context",
    "Example",
    "Finding",
    "Naming",
    "Rule",
    "document_rules",
    "element_rules",
]

GROUPS: Mapping[str, tuple[Rule, ...]] = {
    "Reading": READING_RULES,
    "Values": VALUE_RULES,
    "Contexts": CONTEXT_RULES,
    "Order of verbs": FLOW_RULES,
    "Recordings, streams and transcriptions in the background": BACKGROUND_RULES,
    "Webhooks and credentials": WEBHOOK_RULES,
    "Calls": CALL_RULES,
    "Caller id and headers": HEADER_RULES,
    "Playing, collecting and recording": MEDIA_RULES,
    "Streaming": STREAMING_RULES,
    "Speech": SPEECH_RULES,
    "SSML tags": TAG_RULES,
    "Text from programs": TEXT_RULES,
    "Escape hatches": HATCH_RULES,
}
"""All rules by subject."""

RULES: Mapping[str, Rule] = {rule.id: rule for group in GROUPS.values() for rule in group}
"""All rules by id."""

OFF: frozenset[str] = frozenset(rule.id for rule in RULES.values() if not rule.enabled)
"""Ids of the rules that are off by default."""

ELEMENT_FINDERS: Mapping[str, tuple[Rule, ...]] = {
    name: tuple(rule for rule in RULES.values() if rule.find is not None and name in rule.elements)
    for name in (*ELEMENTS, "Custom")
}
"""Rules about single elements, by element name."""

DOCUMENT_RULES: tuple[Rule, ...] = tuple(
    rule for rule in RULES.values() if rule.document is not None
)
"""Rules about whole documents."""


@lru_cache(maxsize=1024)
def element_rules(name: str, given: tuple[str, ...]) -> tuple[Rule, ...]:
    """Return those of ``ELEMENT_FINDERS`` that may report an element that was read.

    ``given`` are the BXML names of its attributes, invalid ones included.
    """
    if name not in ELEMENTS:
        return ELEMENT_FINDERS[name]
    names = {
        attribute.name for attribute in ELEMENTS[name].element.attributes if attribute.wire in given
    }
    return tuple(
        rule for rule in ELEMENT_FINDERS[name] if not rule.when or not names.isdisjoint(rule.when)
    )


def document_rules(document: Document, context: str | None) -> tuple[Rule, ...]:
    """Return those of ``DOCUMENT_RULES`` that may report a document with its verbs."""
    verbs = frozenset([verb.element.name for verb in document.verbs])
    return _document_rules(verbs, context is not None)


@lru_cache(maxsize=1024)
def _document_rules(verbs: frozenset[str], has_context: bool) -> tuple[Rule, ...]:  # noqa: FBT001 - a cache key
    return tuple(
        rule
        for rule in DOCUMENT_RULES
        if (has_context or rule.context is None)
        and (not rule.elements or not verbs.isdisjoint(rule.elements))
    )
