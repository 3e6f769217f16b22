"""The operations: what goes on the wire, what comes back, and paging."""

import copy
import json
import os
import pickle
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import requests
from lxml import etree

import bxml
from bxml import Bxml, Gather, Response, SpeakSentence
from callcontrol import AsyncClient
from callcontrol.client import Client, MachineDetection
from callcontrol.errors import (
    STATUS_ERRORS,
    ApiError,
    BadRequestError,
    CallControlWarning,
    NotFoundError,
    ReplyError,
    RequestError,
    ServerError,
    TokenError,
)
from callcontrol.models import CallState
from callcontrol.simulator import Simulator
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from tests.callcontrol.conftest import Platform, Step

CALL = "c-15ac29a2"
PLAIN_URL = "expected an http or https URL without credentials, query or fragment"
CALLS = "/api/v2/accounts/9900000/calls"


def _create(client: Client, **more: Any) -> Any:  # noqa: ANN401 - any argument, wrong ones too
    required = {
        "to": "+19195551234",
        "from_": "+19195550000",
        "application_id": "app",
        "answer_url": "https://example.com/answer",
    }
    return cast("Any", client.create_call)(**{**required, **more})


def test_create_call(platform: "Platform", client: Client) -> None:
    """CreateCall is one POST; the reply and its Location come back."""
    where = f"{platform.base_url}/accounts/9900000/calls/{CALL}"
    platform.answer(platform.json({"callId": CALL, "priority": 5}, 201, {"Location": where}))
    detection = MachineDetection(mode="sync")
    created = _create(client, machine_detection=detection, tag="a", call_timeout=45.5)
    assert (created.call_id, created.location, created.priority) == (CALL, where, 5)
    (seen,) = platform.requests
    assert (seen.method, seen.target) == ("POST", CALLS)
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["accept"] == "application/json"
    assert json.loads(seen.body)["machineDetection"] == {"mode": "sync"}


def test_create_call_id_from_location(platform: "Platform", client: Client) -> None:
    """A reply without the id still tells it in its Location."""
    platform.answer(platform.json({}, 201, {"Location": f"https://elsewhere.example/calls/{CALL}"}))
    assert _create(client).call_id == CALL


def test_get_call_state(platform: "Platform", client: Client) -> None:
    """GetCallState is one GET without a body or a content type."""
    platform.answer(platform.json({"callId": CALL, "state": "queued"}))
    assert client.get_call_state(CALL) == CallState(call_id=CALL, state="queued")
    (seen,) = platform.requests
    assert (seen.method, seen.target, seen.body) == ("GET", f"{CALLS}/{CALL}", b"")
    assert "content-type" not in seen.headers
    assert "content-length" not in seen.headers


def test_update_call(platform: "Platform", client: Client) -> None:
    """UpdateCall is one POST to the call, with or without redirect."""
    platform.answer(platform.reply(200))
    client.update_call(CALL, redirect_url="https://example.com/next", tag="t", username="u")
    client.redirect_call(CALL, "https://example.com/next", redirect_method="GET")
    client.hang_up(call_id=CALL)
    bodies = [json.loads(request.body) for request in platform.requests]
    assert bodies == [
        {"redirectUrl": "https://example.com/next", "username": "u", "tag": "t"},
        {"redirectUrl": "https://example.com/next", "redirectMethod": "GET"},
        {"state": "completed"},
    ]
    assert {(request.method, request.target) for request in platform.requests} == {
        ("POST", f"{CALLS}/{CALL}")
    }


