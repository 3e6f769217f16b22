"""Names of other libraries: messages name the counterpart, from the data of the porting page."""

import re
from pathlib import Path
from typing import Any

import pytest

from bxml import Bxml, Gather, Record, Response, ValidationError, check
from bxml._porting import ATTRIBUTES, METHODS, VERBS

PAGE = (Path(__file__).parents[2] / "docs" / "porting-from-twiml.md").read_text(encoding="utf-8")
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
