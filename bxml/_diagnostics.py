"""Findings of the rule table about a document that was read."""

from collections.abc import Iterable, Iterator

from bxml._element import wire_name
from bxml._invariants import Violation
from bxml._node import Node, pieces_of
from bxml._reading.frames import OpenElement, RawProblem
from bxml._reading.invariants import flaw_of
from bxml.documents import Document
from bxml.errors import Problem, Severity, ValidationError
from bxml.rules import ELEMENT_FINDERS, document_rules, element_rules
from bxml.rules._rule import Absent
from bxml.rules.text import is_suspicious


def _index(frames: list[OpenElement]) -> dict[int, OpenElement]:
    return {id(frame.node): frame for frame in frames if frame.node is not None}


def element_flaws(frames: list[OpenElement], empty: Absent) -> Iterator[RawProblem]:
    """Yield what the rules about single elements find.

    ``empty`` are the fields that could not be read; they are not reported as missing.
    """
    by_node: dict[int, OpenElement] | None = None
    for frame in frames:
        node = frame.node
        if node is None:
            continue
        name = node.element.name
        if name == "SpeakSentence" and not frame.given and not frame.frames:
            # By far the most frequent element, and plain words break few rules.
            words = getattr(node, node.element.content.name)
            if not any(isinstance(word, str) and is_suspicious(word) for word in words):
                continue
        for rule in element_rules(name, tuple(frame.given[::2])):
            assert rule.find is not None  # noqa: S101 - the table holds only these
            for finding in rule.find(node, wire_name):
                if not empty.isdisjoint(finding.absent):
                    continue
                by_node = by_node or _index(frames)
                yield flaw_of(rule.id, rule.severity, finding, frame, by_node)


def document_flaws(
    document: Document, frames: list[OpenElement], context: str | None, empty: Absent
) -> Iterator[RawProblem]:
    """Yield what the rules about whole documents find, but for what misses an ``empty`` field."""
    by_node: dict[int, OpenElement] | None = None
    for rule in document_rules(document, context):
        assert rule.document is not None  # noqa: S101 - the table holds only these
        for finding in rule.document(document, context, wire_name):
            if not empty.isdisjoint(finding.absent):
                continue
            by_node = by_node or _index(frames)
            yield flaw_of(rule.id, rule.severity, finding, frames[0], by_node)


def _python_name(name: str) -> str:
    return name


def _walk(node: Node, path: str) -> Iterator[tuple[Node, str]]:
    yield node, path
    for index, piece in enumerate(pieces_of(node)):
        if isinstance(piece, Node):
            yield from _walk(piece, f"{path}.{node.element.content.name}[{index}]")


def rule_problems(
    document: Document, context: str | None, skipped: frozenset[str]
) -> list[Problem]:
    """Return what the rules find in a document made in Python, in document order."""
    placed = list(_walk(document, document.element.name))
    paths = {id(node): path for node, path in placed}
    order = {id(node): index for index, (node, _) in enumerate(placed)}
    found: list[tuple[int, Problem]] = []

    def add(rule: str, severity: Severity, finding: Violation, node: Node) -> None:
        node = finding.node if finding.node is not None else node
        path = paths.get(id(node), document.element.name)
        where = f"{path}.{finding.attribute}" if finding.attribute else path
        message = f"{where}: {finding.text}"
        problem = Problem(rule, severity, where, None, None, message, finding.hint)
        found.append((order.get(id(node), 0), problem))

    for node, _ in placed:
        for rule in ELEMENT_FINDERS.get(node.element.name, ()):
            assert rule.find is not None  # noqa: S101 - the table holds only these
            for finding in rule.find(node, _python_name):
                add(rule.id, rule.severity, finding, node)
    for rule in document_rules(document, context):
        assert rule.document is not None  # noqa: S101 - the table holds only these
        for finding in rule.document(document, context, _python_name):
            add(rule.id, rule.severity, finding, document)
    found.sort(key=lambda each: each[0])
    return [problem for _, problem in found if problem.rule not in skipped]


def written(document: Document) -> tuple[bytes, tuple[Problem, ...]]:
    """Return a document made in Python in UTF-8, and what only the finished text shows."""
    try:
        return document.to_bytes(), ()
    except ValidationError as error:
        return b"", error.problems


_LEFT_OUT = ("element-not-allowed-here", "ssml-unknown-element", "unknown-element")


def unread(flaws: Iterable[RawProblem]) -> Absent:
    """Return the fields that reading left empty though something was given.

    A finding whose ``absent`` shares one of them does not hold. An unknown attribute may be any
    attribute misspelt.
    """
    return frozenset(field for flaw in flaws for field in _fields(flaw))


def _fields(flaw: RawProblem) -> Iterator[tuple[int, str]]:
    frame = flaw.frame
    if frame is not None and flaw.rule in _LEFT_OUT:
        frame = frame.parent
    node = frame.node if frame is not None else None
    if node is None:
        return
    element = node.element
    if flaw.rule in _LEFT_OUT or flaw.text:
        yield id(node), element.content.name
    for attribute in element.attributes:
        if flaw.rule == "unknown-attribute" or attribute.wire == flaw.attribute:
            yield id(node), attribute.name