@pytest.mark.parametrize(
    ("document", "sent"),
    [
        (
            Bxml().hangup(),
            b'<?xml version="1.0" encoding="UTF-8"?><Bxml><Hangup/></Bxml>',
        ),
        (
            Response().hangup(),
            b'<?xml version="1.0" encoding="UTF-8"?><Response><Hangup/></Response>',
        ),
        ("<Bxml><Hangup/></Bxml>", b"<Bxml><Hangup/></Bxml>"),
        (b"<Bxml><Hangup/></Bxml>", b"<Bxml><Hangup/></Bxml>"),
        (
            "\ufeff<?xml version='1.0' encoding='ISO-8859-1'?><Bxml><Tag>é</Tag></Bxml>",
            "<Bxml><Tag>é</Tag></Bxml>".encode(),
        ),
        (
            "<?xml version='1.0' encoding='ISO-8859-1'?><Bxml><Tag>é</Tag></Bxml>".encode(
                "latin-1"
            ),
            "<Bxml><Tag>é</Tag></Bxml>".encode(),
        ),
        (
            "<?xml version='1.0' encoding='UTF-16'?><Bxml><Tag>é</Tag></Bxml>".encode("utf-16"),
            "<Bxml><Tag>é</Tag></Bxml>".encode(),
        ),
    ],
)
def test_update_call_bxml(
    platform: "Platform", client: Client, document: "Bxml | str | bytes", sent: bytes
) -> None:
    """UpdateCallBxml is one PUT of the document in UTF-8, whatever it was handed over as."""
    platform.answer(platform.reply(204))
    client.update_call_bxml(CALL, document)
    (seen,) = platform.requests
    assert (seen.method, seen.target, seen.body) == ("PUT", f"{CALLS}/{CALL}/bxml", sent)
    assert seen.headers["content-type"] == "application/xml"


@pytest.mark.parametrize(
    "document",
    ["invalidBXML", "<Bxml><Hangpu/></Bxml>", b"<Bxml>", "", "<Bxml><Pause duration='x'/></Bxml>"],
)
def test_bad_bxml(platform: "Platform", client: Client, document: str | bytes) -> None:
    """BXML that the platform would refuse is refused here, with every problem, unsent."""
    with pytest.raises(bxml.ValidationError) as caught:
        client.update_call_bxml(CALL, document)
    assert {problem.severity for problem in caught.value.problems} == {"error"}
    assert platform.attempts == 0


def test_warnings_are_no_obstacle(platform: "Platform", client: Client) -> None:
    """A document that is only questionable is sent."""
    platform.answer(platform.reply(204))
    relative = "<Bxml><Redirect redirectUrl='/next'/></Bxml>"
    assert bxml.check(relative, context="call-update") != []
    with pytest.warns(CallControlWarning):
        client.update_call_bxml(CALL, relative)
    assert platform.attempts == 1


@pytest.mark.parametrize(
    ("document", "text"),
    [
        (None, "got None"),
        (5, "got 5"),
        (Gather(), "got a Gather; put verbs into a document: Bxml(...)"),
        (bytearray(b"<Bxml/>"), "got a bytearray"),
    ],
)
def test_no_document(client: Client, document: object, text: str) -> None:
    """Something that is no document at all is refused by name."""
    with pytest.raises(RequestError) as caught:
        client.update_call_bxml(CALL, cast("Bxml", document))
    assert str(caught.value) == (
        f"update_call_bxml.document: expected a document, or BXML as str or bytes, {text}"
    )


@pytest.mark.parametrize(
    "identifier",
    ["does-not-exist", "not a call id", "c-1?x=1#y", "%2e%2e", "ü\n", "c\\d", "..."[:1] + "c"],
)
def test_call_id_is_one_segment(platform: "Platform", client: Client, identifier: str) -> None:
    """A strange call id reaches the platform as one encoded segment, and only as that."""
    platform.answer(platform.reply(404))
    with pytest.raises(NotFoundError):
        client.get_call_state(identifier)
    prefix, _, last = platform.requests[0].target.rpartition("/")
    assert prefix == CALLS
    assert unquote(last) == identifier


@pytest.mark.parametrize("identifier", ["", "a/b", "..", ".", "a/../b", None, 5, "\ud800"])
@pytest.mark.parametrize("name", ["get_call_state", "hang_up", "update_call_bxml", "redirect_call"])
def test_call_id_refused(
    platform: "Platform", client: Client, name: str, identifier: object
) -> None:
    """A call id that could lead elsewhere is refused by every operation."""
    more: dict[str, list[object]] = {
        "update_call_bxml": [Bxml()],
        "redirect_call": ["https://example.com"],
    }
    with pytest.raises(RequestError, match=r"call_id: expected "):
        getattr(client, name)(identifier, *more.get(name, []))
    assert platform.attempts == 0


