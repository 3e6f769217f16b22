"""What a recording must never hold, wherever it appears, and what must stay unchanged."""

import json
import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import cast
from urllib.parse import quote, unquote, urlencode

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bxml import PhoneNumber, Response, SpeakSentence, StartStream, StreamParam, Transfer, parse
from bxml._node import ELEMENTS, Node
from bxml.strategies import documents
from callcontrol._secret import is_secret
from callcontrol.events import EVENT_TYPES, parse_event
from callcontrol.recorder.capture import RawExchange, capture_exchange, event_of
from callcontrol.recorder.jsonl import exchange_line
from callcontrol.recorder.models import Exchange
from callcontrol.recorder.phone_numbers import fake_number, is_fake_number
from callcontrol.recorder.pseudonyms import Originals, Pseudonyms
from callcontrol.recorder.redact_bxml import redact_markup
from callcontrol.recorder.redaction import Redactor
from callcontrol.simulator.core.webhooks import WebhookReply
from callcontrol.simulator.rest.messages import RestRequest

XML = (("Content-Type", "application/xml"),)
CALL = "c-15ac29a2-1331029c-2cb0-4a07-b215-b22865662d85"
EVENT: dict[str, object] = {
    "eventType": "gather",
    "eventTime": "2026-03-02T10:15:30.120Z",
    "accountId": "5501234",
    "applicationId": "04e88489-df02-4e34-a0ee-27a91849555f",
    "from": "+12125557001",
    "to": "+12125557002",
    "direction": "inbound",
    "callId": CALL,
    "callUrl": f"https://voice.bandwidth.com/api/v2/accounts/5501234/calls/{CALL}",
    "startTime": "2026-03-02T10:15:01.000Z",
    "digits": "1",
}
numbers = (
    st.from_regex(r"[1-9][0-9]{8,14}", fullmatch=True)
    | st.from_regex(r"1[2-9][0-9]{2}[2-9][0-9]{6}", fullmatch=True)
).filter(lambda each: not is_fake_number(each))
secrets = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9 .+/=_!-]{6,30}[A-Z0-9]", fullmatch=True).filter(
    lambda each: any(map(str.isdigit, each)) and any(map(str.isalpha, each))
)


def recorded(
    event: dict[str, object],
    reply: str = "<Response/>",
    *,
    path: str = "/voice",
    query: str = "",
    redactor: Redactor | None = None,
) -> Exchange:
    """Return the recorded exchange of a webhook and its reply."""
    request = RestRequest(
        "POST", path, query, {"content-type": "application/json"}, json.dumps(event).encode()
    )
    heard = RawExchange(
        0, request, WebhookReply(body=reply.encode(), headers=XML), 200, event_of(request)
    )
    return capture_exchange(redactor or Redactor(Pseudonyms()), heard)


def texts(value: object) -> Iterator[str]:
    """Yield every text in a line, also as it reads without each of its encodings."""
    if isinstance(value, dict):
        for name, item in cast("dict[str, object]", value).items():
            yield from (*texts(name), *texts(item))
    elif isinstance(value, list):
        for each in cast("list[object]", value):
            yield from texts(each)
    elif not isinstance(value, float):
        text = str(value)
        yield from (text, unescape(text), unquote(text), unquote(unquote(text)))


def everything(*exchanges: Exchange) -> str:
    """Return all text in the lines of exchanges."""
    return "\n".join(
        text for exchange in exchanges for text in texts(json.loads(exchange_line(exchange)))
    )


def has_digits(text: str, digits: str) -> bool:
    """Return whether digits are in a text, however grouped."""
    return digits in re.sub(r"(?<=[0-9])[ ,./()\-]{1,3}(?=[0-9])", "", text)


def spread(digits: str) -> str:
    """Return digits as they are dictated."""
    return " ".join(digits)


