"""What holds in every framework: events in, documents out, strangers refused."""

import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from typing import Annotated

import pytest
from fastapi import Depends

from bxml import MEDIA_TYPE, Response
from callcontrol.errors import RequestError
from callcontrol.events import CallEvent, ConferenceCreatedEvent, DtmfEvent, GatherEvent
from callcontrol.integrations import django, fastapi, flask
from callcontrol.integrations._webhook import WebhookUrl
from tests.callcontrol.integrations.sites import PAIRS, SITES, Send, fastapi_app

GATHER = GatherEvent(call_id="c-1", digits="1")
DTMF = DtmfEvent(call_id="c-1", digit="1")
CONFERENCE = ConferenceCreatedEvent(conference_id="conf-1", name="room")


@pytest.fixture(params=SITES.values(), ids=list(SITES))
def send(request: pytest.FixtureRequest) -> Send:
    """Return what sends a request to the site in one framework."""
    found: Send = request.param
    return found


def basic(username: str, password: str) -> str:
    """Return the header of a request with credentials."""
    return f"Basic {b64encode(f'{username}:{password}'.encode()).decode()}"


# --- events and documents -----------------------------------------------------------------


@pytest.mark.parametrize("url", ["/gather", "/gather/7"])
def test_an_event_becomes_an_argument_and_a_document_the_reply(send: Send, url: str) -> None:
    """With the media type of BXML, and the variables of the URL beside the event."""
    answer = send("POST", url, GATHER.to_json().encode(), {})
    place = "7" if url.endswith("7") else "0"
    assert answer.text == Response().speak_sentence(f"1 at {place}").to_bxml()
    assert (answer.status, answer.headers["content-type"]) == (200, MEDIA_TYPE)


def test_an_event_may_come_as_query_parameters(send: Send) -> None:
    """Those of a GET, beside your own; the query of a POST is yours."""
    answer = send("GET", f"/gather/7?menu=2&{GATHER.to_query()}", b"", {})
    assert (answer.status, "1 at 7" in answer.text) == (200, True)
    answer = send("POST", f"/gather?{DTMF.to_query()}", GATHER.to_json().encode(), {})
    assert (answer.status, "1 at 0" in answer.text) == (200, True)


def test_no_document_is_the_status_204(send: Send) -> None:
    """Without a body."""
    headers = {"Authorization": basic(*PAIRS[0])}
    answer = send("POST", "/secret", DTMF.to_json().encode(), headers)
    assert (answer.status, answer.text) == (204, "")


def test_a_response_of_the_framework_is_sent_as_it_is(send: Send) -> None:
    """A view for all events gets those of unknown kinds as well."""
    answer = send("POST", "/own", b'{"eventType": "brandNew"}', {})
    assert (answer.status, answer.text) == (202, "UnknownEvent")


def test_a_verb_is_no_document(send: Send) -> None:
    """The mistake is in the application, so the exception is its own."""
    with pytest.raises(RequestError) as caught:
        send("POST", "/wrong", GATHER.to_json().encode(), {})
    text = (
        r"webhook.return: expected a document, a response of the framework or None from "
        r"(flask|fastapi|django)_wrong \(sites.py:\d+\), got a Hangup; put verbs into a document: "
        r"Response\(\.\.\.\)"
    )
    assert re.fullmatch(text, str(caught.value))


def test_other_routes_of_the_same_class_return_json() -> None:
    """Only path operations that take an event return documents."""
    answer = SITES["fastapi"]("GET", "/other", b"", {})
    assert (answer.status, answer.text) == (200, '{"calls":3}')


def test_the_schema_of_an_application_is_made() -> None:
    """Its path operations with documents are in it, without a model of a document."""
    schema = fastapi_app.openapi()
    assert {"/gather", "/secret", "/other"} <= set(schema["paths"])
    assert "Document" not in str(schema)


# --- requests that are refused ------------------------------------------------------------

