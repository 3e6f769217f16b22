"""The HTTP server under the simulator: bytes, connections, threads, and nothing left behind."""

import json
import re
import resource
import socket
import threading
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from functools import partial
from http.client import HTTPConnection
from io import BytesIO
from typing import NoReturn
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcontrol.simulator import Account, Limits, Simulator
from callcontrol.simulator.rest.http import MAX_BODY, MAX_HEAD, Malformed, read_request, render
from callcontrol.simulator.rest.messages import RestReply, RestRequest, json_reply
from callcontrol.simulator.rest.server import Server
from tests.waiting import PATIENCE

ACCOUNT = Account()
AUTHORIZATION = "Basic " + b64encode(f"{ACCOUNT.username}:{ACCOUNT.password}".encode()).decode()
ORDER = (
    b'{"to":"+19195551234","from":"+19195554312","applicationId":"a",'
    b'"answerUrl":"https://my.example/"}'
)


def echo(request: RestRequest) -> RestReply:
    """Answer with what came in; fail if the path asks for it."""
    if request.path == "/fail":
        raise ArithmeticError(request.query)
    if request.path == "/euro":
        return RestReply(200, (("X-Note", "\u20ac"),))
    seen = {"method": request.method, "path": request.path, "query": request.query}
    return json_reply(200, {**seen, "body": request.body.decode("latin-1")})


@pytest.fixture
def server() -> Iterator[Server]:
    """Run a server that echoes and forgets connections that are silent for a long time."""
    running = Server(echo, idle_timeout=PATIENCE)
    yield running
    running.close()


def talk(server: Server, *pieces: bytes) -> bytes:
    """Send raw bytes, say that there will be no more, and return all that comes back."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        for piece in pieces:
            connection.sendall(piece)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while piece := connection.recv(65_536):
            received += piece
    return received


def until(connection: socket.socket, text: bytes) -> bytes:
    """Return what comes in up to a text, in however many pieces it comes."""
    received = b""
    while text not in received:
        piece = connection.recv(65_536)
        assert piece, f"expected {text!r}, got {received!r} and the end"
        received += piece
    return received


def statuses(received: bytes) -> list[int]:
    """Return the status of every reply in a stream of bytes."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 ([0-9]{3}) ", received)]


