"""Applications whose timelines have to be the same in every run, with what they do in time."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import anyio
import httpx
from fastapi import FastAPI, Request
from fastapi import Response as Reply
from starlette.background import BackgroundTask
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import StreamingResponse

from bxml import MEDIA_TYPE, Response
from callcontrol.events import AnswerEvent, GatherEvent, InitiateEvent, parse_event
from callcontrol.simulator import PhoneCall, Simulator
from callcontrol.simulator.applications.asgi import ASGIApplication

Mark = Callable[[str], None]
Voice = InitiateEvent | AnswerEvent | GatherEvent
Handler = Callable[[Voice], Awaitable[Response]]
Case = Callable[[Simulator, Mark], list[PhoneCall]]

TO = "+19195551234"
LISTEN = Response().speak_sentence("Please hold.").pause(duration=30)
BYE = Response().speak_sentence("Goodbye.")
TASKS: set[asyncio.Task[Any]] = set()
"""Keeps tasks alive, as asyncio asks for."""


def serving(handler: Handler) -> ASGIApplication:
    """Return the application that replies with what ``handler`` returns."""

    async def app(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's own types
        if scope["type"] != "http":
            return
        script = await handler(voice_event((await receive())["body"]))
        headers = [(b"content-type", MEDIA_TYPE.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": script.to_bytes()})

    return app


def voice_event(body: bytes) -> Voice:
    """Return the event of a webhook."""
    event = parse_event(body)
    assert isinstance(event, Voice)
    return event


def later(work: Any) -> None:  # noqa: ANN401 - a coroutine of any kind
    """Run a coroutine as a task."""
    task = asyncio.create_task(work)
    TASKS.add(task)
    task.add_done_callback(TASKS.discard)


def dialled(simulator: Simulator, app: ASGIApplication, *, seconds: float = 20) -> list[PhoneCall]:
    """Call an application, let time pass, and return the call."""
    call = simulator.dial_in(app, to=TO)
    call.waits(seconds=seconds)
    return [call]


async def put(simulator: Simulator, client: httpx.AsyncClient, call_id: str) -> int:
    """Push BXML over a socket of the event loop and return the status."""
    url = f"{simulator.base_url}/accounts/{simulator.account_id}/calls/{call_id}/bxml"
    headers = {"Content-Type": "application/xml"}
    auth = (simulator.username, simulator.password)
    reply = await client.put(url, content=BYE.to_bytes(), headers=headers, auth=auth)
    return reply.status_code


@contextmanager
def echoing(delay: float, *, silent_at: bytes = b"-") -> Generator[int]:
    """Yield the port of a real server that sends back what it gets after ``delay`` real seconds."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                while data := connection.recv(1000):
                    time.sleep(delay)
                    if data != silent_at:
                        connection.sendall(data)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def a_handler_sleeps(simulator: Simulator, mark: Mark) -> list[PhoneCall]:
    """Time a handler sleeps."""

    async def handler(_: Voice) -> Response:
        mark("asleep")
        await asyncio.sleep(3)
        mark("awake")
        return BYE

    return dialled(simulator, serving(handler))


def a_push_later_from_a_thread(simulator: Simulator, mark: Mark) -> list[PhoneCall]:
    """Time a push later from a thread."""
    client = simulator.client()

    async def push(call_id: str) -> None:
        await asyncio.sleep(0.2)
        await asyncio.to_thread(client.update_call_bxml, call_id, BYE)
        mark("pushed")

    async def handler(event: Voice) -> Response:
        later(push(str(event.call_id)))
        return LISTEN

    return dialled(simulator, serving(handler))


def a_push_at_once_behind_a_middleware(simulator: Simulator, mark: Mark) -> list[PhoneCall]:
    """Time a push at once behind a middleware."""
    client, app = simulator.client(), FastAPI()

    async def push(call_id: str) -> None:
        await asyncio.to_thread(client.update_call_bxml, call_id, BYE)
        mark("pushed")

    async def passing(request: Request, call_next: Any) -> Any:  # noqa: ANN401 - Starlette's types
        return await call_next(request)

    @app.post("/")
    async def voice(request: Request) -> Reply:
        event = voice_event(await request.body())
        later(push(str(event.call_id)))
        return Reply(LISTEN.to_bytes(), media_type=MEDIA_TYPE)

    app.add_middleware(BaseHTTPMiddleware, dispatch=passing)
    return dialled(simulator, app)