def test_account_id_is_one_segment(platform: "Platform") -> None:
    """The account id is encoded too, and a slash at the end of the base URL does no harm."""
    platform.answer(platform.reply(200))
    with Client("u 1", username="u", password="p", base_url=f"{platform.base_url}/") as client:
        client.hang_up(CALL)
    assert platform.requests[0].target == f"/api/v2/accounts/u%201/calls/{CALL}"


@pytest.mark.parametrize(
    ("status", "kind"), [*STATUS_ERRORS.items(), (418, ApiError), (502, ServerError)]
)
def test_status_errors(
    platform: "Platform", client: Client, status: int, kind: type[ApiError]
) -> None:
    """Each status raises its own class with all that the reply said."""
    said = {"type": "validation", "description": f"Call [{CALL}] not found", "id": "abc"}
    platform.answer(platform.json(said, status, {"Retry-After": "4"}))
    with pytest.raises(kind) as caught:
        client.update_call_bxml(CALL, Bxml())
    error = caught.value
    assert (error.status, error.type, error.error_id) == (status, "validation", "abc")
    assert (error.description, error.retry_after) == (said["description"], 4)
    assert (error.request.method, error.request.url) == (
        "PUT",
        f"{platform.base_url}/accounts/9900000/calls/{CALL}/bxml",
    )


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>Bad gateway</html>", b"null", b"[]", b'{"type": 5}', b"\xff\xfe", b'{"type'],
)
def test_error_without_explanation(platform: "Platform", client: Client, body: bytes) -> None:
    """An error reply of any shape still gives the class of its status."""
    platform.answer(platform.reply(400, body))
    with pytest.raises(BadRequestError) as caught:
        client.get_call_state(CALL)
    assert (caught.value.type, caught.value.description) == (None, None)
    assert str(caught.value) == f"GET {CALLS}/{CALL}: 400 Bad Request"


def test_error_that_echoes(platform: "Platform", client: Client) -> None:
    """A reply that quotes our own secrets or body back does not get them into the error."""
    body = '{"callId": "c-1"}'
    header = "YXBpLXVzZXI6YXBpLXBhc3N3b3JkLWh1bnRlcjI="
    said = {"type": header, "description": f"you sent Basic {header} (api-password-hunter2) {body}"}
    platform.answer(platform.json(said, 400))
    with pytest.raises(BadRequestError) as caught:
        _create(client, password="answer-hunter2", tag="x")
    text = f"{caught.value} {caught.value!r} {vars(caught.value)}"
    assert header not in text
    assert "hunter2" not in text
    platform.answer(platform.json({"description": "bad <Bxml><Hangup/></Bxml>."}, 400))
    with pytest.raises(BadRequestError, match=r"bad \*\*\*\.$"):
        client.update_call_bxml(CALL, "<Bxml><Hangup/></Bxml>")


UNREADABLE: list[tuple[bytes, str, str]] = [
    (b"", "application/json", "an empty reply"),
    (b"  ", "application/json", "an empty reply"),
    (b"<html><body>Sign in</body></html>", "text/html", "HTML"),
    (b"<!doctype html>", "application/json", "HTML"),
    (
        b'{"callId": "c-1", "st',
        "application/json",
        "text that is not JSON from line 1, column 19 (Unterminated string starting at)",
    ),
    (
        b"\xff\xfe\x00",
        "application/json",
        "text that is not JSON from line 1, column 1 (Expecting value)",
    ),
    (b"5", "application/json", "another JSON value"),
    (b"9" * 5000, "application/json", "JSON with a number or a depth out of range"),
    (b"[" * 100_000, "application/json", "JSON with a number or a depth out of range"),
]


@pytest.mark.parametrize(("body", "kind", "got"), UNREADABLE)
def test_unreadable(platform: "Platform", client: Client, body: bytes, kind: str, got: str) -> None:
    """A success that cannot be read is an error with status and place, never a stray exception."""
    platform.answer(platform.reply(200, body, {"Content-Type": kind}))
    with pytest.raises(ReplyError) as caught:
        client.get_call_state(CALL)
    expected = f"GET {CALLS}/{CALL}: expected a JSON object, got {got} (status 200)"
    hint = "; another server than the platform replied: open the address in a browser"
    assert str(caught.value).startswith(f"{expected}{hint}" if got == "HTML" else expected)
    assert (caught.value.hint is not None) == (got == "HTML")
    with pytest.raises(ReplyError, match="expected a JSON array of objects, got "):
        list(client.list_calls())