class TestRequests:
    """What is understood."""

    def test_connection_stays_open(self, server: Server) -> None:
        """Requests that come in one piece are answered one after the other."""
        one = b"POST /a?b=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"
        received = talk(server, one + b"\r\n" + one, one)
        assert statuses(received) == [200, 200, 200]
        assert received.count(b'{"method":"POST","path":"/a","query":"b=1","body":"hi"}') == 3

    @pytest.mark.parametrize(
        "head",
        [b"GET /a HTTP/1.1\r\nConnection: Close\r\n\r\n", b"GET /a HTTP/1.0\r\n\r\n"],
    )
    def test_connection_closes_when_asked(self, server: Server, head: bytes) -> None:
        """The reply says so, and what follows is not read."""
        received = talk(server, head + head)
        assert statuses(received) == [200]
        assert b"\r\nConnection: close\r\n" in received

    def test_absolute_target_is_a_path(self, server: Server) -> None:
        """A client that believes it talks to a proxy is understood."""
        received = talk(server, b"GET http://x.example:8080/a?b#c HTTP/1.1\r\n\r\n")
        assert b'"path":"/a","query":"b#c"' in received

    def test_chunked_body(self, server: Server) -> None:
        """Chunks with extensions and trailers are put together."""
        received = talk(
            server,
            b"PUT /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"2\r\nhe\r\n",
            b"3;note=1\r\nllo\r\n0\r\nTrailer: x\r\n\r\n",
            b"GET /b HTTP/1.1\r\n\r\n",
        )
        assert statuses(received) == [200, 200]
        assert b'"body":"hello"' in received

    def test_leave_to_send_the_body(self, server: Server) -> None:
        """A client that asks first gets its 100."""
        head = b"POST /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
        with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
            connection.sendall(head)
            assert until(connection, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
            connection.sendall(b"hi")
            until(connection, b'"body":"hi"')

    def test_long_body_is_refused_and_the_connection_goes_on(self, server: Server) -> None:
        """The last byte allowed is read; one more is a 400, sized or chunked."""
        body = b"x" * (MAX_BODY + 1)
        sized = b"POST /a HTTP/1.1\r\nContent-Length: %d\r\n\r\n"
        chunked = b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n"
        requests = (
            sized % MAX_BODY + body[1:],
            sized % len(body) + body,
            chunked % (len(body), body),
            sized % 0,
        )
        with ThreadPoolExecutor(1) as pool:
            received = pool.submit(talk, server, *requests).result(30)
        assert statuses(received) == [200, 400, 400, 200]
        assert b"Request body must contain at most 1048576 bytes" in received

    def test_repeated_fields_are_joined(self) -> None:
        """As HTTP has it, with a comma; names are lower case, values stripped."""
        incoming = read_request(
            BytesIO(b"GET / HTTP/1.1\r\nX-A: 1 \r\nx-a:\t2\r\n\r\n"), lambda: None
        )
        assert incoming is not None
        assert incoming.request.headers == {"x-a": "1, 2"}


class TestMalformed:
    """What is no request gets a 400 that can be read, and the door."""

    @pytest.mark.parametrize(
        ("sent", "reason"),
        [
            (b"hello\r\n\r\n", "the request line is not HTTP/1.1"),
            (b"GET /\r\n\r\n", "the request line is not HTTP/1.1"),
            (b"GET / HTTP/2.0\r\n\r\n", "the request line is not HTTP/1.1"),
            (b"GET / HTTP/1.1 x\r\n\r\n", "the request line is not HTTP/1.1"),
            (b"G@T / HTTP/1.1\r\n\r\n", "the request line is not HTTP/1.1"),
            (b"GET /\xc3\xa9 HTTP/1.1\r\n\r\n", "the request line is not HTTP/1.1"),
            (b"\x16\x03\x01\x02\x00\x01\x00", "the request line is not HTTP/1.1"),
            (b"GET /" + b"x" * MAX_HEAD, "the request line is not HTTP/1.1"),
            (b"GET * HTTP/1.1\r\n\r\n", "the request target is not a path"),
            (b"CONNECT a:1 HTTP/1.1\r\n\r\n", "the request target is not a path"),
            (b"GET / HTTP/1.1\r\nX\r\n\r\n", "header fields"),
            (b"GET / HTTP/1.1\r\nX : 1\r\n\r\n", "header fields"),
            (b"GET / HTTP/1.1\r\n folded\r\n\r\n", "header fields"),
            (b"GET / HTTP/1.1\r\nX: \0\r\n\r\n", "header fields"),
            (b"GET / HTTP/1.1\r\nX: 1", "header fields"),
            (b"GET / HTTP/1.1\r\n" + b"X: 1\r\n" * MAX_HEAD, "header fields"),
            (b"GET / HTTP/1.1\r\nX: " + b"x" * MAX_HEAD + b"\r\n\r\n", "header fields"),
            (b"PUT / HTTP/1.1\r\nContent-Length: x\r\n\r\n", "Content-Length"),
            (b"PUT / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "Content-Length"),
            (b"PUT / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", "Content-Len"),
            (b"PUT / HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\n", "the body is too long"),
            (b"PUT / HTTP/1.1\r\nContent-Length: 9\r\n\r\nx", "shorter than it says"),
            (b"PUT / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", "neither one length nor"),
            (
                b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
                "neither one length nor",
            ),
            (b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", "not chunked"),
            (b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n", "longer than"),
            (b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n", "too long"),
            (b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nx", "shorter than"),
        ],
        ids=lambda value: repr(value[:40]),
    )
    def test_is_refused_in_the_vendors_shape(
        self, server: Server, sent: bytes, reason: str
    ) -> None:
        """The description says what is wrong, and the connection is closed cleanly."""
        received = talk(server, sent)
        assert statuses(received) == [400]
        assert b"\r\nConnection: close\r\n" in received
        assert b'"type":"validation"' in received
        assert reason.encode() in received

    def test_silence_is_ended(self) -> None:
        """A client that stops in the middle does not keep a thread."""
        server = Server(echo, idle_timeout=0.2)
        with (
            suppress(ConnectionError),  # the server may be done before this has been sent
            socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection,
        ):
            connection.sendall(b"GET / HTTP/1.1\r\n")
            assert connection.recv(100) == b""
        server.close()
        assert server.failures == []

    @settings(deadline=None)
    @given(st.binary(max_size=200), st.binary(max_size=50))
    def test_reader_takes_any_bytes(self, head: bytes, body: bytes) -> None:
        """A request, the end, or a clear refusal: never another error."""
        for start in (b"", b"PUT / HTTP/1.1\r\n", b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked"):
            try:
                found = read_request(BytesIO(start + head + b"\r\n\r\n" + body), lambda: None)
            except Malformed as refused:
                assert str(refused)  # noqa: PT017 - no error is fine as well
            else:
                assert found is None or found.request.method

    @settings(deadline=None)
    @given(
        st.lists(st.binary(max_size=40), max_size=6),
        st.sampled_from(["Content-Length", "Transfer-Encoding"]),
    )
    def test_body_comes_through_however_it_is_cut(self, pieces: list[bytes], how: str) -> None:
        """Sized or chunked, the body is what was sent."""
        body = b"".join(pieces)
        if how == "Content-Length":
            sent = b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
        else:
            chunks = b"".join(b"%X\r\n%b\r\n" % (len(it), it) for it in pieces if it)
            sent = b"Transfer-Encoding: Chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
        stream = BytesIO(b"PUT /a HTTP/1.1\r\n" + sent + b"next")
        incoming = read_request(stream, lambda: None)
        assert incoming is not None
        assert incoming.request.body == body
        assert stream.read() == b"next"


class TestReplies:
    """What goes out."""

    def test_204_has_neither_body_nor_length(self) -> None:
        """As HTTP demands."""
        assert render(RestReply(204), keep_alive=True) == b"HTTP/1.1 204 No Content\r\n\r\n"

    def test_body_has_its_length(self) -> None:
        """And the connection header only when it closes."""
        reply = RestReply(200, (("X-A", "1"),), b"hi")
        head = b"HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 2\r\n"
        assert render(reply, keep_alive=True) == head + b"\r\nhi"
        assert render(reply, keep_alive=False) == head + b"Connection: close\r\n\r\nhi"
        assert render(reply, keep_alive=True, without_body=True) == head + b"\r\n"


class TestLife:
    """Threads, sockets and exceptions."""

    def test_nothing_is_left_after_stop(self) -> None:
        """Idle, half-done and finished connections end with the simulator; the port is free."""
        before = set(threading.enumerate())
        with Simulator() as simulator:
            host, _, port = simulator.base_url.split("/")[2].partition(":")
            address = (host, int(port))
            open_ones = [socket.create_connection(address, timeout=PATIENCE) for _ in range(3)]
            for connection in open_ones:
                connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
                assert until(connection, b"\r\n").startswith(b"HTTP/1.1 401 ")
            finished, _, halfway = open_ones
            finished.shutdown(socket.SHUT_RDWR)
            halfway.sendall(b"GET / HT")
        assert set(threading.enumerate()) - before == set()
        for connection in open_ones:
            connection.close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address, timeout=PATIENCE)

    def test_client_that_leaves_is_no_failure(self, server: Server) -> None:
        """A reset in the middle of a reply is the client's business."""
        connection = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n" * 1000)
        connection.close()
        assert statuses(talk(server, b"GET / HTTP/1.1\r\n\r\n")) == [200]
        server.close()
        assert server.failures == []

    def test_exception_is_answered_and_kept(self, server: Server) -> None:
        """The client sees a 500, and the connection goes on."""
        received = talk(server, b"GET /fail?why HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n")
        assert statuses(received) == [500, 200]
        assert b"why" not in received.partition(b"HTTP/1.1 200")[0]
        (failure,) = server.failures
        assert isinstance(failure, ArithmeticError)
        assert str(failure) == "why"

    def test_reply_that_cannot_be_written_is_kept(self, server: Server) -> None:
        """The connection ends, and the reason is known."""
        assert talk(server, b"GET /euro HTTP/1.1\r\n\r\n") == b""
        server.close()
        assert [type(failure) for failure in server.failures] == [UnicodeEncodeError]

    def test_finished_connections_are_forgotten(self, server: Server) -> None:
        """A server that runs for days does not collect threads."""
        for _ in range(50):
            talk(server, b"GET / HTTP/1.1\r\n\r\n")
        assert len(server._connections) < 50

    def test_thread_that_does_not_end_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Closing waits for a limited time."""
        monkeypatch.setattr("callcontrol.simulator.rest.server._JOIN_TIMEOUT", 0.01)
        entered, release = threading.Event(), threading.Event()

        def wait(_: RestRequest) -> RestReply:
            entered.set()
            release.wait(PATIENCE)
            return RestReply(204)

        server = Server(wait)
        with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert entered.wait(PATIENCE)
            server.close()
            release.set()
        assert [str(it) for it in server.failures] == ["a connection did not end in 0.01 s"]
        for thread in server._connections:
            thread.join(PATIENCE)

    def test_server_out_of_files_says_so(self) -> None:
        """When no connection can be opened any more, the reason is kept."""
        server = Server(echo)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with socket.socket() as connection:
            resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
            try:
                connection.connect(("127.0.0.1", server.port))
                server._thread.join(PATIENCE)
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        server.close()
        assert [type(failure) for failure in server.failures] == [OSError]


class Broken(Exception):  # noqa: N818 - stands for any failure inside
    """A failure inside the simulator."""


class TestFailures:
    """No exception inside the simulator is lost."""

    @pytest.fixture
    def broken(self, monkeypatch: pytest.MonkeyPatch) -> Simulator:
        """Return a simulator whose core fails: no request can bring that about."""
        simulator = Simulator()

        def fail(_: object) -> NoReturn:
            raise Broken

        monkeypatch.setattr(simulator._platform.calls, "enqueue", fail)
        return simulator

    def test_failure_is_raised_at_the_end(self, broken: Simulator) -> None:
        """The request got a 500; the test gets the exception."""
        with pytest.raises(Broken), broken:
            post(broken, expected=500)

    def test_failures_are_raised_together(self, broken: Simulator) -> None:
        """Two failures come as a group."""
        broken.start()
        post(broken, expected=500)
        post(broken, expected=500)
        with pytest.raises(ExceptionGroup) as caught:
            broken.stop()
        assert [type(error) for error in caught.value.exceptions] == [Broken, Broken]

    def test_failure_does_not_hide_the_tests_own(self, broken: Simulator) -> None:
        """What the test raised stays, with a note."""
        with pytest.raises(AssertionError) as caught, broken:
            post(broken, expected=201)
        assert caught.value.__notes__ == ["The simulator failed as well: Broken()"]


class TestThreads:
    """Many clients at once."""

    def test_every_call_is_made_once(self) -> None:
        """Eight clients create 25 calls each: 200 different calls, in one order."""
        with Simulator(limits=Limits(active_calls=None)) as simulator:
            with ThreadPoolExecutor(8) as pool:
                made = list(pool.map(partial(post, times=25), [simulator] * 8))
            ids = [call_id for some in made for call_id in some]
            assert len(set(ids)) == 200
            assert {call.call_id for call in simulator.calls} == set(ids)
            assert [call.serial for call in simulator.calls] == list(range(1, 201))

    def test_test_thread_works_beside_the_clients(self) -> None:
        """Reading, answering and letting time pass do not disturb the requests."""
        with Simulator(limits=Limits(active_calls=None, calls_per_second=1000)) as simulator:
            with ThreadPoolExecutor(4) as pool:
                running = [pool.submit(post, simulator, times=20) for _ in range(4)]
                seen = [0]
                while not all(future.done() for future in running):
                    simulator.advance(1e-6)
                    seen.append(len(simulator.calls))
                assert seen == sorted(seen)
            simulator.advance(1)
            assert {call.state for call in simulator.calls} == {"initiated"}
            assert len(simulator.calls) == 80

    @settings(deadline=None, max_examples=60)
    @given(
        st.sampled_from(["GET", "POST", "PUT", "PATCH", "OPTIONS"]),
        st.lists(st.sampled_from(["accounts", "9900000", "calls", "bxml", "%2e", "", "~"])),
        st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=20),
        st.sampled_from(["application/json", "application/xml", "", "x/y;"]),
        st.binary(max_size=80) | st.sampled_from([b"{}", b"<Bxml/>", b'{"state":"completed"}']),
    )
    def test_hostile_request_gets_a_documented_status(
        self, method: str, path: list[str], value: str, media_type: str, body: bytes
    ) -> None:
        """Random methods, paths, headers and bodies: always an answer, always from the table."""
        headers = {
            "Authorization": AUTHORIZATION,
            "Content-Type": media_type,
            "X-Any": value,
            "Accept": value,
        }
        with Simulator() as simulator:
            connection = HTTPConnection(simulator.base_url.split("/")[2], timeout=PATIENCE)
            target = f"/api/v2/{'/'.join(path)}?{quote(value)}"
            connection.request(method, target, body, headers)
            reply = connection.getresponse()
            reply.read()
            connection.close()
        assert reply.status in {200, 201, 204, 400, 401, 403, 404, 405, 409, 415}


def post(simulator: Simulator, *, times: int = 1, expected: int = 201) -> list[str]:
    """Create calls over one connection and return what came back: ids, or refusals' types."""
    connection = HTTPConnection(simulator.base_url.split("/")[2], timeout=PATIENCE)
    headers = {"Authorization": AUTHORIZATION, "Content-Type": "application/json"}
    found: list[str] = []
    with closing(connection):
        for _ in range(times):
            connection.request("POST", "/api/v2/accounts/9900000/calls", ORDER, headers)
            reply = connection.getresponse()
            body = json.loads(reply.read())
            assert reply.status == expected
            found.append(str(body["callId" if expected == 201 else "type"]))
    return found
