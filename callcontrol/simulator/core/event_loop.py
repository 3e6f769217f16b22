"""The event loop of the engine: carries out exchanges and timers in order."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Protocol

from callcontrol.simulator.core.legs import Legs
from callcontrol.simulator.core.observations import Observer
from callcontrol.simulator.core.platform import Platform
from callcontrol.simulator.core.scheduler import PendingExchange, Scheduler
from callcontrol.simulator.core.verbs import load_verbs
from callcontrol.simulator.core.webhooks import ApplicationTransport, WebhookReply
from callcontrol.simulator.errors import SimulatorError


class Background(Protocol):
    """The work of the application beside its replies, on the clock of the platform."""

    def attach(self, platform: Platform) -> None:
        """Follow the clock of ``platform`` from now on."""
        ...

    def is_due(self, horizon: datetime) -> bool:
        """Whether there is something to do by ``horizon``."""
        ...

    def run(self, horizon: Callable[[], datetime]) -> bool:
        """Run, and move the clock, up to the horizon or to a reply; return False at the horizon.

        The horizon is asked with the platform's lock held: a REST request can bring it nearer.
        """
        ...


class EventLoop:
    """Runs the calls of one platform.

    A caller that cannot reply at once leaves ``application`` out and uses ``next_exchange`` and
    ``complete``. ``background`` is an event loop of the application that shares the clock.
    """

    def __init__(
        self,
        platform: Platform,
        application: ApplicationTransport | None = None,
        background: Background | None = None,
    ) -> None:
        self.platform = platform
        self.scheduler = Scheduler(platform)
        self.legs = Legs(self.scheduler)
        load_verbs()
        self._application = application
        self._background = background
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
        if self._background is not None:
            self._background.attach(self.platform)
        try:
            return self._run_next(target)
        finally:
            self._in_handler = False

    def _run_next(self, target: datetime) -> bool:
        """Run the next exchange or timer; return False if none is due by ``target``."""
        application, exchange = self._application, None
        with self.platform.lock:
            self._run_agenda()
            if application is not None and self.scheduler.outbox:
                exchange = self.scheduler.outbox.popleft()
            elif self._background is None or not self._background.is_due(self._horizon(target)):
                return self.platform.clock.step(target)
        if application is None or exchange is None:
            return self._run_background(target)
        application.deliver(exchange.request).when_done(partial(self._take, exchange))
        return True

    def _run_background(self, target: datetime) -> bool:
        horizon = partial(self._horizon, target)
        if self._background is not None and self._background.run(horizon):
            return True
        with self.platform.lock:
            if self.scheduler.agenda or self.scheduler.outbox:
                return True
            return self.platform.clock.step(target)

    def _horizon(self, target: datetime) -> datetime:
        """Return how far the application may move the clock before the engine has to act."""
        if self.scheduler.agenda or self.scheduler.outbox:
            return self.now
        due = self.platform.clock.next_due
        return target if due is None else min(due, target)

    def _take(self, exchange: PendingExchange, reply: WebhookReply) -> None:
        with self.platform.lock:
            self.scheduler.complete(exchange, reply)

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
