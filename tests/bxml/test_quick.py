"""The quick pass must never change what is found or read, and must take every clean document."""

import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bxml import Document, Problem, check, checking, parse
from bxml._reading.decode import Undecodable, decode
from bxml._reading.invariants import errors_of
from bxml._reading.positions import undecodable
from bxml._reading.quick import read_quickly
from bxml._reading.reader import Reader
from bxml.errors import ParseError
from bxml.rules import CONTEXTS, ELEMENT_FINDERS, OFF, RULES
from bxml.strategies import InvalidDocument, documents, invalid_documents
from bxml.verbs.audio import SpeakSentence

ROOT = Path(__file__).parents[2]
IN_TEXT = re.compile(r"<(Response|Bxml)\b[^`]*?</\1>", re.DOTALL)
LONGEST = 10_000
CONTEXT_IDS = (None, *CONTEXTS)
CHUNKS = (
    *("<", ">", "&", "'", '"', " ", "\n", "\r", "\t", "\x00", "\ufeff", "]]>", "None", "No"),
    *("&amp;", "&lt;", "&apos;", "&quot;", "&#x27;", "&#78;one", "&amp;amp;", "{", "}}", "{name}"),
    *("('", "(&apos;x", "['a']", "%(a)s", "[object Object]", "datetime.date(", "${x}", "at 0x7f3a"),
    *("<!-- x -->", "<?x y?>", "<![CDATA[ x ]]>", "<!DOCTYPE Response>", "<break/>", "</Response>"),
    *("<SpeakSentence> </SpeakSentence>", "<SpeakSentence>Hi</SpeakSentence>", "<Hangup/>", "<x/>"),
    *(' xmlns="a"', ' xmlns:a="b"', ' a:b="c"', ' voice="Susan"', ' username="bw"', ' tag="a\nb"'),
    *("<say-as interpret-as='time'>7</say-as>", "<emphasis>x</emphasis>", "<Pause/>", "\u00a0"),
)


@cache
def corpus() -> tuple[str, ...]:
    """Return the documents of the rules, of the pages of the documentation and of the examples."""
    ruled = [each for rule in RULES.values() for each in (rule.bad, rule.good)]
    found = [each for each in ruled if isinstance(each, str)]
    for folder, ending in (("docs", "md"), ("examples", "py"), ("examples", "xml")):
        for path in (ROOT / folder).rglob(f"*.{ending}"):
            text = path.read_text("utf-8")
            found += [each[0] for each in IN_TEXT.finditer(text)]
    assert len(found) > len(RULES)
    return tuple(sorted({each for each in found if len(each) < LONGEST}))


@st.composite
def mutants(draw: st.DrawFn) -> str:
    """Return a document of the corpus with one to three spans replaced."""
    text = draw(st.sampled_from(corpus()))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 12)) | st.just(start))
        text = text[:start] + draw(st.sampled_from(CHUNKS)) + text[end:]
    return text


def both(
    source: str, context: str | None = None, off: frozenset[str] = OFF
) -> tuple[list[Problem], list[Problem]]:
    """Return what ``check`` reports about a new document, and what reading with positions does."""
    checking._clean.clear()
    enabled, disabled = OFF - off, off - OFF
    quick = check(source, context=context, enable=enabled, disable=disabled)
    try:
        text = decode(source)
    except Undecodable as refused:
        return quick, [undecodable(refused)]
    return quick, checking.problems_of(text, context, off)


def expect_same_document(text: str) -> None:
    """Check that the quick pass reads what the other reads, or nothing."""
    body = text.encode()
    found = read_quickly(body)
    reader = Reader()
    reader.read(body)
    errors = errors_of(reader, body)
    if found is not None:
        assert not errors
        assert found[0] == reader.root
    if errors:
        with pytest.raises(ParseError) as refused:
            parse(text)
        assert list(refused.value.problems) == errors
    else:
        assert parse(text) == reader.root


@pytest.mark.parametrize("context", CONTEXT_IDS)
def test_the_same_is_found_in_known_documents(context: str | None) -> None:
    """With all rules on."""
    for text in corpus():
        quick, whole = both(text, context, frozenset())
        assert quick == whole, text
        expect_same_document(text)


@given(text=mutants(), context=st.sampled_from(CONTEXT_IDS))
@example("<Response><SpeakSentence>No<?x?>ne</SpeakSentence></Response>", None)
@example("<Response><SpeakSentence>No<!-- -->ne</SpeakSentence></Response>", None)
@example("<Response><SpeakSentence>A&amp;<?x?>lt; B</SpeakSentence></Response>", None)
@example("<Response><SpeakSentence>(&apos;a&apos;,</SpeakSentence></Response>", None)
@example("<Bxml><SpeakSentence>a</SpeakSentence><SpeakSentence>None</SpeakSentence></Bxml>", None)
def test_the_same_is_found_in_mutants(text: str, context: str | None) -> None:
    """Whatever is done to a document."""
    text = text.lstrip("\ufeff")
    quick, whole = both(text, context)
    assert quick == whole
    expect_same_document(text)


@given(document=documents(), context=st.sampled_from(CONTEXT_IDS))
def test_the_same_is_found_in_valid_documents(document: Document, context: str | None) -> None:
    """All of them are read quickly, compact and pretty; most are clean."""
    for text in (document.to_bxml(), document.to_bxml(pretty=True)):
        quick, whole = both(text, context, frozenset())
        assert quick == whole
        found = read_quickly(text.encode())
        assert found is not None
        assert found[0] == document


@given(broken=invalid_documents(), context=st.sampled_from(CONTEXT_IDS))
def test_the_same_is_found_in_invalid_documents(
    broken: InvalidDocument, context: str | None
) -> None:
    """One fault of any rule."""
    quick, whole = both(broken.xml, context)
    assert quick == whole
    assert quick
    if broken.rule != "document-too-large":
        expect_same_document(broken.xml)


@pytest.mark.parametrize("off", sorted(rule.id for rule in RULES.values() if rule.can_be_disabled))
def test_a_disabled_rule_is_silent_in_both(off: str) -> None:
    """The bad example of a rule that is disabled."""
    bad = RULES[off].bad
    if isinstance(bad, str):
        quick, whole = both(bad, RULES[off].context, OFF | {off})
        assert quick == whole


@given(document=documents(verbs=st.builds(SpeakSentence, st.just("Hello."))))
def test_rules_about_tags_find_nothing_without_tags(document: Document) -> None:
    """As ``Rule.tagged`` says."""
    rules = [rule for rule in ELEMENT_FINDERS["SpeakSentence"] if rule.tagged]
    assert len(rules) == 3
    for verb in document.verbs:
        assert [rule.id for rule in rules if rule.find is None or [*rule.find(verb, str)]] == []
