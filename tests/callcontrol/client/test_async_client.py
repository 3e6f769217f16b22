"""AsyncClient: tasks, cancellation, event loops, and connections that are not closed."""

import asyncio
import gc
import subprocess
import sys
import warnings
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from bxml import Bxml
from callcontrol import AsyncClient
from callcontrol._http.connector import MOST
from callcontrol.errors import TokenError
from tests.waiting import wait_until

if TYPE_CHECKING:
    import socket

    from tests.callcontrol.conftest import Platform

from tests.callcontrol.conftest import Step

CALL = "c-1"
DOCUMENT = Bxml().hangup()


def _client(platform: "Platform") -> AsyncClient:
    return AsyncClient(
        "9900000",
        client_id="the-client",
        client_secret="hunter2",
        base_url=platform.base_url,
        token_url=platform.token_url,
    )


def _with(platform: "Platform", act: Callable[[AsyncClient], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        async with _client(platform) as client:
            await act(client)

    asyncio.run(run())


async def _until(condition: Callable[[], bool]) -> None:
    await asyncio.to_thread(wait_until, condition, "the server")


def test_many_tasks_share_a_token(platform: "Platform") -> None:
    """Tasks that need a token at the same time wait for one request; each then sends its own."""
    platform.answer(platform.reply(204))

    async def act(client: AsyncClient) -> None:
        pushes = [client.update_call_bxml(f"c-{number}", DOCUMENT) for number in range(100)]
        await asyncio.gather(*pushes)

    _with(platform, act)
    assert len(platform.tokens) == 1
    assert len(platform.requests) == 100
    assert platform.connections <= MOST


def test_failed_token_for_many_tasks(platform: "Platform") -> None:
    """They fail together after one request, and the next one is free to succeed."""
    platform.answer(platform.reply(200))
    platform.answer_tokens(platform.reply(400), platform.json({"access_token": "t"}))

    async def act(client: AsyncClient) -> None:
        results = await asyncio.gather(
            *[client.hang_up(f"c-{number}") for number in range(8)], return_exceptions=True
        )
        assert {type(result) for result in results} == {TokenError}
        await client.hang_up(CALL)

    _with(platform, act)
    assert len(platform.tokens) == 2


def test_renewed_once_for_many_tasks(platform: "Platform") -> None:
    """Tasks whose token is refused at the same time renew it once."""
    refused = _held(platform.reply(401), lambda: len(platform.requests) >= 8)
    platform.answer(*[refused] * 8, platform.reply(200))
    tokens = [platform.json({"access_token": name}) for name in ("old", "new")]
    platform.answer_tokens(*tokens)

    async def act(client: AsyncClient) -> None:
        await asyncio.gather(*[client.hang_up(f"c-{number}") for number in range(8)])

    _with(platform, act)
    assert len(platform.tokens) == 2


def _held(step: Step, release: Callable[[], bool]) -> Step:
    def act(conn: "socket.socket") -> bool:
        wait_until(release, "the test to go on")
        return step.act(conn)

    return Step(act)


def test_a_cancelled_task_does_not_take_the_token_from_others(platform: "Platform") -> None:
    """The request for the token goes on for the tasks that still wait for it."""
    platform.answer(platform.reply(200))
    going: list[bool] = []
    token = platform.json({"access_token": "t", "expires_in": 3600})
    platform.answer_tokens(_held(token, lambda: bool(going)))

    async def act(client: AsyncClient) -> None:
        first, second = (asyncio.create_task(client.hang_up(f"c-{number}")) for number in (1, 2))
        await _until(lambda: bool(platform.tokens))
        first.cancel()
        await asyncio.wait([first])
        assert first.cancelled()
        going.append(True)
        await second

    _with(platform, act)
    assert len(platform.tokens) == 1
    assert [request.target.rpartition("/")[2] for request in platform.requests] == ["c-2"]


def test_cancelled_while_a_token_is_fetched(platform: "Platform") -> None:
    """If no task waits for it any more, the request for the token ends, and its connection too."""
    platform.answer(platform.reply(200))
    silence = platform.silence()
    platform.answer_tokens(silence, platform.json({"access_token": "t"}))

    async def act(client: AsyncClient) -> None:
        tasks = [asyncio.create_task(client.hang_up(f"c-{number}")) for number in range(3)]
        await _until(lambda: bool(platform.tokens))
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        assert len(asyncio.all_tasks()) == 1
        platform.wait_until_closed()  # the server sees the end of the connection
        await client.hang_up(CALL)

    _with(platform, act)
    assert len(platform.tokens) == 2


def test_cancelled_while_waiting_for_a_reply(platform: "Platform") -> None:
    """A cancelled request ends its connection, which could still get the reply; others go on."""
    platform.answer(platform.silence(), platform.json({"callId": CALL}))

    async def act(client: AsyncClient) -> None:
        task = asyncio.create_task(client.get_call_state(CALL))
        await _until(lambda: bool(platform.requests))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        platform.wait_until_closed()
        assert (await client.get_call_state(CALL)).call_id == CALL

    _with(platform, act)


def test_a_timeout_of_the_caller(platform: "Platform") -> None:
    """``asyncio.timeout`` around an operation stays the caller's own error."""
    platform.answer(platform.silence())

    async def act(client: AsyncClient) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await client.get_call_state(CALL)

    _with(platform, act)


def test_pages_are_fetched_when_needed(platform: "Platform") -> None:
    """``async for`` fetches a page when it gets there; leaving early is free."""
    numbers = count()

    def act_on(conn: "socket.socket") -> bool:
        link = f"<{platform.base_url}/p?t={next(numbers)}>; rel=next"
        calls = [{"callId": "c-1"}, {"callId": "c-2"}]
        return platform.json(calls, headers={"Link": link}).act(conn)

    platform.answer(Step(act_on))

    async def act(client: AsyncClient) -> None:
        seen = 0
        async for call in client.list_calls():
            seen += 1
            assert call.call_id in {"c-1", "c-2"}
            if seen == 3:
                break

    _with(platform, act)
    assert len(platform.requests) == 2


def test_several_event_loops(platform: "Platform") -> None:
    """One client works in one event loop after the other, with connections of its own in each."""
    platform.answer(platform.json({"callId": CALL}))
    client = _client(platform)

    async def read() -> None:
        async with client:
            await client.get_call_state(CALL)
            await client.get_call_state(CALL)

    for _ in range(3):
        asyncio.run(read())
    assert platform.connections == 3
    assert len(platform.tokens) == 1


@contextmanager
def _unraisable() -> Generator[list[str], None, None]:
    """Collect what destructors warn of."""
    found: list[str] = []

    def show(message: object, *_: object, **__: object) -> None:
        found.append(str(message))

    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("always", ResourceWarning)
        patch.setattr(warnings, "showwarning", show)
        yield found
        gc.collect()


UNCLOSED = "an AsyncClient was not closed: use 'async with', or await its close()"


def test_unclosed(platform: "Platform") -> None:
    """A client that is not closed warns when it is deleted."""
    platform.answer(platform.json({"callId": CALL}))

    async def read() -> None:
        await _client(platform).get_call_state(CALL)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        asyncio.run(read())
        gc.collect()
    (found,) = [each for each in caught if str(each.message) == UNCLOSED]
    assert found.category is ResourceWarning
    assert found.source is not None, "tracemalloc shows where it was made"


def test_unclosed_in_a_loop_that_has_ended(platform: "Platform") -> None:
    """So does one that goes on in another event loop."""
    platform.answer(platform.json({"callId": CALL}))
    client = _client(platform)

    async def read(*, last: bool) -> None:
        await client.get_call_state(CALL)
        if last:
            await client.close()

    with _unraisable() as found:
        asyncio.run(read(last=False))
        assert UNCLOSED not in found
        asyncio.run(read(last=True))
        gc.collect()
    assert found.count(UNCLOSED) == 1


def test_a_client_that_was_not_used_needs_no_close(platform: "Platform") -> None:
    """It has no connections."""
    with _unraisable() as found:
        _client(platform)
        gc.collect()
    assert found == []


def test_without_aiohttp() -> None:
    """The error names the extra, and the rest of the package works."""
    program = (
        "import sys; sys.modules['aiohttp'] = None\n"
        "from callcontrol import Client\n"
        "try:\n    from callcontrol import AsyncClient\n"
        "except ModuleNotFoundError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "AsyncClient needs aiohttp: pip install 'bxml-callcontrol[async]'\n"


def test_client_loads_no_event_loop() -> None:
    """Who does without AsyncClient loads neither aiohttp nor asyncio."""
    program = (
        "import sys; from callcontrol import Client; print({'aiohttp', 'asyncio'} & {*sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"
