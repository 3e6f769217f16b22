"""The ways to the user's application survive every reply, and say what was wrong with it."""

import asyncio
import socket
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any, cast

import pytest
from flask import Flask, request

from callcontrol._urls import origin_of
from callcontrol.events import DisconnectEvent, GatherEvent
from callcontrol.simulator import SimulatorError
from callcontrol.simulator.applications import ApplicationError, Remote, Router, transport_for
from callcontrol.simulator.applications.asgi import ASGI
from callcontrol.simulator.applications.base import MAX_REPLY
from callcontrol.simulator.applications.fault_injection import delaying, failing, replying, twice
from callcontrol.simulator.applications.wsgi import WSGI
from callcontrol.simulator.core.webhooks import FAILURES, HttpRequest, Target, Webhook, WebhookReply
from tests.waiting import refused_port

HERE = "http://application.test"
GATHER = GatherEvent(call_id="c-1", from_="+19195551234", to="+19195554321", digits="1")
DISCONNECT = DisconnectEvent(call_id="c-1", from_="+19195551234", to="+19195554321", cause="hangup")


def asked(url: str = f"{HERE}/voice", **changes: Any) -> HttpRequest:  # noqa: ANN401
    """Return a request as the engine makes it."""
    wanted: dict[str, Any] = {
        "method": "POST",
        "headers": (("Content-Type", "application/json"),),
        "body": b"{}",
    }
    return HttpRequest(url=url, **(wanted | changes))


def carrying(event: GatherEvent | DisconnectEvent) -> HttpRequest:
    """Return a request that carries an event."""
    target = Target(url=f"{HERE}/voice")
    can_reply = event.can_reply_with_bxml
    webhook = Webhook(event=event, target=target, can_reply=can_reply, call_id="c-1")
    return asked(body=event.to_json().encode(), webhook=webhook)


@contextmanager
def closing(app: Any) -> Generator[ASGI]:  # noqa: ANN401 - wrong applications are the point
    """Yield the way to an ASGI application and close it."""
    way = transport_for(app)
    assert isinstance(way, ASGI)
    try:
        yield way
    finally:
        way.close()


def plain(status: str = "200 OK", body: object = (b"<Response/>",)) -> Any:  # noqa: ANN401
    """Return a WSGI application that always replies the same."""

    def app(_: object, start: Callable[..., object]) -> object:
        start(status, [("Content-Type", "application/xml")])
        return body

    return app


# --- WSGI ---------------------------------------------------------------------------------


def test_a_wsgi_application_sees_the_request() -> None:
    """Path, query, host, header fields and body arrive as they were sent."""
    app = Flask("echo")

    @app.post("/voice/<name>")
    def voice(name: str) -> list[object]:
        return [name, request.args["a"], request.host_url, request.get_json(), request.headers["X"]]

    headers = (("Content-Type", "application/json"), ("X", "y"))
    url = "https://app.example:8443/voice/caf%C3%A9?a=b%20c"
    reply = WSGI(app).deliver(asked(url, headers=headers, body=b'{"k": 1}'))
    assert reply.status == 200
    assert reply.content_type == "application/json"
    expected = '["caf\\u00e9","b c","https://app.example:8443/",{"k":1},"y"]'
    assert reply.body.decode().strip() == expected


def test_a_wsgi_reply_may_be_written_and_generated() -> None:
    """The old write callable, a generator and its close method all work."""
    closed: list[bool] = []

    def app(_: object, start: Callable[..., Any]) -> Iterator[bytes]:
        write = start("201 Created", [])
        write(b"a")
        try:
            yield b"b"
            yield b""
            yield b"c"
        finally:
            closed.append(True)

    reply = WSGI(cast("Any", app)).deliver(asked())
    assert (reply.status, reply.body, closed) == (201, b"abc", [True])


def divide(_: object, __: object) -> float:
    """Fail."""
    return 1 / 0


WRONG_WSGI: list[tuple[Callable[[Any, Any], Any], str]] = [
    (plain(body=None), "reply: expected a list or generator of bytes, got NoneType"),
    (plain(body="text"), "reply: expected a list or generator of bytes, got str"),
    (plain(body=b"bytes"), "reply: expected a list or generator of bytes, got bytes"),
    (plain(body=["text"]), "reply: expected a body made of bytes, got str; send doc.to_bytes()"),
    (plain(status="fine"), "reply: expected a status such as '200 OK', got 'fine'"),
    (plain(status=cast("str", 200)), "reply: expected a status such as '200 OK', got 200"),
    (lambda _, __: [b""], "reply: the application returned a body without calling start_response"),
    (
        lambda _, start: [start("200 OK", []), start("200 OK", [])],
        "reply: the application called start_response twice",
    ),
    (lambda _, start: start("200 OK", [1]), "reply: expected headers as pairs of texts"),
    (
        lambda _, start: start("200 OK", [(b"a", 1)]),
        "reply: expected headers as pairs of texts",
    ),
    (lambda _, start: start("200 OK", 7), "reply: expected headers as pairs of texts"),
    (divide, "the application raised ZeroDivisionError: division by zero"),
]


