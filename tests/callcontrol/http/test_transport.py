"""Sending: connections, proxies, certificates, logs, and that no secret gets into any text."""

import logging
import re
import socket
import threading
import time
import traceback
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Retry
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ReadTimeoutError
from urllib3.util.retry import RequestHistory

from bxml import Bxml, SpeakSentence
from callcontrol._http.adapter import OwnAdapter
from callcontrol._http.connection import Connection
from callcontrol._http.exchange import (
    CONNECTED_LATE,
    DAMAGED,
    LOST,
    ONCE,
    PROXY_HINT,
    REPEATABLE,
    TOKEN,
    UNCONNECTED,
    ApiReply,
    ApiRequest,
    NoReply,
    Policy,
)
from callcontrol._http.failures import diagnose
from callcontrol._http.retry import (
    JITTER,
    MAX_WAIT,
    RetryClock,
    retry_after_seconds,
    wait_before,
)
from callcontrol._http.sending import SendOptions, sent
from callcontrol._http.steps import Delay, Send
from callcontrol._http.transport import _may_have_acted
from callcontrol._secret import Secret
from callcontrol.client import Client
from callcontrol.errors import (
    CallControlError,
    NotFoundError,
    OutcomeUnknownError,
    TransportError,
)
from tests.callcontrol.drivers import BOTH
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from tests.callcontrol.conftest import Platform, Step, StillClock

CLIENTS = BOTH
CALL = "c-1"
NOW = 1_767_225_600.0


def _basic(client_class: type[Client], platform: "Platform", timeout: float = 2) -> Client:
    return client_class(
        "9900000",
        username="api-user",
        password="api-password-hunter2",
        base_url=platform.base_url,
        timeout=timeout,
        max_retries=1,
    )


def _on(session: requests.Session, platform: "Platform") -> Client:
    return Client(
        "9900000", username="u", password="p", base_url=platform.base_url, session=session
    )


def test_one_connection(platform: "Platform", client: Client) -> None:
    """Requests one after the other share a connection, errors and empty replies included."""
    platform.answer(
        platform.reply(204),
        platform.json({"callId": CALL}),
        platform.reply(404, b"x" * 10_000),
        platform.reply(200),
    )
    client.update_call_bxml(CALL, Bxml())
    client.get_call_state(CALL)
    with pytest.raises(CallControlError):
        client.get_call_state(CALL)
    client.hang_up(CALL)
    assert platform.connections == 1


def test_headers_of_both_clients(
    client_class: type[Client], platform: "Platform", client: Client
) -> None:
    """They name the library, and the codings that can be decompressed within limits."""
    platform.answer(platform.json({"callId": CALL}))
    client.get_call_state(CALL)
    client.update_call_bxml(CALL, Bxml())
    library = r"python-requests/\d" if client_class is Client else r"aiohttp/\d"
    always = {"host", "user-agent", "accept", "accept-encoding", "authorization"}
    read, pushed = (request.headers for request in platform.requests)
    assert set(read) == always
    assert set(pushed) == {*always, "content-type", "content-length"}
    for headers in (read, pushed):
        assert re.match(f"bxml-callcontrol {library}", headers["user-agent"])
        assert headers["accept-encoding"] == "gzip, deflate"


def test_headers_and_body_together(platform: "Platform", client: Client) -> None:
    """A document of any size that is allowed arrives whole."""
    platform.answer(platform.reply(204))
    for size in (1, 1000, 60_000):
        client.update_call_bxml(CALL, Bxml(SpeakSentence("x" * size)))
    assert [request.body.count(b"x") >= 1 for request in platform.requests] == [True] * 3
    assert len(platform.requests[2].body) > 60_000


def test_many_threads(
    client_class: type[Client], platform: "Platform", clock: "StillClock"
) -> None:
    """Thirty-two threads share a client, and keep their connections."""
    del clock
    platform.answer(platform.reply(204))
    document = Bxml().hangup()
    with _basic(client_class, platform) as client, ThreadPoolExecutor(32) as pool:
        list(pool.map(client.update_call_bxml, [CALL] * 640, [document] * 640))
    assert len(platform.requests) == 640
    assert platform.connections <= 32


