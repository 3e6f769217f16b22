"""Findings of the rule table about a document that was read."""

from collections.abc import Iterator

from bxml._element import wire_name
from bxml._reading.frames import Flaw, Frame
from bxml._reading.invariants import flaw_of
from bxml.documents import Document
from bxml.rules import document_rules, element_rules
from bxml.rules._rule import Absent

__all__ = ["document_flaws", "element_flaws"]


def _index(frames: list[Frame]) -> dict[int, Frame]:
    return {id(frame.node): frame for frame in frames if frame.node is not None}


def element_flaws(frames: list[Frame], empty: Absent) -> Iterator[Flaw]:
    """Yield what the rules about single elements find.

    ``empty`` are the fields that could not be read; nothing is said to be missing there.
    """
    by_node: dict[int, Frame] | None = None
    for frame in frames:
        node = frame.node
        if node is None:
            continue
        name = node.element.name
        if name == "SpeakSentence" and not frame.given and not frame.frames:
            continue  # by far the most frequent element, and plain words break no rule
        for rule in element_rules(name, tuple(frame.given[::2])):
            assert rule.find is not None  # noqa: S101 - the table holds only these
            for finding in rule.find(node, wire_name):
                if not empty.isdisjoint(finding.absent):
                    continue
                by_node = by_node or _index(frames)
                yield flaw_of(rule.id, rule.severity, finding, frame, by_node)


def document_flaws(
    document: Document, frames: list[Frame], context: str | None, empty: Absent
) -> Iterator[Flaw]:
    """Yield what the rules about whole documents find, but for what misses an ``empty`` field."""
    by_node: dict[int, Frame] | None = None
    for rule in document_rules(document, context):
        assert rule.document is not None  # noqa: S101 - the table holds only these
        for finding in rule.document(document, context, wire_name):
            if not empty.isdisjoint(finding.absent):
                continue
            by_node = by_node or _index(frames)
            yield flaw_of(rule.id, rule.severity, finding, frames[0], by_node)
