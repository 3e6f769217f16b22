"""Properties of the finders: none fails on what could not be read, and skipping them is safe."""

from collections import Counter
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from bxml import Bxml, Document, Node, Problem, Response, Verb, check, parse
from bxml._element import wire_name
from bxml.rules import (
    CONTEXTS,
    DOCUMENT_RULES,
    ELEMENT_FINDERS,
    RULES,
    document_rules,
    element_rules,
)


def examples() -> Iterator[Document]:
    """Yield every example that is a correct document."""
    for rule in RULES.values():
        for example in (rule.bad, rule.good):
            if isinstance(example, Document):
                continue
            if not [each for each in check(example) if each.severity == "error"]:
                yield parse(example)


def inside(node: Node) -> Iterator[Node]:
    """Yield the element and all elements in it."""
    yield node
    if node.element.content.form in ("children", "speech"):
        pieces: tuple[object, ...] = getattr(node, node.element.content.name)
        for piece in pieces:
            if isinstance(piece, Node):
                yield from inside(piece)


EXAMPLES = list(examples())
VERBS: list[Verb] = [verb for document in EXAMPLES for verb in document.verbs]
NODES: list[Node] = [node for document in EXAMPLES for node in inside(document)]


def document_of(root: type[Document], verbs: list[Verb]) -> Document:
    """Return a document of these verbs."""
    return root().append(*verbs)


DOCUMENTS = st.builds(
    document_of,
    st.sampled_from([Response, Bxml]),
    st.lists(st.sampled_from(VERBS), max_size=6),
)
PLACES = st.sampled_from([None, *CONTEXTS])


def lenient(node: Node, dropped: frozenset[int]) -> Node:
    """Return a copy in which attributes and text are None, as those that could not be read are."""
    content = node.element.content
    kept = (content.name if content.form != "text" else "", "extra_attributes")
    return node._make(
        tuple(
            None if index in dropped and name not in kept else getattr(node, name)
            for index, name in enumerate(node._names)
        )
    )


@given(st.sampled_from(NODES), st.frozensets(st.integers(0, 24)))
def test_finders_take_elements_whose_attributes_could_not_be_read(
    node: Node, dropped: frozenset[int]
) -> None:
    """No finder fails on None where a value should be."""
    made = lenient(node, dropped)
    for rule in ELEMENT_FINDERS[node.element.name]:
        assert rule.find is not None
        for finding in rule.find(made, wire_name):
            assert finding.text


@given(st.lists(st.tuples(st.sampled_from(VERBS), st.frozensets(st.integers(0, 24)))), PLACES)
def test_document_finders_take_verbs_whose_attributes_could_not_be_read(
    parts: list[tuple[Verb, frozenset[int]]], context: str | None
) -> None:
    """No document finder fails on None where a value should be."""
    document = Response._make((tuple(lenient(verb, dropped) for verb, dropped in parts), None))
    for rule in DOCUMENT_RULES:
        assert rule.document is not None
        for finding in rule.document(document, context, wire_name):
            assert finding.text


@given(DOCUMENTS, PLACES)
def test_skipping_rules_that_cannot_matter_loses_no_finding(
    document: Document, context: str | None
) -> None:
    """The quick choice of document rules finds what all of them find."""
    chosen = document_rules(document, context)
    for rule in DOCUMENT_RULES:
        if rule not in chosen:
            assert rule.document is not None
            assert not [*rule.document(document, context, wire_name)]


@given(st.sampled_from(NODES), st.frozensets(st.integers(0, 24)))
def test_skipping_rules_by_attributes_loses_no_finding(node: Node, dropped: frozenset[int]) -> None:
    """The quick choice of element rules finds what all of them find."""
    element, made = node.element, lenient(node, dropped)
    wires = tuple(
        attribute.wire
        for attribute in element.attributes
        if getattr(made, attribute.name) is not None
    )
    chosen = element_rules(element.name, wires)
    for rule in ELEMENT_FINDERS[element.name]:
        if rule not in chosen:
            assert rule.find is not None
            assert not [*rule.find(made, wire_name)]


@given(DOCUMENTS, PLACES)
def test_text_and_values_are_judged_alike(document: Document, context: str | None) -> None:
    """A document made in Python has the problems of its XML, in Python names."""

    def ids(problems: list[Problem]) -> Counter[str]:
        return Counter(problem.rule for problem in problems)

    assert ids(check(document, context=context)) == ids(check(document.to_bxml(), context=context))
