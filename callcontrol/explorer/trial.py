"""One call of an exploration: what is done in it, and what comes of each thing."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import TypeGuard

from callcontrol.explorer.actions import HANG_UP, Action
from callcontrol.explorer.states import State, StateReader
from callcontrol.phone.call_log import RUN, CallLog, Trouble
from callcontrol.phone.call_request import CallRequest
from callcontrol.phone.player import AFTERWARDS, PATIENCE, QUICK, Player
from callcontrol.phone.script import Step
from callcontrol.simulator.applications import ApplicationError, Router, Transport
from callcontrol.simulator.core.observations import (
    Changed,
    Conferenced,
    Fetched,
    Joined,
    Observation,
    Spoke,
    Started,
    Transferring,
)
from callcontrol.simulator.core.platform import Platform
from callcontrol.simulator.core.signals import NotSimulatedError
from callcontrol.simulator.core.webhooks import HttpRequest, WebhookReply
from callcontrol.simulator.errors import SimulatorError

__all__ = [
    "DivergedError",
    "Early",
    "ExplorationContext",
    "Segment",
    "Slow",
    "TimedTransport",
    "TrialCall",
]

LONGEST = 3600.0
"""Seconds of a call that pass by themselves until something has to happen."""
EARLY = 0.5
"""Seconds after the beginning of a document at which a caller hangs up early."""
MANY = 20
"""Documents that come by themselves until somebody may do something."""
CHANGES = (Started, Changed, Transferring, Joined, Conferenced)
"""What shows that the call has gone on: prompts that are only repeated do not."""


class DivergedError(Exception):
    """The call did not take the way that the same steps took before."""


@dataclass(frozen=True, slots=True)
class Early:
    """Something that is done soon after a document has begun, whatever it plays."""

    document: str
    """What the caller is given, ids aside."""
    step: Step


@dataclass(frozen=True, slots=True)
class Slow:
    """A reply that took long, in real seconds."""

    request: HttpRequest
    seconds: float


class TimedTransport:
    """Takes the time of every exchange, and lets quick ones cost no virtual time."""

    def __init__(self, carrier: Transport, taken: list[Slow]) -> None:
        self._carrier = carrier
        self._taken = taken

    def deliver(self, request: HttpRequest) -> WebhookReply:
        """Return the reply; a slow one takes the time that it took."""
        began = monotonic()
        reply = self._carrier.deliver(request)
        seconds = monotonic() - began
        self._taken.append(Slow(request, seconds))
        return _costing(reply, seconds if seconds >= QUICK else 0.0)

    def close(self) -> None:
        """Let go of connections and event loops."""
        self._carrier.close()


def _costing(reply: WebhookReply, seconds: float) -> WebhookReply:
    return WebhookReply(
        status=reply.status,
        body=reply.body,
        headers=reply.headers,
        seconds=seconds,
        failure=reply.failure,
        detail=reply.detail,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplorationContext:
    """Where all calls of one exploration take place."""

    order: CallRequest
    router: Router
    taken: list[Slow]
    """Every exchange of the segment under way."""
    viewer: StateReader
    platform: Platform | None = None
    """The one whose REST operations the application uses; None gives each call its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """From one scene of a call to the next."""

    before: State | None
    """None for the beginning of the call."""
    action: Action | None
    after: State
    script: tuple[Step, ...]
    """Everything that was done up to here."""
    seen: Sequence[Observation]
    troubles: Sequence[Trouble]
    errors: Sequence[ApplicationError]
    exchanges: Sequence[Slow]
    log: CallLog
    not_simulated: str = ""
    """What the call asked for that is not simulated."""
    documents: tuple[str, ...] = ()
    """What the caller was given, ids aside, in that order."""
    circles: bool = False
    """Whether one of them came again while nobody did anything."""
    left_early: bool = False
    """Whether the caller hung up during one of them."""


@dataclass(slots=True)
class LoopDetector:
    """Notices a document that comes again while nobody does anything."""

    viewer: StateReader
    documents: list[str] = field(default_factory=list[str])
    closed: bool = False
    _met: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])

    @staticmethod
    def is_document(seen: Observation) -> TypeGuard[Fetched]:
        """Whether a document has come for a leg."""
        kind = seen.event_type if isinstance(seen, Fetched) and seen.body.strip() else None
        return kind in RUN and not str(kind).startswith("conference")

    def observe(self, seen: Observation, *, own: bool) -> None:
        if not self.is_document(seen):
            return
        text = self.viewer.normalize(seen.body.decode("utf-8", "replace"))
        key = (seen.call_id, text)
        self.closed = self.closed or self._met[key] > 0
        self._met[key] += 1
        if own:
            self.documents.append(text)


