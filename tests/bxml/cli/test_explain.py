"""``bxml explain``: everything about elements, rules and contexts, from the tables."""

import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

import bxml
from bxml import Node, check
from bxml.cli.commands import cli
from bxml.cli.examples import EXAMPLES
from bxml.cli.explain import (
    AttributeRow,
    attribute_docs,
    details,
    element_page,
    find_topic,
    summary,
    why_unknown,
)
from bxml.documents import ELEMENTS, Document
from bxml.rules import CONTEXTS, RULES

ROOT = Path(__file__).parents[3]


def explain(*name: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(cli, ["explain", *name])


def flat(text: str) -> str:
    """Return the text without its line breaks and columns."""
    return " ".join(text.split())


@pytest.mark.parametrize("name", ELEMENTS)
def test_every_element_is_explained(name: str) -> None:
    """The page has the summary, every attribute under both names, and the vendor page."""
    result = explain(name)
    assert (result.exit_code, result.stderr) == (0, "")
    element = ELEMENTS[name].element
    lines = [line.split() for line in result.stdout.splitlines()]
    firsts = {words[0] for words in lines if words}
    for attribute in element.attributes:
        assert {attribute.wire, attribute.name} <= firsts
    page = flat(result.stdout)
    assert page.startswith(f"{name}: {flat(summary(ELEMENTS[name])).replace('``', '')}")
    assert f"bxml/{element.page} " in page
    assert all(webhook in page for callback in element.callbacks for webhook in callback.webhooks)
    assert flat(EXAMPLES[name]).split()[0] in page
    prose = result.stdout.split("\nExample\n")[0]
    assert max(map(len, prose.splitlines())) <= 100


@pytest.mark.parametrize("name", ELEMENTS)
def test_every_attribute_has_a_text(name: str) -> None:
    """Texts are those in the source under the fields, of inherited ones too."""
    rows = element_page(ELEMENTS[name]).attributes
    assert [row.wire for row in rows if not row.text] == []
    assert [row.wire for row in rows if not row.limits and row.type != "text"] == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_show_their_element_without_a_problem(name: str) -> None:
    """An example is a document that holds the element, and check finds nothing in it."""
    assert f"<{name}" in EXAMPLES[name]
    assert check(EXAMPLES[name]) == []
    root = "Bxml" if name == "Bxml" else "Response"
    context = "call-update" if name == "Bxml" else "call-webhook-reply"
    assert EXAMPLES[name].startswith(f"<{root}>")
    assert check(EXAMPLES[name], context=context) == []


def test_every_element_has_an_example() -> None:
    """No element is left without one, and none is shown that does not exist."""
    assert set(EXAMPLES) == set(ELEMENTS)


def page(cls: type[Node]) -> dict[str, str]:
    """Return the facts about an element by label."""
    return dict(element_page(cls).facts)


@pytest.mark.parametrize(
    ("cls", "label", "said"),
    [
        (bxml.Response, "Allowed in", "nothing: it is the root of a document"),
        (bxml.Response, "Holds", "any number of verbs"),
        (bxml.Response, "In Python", "Response(...)"),
        (bxml.PhoneNumber, "Allowed in", "Transfer"),
        (bxml.PhoneNumber, "Holds", "an E.164 phone number"),
        (bxml.PhoneNumber, "In Python", "PhoneNumber(...), or .phone_number(...) on Transfer"),
        (bxml.SpeakSentence, "Allowed in", "Response, Bxml or Gather"),
        (bxml.SpeakSentence, "Holds", "text and SSML tags; not blank"),
        (bxml.Gather, "Holds", "0 to 20 SpeakSentence or PlayAudio"),
        (bxml.Refer, "Holds", "1 SipUri"),
        (bxml.Tag, "Holds", "a tag of at most 256 characters; may be empty"),
        (bxml.Hangup, "Holds", "nothing"),
        (bxml.ssml.Break, "Allowed in", "SpeakSentence or another SSML tag"),
        (bxml.ssml.Break, "Holds", "nothing"),
        (bxml.ssml.SayAs, "Holds", "text and SSML tags"),
        (bxml.ssml.SayAs, "In Python", "ssml.say_as(...)"),
        (bxml.Hangup, "Next verb", "never runs"),
        (bxml.Pause, "Next verb", "runs when this one has finished"),
        (bxml.StartStream, "Next verb", "runs at once"),
        (bxml.StopStream, "Next verb", "waits only with wait=True"),
        (bxml.Connect, "Next verb", "not documented whether it runs"),
        (bxml.Connect, "Status", "beta"),
        (bxml.Connect, "Since", "2024"),
        (bxml.Refer, "Next verb", "depends on the outcome: see referCompleteUrl"),
        (
            bxml.Gather,
            "Next verb",
            (
                "never runs when gatherUrl is set: the reply to that webhook takes over; "
                "otherwise runs when this one has finished"
            ),
        ),
    ],
)
def test_facts_are_put_into_words(cls: type[Node], label: str, said: str) -> None:
    """Each kind of content, place and end of execution has its words."""
    assert page(cls)[label] == said


def test_webhooks_tell_their_attributes_and_their_reply() -> None:
    """Where a webhook goes, with which fallback and credentials, and whether BXML may come back."""
    assert element_page(bxml.Gather).webhooks == (
        (
            "gather",
            (
                "to gatherUrl, method gatherMethod, fallback gatherFallbackUrl, "
                "fallback method gatherFallbackMethod, credentials username and password, "
                "fallback credentials fallbackUsername and fallbackPassword; "
                "the reply may hold BXML"
            ),
        ),
        (
            "partialGather",
            (
                "to partialResultCallback, method partialResultCallbackMethod; "
                "the reply body is ignored"
            ),
        ),
    )


def row(cls: type[Node], wire: str) -> AttributeRow:
    """Return what is said about an attribute, apart from its text."""
    (found,) = (attribute for attribute in element_page(cls).attributes if attribute.wire == wire)
    return found


INPUTS = "dtmf, speech or dtmf_speech"


@pytest.mark.parametrize(
    ("cls", "wire", "words"),
    [
        (bxml.Gather, "maxDigits", ("max_digits", "integer", "1 to 50", "digits", "50", False)),
        (bxml.Pause, "duration", ("duration", "number", "0.1 to 86400", "seconds", "1", False)),
        (bxml.Gather, "repeatCount", ("repeat_count", "integer", "1 or more", "times", "1", False)),
        (bxml.Gather, "input", ("input_", "word", INPUTS, "", "dtmf", False)),
        (bxml.Ring, "answerCall", ("answer_call", "boolean", "true or false", "", "true", False)),
        (
            bxml.Gather,
            "terminatingDigits",
            ("terminating_digits", "text", "DTMF keys (0-9 * # a-d A-D)", "", "empty", False),
        ),
        (bxml.Gather, "hints", ("hints", "text", "", "", "", False)),
        (
            bxml.Forward,
            "uui",
            (
                "uui",
                "text",
                ("User-To-User values that each end in ;encoding=base64, ;encoding=jwt or "
                ";encoding=hex, at most 350 characters"),
                "",
                "",
                False,
            ),
        ),
        (
            bxml.ssml.Lang,
            "xml:lang",
            ("lang", "text", "a text that is not empty", "", "", True),
        ),
    ],
)  # fmt: skip
def test_attributes_are_put_into_words(
    cls: type[Node], wire: str, words: tuple[str, str, str, str, str, bool]
) -> None:
    """Each kind of value has its type, limits, unit and default in words."""
    found = row(cls, wire)
    assert words == (
        found.python,
        found.type,
        found.limits,
        found.unit,
        found.default,
        found.required,
    )


def test_sources_beside_the_vendor_page_are_told() -> None:
    """A fact that the vendor page does not show says where it comes from."""
    assert row(bxml.Gather, "hints").text == (
        "Words and phrases that help the recogniser. "
        "Source: python-sdk 23.3.1; the vendor page does not show it yet."
    )


@pytest.mark.parametrize("name", RULES)
def test_every_rule_is_explained(name: str) -> None:
    """The page has severity and reason, both examples, and what check says about the bad one."""
    result = explain(name)
    assert (result.exit_code, result.stderr) == (0, "")
    shown, rule = flat(result.stdout), RULES[name]
    assert shown.startswith(f"{name}: {rule.severity}, ")
    assert flat(rule.why) in shown
    good = rule.good.to_bxml() if isinstance(rule.good, Document) else rule.good
    first = good.decode("latin-1") if isinstance(good, bytes) else good
    assert "Bad" in shown
    assert isinstance(rule.good, Document) or flat(first)[:40] in shown
    enable = () if rule.enabled else (name,)
    problems = check(rule.bad, context=rule.context, enable=enable)
    said = [flat(str(problem)) for problem in problems if problem.rule == name]
    assert said
    assert all(each in shown for each in said)
    if rule.context is not None:
        assert f"--context {rule.context}" in shown
    if not rule.enabled:
        assert f"--enable {name}" in shown
    assert (f"--disable {name}" in shown) is (rule.enabled and rule.can_be_disabled)


@pytest.mark.parametrize("name", CONTEXTS)
def test_every_context_is_explained(name: str) -> None:
    """The page has the description and every verb under what is known about it there."""
    result = explain(name)
    assert result.exit_code == 0
    shown, context = flat(result.stdout), CONTEXTS[name]
    assert shown.startswith(f"{name}: {flat(context.description)}")
    for label, verbs in (("Allowed", context.allowed), ("Forbidden", context.forbidden)):
        assert f"{label} verbs {', '.join(sorted(verbs)) or 'none'}" in shown


def test_the_page_about_checking_lists_every_context() -> None:
    """The documentation has a line for each context, and none for one that does not exist."""
    text = (ROOT / "docs" / "checking.md").read_text(encoding="utf-8")
    table = text.split("| context | the document is |")[1].split("\n\n")[0]
    assert re.findall(r"^\| `([^`]+)`", table, re.MULTILINE) == list(CONTEXTS)


def test_hooks_run_commands_that_exist() -> None:
    """Every hook for pre-commit is a command line that the command understands."""
    text = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    entries = re.findall(r"^  entry: bxml (.+)$", text, re.MULTILINE)
    assert len(entries) == text.count("- id: ") > 0
    for entry in entries:
        assert CliRunner().invoke(cli, [*entry.split(), "--help"]).exit_code == 0


def test_without_a_name_everything_is_listed() -> None:
    """The list has every element, rule and context at the start of a line."""
    result = explain()
    names = {line.split()[0] for line in result.stdout.splitlines() if line.strip()}
    assert {*ELEMENTS, *RULES, *CONTEXTS} <= names


@pytest.mark.parametrize(
    ("name", "element"),
    [
        ("gather", "Gather"),
        ("GATHER", "Gather"),
        ("speak_sentence", "SpeakSentence"),
        ("speak-sentence", "SpeakSentence"),
        ("<SpeakSentence>", "SpeakSentence"),
        ("break", "break"),
        ("break_", "break"),
        ("ssml.break_", "break"),
        ("SayAs", "say-as"),
        ("say_as", "say-as"),
        ("interpret-as", None),
    ],
)
def test_names_are_found_in_any_spelling(name: str, element: str | None) -> None:
    """Element names, Python names, SSML tags and classes lead to the element, whatever the case."""
    found = find_topic(name)
    assert found is (ELEMENTS[element] if element else None)


def test_no_name_stands_for_two_things() -> None:
    """Elements, rules and contexts do not hide each other."""
    for table in (RULES, CONTEXTS, ELEMENTS):
        for name, topic in table.items():
            assert find_topic(name) is topic


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("gathr", "did you mean 'Gather'?"),
        ("bad-ur", "did you mean 'bad-url'?"),
        ("call-updat", "did you mean 'call-update'?"),
        ("maxDigits", "it is an attribute of Gather"),
        ("call_timeout", "it is an attribute of Forward and Transfer"),
        ("duration", "it is an attribute of Ring and Pause"),
        ("xyz", "run 'bxml explain' for a list"),
        ("", "run 'bxml explain' for a list"),
    ],
)
def test_unknown_names_get_a_hint(name: str, hint: str) -> None:
    """A slip is answered with the nearest name, an attribute with its elements."""
    result = explain(name)
    assert result.exit_code == 2
    expected = f"expected an element, a rule or a context, got {name!r}; {hint}"
    assert result.stderr.splitlines()[-1] == f"Error: {expected}"


