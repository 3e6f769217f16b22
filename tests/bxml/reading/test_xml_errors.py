"""What people are told about XML that is not well-formed: what to change, and where."""

import time
from pyexpat import errors

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxml import ParseError, parse
from bxml._reading.other_formats import HOW_TO_RETURN
from bxml._reading.xml_errors import explain

NO_DASHES = "expected no -- inside a comment, got one", "write one dash"
ONE_ROOT = "a document has one root: put all verbs into one Response"
BARE_AMPERSAND = "expected an entity, got a bare '&'", "write &amp; for the character itself"
BARE_ANGLE = "expected a tag name, got a bare '<'", "write &lt; for the character itself"

CASES = [
    ("^", "expected a BXML document, got no element", None),
    ("  ^", "expected a BXML document, got no element", None),
    ("<!-- x -->^", "expected a BXML document, got no element", None),
    ("^hello", "expected XML, which begins with a tag, got 'hello'", None),
    ('^{"a": 1}', "expected a BXML document, got JSON text: an object", HOW_TO_RETURN),
    ('^{"a": 1', "expected XML, which begins with a tag, got '{\"a\": 1'", None),
    ("^<!ENTITY a 'b'>", "expected XML, which begins with a tag, got \"<!ENTITY a 'b'>\"", None),
    (
        "<Response>^",
        "expected </Response>, got the end of the text",
        "write </Response> where it ends",
    ),
    ("<Response><Gather></^Response>", "expected </Gather>, got </Response>", "close Gather first"),
    ("<Bxml></^bxml >", "expected </Bxml>, got </bxml>", "did you mean 'Bxml'?"),
    (
        "<Response/>^<Response/>",
        "expected nothing after the root element, got more",
        ONE_ROOT,
    ),
    (
        "<Response></Response>^</Response>",
        "expected nothing after the root element, got </Response>",
        "remove it: nothing is open here",
    ),
    ("<Bxml>AT^&T</Bxml>", *BARE_AMPERSAND),
    ("<Bxml>a ^& b</Bxml>", *BARE_AMPERSAND),
    ("<Bxml>a ^&b c</Bxml>", *BARE_AMPERSAND),
    ("<Bxml>^&;</Bxml>", *BARE_AMPERSAND),
    ("<Bxml>^&#;</Bxml>", *BARE_AMPERSAND),
    ("<Bxml>^&#x;</Bxml>", *BARE_AMPERSAND),
    ("<Bxml>\xe9^&", *BARE_AMPERSAND),
    ('<Bxml a="/x?a=1^&b=2"/>', *BARE_AMPERSAND),
    ("<Bxml>a ^< b</Bxml>", *BARE_ANGLE),
    ("<Bxml>I ^<3 you</Bxml>", *BARE_ANGLE),
    ("<Bxml>^</ Bxml>", *BARE_ANGLE),
    ("<Bxml>^<!X></Bxml>", *BARE_ANGLE),
    ("<Bxml>^<? ?></Bxml>", *BARE_ANGLE),
    ("<Bxml>^]]></Bxml>", "expected no ]]> in text, got one", "write ]]&gt;"),
    ("<Bxml><!-- a ^-- b --></Bxml>", *NO_DASHES),
    ("<Bxml><!-- a ^--- b --></Bxml>", *NO_DASHES),
    (
        "<Bxml>^&nbsp;</Bxml>",
        "expected &amp; &lt; &gt; &quot; or &apos;, got &nbsp;",
        "write the character itself, or &amp; for a plain ampersand",
    ),
    (
        '<Bxml a="&lt;^&nbsp;"/>',
        "expected &amp; &lt; &gt; &quot; or &apos;, got &nbsp;",
        "write the character itself, or &amp; for a plain ampersand",
    ),
    (
        "<Bxml>^&#0;</Bxml>",
        "expected a reference to a character that XML can carry, got another",
        "remove it",
    ),
    ("<Bxml>^\x00</Bxml>", "expected characters that XML can carry, got U+0000", "remove it"),
    ("<Bxml>^\uffff</Bxml>", "expected characters that XML can carry, got U+FFFF", "remove it"),
    ('<Bxml a="^\x1b"/>', "expected characters that XML can carry, got U+001B", "remove it"),
    (
        "<Bxml^\xa0a='x'/>",
        "expected a plain space, got '\\xa0'",
        "replace it: it only looks like one",
    ),
    ('<Bxml a="x" ^a="y"/>', "expected each attribute once, got 'a' twice", "remove one of them"),
    (
        "<Bxml a=^x/>",
        "expected a value in straight quotes, got 'x'",
        'put " before and after the value',
    ),
    (
        "<Bxml a=^\u201cx\u201d/>",
        "expected a value in straight quotes, got '\u201c'",
        'put " before and after the value',
    ),
    ("<Bxml a^/>", "expected = and a value behind a, got '/'", 'write a="..."'),
    ('<Bxml a ^b="c"/>', "expected = and a value behind a, got 'b'", 'write a="..."'),
    ('<Bxml a="x"^b="y"/>', "expected a space between attributes, got 'b'", "put one before it"),
    (
        '<Bxml a="x>\n^<Pause/></Bxml>',
        "expected the closing quote of a value, got '<'",
        "close the quotes before it, or write &lt; for the character itself",
    ),
    (
        '<Bxml a="b" ^<Pause/></Bxml>',
        "expected > at the end of the tag, got '<'",
        "close the tag before it",
    ),
    (
        '<Bxml ^-a="x"/>',
        "expected well-formed XML, got '-'",
        "check quotes, '=' and brackets around here",
    ),
    (
        "<Bxml/>\n^goodbye</Bxml>",
        "expected nothing outside the root element, got 'goodbye'",
        "put text to say into SpeakSentence",
    ),
    ("<Bxml/>^]]>", "expected nothing after the root element, got more", ONE_ROOT),
    ("<Bxml>^<!-- a", "expected --> at the end of the comment, got the end of the text", None),
    ("<Bxml>^<?a", "expected ?> at the end of the instruction, got the end of the text", None),
    (
        "<Bxml><![CDATA[a^",
        "expected ]]> at the end of the CDATA section, got the end of the text",
        None,
    ),
    ('^<Bxml a="b"', "expected > at the end of the tag, got the end of the text", None),
    (
        "^<Bxml a='b",
        "expected a closing quote, got the end of the text",
        "look for a quote that is missing in this tag",
    ),
    (
        ' ^<?xml version="1.0"?><Bxml/>',
        "expected the XML declaration at the very start, got something before it",
        "remove what stands before <?xml",
    ),
    (
        "<?xml^?><Bxml/>",
        "expected a correct XML declaration, got another",
        'write <?xml version="1.0" encoding="UTF-8"?>, or leave it out',
    ),
]


