"""Tokens: fetched once, renewed in time, shared among threads, and never shown."""

import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from threading import Barrier
from typing import TYPE_CHECKING

import pytest

from callcontrol._secret import Secret
from callcontrol.auth import BasicAuth, ClientCredentials
from callcontrol.client import Client
from callcontrol.errors import (
    AuthenticationError,
    ForbiddenError,
    OutcomeUnknownError,
    TokenError,
    TransportError,
)
from tests.callcontrol.drivers import BOTH, requests_only
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from tests.callcontrol.conftest import Platform, Step, StillClock

CLIENTS = BOTH
CALL = "c-1"
SECRET = "client-secret-hunter2"
BASIC = base64.b64encode(f"the-client:{SECRET}".encode()).decode()
TOKEN_CALL = "POST /token: expected"


def _oauth(
    client_class: type[Client],
    platform: "Platform",
    *,
    token_url: str | None = None,
    max_retries: int = 1,
) -> Client:
    return client_class(
        "9900000",
        client_id="the-client",
        client_secret=SECRET,
        base_url=platform.base_url,
        token_url=token_url or platform.token_url,
        timeout=PATIENCE,
        max_retries=max_retries,
    )


def _token(platform: "Platform", value: object = "token-two", **fields: object) -> "Step":
    return platform.json({"access_token": value, "token_type": "Bearer", **fields})


def _used(platform: "Platform") -> list[str]:
    return [request.headers["authorization"] for request in platform.requests]


def test_basic(platform: "Platform", client: Client) -> None:
    """Basic credentials go out as RFC 7617 wants them."""
    platform.answer(platform.json({"callId": CALL}))
    client.get_call_state(CALL)
    expected = base64.b64encode(b"api-user:api-password-hunter2").decode()
    assert _used(platform) == [f"Basic {expected}"]
    assert platform.tokens == []


def test_basic_is_utf8(client_class: type[Client], platform: "Platform") -> None:
    """A password may hold any characters."""
    platform.answer(platform.reply(200))
    with client_class("1", username="jürgen", password="ß:ö", base_url=platform.base_url) as client:
        client.hang_up(CALL)
    assert _used(platform) == [f"Basic {base64.b64encode('jürgen:ß:ö'.encode()).decode()}"]


def test_token_request(platform: "Platform", oauth_client: Client) -> None:
    """The token is asked for as the vendor's own clients do, and then used."""
    platform.answer(platform.json({"callId": CALL}))
    oauth_client.get_call_state(CALL)
    (asked,) = platform.tokens
    assert (asked.method, asked.target, asked.body) == (
        "POST",
        "/token",
        b"grant_type=client_credentials",
    )
    assert asked.headers["authorization"] == f"Basic {BASIC}"
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert _used(platform) == ["Bearer token-one"]


@pytest.mark.parametrize(
    ("expires_in", "reused_until"),
    [
        (3600, 3540),
        ("7200", 7140),
        (90.5, 30.5),
        (None, 3540),
        ("soon", 3540),
        (True, 3540),
        ([], 3540),
        (float("inf"), 3540),
        (10**400, 3540),
    ],
)
def test_reuse(
    platform: "Platform",
    oauth_client: Client,
    clock: "StillClock",
    expires_in: object,
    reused_until: float,
) -> None:
    """A token is used until 60 seconds before its end; an hour counts when the end is not told."""
    platform.answer(platform.json({"callId": CALL}))
    platform.answer_tokens(
        _token(platform, "a", expires_in=expires_in), _token(platform, "b", expires_in=9000)
    )
    oauth_client.get_call_state(CALL)
    clock.time = reused_until - 0.01
    oauth_client.get_call_state(CALL)
    clock.time = reused_until
    oauth_client.get_call_state(CALL)
    assert _used(platform) == ["Bearer a", "Bearer a", "Bearer b"]


@pytest.mark.parametrize("expires_in", [60, 1, 0, -5])
def test_short_lived(platform: "Platform", oauth_client: Client, expires_in: int) -> None:
    """A token too short-lived to keep still serves the request it was fetched for."""
    platform.answer(platform.json({"callId": CALL}))
    platform.answer_tokens(_token(platform, "a", expires_in=expires_in), _token(platform, "b"))
    oauth_client.get_call_state(CALL)
    oauth_client.get_call_state(CALL)
    assert _used(platform) == ["Bearer a", "Bearer b"]


def test_expired_early(platform: "Platform", oauth_client: Client) -> None:
    """A token that the platform no longer takes is renewed once, and the request repeated."""
    platform.answer(
        platform.json({"callId": CALL}), platform.reply(401), platform.json({"callId": CALL}, 201)
    )
    platform.answer_tokens(_token(platform, "old"), _token(platform, "new"))
    oauth_client.get_call_state(CALL)
    created = oauth_client.create_call(
        to="+19195551234",
        from_="+19195550000",
        application_id="app",
        answer_url="https://example.com",
    )
    assert created.call_id == CALL
    assert _used(platform) == ["Bearer old", "Bearer old", "Bearer new"]