class TrialCall:
    """One call, from its beginning to wherever the explorer wants it."""

    def __init__(self, ground: ExplorationContext, seed: int, early: Early | None = None) -> None:
        order = ground.order
        self.log = CallLog(order.to if order.outbound else order.from_, outbound=order.outbound)
        self._ground = ground
        self._player = Player(
            order,
            self.log,
            ground.router,
            on_observation=self._see,
            platform=ground.platform,
            seed=seed,
        )
        self._script: list[Step] = []
        self._circle = LoopDetector(self._ground.viewer)
        self._scene: State | None = None
        self._words = ""
        self._goes_on = False
        """Whether anything has begun since the last action; prompts that are repeated have not."""
        self._early = early
        self._left_early = False

    def begin(self) -> Segment:
        """Place the call and return what comes first."""
        return self._segment(None, self._place)

    def do(self, action: Action) -> Segment:
        """Do something and return what comes of it.

        Raises ``DivergedError`` if it cannot be done, because the call is elsewhere.
        """
        return self._segment(action, lambda: self._act(action))

    def leave(self) -> Segment:
        """Hang up if the call is up, and return what is reported when it is over."""
        return self._segment(HANG_UP, self._finish)

    # --- what happens ---------------------------------------------------------------------

    def _see(self, seen: Observation) -> None:
        own = self.log.own
        is_own = own is None or seen.call_id == own.call_id
        self._circle.observe(seen, own=is_own)
        if is_own and (isinstance(seen, Started) or self._circle.is_document(seen)):
            self._goes_on = True
            if not isinstance(seen, Started):
                self._words = ""  # what was said before belongs to another document
        elif is_own and isinstance(seen, Spoke) and self._goes_on:
            self._words = f"{self._words} {seen.text}".strip()

    def _segment(self, action: Action | None, act: Callable[[], None]) -> Segment:
        log, ground, before = self.log, self._ground, self._scene
        marks = len(log.seen), len(log.troubles), len(ground.router.errors)
        ground.taken.clear()
        self._circle, self._words, self._goes_on = LoopDetector(self._ground.viewer), "", False
        missing = ""
        try:
            act()
            self._player.settle()
            self._listen()
        except NotSimulatedError as error:
            missing = str(error)
        except SimulatorError as error:
            if action is None:  # the call could not be placed
                raise
            if not self.log.ended:  # else it has ended by itself meanwhile, which is a result
                raise DivergedError(str(error)) from error
        self._scene = ground.viewer.current_state(log, self._player.engine, self._words)
        return Segment(
            before=before,
            action=action,
            after=self._scene,
            script=tuple(self._script),
            seen=log.seen[marks[0] :],
            troubles=log.troubles[marks[1] :],
            errors=ground.router.errors[marks[2] :],
            exchanges=tuple(ground.taken),
            log=log,
            not_simulated=missing,
            documents=tuple(self._circle.documents),
            circles=self._circle.closed,
            left_early=self._left_early,
        )

    def _place(self) -> None:
        self._player.place()
        # An outbound call rings as soon as it is out of the queue.
        self._player.engine.run_until(lambda: not self._is_queued(), LONGEST)

    def _is_queued(self) -> bool:
        return self.log.own is not None and self.log.own.state == "queued"

    def _act(self, action: Action) -> None:
        if not action.steps:
            self._let_pass()
        for step in action.steps:
            if self.log.ended:
                break  # a recording that is full ends a message, for instance
            self._script.append(step)
            self._player.do(step)

    def _let_pass(self) -> None:
        """Let time pass until the call goes on, if it ever does."""
        mark = len(self.log.seen)
        began = self._player.engine.now

        def goes_on() -> bool:
            return any(isinstance(observation, CHANGES) for observation in self.log.seen[mark:])

        self._player.engine.run_until(goes_on, LONGEST)
        seconds = (self._player.engine.now - began).total_seconds()
        self._script.append(Step("wait", seconds=seconds))

    def _listen(self) -> None:
        """Let time pass until somebody is needed, the call is over or it goes in circles."""
        engine = self._player.engine
        began = engine.now
        engine.run_until(self._is_needed, LONGEST)
        early = self._early
        if early is not None and early.document in self._circle.documents:
            self._early = None
            engine.advance(EARLY)
            self._waited(began)
            self._do_early(early.step)
        elif self._player.is_idle():
            self._waited(began, longest=PATIENCE)
        else:
            self._waited(began)

    def _waited(self, began: datetime, *, longest: float = 0) -> None:
        """Write down how long it took, or only that somebody is needed if it was not too long."""
        seconds = (self._player.engine.now - began).total_seconds()
        if seconds > 0:
            plain = seconds <= longest
            self._script.append(Step("wait") if plain else Step("wait", seconds=seconds))

    def _do_early(self, step: Step) -> None:
        if self.log.ended:
            return
        self._left_early = step == HANG_UP.steps[0]
        self._script.append(step)
        self._player.do(step)
        self._listen()

    def _is_needed(self) -> bool:
        """Whether it is time to do something."""
        circle = self._circle
        is_early = self._early is not None and self._early.document in circle.documents
        is_enough = circle.closed or len(circle.documents) >= MANY
        return is_enough or is_early or self._player.is_idle()

    def _hang_up(self) -> None:
        if not self.log.ended:
            step = Step("decline") if self.log.own is self.log.ringing else Step("hang up")
            self._player.do(step)
            self._script.append(step)

    def _finish(self) -> None:
        self._hang_up()
        self._player.engine.advance(AFTERWARDS)  # as a script does at its end
