"""From BXML to the values that the DSL builds, and from markup to speech."""

import io
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxml import (
    Bxml,
    Conference,
    Custom,
    Document,
    Gather,
    Hangup,
    ParseError,
    Pause,
    PhoneNumber,
    PlayAudio,
    Redirect,
    Response,
    Ring,
    SpeakSentence,
    Tag,
    Transfer,
    ValidationError,
    parse,
    ssml,
)
from bxml._reading.speech import parse_speech
from bxml.cli.examples import EXAMPLES

MENU = Response(
    Gather(
        SpeakSentence("Press ", ssml.emphasis("1", level="strong"), "."),
        PlayAudio("https://example.com/a.wav?x=1&y=2"),
        gather_url="/menu",
        max_digits=1,
        first_digit_timeout=2.5,
    ),
    Transfer(PhoneNumber("+19195551234", tag="<a&b>\t\n\r\"'"), call_timeout=20),
    Tag(" two  spaces "[1:-1]),
    Hangup(),
)


def test_written_documents_are_read_back() -> None:
    """Parsing what a document wrote gives an equal document, pretty or not."""
    assert parse(MENU.to_bxml()) == MENU
    assert parse(MENU.to_bxml(pretty=True)) == MENU
    assert parse(MENU.to_bytes()) == MENU


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_read_and_written_without_loss(name: str) -> None:
    """Every element's example gives values that write themselves to an equal document."""
    document = parse(EXAMPLES[name])
    assert parse(document.to_bxml()) == document


def test_every_kind_of_source_is_parsed(tmp_path: Path) -> None:
    """Text, bytes, a path and open files give the same values."""
    path = tmp_path / "menu.xml"
    path.write_bytes(MENU.to_bytes())
    with path.open("rb") as binary, path.open(encoding="utf-8") as text:
        for source in (
            MENU.to_bxml(),
            MENU.to_bytes(),
            bytearray(MENU.to_bytes()),
            path,
            binary,
            text,
        ):
            assert parse(source) == MENU
    assert parse(io.BytesIO(MENU.to_bxml().replace("UTF-8", "UTF-16").encode("utf-16"))) == MENU


def test_comments_and_instructions_are_dropped() -> None:
    """What is no element and no text leaves no trace, wherever it stands."""
    source = (
        "<!-- a --><?b c?><Response><!-- d --><SpeakSentence>one<!-- e -->two<?f?></SpeakSentence>"
        "<Pause><!-- g --></Pause></Response><!-- h -->"
    )
    assert parse(source) == Response(SpeakSentence("onetwo"), Pause())


def test_references_and_sections_are_text() -> None:
    """Entities, character references and CDATA are read as the characters they stand for."""
    source = (
        "<Response><SpeakSentence>&lt;&#65;&#x1F600;<![CDATA[<b>&amp;]]></SpeakSentence></Response>"
    )
    assert parse(source) == Response(SpeakSentence("<A\U0001f600<b>&amp;"))


def test_line_ends_become_what_xml_says() -> None:
    """In text a line end is a newline however it was saved, in an attribute a space."""
    source = (
        "<Response><SpeakSentence>a\r\nb\rc</SpeakSentence>"
        "<Redirect tag='a\r\nb' redirectUrl='/'/></Response>"
    )
    assert parse(source) == Response(SpeakSentence("a\nb\nc"), Redirect("/", tag="a b"))


def test_white_space_is_read_as_the_platform_reads_it() -> None:
    """Speech keeps every space, a tag is trimmed, an id is collapsed, a number is bare."""
    source = (
        "<Response><SpeakSentence> a  b </SpeakSentence><Tag>\n a  b\t</Tag>"
        "<Conference>\n  daily\n</Conference><Pause duration=' 2.50 '/>"
        "<Ring duration='007'/></Response>"
    )
    assert parse(source) == Response(
        SpeakSentence(" a  b "),
        Tag("a  b"),
        Conference("daily"),
        Pause(duration=2.5),
        Ring(duration=7),
    )


def test_numbers_keep_every_digit() -> None:
    """A number that no float can hold is read as a Decimal."""
    digits = "0.12345678901234567890123"
    (pause,) = parse(f"<Response><Pause duration='{digits}'/></Response>").verbs
    assert pause == Pause(duration=Decimal(digits))


def test_white_space_around_urls_is_no_error() -> None:
    """A padded URL works with a warning elsewhere, so parse takes it and trims it."""
    source = "<Response><PlayAudio>\n  a.wav\n</PlayAudio></Response>"
    assert parse(source) == Response(PlayAudio("a.wav"))


def test_roots_keep_their_kind() -> None:
    """Bxml and Response are different documents."""
    assert parse("<Bxml><Hangup/></Bxml>") == Bxml(Hangup())
    assert parse("<Bxml/>") != parse("<Response/>")


def test_positions_are_no_part_of_a_value() -> None:
    """Documents that differ in layout only are equal and hash alike."""
    one = parse("<Response><Gather><PlayAudio>a</PlayAudio></Gather></Response>")
    other = parse("<Response>\n\n  <Gather>\n<PlayAudio>a</PlayAudio>  </Gather>\n</Response>\n")
    assert one == other
    assert hash(one) == hash(other)


def test_warnings_do_not_refuse_a_document() -> None:
    """Only errors are raised; what is unwise but works is for check."""
    assert parse("<Response/>") == Response()
    assert parse("<Response><Hangup/><Hangup/></Response>") == Response(Hangup(), Hangup())