@pytest.mark.parametrize("body", [b'{"callId": "c-', b"<html>", b"", b"[]", b"{}"])
def test_unreadable_creation(platform: "Platform", client: Client, body: bytes) -> None:
    """When the reply to createCall is damaged, the error says that the call was placed."""
    headers = {} if body == b"{}" else {"Location": "https://x.example/calls/c-1"}
    platform.answer(platform.reply(201, body, headers))
    with pytest.raises(ReplyError) as caught:
        _create(client)
    hint = " (Location: 'https://x.example/calls/c-1')" if headers else ""
    assert str(caught.value).endswith(f"(status 201); the call was placed{hint}")
    assert platform.attempts == 1


@pytest.mark.parametrize(
    ("body", "kind"), [(b" <html>Sign in</html>", "text/plain"), (b"Sign in", "text/HTML")]
)
def test_html_is_no_success(platform: "Platform", client: Client, body: bytes, kind: str) -> None:
    """A captive portal that answers 200 to a push has not passed it on."""
    platform.answer(platform.reply(200, body, {"Content-Type": kind}))
    operations: list[Callable[[], object]] = [
        lambda: client.update_call_bxml(CALL, Bxml()),
        lambda: client.hang_up(CALL),
        lambda: client.redirect_call(CALL, "https://example.com"),
    ]
    for operation in operations:
        with pytest.raises(ReplyError) as caught:
            operation()
        found, hint = str(caught.value).split("; ", 1)
        assert found.endswith("expected an empty reply, got HTML (status 200)")
        assert hint == (
            "another server than the platform replied: open the address in a browser, log in to "
            "the network if it asks, and check base_url"
        )


def test_any_success_body_of_an_update(platform: "Platform", client: Client) -> None:
    """What an update's reply holds does not matter otherwise."""
    platform.answer(platform.json({"ok": True}), platform.reply(200, b"OK"), platform.reply(204))
    for _ in range(3):
        client.hang_up(CALL)
    assert len(platform.requests) == 3


def _page(platform: "Platform", start: int, size: int, link: str | None) -> "Step":
    calls = [{"callId": f"c-{number}"} for number in range(start, start + size)]
    return platform.json(calls, headers={"Link": link} if link else None)


def test_ten_thousand_calls(platform: "Platform", client: Client) -> None:
    """All pages come, in order, each fetched only when the iteration gets there."""
    pages = [
        _page(
            platform,
            start,
            1000,
            f'<{platform.base_url}/accounts/9900000/calls?pageToken={start}>; rel="next"'
            if start < 9000
            else None,
        )
        for start in range(0, 10_000, 1000)
    ]
    platform.answer(*pages)
    calls = client.list_calls(to="+19195551234", page_size=1000)
    assert platform.attempts == 0
    assert len(list(islice(calls, 1000))) == 1000
    assert platform.attempts == 1
    assert [call.call_id for call in calls] == [f"c-{number}" for number in range(1000, 10_000)]
    assert platform.attempts == 10
    first, second = (urlsplit(request.target) for request in platform.requests[:2])
    assert parse_qs(first.query) == {"to": ["+19195551234"], "pageSize": ["1000"]}
    assert "%2B19195551234" in first.query
    assert second.query == "pageToken=0"
    assert len({request.headers["authorization"] for request in platform.requests}) == 1


@pytest.mark.parametrize(
    "link",
    [
        '<{base}/p?t=1>; rel="next"',
        "<{base}/p?t=1>;rel=next",
        '<{base}/p?t=1>; title="a, b"; rel="next"',
        '<{base}/p?t=0>; rel="prev", <{base}/p?t=1>; rel="next"',
        '<{base}/p?t=1>; REL="Next"',
        '<{base}/p?t=1>; rel="start next"',
        "</api/v2/p?t=1>; rel=next",
        "<p?t=1>; rel=next",
    ],
)
def test_link(platform: "Platform", client: Client, link: str) -> None:
    """The next link is found however the header spells it."""
    platform.answer(
        _page(platform, 0, 1, link.format(base=platform.base_url)), _page(platform, 1, 1, None)
    )
    assert [list_call.call_id for list_call in client.list_calls()] == ["c-0", "c-1"]
    assert platform.requests[1].target.endswith("p?t=1")


