"""Replies of any size, speed and compression end within bounds, and lists that never end do too."""

import gzip
import socket
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, nullcontext
from itertools import islice
from typing import TYPE_CHECKING

import pytest
import requests

from callcontrol._http.exchange import MAX_PAGE, MAX_REPLY
from callcontrol._operations.pages import MAX_EMPTY_PAGES
from callcontrol.client import Client
from callcontrol.errors import (
    CallControlError,
    NotFoundError,
    OutcomeUnknownError,
    ReplyError,
    TokenError,
    TransportError,
)
from tests.callcontrol.conftest import Step
from tests.callcontrol.drivers import AWAITED, BOTH, with_session

if TYPE_CHECKING:
    from tests.callcontrol.conftest import Platform

pytestmark = pytest.mark.usefixtures("clock")

CLIENTS = BOTH
CALL = "c-1"
MEGABYTE = 1_048_576
IN_FLIGHT = 64 * MEGABYTE
"""More bytes than the buffers of both ends of a connection hold."""
ENOUGH = 200 * MEGABYTE
"""Bytes after which a server that is still listened to gives up."""
LARGE = f"expected a complete reply of at most {MAX_REPLY:,} bytes, got a larger one"
HEADS = {
    "until the end": b"HTTP/1.1 200 OK\r\n\r\n",
    "length": b"HTTP/1.1 200 OK\r\nContent-Length: 9000000000000\r\n\r\n",
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "one chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffff\r\n",
    "refusal": b"HTTP/1.1 404 Not Found\r\n\r\n",
    "redirect": b"HTTP/1.1 302 Found\r\nLocation: https://example.com/\r\n\r\n",
    "continue": b"",
}
PIECES = {
    "chunked": b"10000\r\n" + b" " * 65_536 + b"\r\n",
    "continue": b"HTTP/1.1 100 Continue\r\n\r\n" * 2_500,
}


def _endless(kind: str, sent: list[int]) -> Step:
    """Return a step that sends without end and writes down how much the other side has taken."""
    piece = PIECES.get(kind, b" " * 65_536)

    def act(conn: socket.socket) -> bool:
        conn.sendall(HEADS[kind])
        sent.append(0)
        while sent[-1] < ENOUGH:
            conn.sendall(piece)
            sent[-1] += len(piece)
        return False

    return Step(act)


@contextmanager
def _connected(
    platform: "Platform",
    session: requests.Session | None,
    timeout: float = 30,
    client_class: type[Client] = Client,
) -> Generator[Client, None, None]:
    with (
        session or nullcontext(),
        client_class(
            "9900000",
            client_id="the-client",
            client_secret="client-secret-hunter2",
            base_url=platform.base_url,
            token_url=platform.token_url,
            timeout=timeout,
            max_retries=1,
            **with_session(session),
        ) as client,
    ):
        yield client


def _clients(platform: "Platform") -> Iterator[Client]:
    """Yield each client with its own connections, and one with a session that was handed in."""
    for client_class, session in ((Client, None), (AWAITED, None), (Client, requests.Session())):
        with _connected(platform, session, client_class=client_class) as client:
            yield client


def _redirect(client: Client) -> None:
    client.redirect_call(CALL, "https://example.com")


OPERATIONS: list[tuple[Callable[[Client], object], type[CallControlError]]] = [
    (lambda client: client.get_call_state(CALL), TransportError),
    (lambda client: client.hang_up(CALL), TransportError),
    (_redirect, OutcomeUnknownError),
]


@pytest.mark.parametrize("kind", HEADS)
def test_endless_reply(platform: "Platform", kind: str) -> None:
    """White space without end is too large, not empty, and is not received; nothing is repeated."""
    sent: list[int] = []
    platform.answer(_endless(kind, sent))
    # The head is not the affair of the adapters that belong to a session of somebody else.
    clients = 1 if kind == "continue" else 3
    for client in islice(_clients(platform), clients):
        for operation, expected in OPERATIONS:
            with pytest.raises(expected) as caught:
                operation(client)
            assert LARGE in str(caught.value)
    platform.wait_until_closed()
    assert platform.attempts == clients * len(OPERATIONS)
    assert max(sent) < MAX_REPLY + IN_FLIGHT