@pytest.mark.parametrize(("app", "finding"), WRONG_WSGI)
def test_a_wrong_wsgi_reply_is_named(app: Any, finding: str) -> None:  # noqa: ANN401
    """Each way to get PEP 3333 wrong gives one clear line."""
    with pytest.raises(ApplicationError) as caught:
        WSGI(app).deliver(asked())
    assert str(caught.value) == finding


def test_an_exception_in_a_generator_is_the_cause() -> None:
    """What the application raised is chained, also when it raises late."""

    def app(_: object, start: Callable[..., object]) -> Iterator[bytes]:
        start("200 OK", [])
        yield b"<Resp"
        raise KeyError("menu")

    with pytest.raises(ApplicationError, match="the application raised KeyError: 'menu'") as caught:
        WSGI(cast("Any", app)).deliver(asked())
    assert isinstance(caught.value.__cause__, KeyError)


def endless(piece: bytes) -> Iterator[bytes]:
    """Yield the same piece without end."""
    while True:
        yield piece


def test_an_endless_reply_is_cut_off() -> None:
    """A body without end costs neither time nor memory without end."""
    assert len(WSGI(plain(body=endless(b"x" * 65_536))).deliver(asked()).body) == MAX_REPLY + 1
    with pytest.raises(ApplicationError, match="expected at most 100000 pieces"):
        WSGI(plain(body=endless(b""))).deliver(asked())


# --- ASGI ---------------------------------------------------------------------------------


def responding(*messages: dict[str, object]) -> Any:  # noqa: ANN401
    """Return an ASGI application that sends these messages."""

    async def app(scope: dict[str, Any], _: object, send: Callable[..., Any]) -> None:
        assert scope["type"] == "http"
        for message in messages:
            await send(message)

    return app


START: dict[str, object] = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"Content-Type", b"text/xml")],
}
BODY: dict[str, object] = {"type": "http.response.body", "body": b"<Response/>"}


def test_an_asgi_application_sees_the_request() -> None:
    """Scope and body arrive, and the reply comes back."""
    seen: dict[str, Any] = {}

    async def app(scope: dict[str, Any], receive: Callable[..., Any], send: Any) -> None:  # noqa: ANN401
        assert scope["type"] == "http"
        seen.update(scope, body=await receive())
        await send(START)
        await send({"type": "http.response.body", "body": b"a", "more_body": True})
        await send({"type": "http.response.body", "body": b"b"})
        seen["after"] = await receive()

    with closing(app) as way:
        reply = way.deliver(asked("https://app.example/caf%C3%A9?a=b", body=b"{}")).wait()
    assert (reply.status, reply.content_type, reply.body) == (200, "text/xml", b"ab")
    assert (seen["method"], seen["path"], seen["query_string"]) == ("POST", "/café", b"a=b")
    assert (seen["scheme"], seen["server"]) == ("https", ("app.example", 443))
    assert (b"host", b"app.example") in seen["headers"]
    assert (b"content-type", b"application/json") in seen["headers"]
    assert seen["body"] == {"type": "http.request", "body": b"{}", "more_body": False}
    assert seen["after"] == {"type": "http.disconnect"}


def test_an_asgi_application_starts_and_stops() -> None:
    """Startup runs once before the first request, its state is in every one, then shutdown."""
    happened: list[str] = []

    async def app(scope: dict[str, Any], receive: Callable[..., Any], send: Any) -> None:  # noqa: ANN401
        if scope["type"] == "lifespan":
            for kind in ("startup", "shutdown"):
                happened.append((await receive())["type"])
                scope["state"]["database"] = "open"
                await send({"type": f"lifespan.{kind}.complete"})
            return
        happened.append(scope["state"]["database"])
        await send(START)
        await send(BODY)

    with closing(app) as way:
        way.deliver(asked())
        way.deliver(asked())
    assert happened == ["lifespan.startup", "open", "open", "lifespan.shutdown"]