@pytest.mark.parametrize(
    "link", ['<{base}/p>; rel="prev"', "nonsense", "<>", "<{base}/p>", '<{base}/p>; title="next"']
)
def test_no_next_link(platform: "Platform", client: Client, link: str) -> None:
    """A header without a next link ends the list."""
    platform.answer(_page(platform, 0, 1, link.format(base=platform.base_url)))
    assert len(list(client.list_calls())) == 1


@pytest.mark.parametrize(
    "target",
    [
        "https://127.0.0.1:{port}/p",
        "http://127.0.0.1:1/p",
        "http://127.0.0.1/p",
        "http://localhost:{port}/p",
        "//evil.example/p",
        "http://127.0.0.1:{port}@evil.example/p",
        "http://user:pass@127.0.0.1:{port}/p",
        "http://127.0.0.1:{port}.evil.example/p",
        "ftp://127.0.0.1:{port}/p",
        "javascript:alert(1)",
        "http://[::1/p",
        "http://127.0.0.1:99999/p",
    ],
)
def test_link_to_another_host(platform: "Platform", client: Client, target: str) -> None:
    """A next page elsewhere is refused: it would be sent the credentials."""
    link = f"<{target.format(port=platform.port)}>; rel=next"
    platform.answer(_page(platform, 0, 2, link))
    calls = client.list_calls()
    assert [next(calls).call_id, next(calls).call_id] == ["c-0", "c-1"]
    with pytest.raises(ReplyError, match=r"expected (the next page on http://127|a link to the)"):
        next(calls)
    assert platform.attempts == 1


def test_link_in_a_circle(platform: "Platform", client: Client) -> None:
    """Pages that lead back to one that was read do not go on for ever."""
    links = [f"<{platform.base_url}/{name}>; rel=next" for name in ("a", "b", "a")]
    platform.answer(*(_page(platform, 0, 1, link) for link in links))
    with pytest.raises(ReplyError, match="expected a link to a new page, got one that came before"):
        list(client.list_calls())
    assert platform.attempts == 3


def test_list_is_checked_at_once(platform: "Platform", client: Client) -> None:
    """A bad filter is refused when the list is asked for, not when it is read."""
    with pytest.raises(RequestError, match="page_size"):
        client.list_calls(page_size=0)
    assert platform.attempts == 0


SETTINGS: list[tuple[dict[str, object], str]] = [
    (
        {},
        (
            "Client.client_id: expected either client_id with client_secret or username with "
            "password, got neither"
        ),
    ),
    (
        {"client_id": "i", "client_secret": "hunter2", "username": "u", "password": "hunter2"},
        (
            "Client.client_id: expected either client_id with client_secret or username with "
            "password, got both"
        ),
    ),
    (
        {"client_id": "i"},
        "Client.client_secret: expected a value to go with client_id, got nothing",
    ),
    ({"password": "hunter2"}, "Client.username: expected a value to go with password, got nothing"),
    (
        {"username": "a:b", "password": "hunter2"},
        "Client.username: expected a user name without ':', got 'a:b'",
    ),
    (
        {"username": "a", "password": ""},
        "Client.password: expected a password, got a text of 0 characters",
    ),
    (
        {"username": "a", "password": b"hunter2"},
        "Client.password: expected a password, got a bytes",
    ),
    (
        {"username": "a", "password": "b", "base_url": "https://u:hunter2@example.com"},
        (f"Client.base_url: {PLAIN_URL}, got a URL with credentials in it"),
    ),
    (
        {"username": "a", "password": "b", "token_url": "https://example.com?x=1"},
        (f"Client.token_url: {PLAIN_URL}, got 'https://example.com?x=1'"),
    ),
    (
        {"username": "a", "password": "b", "base_url": "https://example.com:65536/"},
        (f"Client.base_url: {PLAIN_URL}, got 'https://example.com:65536/'"),
    ),
    (
        {"username": "a", "password": "b", "timeout": 0},
        "Client.timeout: expected a number from 0.001 to 3600 (seconds), got 0",
    ),
    (
        {"username": "a", "password": "b", "timeout": None},
        "Client.timeout: expected a number from 0.001 to 3600 (seconds), got nothing",
    ),
    (
        {"username": "a", "password": "b", "max_retries": -1},
        "Client.max_retries: expected an integer from 0 to 20, got -1",
    ),
    (
        {"username": "a", "password": "b", "session": "requests"},
        "Client.session: expected a requests.Session, got 'requests'",
    ),
]


