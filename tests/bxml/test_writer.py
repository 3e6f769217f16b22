"""Text becomes XML text: every character comes back, and pretty printing changes no speech."""

from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from bxml import (
    Bxml,
    Connect,
    Custom,
    Gather,
    Hangup,
    PlayAudio,
    Response,
    SpeakSentence,
    StartStream,
    StreamParam,
    Tag,
    Transfer,
    ssml,
)
from bxml._writer import DECLARATION, attribute, decimal_text, indented, text

legal = st.text(
    st.characters(
        exclude_categories=["Cs"],
        exclude_characters="".join(map(chr, {*range(32)} - {9, 10, 13})) + "\ufffe\uffff",
    )
)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("plain", "plain"),
        ("", ""),
        ("a&b<c>d\"e'f", "a&amp;b&lt;c&gt;d&quot;e'f"),
        ("\t\n\r", "&#9;&#10;&#13;"),
        ("&amp;", "&amp;amp;"),
        ("]]>", "]]&gt;"),
        ("\u00e9\U0001f600\u2028\u0085", "\u00e9\U0001f600\u2028\u0085"),
    ],
)
def test_attributes_are_escaped(value: str, written: str) -> None:
    """What would end an attribute, begin markup or be normalised is written as a reference."""
    assert attribute(value) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("plain", "plain"),
        ("", ""),
        ("a&b<c>d\"e'f", "a&amp;b&lt;c&gt;d\"e'f"),
        ("\t\n\r", "\t\n&#13;"),
        ("&lt;", "&amp;lt;"),
        ("]]>", "]]&gt;"),
        ("\u00e9\U0001f600\u2028\u0085", "\u00e9\U0001f600\u2028\u0085"),
    ],
)
def test_texts_are_escaped(value: str, written: str) -> None:
    """What would begin markup or be normalised is written as a reference."""
    assert text(value) == written


@given(legal)
def test_everything_legal_comes_back(value: str) -> None:
    """Two parsers read the same characters, in an attribute and between tags."""
    body = f'<a b="{attribute(value)}">{text(value)}</a>'.encode()
    for element in (etree.fromstring(body), ET.fromstring(body)):  # noqa: S314 - our own document
        assert element.get("b") == value
        assert (element.text or "") == value


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (5, "5"),
        (0.1, "0.1"),
        (1e-7, "0.0000001"),
        (1.5e-9, "0.0000000015"),
        (1e22, "10000000000000000000000"),
        (Decimal("1.50"), "1.50"),
        (Decimal("1E-10"), "0.0000000001"),
        (Decimal("1E+3"), "1000"),
    ],
)
def test_numbers_have_no_exponent(value: float | Decimal, written: str) -> None:
    """Digits and at most one full stop, as the platform reads them."""
    assert decimal_text(value) == written


def test_declaration() -> None:
    """The declaration says what the bytes are."""
    assert DECLARATION == '<?xml version="1.0" encoding="UTF-8"?>'


DOCUMENT = Response(
    Gather(
        SpeakSentence(" Press ", ssml.s("1"), "\n now"),
        PlayAudio("/a.wav"),
        gather_url="/menu?a=1&b=2",
    ),
    Transfer(tag="").phone_number("+12"),
    StartStream(StreamParam("a", " b "), destination="ws://a"),
    Tag("a  b"),
    Connect(),
    Custom("Novelty", "a", Hangup(), SpeakSentence("b")),
    Hangup(),
)
PRETTY = """\
<?xml version="1.0" encoding="UTF-8"?>
<Response>
  <Gather gatherUrl="/menu?a=1&amp;b=2">
    <SpeakSentence> Press <s>1</s>
 now</SpeakSentence>
    <PlayAudio>/a.wav</PlayAudio>
  </Gather>
  <Transfer tag="">
    <PhoneNumber>+12</PhoneNumber>
  </Transfer>
  <StartStream destination="ws://a">
    <StreamParam name="a" value=" b "/>
  </StartStream>
  <Tag>a  b</Tag>
  <Connect/>
  <Novelty>a<Hangup/><SpeakSentence>b</SpeakSentence></Novelty>
  <Hangup/>
</Response>
"""


def test_pretty_documents() -> None:
    """Verbs and nouns stand on lines of their own; speech and custom content stay as they are."""
    assert DOCUMENT.to_bxml(pretty=True) == PRETTY
    assert indented(Bxml()) == "<Bxml/>"
    assert indented(Hangup(), "    ") == "    <Hangup/>"


def test_pretty_documents_hold_the_same() -> None:
    """Pretty or not, the elements, attributes and spoken texts are the same."""
    loose, tight = (
        etree.fromstring(DOCUMENT.to_bxml(pretty=number).encode()) for number in (True, False)
    )
    assert [each.tag for each in loose.iter()] == [each.tag for each in tight.iter()]
    assert [dict(each.attrib) for each in loose.iter()] == [
        dict(each.attrib) for each in tight.iter()
    ]
    spoken = [
        [
            "".join(map(str, each.itertext()))
            for each in root.iter("SpeakSentence", "Tag", "Novelty")
        ]
        for root in (loose, tight)
    ]
    assert spoken[0] == spoken[1]