FORMS: dict[str, Callable[[str], str]] = {
    "E.164": lambda digits: f"+{digits}",
    "digits": lambda digits: digits,
    "prose": lambda digits: f"Please call +{digits}, or press 1.",
    "dictated": spread,
    "groups": lambda digits: f"+{digits[:2]} ({digits[2:5]}) {digits[5:]}",
    "dashes": lambda digits: f"{digits[:1]}-{digits[1:4]}-{digits[4:7]}-{digits[7:]}",
    "SIP": lambda digits: f"sip:+{digits}@sbc.example.com;user=phone",
    "glued": lambda digits: f"caller{digits}x",
    "encoded": lambda digits: f"/menu?caller=%2B{digits}&n=1",
    "encoded twice": lambda digits: f"/go?next=%2Fmenu%3Fcaller%3D%252B{digits}",
    "after a blank": lambda digits: f"/go?said=to%20{digits}",
    "absolute": lambda digits: f"see https://h.example/a/{digits}/b#{digits}",
    "JSON": lambda digits: json.dumps({"who": f"+{digits}", "list": [int(digits)]}),
    "JSON, encoded": lambda digits: f"/go?state={quote(json.dumps({'who': digits}))}",
}
each_form = pytest.mark.parametrize("form", FORMS.values(), ids=list(FORMS))


@each_form
@settings(max_examples=30)
@given(number=numbers)
def test_no_number_survives_in_a_webhook(form: Callable[[str], str], number: str) -> None:
    """Neither in a known field nor in an unknown one."""
    text = form(number)
    event = {
        **EVENT,
        "from": f"+{number}",
        "tag": text,
        "transferTo": f"sip:{number}@h",
        "news": {text: [text, {"deep": text}], "number": int(number), "float": float(number)},
    }
    exchange = recorded(event, query=urlencode({"x": text, f"+{number}": "1"}), path=f"/{number}")
    assert not has_digits(everything(exchange), number)
    assert type(parse_event(exchange.request.body)) is type(parse_event(json.dumps(event)))


@each_form
@settings(max_examples=30)
@given(number=numbers)
def test_no_number_survives_in_a_reply(form: Callable[[str], str], number: str) -> None:
    """Neither in a value nor in speech, a comment, or an invalid document."""
    text = form(number)
    words = Response(SpeakSentence(text), Transfer(PhoneNumber(f"+{number}"), tag=text))
    encoded = "".join(f"&#{ord(each)};" for each in text)
    replies = [
        words.to_bxml(),
        f"<Response><!-- {text} --><SpeakSentence><![CDATA[{text}]]></SpeakSentence></Response>",
        f"<Response><Gather gatherUrl=\"{encoded}\" tag='{encoded}'/></Response>",
        f"<Response><SpeakSentence>{encoded}</SpeakSentence>",
        f'<Response><Redirect redirectUrl="{text}',
        f"just {text}",
    ]
    for reply in replies:
        exchange = recorded({**EVENT, "from": f"+{number}"}, reply)
        assert exchange.reply.body is not None
        assert not has_digits(everything(exchange), number)


@settings(max_examples=15)
@given(documents(), numbers)
def test_a_document_keeps_its_shape(document: Response, number: str) -> None:
    """A valid document stays valid, with the same elements and attributes."""
    exchange = recorded({**EVENT, "from": f"+{number}"}, document.to_bxml())
    if exchange.reply.body is None:
        return  # a limit would have been broken
    masked = parse(exchange.reply.body, allow_unknown=True)
    assert shape(masked) == shape(parse(document.to_bxml(), allow_unknown=True))


def shape(node: Node) -> object:
    """Return the names of elements and attributes."""
    content = node.element.content
    held: object = getattr(node, content.name) if content.name else ()
    inner = cast("tuple[object, ...]", held) if isinstance(held, tuple) else ()
    given_names = [
        attribute.wire for attribute in node.element.attributes if getattr(node, attribute.name)
    ]
    return type(node), given_names, [shape(each) for each in inner if isinstance(each, Node)]


