"""The engine's clockwork: what is due happens, exchange by exchange and timer by timer."""

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
    """Moves the calls of one platform on.

    A door that cannot answer at once leaves ``application`` out and uses ``next_exchange`` and
    ``give``.
    """

    def __init__(self, platform: Platform, application: ApplicationTransport | None = None) -> None:
        self.platform = platform
        self.scheduler = Scheduler(platform)
        self.legs = Legs(self.scheduler)
        load_verbs()
        self._application = application
        self._inside = False
        platform.calls.listener = self.legs

    @property
    def observers(self) -> list[Observer]:
        """Who is told of everything that happens; append to it."""
        return self.scheduler.observers

    @property
    def now(self) -> datetime:
        """The virtual time, UTC."""
        return self.platform.clock.now

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` of virtual time pass.

        Raises ``SimulatorError`` for a negative or endless number, and inside a webhook handler.
        """
        if self._inside:
            raise SimulatorError("advance: expected a call from outside the webhook handlers")
        target = self.platform.clock.after(seconds)
        self._run(target)
        with self.platform.lock:
            self.platform.clock.reach(target)

    def run_until(self, predicate: Callable[[], bool], limit: float) -> bool:
        """Let up to ``limit`` seconds pass until ``predicate`` holds; return whether it does.

        The clock stops at the instant at which it became true.
        """
        if self._inside:
            raise SimulatorError("run_until: expected a call from outside the webhook handlers")
        target = self.platform.clock.after(limit)
        self.settle()
        found = predicate()
        while not found and self._guarded(target):
            found = predicate()
        if not found:
            with self.platform.lock:
                self.platform.clock.reach(target)
        self.settle()
        return found

    def settle(self) -> None:
        """Let everything happen that needs no time; inside a webhook handler it happens later."""
        if not self._inside:
            self._run(self.now)

    def _run(self, target: datetime) -> None:
        while self._guarded(target):
            pass
        if self.scheduler.failures:
            raise self.scheduler.failures.pop(0)

    def _guarded(self, target: datetime) -> bool:
        self._inside = True
        try:
            return self._turn(target)
        finally:
            self._inside = False

    def _turn(self, target: datetime) -> bool:
        """Do the next thing; return False when there is none by ``target``."""
        with self.platform.lock:
            self._drain()
            if self._application is None or not self.scheduler.outbox:
                return self.platform.clock.step(target)
            exchange = self.scheduler.outbox.popleft()
        reply = self._application.deliver(exchange.request)
        with self.platform.lock:
            self.scheduler.give(exchange, reply)
        return True

    def _drain(self) -> None:
        agenda = self.scheduler.agenda
        while agenda:
            agenda.popleft()()

    def next_exchange(self) -> PendingExchange | None:
        """Return the next exchange to carry out, for a door that answers later; None for none."""
        with self.platform.lock:
            self._drain()
            return self.scheduler.outbox.popleft() if self.scheduler.outbox else None

    def give(self, exchange: PendingExchange, reply: WebhookReply) -> None:
        """Hand in what came of an exchange that ``next_exchange`` gave out."""
        with self.platform.lock:
            self.scheduler.give(exchange, reply)
        self.settle()