def test_errors_across_attributes_are_raised() -> None:
    """Rules about several fields of one element are held as the constructors hold them."""
    source = (
        "<Response>\n<Record username='u' password='p' recordCompleteUrl='http://example.com'/>\n"
        "<SpeakSentence><say-as interpret-as='date'>1</say-as></SpeakSentence></Response>"
    )
    with pytest.raises(ParseError) as caught:
        parse(source)
    assert [(found.rule, found.line) for found in caught.value.problems] == [
        ("record-credentials-need-https", 2),
        ("ssml-date-needs-format", 3),
    ]


UNKNOWN = """<Response old="1">
  <NewVerb a="1" b="&lt;">text<Pause/><Inner/></NewVerb>
  <Pause newer="2"/>
  <SpeakSentence>Hi <whisper c="3">you</whisper></SpeakSentence>
  <Gather><NewPrompt/></Gather>
</Response>"""


def test_unknown_names_can_be_kept() -> None:
    """With allow_unknown what the table lacks becomes Custom and extra_attributes."""
    document = parse(UNKNOWN, allow_unknown=True)
    assert document == Response(
        Custom("NewVerb", "text", Pause(), Custom("Inner"), attributes={"a": "1", "b": "<"}),
        Pause(extra_attributes={"newer": "2"}),
        SpeakSentence("Hi ", Custom("whisper", "you", attributes={"c": "3"})),
        Gather(Custom("NewPrompt")),
        extra_attributes={"old": "1"},
    )
    assert parse(document.to_bxml(), allow_unknown=True) == document


def test_unknown_names_are_refused_otherwise() -> None:
    """Without allow_unknown each of them is a problem of its own."""
    with pytest.raises(ParseError) as caught:
        parse(UNKNOWN)
    assert len(caught.value.problems) == 6


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ("<Response><x:NewVerb/></Response>", "malformed-xml"),
        ('<Response xmlns:x="u"><x:NewVerb/></Response>', "unknown-element"),
        ('<Response xmlns:x="u"><Pause x:a="1"/></Response>', "unknown-attribute"),
        ('<Response><NewVerb xmlns="u"/></Response>', "unknown-element"),
        (
            "<Response><PhoneNumber>+19195551234</PhoneNumber></Response>",
            "element-not-allowed-here",
        ),
        ("<NewRoot/>", "root-not-allowed"),
    ],
)
def test_allow_unknown_has_limits(source: str, rule: str) -> None:
    """Prefixes, namespaces, other roots and known elements in the wrong place stay errors."""
    with pytest.raises(ParseError) as caught:
        parse(source, allow_unknown=True)
    assert [found.rule for found in caught.value.problems] == [rule]


def test_markup_becomes_speech() -> None:
    """A trusted string gives the same pieces as the functions of ssml."""
    assert ssml.parse("Hello <break time='1s'/>&amp; <s>bye</s>") == ssml.fragment(
        "Hello ", ssml.break_(time="1s"), "& ", ssml.s("bye")
    )
    assert ssml.parse("") == ssml.fragment()
    assert ssml.parse("  ") == ssml.fragment("  ")


@pytest.mark.parametrize(
    ("markup", "rule", "message", "line", "column"),
    [
        ("a & b", "malformed-xml", "document: expected an entity, got a bare '&'", 1, 3),
        ("\n a & b", "malformed-xml", "document: expected an entity, got a bare '&'", 2, 4),
        ("a <b>c</b>", "ssml-unknown-element", None, 1, 3),
        ("<break time='11s'/>", "ssml-break-too-long", None, 1, 8),
        ("a</SpeakSentence>b", "malformed-xml", None, 1, 18),
        ("<Pause/>", "element-not-allowed-here", None, 1, 1),
        ("\0", "malformed-xml", None, 1, 1),
        ("\ud800", "malformed-xml", None, 1, 1),
        ("x" * 70_000, "document-too-large", None, 1, 1),
    ],
)  # fmt: skip
def test_bad_markup_is_refused_at_its_place(
    markup: str, rule: str, message: str | None, line: int, column: int
) -> None:
    """Columns count the markup as it was given, without the tags it is wrapped in."""
    with pytest.raises(ParseError) as caught:
        ssml.parse(markup)
    (found,) = caught.value.problems
    assert (found.rule, found.line, found.column) == (rule, line, column)
    assert message is None or found.message == message


@pytest.mark.parametrize(
    ("markup", "kind"),
    [(None, "a NoneType"), (7, "an int"), (b"bytes", "a bytes"), (["list"], "a list")],
)
def test_markup_is_text(markup: object, kind: str) -> None:
    """Anything but a str is refused by name."""
    with pytest.raises(ParseError) as caught:
        parse_speech(markup)
    expected = f"ssml.parse: expected text with SSML tags, got {kind}"
    assert str(caught.value) == expected


SCRAPS = st.sampled_from(
    ["<s>", "</s>", "<break/>", "a", "&", "<", "]]>", "<!--", "-->", "&lt;", '"']
)


@given(st.lists(SCRAPS | st.text(max_size=3), max_size=8).map("".join))
def test_any_markup_is_speech_or_refused(markup: str) -> None:
    """Speech read from a string survives being written and read, and nothing escapes from it."""
    try:
        speech = ssml.parse(markup)
    except ParseError:
        return
    try:
        document = Response(SpeakSentence(speech), Hangup())
    except ValidationError as error:
        problems = error.problems
    else:
        assert parse(document.to_bxml()) == document
        return
    assert [found.rule for found in problems] == ["speak-sentence-blank"]


@given(st.text(max_size=60))
def test_any_text_is_a_document_or_refused(source: str) -> None:
    """Whatever the text, there is a document or a list of problems, never another error."""
    try:
        document = parse(source)
    except ParseError as error:
        problems = error.problems
    else:
        assert isinstance(document, Document)
        return
    assert all(found.severity == "error" for found in problems)
    assert problems