@pytest.mark.parametrize(("marked", "finding", "hint"), CASES, ids=[case[0] for case in CASES])
def test_each_fault_is_told(marked: str, finding: str, hint: str | None) -> None:
    """The finding says what was expected and found, the hint what to do, the place is exact."""
    before, _, after = marked.partition("^")
    with pytest.raises(ParseError) as caught:
        parse(before + after)
    (found,) = caught.value.problems
    assert (found.rule, found.severity, found.path) == ("malformed-xml", "error", "document")
    assert (found.message, found.hint) == (f"document: {finding}", hint)
    lines = before.split("\n")
    assert (found.line, found.column) == (len(lines), len(lines[-1]) + 1)


def test_faults_that_expat_never_reports_here_have_words_too() -> None:
    """A code outside the table still gives a finding, and a byte inside the document."""
    code = errors.codes[errors.XML_ERROR_NO_MEMORY]
    assert explain(code, b"<Bxml/>", 3, None) == (
        "expected well-formed XML, got 'ml/>'",
        None,
        3,
    )
    assert explain(code, b"<Bxml/>", 99, None).offset == 7
    undefined = errors.codes[errors.XML_ERROR_UNDEFINED_ENTITY]
    assert explain(undefined, b"<Bxml/>", 0, None).offset == 0


PIECES = st.sampled_from(
    [
        *"<>&;\"'=/!?-]x \n",
        "<Bxml",
        "</Bxml>",
        "<!--",
        "-->",
        "&amp;",
        "&#1;",
        "]]>",
        "a=",
        "\u00a0",
    ]
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_every_fault_has_a_place_inside_the_document(inside: str) -> None:
    """Whatever stands in a document, its fault is told in our grammar, at a line that exists."""
    source = f"<Bxml>{inside}</Bxml>"
    try:
        parse(source)
    except ParseError as error:
        problems = error.problems
    else:
        return
    for found in problems:
        assert found.message.partition(": ")[2].startswith("expected ")
        assert found.line is not None
        assert found.column is not None
        assert 1 <= found.line <= len(source.split("\n"))
        assert 1 <= found.column <= len(source.split("\n")[found.line - 1]) + 1


@pytest.mark.parametrize(
    "source",
    ["<Bxml " + "a " * 30_000, "<Bxml>" + "&" + "a" * 60_000, "<Bxml a" + " " * 60_000 + "=b"],
    ids=["many names", "one long name", "much space"],
)
def test_long_faults_are_told_at_once(source: str) -> None:
    """The search around a fault takes no longer on a long tag than reading the document does."""
    begun = time.process_time()
    with pytest.raises(ParseError):
        parse(source)
    assert time.process_time() - begun < 0.5