PLACES: dict[str, Callable[[str], tuple[dict[str, object], str, str]]] = {
    "attribute": lambda value: (
        {},
        Response()
        .redirect("/x", username=value, password=value, fallback_password=value)
        .to_bxml(),
        "",
    ),
    "userinfo": lambda value: (
        {},
        '<Response><Redirect redirectUrl="https://{0}:{0}@h.example/x"/></Response>'.format(
            quote(value, "")
        ),
        "",
    ),
    "query of a reply": lambda value: (
        {},
        Response().redirect(f"/x?{urlencode({'apiKey': value, 'a': 1})}").to_bxml(),
        "",
    ),
    "query": lambda value: ({}, "<Response/>", urlencode({"auth_token": value, "x": 1})),
    "field": lambda value: ({"sipHeaders": {"x-auth-token": value}}, "<Response/>", ""),
    "nested": lambda value: ({"extra": {"credentials": [{"a": value}]}}, "<Response/>", ""),
    "tag": lambda value: ({"tag": json.dumps({"password": value})}, "<Response/>", ""),
    "pair": lambda value: ({"tag": f"a=1;token={quote(value, '')};b"}, "<Response/>", ""),
    "parameter": lambda value: (
        {},
        Response()
        .append(StartStream(StreamParam(name="authToken", value=value), destination="wss://h/"))
        .to_bxml(),
        "",
    ),
    "broken": lambda value: ({}, f"<Response><Redirect password='{value}' ", ""),
    "again": lambda value: (
        {"tag": f"seen {value} before", "uui": f"{quote(value, '')};encoding=jwt"},
        Response(SpeakSentence(f"It is {value}.")).redirect(f"/{quote(value, '')}").to_bxml(),
        urlencode({"secret": value}),
    ),
}
"""More fields, the reply, and the query of a webhook."""


@pytest.mark.parametrize("place", PLACES.values(), ids=list(PLACES))
@given(value=secrets)
def test_no_secret_survives(
    place: Callable[[str], tuple[dict[str, object], str, str]], value: str
) -> None:
    """Wherever a name or a place says that it is one."""
    assume(value not in json.dumps(EVENT))
    more, reply, query = place(value)
    exchange = recorded({**EVENT, **more}, reply, query=query)
    assert exchange.event == "gather"
    assert exchange.reply.body is not None
    found = everything(exchange)
    assert value not in found
    assert quote(value, "") not in found


@given(st.from_regex("[0-9*#]{4,20}", fullmatch=True))
@example("0001")
@example("2026")
def test_typed_keys_are_masked(keys: str) -> None:
    """Four and more, in the event and where the application repeats them; times stay."""
    redactor = Redactor(Pseudonyms())
    reply = Response(SpeakSentence(f"You typed {keys}!")).redirect(f"/next?typed={quote(keys)}")
    exchange = recorded({**EVENT, "digits": keys}, reply.to_bxml(), redactor=redactor)
    event = json.loads(exchange.request.body)
    assert event["digits"] != keys
    assert event["eventTime"] == EVENT["eventTime"]
    assert exchange.reply.body is not None
    spoken = re.search("You typed (.*)!", exchange.reply.body)
    assert spoken is not None
    assert spoken[1] != keys
    if len(keys) < 10 or not keys.isdigit():
        assert len(event["digits"]) == len(keys)
        assert spoken[1] == event["digits"]


def test_short_keys_and_kept_keys_stay() -> None:
    """A menu works in a replay; a card is never kept."""
    assert json.loads(recorded({**EVENT, "digits": "123"}).request.body)["digits"] == "123"
    keeping = Redactor(Pseudonyms(), keep_digits=True)
    kept = recorded({**EVENT, "digits": "4711"}, redactor=keeping)
    assert json.loads(kept.request.body)["digits"] == "4711"
    card = recorded({**EVENT, "digits": "4111111111111111"}, redactor=keeping)
    assert "4111111111111111" not in everything(card)