def test_a_failing_startup_is_named() -> None:
    """The application's own words say why it did not start."""

    async def app(scope: dict[str, Any], receive: Callable[..., Any], send: Any) -> None:  # noqa: ANN401
        assert scope["type"] == "lifespan"
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    with closing(app) as way, pytest.raises(ApplicationError) as caught:
        way.deliver(asked())
    assert str(caught.value) == "the application did not start: no database"


def test_an_asgi_application_keeps_its_event_loop() -> None:
    """Locks and connections made for one request can be used by the next."""
    loops: set[int] = set()

    async def app(_: object, __: object, send: Callable[..., Any]) -> None:
        loops.add(id(asyncio.get_running_loop()))
        await send(START)
        await send(BODY)

    with closing(app) as way:
        for _ in range(3):
            way.deliver(asked())
    assert len(loops) == 1


WRONG_ASGI: list[tuple[tuple[dict[str, object], ...], str]] = [
    ((), "reply: expected a complete reply, got none or a part of it"),
    ((START,), "reply: expected a complete reply, got none or a part of it"),
    ((BODY,), "reply: expected http.response.start first, got 'http.response.body'"),
    (({},), "reply: expected http.response.start first, got None"),
    (({**START, "status": "200"},), "reply: expected a status of three digits, got '200'"),
    (({**START, "headers": [("a", "b")]},), "reply: expected headers as pairs of bytes"),
    (({**START, "headers": 7},), "reply: expected headers as pairs of bytes"),
    (
        (START, {**BODY, "body": "x"}),
        "reply: expected a body made of bytes, got str; send doc.to_bytes()",
    ),
]


@pytest.mark.parametrize(("messages", "finding"), WRONG_ASGI)
def test_a_wrong_asgi_reply_is_named(messages: tuple[dict[str, object], ...], finding: str) -> None:
    """Each way to get the ASGI messages wrong gives one clear line."""
    with closing(responding(*messages)) as way, pytest.raises(ApplicationError) as caught:
        way.deliver(asked())
    assert str(caught.value) == finding


def test_an_asgi_exception_is_the_cause() -> None:
    """What the application raised is chained, a timeout of its own too."""

    async def app(*_: object) -> None:
        raise TimeoutError("database")

    with closing(app) as way, pytest.raises(ApplicationError) as caught:
        way.deliver(asked())
    assert str(caught.value) == "the application raised TimeoutError: database"
    assert isinstance(caught.value.__cause__, TimeoutError)


@pytest.mark.parametrize("stuck", ["silent", "endless"])
def test_a_late_asgi_reply_is_a_timeout(stuck: str) -> None:
    """A handler that awaits or sends without end stops with the webhook's timeout."""

    async def app(_: object, __: object, send: Callable[..., Any]) -> None:
        if stuck == "silent":
            await asyncio.Event().wait()
        await send(START)
        while True:
            await send({**BODY, "body": b"x" * 65_536, "more_body": True})

    with closing(app) as way:
        reply = way.deliver(asked(timeout=0.05)).wait()
    assert (reply.failure, reply.detail) == ("timeout", "waited 0.05 s")


# --- a URL --------------------------------------------------------------------------------


@contextmanager
def answering(*pieces: bytes) -> Generator[str]:
    """Yield the URL of a server that answers one request with ``pieces`` and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                try:
                    connection.sendall(b"".join(pieces))
                except OSError:
                    return

        thread = Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/voice"
        thread.join()


@pytest.mark.parametrize(
    ("pieces", "status", "body"),
    [
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab",), 200, b"ab"),
        ((b"HTTP/1.1 204 No Content\r\n\r\n",), 204, b""),
        ((b"HTTP/1.1 302 Found\r\nLocation: http://a.example/\r\n\r\n",), 302, b""),
        ((b"HTTP/1.1 500 Oh\r\n\r\n<h1>",), 500, b"<h1>"),
        ((b"HTTP/1.1 200 OK\r\n\r\n", b"x" * (MAX_REPLY + 9)), 200, b"x" * (MAX_REPLY + 1)),
    ],
)
def test_a_reply_of_a_server_comes_back(pieces: Iterable[bytes], status: int, body: bytes) -> None:
    """Any status is a reply, redirects are not followed, and no body is read without end."""
    with answering(*pieces) as url:
        way = Remote()
        reply = way.deliver(asked(url)).wait()
        way.close()
    assert (reply.failure, reply.status, reply.body) == (None, status, body)


@pytest.mark.parametrize(
    ("pieces", "failure", "detail"),
    [
        ((), "reset", ""),
        ((b"hello\r\n\r\n",), "garbage", ""),
        (
            (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab",),
            "reset",
            "",
        ),
    ],
)
def test_a_broken_reply_of_a_server_is_named(
    pieces: Iterable[bytes], failure: str, detail: str
) -> None:
    """What is no complete HTTP reply is told apart, in one line."""
    with answering(*pieces) as url:
        reply = Remote().deliver(asked(url))
    assert (reply.failure, reply.detail) == (failure, detail)


def test_a_server_that_is_late_or_absent_is_named() -> None:
    """No reply in time and no connection are different failures."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        late = Remote().deliver(asked(url, timeout=0.05))
    with refused_port() as port:
        absent = Remote().deliver(asked(f"http://127.0.0.1:{port}/"))
    strange = Remote().deliver(asked("http://[bad/"))
    assert (late.failure, late.detail) == ("timeout", "waited 0.05 s")
    assert late.seconds >= 0.05
    assert absent.failure == "unreachable"
    assert absent.detail == "connection refused"
    assert strange.failure == "unreachable"


