"""The event loop of the engine: carries out exchanges and timers in order."""

from collections.abc import Callable
from datetime import datetime

from callcontrol.simulator.core.legs import Legs
from callcontrol.simulator.core.observations import Observer
from callcontrol.simulator.core.platform import Platform
from callcontrol.simulator.core.scheduler import PendingExchange, Scheduler
from callcontrol.simulator.core.verbs import load_verbs
from callcontrol.simulator.core.webhooks import ApplicationTransport, WebhookReply
from callcontrol.simulator.errors import SimulatorError


class EventLoop:
    """Runs the calls of one platform.

    A caller that cannot reply at once leaves ``application`` out and uses ``next_exchange`` and
    ``complete``.
    """

    def __init__(self, platform: Platform, application: ApplicationTransport | None = None) -> None:
        self.platform = platform
        self.scheduler = Scheduler(platform)
        self.legs = Legs(self.scheduler)
        load_verbs()
        self._application = application
        self._in_handler = False
        platform.calls.listener = self.legs

    @property
    def observers(self) -> list[Observer]:
        """Called with every observation; append to it."""
        return self.scheduler.observers

    @property
    def now(self) -> datetime:
        """The virtual time, UTC."""
        return self.platform.clock.now

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` of virtual time pass.

        :raises SimulatorError: for a negative or infinite number, and inside a webhook handler.
        """
        if self._in_handler:
            raise SimulatorError("advance: expected a call from outside the webhook handlers")
        target = self.platform.clock.after(seconds)
        self._run(target)
        with self.platform.lock:
            self.platform.clock.move_to(target)

    def run_until(self, predicate: Callable[[], bool], limit: float) -> bool:
        """Let up to ``limit`` seconds pass until ``predicate`` holds; return whether it does.

        The clock stops at the instant at which it became true.
        """
        if self._in_handler:
            raise SimulatorError("run_until: expected a call from outside the webhook handlers")
        target = self.platform.clock.after(limit)
        self.settle()
        found = predicate()
        while not found and self._step(target):
            found = predicate()
        if not found:
            with self.platform.lock:
                self.platform.clock.move_to(target)
        self.settle()
        return found

    def settle(self) -> None:
        """Run everything that is due now; inside a webhook handler it runs afterwards."""
        if not self._in_handler:
            self._run(self.now)

    def _run(self, target: datetime) -> None:
        while self._step(target):
            pass
        if self.scheduler.failures:
            raise self.scheduler.failures.pop(0)

    def _step(self, target: datetime) -> bool:
        self._in_handler = True
        try:
            return self._run_next(target)
        finally:
            self._in_handler = False

    def _run_next(self, target: datetime) -> bool:
        """Run the next exchange or timer; return False if none is due by ``target``."""
        with self.platform.lock:
            self._run_agenda()
            if self._application is None or not self.scheduler.outbox:
                return self.platform.clock.step(target)
            exchange = self.scheduler.outbox.popleft()
        reply = self._application.deliver(exchange.request)
        with self.platform.lock:
            self.scheduler.complete(exchange, reply)
        return True

    def _run_agenda(self) -> None:
        agenda = self.scheduler.agenda
        while agenda:
            agenda.popleft()()

    def next_exchange(self) -> PendingExchange | None:
        """Return the next exchange to carry out, None if there is none."""
        with self.platform.lock:
            self._run_agenda()
            return self.scheduler.outbox.popleft() if self.scheduler.outbox else None

    def complete(self, exchange: PendingExchange, reply: WebhookReply) -> None:
        """Take the reply to an exchange from ``next_exchange``."""
        with self.platform.lock:
            self.scheduler.complete(exchange, reply)
        self.settle()