@pytest.mark.parametrize(("settings", "text"), SETTINGS)
def test_settings_refused(settings: dict[str, Any], text: str) -> None:
    """A client that could not work is refused when it is made, without showing a secret."""
    with pytest.raises(RequestError) as caught:
        Client("9900000", **settings)
    assert str(caught.value) == text
    assert "hunter2" not in repr(caught.value)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Return a way to set variables, with no ``BW_...`` variable left over from outside."""
    for name in [name for name in os.environ if name.startswith("BW_")]:
        monkeypatch.delenv(name)
    return monkeypatch


def test_from_env(platform: "Platform", environment: pytest.MonkeyPatch) -> None:
    """All that a client needs can stand in the environment."""
    environment.setenv("BW_ACCOUNT_ID", "9900000")
    environment.setenv("BW_CLIENT_ID", "the-client")
    environment.setenv("BW_CLIENT_SECRET", "hunter2")
    environment.setenv("BW_USERNAME", "")
    environment.setenv("BW_VOICE_URL", platform.base_url)
    environment.setenv("BW_TOKEN_URL", platform.token_url)
    platform.answer(platform.reply(200))
    with Client.from_env(timeout=PATIENCE, max_retries=0) as client:
        client.hang_up(CALL)
    assert platform.requests[0].headers["authorization"] == "Bearer token-one"


def test_from_env_basic(platform: "Platform", environment: pytest.MonkeyPatch) -> None:
    """Basic credentials come from the environment too."""
    environment.setenv("BW_ACCOUNT_ID", "9900000")
    environment.setenv("BW_USERNAME", "api-user")
    environment.setenv("BW_PASSWORD", "hunter2")
    environment.setenv("BW_VOICE_URL", platform.base_url)
    platform.answer(platform.reply(200))
    with Client.from_env() as client:
        client.hang_up(CALL)
    assert platform.requests[0].headers["authorization"].startswith("Basic ")


def test_from_env_with_other_settings(environment: pytest.MonkeyPatch) -> None:
    """What is no credential or address comes as an argument, to both clients."""
    environment.setenv("BW_ACCOUNT_ID", "9900000")
    environment.setenv("BW_CLIENT_ID", "the-client")
    environment.setenv("BW_CLIENT_SECRET", "hunter2")
    for made in (
        Client.from_env(timeout=7, max_retries=5),
        AsyncClient.from_env(timeout=7, max_retries=5),
    ):
        options = made._account.options
        assert (options.timeout, options.max_retries) == (7, 5)
    with requests.Session() as session:
        assert Client.from_env(session=session)._driver.transport.session is session


@pytest.mark.parametrize(
    "end",
    [
        pytest.param("", id="C22"),
        pytest.param("/", id="C22-slash"),
        pytest.param("/api/v2", id="C22-whole"),
        pytest.param("/api/v2/", id="C22-whole-slash"),
    ],
)
def test_the_address_with_and_without_its_path(
    simulator: Simulator, environment: pytest.MonkeyPatch, end: str
) -> None:
    """The vendor's own tool takes BW_VOICE_URL as a host."""
    environment.setenv("BW_ACCOUNT_ID", simulator.account_id)
    environment.setenv("BW_CLIENT_ID", simulator.client_id)
    environment.setenv("BW_CLIENT_SECRET", simulator.client_secret)
    environment.setenv("BW_TOKEN_URL", simulator.token_url)
    environment.setenv("BW_VOICE_URL", simulator.base_url.removesuffix("/api/v2") + end)
    with Client.from_env() as client:
        assert list(client.list_calls()) == []