def test_a_key_of_a_start_gather_is_masked() -> None:
    """It comes alone, and may be a part of a PIN."""
    event = {**EVENT, "eventType": "dtmf", "digit": "7"}
    assert json.loads(recorded(event).request.body)["digit"] == "0"
    kept = recorded(event, redactor=Redactor(Pseudonyms(), keep_digits=True))
    assert json.loads(kept.request.body)["digit"] == "7"


def test_a_number_has_one_mask_in_every_form() -> None:
    """The first two that appear become the first two of the range, and forms stay."""
    exchange = recorded(
        {**EVENT, "tag": "+12125557001 2125557001 (212) 555-7001 2 1 2 5 5 5 7 0 0 1"},
        '<Response><Gather gatherUrl="/a?b=%2B12125557002"/></Response>',
        query="caller=12125557001",
    )
    event = json.loads(exchange.request.body)
    assert (event["from"], event["to"]) == ("+19195550100", "+19195550101")
    assert event["tag"] == "+19195550100 9195550100 (919) 555-0100 9 1 9 5 5 5 0 1 0 0"
    assert exchange.request.query == "caller=19195550100"
    assert exchange.reply.body is not None
    assert "%2B19195550101" in exchange.reply.body


def test_hundreds_of_numbers_have_hundreds_of_masks() -> None:
    """All of the range for fiction, and all different."""
    pseudonyms = Pseudonyms()
    made = [pseudonyms.number(f"1212444{place:04}") for place in range(1000)]
    assert len(set(made)) == 1000
    assert all(map(is_fake_number, made))
    assert made[:2] == ["19195550100", "19195550101"]
    assert made[100] == "12015550100"
    assert len({fake_number(place) for place in range(70_000)}) == 70_000


def test_made_up_numbers_stand_for_themselves() -> None:
    """Redacting them changes nothing, and no other number gets them as its pseudonym."""
    redactor = Redactor(Pseudonyms())
    assert redactor.text("+19195550100") == "+19195550100"
    assert redactor.text("+12125557001") == "+19195550101"
    once = redactor.text("+12125557001 and 4930123456789")
    assert Redactor(Pseudonyms()).text(once) == once


@given(st.lists(numbers, min_size=1, max_size=8, unique=True))
def test_masking_twice_changes_nothing(found: list[str]) -> None:
    """What a replay sends and redacts again compares equal."""
    text = " ".join(f"+{item}" for item in found)
    once = Redactor(Pseudonyms()).text(text)
    assert Redactor(Pseudonyms()).text(once) == once


@given(st.lists(numbers, min_size=1, max_size=5, unique=True), secrets)
def test_the_way_back_is_known(found: list[str], secret: str) -> None:
    """Originals come back in the forms that they had."""
    pseudonyms = Pseudonyms()
    words = [f"+{item}" for item in found]
    query = urlencode({"n": " ".join(words), "token": secret})
    masked = Redactor(pseudonyms).query(query)
    back = Redactor(Originals(pseudonyms)).query(masked)
    assert unquote(back.replace("+", "%20")) == unquote(query.replace("+", "%20"))


