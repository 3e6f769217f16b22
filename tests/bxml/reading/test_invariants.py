"""Cross-field rules on documents that were read: one mistake is one problem."""

import pytest

from bxml import ParseError, check, parse


def document(attributes: str) -> str:
    """Return a document with a say-as of these attributes."""
    return f"<Response><SpeakSentence><say-as {attributes}>1</say-as></SpeakSentence></Response>"


@pytest.mark.parametrize(
    ("attributes", "rules"),
    [
        ('interpret-as="date"', ["ssml-date-needs-format"]),
        ('interpret-as="date" format="MDY"', ["value-not-in-enum"]),
        ('interpret-as="date" format=""', ["value-not-in-enum"]),
        ('interpret-as="date" fromat="mdy"', ["unknown-attribute"]),
        ('interpret-as="Date" format="mdy"', ["value-not-in-enum"]),
    ],
)
def test_what_was_given_but_unreadable_is_not_called_missing(
    attributes: str, rules: list[str]
) -> None:
    """A format that is wrong or misspelt is reported as that, not as absent on top."""
    found = [each.rule for each in check(document(attributes)) if each.severity == "error"]
    assert found == rules
    with pytest.raises(ParseError) as caught:
        parse(document(attributes))
    assert [problem.rule for problem in caught.value.problems] == rules


def test_a_misspelt_attribute_excuses_only_what_is_absent() -> None:
    """Values that contradict each other stay a problem beside an unknown attribute."""
    xml = '<Response><Gather repeatCount="21" nam="x"><PlayAudio>/a</PlayAudio></Gather></Response>'
    found = {each.rule for each in check(xml) if each.severity == "error"}
    assert found == {"gather-repeat-limit", "unknown-attribute"}


def test_findings_that_miss_an_unreadable_field_are_left_out() -> None:
    """The rules for warnings keep silent about what a flaw explains already."""
    xml = '<Response><Gather gatherURL="/a" gatherMethod="GET"/></Response>'
    assert [each.rule for each in check(xml)] == ["unknown-attribute"]
    xml = "<Response>Hello.</Response>"
    assert [each.rule for each in check(xml)] == ["text-not-allowed"]