MISDIRECTED = [
    ("/api/v1", "its path is '/api/v1', that of the platform /api/v2"),
    ("/voice", "its path is '/voice', that of the platform /api/v2"),
    ("/api/v2/accounts", "its path is '/api/v2/accounts', that of the platform /api/v2"),
]


@pytest.mark.parametrize(
    ("path", "hint"), [pytest.param(*each, id=f"C17-{each[0]}") for each in MISDIRECTED]
)
def test_a_wrong_base_url_is_named(simulator: Simulator, path: str, hint: str) -> None:
    """The setting, its variable and the path are in the hint, not advice about the call."""
    origin = simulator.base_url.removesuffix("/api/v2")
    client = Client(
        "9900000",
        username=simulator.username,
        password=simulator.password,
        base_url=f"{origin}{path}",
    )
    with client, pytest.raises(ApiError) as caught:
        client.get_call_state(CALL)
    assert str(caught.value).endswith(f"; check base_url (BW_VOICE_URL): {hint}")


def test_fault_c17_a_token_url_without_a_path(platform: "Platform") -> None:
    """It is asked at /; what answers there is named by its setting."""
    origin = platform.origin
    platform.answer(platform.reply(200, b"<p>Hello"))
    client = Client(
        "9900000",
        client_id="the-client",
        client_secret="hunter2",
        base_url=platform.base_url,
        token_url=origin,
    )
    said = r"POST /: .* check token_url \(BW_TOKEN_URL\)"
    with client, pytest.raises(TokenError, match=said):
        client.get_call_state(CALL)


def test_from_env_defaults(environment: pytest.MonkeyPatch) -> None:
    """Without URLs in the environment the client talks to the vendor."""
    environment.setenv("BW_ACCOUNT_ID", "9900000")
    environment.setenv("BW_CLIENT_ID", "the-client")
    environment.setenv("BW_CLIENT_SECRET", "hunter2")
    assert repr(Client.from_env()) == (
        "Client('9900000', base_url='https://voice.bandwidth.com/api/v2', "
        "auth=ClientCredentials(client_id='the-client', "
        "token_url='https://api.bandwidth.com/api/v1/oauth2/token'))"
    )


def test_from_env_refused(environment: pytest.MonkeyPatch) -> None:
    """What is wrong with the environment is told by the names of the variables."""
    environment.setenv("BW_CLIENT_ID", "")
    environment.setenv("BW_VOICE_URL", "voice.bandwidth.com")
    with pytest.raises(RequestError) as caught:
        Client.from_env()
    assert str(caught.value) == (
        "3 problems\n"
        "  BW_ACCOUNT_ID is not set\n"
        "  BW_VOICE_URL: expected an http or https URL without credentials, query or fragment, "
        "got 'voice.bandwidth.com'\n"
        "  BW_CLIENT_ID: expected either BW_CLIENT_ID with BW_CLIENT_SECRET or BW_USERNAME with "
        "BW_PASSWORD, got neither"
    )


def test_speech_reaches_the_wire(platform: "Platform", client: Client) -> None:
    """A document in any language arrives byte for byte."""
    platform.answer(platform.reply(204))
    client.update_call_bxml(CALL, Bxml(SpeakSentence("Grüße 🎉 <b>")))
    assert "Grüße 🎉 &lt;b&gt;".encode() in platform.requests[0].body
    assert platform.requests[0].headers["content-length"] == str(len(platform.requests[0].body))


def test_a6_a_state_may_stand_in_an_array(client: Client, platform: "Platform") -> None:
    """The platform has answered getCallState with an array of one object."""
    platform.answer(platform.json([{"callId": "c-1", "state": "answered", "accountId": 9900000}]))
    state = client.get_call_state("c-1")
    assert (state.call_id, state.state, state.account_id) == ("c-1", "answered", "9900000")
    assert state.extra == {}


OTHER_ARRAYS: list[object] = [[], [{"callId": "c-1"}, {"callId": "c-2"}], [[1]], [1]]


