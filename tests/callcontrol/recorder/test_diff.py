"""Differences between two replies, and how they are reported."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxml import Response
from bxml.strategies import documents, verbs
from callcontrol.recorder.diff import Change, changes_between, problems_of
from callcontrol.recorder.models import RecordedReply
from callcontrol.recorder.trees import tree_of

XML = "application/xml"


def changes(before: str, after: str) -> list[str]:
    """Return the lines about two documents."""
    old, new = RecordedReply(200, XML, 1, before), RecordedReply(200, XML, 1, after)
    return list(map(str, changes_between(old, new)))


def document(inner: str) -> str:
    """Return a document with verbs in it."""
    return f"<Response>{inner}</Response>"


SAY, BYE = "<SpeakSentence>Hello.</SpeakSentence>", "<SpeakSentence>Goodbye.</SpeakSentence>"
WELCOME = "<SpeakSentence>Welcome.</SpeakSentence>"
CASES: dict[str, tuple[str, str, list[str]]] = {
    "attribute": (
        '<Gather maxDigits="1"/>',
        '<Gather maxDigits="2"/>',
        ["Response/Gather/@maxDigits: 1 -> 2"],
    ),
    "text": (
        f"{SAY}{BYE}",
        f"{SAY}<SpeakSentence>Bye.</SpeakSentence>",
        ['Response/SpeakSentence[2]: "Goodbye." -> "Bye."'],
    ),
    "attribute added": (
        '<Gather maxDigits="1"/>',
        '<Gather maxDigits="1" gatherUrl="/a"/>',
        ['Response/Gather/@gatherUrl: nothing -> "/a"'],
    ),
    "default written out": ("<Pause/>", '<Pause duration="1"/>', []),
    "default left": (
        "<Pause/>",
        '<Pause duration="2"/>',
        ["Response/Pause/@duration: 1 -> 2"],
    ),
    "number written otherwise": ('<Pause duration="2.50"/>', '<Pause duration="2.5"/>', []),
    "truth": (
        '<Transfer privacy="true"><PhoneNumber>+19195550101</PhoneNumber></Transfer>',
        "<Transfer><PhoneNumber>+19195550101</PhoneNumber></Transfer>",
        ["Response/Transfer/@privacy: true -> false"],
    ),
    "order of attributes": (
        '<Gather maxDigits="1" gatherUrl="/a"/>',
        "<Gather\n  gatherUrl='/a'   maxDigits='1'></Gather>",
        [],
    ),
    "white space": (SAY, "\n  <SpeakSentence>\n   Hello.\n </SpeakSentence>\n", []),
    "white space in speech": (
        "<SpeakSentence>Hello  there</SpeakSentence>",
        "<SpeakSentence>Hello\n there</SpeakSentence>",
        [],
    ),
    "comment": (SAY, f"<!-- new -->{SAY}", []),
    "verb added": (SAY, f"{SAY}<Hangup/>", ["Response/Hangup: added <Hangup/>"]),
    "verb removed": (
        f'{SAY}<Pause duration="3"/>',
        SAY,
        ['Response/Pause: removed <Pause duration="3"/>'],
    ),
    "verb replaced": (
        f"{SAY}<Hangup/>",
        f'{SAY}<Redirect redirectUrl="/x"/>',
        ['Response/Hangup: <Hangup/> -> <Redirect redirectUrl="/x"/>'],
    ),
    "verb inserted before its like": (
        f"{SAY}{BYE}",
        f"<SpeakSentence>Welcome.</SpeakSentence>{SAY}{BYE}",
        ["Response/SpeakSentence[1]: added <SpeakSentence>Welcome.</SpeakSentence>"],
    ),
    "inserted and changed": (
        "<SpeakSentence>Press one for sales.</SpeakSentence>",
        f"{WELCOME}<SpeakSentence>Press two for sales.</SpeakSentence>",
        [
            "Response/SpeakSentence[1]: added <SpeakSentence>Welcome.</SpeakSentence>",
            'Response/SpeakSentence: "Press one for sales." -> "Press two for sales."',
        ],
    ),
    "nested": (
        f"<Gather>{SAY}</Gather><Gather>{SAY}</Gather>",
        f"<Gather>{SAY}</Gather><Gather>{BYE}</Gather>",
        ['Response/Gather[2]/SpeakSentence: "Hello." -> "Goodbye."'],
    ),
    "SSML attribute": (
        '<SpeakSentence>Hi <break time="300ms"/> you</SpeakSentence>',
        '<SpeakSentence>Hi <break time="500ms"/> you</SpeakSentence>',
        ['Response/SpeakSentence/break/@time: "300ms" -> "500ms"'],
    ),
    "SSML text": (
        "<SpeakSentence>Hi <emphasis>you</emphasis> there</SpeakSentence>",
        "<SpeakSentence>Hi <emphasis>all</emphasis> here</SpeakSentence>",
        [
            'Response/SpeakSentence/emphasis: "you" -> "all"',
            'Response/SpeakSentence/text()[2]: "there" -> "here"',
        ],
    ),
    "SSML added": (
        "<SpeakSentence>Hi</SpeakSentence>",
        "<SpeakSentence>Hi<break/></SpeakSentence>",
        ["Response/SpeakSentence/break: added <break/>"],
    ),
    "silence": (
        "<SpeakSentence>Hi</SpeakSentence>",
        "",
        ["Response/SpeakSentence: removed <SpeakSentence>Hi</SpeakSentence>"],
    ),
    "unknown verb": (
        '<NewVerb a="1"/>',
        '<NewVerb a="2"/>',
        ['Response/NewVerb/@a: "1" -> "2"'],
    ),
}


@pytest.mark.parametrize(("before", "after", "told"), CASES.values(), ids=list(CASES))
def test_differences_are_values_with_paths(before: str, after: str, told: list[str]) -> None:
    """Each is one line; what means the same is none."""
    assert changes(document(before), document(after)) == told


def test_the_root_counts() -> None:
    """A document for REST is not one for a webhook."""
    assert changes("<Response/>", "<Bxml/>") == ['Bxml: "Response" -> "Bxml"']


def test_nothing_is_not_a_document() -> None:
    """An application that has fallen silent, and one that has begun to speak."""
    assert changes("<Response><Hangup/></Response>", " ") == [
        "Response: removed <Response><Hangup/></Response>"
    ]
    assert changes("", "<Response/>") == ["Response: added <Response/>"]
    assert changes("", "\n") == []


def test_a_status_counts_and_then_no_body() -> None:
    """What a platform does not run is not compared."""
    good, bad = RecordedReply(200, XML, 1, SAY), RecordedReply(404, "text/html", 5)
    failed = RecordedReply(502, failure="unreachable")
    assert list(changes_between(good, bad)) == [Change("status", "changed", 200, 404)]
    assert list(map(str, changes_between(good, failed))) == ['status: 200 -> "no connection"']
    assert list(map(str, changes_between(failed, good))) == ['status: "no connection" -> 200']
    assert list(changes_between(failed, failed)) == []


def test_a_media_type_counts_unless_both_are_xml() -> None:
    """A page is not a document, whatever stands in it."""
    replies = [
        RecordedReply(200, kind, 1, "<Response/>") for kind in (XML, "text/xml", "text/html")
    ]
    assert list(changes_between(replies[0], replies[1])) == []
    assert list(map(str, changes_between(replies[0], replies[2]))) == [
        'Content-Type: "application/xml" -> "text/html"'
    ]


def test_what_is_no_document_is_compared_as_text() -> None:
    """Line by line, and what is wrong is found by the rules."""
    before = "<Response>\n  <Hangup/>\n</Response>"
    after = '<Response>\n  <Gather repeatCount="x"/>\n</Response>'
    assert changes(before, after) == [
        'text (line 2): "  <Hangup/>" -> "  <Gather repeatCount=\\"x\\"/>"'
    ]
    assert [each.rule for each in problems_of(RecordedReply(200, XML, 1, after))] == ["bad-number"]
    assert problems_of(RecordedReply(200, XML, 1, before)) == ()
    assert problems_of(RecordedReply(200, XML, 1, " ")) == ()
    assert changes("a\nb", "a\n b\nc") == ['text (line 3): added "c"']
    assert changes("a\nb", "b") == ['text (line 1): removed "a"']


def test_a_body_that_is_no_text_is_told() -> None:
    """Sound where a document was."""
    sound = RecordedReply(200, "audio/wav", 9)
    told = list(map(str, changes_between(RecordedReply(200, XML, 1, SAY), sound)))
    assert told == ['text: "text" -> "audio/wav content"']


def test_long_values_are_cut_in_lines_only() -> None:
    """A line stays a line; the value is whole."""
    long = "word " * 200
    before = document(f"<SpeakSentence>{long}</SpeakSentence>")
    (change,) = changes_between(
        RecordedReply(200, XML, 1, before), RecordedReply(200, XML, 1, document(SAY))
    )
    assert len(str(change)) < 400
    assert change.before == long.strip()


@settings(max_examples=40)
@given(documents())
def test_a_document_does_not_differ_from_itself(made: Response) -> None:
    """However it is written."""
    assert changes(made.to_bxml(), made.to_bxml()) == []
    assert changes(made.to_bxml(), made.to_bxml(pretty=True)) == []


@settings(max_examples=40)
@given(documents(), documents())
def test_different_documents_differ(first: Response, second: Response) -> None:
    """And in both directions by as many changes."""
    told, back = (
        changes(first.to_bxml(), second.to_bxml()),
        changes(second.to_bxml(), first.to_bxml()),
    )
    assert bool(told) == bool(back)
    if tree_of(first) != tree_of(second):
        assert told


@settings(max_examples=40)
@given(documents(), verbs(), st.data())
def test_one_verb_more_is_one_change(made: Response, verb: object, data: st.DataObject) -> None:
    """Wherever it stands."""
    place = data.draw(st.integers(0, len(made)))
    more = Response(*made.verbs[:place], verb, *made.verbs[place:])  # type: ignore[arg-type]
    base = Response(*made.verbs)
    (told,) = changes_between(
        RecordedReply(200, XML, 1, base.to_bxml()), RecordedReply(200, XML, 1, more.to_bxml())
    )
    assert told.kind == "added"
    (told,) = changes_between(
        RecordedReply(200, XML, 1, more.to_bxml()), RecordedReply(200, XML, 1, base.to_bxml())
    )
    assert told.kind == "removed"


def test_large_documents_take_no_time() -> None:
    """As large as the platform takes, of the smallest verbs, and nothing alike."""
    pauses = "".join(f'<Pause duration="{place % 7}"/>' for place in range(2800))
    hangups = "<Hangup/>" * 3000 + "<Pause/>" * 3000
    turned = "<Pause/>" * 3000 + "<Hangup/>" * 3000
    began = time.process_time()
    assert changes(document(pauses), document(hangups))
    assert changes(document(hangups), document(turned))
    assert time.process_time() - began < 30
