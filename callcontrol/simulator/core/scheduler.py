"""The scheduler: runs the routines of all legs and conferences, one at a time and in order.

Three queues, emptied in this order: signals for routines, exchanges with the application, timers
of the clock. Nothing here depends on the verbs.
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
from callcontrol.simulator.core.reply_findings import finding_of
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
    """A webhook or download that is not complete, repeats and fallback included."""

    __slots__ = ("cancelled", "done", "request", "routine")

    def __init__(self, routine: ExchangeSteps, done: Callable[[Delivery], None]) -> None:
        self.routine = routine
        self.request: HttpRequest = next(routine)
        """The exchange that is due or under way."""
        self.done = done
        self.cancelled = False
        """Whether no routine waits for it any more; a request under way is completed."""


class Scheduler:
    """Signals, exchanges, timers and observers of one platform."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.clock = platform.clock
        self.calls = platform.calls
        self.observers: list[Observer] = []
        self.agenda: deque[Callable[[], object]] = deque()
        self.outbox: deque[PendingExchange] = deque()
        self.failures: list[NotSimulatedError] = []
        """Requests for features that are not simulated, until the event loop raises them."""
        self._shared: dict[type, object] = {}
        # S311: ids have to be the same in every run, not hard to guess.
        self._random = Random(f"engine {platform.settings.seed}")  # noqa: S311 - see above

    @property
    def assumptions(self) -> Assumptions:
        """How undocumented behaviour is simulated."""
        return self.platform.settings.assumptions

    @property
    def now(self) -> datetime:
        """The virtual time."""
        return self.clock.now

    def shared(self, kind: type[S]) -> S:
        """Return the one object of a class that all calls share, made on first use.

        For state that belongs to the module of a verb, such as the rooms of Conference.
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
        """Pass an observation to every observer."""
        for observer in self.observers:
            observer(observation)

    # --- exchanges ------------------------------------------------------------------------

    def send(self, webhook: Webhook, done: Callable[[Delivery], None]) -> PendingExchange:
        """Queue a webhook; ``done`` is called with its delivery."""
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

    def start_download(
        self, request: ExchangeSteps, done: Callable[[Delivery], None]
    ) -> PendingExchange:
        """Queue the download of an audio file; ``done`` is called with its delivery."""
        return self._dispatch(request, done)

    def _dispatch(
        self, routine: ExchangeSteps, done: Callable[[Delivery], None]
    ) -> PendingExchange:
        exchange = PendingExchange(routine, done)
        self.outbox.append(exchange)
        return exchange

    def complete(self, exchange: PendingExchange, reply: WebhookReply) -> None:
        """Take the reply to an exchange; it arrives ``reply.seconds`` from now."""
        remaining = exchange.request.timeout - reply.waited
        if reply.seconds > remaining:
            reply = WebhookReply(
                failure="timeout",
                waited=reply.waited,
                seconds=remaining,
                detail=f"waited {exchange.request.timeout:g} s",
                handler=reply.handler,
            )
        if reply.seconds > 0:
            self.clock.call_later(reply.seconds, partial(self._on_reply, exchange, reply))
        else:
            self._on_reply(exchange, reply)

    def _on_reply(self, exchange: PendingExchange, reply: WebhookReply) -> None:
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
                seconds=reply.waited + reply.seconds,
                body=reply.body,
                content_type=reply.content_type,
                finding=finding_of(reply, request.url, audio=webhook is None),
                handler=reply.handler,
            )
        )


class Actor:
    """A leg or a conference: runs BXML, one routine at a time."""

    source: Literal["call", "conference"] = "call"

    def __init__(self, scheduler: Scheduler, actor_id: str) -> None:
        self.scheduler = scheduler
        self.id = actor_id
        self.callback_timeout = 15.0
        """Seconds to wait for replies."""
        self.document_url: str | None = None
        """URL of the running document; None if it was pushed."""
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
        """Whether it waits for a signal without a time limit, and not for a reply."""
        if self._exchange is not None:
            return False
        return self._wait.seconds is None if self._wait is not None else not self.is_busy

    def start(self, routine: Routine[None]) -> None:
        """Stop the running routine and run ``routine`` up to its first wait."""
        if self._running:
            self.scheduler.agenda.append(partial(self.start, routine))
            return
        self.stop()
        self._routine = routine
        self._advance(None)

    def stop(self) -> None:
        """Stop the running routine; its clean-up runs before this returns.

        A routine that stops itself continues to its next wait and is closed then.
        """
        self._cancel_waits()
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
        """Send a signal to the routine once no other routine is running."""
        self.scheduler.agenda.append(partial(self.receive, signal))

    def send_and_wait(self, webhook: Webhook) -> Routine[Delivery]:
        """Send a webhook and wait for its delivery."""
        self._exchange = self.scheduler.send(webhook, self._on_delivery)
        return (yield from self._wait_for_delivery())

    def download_and_wait(self, target: Target) -> Routine[Delivery]:
        """Fetch an audio file and wait for it."""
        self._exchange = self.scheduler.start_download(
            download(self.id, target, self.callback_timeout), self._on_delivery
        )
        return (yield from self._wait_for_delivery())

    def _wait_for_delivery(self) -> Routine[Delivery]:
        signal = yield Wait(wants=(Delivery,))
        assert isinstance(signal, Delivery)  # noqa: S101 - nothing else was wanted
        return signal

    def _on_delivery(self, delivery: Delivery) -> None:
        self._exchange = None
        self.receive(delivery)

    def _cancel_waits(self) -> None:
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
        self._cancel_waits()
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