# --- choosing and routing -----------------------------------------------------------------


class AsyncCallable:
    """An ASGI application whose shape shows only in its ``__call__``."""

    async def __call__(self, scope: object, receive: object, send: object) -> None:
        """Do nothing."""


def three(scope: object, receive: object, send: object) -> None:
    """Take three arguments, as ASGI applications do."""


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        (Flask("a"), WSGI),
        (plain(), WSGI),
        (responding(), ASGI),
        (AsyncCallable(), ASGI),
        (three, ASGI),
        (type, WSGI),
        ("http://localhost:5000/voice", Remote),
    ],
)
def test_the_way_is_chosen_by_the_shape(target: Any, kind: type) -> None:  # noqa: ANN401
    """Functions, instances and URLs are told apart."""
    way = transport_for(target)
    way.close()
    assert type(way) is kind


@pytest.mark.parametrize("target", [None, 7, "localhost:5000", "ftp://a.example", "/voice"])
def test_what_is_no_application_is_refused(target: Any) -> None:  # noqa: ANN401
    """Anything else is named in our words."""
    with pytest.raises(SimulatorError, match="application: expected a WSGI or ASGI application or"):
        transport_for(target)


def test_origins_are_compared_with_their_ports() -> None:
    """The default port may be written or not; what is no http URL has no origin."""
    assert origin_of("http://a.example/x") == origin_of("http://A.example:80") is not None
    assert origin_of("https://a.example") == "https://a.example:443"
    for strange in (
        "",
        "/x",
        "ftp://a.example",
        "http://",
        "http://a:b",
        "http://a:0",
        "http://[bad/",
    ):
        assert origin_of(strange) is None


def routed(app: Any) -> Router:  # noqa: ANN401
    """Return a router that serves an application."""
    router = Router()
    router.mount(HERE, transport_for(app))
    return router


def test_a_url_without_application_is_foreign() -> None:
    """Nothing is sent to an address that no application is mounted at."""
    reply = routed(plain()).deliver(asked("http://music.example/a.wav", method="GET")).wait()
    assert reply.failure == "foreign"
    assert reply.detail == "expected a URL of http://application.test:80"
    assert Router().deliver(asked()).wait().detail == "no application is mounted"
    with pytest.raises(SimulatorError, match="base_url: expected an http or https URL"):
        Router().mount("application.test", Remote())


def test_an_exception_counts_as_a_500_and_is_kept() -> None:
    """The platform sees a failing server; the test gets the exception."""
    router = routed(divide)
    assert router.deliver(asked()).wait().status == 500
    assert [str(error) for error in router.errors] == [
        "the application raised ZeroDivisionError: division by zero"
    ]


def test_an_exception_that_the_framework_hides_is_kept() -> None:
    """Flask logs an exception and replies with a page; a handled one is ignored."""
    app = Flask("hidden")

    @app.post("/voice")
    def voice() -> str:
        raise LookupError

    @app.post("/handled")
    def handled() -> str:
        try:
            int("one")
        except ValueError:
            app.logger.exception("handled")
        return "fine"

    router = routed(app)
    assert router.deliver(asked(f"{HERE}/handled")).wait().status == 200
    assert router.errors == []
    assert router.deliver(asked()).wait().status == 500
    assert isinstance(router.errors[0].__cause__, LookupError)


def test_a_huge_reply_is_garbage() -> None:
    """More than the platform would ever read is refused as a whole."""
    reply = routed(plain(body=[b"x" * (MAX_REPLY + 1)])).deliver(asked()).wait()
    assert (reply.failure, reply.detail) == ("garbage", "expected at most 4194304 bytes, got more")


