"""Drives operations in an event loop: each step is awaited."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar, cast

from callcontrol._fork import renewed_in_children
from callcontrol._http.aiohttp_transport import AiohttpTransport
from callcontrol._http.exchange import ApiReply
from callcontrol._http.retry import RetryClock
from callcontrol._http.steps import Delay, Items, Listing, Routine, Send, Shared, Step

T = TypeVar("T")


class _SharedRun:
    """A task whose result several tasks wait for."""

    def __init__(self, task: "asyncio.Task[object]") -> None:
        self.task = task
        self.waiting = 0


class AwaitingDriver:
    """Performs the steps of operations; tasks of any event loop may share it."""

    def __init__(self, transport: AiohttpTransport, clock: RetryClock) -> None:
        self.transport = transport
        self._clock = clock
        self._shared: dict[asyncio.AbstractEventLoop, _SharedRun] = {}
        renewed_in_children(self)

    def renew_after_fork(self) -> None:
        """Discard the shared routine of the parent's event loop."""
        self._shared = {}

    async def run(self, routine: Routine[T]) -> tuple[T, ApiReply | None]:
        """Return the result of an operation, and the last reply that it got."""
        outcome: object = None
        reply: ApiReply | None = None
        try:
            while True:
                step = routine.send(outcome)
                if isinstance(step, Send):
                    outcome = await self.transport.send(step)
                    reply = outcome if isinstance(outcome, ApiReply) else reply
                else:
                    outcome = await self._perform(step)
        except StopIteration as end:
            return cast("T", end.value), reply
        finally:
            routine.close()

    async def iterate(
        self, listing: Listing[T]
    ) -> AsyncIterator[tuple[Iterable[T], ApiReply | None]]:
        """Yield the items of a list in pieces, each with the reply that it was read from."""
        outcome: object = None
        reply: ApiReply | None = None
        while True:
            try:
                step = listing.send(outcome)
            except StopIteration:
                return
            outcome = None
            if isinstance(step, Items):
                yield step.values, reply
            else:
                outcome = await self._perform(step)
                reply = outcome if isinstance(outcome, ApiReply) else reply

    async def _perform(self, step: Step) -> object:
        if isinstance(step, Send):
            return await self.transport.send(step)
        if isinstance(step, Delay):
            await self._clock.wait(step.seconds)
            return None
        return await self._share(step)

    async def _share(self, step: Shared) -> object:
        ready = step.ready()
        if ready is not None:
            return ready
        loop = asyncio.get_running_loop()
        shared = self._shared.get(loop)
        if shared is None:
            shared = _SharedRun(loop.create_task(self._run_for_all(step)))
            self._shared[loop] = shared
        shared.waiting += 1
        try:
            return await asyncio.shield(shared.task)
        finally:
            shared.waiting -= 1
            if not shared.waiting:
                await self._end(loop, shared)

    async def _run_for_all(self, step: Shared) -> object:
        result, _ = await self.run(step.routine())
        return result

    async def _end(self, loop: asyncio.AbstractEventLoop, shared: _SharedRun) -> None:
        """Cancel a run whose result is no longer waited for, and see it end."""
        if self._shared.get(loop) is shared:
            del self._shared[loop]
        if not shared.task.done():
            shared.task.cancel()
            await asyncio.wait([shared.task])
