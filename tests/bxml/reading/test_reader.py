"""What reading reports: names, places, values and counts, each at the line to blame."""

import gc
import json
import time
import weakref
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxml import ParseError, Problem, Response, SpeakSentence, check, parse, ssml
from bxml._reading.frames import OpenElement
from bxml._reading.reader import MAX_DEPTH, Reader
from bxml.documents import ELEMENTS, MAX_BYTES


def errors(source: str | bytes) -> tuple[Problem, ...]:
    """Return the problems for which a document is refused."""
    with pytest.raises(ParseError) as caught:
        parse(source)
    return caught.value.problems


CASES: list[dict[str, str]] = json.loads(
    Path(__file__).with_name("reading.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", CASES, ids=[case["document"][:60] for case in CASES])
def test_each_mistake_is_reported_once_at_its_place(case: dict[str, str]) -> None:
    """One mistake gives one error, at the place marked by the caret, in exactly these words."""
    before, _, after = case["document"].partition("^")
    (found,) = errors(before + after)
    lines = before.split("\n")
    line, column = len(lines), len(lines[-1]) + 1
    message = f"{case['path']}: {case['finding']}"
    expected = Problem(case["rule"], "error", case["path"], line, column, message, case.get("hint"))
    assert found == expected


def test_siblings_of_one_name_are_counted() -> None:
    """A path says which of several, and only then; other names between do not count."""
    inside = "<Gather/><Pause a='1'/><Gather><PlayAudio b='1'>x</PlayAudio></Gather>"
    source = f"<Response>{inside}</Response>"
    assert [found.path for found in errors(source)] == [
        "Response/Pause/@a",
        "Response/Gather[2]/PlayAudio/@b",
    ]


def test_every_mistake_of_an_element_is_reported() -> None:
    """Unknown names, bad values and missing ones come together, sorted by place."""
    source = '<Response>\n<Redirect redirectMethod="get" foo="1"\n tag=""/>text\n<Foo/></Response>'
    assert [(found.rule, found.line, found.column) for found in errors(source)] == [
        ("required-attribute-missing", 2, 1),
        ("value-not-in-enum", 2, 11),
        ("unknown-attribute", 2, 32),
        ("text-not-allowed", 3, 10),
        ("unknown-element", 4, 1),
    ]


def test_two_hundred_mistakes_are_two_hundred_problems() -> None:
    """Nothing is cut off and nothing is reported twice."""
    source = "<Response>\n" + '<Pause duration="x"/>\n' * 200 + "</Response>"
    assert [found.line for found in errors(source)] == list(range(2, 202))


def test_a_slip_of_case_is_read_as_what_was_meant() -> None:
    """What stands inside a misspelt element is judged as if the name were right."""
    source = "<response><gather maxDigits='0'><speakSentence/></gather></response>"
    assert [found.rule for found in errors(source)] == [
        "root-not-allowed",
        "unknown-element",
        "value-out-of-range",
        "unknown-element",
        "speak-sentence-blank",
    ]


def test_text_inside_an_unknown_element_is_not_judged() -> None:
    """Nobody knows what an unknown element holds, so only its name is reported."""
    (found,) = errors("<Response><Whatever a='1'>text</Whatever></Response>")
    assert found.rule == "unknown-element"


@pytest.mark.parametrize("name", ELEMENTS)
def test_every_element_can_be_unknown_inside_itself(name: str) -> None:
    """Whatever stands where, the reader has words for it and no error of its own."""
    for inner in ELEMENTS:
        source = f"<Response><{name}><{inner}/></{name}></Response>"
        with suppress(ParseError):
            assert parse(parse(source).to_bxml()) == parse(source)


def test_namespaces_end_with_their_element() -> None:
    """A prefix or default namespace holds inside the element that declares it, and not behind."""
    source = (
        '<Response><Pause xmlns:x="u"/><Hangup xmlns="u"><Pause xmlns=""/></Hangup>'
        '<Ring xmlns:x="u" x:a="1"/><Ring x:a="1"/></Response>'
    )
    assert [(found.rule, found.path) for found in errors(source)] == [
        ("unknown-element", "Response/Hangup"),
        ("unknown-attribute", "Response/Ring[1]/@x:a"),
        ("malformed-xml", "Response/Ring[2]/@x:a"),
    ]


def test_declarations_alone_are_no_mistake() -> None:
    """An empty default namespace and unused prefixes change nothing."""
    source = '<Response xmlns="" xmlns:x="urn:x"><Hangup/></Response>'
    assert parse(source) == parse("<Response><Hangup/></Response>")


@pytest.mark.parametrize("levels", [MAX_DEPTH - 1, MAX_DEPTH, MAX_DEPTH + 1, 5000])
def test_depth_is_limited(levels: int) -> None:
    """One hundred levels are read; more are refused whatever they hold, without recursion."""
    speech = levels - 2
    source = (
        f"<Response><SpeakSentence>{'<s>' * speech}x{'</s>' * speech}</SpeakSentence></Response>"
    )
    if levels <= MAX_DEPTH:
        node: object = parse(source).verbs[0]
        depth = 1
        while isinstance(node, SpeakSentence | ssml.S):
            node = node.content[0]
            depth += 1
        assert depth == levels
        return
    (found,) = errors(source)
    assert (found.rule, found.column) == ("nested-too-deep", 11 + 15 + 3 * 98)


def numbered(template: str, count: int) -> str:
    """Return the template with each number up to a count."""
    return " ".join(template.format(number) for number in range(count))


HOSTILE = {
    "billion laughs": "<!DOCTYPE R [<!ENTITY a '&b;&b;'><!ENTITY b 'x'>]><Response>&a;</Response>",
    "external entity": '<!DOCTYPE R [<!ENTITY a SYSTEM "file:///etc/passwd">]><Response>&a;</Response>',
    "external type": '<!DOCTYPE Response SYSTEM "http://127.0.0.1:9/x.dtd"><Response/>',
    "many attributes": "<Response><Pause " + numbered("a{:x}=''", 7000) + "/></Response>",
    "many elements": "<Response>" + "<x/>" * 16_000 + "</Response>",
    "many prefixes": "<Response " + numbered("xmlns:a{:x}='u'", 3000) + "><a0:b/></Response>",
    "deep": "<Response>" + "<Gather>" * 8000,
    "long names": f"<Response><{'a' * 60_000}/></Response>",
    "long values": f"<Response><Pause duration='{'9' * 60_000}'/></Response>",
    "much text": f"<Response>{'&lt;' * 16_000}</Response>",
}
RULES = {
    "billion laughs": "doctype-not-allowed",
    "external entity": "doctype-not-allowed",
    "external type": "doctype-not-allowed",
    "many attributes": "unknown-attribute",
    "many elements": "unknown-element",
    "many prefixes": "unknown-element",
    "deep": "nested-too-deep",
    "long names": "unknown-element",
    "long values": "bad-number",
    "much text": "text-not-allowed",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_are_refused_fast(name: str) -> None:
    """Documents made to cost time are refused by rule id in time that a request can wait."""
    source = HOSTILE[name]
    assert len(source) <= MAX_BYTES
    begun = time.process_time()
    found = errors(source)
    assert time.process_time() - begun < 5
    assert {item.rule for item in found} == {RULES[name]}
    assert all(len(item.message) < 200 or name == "long names" for item in found)


def test_time_grows_with_the_document_only() -> None:
    """Four times as many mistakes take about four times as long, not sixteen times."""

    def cost(count: int) -> float:
        source = "<Response>" + "<Pause a='1' b='2'/>" * count + "</Response>"
        begun = time.process_time()
        assert len(errors(source)) == 2 * count
        return time.process_time() - begun

    cost(100)
    small = min(cost(700) for _ in range(3))
    large = min(cost(2800) for _ in range(3))
    assert large < 10 * small


def test_readers_leave_no_cycles_behind() -> None:
    """What was read is freed at once, without waiting for the garbage collector."""
    gc.collect()
    gc.disable()
    try:
        reader = Reader()
        reader.read(b"<Response><Gather/></Response>")
        assert isinstance(reader.root, Response)
        gone = weakref.ref(reader)
        del reader
        assert gone() is None
    finally:
        gc.enable()


def test_frames_know_their_parents() -> None:
    """Rules and messages can walk from any element to the root."""
    reader = Reader()
    reader.read(b"<Response><Gather><PlayAudio>x</PlayAudio></Gather></Response>")
    each: OpenElement | None = reader.frames[-1]
    tags: list[str] = []
    while each is not None:
        tags.append(each.tag)
        each = each.parent
    assert tags == ["PlayAudio", "Gather", "Response"]


@given(
    st.lists(
        st.sampled_from(
            ["<Gather>", "</Gather>", "<x>", "</x>", "a", "<Hangup/>", "<s>", "</s>", " "]
        )
    ).map("".join)
)
def test_any_nesting_is_read_or_refused(inside: str) -> None:
    """Whatever stands in a document, reading ends with values or with problems in order."""
    try:
        document = parse(f"<Response>{inside}</Response>")
    except ParseError as error:
        columns = [found.column or 0 for found in error.problems]
    else:
        assert parse(document.to_bxml()) == document
        return
    assert columns == sorted(columns)


def test_nearest_names_are_looked_for_some_words_of_a_document() -> None:
    """Looking takes long, so a document of nothing but mistakes gets hints for the first words."""
    found = check(f"<Response>{''.join(f'<Gathe{n}/>' for n in range(60))}<Gathe1/></Response>")
    hints = [problem.hint for problem in found]
    assert hints[:50] == ["did you mean 'Gather'?"] * 50
    assert hints[50:60] == [None] * 10
    assert hints[60] == "did you mean 'Gather'?"


def test_paths_are_bounded() -> None:
    """Deep elements of long names do not make a path for each child that holds them all."""
    deep = "".join(f"<{letter * 300}>" for letter in "abcdefghijklmnopqrstuvwxyz" * 3)
    found = check(f"<Response>{deep}{'<z/>' * 100}")
    assert max(len(problem.path) for problem in found) <= 2003
    assert any(problem.path.startswith("Response/aaa") for problem in found)
    assert any(problem.path.endswith("/z[100]") for problem in found)
