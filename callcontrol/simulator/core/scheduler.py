"""The scheduler: runs the routines of all legs and conferences, one at a time and in order.

Three queues, emptied in this order: signals that wait for their routine, exchanges that wait for
the door, timers of the clock. Nothing here knows what a verb does.
"""

from collections import deque
from collections.abc import Callable
from datetime import datetime
from functools import partial
from random import Random
from typing import Literal, TypeVar, cast
from uuid import UUID

from callcontrol.simulator.core.clock import Timer
from callcontrol.simulator.core.delivery import ExchangeSteps, deliver, download
from callcontrol.simulator.core.observations import Fetched, Observation, Observer, Sent
from callcontrol.simulator.core.platform import Platform
from callcontrol.simulator.core.signals import (
    ELAPSED,
    Delivery,
    NotSimulatedError,
    Routine,
    Signal,
    Wait,
)
from callcontrol.simulator.core.webhooks import HttpRequest, Target, Webhook, WebhookReply
from callcontrol.simulator.settings import Assumptions

S = TypeVar("S")


class PendingExchange:
    """Something on its way to the user's server, repeats and fallback included."""

    __slots__ = ("cancelled", "done", "request", "routine")

    def __init__(self, routine: ExchangeSteps, done: Callable[[Delivery], None]) -> None:
        self.routine = routine
        self.request: HttpRequest = next(routine)
        """The exchange that is due or under way."""
        self.done = done
        self.cancelled = False
        """Whether nobody waits for it any more; what is under way is not taken back."""


class Scheduler:
    """Signals, exchanges and timers of one platform, and those who watch."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.clock = platform.clock
        self.calls = platform.calls
        self.observers: list[Observer] = []
        self.agenda: deque[Callable[[], object]] = deque()
        self.outbox: deque[PendingExchange] = deque()
        self.failures: list[NotSimulatedError] = []
        """What calls asked for that is not simulated, until somebody is told."""
        self._shared: dict[type, object] = {}
        # S311: ids have to be the same in every run, not hard to guess.
        self._random = Random(f"engine {platform.settings.seed}")  # noqa: S311 - see above

    @property
    def assumptions(self) -> Assumptions:
        """What the simulator was told about undocumented behaviour."""
        return self.platform.settings.assumptions

    @property
    def now(self) -> datetime:
        """The virtual time."""
        return self.clock.now

    def shared(self, kind: type[S]) -> S:
        """Return the one object of a class that all calls share, made on first use.

        So that state of a verb, such as the rooms of Conference, belongs to the verb's own module.
        """
        found = self._shared.get(kind)
        if found is None:
            found = self._shared[kind] = kind()
        return cast("S", found)

    def new_id(self, prefix: str) -> str:
        """Return a fresh id of the form that the vendor's samples show."""
        head = f"{self._random.getrandbits(32):08x}"
        return f"{prefix}-{head}-{UUID(int=self._random.getrandbits(128), version=4)}"

    def uuid(self) -> str:
        """Return a fresh UUID."""
        return str(UUID(int=self._random.getrandbits(128), version=4))

    def observe(self, observation: Observation) -> None:
        """Tell every observer."""
        for observer in self.observers:
            observer(observation)

    # --- exchanges ------------------------------------------------------------------------

    def send(self, webhook: Webhook, done: Callable[[Delivery], None]) -> PendingExchange:
        """Put a webhook on its way; ``done`` is called with what became of it."""
        target = webhook.target
        self.observe(
            Sent(
                at=self.now,
                call_id=webhook.call_id,
                event=webhook.event,
                url=target.url,
                method=target.method,
            )
        )
        return self._dispatch(deliver(webhook, self.assumptions), done)

    def load(self, request: ExchangeSteps, done: Callable[[Delivery], None]) -> PendingExchange:
        """Put the download of an audio file on its way."""
        return self._dispatch(request, done)

    def _dispatch(
        self, routine: ExchangeSteps, done: Callable[[Delivery], None]
    ) -> PendingExchange:
        exchange = PendingExchange(routine, done)
        self.outbox.append(exchange)
        return exchange

    def give(self, exchange: PendingExchange, reply: WebhookReply) -> None:
        """Take what came of the exchange; it counts from ``reply.seconds`` from now on."""
        timeout = exchange.request.timeout
        if reply.seconds > timeout:
            reply = WebhookReply(failure="timeout", seconds=timeout)
        if reply.seconds > 0:
            self.clock.call_later(reply.seconds, partial(self._arrived, exchange, reply))
        else:
            self._arrived(exchange, reply)

    def _arrived(self, exchange: PendingExchange, reply: WebhookReply) -> None:
        self._observe_exchange(exchange.request, reply)
        if exchange.cancelled:
            exchange.routine.close()
            return
        try:
            exchange.request = exchange.routine.send(reply)
        except StopIteration as stop:
            exchange.done(stop.value)
        else:
            self.outbox.append(exchange)

    def _observe_exchange(self, request: HttpRequest, reply: WebhookReply) -> None:
        webhook = request.webhook
        self.observe(
            Fetched(
                at=self.now,
                call_id=request.call_id,
                url=request.url,
                method=request.method,
                attempt=request.attempt,
                event_type=webhook.event.event_type if webhook else None,
                status=None if reply.failure else reply.status,
                failure=reply.failure,
                seconds=reply.seconds,
                body=reply.body,
            )
        )


