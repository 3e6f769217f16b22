"""Python made from BXML: it runs, rebuilds the document and looks as formatters leave it."""

import keyword
import subprocess
import sys
from decimal import Decimal
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxml import (
    Bxml,
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
    SpeakSentence,
    Tag,
    Transfer,
    parse,
    ssml,
    to_python,
)
from bxml.cli.examples import EXAMPLES
from bxml.strategies import documents

LONG = "A prompt that goes on and on, so that no line of eighty-eight columns holds all of it."
DOCUMENTS = (
    Response(),
    Bxml(Hangup()),
    Response(Pause(duration=0.5), Pause(duration=Decimal("0.12345678901234567890123"))),
    Response(Gather(SpeakSentence(LONG), PlayAudio("a.wav"), gather_url="/menu", max_digits=1)),
    Response(SpeakSentence("Hi ", ssml.emphasis("you", level="strong"), ssml.break_(time="1s"))),
    Response(SpeakSentence(ssml.say_as("1", interpret_as="date", format="d"), ssml.break_())),
    Response(Transfer(PhoneNumber("+19195551234"), PhoneNumber("+19195551235"), call_timeout=20)),
    Response(Tag(), Tag("it's"), Tag('say "x"'), Tag('it\'s "x"'), Tag("\\ \" ' '"), Tag("\\'")),
    Response(SpeakSentence("tab\tline\nreturn\r\u00e9\u4f60\u200b\U0001f600\x7f")),
    Response(Redirect("/next", username="u", password="p", tag="x" * 200)),
    Response(Custom("NewVerb", "text", Custom("Inner"), attributes={"a": "it's", "b": '"'})),
    Response(Pause(extra_attributes={"newer": "1"}), extra_attributes={"also": "2"}),
)


def run(source: str, name: str = "document") -> Document:
    """Return what the code binds to a name."""
    scope: dict[str, object] = {}
    exec(source, scope)  # noqa: S102 - running it is the point
    return cast(Document, scope[name])


@pytest.mark.parametrize("document", [*DOCUMENTS, *map(parse, EXAMPLES.values())], ids=repr)
def test_code_rebuilds_the_document(document: Document) -> None:
    """Running the code, imports included, gives a value equal to the document."""
    assert run(to_python(document)) == document


@pytest.mark.parametrize("name", EXAMPLES)
def test_xml_becomes_code_too(name: str) -> None:
    """The source may be XML; the code builds what parse reads."""
    assert run(to_python(EXAMPLES[name])) == parse(EXAMPLES[name])


def test_code_reads_as_a_person_writes_it() -> None:
    """Short calls stay on a line, long ones get a line for each argument, strings double quotes."""
    document = Response(
        Gather(SpeakSentence("Press ", ssml.sub("1", alias="one")), gather_url="/menu", tag="it's"),
        SpeakSentence(LONG),
    )
    assert to_python(document, name="menu") == (
        "from bxml import Gather, Response, SpeakSentence, ssml\n"
        "\n"
        "menu = Response(\n"
        "    Gather(\n"
        '        SpeakSentence("Press ", ssml.sub("1", alias="one")),\n'
        '        gather_url="/menu",\n'
        '        tag="it\'s",\n'
        "    ),\n"
        "    SpeakSentence(\n"
        f'        "{LONG}",\n'
        "    ),\n"
        ")\n"
    )


def test_code_needs_no_change_by_a_formatter() -> None:
    """Ruff leaves the code of every document as it is, at 88 columns."""
    sources = [to_python(document) for document in (*DOCUMENTS, *map(parse, EXAMPLES.values()))]
    code = "\n\n".join(sources)
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", "88", "-"]
    formatted = subprocess.run(
        command, input=code, capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert formatted.stdout == code


@pytest.mark.parametrize("name", ["menu", "Response", "ssml", "_x", "m\u00e9nu"])
def test_any_identifier_can_be_the_name(name: str) -> None:
    """The value is bound to the name that was asked for, even one of those imported."""
    assert run(to_python(DOCUMENTS[4], name=name), name) == DOCUMENTS[4]


@pytest.mark.parametrize("name", ["", "a b", "1", "a.b", "a=1;b", *keyword.kwlist[:3]])
def test_other_names_are_refused(name: str) -> None:
    """What cannot be assigned to is refused before anything is read."""
    with pytest.raises(ValueError, match="expected a Python identifier"):
        to_python("<not/>", name=name)


def test_documents_with_errors_are_refused() -> None:
    """There is no code for a document that parse refuses."""
    with pytest.raises(ParseError):
        to_python("<Response><Hangup>now</Hangup></Response>")


XML_TEXT = st.text(
    st.characters(
        exclude_categories=["Cs", "Cc"],
        exclude_characters="\ufffe\uffff",
        include_characters="\t\n\r",
    ),
    max_size=100,
)


@given(XML_TEXT, st.text("\\'\" a", max_size=20))
def test_any_text_is_quoted_so_that_it_comes_back(text: str, quotes: str) -> None:
    """Texts of every kind, and every mix of quotes and backslashes, come back from the code."""
    document = Response(Redirect("/", tag=text), Redirect("/", tag=quotes))
    assert run(to_python(document)) == document


@given(documents(max_size=3))
def test_code_of_any_document_rebuilds_it(document: Document) -> None:
    """Whatever the document, running its code gives an equal one."""
    assert run(to_python(document)) == document
