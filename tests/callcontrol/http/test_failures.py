"""What each fault of network and platform turns into, over real sockets."""

import socket
import time
from typing import TYPE_CHECKING

import pytest

from bxml import Bxml
from callcontrol.client import Client
from callcontrol.errors import (
    ApiError,
    ConflictError,
    InternalServerError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitError,
    ServerError,
    ServiceUnavailableError,
    TransportError,
)
from tests.callcontrol.drivers import BOTH
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.callcontrol.conftest import Platform, Step, StillClock

CLIENTS = BOTH
CALL = "c-15ac29a2"
CREATED = {"callId": CALL, "to": "+19195551234", "from": "+19195550000"}
DOCUMENT = Bxml().hangup()


def _create(client: Client) -> None:
    client.create_call(
        to="+19195551234",
        from_="+19195550000",
        application_id="app",
        answer_url="https://example.com/answer",
        tag="tag-hunter2",
    )


def _redirect(client: Client) -> None:
    client.redirect_call(CALL, "https://example.com/next")


def _push(client: Client) -> None:
    client.update_call_bxml(CALL, DOCUMENT)


def _read(client: Client) -> None:
    client.get_call_state(CALL)


def _list(client: Client) -> None:
    list(client.list_calls())


def _hang_up(client: Client) -> None:
    client.hang_up(CALL)


REPEATABLE = {"push": _push, "read": _read, "list": _list, "hang_up": _hang_up}
ONCE = {"create": _create, "redirect": _redirect}
EVERY = {**REPEATABLE, **ONCE}

GOOD = {
    "create": (201, CREATED),
    "redirect": (200, None),
    "push": (204, None),
    "read": (200, {"callId": CALL}),
    "list": (200, [{"callId": CALL}]),
    "hang_up": (200, None),
}

repeatable = pytest.mark.parametrize("name", REPEATABLE)
once = pytest.mark.parametrize("name", ONCE)
every = pytest.mark.parametrize("name", EVERY)


def _good(platform: "Platform", name: str) -> "Step":
    status, value = GOOD[name]
    return platform.reply(status) if value is None else platform.json(value, status)