def test_closed_connections_are_replaced(platform: "Platform", client: Client) -> None:
    """A connection that the platform closed while idle costs no request, not even createCall."""
    body = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    platform.answer(platform.raw(body))
    for _ in range(3):
        client.redirect_call(CALL, "https://example.com")
        platform.wait_until_closed()
    assert platform.attempts == 3
    assert platform.connections == 3


def test_usable_after_close(platform: "Platform", client: Client) -> None:
    """A closed client opens new connections when it is used again."""
    platform.answer(platform.reply(200))
    client.hang_up(CALL)
    client.close()
    client.hang_up(CALL)
    assert platform.connections == 2


def test_no_cookies(platform: "Platform", client: Client) -> None:
    """Cookies are not kept."""
    platform.answer(platform.reply(200, headers={"Set-Cookie": "session=1; Path=/"}))
    client.hang_up(CALL)
    client.hang_up(CALL)
    assert "cookie" not in platform.requests[1].headers


def test_compressed_reply(platform: "Platform", client: Client) -> None:
    """A compressed reply is read like any other."""
    import gzip

    body = gzip.compress(b'{"callId": "c-1"}')
    platform.answer(platform.reply(200, body, {"Content-Encoding": "gzip"}))
    assert client.get_call_state(CALL).call_id == CALL
    assert "gzip" in platform.requests[0].headers["accept-encoding"]


def test_chunked_reply(platform: "Platform", client: Client) -> None:
    """A reply in chunks is read like any other."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    platform.answer(platform.raw(head + b'8\r\n{"callId\r\n9\r\n": "c-1"}\r\n0\r\n\r\n'))
    assert client.get_call_state(CALL).call_id == CALL


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return a way to name a proxy in the environment."""
    for name in ("NO_PROXY", "no_proxy", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)

    def name_proxy(port: int) -> None:
        for name in ("HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://proxy-user:{PASSWORD}@127.0.0.1:{port}")

    return name_proxy


def _far(client_class: type[Client], scheme: str) -> Client:
    url = f"{scheme}://voice.example/api/v2"
    return client_class(
        "9",
        username="u",
        password="p",
        base_url=url,
        timeout=PATIENCE,
        max_retries=1,
        allow_http=True,
    )


@pytest.mark.usefixtures("clock")
def test_proxy_from_environment(
    client_class: type[Client], platform: "Platform", proxied: Callable[[int], None]
) -> None:
    """A proxy named in the environment is used, and logged in to."""
    proxied(platform.port)
    platform.answer(platform.reply(200))
    with _far(client_class, "http") as client:
        client.hang_up(CALL)
        client.hang_up(CALL)
    seen = platform.requests[0]
    assert seen.target == f"http://voice.example/api/v2/accounts/9/calls/{CALL}"
    assert "proxy-authorization" in seen.headers
    assert platform.connections == 1


@pytest.mark.usefixtures("clock")
def test_lost_behind_a_proxy(
    client_class: type[Client], platform: "Platform", proxied: Callable[[int], None]
) -> None:
    """Behind a proxy a lost connection means the same: repeated, or in doubt and sent once."""
    proxied(platform.port)
    platform.answer(platform.drop(), platform.json({"callId": CALL}), platform.drop())
    with _far(client_class, "http") as client:
        assert client.get_call_state(CALL).call_id == CALL
        with pytest.raises(OutcomeUnknownError) as caught:
            client.redirect_call(CALL, "https://example.com")
        assert platform.attempts == 3
        platform.answer(platform.drop(), platform.reply(404))
        client.hang_up(CALL)
    assert PASSWORD not in "".join(traceback.format_exception(caught.value))


