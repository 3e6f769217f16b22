"""The rule table: that it is complete and that its examples hold."""

import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

from bxml import ValidationError, check, ssml
from bxml._invariants import INVARIANTS
from bxml._kinds import Text
from bxml._node import ELEMENTS
from bxml.rules import GROUPS, OFF, RULES, Example, Rule

DOCUMENTED_ERRORS = """
    malformed-xml document-too-large root-not-allowed unknown-element element-not-allowed-here
    text-not-allowed required-attribute-missing required-text-missing value-not-in-enum
    value-out-of-range value-too-long pattern-mismatch bad-boolean bad-number bad-url
    too-few-children too-many-children verb-not-allowed-in-conference
    verb-not-allowed-in-transfer-answer display-name-keyword-with-privacy gather-repeat-limit
    record-credentials-need-https speak-sentence-blank start-recording-credentials-need-https
    start-stream-credentials-need-https stream-destination-not-websocket
    start-transcription-credentials-need-https transcription-destination-not-websocket
    transfer-display-name-keyword-with-privacy refer-sip-uri-has-attributes ssml-unknown-element
    ssml-break-too-long ssml-date-needs-format
"""
SAFETY_ERRORS = "doctype-not-allowed nested-too-deep"
INFERRED_ERRORS = "unknown-attribute"
DOCUMENTED_WARNINGS = """
    verb-undocumented-in-transfer-answer verb-undocumented-for-endpoint bxml-in-notification-reply
    unreachable-verb sips-scheme-undocumented uui-longer-than-256 empty-response-hangs-up
    caller-id-keyword-legacy diversion-reason-needs-stack uui-needs-sip-destination
    start-gather-with-forward gather-without-url speech-attribute-needs-speech-input
    audio-extension-unsupported detect-language-needs-transcribe
    refer-verbs-after-run-only-on-failure voice-overrides-gender-locale unknown-voice
    unknown-tts-locale duplicate-start-recording
    start-recording-detect-language-needs-transcribe conference-recording-ignored-attribute
    start-stream-last-verb bidirectional-stream-not-kept-alive stream-track-limit
    duplicate-stream-name preferred-languages-with-detect-language preferred-languages-one-dialect
    stabilized-needs-destination transcription-track-limit duplicate-transcription-name
    transfer-caller-id-keyword-legacy transfer-diversion-reason-needs-stack
    transfer-diversion-inbound-only ssml-emphasis-with-enhanced-voice
    ssml-partial-with-enhanced-voice ssml-unknown-language ssml-phoneme-alphabet-undocumented
    ssml-format-only-for-date ssml-telephone-length
"""
INFERRED_WARNINGS = """
    encoding-not-utf-8 credentials-over-http password-without-username
    fallback-without-primary-url method-without-url credentials-without-url
    relative-url-without-base bridge-target-call-id-shape
    coach-without-calls connect-without-endpoint connect-multiple-endpoints forward-after-answer
    dtmf-attribute-with-speech-only audio-url-padded transcription-url-needs-transcribe
    silence-timeout-beyond-max-duration dtmf-only-pauses speak-sentence-no-words
    start-recording-transcription-url-needs-transcribe stream-credentials-without-tls
    duplicate-stream-param-name duplicate-custom-param-name stop-stream-name-unknown
    custom-params-need-destination duplicate-transfer-destination ssml-nesting
    ssml-break-strength-and-time ssml-prosody-without-attribute ssml-number-not-numeric
    text-escaped-twice text-is-a-python-object
    template-not-filled-in escape-hatch
"""

NAMES = {attribute.wire for cls in ELEMENTS.values() for attribute in cls.element.attributes} | {
    *ELEMENTS
}
SSML_WORDS = {"cardinal", "telephone"}

RULE = pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)


def found(rule: Rule, source: Example, context: str | None) -> list[str]:
    """Return the ids that a check finds, with the rule in question switched on."""
    enable = () if rule.enabled else (rule.id,)
    return [each.rule for each in check(source, context=context, enable=enable)]


@pytest.mark.parametrize(
    ("severity", "basis", "ids"),
    [
        ("error", "documented", DOCUMENTED_ERRORS),
        ("error", "safety", SAFETY_ERRORS),
        ("error", "inferred", INFERRED_ERRORS),
        ("warning", "documented", DOCUMENTED_WARNINGS),
        ("warning", "inferred", INFERRED_WARNINGS),
    ],
)
def test_the_table_holds_these_rules_and_no_others(severity: str, basis: str, ids: str) -> None:
    """Every id has its severity and basis; one too many or too few is seen."""
    listed = [
        rule.id for rule in RULES.values() if (rule.severity, rule.basis) == (severity, basis)
    ]
    assert sorted(listed) == sorted(ids.split())


