"""From what a caller hands over to characters, and every way in which that can fail."""

import encodings
import io
import pkgutil
from contextlib import suppress
from encodings.aliases import aliases
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from bxml import ParseError, Response, check, parse
from bxml._reading.decode import DecodedText, Undecodable, decode, place
from bxml.documents import MAX_BYTES

GREETING = "<Response><SpeakSentence>Ol\u00e1, \u4f60\u597d</SpeakSentence></Response>"
LATIN = "<Response><SpeakSentence>Ol\u00e1</SpeakSentence></Response>"


def declared(encoding: str, text: str = LATIN) -> str:
    """Return the text behind a declaration of an encoding."""
    return f'<?xml version="1.0" encoding="{encoding}"?>{text}'


def refusal(source: object) -> tuple[str, str, str | None, tuple[int, int]]:
    """Return rule, finding, hint and place of the refusal of a source."""
    with pytest.raises(Undecodable) as caught:
        decode(source)
    error = caught.value
    return error.rule, error.finding, error.hint, (error.line, error.column)


class Unusual:
    """Something with a read method that gives what it was told to."""

    def __init__(self, content: object) -> None:
        self.content = content

    def read(self, size: int) -> object:
        """Return the content, whatever the size."""
        del size
        return self.content


@pytest.mark.parametrize(
    "source",
    [
        GREETING,
        GREETING.encode(),
        bytearray(GREETING.encode()),
        io.StringIO(GREETING),
        io.BytesIO(GREETING.encode()),
        "\ufeff" + GREETING,
        GREETING.encode("utf-8-sig"),
    ],
    ids=["str", "bytes", "bytearray", "text file", "binary file", "str with mark", "utf-8 mark"],
)
def test_every_kind_of_source_gives_the_same_characters(source: object) -> None:
    """Text, bytes and open files are read alike, with or without a byte order mark."""
    assert decode(source) == DecodedText(GREETING)


def test_paths_are_read(tmp_path: Path) -> None:
    """A path object is opened and read."""
    path = tmp_path / "greeting.xml"
    path.write_bytes(GREETING.encode())
    assert decode(path) == DecodedText(GREETING)


def test_missing_files_raise_the_systems_error(tmp_path: Path) -> None:
    """What cannot be opened is the caller's to handle, with the error that Python has for it."""
    with pytest.raises(FileNotFoundError):
        parse(tmp_path / "missing.xml")


@pytest.mark.parametrize(
    ("encoding", "codec"),
    [
        ("UTF-16", "utf-16"),
        ("UTF-16LE", "utf-16"),
        ("utf-16be", "utf-16"),
        ("UTF-32", "utf-32"),
    ],
)
def test_wide_encodings_are_known_by_their_mark(encoding: str, codec: str) -> None:
    """UTF-16 and UTF-32 with a byte order mark are read, whatever form the declaration has."""
    mark = {"utf-16be": "\ufeff".encode("utf-16-be")}.get(encoding)
    text = declared(encoding, GREETING)
    raw = mark + text.encode("utf-16-be") if mark else text.encode(codec)
    assert decode(raw) == DecodedText(text, codec.upper())


def test_wide_encodings_need_no_declaration() -> None:
    """The byte order mark alone says enough."""
    assert decode(GREETING.encode("utf-16")) == DecodedText(GREETING, "UTF-16")


@pytest.mark.parametrize(
    ("encoding", "reported"),
    [("ISO-8859-1", "ISO8859-1"), ("windows-1252", "CP1252"), ("us-ascii", None), ("UTF8", None)],
)
def test_declared_encodings_are_used(encoding: str, reported: str | None) -> None:
    """A declaration decides, and encodings outside UTF-8 are named for the warning."""
    text = declared(encoding, LATIN if reported else "<Response/>")
    codec = {"us-ascii": "ascii", "UTF8": "utf-8"}.get(encoding, encoding)
    assert decode(text.encode(codec)) == DecodedText(text, reported)


def test_a_declaration_inside_text_means_nothing() -> None:
    """Characters have no encoding any more, so the declaration of a str is not looked at."""
    text = declared("klingon")
    assert decode(text) == DecodedText(text)


def test_other_encodings_are_a_warning() -> None:
    """A document in Latin-1 is read, and check says what to do."""
    problems = check(declared("ISO-8859-1").encode("iso-8859-1"))
    assert [(problem.rule, problem.severity, problem.hint) for problem in problems] == [
        ("encoding-not-utf-8", "warning", "save the document as UTF-8")
    ]


