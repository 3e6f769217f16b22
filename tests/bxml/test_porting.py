"""Names of other libraries: messages name the counterpart, from the data of the porting page."""

import re
from collections.abc import Callable, Iterable
from copy import copy
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import bxml
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
from callcontrol import Client, RequestError, parse_event
from callcontrol._bxml_body import encoded
from callcontrol._porting import CLIENT, ERRORS, REST, WEBHOOKS

# The SDK is generated and untyped, so that checkers see it as Any.
sdk: Any = import_module("bandwidth.models.bxml")
sdk_calls: Any = import_module("bandwidth.models")
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


def test_c10_the_page_has_the_table_of_the_client() -> None:
    """The same for the client of Twilio's library."""
    assert table("REST", 2) == REST


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


def client() -> Client:
    """Return a client that is not used."""
    return Client("9900000", client_id="a", client_secret="b", base_url="http://localhost:1")


def call(method: str, *given: object) -> Callable[[], object]:
    """Return a function that calls a method of a client."""
    return lambda: getattr(client(), method)(*given)


EVENT: Any = parse_event({"eventType": "initiate", "callId": "c-1", "from": "+19195550100"})
CREATE = sdk_calls.CreateCall(
    to="+19195551234", var_from="+19195550100", application_id="a", answer_url="https://a.test/"
)
NAMES: dict[str, tuple[Callable[[], object], str]] = {
    "from": (lambda: EVENT.var_from, "has no attribute 'var_from'; here it is from_"),
    "wire": (lambda: EVENT.callId, "here it is call_id"),
    "item": (
        lambda: EVENT["callId"],
        "'InitiateEvent' object is not subscriptable; here it is call",
    ),
    "same": (lambda: EVENT["tag"], "is not subscriptable; its fields are attributes"),
    "to": (lambda: EVENT["to"], "is not subscriptable; here it is an attribute"),
    "place": (lambda: EVENT[0], "is not subscriptable; its fields are attributes"),
    "loop": (lambda: list(EVENT), "not iterable"),
    "calls": (
        lambda: any_(client()).calls,
        "itself here: create_call, update_call_bxml, redirect_call",
    ),
    "api": (lambda: any_(client()).CallsApi, "here it is the client itself"),
    "variant": (lambda: any_(client()).create_call_with_http_info, "errors carry the request line"),
    "create": (
        call("create_call", "9900000", CREATE),
        "write client.create_call(to=..., from_=...",
    ),
    "list": (call("list_calls", "9900000"), "write client.list_calls(to=...)"),
    "update": (
        call("update_call", "9900000", "c-1", CREATE),
        "write client.update_call(call_id, re",
    ),
    "Say": (lambda: any_(bxml).Say, "module 'bxml' has no attribute 'Say'; TwiML's Say is SpeakS"),
    "Root": (lambda: any_(bxml).Root, "instead of the SDK's Root, Document is the base"),
    "bxml.Client": (lambda: any_(bxml).Client, "callcontrol.Client is the client"),
    "callcontrol.Gather": (lambda: any_(callcontrol).Gather, "it is bxml.Gather"),
}


@pytest.mark.parametrize(("use", "hint"), NAMES.values(), ids=NAMES)
def test_fault_c10_names_of_other_libraries(use: Callable[[], object], hint: str) -> None:
    """Attributes, items, arguments and names of modules are answered with their counterpart."""
    with pytest.raises((AttributeError, TypeError, RequestError)) as caught:
        use()
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        (
            "from bxml import Say",
            "cannot import name 'Say' from 'bxml'; TwiML's Say is SpeakSentence",
        ),
        (
            "from bxml import Response, VoiceResponse",
            "'VoiceResponse' from 'bxml'; here it is Response",
        ),
        ("from callcontrol import DtmfCallback", "from 'callcontrol'; here it is DtmfEvent"),
        ("from callcontrol import Response", "from 'callcontrol'; it is bxml.Response"),
        ("from bxml import Nothing", "cannot import name 'Nothing' from 'bxml'"),
    ],
)
def test_fault_c10_imports_of_other_names(statement: str, text: str) -> None:
    """The import fails as every other does, with the hint in its text."""
    with pytest.raises(ImportError) as caught:
        exec(statement, {})  # noqa: S102 - a checker refuses the statement itself
    assert text in str(caught.value)


def test_fault_c10_other_names_are_missing_as_ever() -> None:
    """Asking whether there is such a name raises nothing, and an event is no sequence."""
    for owner in (bxml, callcontrol, EVENT, client()):
        assert not hasattr(owner, "Say")
        assert not hasattr(owner, "calls_")
        with pytest.raises(AttributeError) as caught:
            _ = any_(owner).nothing
        assert str(caught.value).endswith("has no attribute 'nothing'")
    assert not isinstance(EVENT, Iterable)
    assert copy(EVENT) == EVENT