def test_only_rules_that_a_document_cannot_prove_are_off() -> None:
    """All other rules are on unless somebody disables them."""
    assert {"stop-stream-name-unknown", "transfer-diversion-inbound-only"} == OFF
    assert not [rule.id for rule in RULES.values() if rule.enabled == (rule.id in OFF)]


def test_no_id_stands_twice() -> None:
    """A second rule of the same id would hide the first."""
    counted = Counter(rule.id for rules in GROUPS.values() for rule in rules)
    assert set(counted.values()) == {1}
    assert list(counted) == list(RULES)


@RULE
def test_bad_example_breaks_its_rule_and_nothing_else(rule: Rule) -> None:
    """The example shows one mistake, reported once."""
    assert found(rule, rule.bad, rule.context) == [rule.id]


@RULE
def test_good_example_has_no_problem_at_all(rule: Rule) -> None:
    """The repaired twin is fine for every rule."""
    assert found(rule, rule.good, rule.good_context) == []


@RULE
def test_finding_says_what_was_expected_and_what_to_change(rule: Rule) -> None:
    """Messages follow one grammar; the severity is that of the table."""
    enable = () if rule.enabled else (rule.id,)
    (problem,) = check(rule.bad, context=rule.context, enable=enable)
    assert problem.message.startswith(f"{problem.path}: expected ")
    assert ", got " in problem.message
    assert problem.severity == rule.severity
    if rule.find is not None or rule.document is not None:
        assert problem.hint


@RULE
def test_rule_reads_like_a_sentence(rule: Rule) -> None:
    """Reasons are whole sentences of moderate length."""
    assert rule.why[0].isupper() or rule.why.split()[0] in NAMES | SSML_WORDS
    assert rule.why.endswith((".", ")"))
    assert 30 <= len(rule.why) <= 220


@RULE
def test_a_rule_can_be_switched_off_unless_the_platform_or_safety_demands_it(rule: Rule) -> None:
    """Warnings and inferred rules can go; documented errors and safety rules stay."""
    wanted = rule.severity == "warning" or rule.basis == "inferred"
    assert rule.can_be_disabled == wanted
    if wanted:
        assert check(rule.bad, context=rule.context, disable=[rule.id]) == []


@pytest.mark.parametrize("name", ["disable", "enable"])
@pytest.mark.parametrize(
    ("ids", "got"), [("unknown-voice", "'unknown-voice'"), (7, "7"), (object(), "an object")]
)
def test_ids_come_as_a_list(name: str, ids: object, got: str) -> None:
    """One id by itself, or something else, is refused by the name of the argument."""
    given: dict[str, Any] = {name: ids}
    with pytest.raises(ValidationError) as caught:
        check("<Response/>", **given)
    assert str(caught.value) == f"check.{name}: expected a list of rule ids, got {got}"


def test_rules_that_values_and_invariants_name_are_in_the_table() -> None:
    """Kinds and constructors report errors under ids that people can look up."""
    kinds = [attribute.kind for cls in ELEMENTS.values() for attribute in cls.element.attributes]
    kinds += [kind for cls in ELEMENTS.values() if (kind := cls.element.content.kind)]
    named = {kind.rule for kind in kinds if isinstance(kind, Text)}
    named |= {each.rule for group in INVARIANTS.values() for each in group}
    assert named <= RULES.keys()
    assert {RULES[each].severity for each in named} == {"error"}


def test_importing_bxml_leaves_the_rules_alone() -> None:
    """Who only composes documents does not wait for the table."""
    code = "import bxml, sys; sys.exit('bxml.rules' in sys.modules)"
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, check=False).returncode == 0


def test_every_ssml_tag_is_looked_at() -> None:
    """The nesting rule knows all tags there are."""
    tags = {name for name, cls in ELEMENTS.items() if issubclass(cls, ssml.SsmlNode)}
    assert set(RULES["ssml-nesting"].elements) == tags


LOOK_AT_EVERY_DOCUMENT = {
    "verb-not-allowed-in-conference",
    "verb-not-allowed-in-transfer-answer",
    "verb-undocumented-in-transfer-answer",
    "verb-undocumented-for-endpoint",
    "bxml-in-notification-reply",
    "relative-url-without-base",
    "empty-response-hangs-up",
}


def test_rules_for_documents_name_their_verbs() -> None:
    """A document without the verbs of a rule is not searched, so that checks stay quick."""
    found = {rule.id for rule in RULES.values() if rule.document is not None and not rule.elements}
    assert found == LOOK_AT_EVERY_DOCUMENT
