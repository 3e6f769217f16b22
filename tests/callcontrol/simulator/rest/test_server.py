"""The HTTP server under the simulator: bytes, connections, threads, and nothing left behind."""

import json
import os
import re
import resource
import socket
import threading
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcontrol.simulator import Account, Limits, Simulator
from callcontrol.simulator.rest import connection as connections
from callcontrol.simulator.rest.asgi import MAX_BODY
from callcontrol.simulator.rest.messages import RestReply, RestRequest, json_reply
from callcontrol.simulator.rest.server import MAX_HEAD, Server
from tests.waiting import PATIENCE, wait_until

ACCOUNT = Account()
AUTHORIZATION = "Basic " + b64encode(f"{ACCOUNT.username}:{ACCOUNT.password}".encode()).decode()
ORDER = (
    b'{"to":"+19195551234","from":"+19195554312","applicationId":"a",'
    b'"answerUrl":"https://my.example/"}'
)


HOST = b"Host: localhost\r\n"
END = HOST + b"\r\n"
FEW = 10
"""Threads that handle requests, at most: an idle one is used again, and one may still be busy."""
LAST = b"GET /last HTTP/1.1\r\nConnection: close\r\n" + END


def echo(request: RestRequest) -> RestReply:
    """Answer with what came in; fail if the path asks for it."""
    if request.path == "/fail":
        raise ArithmeticError(request.query)
    if request.path == "/euro":
        return RestReply(200, (("X-Note", "\u20ac"),))
    if request.path == "/nothing":
        return RestReply(204, body=b"x")
    seen = {"method": request.method, "path": request.path, "query": request.query}
    headers = dict(request.headers) if request.path == "/headers" else {}
    return json_reply(200, {**seen, **headers, "body": request.body.decode("latin-1")})


@pytest.fixture
def server() -> Iterator[Server]:
    """Run a server that echoes."""
    running = Server(echo)
    yield running
    running.close()


def talk(server: Server, *pieces: bytes) -> bytes:
    """Send raw bytes and return all that comes back until the server closes the connection.

    A server that refuses what it has not read to the end may cut off the reply, as TCP has it.
    """
    received = b""
    with suppress(ConnectionError), reached(server) as connection:
        with suppress(ConnectionError):
            for piece in pieces:
                connection.sendall(piece)
        while piece := connection.recv(65_536):
            received += piece
    return received


def reached(server: Server) -> socket.socket:
    """Return a connection to a server."""
    return socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)


def received_until(connection: socket.socket, text: bytes) -> bytes:
    """Return what comes in up to a text, in however many pieces it comes."""
    received = b""
    while text not in received:
        piece = connection.recv(65_536)
        assert piece, f"expected {text!r}, got {received!r} and the end"
        received += piece
    return received


def open_files() -> int:
    """Return how many files this process has open."""
    return sum(1 for _ in Path(f"/proc/{os.getpid()}/fd").iterdir())


