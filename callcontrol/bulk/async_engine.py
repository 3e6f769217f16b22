"""Carries out a journal with an ``AsyncClient``, in the event loop of the caller."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from callcontrol.bulk.dispatcher import Dispatcher
from callcontrol.bulk.engine import INTERRUPTED, expect_account
from callcontrol.bulk.errors import JournalError
from callcontrol.bulk.journal import Journal
from callcontrol.bulk.options import Settings
from callcontrol.bulk.report import Report
from callcontrol.bulk.turns import Turns
from callcontrol.bulk.work import Outcome, WorkUnit, perform_async

if TYPE_CHECKING:
    from callcontrol.async_client import AsyncClient


async def run_async(journal: Journal, client: "AsyncClient", settings: Settings) -> Report:
    """Carry out a journal that this process holds, and return the totals.

    :raises JournalError: if the journal is of another account, or cannot be written.
    """
    expect_account(journal, client.account_id)
    dispatcher = Dispatcher(journal, settings)
    await _AsyncRun(dispatcher, client.with_options(max_retries=0), settings).carry_out()
    return dispatcher.complete()


class _AsyncRun:
    """One run of a journal in an event loop."""

    def __init__(self, dispatcher: Dispatcher, client: "AsyncClient", settings: Settings) -> None:
        self._dispatcher = dispatcher
        self._client = client
        self._clock = settings.options.monotonic
        self._turns = Turns(dispatcher, settings)
        self._units: dict[asyncio.Task[Outcome], WorkUnit] = {}

    async def carry_out(self) -> None:
        """Hand out work until there is none, or the run stops.

        A cancellation stops the run and waits for what is under way; a second one does not wait.
        """
        try:
            await self._until_over(self._turns.end)
            self._turns.last()
        except (Exception, asyncio.CancelledError) as error:
            is_cancelled = isinstance(error, asyncio.CancelledError)
            self._dispatcher.stop(
                INTERRUPTED if is_cancelled else f"{type(error).__name__}: {error}"
            )
            with suppress(JournalError):
                await self._until_over(self._turns.end_quietly)
                self._dispatcher.write()
                self._dispatcher.complete()
            raise
        finally:
            for task in self._units:
                task.cancel()

    async def _until_over(self, end_of_turn: Callable[[float], None]) -> None:
        dispatcher = self._dispatcher
        while not dispatcher.is_over:
            now = self._clock()
            for unit in dispatcher.next_units(now):
                task = asyncio.create_task(perform_async(self._client, unit))
                self._units[task] = unit
            await self._receive(dispatcher.seconds_to_wait(now))
            end_of_turn(now)

    async def _receive(self, seconds: float) -> None:
        """Record outcomes; wait for the first one for some seconds at most."""
        if not self._units:
            await asyncio.sleep(seconds)
            return
        first = asyncio.FIRST_COMPLETED
        done, _ = await asyncio.wait(self._units, timeout=seconds, return_when=first)
        for task in done:
            self._dispatcher.finished(self._units.pop(task), _outcome(task), self._clock())


def _outcome(task: "asyncio.Task[Outcome]") -> Outcome:
    """Return the outcome of a task; one that failed or was cancelled says nothing certain."""
    try:
        return task.result()
    except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - of the user's code too
        return Outcome("unknown", f"the request failed: {type(error).__name__}")
