"""Names of other libraries: messages name the counterpart, from the data of the porting page."""

import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import callcontrol
from bxml import (
    Bxml,
    Forward,
    Gather,
    Record,
    Refer,
    Response,
    StartStream,
    Transfer,
    ValidationError,
    check,
)
from bxml._porting import ATTRIBUTES, METHODS, VERBS
from bxml._porting_sdk import ATTRIBUTES as SDK_ATTRIBUTES
from bxml._porting_sdk import DOCUMENTS
from callcontrol import RequestError
from callcontrol._bxml_body import encoded
from callcontrol._porting import CLIENT, ERRORS, WEBHOOKS

# The SDK is generated and untyped, so that checkers see it as Any.
sdk: Any = import_module("bandwidth.models.bxml")
any_: Callable[[object], Any] = lambda value: value  # noqa: E731 - hides a value from checkers

PAGES = Path(__file__).parents[2] / "docs"
PAGE = (PAGES / "porting-from-twiml.md").read_text(encoding="utf-8")
SECTIONS = {
    "Gather": "Gather",
    "Record": "Record",
    "Transfer": "Dial",
    "Conference": "Conference",
    "SpeakSentence": "Say and Play",
}


def table(title: str, columns: int) -> tuple[tuple[str, ...], ...]:
    """Return the rows of the first table of a section, without its head."""
    section = PAGE.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    lines = re.search(r"(?m)(?:^\|.*\n)+", section)
    assert lines is not None
    rows = [re.split(r" \|(?: |$)", line[2:]) for line in lines[0].splitlines()[2:]]
    return tuple(tuple(cell.strip() for cell in row[:columns]) for row in rows)


def test_c10_the_page_has_the_table_of_verbs() -> None:
    """What messages say about verbs is what the page says."""
    assert table("Verb by verb", 2) == VERBS


@pytest.mark.parametrize("element", ATTRIBUTES)
def test_c10_the_page_has_the_tables_of_attributes(element: str) -> None:
    """The same for attributes."""
    assert table(SECTIONS[element], 2) == ATTRIBUTES[element]


XML = {
    "C10": ("<Say>a</Say>", "TwiML's Say is SpeakSentence here"),
    "C10-stream": ("<Stream/>", "TwiML's Stream is StartStream"),
    "C10-dial": ("<Dial/>", "TwiML's Dial is Transfer(PhoneNumber(...)) here"),
    "C10-pay": ("<Pay/>", "TwiML's Pay has no equivalent here"),
    "C10-reject": ("<Reject/>", "TwiML's Reject is Hangup as the first verb here"),
    "C10-action": ("<Gather action='/x'/>", "TwiML's action is gatherUrl here"),
    "C10-method": ("<Gather method='GET'/>", "TwiML's method is gatherMethod here"),
    "C10-finish": ("<Gather finishOnKey='#'/>", "TwiML's finishOnKey is terminatingDigits here"),
    "C10-beep": ("<Record playBeep='true'/>", "TwiML's playBeep is PlayAudio of a beep"),
    "C10-loop": ("<SpeakSentence loop='3'>a</SpeakSentence>", "TwiML's loop is the verb three"),
}


@pytest.mark.parametrize(("inside", "hint"), XML.values(), ids=XML)
def test_names_of_twiml_in_xml(inside: str, hint: str) -> None:
    """The hint names the counterpart as BXML spells it."""
    problems = check(f"<Response>{inside}</Response>")
    assert any(hint in str(problem) for problem in problems)


PYTHON: dict[str, tuple[Any, dict[str, Any], str]] = {
    "C10-numDigits": (Gather, {"numDigits": 1}, "TwiML's numDigits is max_digits here"),
    "C10-barge": (Gather, {"bargeIn": False}, "TwiML's bargeIn has no equivalent here"),
    "C10-maxLength": (Record, {"maxLength": 1}, "TwiML's maxLength is max_duration"),
}


@pytest.mark.parametrize(("cls", "given", "hint"), PYTHON.values(), ids=PYTHON)
def test_names_of_twiml_in_python(cls: type, given: dict[str, Any], hint: str) -> None:
    """The hint names the counterpart as Python spells it."""
    with pytest.raises(ValidationError) as caught:
        cls(**given)
    assert hint in str(caught.value)