def statuses(received: bytes) -> list[int]:
    """Return the status of every reply in a stream of bytes."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 ([0-9]{3}) ", received)]


class TestRequests:
    """What is understood."""

    def test_pipelined_requests_are_answered_in_order(self, server: Server) -> None:
        """Requests that come in one piece, and the one that closes the connection."""
        one = b"POST /%d?b=1 HTTP/1.1\r\nContent-Length: 2\r\n" + END + b"hi"
        received = talk(server, b"".join(one % number for number in range(50)), LAST + LAST)
        assert statuses(received) == [200] * 51
        assert b"\r\nConnection: close\r\n" in received
        found = re.findall(rb'"path":"/([0-9]+)","query":"b=1","body":"hi"', received)
        assert found == [b"%d" % number for number in range(50)]

    def test_an_old_client_gets_one_reply(self, server: Server) -> None:
        """HTTP/1.0 has no Host header and keeps no connection open."""
        assert statuses(talk(server, b"GET /a HTTP/1.0\r\n\r\n")) == [200]

    def test_absolute_target_is_a_path(self, server: Server) -> None:
        """A client that takes it for a proxy; the host of the target counts (RFC 9112, 3.2.2)."""
        target = b"GET http://x.example:8080/headers?b HTTP/1.1\r\nConnection: close\r\n"
        received = talk(server, target + END)
        assert b'"path":"/headers","query":"b"' in received
        assert b'"host":"x.example:8080"' in received

    def test_leave_to_send_the_body(self, server: Server) -> None:
        """A client that asks first gets its 100."""
        head = b"POST /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n" + END
        with reached(server) as connection:
            connection.sendall(head)
            assert received_until(connection, b"HTTP/1.1 100 ")
            connection.sendall(b"hi")
            assert received_until(connection, b'"body":"hi"')

    def test_long_body_is_refused_and_the_connection_goes_on(self, server: Server) -> None:
        """The last byte allowed is read; one more, or ten million, is a 400, sized or chunked."""
        body = b"x" * (MAX_BODY + 1)
        sized = b"POST /a HTTP/1.1\r\nContent-Length: %d\r\n" + END
        chunked = b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + END
        requests = (
            sized % MAX_BODY + body[1:],
            sized % len(body) + body,
            chunked + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body),
            sized % 10_000_000 + bytes(10_000_000),
            LAST,
        )
        with ThreadPoolExecutor(1) as pool:
            received = pool.submit(talk, server, *requests).result(PATIENCE)
        assert statuses(received) == [200, 400, 400, 400, 200]
        assert b"Request body must contain at most 1048576 bytes" in received

    def test_repeated_fields_are_joined(self, server: Server) -> None:
        """As HTTP has it, with a comma; names are lower case, values stripped."""
        received = talk(
            server, b"GET /headers HTTP/1.1\r\nX-A: 1 \r\nx-a:\t2\r\nConnection: close\r\n" + END
        )
        assert b'"x-a":"1, 2"' in received

    @settings(deadline=None, max_examples=30)
    @given(st.lists(st.binary(max_size=40), max_size=6), st.booleans())
    def test_body_comes_through_however_it_is_cut(self, pieces: list[bytes], sized: bool) -> None:  # noqa: FBT001 - drawn by Hypothesis
        """Sized or chunked, with extensions and trailers, the body is what was sent."""
        body = b"".join(pieces)
        if sized:
            sent = b"Content-Length: %d\r\n" % len(body) + END + body
        else:
            chunks = b"".join(b"%X;a=b\r\n%b\r\n" % (len(it), it) for it in pieces if it)
            sent = b"Transfer-Encoding: Chunked\r\n" + END + chunks + b"0\r\nTrailer: x\r\n\r\n"
        running = Server(echo)
        received = talk(running, b"PUT /a HTTP/1.1\r\n" + sent + LAST)
        running.close()
        assert statuses(received) == [200, 200]
        assert json.loads(b"{" + received.split(b"\r\n{")[1].split(b"HTTP/1.1")[0])["body"] == (
            body.decode("latin-1")
        )

    def test_204_has_neither_body_nor_length(self, server: Server) -> None:
        """As HTTP demands; the reply to HEAD has the length alone."""
        received = talk(server, b"GET /nothing HTTP/1.1\r\n" + END + LAST)
        assert received.startswith(b"HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\n")
        received = talk(server, b"HEAD /a HTTP/1.1\r\n" + END + LAST)
        head, _, rest = received.partition(b"\r\n\r\n")
        assert re.search(rb"\r\nContent-Length: [1-9]", head, re.IGNORECASE)
        assert rest.startswith(b"HTTP/1.1 200")


class TestMalformed:
    """What is no request gets a 400, or the connection is closed, and the server goes on."""

    @pytest.mark.parametrize(
        "sent",
        [
            b"hello\r\n\r\n",
            b"GET /\r\n\r\n",
            b"GET / HTTP/1.1 x\r\n" + END,
            b"G@T / HTTP/1.1\r\n" + END,
            b"GET /\xc3\xa9 HTTP/1.1\r\n" + END,
            b"\x16\x03\x01\x02\x00\x01\x00",
            b"GET /" + b"x" * 2 * MAX_HEAD,
            b"GET / HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            b"GET * HTTP/1.1\r\nConnection: close\r\n" + END,
            b"OPTIONS a:1 HTTP/1.1\r\nConnection: close\r\n" + END,
            b"GET / HTTP/1.1\r\nX\r\n" + END,
            b"GET / HTTP/1.1\r\nX : 1\r\n" + END,
            b"GET / HTTP/1.1\r\n folded\r\n" + END,
            b"GET / HTTP/1.1\r\nX: \0\r\n" + END,
            b"GET / HTTP/1.1\r\n" + b"X: 1\r\n" * MAX_HEAD,
            b"GET / HTTP/1.1\r\nX: " + b"x" * 2 * MAX_HEAD + b"\r\n\r\n",
            b"PUT / HTTP/1.1\r\nContent-Length: x\r\n" + END,
            b"PUT / HTTP/1.1\r\nContent-Length: -1\r\n" + END,
            b"PUT / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n" + END + b"xx",
            b"PUT / HTTP/1.1\r\nContent-Length: 999999999999\r\n" + END,
            b"PUT / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n" + END,
            b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + END + b"x\r\n",
            b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + END + b"1\r\nxx\r\n0\r\n\r\n",
        ],
        ids=lambda value: repr(value[:60]),
    )
    def test_is_refused(self, server: Server, sent: bytes) -> None:
        """The connection is closed after it, and the next client is served."""
        assert statuses(talk(server, sent, LAST)) in ([400], [])
        assert statuses(talk(server, LAST)) == [200]
        assert server.failures == []

    @pytest.mark.parametrize(
        "head",
        [
            b"GET / HTTP/1.1\r\nX: 1",
            b"PUT / HTTP/1.1\r\nContent-Length: 9\r\n" + END + b"x",
            b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + END + b"5\r\nx",
        ],
    )
    def test_a_client_that_leaves_halfway_is_forgotten(self, server: Server, head: bytes) -> None:
        """Whether it closes its side or all; no request comes of it."""
        with reached(server) as connection:
            connection.sendall(head)
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(1) == b""
        reached(server).close()
        wait_until(lambda: not server._state.connections, "connections are forgotten")
        assert server.failures == []

    def test_refusals_are_quick_and_readable(self, server: Server) -> None:
        """A refused request that was read to its end has its reply."""
        assert b"400 Bad Request" in talk(server, b"hello\r\n\r\n")
        received = talk(server, b"GET * HTTP/1.1\r\nConnection: close\r\n" + END)
        assert b'"There is something wrong with the request: its target is not a path"' in received

    @settings(deadline=None, max_examples=50)
    @given(st.binary(max_size=200), st.binary(max_size=50))
    def test_any_bytes(self, head: bytes, body: bytes) -> None:
        """Whatever comes, the server is there for the next client, and has no failure."""
        running = Server(echo)
        for start in (
            b"",
            b"PUT / HTTP/1.1\r\n" + HOST,
            b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked",
        ):
            with suppress(ConnectionError), reached(running) as connection:
                connection.sendall(start + head + b"\r\n\r\n" + body)
        assert statuses(talk(running, LAST)) == [200]
        running.close()
        assert running.failures == []


class TestManyConnections:
    """Connections cost neither threads nor, without limit, files."""

    def test_silence_is_ended(self) -> None:
        """Before a request, within its head and within its body."""
        server = Server(echo, idle_timeout=1)
        upload = b"PUT / HTTP/1.1\r\nContent-Length: 2\r\n" + END
        heads = (b"", b"GET / HTTP/1.1\r\n", upload, b"GET / HTTP/1.1\r\n" + END + upload)
        with ExitStack() as stack:
            slow = [stack.enter_context(reached(server)) for _ in heads]
            for connection, head in zip(slow, heads, strict=True):
                connection.sendall(head)
            for connection in slow:
                while connection.recv(100):
                    pass
            wait_until(lambda: not server._state.connections, "connections end")
        server.close()
        assert server.failures == []

    def test_slow_connections_need_no_threads(self, server: Server) -> None:
        """A hundred requests that do not end keep no client from being served."""
        talk(server, LAST)
        before = threading.active_count()
        with ExitStack() as stack:
            slow = [stack.enter_context(reached(server)) for _ in range(100)]
            for connection in slow:
                connection.sendall(b"POST /slow HTTP/1.1\r\nContent-Length: 2\r\n" + END)
            assert statuses(talk(server, LAST)) == [200]
            assert threading.active_count() < before + FEW
            for connection in slow:
                connection.sendall(b"hi")
            for connection in slow:
                received_until(connection, b'"body":"hi"')

    def test_a_new_connection_replaces_a_silent_one(
        self, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Above the limit, the one that is silent for longest is closed, if it is not fresh."""
        monkeypatch.setattr(connections, "MAX_CONNECTIONS", 2)
        monkeypatch.setattr(connections, "_FRESH", 0)
        with reached(server) as oldest, reached(server) as other, reached(server) as third:
            assert oldest.recv(1) == b""
            for connection in (other, third):
                connection.sendall(LAST)
                assert received_until(connection, b'"path":"/last"')

    def test_too_many_at_once_are_told(self, server: Server) -> None:
        """Fresh connections above the limit are answered with 503."""
        server._config.limit_concurrency = 1
        assert statuses(talk(server, LAST)) == [503]

    def test_finished_connections_are_forgotten(self, server: Server) -> None:
        """A server that runs for days does not collect connections."""
        for _ in range(20):
            talk(server, LAST)
        wait_until(lambda: not server._state.connections, "connections are forgotten")
        assert server.failures == []


