"""``AsyncClient`` behind the methods of ``Client``, so that one test runs against both."""

import asyncio
import os
from collections.abc import AsyncIterator, Coroutine, Iterator
from threading import Lock, Thread
from types import TracebackType
from typing import Any, Self, TypeVar, cast

import pytest
import requests

from callcontrol import AsyncClient
from callcontrol._secret import Secret
from callcontrol.client import Client
from tests.waiting import PATIENCE

T = TypeVar("T")


class _Loop:
    """An event loop in a thread; a forked child gets its own."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self._process = os.getpid()
        self.loop = asyncio.new_event_loop()
        self._thread = Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        if self._process != os.getpid():
            self._start()
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(PATIENCE)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(PATIENCE)
        self.loop.close()


class AwaitedClient:
    """An ``AsyncClient`` whose methods block."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as AsyncClient
        given = Secret((args, kwargs))  # this frame is part of tracebacks that must show no secret
        del args, kwargs
        self.client = AsyncClient(*given.reveal()[0], **given.reveal()[1])
        self._loop: _Loop | None = None
        self._lock = Lock()

    @property
    def raw(self) -> Self:
        """The same for ``with_raw_reply``."""
        return self._sharing(self.client.with_raw_reply)

    def with_options(self, **options: Any) -> Self:  # noqa: ANN401 - as AsyncClient
        """Return the same for a copy."""
        return self._sharing(self.client.with_options(**options))

    def _sharing(self, client: object) -> Self:
        """Return another client in the same event loop."""
        self._started()
        made = object.__new__(type(self))
        vars(made).update(vars(self), client=client)
        return made

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - a method of Client, or an attribute
        found = getattr(self.client, name)
        return self._blocking(name) if callable(found) and not name.startswith("_") else found

    def _blocking(self, name: str) -> Any:  # noqa: ANN401 - the same
        def call(*args: Any, **kwargs: Any) -> object:  # noqa: ANN401 - the same
            given = Secret((args, kwargs))
            del args, kwargs
            begun = getattr(self.client, name)(*given.reveal()[0], **given.reveal()[1])
            if isinstance(begun, Coroutine):
                return self._run(cast("Coroutine[Any, Any, object]", begun))
            if isinstance(begun, AsyncIterator):
                return self._iterated(cast("AsyncIterator[object]", begun))
            return begun

        return call

    def _iterated(self, items: AsyncIterator[T]) -> Iterator[T]:
        async def following() -> list[T]:
            return [item async for item in _first(items)]

        while item := self._run(following()):
            yield item[0]

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._started().run(work)

    def _started(self) -> _Loop:
        with self._lock:
            if self._loop is None:
                self._loop = _Loop()
        return self._loop

    def close(self) -> None:
        """Close the connections."""
        self._run(self.client.close())

    def __repr__(self) -> str:
        return repr(vars(self).get("client")).removeprefix("Async")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
        if self._loop is not None:
            self._loop.stop()
            self._loop = None


async def _first(items: AsyncIterator[T]) -> AsyncIterator[T]:
    try:
        yield await anext(items)
    except StopAsyncIteration:
        return


AWAITED = cast("type[Client]", AwaitedClient)
"""For a test, the same as ``Client``."""
requests_only = pytest.mark.parametrize("client_class", [Client], indirect=True)
"""For a test about threads, or about requests, in a module whose tests run against both."""
BOTH = {"requests": Client, "aiohttp": AWAITED}
SENDERS = [(Client, False), (Client, True), (AWAITED, False)]
"""Classes of clients, and whether they get a session."""


def with_session(session: requests.Session | None) -> dict[str, Any]:
    """Return the argument ``session``, which only ``Client`` has, if there is one."""
    return {} if session is None else {"session": session}