@pytest.mark.parametrize("layers", [1, 2])
def test_gzip_bomb(platform: "Platform", layers: int) -> None:
    """A small reply that decompresses to a gigabyte is given up after a megabyte."""
    bomb = _bomb(layers)
    assert len(bomb) < MAX_REPLY
    headers = {"Content-Encoding": ", ".join(["gzip"] * layers)}
    platform.answer(platform.reply(200, bomb, headers))
    for client in _clients(platform):
        with pytest.raises(TransportError, match=LARGE):
            client.get_call_state(CALL)
        with pytest.raises(OutcomeUnknownError, match=LARGE):
            _redirect(client)
    assert platform.attempts == 6


def _bomb(layers: int) -> bytes:
    """Return 100 MB of white space, compressed so many times."""
    member = gzip.compress(b" " * MEGABYTE, 9)
    bomb = member * 100
    for _ in range(layers - 1):
        bomb = gzip.compress(bomb, 9)
    return bomb


def test_large_token_reply(platform: "Platform") -> None:
    """The token address has the same bounds, compressed or not."""
    sent: list[int] = []
    bomb = platform.reply(200, _bomb(1), {"Content-Encoding": "gzip"})
    for step in (_endless("until the end", sent), bomb):
        platform.answer_tokens(step)
        for client in _clients(platform):
            with pytest.raises(TokenError, match=LARGE):
                client.get_call_state(CALL)
    platform.wait_until_closed()
    assert max(sent) < MAX_REPLY + IN_FLIGHT
    assert platform.requests == []


def _padded(size: int) -> bytes:
    body = b'{"callId": "c-1"}'
    return body + b" " * (size - len(body))


@pytest.mark.parametrize("compress", [False, True])
def test_largest_reply(platform: "Platform", *, compress: bool) -> None:
    """A reply of just the limit is read, and its connection used again; one byte more is not."""
    pack = gzip.compress if compress else bytes
    headers = {"Content-Encoding": "gzip"} if compress else {}
    fits, is_larger = (
        platform.reply(200, pack(_padded(size)), headers) for size in (MAX_REPLY, MAX_REPLY + 1)
    )
    for number, client in enumerate(_clients(platform)):
        platform.answer(fits)
        for _ in range(2):
            assert client.get_call_state(CALL).call_id == CALL
        platform.answer(is_larger)
        with pytest.raises(TransportError, match=LARGE):
            client.get_call_state(CALL)
        # One for the token and all calls of a client with its own connections.
        assert platform.connections == number + 1


def test_large_page(platform: "Platform") -> None:
    """A page of calls may be larger than other replies; if it is too large the error says why."""
    calls = [{"callId": f"c-{number}", "tag": "x" * 1000} for number in range(5_000)]
    sent: list[int] = []
    for client in _clients(platform):
        platform.answer(platform.json(calls))
        assert len(list(client.list_calls())) == 5_000
        platform.answer(_endless("chunked", sent))
        with pytest.raises(TransportError) as caught:
            list(client.list_calls())
        assert str(caught.value) == (
            f"GET /api/v2/accounts/9900000/calls: expected a complete reply of at most "
            f"{MAX_PAGE:,} bytes, got a larger one; ask for fewer calls at a time with page_size"
        )
    platform.wait_until_closed()
    assert max(sent) < MAX_PAGE + IN_FLIGHT


def test_decompression_is_under_the_deadline(
    platform: "Platform", monkeypatch: pytest.MonkeyPatch
) -> None:
    """What takes too long to decompress ends like a reply that comes too slowly."""
    body = gzip.compress(_padded(1000))
    platform.answer(platform.reply(200, body, {"Content-Encoding": "gzip"}))
    late = time.monotonic() + 1800
    monkeypatch.setattr("bxml._decompress.monotonic", lambda: late)
    for client in _clients(platform):
        with pytest.raises(TransportError, match="within 30 seconds, got none in time"):
            client.get_call_state(CALL)


@pytest.mark.parametrize(
    "body", [b"not gzip", gzip.compress(b"{}" * 100)[:-9]], ids=["other", "cut"]
)
def test_reply_that_cannot_be_decompressed(platform: "Platform", body: bytes) -> None:
    """Damaged compression is an error of its own."""
    platform.answer(platform.reply(200, body, {"Content-Encoding": "gzip"}))
    for client in _clients(platform):
        with pytest.raises(TransportError, match="got one that cannot be decompressed"):
            client.get_call_state(CALL)