@pytest.mark.parametrize(
    ("source", "finding", "hint", "where"),
    [
        (
            declared("UTF-8").encode("iso-8859-1"),
            "expected bytes that are UTF-8, got 0xE1",
            "declare the encoding in which the document is saved, or save it as UTF-8",
            (1, 66),
        ),
        (
            b"<Response>\r\n\r<Tag>\xff</Tag></Response>",
            "expected bytes that are UTF-8, got 0xFF",
            "declare the encoding in which the document is saved, or save it as UTF-8",
            (3, 6),
        ),
        (
            declared("us-ascii").encode(),
            "expected bytes that are ASCII, got 0xC3",
            "declare the encoding in which the document is saved, or save it as UTF-8",
            (1, 69),
        ),
        (
            declared("klingon").encode(),
            "expected a character encoding such as UTF-8, got 'klingon'",
            "save the document as UTF-8",
            (1, 1),
        ),
        (
            declared("UTF-7").encode(),
            "expected a character encoding such as UTF-8, got 'UTF-7'",
            "save the document as UTF-8",
            (1, 1),
        ),
        (
            declared("hex").encode(),
            "expected a character encoding such as UTF-8, got 'hex'",
            "save the document as UTF-8",
            (1, 1),
        ),
        (
            declared("utf-16").encode("utf-16-le"),
            "expected a byte order mark before UTF-16, got none",
            "save the document as UTF-8",
            (1, 1),
        ),
        (
            declared("utf-16").encode(),
            "expected the encoding that the declaration shows (utf-16), got single bytes",
            'write encoding="UTF-8" in the declaration, or remove it',
            (1, 1),
        ),
        (
            declared("UTF-8").encode("utf-16"),
            (
                "expected the encoding that the byte order mark shows (UTF-16), "
                "got a declaration of 'UTF-8'"
            ),
            None,
            (1, 1),
        ),
        (
            "\ufeff<Response/>".encode("utf-16-le") + b"<",
            "expected bytes that are UTF-16, got 0x3C",
            "declare the encoding in which the document is saved, or save it as UTF-8",
            (1, 12),
        ),
        (
            declared("punycode").encode(),
            "expected a character encoding such as UTF-8, got 'punycode'",
            "save the document as UTF-8",
            (1, 1),
        ),
    ],
    ids=[
        "latin bytes in utf-8",
        "bad byte on line 3",
        "not ascii",
        "unknown name",
        "utf-7",
        "no text encoding",
        "utf-16 without mark",
        "utf-8 that says utf-16",
        "mark against declaration",
        "half a character",
        "bytes that no codec takes",
    ],
)
def test_encodings_that_lie_are_refused(
    source: bytes, finding: str, hint: str | None, where: tuple[int, int]
) -> None:
    """Each way in which bytes and declaration contradict each other is told with its place."""
    assert refusal(source) == ("malformed-xml", finding, hint, where)


@pytest.mark.parametrize(
    ("source", "kind"),
    [(None, "a NoneType"), (7, "an int"), (Response(), "a Response"), (Unusual(7), "a Unusual")],
)
def test_what_is_no_source_is_refused(source: object, kind: str) -> None:
    """Anything but text, bytes, a path or an open file is named for what it is."""
    finding = f"expected XML as text or bytes, a path or an open file, got {kind}"
    assert refusal(source) == ("malformed-xml", finding, None, (1, 1))


