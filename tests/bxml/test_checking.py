"""Recognising clean documents must never change what is found."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxml import Gather, Response, SpeakSentence, ValidationError, check, checking
from bxml.rules import GROUPS

TEMPLATES = (
    "<Response><SpeakSentence>{}</SpeakSentence></Response>",
    '<Response><SpeakSentence voice="julie">Hello <break time="1s"/>{}</SpeakSentence></Response>',
    "<Response><SpeakSentence>{}<say-as interpret-as='time'>7</say-as></SpeakSentence></Response>",
    '<Response><Gather gatherUrl="/m"><SpeakSentence>{}</SpeakSentence></Gather></Response>',
    "<Response><!-- {} --><SpeakSentence>Hi</SpeakSentence></Response>",
    "<Response><Tag>{}</Tag><SpeakSentence>Hi</SpeakSentence></Response>",
    "<Response><SpeakSentence><![CDATA[{}]]></SpeakSentence></Response>",
    '<Response><SpeakSentence voice="{}">Hi</SpeakSentence></Response>',
)
RAW = (
    *(
        "<",
        ">",
        "&",
        "&amp;",
        "&nbsp;",
        "]]>",
        "--",
        "-->",
        "<!--",
        "<![CDATA[",
        "</SpeakSentence>",
    ),
    *(
        "<Hangup/>",
        "<break/>",
        "julie",
        '"',
        "'",
        " ",
        "\t",
        "\n",
        "\r",
        "~",
        "a",
        "Zoë",
        "\U0001f600",
    ),
    *("\x00", "\x0b", "\x85", "\ufffe", "\u2028", '"><SpeakSentence>', "<SpeakSentence>x"),
)
raw_texts = st.lists(st.sampled_from(RAW) | st.characters(codec="utf-8"), max_size=8).map("".join)


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    """Begin and end with nothing remembered."""
    checking._clean.clear()
    yield
    checking._clean.clear()


@given(template=st.sampled_from(TEMPLATES), said=raw_texts, saying=raw_texts)
def test_memory_never_changes_the_findings(template: str, said: str, saying: str) -> None:
    """A document gets the same findings after another of its shape as it gets alone."""
    document = template.format(saying)
    checking._clean.clear()
    alone = check(document)
    checking._clean.clear()
    check(template.format(said))
    check(template.format("Hello"))
    assert check(document) == alone


def test_other_words_are_recognised() -> None:
    """A document that says something else is known; a blank or another attribute is not."""
    first = TEMPLATES[0].format("Hello Ann")
    check(first)
    known = checking.fingerprint(TEMPLATES[0].format("Hello Bob"), None, frozenset())
    blank = checking.fingerprint(TEMPLATES[0].format("  "), None, frozenset())
    assert len(checking._clean) == 1
    assert known is not None
    assert blank is not None
    assert known[0] in {each[0] for each in checking._clean}
    assert blank[0] not in {each[0] for each in checking._clean}


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The memory does not grow beyond its limit."""
    monkeypatch.setattr(checking, "LIMIT", 3)
    for number in range(9):
        check(f'<Response><Pause duration="{number + 1}"/></Response>')
    assert len(checking._clean) <= 3


def test_a_context_is_part_of_what_is_known() -> None:
    """A document that is clean in a reply is still judged when it is pushed."""
    document = '<Response><Redirect redirectUrl="/next"/></Response>'
    assert check(document) == []
    found = check(document, context="call-update")
    assert [problem.rule for problem in found] == ["relative-url-without-base"]


@given(said=st.lists(st.sampled_from(RAW), min_size=1, max_size=4).map("".join))
def test_words_are_escaped(said: str) -> None:
    """Text with markup in it is written as text, like any other."""
    try:
        document = Response(SpeakSentence(said), Gather(SpeakSentence(said)))
    except ValidationError:
        return
    alone = document.to_bxml()
    about_words = [rule.id for rule in GROUPS["Text from programs"]]
    assert check(alone, disable=["gather-without-url", *about_words]) == []