def test_wrong_token(platform: "Platform", oauth_client: Client) -> None:
    """A second refusal, with a fresh token, is final."""
    said = {"type": "authentication-error", "description": "Unauthorized", "id": ""}
    platform.answer(platform.json(said, 401))
    with pytest.raises(AuthenticationError, match="401 authentication-error: Unauthorized"):
        oauth_client.get_call_state(CALL)
    assert len(platform.requests) == 2
    assert len(platform.tokens) == 2


def test_wrong_password(platform: "Platform", client: Client) -> None:
    """Basic credentials that are refused are not tried again."""
    platform.answer(platform.reply(401))
    with pytest.raises(AuthenticationError):
        client.get_call_state(CALL)
    assert platform.attempts == 1


def test_forbidden(platform: "Platform", oauth_client: Client) -> None:
    """A 403 does not change with a new token."""
    platform.answer(platform.reply(403))
    with pytest.raises(ForbiddenError):
        oauth_client.get_call_state(CALL)
    assert len(platform.tokens) == 1


def test_doubt_after_renewal(platform: "Platform", oauth_client: Client) -> None:
    """The repeat after a renewal is under the same rule: lost once it was sent is in doubt."""
    platform.answer(platform.reply(401), platform.drop())
    with pytest.raises(OutcomeUnknownError):
        oauth_client.redirect_call(CALL, "https://example.com")
    assert platform.attempts == 2


REFUSALS: list[tuple[Callable[["Platform"], "Step"], int, str]] = [
    (
        lambda it: it.json({"error": "invalid_client", "error_description": "Bad client"}, 401),
        401,
        (
            f"{TOKEN_CALL} an access token, got invalid_client: Bad client (status 401); check the "
            "client id and the client secret"
        ),
    ),
    (
        lambda it: it.json({"type": "authentication-error", "description": "Unauthorized"}, 401),
        401,
        (
            f"{TOKEN_CALL} an access token, got authentication-error: Unauthorized (status 401); "
            "check the client id and the client secret"
        ),
    ),
    (
        lambda it: it.reply(400, b"<html>no</html>"),
        400,
        (
            f"{TOKEN_CALL} an access token, got a refusal (status 400); check the client id and "
            "the client secret"
        ),
    ),
    (
        lambda it: it.reply(429, headers={"Retry-After": "1"}),
        429,
        (
            f"{TOKEN_CALL} an access token, got a refusal (status 429); check the client id and "
            "the client secret"
        ),
    ),
    (
        lambda it: it.reply(302, headers={"Location": "/elsewhere"}),
        302,
        f"{TOKEN_CALL} an access token, got a refusal (status 302)",
    ),
    (
        lambda it: it.json({"error": f"echo {SECRET} {BASIC}"}, 400),
        400,
        (
            f"{TOKEN_CALL} an access token, got echo *** *** (status 400); check the client id and "
            "the client secret"
        ),
    ),
    (
        lambda it: it.json({"access_token": ""}),
        200,
        f"{TOKEN_CALL} an access_token of visible ASCII characters, got none (status 200)",
    ),
    (
        lambda it: it.json({"access_token": "a\r\nX-Injected: b"}),
        200,
        f"{TOKEN_CALL} an access_token of visible ASCII characters, got none (status 200)",
    ),
    (
        lambda it: it.json({"access_token": 5}),
        200,
        f"{TOKEN_CALL} an access_token of visible ASCII characters, got none (status 200)",
    ),
    (
        lambda it: it.json(["token"]),
        200,
        (
            f"{TOKEN_CALL} a JSON object, got another JSON value (status 200)"
            "; check token_url (BW_TOKEN_URL)"
        ),
    ),
    (
        lambda it: it.reply(200, b'{"access_token": "tok'),
        200,
        (
            f"{TOKEN_CALL} a JSON object, got text that is not JSON from line 1, column 18 "
            "(Unterminated string starting at) (status 200); check token_url (BW_TOKEN_URL)"
        ),
    ),
    (
        lambda it: it.reply(200, b"<html>Sign in</html>", {"Content-Type": "text/html"}),
        200,
        f"{TOKEN_CALL} a JSON object, got HTML (status 200); check token_url (BW_TOKEN_URL)",
    ),
]


@pytest.mark.parametrize(("step", "status", "text"), REFUSALS)
def test_token_refused(
    platform: "Platform",
    oauth_client: Client,
    step: Callable[["Platform"], "Step"],
    status: int,
    text: str,
) -> None:
    """No token means an error of its own; nothing is retried and no call operation is tried."""
    platform.answer_tokens(step(platform))
    with pytest.raises(TokenError) as caught:
        oauth_client.get_call_state(CALL)
    assert str(caught.value) == text
    assert caught.value.status == status
    assert len(platform.tokens) == 1
    assert platform.requests == []


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_token_url_fails(platform: "Platform", oauth_client: Client, status: int) -> None:
    """A failure of the token URL is retried."""
    platform.answer(platform.reply(200))
    platform.answer_tokens(platform.reply(status), platform.drop(), _token(platform))
    oauth_client.hang_up(CALL)
    assert _used(platform) == ["Bearer token-two"]