@pytest.mark.parametrize("wide", [1, 2, 3, 4])
def test_the_size_limit_counts_bytes(wide: int) -> None:
    """65,536 bytes of UTF-8 are read and one more is refused, whatever the characters."""
    letter = {1: "a", 2: "\u00e1", 3: "\u4f60", 4: "\U0001f600"}[wide]
    room = MAX_BYTES - len("<Response/>")
    text = letter * (room // wide) + "b" * (room % wide) + "<Response/>"
    assert len(text.encode()) == MAX_BYTES
    for source in (text, text.encode()):
        assert decode(source).characters == text
    for longer in (text + " ", text.encode() + b" ", io.BytesIO(text.encode() + b" ")):
        rule, finding, *_ = refusal(longer)
        assert (rule, finding) == ("document-too-large", "expected at most 65536 bytes, got more")


def test_no_more_than_the_limit_is_read() -> None:
    """An endless file is read up to one byte beyond the limit."""
    with Path("/dev/zero").open("rb") as endless:
        assert refusal(endless)[0] == "document-too-large"


def test_lone_surrogates_have_a_place() -> None:
    """A str that no XML can hold is refused at the character, not with Python's own error."""
    assert refusal("<Response>\n<Tag>\ud800</Tag></Response>") == (
        "malformed-xml",
        "expected characters that XML can carry, got U+D800",
        None,
        (2, 6),
    )


def test_parse_and_check_report_what_cannot_be_decoded() -> None:
    """Both doors give the refusal as a problem with rule, path and place."""
    source = b"<Response>\n\xff</Response>"
    (found,) = check(source)
    with pytest.raises(ParseError) as caught:
        parse(source)
    assert caught.value.problems == (found,)
    assert (found.rule, found.path, found.line, found.column) == ("malformed-xml", "document", 2, 1)
    assert found.message == "document: expected bytes that are UTF-8, got 0xFF"


@given(st.binary(max_size=200))
def test_any_bytes_decode_or_are_refused(raw: bytes) -> None:
    """Whatever the bytes, decoding ends with characters or with a refusal in our words."""
    try:
        decode(raw)
    except Undecodable as error:
        refused = error
    else:
        return
    assert refused.finding.startswith("expected ")
    assert refused.line >= 1
    assert refused.column >= 1


CODECS = sorted(
    {iter_module.name for iter_module in pkgutil.iter_modules(encodings.__path__)} | {*aliases}
)
"""Every name by which Python knows a codec."""
NO_ENCODINGS = (
    *("charmap", "idna", "mbcs", "oem", "punycode", "raw_unicode_escape", "rot13", "undefined"),
    *("unicode_escape", "utf_7", "utf_8_sig", "base64", "hex", "zlib", "uu", "quopri", "bz2"),
)


def test_no_codec_makes_markup_of_ascii() -> None:
    """Escapes of no codec become markup: who looks at the bytes sees all the tags."""
    for name in CODECS:
        text = declared(name, r"<Tag>\u003cHangup/> \x3c +ADw- =3C %3C a-b-9ua</Tag>")
        with suppress(Undecodable):
            characters = decode(text.encode()).characters
            assert [*filter("<>&/'\"=".__contains__, characters)] == [
                *filter("<>&/'\"=".__contains__, text)
            ], name


@pytest.mark.parametrize("name", NO_ENCODINGS)
def test_codecs_that_are_no_encodings_of_xml_are_refused(name: str) -> None:
    """They are refused in every spelling that Python's own look-up takes."""
    spellings = {name, name.upper(), name.title(), name.replace("_", "-"), name.replace("_", ".")}
    spellings |= {name.replace("_", " "), name.replace("_", "--"), f"{name}_codec"}
    for spelling in spellings:
        with pytest.raises(Undecodable) as caught:
            decode(declared(spelling, "<Tag>hello</Tag>").encode())
        assert "expected a character encoding such as UTF-8" in caught.value.finding


@given(st.sampled_from(["utf-8", "utf-16", "utf-32", "latin-1", "utf-8-sig"]), st.data())
def test_encodings_give_the_text_back(codec: str, data: st.DataObject) -> None:
    """A document that says the truth about its encoding gives the text that was encoded."""
    alphabet = st.characters(
        codec="latin-1" if codec == "latin-1" else "utf-8", exclude_categories=["Cs"]
    )
    inner = data.draw(st.text(alphabet, max_size=50))
    text = declared(codec.removesuffix("-sig"), f"<Tag>{inner}</Tag>")
    assert decode(text.encode(codec)).characters == text


@given(st.text("a\r\n", max_size=20), st.integers(0, 20))
def test_places_count_every_kind_of_line_end(text: str, index: int) -> None:
    """Line and column agree with Python's own idea of lines."""
    index = min(index, len(text))
    if text[index - 1 : index + 1] == "\r\n":
        index -= 1
    lines = (text[:index] + "|").splitlines()
    assert place(text, index) == (len(lines), len(lines[-1]))


TWO_MARKS: dict[str, tuple[str | bytes, int]] = {
    "A7": (b"\xef\xbb\xbf" * 2 + b"<?xml version='1.0'?><Response/>", 3),
    "A7-bare": (b"\xef\xbb\xbf" * 2 + b"<Response/>", 3),
    "A7-text": ("\ufeff\ufeff<Response/>", 3),
    "A7-utf-16": ("\ufeff\ufeff<Response/>".encode("utf-16-le"), 2),
    "A7-utf-32": ("\ufeff\ufeff<Response/>".encode("utf-32-be"), 4),
    "A7-three": ("\ufeff\ufeff\ufeff<Response/>".encode(), 3),
}


@pytest.mark.parametrize(("source", "offset"), TWO_MARKS.values(), ids=TWO_MARKS)
def test_a_second_byte_order_mark_is_malformed(source: str | bytes, offset: int) -> None:
    """The first mark is fine; a second one is a character before the document."""
    [problem] = check(source)
    assert (problem.rule, problem.line, problem.column) == ("malformed-xml", 1, 2)
    assert f"got another at byte {offset}" in problem.message
    with pytest.raises(ParseError, match="byte order mark"):
        parse(source)
    if isinstance(source, bytes) and not source.startswith(b"\0"):  # libxml2 is lax in UTF-32
        with pytest.raises(etree.XMLSyntaxError):
            etree.fromstring(source)