@given(st.text(max_size=100))
def test_any_name_is_found_or_told(name: str) -> None:
    """Whatever the name, there is a topic or a line that says what was expected."""
    if find_topic(name) is None:
        assert why_unknown(name).startswith("expected an element, a rule or a context, got ")


class Documented:
    """First paragraph.

    Second paragraph,
    on two lines.

    Vendor page: nowhere
    """

    one: int
    """Text of
    one."""
    two: int
    three: int = 3
    "Text of three."

    def method(self) -> None:
        """Stand between fields and say nothing about them."""


class Heir(Documented):
    """Inherits."""

    two: int
    """Text of two."""


def test_texts_of_classes_come_from_their_source() -> None:
    """Docstrings under fields are found by name, of bases too; the class docstring is split."""
    assert attribute_docs(Documented) == {"one": "Text of one.", "three": "Text of three."}
    assert attribute_docs(Heir) == {
        "one": "Text of one.",
        "two": "Text of two.",
        "three": "Text of three.",
    }
    assert summary(Documented) == "First paragraph."
    assert details(Documented) == ("Second paragraph, on two lines.",)


def test_texts_without_a_source_are_empty() -> None:
    """Classes made by C, by exec or without docstrings have no texts, and that is no error."""
    scope: dict[str, type] = {}
    exec("class Made: a: int", {"__name__": "made-by-a-test"}, scope)  # noqa: S102 - no source then
    assert "made-by-a-test" not in sys.modules
    assert attribute_docs(int) == {}
    assert attribute_docs(scope["Made"]) == {}
    assert (summary(scope["Made"]), details(scope["Made"])) == ("", ())
