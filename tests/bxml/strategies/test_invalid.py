"""What documents with one planted fault are, and what three judges say about each."""

from collections.abc import Callable, Mapping
from typing import cast

import pytest
from hypothesis import Phase, find, given, settings

from bxml import Document, ParseError, ValidationError, check, parse
from bxml._kinds import Kind, Text
from bxml._node import ELEMENTS
from bxml.rules import RULES
from bxml.strategies import InvalidDocument, invalid_documents
from bxml.strategies._invalid import faults
from bxml.strategies._value_faults import sites

SHRINKING = settings(
    max_examples=2_000,
    phases=(Phase.generate, Phase.shrink),
    database=None,
    deadline=None,
    derandomize=True,
)

NO_RULE = "expected the id of a rule that a text can break by itself"

ERRORS = [rule for rule in faults() if RULES[rule].severity == "error"]
WARNINGS = [rule for rule in faults() if RULES[rule].severity == "warning"]

OUT_OF_REACH = {
    "bxml-in-notification-reply": "holds in a context only",
    "conference-recording-ignored-attribute": "holds in a context only",
    "encoding-not-utf-8": "about bytes; a text is decoded already",
    "escape-hatch": "about documents made in Python",
    "relative-url-without-base": "holds in a context only",
    "verb-not-allowed-in-conference": "holds in a context only",
    "verb-not-allowed-in-transfer-answer": "holds in a context only",
    "verb-undocumented-for-endpoint": "holds in a context only",
    "verb-undocumented-in-transfer-answer": "holds in a context only",
}
"""Rules that no text can break by itself, and why."""


@pytest.mark.parametrize("rule", ERRORS)
def test_error_is_found_alone_and_engines_agree(
    rule: str, verdicts: Callable[[str], set[bool]], beyond_schemas: Mapping[str, str]
) -> None:
    """Check finds the planted fault and nothing else; both XSD engines refuse what they can."""

    @settings(max_examples=max(settings().max_examples // 5, 5))
    @given(invalid_documents(rules=[rule]))
    def holds(bad: InvalidDocument) -> None:
        assert bad.rule == rule
        errors = [each.rule for each in check(bad.xml) if each.severity == "error"]
        assert errors == [rule]
        assert verdicts(bad.xml) == {rule in beyond_schemas}

    holds()


@pytest.mark.parametrize("rule", WARNINGS)
def test_warning_is_found_in_a_valid_document(rule: str) -> None:
    """Check finds the planted fault and no error, and so does parse."""
    enable = [] if RULES[rule].enabled else [rule]

    @settings(max_examples=max(settings().max_examples // 12, 5))
    @given(invalid_documents(rules=[rule]))
    def holds(bad: InvalidDocument) -> None:
        found = check(bad.xml, enable=enable)
        assert {item.severity for item in found} == {"warning"}
        assert rule in {item.rule for item in found}
        assert isinstance(parse(bad.xml), Document)

    holds()


@given(invalid_documents())
def test_parse_refuses_what_check_calls_an_error(bad: InvalidDocument) -> None:
    """Reading a faulty document raises the very problems of severity error that check finds."""
    with pytest.raises(ParseError) as caught:
        parse(bad.xml)
    errors = [each for each in check(bad.xml) if each.severity == "error"]
    assert list(caught.value.problems) == errors


def test_every_rule_is_planted_or_out_of_reach() -> None:
    """A new rule gets a fault, or a reason why no text can break it."""
    assert set(RULES) == set(faults()) | set(OUT_OF_REACH)
    assert not set(faults()) & set(OUT_OF_REACH)


def test_only_known_errors_are_beyond_schemas(beyond_schemas: Mapping[str, str]) -> None:
    """The list of what schemas cannot say names planted errors only."""
    assert set(beyond_schemas) < set(ERRORS)


def test_only_errors_are_planted_unless_asked() -> None:
    """Without arguments the faults are errors, and of many kinds."""
    seen: set[str] = set()

    @settings(SHRINKING, max_examples=300, phases=(Phase.generate,))
    @given(invalid_documents())
    def collect(bad: InvalidDocument) -> None:
        seen.add(bad.rule)

    collect()
    assert seen <= set(ERRORS)
    assert len(seen) > len(ERRORS) // 2


def limited(kind: Kind) -> bool:
    """Return whether the kind refuses any text."""
    if isinstance(kind, Text):
        return kind.pattern is not None or kind.max_length is not None or kind.min_length > 0
    return True


def test_every_limited_value_gets_spoilt() -> None:
    """Each attribute and text that has a limit is a place for a fault."""
    spoilt = {(site.cls.element.name, site.attribute) for _, site in sites()}
    elements = [element.element for element in ELEMENTS.values()]
    attributes = {
        (element.name, attribute.wire)
        for element in elements
        for attribute in element.attributes
        if limited(attribute.kind)
    }
    texts = {
        (element.name, None)
        for element in elements
        if element.content.kind is not None
        and (element.content.required or limited(element.content.kind))
    }
    assert spoilt == attributes | texts


@pytest.mark.parametrize(
    ("rule", "xml"),
    [
        ("bad-boolean", '<Response><Ring answerCall=""/></Response>'),
        ("ssml-unknown-element", "<Response><SpeakSentence><P/>0</SpeakSentence></Response>"),
        ("element-not-allowed-here", "<Response><Hangup><Hangup/></Hangup></Response>"),
        ("speak-sentence-blank", "<Response><SpeakSentence/></Response>"),
        ("unknown-element", "<Response><hangup/></Response>"),
        ("unknown-attribute", '<Response><Hangup colour="0"/></Response>'),
    ],
)
def test_faults_shrink_to_the_fault_alone(rule: str, xml: str) -> None:
    """Nothing is left around the faulty element in the end."""
    found = find(invalid_documents(rules=[rule]), lambda _: True, settings=SHRINKING)
    assert isinstance(found, tuple)
    assert found.xml.partition("?>")[2] == xml


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        ("bad-url", "expected a list of rule ids, got 'bad-url'"),
        (7, "expected a list of rule ids, got 7"),
        ([], "expected at least one rule id, got none"),
        (
            ["bad-ulr"],
            f"{NO_RULE}, got 'bad-ulr'; did you mean 'bad-url'?",
        ),
        (
            ["verb-not-allowed-in-conference"],
            f"{NO_RULE}, got 'verb-not-allowed-in-conference'",
        ),
        ([None], f"{NO_RULE}, got None"),
    ],
)
def test_impossible_rules_are_refused(rules: object, problem: str) -> None:
    """The error comes with the call and names what would do."""
    build = cast("Callable[..., object]", invalid_documents)
    with pytest.raises(ValidationError) as caught:
        build(rules=rules)
    assert str(caught.value) == f"strategies.invalid_documents.rules: {problem}"