def a_push_over_a_socket(simulator: Simulator, mark: Mark) -> list[PhoneCall]:
    """Time a push over a socket."""
    simulator.start()

    async def push(call_id: str) -> None:
        await asyncio.sleep(0.2)
        async with httpx.AsyncClient() as client:
            mark(f"status {await put(simulator, client, call_id)}")

    async def handler(event: Voice) -> Response:
        later(push(str(event.call_id)))
        return LISTEN

    return dialled(simulator, serving(handler))


def two_pushes_over_one_connection(simulator: Simulator, mark: Mark) -> list[PhoneCall]:
    """Time two pushes over one connection."""
    simulator.start()

    async def push(call_id: str) -> None:
        async with httpx.AsyncClient() as client:
            for _ in range(2):
                await asyncio.sleep(0.4)
                mark(f"status {await put(simulator, client, call_id)}")
            await asyncio.sleep(2)
            mark("idle")

    async def handler(event: Voice) -> Response:
        later(push(str(event.call_id)))
        return LISTEN

    return dialled(simulator, serving(handler))


def a_push_that_blocks_the_loop(simulator: Simulator, mark: Mark) -> list[PhoneCall]:
    """Time a push that blocks the loop."""
    client = simulator.client()

    async def push(call_id: str) -> None:
        await asyncio.sleep(0.2)
        client.update_call_bxml(call_id, BYE)
        mark("pushed")

    async def handler(event: Voice) -> Response:
        later(push(str(event.call_id)))
        return LISTEN

    return dialled(simulator, serving(handler))


def two_calls_at_once(simulator: Simulator, mark: Mark) -> list[PhoneCall]:
    """Time two calls at once."""

    async def handler(event: Voice) -> Response:
        mark(f"from {event.from_}")
        if event.from_ == "+19195550001":
            await asyncio.sleep(5)
        return BYE

    app = serving(handler)
    slow = simulator.dial_in(app, to=TO, from_="+19195550001", run=False)
    quick = simulator.dial_in(app, to=TO, from_="+19195550002")
    mark(f"slow ended: {slow.ended}, quick ended: {quick.ended}")
    slow.waits(seconds=10)
    return [slow, quick]


def threads_of_the_executor(simulator: Simulator, mark: Mark) -> list[PhoneCall]:
    """Time threads of the executor."""

    async def handler(_: Voice) -> Response:
        await asyncio.gather(*(asyncio.to_thread(time.sleep, n / 100) for n in (5, 2, 4)))
        await asyncio.get_running_loop().run_in_executor(None, time.sleep, 0.03)
        mark("four threads")
        await asyncio.sleep(1)
        return BYE

    return dialled(simulator, serving(handler))


def a_handler_in_a_thread(simulator: Simulator, mark: Mark) -> list[PhoneCall]:
    """Time a handler in a thread."""
    app = FastAPI()

    @app.post("/")
    def voice() -> Reply:
        time.sleep(0.05)
        mark("in a thread")
        return Reply(BYE.to_bytes(), media_type=MEDIA_TYPE)

    return dialled(simulator, app)


def a_busy_loop(simulator: Simulator, mark: Mark) -> list[PhoneCall]:
    """Time a busy loop."""

    async def handler(_: Voice) -> Response:
        loop = asyncio.get_running_loop()
        end = loop.time() + 0.5
        while loop.time() < end:  # noqa: ASYNC110 - a busy loop is the point
            await asyncio.sleep(0)
        mark("half a second")
        return BYE

    return dialled(simulator, serving(handler))


def a_busy_loop_beside_a_thread(simulator: Simulator, mark: Mark) -> list[PhoneCall]:
    """Time a busy loop beside a thread."""

    async def handler(_: Voice) -> Response:
        work = asyncio.ensure_future(asyncio.to_thread(time.sleep, 0.1))
        while not work.done():  # noqa: ASYNC110 - a busy loop is the point
            await asyncio.sleep(0)
        mark("no time has passed")
        return BYE

    return dialled(simulator, serving(handler))


def a_real_socket(simulator: Simulator, mark: Mark) -> list[PhoneCall]:
    """Time a real socket."""
    with echoing(0.1) as port:

        async def handler(_: Voice) -> Response:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for word in (b"one", b"two"):
                writer.write(word)
                mark((await reader.readexactly(3)).decode())
                await asyncio.sleep(1)
            writer.close()
            await writer.wait_closed()
            return BYE

        return dialled(simulator, serving(handler))