class TestLife:
    """Threads, sockets and exceptions."""

    def test_nothing_is_left_after_stop(self) -> None:
        """Idle, half-done and finished connections end with the simulator; the port is free."""
        with Simulator() as simulator:
            host, _, port = simulator.base_url.split("/")[2].partition(":")
            address = (host, int(port))
            open_ones = [socket.create_connection(address, timeout=PATIENCE) for _ in range(3)]
            for connection in open_ones:
                connection.sendall(b"GET / HTTP/1.1\r\n" + END)
                received_until(connection, b"HTTP/1.1 401 ")
            finished, _, halfway = open_ones
            finished.shutdown(socket.SHUT_RDWR)
            halfway.sendall(b"GET / HT")
        for connection in open_ones:
            connection.close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address, timeout=PATIENCE)

    def test_servers_share_one_event_loop(self) -> None:
        """Many servers leave the threads and the files that the first one has left."""
        Server(echo).close()
        threads, files = threading.active_count(), open_files()
        servers = [Server(echo) for _ in range(20)]
        for server in servers:
            assert statuses(talk(server, LAST)) == [200]
            server.close()
        assert threading.active_count() < threads + FEW
        assert open_files() == files

    def test_client_that_leaves_is_no_failure(self, server: Server) -> None:
        """A reset in the middle of a reply is the client's business."""
        connection = reached(server)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.sendall((b"GET / HTTP/1.1\r\n" + END) * 1000)
        connection.close()
        assert statuses(talk(server, LAST)) == [200]
        server.close()
        assert server.failures == []

    def test_exception_is_answered_and_kept(self, server: Server) -> None:
        """The client sees a 500, and the connection goes on."""
        received = talk(server, b"GET /fail?why HTTP/1.1\r\n" + END + LAST)
        assert statuses(received) == [500, 200]
        assert b"why" not in received.partition(b"HTTP/1.1 200")[0]
        (failure,) = server.failures
        assert isinstance(failure, ArithmeticError)
        assert str(failure) == "why"

    def test_reply_that_cannot_be_written_is_kept(self, server: Server) -> None:
        """The client sees a 500, and the reason is known."""
        assert statuses(talk(server, b"GET /euro HTTP/1.1\r\n" + END + LAST)) == [500, 200]
        assert [type(failure) for failure in server.failures] == [UnicodeEncodeError]

    def test_request_that_does_not_end_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Closing waits for a limited time."""
        monkeypatch.setattr("callcontrol.simulator.rest.server._END_TIMEOUT", 0.01)
        entered, release = threading.Event(), threading.Event()

        def wait(_: RestRequest) -> RestReply:
            entered.set()
            release.wait(PATIENCE)
            return RestReply(204)

        server = Server(wait)
        with reached(server) as connection:
            connection.sendall(LAST)
            assert entered.wait(PATIENCE)
            server.close()
            release.set()
        assert [str(it) for it in server.failures] == ["a request did not end in 0.01 s"]

    def test_log_is_silent(self, server: Server, caplog: pytest.LogCaptureFixture) -> None:
        """What uvicorn has to say is said by replies and failures, whatever is logged."""
        with caplog.at_level("DEBUG"):
            talk(server, b"hello\r\n\r\n")
            talk(server, b"GET /fail HTTP/1.1\r\n" + END + LAST)
        assert [record for record in caplog.records if record.name != "asyncio"] == []

    def test_server_out_of_files_serves_again(self) -> None:
        """A client that comes while no file can be opened is served when one can."""
        server = Server(echo)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with socket.socket() as connection:
            connection.settimeout(PATIENCE)
            resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
            try:
                connection.connect(("127.0.0.1", server.port))
                connection.sendall(LAST)
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            received_until(connection, b'"path":"/last"')
        server.close()
        assert server.failures == []


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
