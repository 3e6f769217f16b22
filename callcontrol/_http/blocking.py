"""Drives operations with threads: it blocks until each step is done."""

from collections.abc import Iterable, Iterator
from threading import Lock
from typing import TYPE_CHECKING, TypeVar, cast

from bxml._once import FIRST_USE
from callcontrol._fork import renewed_in_children
from callcontrol._http.exchange import ApiReply
from callcontrol._http.retry import RetryClock
from callcontrol._http.steps import Delay, Items, Listing, Routine, Send, Shared, Step
from callcontrol._http.transport import RequestsTransport
from callcontrol.errors import CallControlError

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")


class BlockingDriver:
    """Performs the steps of operations; threads may share it."""

    def __init__(self, transport: RequestsTransport, clock: RetryClock) -> None:
        self.transport = transport
        self._clock = clock
        self.lock = Lock()
        self._running: Future[object] | None = None
        renewed_in_children(self)

    def renew_after_fork(self) -> None:
        """Discard the lock and the shared routine of the parent's threads."""
        self.lock = Lock()
        self._running = None

    def run(self, routine: Routine[T]) -> tuple[T, ApiReply | None]:
        """Return the result of an operation, and the last reply that it got."""
        outcome: object = None
        reply: ApiReply | None = None
        try:
            while True:
                outcome = self._perform(routine.send(outcome))
                reply = outcome if isinstance(outcome, ApiReply) else reply
        except StopIteration as end:
            return cast("T", end.value), reply
        finally:
            routine.close()

    def iterate(self, listing: Listing[T]) -> Iterator[tuple[Iterable[T], ApiReply | None]]:
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
                outcome = self._perform(step)
                reply = outcome if isinstance(outcome, ApiReply) else reply

    def _perform(self, step: Step) -> object:
        if isinstance(step, Send):
            return self.transport.send(step)
        if isinstance(step, Delay):
            self._clock.sleep(step.seconds)
            return None
        return self._share(step)

    def _share(self, step: Shared) -> object:
        with FIRST_USE:
            from concurrent.futures import Future

        with self.lock:
            ready = step.ready()
            if ready is not None:
                return ready
            running, is_mine = self._running, self._running is None
            if running is None:
                running = self._running = Future()
        if is_mine:
            self._run_for_all(step, running)
        return running.result()

    def _run_for_all(self, step: Shared, running: "Future[object]") -> None:
        failure: BaseException | None = None
        result: object = None
        try:
            result, _ = self.run(step.routine())
        except BaseException as error:
            # An interrupt concerns this thread only; the others get an error of their own.
            failure = error if isinstance(error, CallControlError) else step.interrupted()
            raise
        finally:
            with self.lock:
                self._running = None
            if failure is None:
                running.set_result(result)
            else:
                running.set_exception(failure)
