"""Checks of a document made in Python: no text, no positions, Python names."""

from collections.abc import Iterator

from bxml._invariants import Finding
from bxml._node import Node
from bxml.documents import Document
from bxml.errors import Problem, Severity, ValidationError
from bxml.rules import ELEMENT_FINDERS, document_rules

__all__ = ["check_values"]


def _python_name(name: str) -> str:
    return name


def _walk(node: Node, path: str) -> Iterator[tuple[Node, str]]:
    yield node, path
    content = node.element.content
    if content.form not in ("children", "speech"):
        return
    pieces: tuple[str | Node, ...] = getattr(node, content.name)
    for index, piece in enumerate(pieces):
        if isinstance(piece, Node):
            yield from _walk(piece, f"{path}.{content.name}[{index}]")


def check_values(document: Document, context: str | None, skipped: frozenset[str]) -> list[Problem]:
    """Return every problem of a document made in Python, in document order."""
    placed = list(_walk(document, document.element.name))
    paths = {id(node): path for node, path in placed}
    order = {id(node): index for index, (node, _) in enumerate(placed)}
    found: list[tuple[int, Problem]] = []

    def add(rule: str, severity: Severity, finding: Finding, node: Node) -> None:
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
    problems = [problem for _, problem in found if problem.rule not in skipped]
    return [*_whole(document), *problems]


def _whole(document: Document) -> tuple[Problem, ...]:
    """Return what only the finished text shows: its size."""
    try:
        document.to_bytes()
    except ValidationError as error:
        return error.problems
    return ()