NO_JSON = "event: expected JSON, got a mistake at line 1, column 1 (Expecting value)"
NO_EVENT = "event: expected a JSON object or query parameters, got nothing"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"hello", NO_JSON),
        (b"", NO_EVENT),
        (b"\xff\xfe", "event: expected UTF-8, got other bytes at index 0"),
        (b"[1]", "event: expected a JSON object or query parameters, got a list"),
        (b'{"digits": "1"}', "event.eventType: expected text, got nothing"),
        (b'{"eventType": "gather"}', "gather.callId: expected text, got nothing"),
        (DTMF.to_json().encode(), "event.eventType: expected 'gather', got 'dtmf'"),
        (
            b'{"eventType": "brandNew"}',
            "event.eventType: expected 'gather', got an unknown kind",
        ),
        (
            b'{"event": "brandNew"}',
            "event.event: expected 'gather', got an unknown kind",
        ),
    ],
)
def test_a_request_without_the_event_gets_a_400(send: Send, body: bytes, text: str) -> None:
    """The text says what is wrong, in the words of all errors; it quotes no value."""
    answer = send("POST", "/gather", body, {})
    assert (answer.status, answer.text.splitlines()[0].partition(";")[0]) == (400, text)


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"eventType": ' + b"9" * 10_000 + b"}", b'{"a":' * 5_000, b"\x00"]
)
def test_a_hostile_body_gets_a_400(send: Send, body: bytes) -> None:
    """However deep or long it is; no exception reaches the server."""
    answer = send("POST", "/gather", body, {"Host": "[::"})
    assert answer.status == 400
    assert len(answer.text) < 300


def test_a_get_without_an_event_gets_a_400(send: Send) -> None:
    """A browser that opens the URL, for example."""
    answer = send("GET", "/gather", b"", {})
    assert (answer.status, answer.text.partition(";")[0]) == (400, NO_EVENT)


def test_a_class_of_several_kinds_names_itself(send: Send) -> None:
    """The kinds would be a long list."""
    headers = {"Authorization": basic(*PAIRS[0])}
    answer = send("POST", "/secret", CONFERENCE.to_json().encode(), headers)
    text = (
        "event.eventType: expected the kind of a CallEvent, got 'conferenceCreated'; this URL "
        "takes webhook(CallEvent): give such events another URL"
    )
    assert (answer.status, answer.text) == (400, text)


# --- credentials --------------------------------------------------------------------------


@pytest.mark.parametrize("pair", PAIRS, ids=["old", "new"])
def test_each_pair_of_credentials_is_enough(send: Send, pair: tuple[str, str]) -> None:
    """While they are changed, requests have the old pair or the new one."""
    for header in (basic(*pair), basic(*pair).replace("Basic ", "basic  ")):
        answer = send("POST", "/secret", GATHER.to_json().encode(), {"Authorization": header})
        assert answer.status == 204


@pytest.mark.parametrize(
    ("header", "got"),
    [
        (None, "nothing"),
        ("", "others"),
        (basic("old", "Qx7-wrong"), "others"),
        (basic("old", PAIRS[1][1]), "others"),
        (basic("OLD", "Qx7-one"), "others"),
        (basic("old", "Qx7-one") + "=", "others"),
        ("Basic", "others"),
        ("Basic Qx7!", "others"),
        ("Basic Qx7\u00e9", "others"),
        (basic("old", "Qx7-one").replace("Basic", "Bearer"), "others"),
    ],
)
def test_a_request_without_credentials_gets_a_401(send: Send, header: str | None, got: str) -> None:
    """With the challenge that makes the platform send them; the body is not looked at."""
    headers = {} if header is None else {"Authorization": header.encode().decode("latin-1")}
    answer = send("POST", "/secret", b"hello", headers)
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == 'Basic realm="webhooks", charset="UTF-8"'
    assert (
        answer.text == f"Authorization: expected the Basic credentials of this webhook, got {got}"
    )


