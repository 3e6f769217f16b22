"""Startup and shutdown of an ASGI application (the ASGI lifespan protocol)."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

from callcontrol.simulator.applications.base import ApplicationError

__all__ = ["Lifespan", "Message"]

Message = MutableMapping[str, Any]
_PATIENCE = 30.0
"""Real seconds that the shutdown may take."""


class Lifespan:
    """One run of an application, from startup to shutdown.

    An application that does not speak the protocol, which it shows by raising, goes without.
    """

    def __init__(self) -> None:
        self.state: dict[str, object] = {}
        """What the application wants to find in every request."""
        self._task: asyncio.Task[None] | None = None
        self._requests: asyncio.Queue[Message] = asyncio.Queue()
        self._said = asyncio.Event()
        self._failure: str | None = None

    async def start(self, app: Callable[..., Awaitable[None]], seconds: float) -> None:
        """Run the startup for at most ``seconds`` of real time.

        Raises ``ApplicationError`` if the application says that it failed.
        """
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}}
        running = app({**scope, "state": self.state}, self._requests.get, self._take)
        self._task = asyncio.create_task(_awaited(running), name="simulator-lifespan")
        await self._ask("lifespan.startup", seconds)
        if self._failure is not None:
            raise ApplicationError(f"the application did not start: {self._failure}")

    async def stop(self) -> None:
        """Run the shutdown, if there was a startup."""
        if self._task is not None and not self._task.done():
            await self._ask("lifespan.shutdown", _PATIENCE)

    async def _ask(self, what: str, seconds: float) -> None:
        """Send a message and wait until the application replies or is over."""
        assert self._task is not None  # noqa: S101 - made before
        self._said.clear()
        self._requests.put_nowait({"type": what})
        said = asyncio.create_task(self._said.wait())
        done, _ = await asyncio.wait(
            (said, self._task), timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
        said.cancel()
        if not done:
            self._task.cancel()

    async def _take(self, message: Message) -> None:
        kind = str(message.get("type"))
        if not kind.startswith("lifespan."):
            raise ApplicationError(f"lifespan: expected a message of its own, got {kind!r:.60}")
        if kind.endswith(".failed"):
            self._failure = str(message.get("message") or "it gave no reason")
        self._said.set()


async def _awaited(running: Awaitable[None]) -> None:
    with suppress(Exception):  # how an application says that it does not speak the protocol
        await running
