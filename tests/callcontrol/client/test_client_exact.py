"""What the client sends and says, to the letter: the token request, advice, encodings."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import FrozenInstanceError
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest
import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from callcontrol._http.steps import Shared
from callcontrol._secret import Secret
from callcontrol.auth import BasicAuth, ClientCredentials, _Token
from callcontrol.client import Client
from callcontrol.errors import OutcomeUnknownError, ReplyError, TokenError

if TYPE_CHECKING:
    from tests.callcontrol.conftest import Platform

URL = "https://example.com/start"
PLACED = (
    "the call may or may not have been placed: before you repeat it, look with "
    "list_calls(to=..., from_=...) or for a unique tag in your webhooks"
)
REDIRECTED = (
    "the call may or may not have been redirected: before you repeat it, look for the redirect "
    "webhook or with get_call_state(...)"
)


OPERATIONS: list[tuple[Callable[[Client], object], str]] = [
    (
        lambda client: client.create_call(
            to="+19195551234", from_="+19195550100", application_id="a-1", answer_url=URL
        ),
        PLACED,
    ),
    (lambda client: client.redirect_call("c-1", URL), REDIRECTED),
]


@pytest.mark.parametrize(
    ("operation", "advice"),
    OPERATIONS,
)
def test_advice_after_a_failure(
    platform: "Platform", client: Client, operation: Callable[[Client], object], advice: str
) -> None:
    """A 500 leaves open what happened; the error says how to find out, as after a lost reply."""
    for step in (platform.reply(500), platform.drop()):
        platform.answer(step)
        with pytest.raises(OutcomeUnknownError) as caught:
            operation(client)
        assert str(caught.value).endswith(f"; {advice}")


def test_token_request(platform: "Platform", oauth_client: Client) -> None:
    """It asks for JSON and sends a form."""
    platform.answer(platform.json({"callId": "c-1"}))
    oauth_client.get_call_state("c-1")
    (seen,) = platform.tokens
    assert seen.headers["accept"] == "application/json"
    assert seen.headers["content-type"] == "application/x-www-form-urlencoded"
    assert seen.body == b"grant_type=client_credentials"


def test_tokens_stay_out_of_representations(platform: "Platform", oauth_client: Client) -> None:
    """Also where a debugger shows what the client holds."""
    platform.answer(platform.json({"callId": "c-1"}))
    oauth_client.get_call_state("c-1")
    assert "token-one" not in repr([oauth_client._account, vars(oauth_client._account.auth)])


@pytest.mark.parametrize(
    ("headers", "hint"),
    [
        ({}, "the call was placed"),
        ({"Location": "/calls/c-9"}, "the call was placed (Location: '/calls/c-9')"),
    ],
)
def test_a_call_that_cannot_be_read(
    platform: "Platform", client: Client, headers: Mapping[str, str], hint: str
) -> None:
    """The phone rings all the same, so the error says where the call is."""
    platform.answer(platform.reply(201, b"[]", headers))
    with pytest.raises(ReplyError) as caught:
        client.create_call(
            to="+19195551234", from_="+19195550100", application_id="a-1", answer_url=URL
        )
    assert str(caught.value).endswith(
        f"expected a JSON object, got another JSON value (status 201); {hint}"
    )


def test_what_those_who_wait_for_a_token_get(
    oauth_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C in the thread that fetches is a plain failure for the others."""
    account = oauth_client._account
    (step,) = islice(account.auth.header(account.options), 1)
    assert isinstance(step, Shared)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ClientCredentials, "_fetch", interrupt)
    waiting: Future[object] = Future()
    with pytest.raises(KeyboardInterrupt):
        oauth_client._driver._run_for_all(step, waiting)
    error = waiting.exception(0)
    assert isinstance(error, TokenError)
    assert str(error) == "POST /token: expected an access token, got an interruption"


@pytest.mark.parametrize("body", ["[1]", '[{"callId": "c-1"}, null]', '{"callId": "c-1"}', '"c-1"'])
def test_a_list_that_is_none(platform: "Platform", client: Client, body: str) -> None:
    """One entry that is no object makes the whole page unreadable."""
    platform.answer(platform.reply(200, body.encode()))
    with pytest.raises(ReplyError) as caught:
        list(client.list_calls())
    expected = "expected a JSON array of objects, got another JSON value (status 200)"
    assert str(caught.value).endswith(expected)


@pytest.mark.parametrize(
    ("credentials", "name"),
    [(BasicAuth("user", Secret("password")), "username"), (_Token(Secret("t"), 1), "ends")],
)
def test_credentials_cannot_be_changed(credentials: object, name: str) -> None:
    """A client that is in use keeps its account."""
    with pytest.raises(FrozenInstanceError):
        setattr(credentials, name, None)


class _Silent(BaseAdapter):
    """An adapter, as in tests of applications, whose replies have no body at all."""

    def send(self, *_: Any, **__: Any) -> requests.Response:  # noqa: ANN401 - as requests calls it
        reply = requests.Response()
        reply.status_code = 200
        return reply

    def close(self) -> None:
        """Do nothing: there is no connection."""


@pytest.mark.usefixtures("clock")
def test_adapters_without_a_body() -> None:
    """An empty reply is one, however the adapter of a handed-in session says so."""
    session = requests.Session()
    session.mount("https://", _Silent())
    url = "https://voice.example/api/v2"
    with Client("9900000", username="u", password="p", session=session, base_url=url) as client:
        client.hang_up("c-1")
        with pytest.raises(ReplyError, match="expected a JSON object, got an empty reply"):
            client.get_call_state("c-1")


class _Reading(_Silent):
    """An adapter that reads the body itself, as those do that record replies."""

    def send(self, *_: Any, **__: Any) -> requests.Response:  # noqa: ANN401 - as requests calls it
        reply = super().send()
        reply.raw = HTTPResponse(BytesIO(b'{"callId": "c-1"}'), preload_content=False)
        assert reply.content
        return reply


@pytest.mark.usefixtures("clock")
def test_adapters_that_have_read_the_body() -> None:
    """It is not read a second time."""
    session = requests.Session()
    session.mount("https://", _Reading())
    url = "https://voice.example/api/v2"
    with Client("9900000", username="u", password="p", session=session, base_url=url) as client:
        assert client.get_call_state("c-1").call_id == "c-1"


@pytest.mark.usefixtures("clock")
def test_token_and_calls_on_different_hosts(
    platform: "Platform", refusing_platform: "Platform"
) -> None:
    """Each request goes to its own host, however connections are kept."""
    refusing_platform.open()
    platform.answer(platform.json({"callId": "c-1"}))
    with Client(
        "9900000",
        client_id="the-client",
        client_secret="secret-hunter2",
        base_url=platform.base_url,
        token_url=refusing_platform.token_url,
        timeout=2,
    ) as client:
        client.get_call_state("c-1")
    assert (len(platform.requests), len(platform.tokens)) == (1, 0)
    assert (len(refusing_platform.requests), len(refusing_platform.tokens)) == (0, 1)