def test_every_pair_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also after one that is right, so that time tells nothing about the order."""
    import hmac

    compared: list[bytes] = []
    real = hmac.compare_digest

    def compare(given: bytes, known: bytes) -> bool:
        compared.append(known)
        assert len(given) == len(known)
        return real(given, known)

    taken = WebhookUrl(GatherEvent, PAIRS)
    monkeypatch.setattr(hmac, "compare_digest", compare)
    for pair in PAIRS:
        taken.authorize(basic(*pair))
    assert len(compared) == len(PAIRS) ** 2
    assert not any(b"Qx7" in known for known in compared)


@pytest.mark.parametrize(
    ("credentials", "text"),
    [
        ([], "webhook.credentials: expected pairs of a user name and a password, got none"),
        ("user:Qx7", "webhook.credentials: expected pairs of a user name and a password, got none"),
        ({"user": "Qx7"}, "webhook.credentials: expected pairs of a user name and a password"),
        (7, "webhook.credentials: expected pairs of a user name and a password, got none"),
        (("user", "Qx7"), "webhook.credentials[1]: expected a pair of a user name and a password"),
        ([("user", "")], "webhook.credentials[0]: expected a password, got a text of 0 characters"),
        ([("user", None)], "webhook.credentials[0]: expected a password, got None"),
        (
            [("user", "Qx7\n")],
            "webhook.credentials[0]: expected a password, got a text with a line",
        ),
        ([("a", "b"), ("u:Qx7", "x")], "webhook.credentials[1]: expected a user name without ':'"),
    ],
)
@pytest.mark.parametrize("webhook", [flask.webhook, fastapi.webhook, django.webhook])
def test_credentials_that_cannot_be_meant_are_refused(
    webhook: type[django.webhook[GatherEvent]], credentials: list[tuple[str, str]], text: str
) -> None:
    """When the application starts; an empty list would let everyone in."""
    with pytest.raises(RequestError) as caught:
        webhook(GatherEvent, credentials=credentials)
    assert text in str(caught.value)
    assert "Qx7" not in str(caught.value)


@pytest.mark.parametrize("kind", [Response, GATHER, "gather", print])
@pytest.mark.parametrize("webhook", [flask.webhook, fastapi.webhook, django.webhook])
def test_the_kind_is_a_class_of_events(
    webhook: type[django.webhook[GatherEvent]], kind: type[GatherEvent]
) -> None:
    """Which a decorator without parentheses gets wrong, for example."""
    with pytest.raises(RequestError) as caught:
        webhook(kind)
    assert str(caught.value).startswith("webhook.kind: expected a class of events, got ")
    assert str(caught.value).endswith(
        "; write webhook(Event), or the class of one kind, such as webhook(GatherEvent)"
    )


def declared(endpoint: Callable[..., object]) -> str:
    """Return why a path operation is refused where it is declared; empty if it is not."""
    try:
        fastapi.WebhookRoute("/", endpoint)
    except RequestError as error:
        return str(error)
    return ""


def test_the_annotation_and_its_webhook_name_one_class() -> None:
    """Or the annotation a class above it, or a union."""

    def above(event: Annotated[CallEvent, fastapi.webhook(GatherEvent)]) -> None: ...
    def either(event: Annotated[GatherEvent | DtmfEvent, fastapi.webhook(CallEvent)]) -> None: ...
    def other(event: Annotated[GatherEvent, fastapi.webhook(DtmfEvent)]) -> None: ...
    def wider(event: Annotated[GatherEvent, fastapi.webhook(CallEvent)]) -> None: ...

    assert [declared(above), declared(either)] == ["", ""]
    expected = "webhook.event: expected webhook(GatherEvent) in "
    hint = "; write event: Annotated[GatherEvent, webhook(GatherEvent)]"
    for endpoint, got in ((other, "DtmfEvent"), (wider, "CallEvent")):
        text = declared(endpoint)
        assert text.startswith(expected)
        assert text.endswith(f", got webhook({got}) for a GatherEvent{hint}")


def test_an_event_needs_a_webhook() -> None:
    """One that a dependency of your own returns does not."""

    def own() -> GatherEvent:
        return GATHER

    def plain(event: GatherEvent) -> None: ...
    def bare(event: Annotated[GatherEvent, fastapi.webhook]) -> None: ...
    def untyped(event: Annotated[object, fastapi.webhook]) -> None: ...
    def dependent(event: Annotated[GatherEvent, Depends(own)]) -> None: ...
    def unrelated(place: int, event: str = "") -> None: ...

    assert "got no webhook(...); write event: Annotated[GatherEvent," in declared(plain)
    assert "got webhook without arguments" in declared(bare)
    assert "write event: Annotated[Event, webhook(Event)]" in declared(untyped)
    assert [declared(dependent), declared(unrelated)] == ["", ""]


# --- imports ------------------------------------------------------------------------------


@pytest.mark.parametrize("package", ["Flask", "FastAPI", "Django"])
def test_a_missing_framework_is_named(package: str) -> None:
    """With what to install; another missing package keeps its own error."""
    name = package.lower()
    code = f"import sys; sys.modules[{name!r}] = None; import callcontrol.integrations.{name}"
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.stderr.splitlines()[-1] == (
        f"ModuleNotFoundError: callcontrol.integrations.{name} needs {package}: pip install {name}"
    )


def test_no_framework_is_loaded_by_the_others() -> None:
    """Each module loads its own, and the client is not among what they need."""
    code = (
        "import callcontrol.integrations.flask, sys;"
        "print([m for m in ('fastapi', 'django', 'requests', 'callcontrol.client') "
        "if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
