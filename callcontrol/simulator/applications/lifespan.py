"""The lifespan protocol of ASGI: startup and shutdown of an application."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress

from callcontrol.simulator.applications.asgi_types import ASGIApplication, AsgiMessage
from callcontrol.simulator.applications.base import ApplicationError


class Lifespan:
    """One run of an application, from startup to shutdown.

    An application that raises does not support the protocol and runs without it.
    """

    def __init__(self) -> None:
        self.state: dict[str, object] = {}
        """State that the application sets for every request."""
        self._task: asyncio.Task[None] | None = None
        self._requests: asyncio.Queue[AsgiMessage] = asyncio.Queue()
        self._answered = asyncio.Event()
        self._failure: str | None = None

    async def start(self, app: ASGIApplication) -> None:
        """Run the startup.

        :raises ApplicationError: if the application reports that it failed.
        """
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}}
        running = app({**scope, "state": self.state}, self._requests.get, self._on_message)
        self._task = asyncio.create_task(_ignore_errors(running), name="simulator-lifespan")
        await self._send_and_wait("lifespan.startup")
        if self._failure is not None:
            raise ApplicationError(f"the application did not start: {self._failure}")

    async def stop(self) -> None:
        """Run the shutdown, if the startup ran."""
        if self._task is not None and not self._task.done():
            await self._send_and_wait("lifespan.shutdown")

    async def _send_and_wait(self, what: str) -> None:
        """Send a message and wait until the application replies or returns."""
        assert self._task is not None  # noqa: S101 - made before
        self._answered.clear()
        self._requests.put_nowait({"type": what})
        answered = asyncio.create_task(self._answered.wait())
        try:
            await asyncio.wait((answered, self._task), return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:  # it takes too long
            self._task.cancel()
            raise
        finally:
            answered.cancel()

    async def _on_message(self, message: AsgiMessage) -> None:
        kind = str(message.get("type"))
        if not kind.startswith("lifespan."):
            raise ApplicationError(f"lifespan: expected a lifespan message, got {kind!r:.60}")
        if kind.endswith(".failed"):
            self._failure = str(message.get("message") or "it gave no reason")
        self._answered.set()


async def _ignore_errors(running: Awaitable[None]) -> None:
    with suppress(Exception):  # how an application shows that it does not support the protocol
        await running