def plain_sockets(simulator: Simulator, mark: Mark) -> list[PhoneCall]:
    """Time plain sockets."""
    with echoing(0.1) as port:

        async def handler(_: Voice) -> Response:
            loop = asyncio.get_running_loop()
            with socket.socket() as sock:
                sock.setblocking(False)  # noqa: FBT003 - the name of the method says it
                await loop.sock_connect(sock, ("127.0.0.1", port))
                await loop.sock_sendall(sock, b"hello")
                mark((await loop.sock_recv(sock, 100)).decode())
            return BYE

        return dialled(simulator, serving(handler))


def waiting_with_limits(simulator: Simulator, mark: Mark) -> list[PhoneCall]:
    """Time waiting with limits."""

    async def handler(_: Voice) -> Response:
        for number in (1, 2):
            try:
                await asyncio.wait_for(asyncio.sleep(1.5), number)
                mark("in time")
            except TimeoutError:
                mark("too late")
        try:
            async with asyncio.timeout(0.25):
                await asyncio.Event().wait()
        except TimeoutError:
            mark("nothing came")
        return BYE

    return dialled(simulator, serving(handler))


def an_event_from_another_call(simulator: Simulator, mark: Mark) -> list[PhoneCall]:
    """Time an event from another call."""
    arrived = asyncio.Event()

    async def handler(event: Voice) -> Response:
        if event.from_ == "+19195550001":
            await arrived.wait()
            mark("the second call has come")
        else:
            await asyncio.sleep(1)
            arrived.set()
        return BYE

    app = serving(handler)
    calls = [
        simulator.dial_in(app, to=TO, from_=f"+1919555000{number}", run=False) for number in (1, 2)
    ]
    calls[0].waits(seconds=5)
    return calls


def a_queue(simulator: Simulator, mark: Mark) -> list[PhoneCall]:
    """Time a queue."""

    async def produce(queue: asyncio.Queue[int]) -> None:
        for number in range(3):
            await asyncio.sleep(0.1)
            await queue.put(number)

    async def handler(_: Voice) -> Response:
        queue: asyncio.Queue[int] = asyncio.Queue(1)
        later(produce(queue))
        for _number in range(3):
            mark(f"got {await queue.get()}")
        return BYE

    return dialled(simulator, serving(handler))


def a_semaphore(simulator: Simulator, mark: Mark) -> list[PhoneCall]:
    """Time a semaphore."""

    async def handler(_: Voice) -> Response:
        two = asyncio.Semaphore(2)

        async def work(number: int) -> None:
            async with two:
                await asyncio.sleep(1)
                mark(f"worker {number}")

        async with asyncio.TaskGroup() as group:
            for number in range(5):
                group.create_task(work(number))
        return BYE

    return dialled(simulator, serving(handler))


def a_cancelled_task(simulator: Simulator, mark: Mark) -> list[PhoneCall]:
    """Time a cancelled task."""

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.5)
            mark("cleaned up")

    async def handler(_: Voice) -> Response:
        task = asyncio.create_task(work())
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        mark("cancelled")
        return BYE

    return dialled(simulator, serving(handler))


def timers(simulator: Simulator, mark: Mark) -> list[PhoneCall]:
    """Time timers."""

    async def handler(_: Voice) -> Response:
        loop = asyncio.get_running_loop()
        for seconds in (0.3, 0.1, 0.2):
            loop.call_at(loop.time() + seconds, mark, f"at {seconds}")
            loop.call_later(seconds, mark, f"after {seconds}")
        loop.call_later(0.15, mark, "never").cancel()
        return LISTEN

    return dialled(simulator, serving(handler))


def anyio_and_its_threads(simulator: Simulator, mark: Mark) -> list[PhoneCall]:
    """Time anyio and its threads."""

    async def handler(_: Voice) -> Response:
        with anyio.move_on_after(0.7):
            await anyio.sleep(5)
        mark("moved on")
        async with anyio.create_task_group() as group:
            for seconds in (0.3, 0.1):
                group.start_soon(anyio.sleep, seconds)
        mark("group ended")
        await anyio.to_thread.run_sync(time.sleep, 0.05)
        mark("thread ended")
        return BYE

    return dialled(simulator, serving(handler))


def work_in_the_background(simulator: Simulator, mark: Mark) -> list[PhoneCall]:
    """Time work in the background."""
    client, app = simulator.client(), FastAPI()

    async def push(call_id: str) -> None:
        await asyncio.sleep(2)
        await asyncio.to_thread(client.update_call_bxml, call_id, BYE)
        mark("pushed")

    @app.post("/")
    async def voice(request: Request) -> Reply:
        event = voice_event(await request.body())
        task = BackgroundTask(push, str(event.call_id))
        return Reply(LISTEN.to_bytes(), media_type=MEDIA_TYPE, background=task)

    return dialled(simulator, app)