def _losses(platform: "Platform") -> "dict[str, Step]":
    partial = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{"
    return {
        "before": platform.drop(read=False),
        "before, reset": platform.drop(read=False, reset=True),
        "after": platform.drop(),
        "after, reset": platform.drop(reset=True),
        "inside the status line": platform.raw(b"HTTP/1.1 2"),
        "inside the headers": platform.raw(b"HTTP/1.1 200 OK\r\nContent-"),
        "inside the body": platform.raw(partial),
        "inside a chunk": platform.raw(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{"
        ),
        "no HTTP": platform.raw(b"220 mail.example ESMTP\r\n"),
        "bad compression": platform.raw(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd"
        ),
    }


LOSSES = [
    "before",
    "before, reset",
    "after",
    "after, reset",
    "inside the status line",
    "inside the headers",
    "inside the body",
    "inside a chunk",
    "no HTTP",
]
lost = pytest.mark.parametrize("loss", LOSSES)


@lost
@once
def test_lost_once(platform: "Platform", client: Client, name: str, loss: str) -> None:
    """A lost connection leaves the outcome of createCall and redirects unknown: sent only once."""
    platform.answer(_losses(platform)[loss])
    with pytest.raises(OutcomeUnknownError, match="may or may not have been") as caught:
        EVERY[name](client)
    assert platform.attempts == 1
    assert caught.value.status is None
    assert caught.value.cause is not None


@lost
@repeatable
def test_lost_and_repeated(platform: "Platform", client: Client, name: str, loss: str) -> None:
    """Reads, pushes and hang-ups are sent again after a lost connection."""
    platform.answer(_losses(platform)[loss], _good(platform, name))
    EVERY[name](client)
    assert platform.attempts == 2


@repeatable
def test_lost_for_good(platform: "Platform", client: Client, name: str) -> None:
    """When every attempt is lost the error says so, and that it was no refusal."""
    platform.answer(platform.drop())
    with pytest.raises(TransportError, match="expected a complete reply, got a lost connection"):
        EVERY[name](client)
    assert platform.attempts == 4


@every
def test_bad_compression(platform: "Platform", client: Client, name: str) -> None:
    """A reply that cannot be decompressed is no reply."""
    platform.answer(_losses(platform)["bad compression"])
    expected = OutcomeUnknownError if name in ONCE else TransportError
    with pytest.raises(expected, match="got one that cannot be decompressed"):
        EVERY[name](client)
    assert platform.attempts == 1


def _to(
    client_class: type[Client], platform: "Platform", timeout: float, max_retries: int = 1
) -> Client:
    return client_class(
        "9900000",
        username="api-user",
        password="api-password-hunter2",
        base_url=platform.base_url,
        timeout=timeout,
        max_retries=max_retries,
    )


@every
def test_refused(
    client_class: type[Client], refusing_platform: "Platform", clock: "StillClock", name: str
) -> None:
    """A refused connection is retried for every operation, and nothing is in doubt."""
    with (
        _to(client_class, refusing_platform, PATIENCE, max_retries=3) as client,
        pytest.raises(TransportError) as caught,
    ):
        EVERY[name](client)
    assert str(caught.value).endswith(
        ": expected a connection, got connection refused; check base_url (BW_VOICE_URL)"
    )
    assert clock.slept == [0.375, 0.75, 1.5]


@every
def test_refused_at_first(
    client_class: type[Client], refusing_platform: "Platform", clock: "StillClock", name: str
) -> None:
    """Once the connection is there the request goes out, once."""
    refusing_platform.answer(_good(refusing_platform, name))
    clock.on_sleep = refusing_platform.open
    with _to(client_class, refusing_platform, PATIENCE) as client:
        EVERY[name](client)
    assert refusing_platform.attempts == 1


@pytest.fixture
def full_platform() -> "Iterator[int]":
    """Yield the port of a server too busy to accept another connection."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = int(listener.getsockname()[1])
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.settimeout(0)
            each.connect_ex(("127.0.0.1", port))
        yield port
        for each in waiting:
            each.close()


@every
def test_connect_timeout(
    client_class: type[Client], full_platform: int, clock: "StillClock", name: str
) -> None:
    """A connection that is never accepted is given up in time; nothing was sent."""
    with (
        client_class(
            "9900000",
            username="u",
            password="p",
            base_url=f"http://127.0.0.1:{full_platform}",
            timeout=0.1,
            max_retries=1,
        ) as client,
        pytest.raises(TransportError) as caught,
    ):
        EVERY[name](client)
    assert str(caught.value).endswith(
        ": expected a connection within 0.1 seconds, got none in time; "
        "check base_url (BW_VOICE_URL)"
    )
    assert len(clock.slept) == 1


def _slow(platform: "Platform") -> "dict[str, Step]":
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
    return {
        "silence": platform.silence(),
        "dripping status line": platform.drip(b"HTTP/1.1 200 " + b"O" * 1000),
        "dripping headers": platform.drip(b"HTTP/1.1 200 OK\r\n" + b"X-More: more\r\n" * 90),
        "dripping body": platform.drip(head),
    }


@pytest.mark.parametrize("fault", ["silence", "dripping status line", "dripping headers"])
@pytest.mark.parametrize("name", ["create", "push", "list"])
@pytest.mark.usefixtures("clock")
def test_too_slow(client_class: type[Client], platform: "Platform", name: str, fault: str) -> None:
    """However slowly a reply comes, the call ends within the documented bound."""
    platform.answer(_slow(platform)[fault])
    expected = OutcomeUnknownError if name in ONCE else TransportError
    started = time.monotonic()
    with _to(client_class, platform, 0.15) as client, pytest.raises(expected) as caught:
        EVERY[name](client)
    assert time.monotonic() - started < PATIENCE
    assert "expected a complete reply within 0.15 seconds, got none in time" in str(caught.value)
    platform.wait_for_attempts(1 if name in ONCE else 2)


@pytest.mark.usefixtures("clock")
def test_dripping_body(client_class: type[Client], platform: "Platform") -> None:
    """The deadline of a reply counts from its first byte to its last, not between bytes."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"

    def act(conn: socket.socket) -> bool:
        conn.sendall(head)
        return platform.drip(b" ").act(conn)

    platform.answer(type(platform.silence())(act))
    started = time.monotonic()
    with _to(client_class, platform, 0.3, max_retries=0) as client, pytest.raises(TransportError):
        _read(client)
    assert 0.25 < time.monotonic() - started < PATIENCE


@every
def test_429(platform: "Platform", client: Client, clock: "StillClock", name: str) -> None:
    """A refusal for too many requests is retried for every operation: nothing was done."""
    refused = platform.reply(429, headers={"Retry-After": "2"})
    platform.answer(refused, refused, _good(platform, name))
    EVERY[name](client)
    assert platform.attempts == 3
    assert clock.slept == [2.25, 2.25]


@every
def test_429_for_good(platform: "Platform", client: Client, name: str) -> None:
    """When the retries are used up the error carries how long to wait."""
    body = {"type": "error", "description": "Account call creation rate limit exceeded", "id": ""}
    platform.answer(platform.json(body, 429, {"Retry-After": "7"}))
    with pytest.raises(RateLimitError) as caught:
        EVERY[name](client)
    assert caught.value.retry_after == 7
    assert caught.value.description == body["description"]
    assert platform.attempts == 4


@pytest.mark.parametrize(
    ("header", "waits"),
    [
        ("2", 2.25),
        ("0", 0.25),
        ("1.5", 1.75),
        ("Thu, 01 Jan 2026 00:00:05 GMT", 5.25),
        ("Thu, 01 Jan 2026 00:00:05", 5.25),
        ("Wed, 31 Dec 2025 23:59:00 GMT", 0.25),
        ("Fri, 01 Jan 2100 00:00:00 GMT", 60.25),
        ("86400", 60.25),
        ("9" * 200, 60.25),
        ("9" * 5000, 0.375),
        ("-5", 0.375),
        ("soon", 0.375),
        ("", 0.375),
        ("Thu, 99 Jan 99999 99:99:99 GMT", 0.375),
        ("NaN", 0.375),
        ("1, 2", 0.375),
        (None, 0.375),
    ],
)
def test_retry_after(
    platform: "Platform",
    client: Client,
    clock: "StillClock",
    header: str | None,
    waits: float,
) -> None:
    """Retry-After is followed up to a minute; a missing or senseless one means our own wait."""
    platform.answer(platform.reply(429, headers={} if header is None else {"Retry-After": header}))
    with pytest.raises(RateLimitError):
        _create(client)
    assert clock.slept[0] == pytest.approx(waits)
    assert len(clock.slept) == 3


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@repeatable
def test_5xx_repeated(
    platform: "Platform", client: Client, clock: "StillClock", name: str, status: int
) -> None:
    """Reads, pushes and hang-ups are sent again after a failure of the platform."""
    platform.answer(platform.reply(status, headers={"Retry-After": "3"}), _good(platform, name))
    EVERY[name](client)
    assert platform.attempts == 2
    assert clock.slept == [3.25]


@repeatable
def test_500_for_good(platform: "Platform", client: Client, name: str) -> None:
    """A failure that lasts is an error of its own class."""
    platform.answer(platform.json({"type": "internal-error", "description": "An error"}, 500))
    with pytest.raises(InternalServerError, match=r"500 internal-error: An error$"):
        EVERY[name](client)
    assert platform.attempts == 4


@pytest.mark.parametrize("status", [500, 502, 504, 507])
@once
def test_5xx_once(platform: "Platform", client: Client, name: str, status: int) -> None:
    """After a failure nobody knows whether a call was placed or redirected; no second try."""
    platform.answer(platform.reply(status, b"<html>", {"Retry-After": "1"}))
    with pytest.raises(OutcomeUnknownError) as caught:
        EVERY[name](client)
    assert caught.value.status == status
    assert isinstance(caught.value.cause, ServerError)
    assert platform.attempts == 1


@once
def test_503_once(platform: "Platform", client: Client, name: str) -> None:
    """A 503 means the request was dropped: an error, not a doubt, and no second try."""
    platform.answer(platform.reply(503, headers={"Retry-After": "1"}))
    with pytest.raises(ServiceUnavailableError) as caught:
        EVERY[name](client)
    assert caught.value.retry_after == 1
    assert platform.attempts == 1


@every
def test_501(platform: "Platform", client: Client, name: str) -> None:
    """A failure that will not pass is not retried."""
    platform.answer(platform.reply(501))
    with pytest.raises(OutcomeUnknownError if name in ONCE else ServerError):
        EVERY[name](client)
    assert platform.attempts == 1


@every
def test_no_retries(
    client_class: type[Client], platform: "Platform", clock: "StillClock", name: str
) -> None:
    """With ``max_retries=0`` nothing is ever sent twice."""
    platform.answer(platform.reply(429))
    with _to(client_class, platform, 2, max_retries=0) as client, pytest.raises(RateLimitError):
        EVERY[name](client)
    assert platform.attempts == 1
    assert clock.slept == []


@pytest.mark.parametrize("over", [404, 409])
@pytest.mark.parametrize("first", ["lost", "500", "503"])
def test_hung_up_at_the_first_try(
    platform: "Platform", client: Client, first: str, over: int
) -> None:
    """A hang-up that finds the call over, after a try that may have worked, has succeeded."""
    fault = platform.drop() if first == "lost" else platform.reply(int(first))
    platform.answer(fault, platform.reply(over))
    client.update_call(CALL, state="completed")
    assert platform.attempts == 2


@pytest.mark.parametrize(("status", "error"), [(404, NotFoundError), (409, ConflictError)])
def test_nothing_to_hang_up(
    platform: "Platform", client: Client, status: int, error: type[ApiError]
) -> None:
    """A hang-up of a call that is over already is refused, also after a wait for the rate limit."""
    platform.answer(platform.reply(429), platform.reply(status))
    with pytest.raises(error):
        client.hang_up(CALL)


def test_hang_up_remembers_through_a_new_token(platform: "Platform", oauth_client: Client) -> None:
    """A try that may have worked still counts after the token had to be renewed."""
    platform.answer(platform.reply(500), platform.reply(401), platform.reply(404))
    oauth_client.hang_up(CALL)
    assert platform.attempts == 3


@pytest.mark.usefixtures("clock")
def test_not_found_is_final_for_pushes(platform: "Platform", client: Client) -> None:
    """A push that finds the call over has not reached anybody."""
    platform.answer(platform.reply(500), platform.reply(404))
    with pytest.raises(NotFoundError):
        _push(client)


@every
def test_redirect_is_not_followed(platform: "Platform", client: Client, name: str) -> None:
    """A redirect leads nowhere: credentials stay with the host they were given for."""
    for status in (301, 302, 307, 308):
        target = {"Location": f"{platform.origin}/elsewhere"}
        platform.answer(platform.reply(status, headers=target))
        with pytest.raises(ApiError) as caught:
            EVERY[name](client)
        assert caught.value.status == status
    assert {request.target for request in platform.requests} & {"/elsewhere"} == set()
    assert platform.attempts == 4