def test_token_url_down(
    client_class: type[Client],
    platform: "Platform",
    refusing_platform: "Platform",
    clock: "StillClock",
) -> None:
    """When the token URL cannot be reached the error says so and keeps the cause."""
    with (
        _oauth(client_class, platform, token_url=refusing_platform.token_url) as client,
        pytest.raises(TokenError) as caught,
    ):
        client.create_call(
            to="+19195551234",
            from_="+19195550000",
            application_id="app",
            answer_url="https://example.com",
        )
    assert str(caught.value) == (
        "POST /token: expected a connection, got connection refused; check token_url (BW_TOKEN_URL)"
    )
    assert isinstance(caught.value.cause, TransportError)
    assert caught.value.status is None
    assert len(clock.slept) == 1
    assert platform.requests == []


def test_one_fetch_for_many_threads(
    client_class: type[Client], platform: "Platform", clock: "StillClock"
) -> None:
    """Threads that need a token at once wait for one request and use its token."""
    del clock
    platform.answer(platform.reply(200))
    start = Barrier(16)
    with _oauth(client_class, platform) as client, ThreadPoolExecutor(16) as pool:

        def hang_up(number: int) -> None:
            start.wait()
            client.hang_up(f"c-{number}")

        list(pool.map(hang_up, range(16)))
    assert len(platform.tokens) == 1
    assert len(platform.requests) == 16


@requests_only
def test_one_renewal_for_many_threads(
    client_class: type[Client], platform: "Platform", clock: "StillClock"
) -> None:
    """Threads whose common token is refused renew it once."""
    del clock
    threads = 8
    platform.answer(*[platform.reply(401)] * threads, platform.reply(200))
    platform.answer_tokens(_token(platform, "old"), _token(platform, "new"))
    refused = Barrier(threads)
    with _oauth(client_class, platform) as client, ThreadPoolExecutor(threads) as pool:
        auth = client._account.auth
        renew = auth.renew

        def held(used: Secret[str]) -> bool:
            refused.wait(PATIENCE)
            return renew(used)

        setattr(auth, "renew", held)  # noqa: B010 - checkers forbid assigning to a method
        list(pool.map(client.hang_up, [f"c-{number}" for number in range(threads)]))
    assert len(platform.tokens) == 2
    assert _used(platform).count("Bearer new") == threads


def test_failure_for_many_threads(
    client_class: type[Client], platform: "Platform", clock: "StillClock"
) -> None:
    """Threads that wait for a token that cannot be had fail together, and the next try is free."""
    del clock
    platform.answer(platform.reply(200))
    platform.answer_tokens(platform.reply(400))
    with _oauth(client_class, platform) as client, ThreadPoolExecutor(8) as pool:
        running = [pool.submit(client.hang_up, f"c-{number}") for number in range(8)]
        assert {type(each.exception()) for each in running} == {TokenError}
        platform.answer_tokens(_token(platform))
        client.hang_up(CALL)


@requests_only
def test_token_that_came_meanwhile(platform: "Platform", oauth_client: Client) -> None:
    """A thread that finds the token renewed by the time it has the lock uses it."""
    platform.answer(platform.reply(200))
    oauth_client.hang_up(CALL)
    account = oauth_client._account
    auth = account.auth
    assert isinstance(auth, ClientCredentials)
    token, auth._token = auth._token, None
    (step,) = islice(auth.header(account.options), 1)
    auth._token = token
    assert oauth_client._driver._perform(step) is token
    assert len(platform.tokens) == 1


@requests_only
def test_interrupted_fetch(
    platform: "Platform", oauth_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while a token is fetched goes through, and leaves the client usable."""
    platform.answer(platform.reply(200))

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ClientCredentials, "_fetch", interrupt)
        with pytest.raises(KeyboardInterrupt):
            oauth_client.hang_up(CALL)
    oauth_client.hang_up(CALL)
    assert _used(platform) == ["Bearer token-one"]


def test_repr(platform: "Platform", oauth_client: Client, client: Client) -> None:
    """Printing a client or its credentials shows who, never how."""
    platform.answer(platform.reply(200))
    oauth_client.hang_up(CALL)
    for each in (oauth_client, client, BasicAuth("who", Secret(SECRET))):
        text = f"{each!r} {each}"
        assert "hunter2" not in text
        assert "token-one" not in text
        assert BASIC not in text
    assert repr(oauth_client) == (
        f"Client('9900000', base_url='{platform.base_url}', "
        f"auth=ClientCredentials(client_id='the-client', token_url='{platform.token_url}'))"
    )