@pytest.mark.usefixtures("clock")
def test_tunnel_refused(
    client_class: type[Client], platform: "Platform", proxied: Callable[[int], None]
) -> None:
    """A proxy that opens no tunnel has passed nothing on."""
    proxied(platform.port)
    platform.answer(platform.raw(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"))
    with _far(client_class, "https") as client, pytest.raises(TransportError) as caught:
        client.redirect_call(CALL, "https://example.com")
    text = f"expected a tunnel through the proxy, got a refusal; {PROXY_HINT}"
    assert str(caught.value).endswith(text)
    assert platform.requests[0].method == "CONNECT"


def test_no_proxy(
    client_class: type[Client],
    platform: "Platform",
    clock: "StillClock",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """NO_PROXY is heeded."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    del clock
    platform.answer(platform.reply(200))
    with _basic(client_class, platform) as client:
        client.hang_up(CALL)
    assert platform.requests[0].target.startswith("/api/v2/")


def test_socks_keeps_its_own_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """A SOCKS proxy, which takes an extra package, is not bypassed by our own connections."""
    manager = object()

    def other(*_: object) -> object:
        return manager

    monkeypatch.setattr(HTTPAdapter, "proxy_manager_for", other)
    adapter = OwnAdapter()
    assert adapter.proxy_manager_for("socks5://127.0.0.1:1080") is manager


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_proxy_down(
    client_class: type[Client],
    refusing_platform: "Platform",
    clock: "StillClock",
    proxied: Callable[[int], None],
    scheme: str,
) -> None:
    """When the proxy cannot be reached nothing was sent: it is tried again, and not in doubt."""
    proxied(refusing_platform.port)
    with _far(client_class, scheme) as client, pytest.raises(TransportError) as caught:
        client.redirect_call(CALL, "https://example.com")
    text = f"expected a connection through the proxy, got connection refused; {PROXY_HINT}"
    assert str(caught.value).endswith(text)
    assert len(clock.slept) == 1


def test_untrusted_certificate(
    client_class: type[Client], secure_platform: "Platform", clock: "StillClock"
) -> None:
    """A certificate that is not trusted stops the request before it is sent."""
    with _basic(client_class, secure_platform) as client, pytest.raises(TransportError) as caught:
        client.redirect_call(CALL, "https://example.com")
    text = "expected a connection, got a certificate that is not trusted; a proxy or virus scanner"
    assert text in str(caught.value)
    assert "REQUESTS_CA_BUNDLE" in str(caught.value)
    assert secure_platform.attempts == 0
    assert clock.slept == []


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust the certificate of the HTTPS server through the environment."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))


@pytest.mark.usefixtures("trusted", "clock")
def test_certificate_from_environment(
    client_class: type[Client], secure_platform: "Platform"
) -> None:
    """REQUESTS_CA_BUNDLE is heeded."""
    secure_platform.answer(secure_platform.json({"callId": CALL}))
    with _basic(client_class, secure_platform) as client:
        assert client.get_call_state(CALL).call_id == CALL
        client.update_call_bxml(CALL, Bxml())
    assert secure_platform.connections == 1


def test_missing_certificates(
    client_class: type[Client],
    secure_platform: "Platform",
    clock: "StillClock",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A REQUESTS_CA_BUNDLE that does not exist is told as such; nothing is sent or in doubt."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/certificates.pem")
    with _basic(client_class, secure_platform) as client, pytest.raises(TransportError) as caught:
        client.redirect_call(CALL, "https://example.com")
    assert str(caught.value).endswith("expected a file of certificates, got a path without one")
    assert secure_platform.attempts == 0
    assert clock.slept == []


@pytest.mark.usefixtures("trusted", "clock")
def test_faults_over_tls(client_class: type[Client], secure_platform: "Platform") -> None:
    """Over TLS the same rules hold: reads are repeated, redirects are in doubt, all is bounded."""
    reset = secure_platform.drop(reset=True)
    secure_platform.answer(reset, secure_platform.json({"callId": CALL}))
    with _basic(client_class, secure_platform) as client:
        client.get_call_state(CALL)
        secure_platform.answer(secure_platform.drop(), secure_platform.json({"callId": CALL}))
        client.get_call_state(CALL)
        secure_platform.answer(secure_platform.drop())
        with pytest.raises(OutcomeUnknownError):
            client.redirect_call(CALL, "https://example.com")
    secure_platform.answer(secure_platform.drip(b"HTTP/1.1 200 " + b"x" * 1000))
    with _basic(client_class, secure_platform, timeout=2) as client:
        started = time.monotonic()
        with pytest.raises(TransportError, match=r"within 2 seconds, got none in time"):
            client.get_call_state(CALL)
        assert time.monotonic() - started < PATIENCE


@pytest.mark.usefixtures("clock")
def test_http_where_https_is_spoken(
    client_class: type[Client], secure_platform: "Platform", platform: "Platform"
) -> None:
    """Mixing up the schemes is a clear error, and never a success."""
    with (
        client_class(
            "9",
            username="u",
            password="p",
            base_url=secure_platform.base_url.replace("https", "http"),
            timeout=2,
            max_retries=0,
        ) as client,
        pytest.raises(TransportError),
    ):
        client.get_call_state(CALL)
    with (
        client_class(
            "9",
            username="u",
            password="p",
            base_url=platform.base_url.replace("http", "https"),
            timeout=0.5,
            max_retries=0,
        ) as client,
        pytest.raises(TransportError),
    ):
        client.get_call_state(CALL)


def test_unknown_host(client_class: type[Client], clock: "StillClock") -> None:
    """A host name that does not exist is told as such."""
    with (
        client_class(
            "9", username="u", password="p", base_url="https://nowhere.invalid", max_retries=1
        ) as client,
        pytest.raises(TransportError) as caught,
    ):
        client.redirect_call(CALL, "https://example.com")
    assert str(caught.value).endswith(
        "expected a connection, got an unknown host name (nowhere.invalid); "
        "check base_url (BW_VOICE_URL)"
    )
    assert len(clock.slept) == 1


class _Counting(HTTPAdapter):
    """An adapter of the user's own."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def send(self, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401
        """Count and send."""
        self.count += 1
        return super().send(*args, **kwargs)


def _noting(statuses: list[int]) -> Callable[..., None]:
    def note(reply: requests.Response, **_: object) -> None:
        statuses.append(reply.status_code)

    return note


def test_session_handed_in(platform: "Platform", clock: "StillClock") -> None:
    """A session of one's own sends, with its headers, hooks and adapters, and stays open."""
    session, adapter = requests.Session(), _Counting()
    statuses: list[int] = []
    session.mount("http://", adapter)
    session.headers["X-Trace"] = "abc"
    session.hooks["response"] = [_noting(statuses)]
    platform.answer(platform.reply(429), platform.json({"callId": CALL}))
    with _on(session, platform) as client:
        with pytest.raises(CallControlError):
            client.get_call_state(CALL)
        assert client.get_call_state(CALL).call_id == CALL
    assert platform.requests[0].headers["x-trace"] == "abc"
    assert (adapter.count, statuses, clock.slept) == (2, [429, 200], [])
    assert session.get(f"{platform.origin}/still-open", timeout=PATIENCE).status_code == 200


@pytest.mark.usefixtures("clock")
def test_session_handed_in_fails(platform: "Platform") -> None:
    """With a session of one's own a lost connection has the same meaning."""
    platform.answer(platform.drop())
    with _on(requests.Session(), platform) as client:
        with pytest.raises(OutcomeUnknownError):
            client.redirect_call(CALL, "https://example.com")
        with pytest.raises(TransportError):
            client.get_call_state(CALL)
        platform.answer(platform.reply(302, headers={"Location": "http://[::1/"}))
        with pytest.raises(CallControlError):
            client.get_call_state(CALL)


@pytest.mark.usefixtures("clock")
def test_attempts_of_an_adapter(platform: "Platform") -> None:
    """A 404 to hang_up is a success only after an attempt that may have been carried out."""
    session = requests.Session()
    retries = Retry(1, status_forcelist=[429, 503], allowed_methods=None)
    session.mount("http://", HTTPAdapter(max_retries=retries))
    with _on(session, platform) as client:
        for first in ([], [platform.reply(429)]):
            platform.answer(*first, platform.reply(404))
            with pytest.raises(NotFoundError):
                client.hang_up(CALL)
        platform.answer(platform.reply(503), platform.reply(404))
        client.hang_up(CALL)


def test_connections_without_a_deadline(
    platform: "Platform", clock: "StillClock", monkeypatch: pytest.MonkeyPatch
) -> None:
    """As those of a SOCKS proxy: the time for the body restarts after the head."""
    del clock
    pools = {"http": HTTPConnectionPool, "https": HTTPSConnectionPool}
    monkeypatch.setattr("callcontrol._http.adapter.POOLS", pools)
    platform.answer(platform.json({"callId": CALL}))
    with _basic(Client, platform, PATIENCE) as client:
        assert client.get_call_state(CALL).call_id == CALL


def test_log(
    platform: "Platform", client: Client, clock: "StillClock", caplog: pytest.LogCaptureFixture
) -> None:
    """Each request leaves one line: method, path, status and time."""

    def after(seconds: float, step: "Step") -> "Step":
        def act(conn: socket.socket) -> bool:
            clock.time += seconds
            return step.act(conn)

        return replace(step, act=act)

    caplog.set_level(logging.DEBUG, "callcontrol")
    clock.time = 60.0
    platform.answer(after(0.25, platform.json([])), after(1.5, platform.drop()))
    list(client.list_calls(to="+19195551234"))
    with pytest.raises(OutcomeUnknownError):
        client.redirect_call(CALL, "https://example.com")
    lines = [record.getMessage() for record in caplog.records if record.name == "callcontrol"]
    assert lines == [
        "GET /api/v2/accounts/9900000/calls: 200 in 0.250 s",
        "POST /api/v2/accounts/9900000/calls/c-1: no reply in 1.500 s",
    ]


PASSWORD = "hunter2"
WORDS = "private words"
TAG = "private-tag"
SECRETS = [
    PASSWORD,
    "token-one",
    "YXBpLXVzZXI6",  # the beginning of the Basic header's value
    "dGhlLWNsaWVudDo",  # the same of the token request
    WORDS,
    TAG,
]


def _steps(platform: "Platform", header: str) -> "Iterator[Step]":
    body = f'{{"callId": "c-1"}} {WORDS}'.encode()
    yield platform.drop()
    yield platform.drop(read=False, reset=True)
    yield platform.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + body)
    yield platform.raw(b"220 mail.example ESMTP\r\n")
    yield platform.reply(200, body)
    yield platform.reply(200, b"<html>" + body)
    for status in (302, 400, 401, 404, 409, 429, 500, 503):
        yield platform.reply(status, body)
        yield platform.json({"description": f"{PASSWORD} {header}", "type": PASSWORD}, status)
    yield platform.silence()


def _operations(client: Client) -> Iterator[Callable[[], object]]:
    yield lambda: client.get_call_state(CALL)
    yield lambda: list(client.list_calls())
    yield lambda: client.hang_up(CALL)
    yield lambda: client.update_call_bxml(CALL, Bxml(SpeakSentence(WORDS)))
    yield lambda: client.redirect_call(
        CALL, "https://example.com", username="u", password=PASSWORD, tag=TAG
    )
    yield lambda: client.create_call(
        to="+19195551234",
        from_="+19195550000",
        application_id="app",
        answer_url="https://example.com",
        username="u",
        password=PASSWORD,
        tag=TAG,
    )


@pytest.mark.parametrize("kind", ["oauth", "basic"])
@pytest.mark.usefixtures("clock")
def test_no_secret_anywhere(
    client_class: type[Client], platform: "Platform", kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """With every fault, every operation and all logging on, no secret appears in any text."""
    caplog.set_level(logging.DEBUG)
    credentials = {
        "oauth": {"client_id": "the-client", "client_secret": PASSWORD},
        "basic": {"username": "api-user", "password": PASSWORD},
    }[kind]
    texts: list[str] = []
    header = "token-one" if kind == "oauth" else b64encode(f"api-user:{PASSWORD}".encode()).decode()
    for step in _steps(platform, header):
        platform.answer_tokens(platform.json({"access_token": "token-one", "expires_in": 3600}))
        with client_class(
            "9900000",
            base_url=platform.base_url,
            token_url=platform.token_url,
            timeout=0.1,
            max_retries=1,
            **credentials,  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
        ) as client:
            for operation in _operations(client):
                platform.answer(step)
                texts += _told(operation)
            texts.append(repr(client))
    assert len(texts) > 200
    assert len(caplog.records) > 100
    every_word = "\n".join([*texts, caplog.text])
    assert [secret for secret in SECRETS if secret in every_word] == []


def _told(operation: Callable[[], object]) -> Iterator[str]:
    """Yield all texts that an error of the operation may show somewhere."""
    try:
        operation()
    except CallControlError as error:
        yield "".join(traceback.format_exception(error))
        each: BaseException | None = error
        while each is not None:
            yield f"{each} {each!r}"
            each = each.__cause__ or each.__context__
    else:
        yield "done"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("2", 2),
        (" 2 ", 2),
        ("1.5", 1.5),
        ("0", 0),
        ("86400", 86400),
        ("9" * 300, 1e9),
        ("Thu, 01 Jan 2026 00:01:00 GMT", 60),
        ("Thu, 01 Jan 2026 01:01:00 +0100", 60),
        ("Wed, 31 Dec 2025 00:00:00 GMT", 0),
        (None, None),
        ("", None),
        ("-1", None),
        ("+1", None),
        ("1e3", None),
        ("soon", None),
        ("٣", None),
        ("Thu, 32 Jan 2026 00:01:00 GMT", None),
    ],
)
def test_retry_after_seconds(header: str | None, seconds: float | None) -> None:
    """Seconds and dates are understood, nonsense is not."""
    assert retry_after_seconds(header, NOW) == seconds


@given(st.text())
def test_any_retry_after(header: str) -> None:
    """No header raises, and what is understood is a time ahead."""
    seconds = retry_after_seconds(header, NOW)
    assert seconds is None or seconds >= 0


@given(st.integers(1, 21), st.text() | st.none())
def test_any_wait(attempt: int, header: str | None) -> None:
    """However often and whatever is asked for, a wait is positive and bounded."""
    clock = RetryClock()
    seconds = wait_before(attempt, retry_after_seconds(header, clock.now()), clock)
    assert 0 < seconds <= MAX_WAIT + JITTER


def _end(policy: Policy, *outcomes: ApiReply | NoReply, sends: list[Send]) -> object:
    """Return the reply or the error of a request that gets these outcomes one after the other."""
    request = ApiRequest("POST", "https://voice.example/x", policy)
    routine = sent(request, Secret(""), SendOptions(30, 3, RetryClock()))
    waiting, outcome = list(outcomes), None
    try:
        while True:
            step = routine.send(outcome)
            assert isinstance(step, Send | Delay)
            if isinstance(step, Send):
                sends.append(step)
            outcome = waiting.pop(0) if isinstance(step, Send) else None
    except StopIteration as end:
        return end.value
    except (TransportError, OutcomeUnknownError) as error:
        return error
    finally:
        assert waiting == []


def _sends(policy: Policy, *outcomes: ApiReply | NoReply) -> int:
    """Return how often a request is sent that gets these outcomes."""
    sends: list[Send] = []
    _end(policy, *outcomes, sends=sends)
    return len(sends)


def _replies(*statuses: int) -> list[ApiReply | NoReply]:
    line = ApiRequest("POST", "https://voice.example/x", ONCE).line
    return [ApiReply(line, status, {"Retry-After": "1"}, b"") for status in statuses]


def test_policies() -> None:
    """What each policy repeats is what its table says."""
    for status in (200, 400, 401, 404, 409, 413, 501):
        for policy in (REPEATABLE, ONCE, TOKEN):
            assert _sends(policy, *_replies(status)) == 1
    for status in (500, 502, 503, 504):
        assert _sends(ONCE, *_replies(status)) == 1
        assert _sends(REPEATABLE, *_replies(status, 200)) == 2
        assert _sends(TOKEN, *_replies(status, 200)) == 2
    assert _sends(ONCE, *_replies(429, 429, 200)) == 3
    assert _sends(REPEATABLE, *_replies(*[429] * 4)) == 4
    assert _sends(TOKEN, *_replies(429)) == 1


def test_policies_without_a_reply() -> None:
    """What was not sent is repeated by each policy, what may have been by those that may."""
    unconnected, lost = NoReply(UNCONNECTED, OSError()), NoReply(LOST, OSError())
    for policy in (REPEATABLE, ONCE, TOKEN):
        assert _sends(policy, unconnected, *_replies(200)) == 2
    assert _sends(ONCE, lost) == 1
    assert _sends(ONCE, unconnected, lost) == 2
    assert _sends(REPEATABLE, lost, lost, *_replies(200)) == 3
    assert _sends(TOKEN, lost, *_replies(500), unconnected, *_replies(500)) == 4


def test_doubts() -> None:
    """Replies and errors tell whether an attempt before may have been carried out."""
    unconnected, lost = NoReply(UNCONNECTED, OSError()), NoReply(LOST, OSError())
    damaged = NoReply(DAMAGED, OSError())
    for doubtful, first in ((True, lost), (True, _replies(503)[0]), (False, unconnected)):
        reply = _end(REPEATABLE, first, *_replies(404), sends=[])
        assert isinstance(reply, ApiReply)
        assert reply.doubtful is doubtful
        error = _end(REPEATABLE, first, *[unconnected] * 3, sends=[])
        assert isinstance(error, TransportError)
        assert error.may_have_acted is doubtful
    once = _end(REPEATABLE, damaged, sends=[])
    assert isinstance(once, TransportError)
    assert once.may_have_acted
    limited = _end(REPEATABLE, *_replies(429, 404), sends=[])
    assert isinstance(limited, ApiReply)
    assert not limited.doubtful


def test_real_clock() -> None:
    """The real clock waits, moves on and tells the time of day."""
    clock = RetryClock()
    started = clock.monotonic()
    clock.sleep(0.01)
    assert clock.monotonic() - started >= 0.009
    assert abs(clock.now() - time.time()) < 5
    assert 0 <= clock.random() < 1


@pytest.mark.parametrize(
    ("error", "sent"),
    [
        (requests.ConnectTimeout(), False),
        (requests.ConnectionError(), True),
        (requests.ReadTimeout(), True),
        (requests.exceptions.InvalidURL(), False),
        (requests.exceptions.ProxyError(), True),
        (requests.exceptions.SSLError(), True),
        (requests.exceptions.ChunkedEncodingError(), True),
        (requests.ConnectionError(ConnectTimeoutError(None, "slow")), False),
        (OSError("whatever"), True),
    ],
)
def test_diagnose(error: Exception, sent: bool) -> None:  # noqa: FBT001 - a column of the table
    """When in doubt a request counts as sent."""
    assert diagnose(error).sent is sent


def test_diagnose_a_circle() -> None:
    """Errors that name each other as causes are each looked at once."""
    outer, inner = requests.ConnectionError(), ConnectTimeoutError(None, "slow")
    outer.__cause__, inner.__cause__ = inner, outer
    assert diagnose(outer) == CONNECTED_LATE


def test_attempts_of_a_session() -> None:
    """An adapter's own attempts leave a doubt if one may have been carried out."""
    connection = Connection("127.0.0.1")
    unsent = NewConnectionError(connection, "refused")
    lost = ReadTimeoutError(None, "/", "late")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType] # the pool is not looked at

    def history(error: Exception | None = None, status: int | None = None) -> RequestHistory:
        return RequestHistory("POST", "/", error, status, None)

    assert not _may_have_acted(Retry().history)
    assert not _may_have_acted((history(unsent), history(status=429)))
    assert _may_have_acted((history(unsent), history(lost)))
    assert _may_have_acted((history(status=503), history(unsent)))


def test_no_thread_is_left(platform: "Platform", client: Client) -> None:
    """The client needs no thread of its own."""
    before = threading.active_count()
    platform.answer(platform.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
    client.hang_up(CALL)
    platform.wait_until_closed()
    assert threading.active_count() <= before + 1