@pytest.mark.parametrize("name", METHODS)
def test_c10_methods_of_other_libraries(name: str) -> None:
    """A document says what its method is called."""
    for document in (Response(), Bxml()):
        with pytest.raises(AttributeError) as caught:
            getattr(document, name)
        assert METHODS[name] in str(caught.value)
    for called in re.findall(r"([a-z_]+)\(", METHODS[name]):
        assert hasattr(Response(), called)


def test_c10_other_missing_attributes_are_as_ever() -> None:
    """Nothing is made up for a name that no library has."""
    with pytest.raises(AttributeError, match=r"^'Response' object has no attribute 'xyz'$"):
        _ = getattr(Response(), "xyz")  # noqa: B009 - checkers forbid the plain way


SDK_PAGE = (PAGES / "porting-from-bandwidth-sdk.md").read_text(encoding="utf-8")


def sdk_tables() -> list[tuple[tuple[str, ...], ...]]:
    """Return the rows of every table of the page; an empty first cell repeats the one above."""
    found: list[tuple[tuple[str, ...], ...]] = []
    for text in re.findall(r"(?m)(?:^\|.*\n)+", SDK_PAGE):
        table: list[tuple[str, ...]] = []
        for line in text.splitlines()[2:]:
            first, *rest = (cell.strip() for cell in re.split(r" \|(?= |$)", line[1:])[:-1])
            table.append((first or table[-1][0], *rest))
        found.append(tuple(table))
    return found


@pytest.mark.parametrize(
    "table",
    [
        pytest.param(DOCUMENTS, id="C10-documents"),
        pytest.param(SDK_ATTRIBUTES, id="C10-attributes"),
        pytest.param(CLIENT, id="C10-client"),
        pytest.param(ERRORS, id="C10-errors"),
        pytest.param(WEBHOOKS, id="C10-webhooks"),
    ],
)
def test_the_page_has_the_tables_of_the_sdk(table: tuple[tuple[str, ...], ...]) -> None:
    """What messages say about the SDK is what its page says."""
    assert table in sdk_tables()


SDK: dict[str, tuple[Callable[[], object], str]] = {
    "C10-object": (lambda: any_(Response)(sdk.SpeakSentence("x")), "build it with bxml.SpeakSent"),
    "C10-append": (lambda: any_(Response()).append(sdk.Hangup()), "build it with bxml.Hangup(...)"),
    "C10-nested": (lambda: any_(Response)(nested_verbs=[]), "nested_verbs are positional here"),
    "C10-audio": (lambda: any_(Gather)(audio_verbs=[]), "audio_verbs is written Gather(prompt"),
    "C10-transfer": (lambda: any_(Transfer)(transfer_to=[]), "written Transfer(PhoneNumber(...)"),
    "C10-params": (lambda: any_(StartStream)(stream_params=[]), "StartStream(StreamParam(...)"),
    "C10-refer": (lambda: any_(Refer)(sip_uri=""), "the SDK's sip_uri is written by position"),
    "C10-input": (lambda: any_(Gather)(input="speech"), "did you mean 'input_'?"),
    "C10-from": (lambda: any_(Forward)(_from="+19195551234"), "did you mean 'from_'?"),
    "C10-push": (lambda: encoded(sdk.Response([sdk.Hangup()])), "give the text of its to_bxml()"),
    "C10-add-verb": (lambda: any_(Gather()).add_verb, "here it is append(child)"),
    "C10-recipient": (lambda: any_(Transfer()).add_transfer_recipient, "here it is append(number)"),
    "C10-to-bxml": (lambda: any_(Gather()).to_bxml, "Response(verb).to_bxml()"),
    "C10-callback": (lambda: any_(callcontrol).DtmfCallback, "here it is DtmfEvent"),
    "C10-exception": (lambda: any_(callcontrol).ConflictException, "here it is ConflictError"),
    "C10-api": (lambda: any_(callcontrol).CallsApi, "here it is the client itself"),
}


@pytest.mark.parametrize(("use", "hint"), SDK.values(), ids=SDK)
def test_names_of_the_sdk(use: Callable[[], object], hint: str) -> None:
    """Arguments, methods, classes and objects of the SDK are answered with their counterpart."""
    with pytest.raises((ValidationError, AttributeError, RequestError)) as caught:
        use()
    assert hint in str(caught.value)