def test_what_belongs_to_the_platform_stays() -> None:
    """Ids and times are not numbers; only the account is redacted, also in URLs."""
    event = json.loads(recorded(EVENT).request.body)
    for name in ("eventTime", "startTime", "applicationId", "callId", "direction", "digits"):
        assert event[name] == EVENT[name]
    assert event["accountId"] == "9900000"
    assert event["callUrl"] == f"https://voice.bandwidth.com/api/v2/accounts/9900000/calls/{CALL}"


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_every_kind_of_webhook_stays_what_it_is(kind: str) -> None:
    """In JSON and in a query; fields without numbers and secrets do not change."""
    fields: dict[str, object] = {**EVENT, "conferenceId": "conf-1", "endpointId": "e-1"}
    del fields["eventType"]
    fields |= {EVENT_TYPES[kind].kind_field: kind, "referCallStatus": "failure", "status": "FAILED"}
    fields |= {"recordingId": "r-1", "digit": "1", "transcription": {"id": "t-1"}}
    fields |= {"machineDetectionResult": {"value": "human", "duration": "PT1S"}}
    fields |= {"mediaStream": {"id": "s-1"}, "realTimeTranscription": {"id": "x-1"}}
    fields |= {"transcriptionId": "x-1", "streamId": "s-1"}
    event = parse_event(json.dumps(fields))
    in_query = RestRequest("GET", "/voice", event.to_query())
    heard = RawExchange(0, in_query, WebhookReply(), 200, event_of(in_query))
    for exchange in (recorded(fields), capture_exchange(Redactor(Pseudonyms()), heard)):
        assert exchange.event == kind
        again = event_of(
            RestRequest("GET", "/", exchange.request.query, {}, exchange.request.body.encode())
        )
        assert type(again) is type(event)


def test_no_attribute_of_bxml_is_taken_for_a_secret_but_those_that_are() -> None:
    """A name that only resembles a secret's is ignored."""
    names = {
        attribute.wire for element in ELEMENTS.values() for attribute in element.element.attributes
    }
    secret = {"username", "password", "fallbackUsername", "fallbackPassword"}
    secret |= {"destinationUsername", "destinationPassword"}
    assert {name for name in names if is_secret(name)} == secret
    assert not any(map(is_secret, ("author", "monkey", "keypad", "tokyo", "passenger", "signal")))
    assert all(map(is_secret, ("X-Api-Key", "auth", "sessionID", "access_token", "hmacSignature")))


@given(st.text(max_size=200))
def test_any_text_can_be_masked(text: str) -> None:
    """Nothing is raised, and the redacted text can be redacted."""
    redactor = Redactor(Pseudonyms())
    for mask in (redactor.text, redactor.url, redactor.query, redactor.path, redactor.body):
        try:
            once = mask(text)
        except Exception as error:  # noqa: BLE001 - the name says what is allowed
            assert type(error).__name__ == "Misfit"  # noqa: PT017 - only a body has to be JSON
        else:
            assert isinstance(once, str)
    assert isinstance(redact_markup(redactor, text), str)


@given(st.text(alphabet="<>\"'=&;#x/!-[]CDAT a19+?:{}", max_size=300))
def test_any_markup_can_be_masked(text: str) -> None:
    """Pieces of tags in any order."""
    assert isinstance(redact_markup(Redactor(Pseudonyms()), text), str)


def test_deep_texts_are_masked_all_the_same() -> None:
    """JSON in a text may be nested deeper than the recursion limit."""
    for depth in (70, 900, 90_000):
        text = f'{"[" * depth}"+12125557001"{"]" * depth}'
        masked = json.loads(recorded({**EVENT, "tag": text}).request.body)
        assert "2125557001" not in masked["tag"]


@pytest.mark.parametrize(
    "piece",
    [
        '<a "',
        "<a b='",
        "<!--",
        "http://a?b=",
        "1 ",
        "1-",
        "{",
        "a=",
        "%2",
        "(",
        "//@",
        "a",
        "a.",
        "+",
    ],
)
def test_hostile_texts_take_no_time(piece: str) -> None:
    """Linear, or nearly: the time limit of the tests is the measure."""
    text = piece * (60_000 // len(piece))
    assert redact_markup(Redactor(Pseudonyms()), text)
    assert Redactor(Pseudonyms()).text(text)
    assert Redactor(Pseudonyms()).url(text)


@given(st.text("<>a@='\"/! -[?", max_size=60))
def test_no_markup_is_lost(text: str) -> None:
    """Text that looks like markup stays unchanged if there is nothing to redact."""
    assert redact_markup(Redactor(Pseudonyms()), f"<Response>{text}") == f"<Response>{text}"