class Actor:
    """Whoever runs BXML: a leg or a conference. Runs one routine at a time."""

    source: Literal["call", "conference"] = "call"

    def __init__(self, scheduler: Scheduler, actor_id: str) -> None:
        self.scheduler = scheduler
        self.id = actor_id
        self.callback_timeout = 15.0
        """Seconds to wait for replies."""
        self.document_url: str | None = None
        """Where the document came from that is being run; None if it was pushed."""
        self._routine: Routine[None] | None = None
        self._wait: Wait | None = None
        self._timer: Timer | None = None
        self._exchange: PendingExchange | None = None
        self._running = False
        self._stopped = False

    @property
    def is_busy(self) -> bool:
        """Whether a routine is running or waiting."""
        return self._routine is not None

    @property
    def is_waiting_for_reply(self) -> bool:
        """Whether a request to the application is under way that the routine waits for."""
        return self._exchange is not None

    @property
    def waits_indefinitely(self) -> bool:
        """Whether only a signal moves it on: no verb, no reply on its way, no limit to the wait."""
        if self._exchange is not None:
            return False
        return self._wait.seconds is None if self._wait is not None else not self.is_busy

    def start(self, routine: Routine[None]) -> None:
        """Drop what is being run and run ``routine`` up to its first wait."""
        if self._running:
            self.scheduler.agenda.append(partial(self.start, routine))
            return
        self.stop()
        self._routine = routine
        self._advance(None)

    def stop(self) -> None:
        """Drop what is being run; its clean-up runs before this returns.

        What stops itself goes on to the end of its step and is dropped then.
        """
        self._rest()
        if self._running:
            self._stopped = True
            return
        routine, self._routine = self._routine, None
        if routine is not None:
            self._running = True
            try:
                routine.close()
            finally:
                self._running = False

    def wants(self, signal: Signal) -> bool:
        """Whether the routine waits for such a signal."""
        return self._wait is not None and isinstance(signal, self._wait.wants)

    def receive(self, signal: Signal) -> bool:
        """Resume the routine if it waits for such a signal; return whether it does."""
        if not self.wants(signal):
            return False
        self._advance(signal)
        return True

    def post(self, signal: Signal) -> None:
        """Let the signal reach the routine as soon as nobody else is running."""
        self.scheduler.agenda.append(partial(self.receive, signal))

    def sent(self, webhook: Webhook) -> Routine[Delivery]:
        """Send a webhook and wait until it is clear what became of it."""
        self._exchange = self.scheduler.send(webhook, self._returned)
        return (yield from self._delivered())

    def loaded(self, target: Target) -> Routine[Delivery]:
        """Fetch an audio file and wait for it."""
        self._exchange = self.scheduler.load(
            download(self.id, target, self.callback_timeout), self._returned
        )
        return (yield from self._delivered())

    def _delivered(self) -> Routine[Delivery]:
        signal = yield Wait(wants=(Delivery,))
        assert isinstance(signal, Delivery)  # noqa: S101 - nothing else was wanted
        return signal

    def _returned(self, delivery: Delivery) -> None:
        self._exchange = None
        self.receive(delivery)

    def _rest(self) -> None:
        self._wait = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._exchange is not None:
            self._exchange.cancelled = True
            self._exchange = None

    def _advance(self, signal: Signal | None) -> None:
        routine = self._routine
        if routine is None:
            return
        self._rest()
        self._running = True
        try:
            wait = next(routine) if signal is None else routine.send(signal)
        except StopIteration:
            self._routine = None
            return
        except BaseException:
            self._routine = None
            raise
        finally:
            self._running = False
            stopped, self._stopped = self._stopped, False
        if stopped:
            self.stop()
            return
        self._wait = wait
        if wait.seconds is not None:
            elapsed = partial(self._advance, ELAPSED)
            self._timer = self.scheduler.clock.call_later(wait.seconds, elapsed)