@pytest.mark.parametrize("body", OTHER_ARRAYS)
def test_a6_other_arrays_are_refused(client: Client, platform: "Platform", body: object) -> None:
    """None, several, or something else inside is no state."""
    platform.answer(platform.json(body))
    with pytest.raises(ReplyError, match="expected a JSON object, got another JSON value"):
        client.get_call_state("c-1")


def test_a6_other_replies_may_stand_in_an_array(client: Client, platform: "Platform") -> None:
    """So are a created call and the explanation of an error."""
    platform.answer(platform.json([{"callId": "c-1"}], 201))
    assert _create(client).call_id == "c-1"
    platform.answer(platform.json([{"type": "not-found", "description": "no such call"}], 404))
    with pytest.raises(NotFoundError, match="no such call"):
        client.get_call_state("c-1")


@pytest.mark.parametrize(
    "copied",
    [
        pytest.param(pickle.dumps, id="C13"),
        pytest.param(copy.copy, id="C13-copy"),
        pytest.param(copy.deepcopy, id="C13-deepcopy"),
    ],
)
def test_a_client_says_why_it_cannot_travel(
    client: Client, copied: Callable[[object], object]
) -> None:
    """Neither a pickle nor a copy is made; the error says how to build one per process."""
    with pytest.raises(TypeError, match=r"Client.from_env\(\) or Client\(\.\.\.\)") as caught:
        copied(client)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(b"\xef\xbb\xbf" * 2 + b"<Response><Hangup/></Response>", id="A7"),
        pytest.param("\ufeff\ufeff<Response><Hangup/></Response>", id="A7-text"),
        pytest.param("\ufeff\ufeff<Bxml/>".encode("utf-16-le"), id="A7-utf-16"),
        pytest.param(b"\xef\xbb\xbf" * 3 + b"<?xml version='1.0'?><Bxml/>", id="A7-three"),
    ],
)
def test_a_document_with_two_marks_never_leaves(
    client: Client, platform: "Platform", document: str | bytes
) -> None:
    """What lxml refuses is not sent."""
    with pytest.raises(bxml.ValidationError, match="byte order mark"):
        client.update_call_bxml(CALL, document)
    assert platform.requests == []


@pytest.mark.parametrize("encoding", ["mac_roman", "hp-roman8", "u8", "cp65001", "latin-1", "L1"])
def test_a7_what_is_sent_is_read_by_lxml(
    client: Client, platform: "Platform", encoding: str
) -> None:
    """A declaration that Python understands but other parsers may not is left out."""
    platform.answer(platform.reply(204))
    xml = f'<?xml version="1.0" encoding="{encoding}"?><Response><Hangup/></Response>'
    client.update_call_bxml(CALL, xml.encode())
    (seen,) = platform.requests
    assert etree.fromstring(seen.body)[0].tag == "Hangup"


RELATIVE = Bxml(Gather(gather_url="/next"))


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(RELATIVE, id="B5"),
        pytest.param(RELATIVE.to_bxml(), id="B5-text"),
        pytest.param(RELATIVE.to_bytes(), id="B5-bytes"),
        pytest.param(Response(Gather(bxml.PlayAudio("a.wav"), gather_url="https://a.b"))),
        pytest.param(Bxml(bxml.Transfer(bxml.PhoneNumber("+1919", transfer_answer_url="?x")))),
    ],
)
def test_a_relative_url_that_is_pushed_is_warned_about(
    client: Client, platform: "Platform", document: bxml.Document | str | bytes
) -> None:
    """It is sent all the same; the warning points to the caller's line."""
    platform.answer(platform.reply(204))
    with pytest.warns(CallControlWarning, match="expected an absolute URL") as caught:
        client.update_call_bxml(CALL, document)
    assert [Path(each.filename).name for each in caught] == ["test_client.py"]
    assert len(platform.requests) == 1


def test_absolute_urls_are_not_warned_about(client: Client, platform: "Platform") -> None:
    """Warnings are errors in these tests, so that none means none."""
    platform.answer(platform.reply(204))
    client.update_call_bxml(CALL, Bxml(Gather(gather_url="https://a.example/next")))
    client.update_call_bxml(CALL, "<Bxml><Redirect redirectUrl='https://a.example/'/></Bxml>")
    assert len(platform.requests) == 2