# --- troubles -----------------------------------------------------------------------------


@pytest.fixture
def arrived() -> list[bytes]:
    """Return the bodies that reached the application, in order."""
    return []


@pytest.fixture
def router(arrived: list[bytes]) -> Router:
    """Return a router whose application notes what arrives."""

    def app(environ: dict[str, Any], start: Callable[..., object]) -> list[bytes]:
        arrived.append(environ["wsgi.input"].read())
        start("200 OK", [])
        return [b"<Response/>"]

    return routed(app)


def test_a_planned_failure_keeps_the_webhook_away(router: Router, arrived: list[bytes]) -> None:
    """A status or a failure takes the place of the application, as often as planned."""
    router.planned_faults.plan(replying(503), times=1, event_type="gather")
    router.planned_faults.plan(failing("reset"), times=1, event_type=None)
    router.planned_faults.plan(failing("timeout"), times=1, event_type=None)
    replies = [router.deliver(carrying(GATHER)).wait() for _ in range(4)]
    assert [reply.status for reply in replies] == [503, 200, 200, 200]
    assert [reply.failure for reply in replies] == [None, "reset", "timeout", None]
    assert replies[2].seconds == 15
    assert len(arrived) == 1


def test_a_planned_failure_waits_for_its_kind(router: Router, arrived: list[bytes]) -> None:
    """Other kinds of events and audio files pass."""
    router.planned_faults.plan(replying(500), times=1, event_type="disconnect")
    assert router.deliver(carrying(GATHER)).wait().status == 200
    assert router.deliver(asked(attempt="audio")).wait().status == 200
    assert router.deliver(carrying(DISCONNECT)).wait().status == 500
    assert len(arrived) == 2


def test_a_planned_delay_costs_virtual_time(router: Router, arrived: list[bytes]) -> None:
    """The application gets the webhook, its reply is late."""
    router.planned_faults.plan(delaying(20), times=1, event_type=None)
    reply = router.deliver(carrying(GATHER)).wait()
    assert (reply.seconds, reply.body, len(arrived)) == (20, b"<Response/>", 1)


def test_a_webhook_can_arrive_twice(router: Router, arrived: list[bytes]) -> None:
    """A duplicate reaches the application, and the first reply counts."""
    router.planned_faults.plan(twice, times=1, event_type=None)
    assert router.deliver(carrying(GATHER)) == WebhookReply(body=b"<Response/>", handler="")
    assert arrived == [GATHER.to_json().encode()] * 2


def test_webhooks_can_change_places(router: Router, arrived: list[bytes]) -> None:
    """A notification can be held until the next webhook; one that is replied to cannot."""
    router.planned_faults.plan(router.hold, times=1, event_type=None, only_async=True)
    router.deliver(carrying(GATHER))
    router.deliver(carrying(DISCONNECT))
    assert len(arrived) == 1
    router.deliver(carrying(GATHER))
    kinds = [b"disconnect" in body for body in arrived]
    assert kinds == [False, False, True]


def test_a_held_webhook_is_not_lost(router: Router, arrived: list[bytes]) -> None:
    """What nothing follows arrives at the end."""
    router.planned_faults.plan(router.hold, times=1, event_type=None, only_async=True)
    router.deliver(carrying(DISCONNECT))
    router.close()
    assert arrived == [DISCONNECT.to_json().encode()]


@pytest.mark.parametrize(
    ("plan", "finding"),
    [
        (lambda: replying(99), "fail.how: expected a status of three digits, got 99"),
        (
            lambda: failing(cast("Any", "never")),
            f"fail.how: expected a status or one of {', '.join(FAILURES)}, got 'never'",
        ),
        (lambda: delaying(-1), "delay.seconds: expected a number of 0 or more, got -1"),
        (
            lambda: Router().planned_faults.plan(twice, times=0, event_type=None),
            "times: expected a number of 1 or more, got 0",
        ),
    ],
)
def test_an_impossible_trouble_is_refused(plan: Callable[[], object], finding: str) -> None:
    """A mistake in a test is named when it is made."""
    with pytest.raises(SimulatorError) as caught:
        plan()
    assert str(caught.value) == finding


def test_a_trouble_for_an_unknown_kind_is_refused() -> None:
    """A misspelt kind of event would never be used."""
    with pytest.raises(SimulatorError, match=r"event_type: expected one of initiate, .*'gathr'"):
        Router().planned_faults.plan(twice, times=1, event_type="gathr")