def a_push_in_the_background_of_a_thread(simulator: Simulator, mark: Mark) -> list[PhoneCall]:
    """Time a push in the background of a thread."""
    client, app = simulator.client(), FastAPI()

    def push(call_id: str) -> None:
        client.update_call_bxml(call_id, BYE)
        mark("pushed")

    @app.post("/")
    async def voice(request: Request) -> Reply:
        event = voice_event(await request.body())
        task = BackgroundTask(push, str(event.call_id))
        return Reply(LISTEN.to_bytes(), media_type=MEDIA_TYPE, background=task)

    return dialled(simulator, app)


def a_reply_in_pieces(simulator: Simulator, mark: Mark) -> list[PhoneCall]:
    """Time a reply in pieces."""
    app = FastAPI()

    async def pieces() -> AsyncIterator[bytes]:
        document = BYE.to_bytes()
        for piece in (document[:20], document[20:]):
            yield piece
            await asyncio.sleep(1.25)
            mark("a piece")

    @app.post("/")
    async def voice() -> StreamingResponse:
        return StreamingResponse(pieces(), media_type=MEDIA_TYPE)

    return dialled(simulator, app)


def a_reply_that_is_too_late(simulator: Simulator, mark: Mark) -> list[PhoneCall]:
    """Time a reply that is too late."""

    async def handler(_: Voice) -> Response:
        await asyncio.sleep(16)
        mark("nobody waits")
        return BYE

    return dialled(simulator, serving(handler))


def startup_and_a_ticker(simulator: Simulator, mark: Mark) -> list[PhoneCall]:
    """Time startup and a ticker."""

    async def tick() -> None:
        while True:
            await asyncio.sleep(7)
            mark("tick")

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        await asyncio.sleep(40)
        mark("started")
        task = asyncio.create_task(tick())
        yield
        task.cancel()
        mark("stopped")

    app = FastAPI(lifespan=lifespan)

    @app.post("/")
    async def voice() -> Reply:
        return Reply(LISTEN.to_bytes(), media_type=MEDIA_TYPE)

    return dialled(simulator, app)


def a_caller_who_hangs_up(simulator: Simulator, mark: Mark) -> list[PhoneCall]:
    """Time a caller who hangs up."""

    async def handler(event: Voice) -> Response:
        if isinstance(event, GatherEvent):
            await asyncio.sleep(4)
            mark("replied after the end")
            return BYE
        return Response().gather(gather_url="/digits", max_digits=1)

    call = simulator.dial_in(serving(handler), to=TO)
    call.press("1", run=False)
    call.waits(seconds=1)
    call.hang_up()
    call.waits(seconds=10)
    return [call]


def an_outbound_call(simulator: Simulator, mark: Mark) -> list[PhoneCall]:
    """Time an outbound call."""

    async def handler(event: Voice) -> Response:
        assert isinstance(event, AnswerEvent)
        await asyncio.sleep(0.5)
        mark("answered")
        return BYE

    call = simulator.call_out(serving(handler), to=TO)
    call.answer()
    return [call]


CASES: tuple[Case, ...] = (
    a_handler_sleeps,
    a_push_later_from_a_thread,
    a_push_at_once_behind_a_middleware,
    a_push_over_a_socket,
    two_pushes_over_one_connection,
    a_push_that_blocks_the_loop,
    two_calls_at_once,
    threads_of_the_executor,
    a_handler_in_a_thread,
    a_busy_loop,
    a_busy_loop_beside_a_thread,
    a_real_socket,
    plain_sockets,
    waiting_with_limits,
    an_event_from_another_call,
    a_queue,
    a_semaphore,
    a_cancelled_task,
    timers,
    anyio_and_its_threads,
    work_in_the_background,
    a_push_in_the_background_of_a_thread,
    a_reply_in_pieces,
    a_reply_that_is_too_late,
    startup_and_a_ticker,
    a_caller_who_hangs_up,
    an_outbound_call,
)


def timeline(case: Case) -> str:
    """Return all that happens in one run of a case."""
    marks: list[str] = []
    simulator = Simulator()

    def mark(text: str) -> None:
        marks.append(f"{simulator.now:%M:%S.%f} {text}")

    calls = case(simulator, mark)
    histories = [call.history for call in calls]
    simulator.stop()
    errors = map(str, simulator.webhooks.errors)
    return "\n".join((case.__name__, *marks, *histories, *errors))