def test_slow_body_of_a_session(platform: "Platform") -> None:
    """With a session that was handed in a body that drips in is given up too."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
    platform.answer(_dripping(platform, head))
    with (
        _connected(platform, requests.Session(), timeout=0.5) as client,
        pytest.raises(TransportError, match=r"within 0\.5 seconds, got none in time"),
    ):
        client.get_call_state(CALL)


def _dripping(platform: "Platform", head: bytes) -> Step:
    drip = platform.drip(b" ")

    def act(conn: socket.socket) -> bool:
        conn.sendall(head)
        return drip.act(conn)

    return Step(act)


@pytest.mark.parametrize("several", [True, False])
def test_hooks_see_the_bounded_body(platform: "Platform", *, several: bool) -> None:
    """Hooks of a session that was handed in find the body read, and cannot read more of it.

    A session may have a list of them, or one function.
    """
    seen: list[bytes] = []
    session = requests.Session()

    def note(reply: requests.Response, **_: object) -> None:
        seen.append(reply.content)

    session.hooks["response"] = [note] if several else note
    body = gzip.compress(b'{"callId": "c-1"}')
    platform.answer(platform.reply(200, body, {"Content-Encoding": "gzip"}), platform.reply(404))
    with Client(
        "9900000", username="u", password="p", base_url=platform.base_url, session=session
    ) as client:
        assert client.get_call_state(CALL).call_id == CALL
        with pytest.raises(NotFoundError):
            client.get_call_state(CALL)
    assert seen == [b'{"callId": "c-1"}', b""]


@pytest.mark.parametrize("asked", ["gzip, deflate, br, zstd", "identity", None])
def test_only_bounded_codings_are_asked_for(platform: "Platform", asked: str | None) -> None:
    """A session's wish for codings that cannot be bounded is not passed on."""
    session = requests.Session()
    if asked is None:
        del session.headers["Accept-Encoding"]
    else:
        session.headers["Accept-Encoding"] = asked
    platform.answer(platform.reply(200))
    with Client(
        "9900000", username="u", password="p", base_url=platform.base_url, session=session
    ) as client:
        client.hang_up(CALL)
    expected = "identity" if asked == "identity" else "gzip, deflate"
    assert platform.requests[0].headers["accept-encoding"] == expected


def _endless_list(platform: "Platform", calls_on: Callable[[int], int]) -> None:
    """Answer with pages that always have a next one; ``calls_on`` says how many calls are on it."""

    def act(conn: socket.socket) -> bool:
        number = len(platform.requests)
        calls = [{"callId": f"c-{number}"}] * calls_on(number)
        link = f"<{platform.base_url}/p?t={number}>; rel=next"
        return platform.json(calls, headers={"Link": link}).act(conn)

    platform.answer(Step(act))


def test_empty_pages_without_end(platform: "Platform", client: Client) -> None:
    """A list that goes on and on without a call is given up."""
    _endless_list(platform, lambda _: 0)
    with pytest.raises(ReplyError) as caught:
        list(client.list_calls())
    assert "expected an item or an end, got 100 empty pages in a row" in str(caught.value)
    assert platform.attempts == MAX_EMPTY_PAGES


def test_some_empty_pages(platform: "Platform", client: Client) -> None:
    """Empty pages between calls are no reason to stop, however many there are in all."""
    _endless_list(platform, lambda number: int(number % MAX_EMPTY_PAGES == 0))
    assert len(list(islice(client.list_calls(), 3))) == 3
    assert platform.attempts == 3 * MAX_EMPTY_PAGES


@pytest.mark.parametrize("size", [0, 1])
def test_page_that_leads_to_itself(platform: "Platform", client: Client, size: int) -> None:
    """A next link that repeats ends the list, on empty pages too."""
    link = f"<{platform.base_url}/p?t=1>; rel=next"
    platform.answer(platform.json([{"callId": CALL}] * size, headers={"Link": link}))
    calls = client.list_calls()
    assert len(list(islice(calls, 2 * size))) == 2 * size
    with pytest.raises(ReplyError, match="expected a link to a new page, got one that came before"):
        next(calls)
    assert platform.attempts == 2
