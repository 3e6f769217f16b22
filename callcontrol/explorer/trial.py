"""One call of an exploration: its actions, and what follows from each."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from time import monotonic
from typing import TypeGuard

from callcontrol.explorer.actions import HANG_UP, Action
from callcontrol.explorer.options import ExplorationOptions
from callcontrol.explorer.script_states import ScriptWait
from callcontrol.explorer.states import State, StateReader
from callcontrol.phone.call_log import RUN, CallLog, Trouble
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
from callcontrol.simulator.core.signals import NotSimulatedError
from callcontrol.simulator.core.webhooks import HttpRequest, PendingReply, WebhookReply
from callcontrol.simulator.errors import SimulatorError

LONGEST_WAIT = 3600.0
"""Virtual seconds that pass while no action is needed."""
EARLY = 0.5
"""Virtual seconds after the beginning of a document at which an early action happens."""
MAX_DOCUMENTS = 20
"""Documents that may follow each other without an action."""
PROGRESS = (Started, Changed, Transferring, Joined, Conferenced)
"""Observations that show progress in the call: repeated prompts do not."""


class DivergedError(Exception):
    """The call led elsewhere than the same steps had before."""


@dataclass(frozen=True, slots=True)
class EarlyAction:
    """A step soon after a document has begun, whatever the document plays."""

    document: str
    """Normalized."""
    step: Step


@dataclass(frozen=True, slots=True)
class TimedExchange:
    """A webhook and the time of its reply."""

    request: HttpRequest
    seconds: float
    """Real seconds, or virtual ones that the application let pass, if they are more."""
    handler: str | None = None
    """The function that replied; see ``WebhookReply.handler``."""


class TimedTransport:
    """Measures every exchange; quick replies cost no virtual time."""

    def __init__(self, transport: Transport, exchanges: list[TimedExchange]) -> None:
        self._transport = transport
        self._exchanges = exchanges

    def deliver(self, request: HttpRequest) -> WebhookReply | PendingReply:
        """Return the reply; a slow one takes as much virtual time as it took real time."""
        began = monotonic()
        return self._transport.deliver(request).map(partial(self._measure, request, began))

    def _measure(self, request: HttpRequest, began: float, reply: WebhookReply) -> WebhookReply:
        seconds = monotonic() - began
        self._exchanges.append(TimedExchange(request, max(seconds, reply.waited), reply.handler))
        return replace(reply, seconds=seconds if seconds >= QUICK else 0.0)

    def close(self) -> None:
        """Close connections and event loops."""
        self._transport.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplorationContext:
    """The values that all calls of one exploration share."""

    options: ExplorationOptions
    router: Router
    exchanges: list[TimedExchange]
    """Every exchange of the current segment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A call from one state to the next."""

    before: State | None
    """None for the beginning of the call."""
    action: Action | None
    after: State
    script: tuple[Step, ...]
    """Every step since the beginning of the call."""
    seen: Sequence[Observation]
    troubles: Sequence[Trouble]
    errors: Sequence[ApplicationError]
    exchanges: Sequence[TimedExchange]
    log: CallLog
    not_simulated: str = ""
    """The feature used by the call that is not simulated."""
    documents: tuple[str, ...] = ()
    """The caller's documents in order, normalized."""
    is_loop: bool = False
    """Whether a document came again without an action in between."""
    left_early: bool = False
    """Whether the caller hung up during a document."""


@dataclass(slots=True)
class LoopDetector:
    """Detects a document that comes again without an action in between."""

    reader: StateReader
    documents: list[str] = field(default_factory=list[str])
    is_loop: bool = False
    _counts: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])

    @staticmethod
    def is_document(seen: Observation) -> TypeGuard[Fetched]:
        """Return whether an observation is the document of a call leg."""
        kind = seen.event_type if isinstance(seen, Fetched) and seen.body.strip() else None
        return kind in RUN and not str(kind).startswith("conference")

    def observe(self, seen: Observation, *, is_own: bool) -> None:
        """Count a document; ``is_own`` marks those of the caller."""
        if not self.is_document(seen):
            return
        text = self.reader.normalize(seen.body.decode("utf-8", "replace"))
        text += self.reader.script_key(seen.call_id)
        key = (seen.call_id, text)
        self.is_loop = self.is_loop or self._counts[key] > 0
        self._counts[key] += 1
        if is_own:
            self.documents.append(text)


class TrialCall:
    """One call, from its beginning to the state that the search wants."""

    def __init__(
        self, context: ExplorationContext, seed: int, early: EarlyAction | None = None
    ) -> None:
        options = context.options
        request = options.request
        number = request.to if request.outbound else request.from_
        self.log = CallLog(number, outbound=request.outbound)
        self._context = context
        self._reader = options.reader
        self._player = Player(
            request,
            self.log,
            context.router,
            on_observation=self._on_observation,
            platform=options.platform,
            seed=seed,
        )
        self._script: list[Step] = []
        self._loop = LoopDetector(self._reader)
        self._state: State | None = None
        self._words = ""
        """The texts that the caller has heard since the last document."""
        self._has_progressed = False
        """Whether a verb or a document has begun since the last action."""
        self._early = early
        self._left_early = False

    def begin(self) -> Segment:
        """Place the call and return the segment up to the first state."""
        return self._segment(None, self._place)

    def do(self, action: Action) -> Segment:
        """Do an action and return the segment up to the next state.

        :raises DivergedError: if the action is not possible, because the call is elsewhere.
        """
        return self._segment(action, lambda: self._perform(action))

    def leave(self) -> Segment:
        """Hang up if the call is active, and return the segment after its end."""
        return self._segment(HANG_UP, self._finish)

    def _on_observation(self, seen: Observation) -> None:
        own = self.log.own
        is_own = own is None or seen.call_id == own.call_id
        self._loop.observe(seen, is_own=is_own)
        if is_own and (isinstance(seen, Started) or self._loop.is_document(seen)):
            self._has_progressed = True
            if not isinstance(seen, Started):
                self._words = ""  # earlier words belong to another document
        elif is_own and isinstance(seen, Spoke) and self._has_progressed:
            self._words = f"{self._words} {seen.text}".strip()

    def _segment(self, action: Action | None, perform: Callable[[], None]) -> Segment:
        log, context, before = self.log, self._context, self._state
        seen, troubles, errors = len(log.seen), len(log.troubles), len(context.router.errors)
        context.exchanges.clear()
        self._loop, self._words = LoopDetector(self._reader), ""
        self._has_progressed = False
        not_simulated = self._attempt(action, perform)
        self._state = self._reader.current_state(log, self._player.engine, self._words)
        return Segment(
            before=before,
            action=action,
            after=self._state,
            script=tuple(self._script),
            seen=log.seen[seen:],
            troubles=log.troubles[troubles:],
            errors=context.router.errors[errors:],
            exchanges=tuple(context.exchanges),
            log=log,
            not_simulated=not_simulated,
            documents=tuple(self._loop.documents),
            is_loop=self._loop.is_loop,
            left_early=self._left_early,
        )

    def _attempt(self, action: Action | None, perform: Callable[[], None]) -> str:
        """Perform an action up to the next state; return the feature that is not simulated."""
        try:
            perform()
            self._player.settle()
            self._run_until_input()
        except NotSimulatedError as error:
            return str(error)
        except SimulatorError as error:
            if action is None:  # the call could not be placed
                raise
            if not self.log.ended:  # an end of the call meanwhile is a result
                raise DivergedError(str(error)) from error
        return ""

    def _place(self) -> None:
        self._player.place()
        # An outbound call rings as soon as it leaves the queue.
        log, engine = self.log, self._player.engine
        engine.run_until(lambda: log.own is None or log.own.state != "queued", LONGEST_WAIT)

    def _perform(self, action: Action) -> None:
        if not action.steps:
            self._let_time_pass()
        for step in action.steps:
            if self.log.ended:
                break  # a recording at its maximum length ends a message, for instance
            self._script.append(step)
            self._player.do(step)

    def _let_time_pass(self) -> None:
        """Let virtual time pass until there is progress in the call, or the end of a hold."""
        seen = len(self.log.seen)
        began = self._player.engine.now

        def has_progressed() -> bool:
            return any(isinstance(observation, PROGRESS) for observation in self.log.seen[seen:])

        wait = None if self.log.own is None else self._reader.wait_of(self.log.own.call_id)
        if wait is not None and wait.is_hold and wait.timeout is not None:
            self._let_hold_pass(wait, wait.timeout)
        else:
            self._player.engine.run_until(has_progressed, LONGEST_WAIT)
        seconds = (self._player.engine.now - began).total_seconds()
        self._script.append(Step("wait", seconds=seconds))

    def _let_hold_pass(self, wait: ScriptWait, timeout: float) -> None:
        """Let time pass until a script no longer waits for another program."""
        own, seen = self.log.own, len(self.log.seen)

        def is_over() -> bool:
            nonlocal seen
            news, seen = self.log.seen[seen:], len(self.log.seen)
            if own is None or not any(isinstance(observation, Fetched) for observation in news):
                return False
            now = self._reader.wait_of(own.call_id)
            return now is None or now.step != wait.step

        self._player.engine.run_until(is_over, timeout + LONGEST_WAIT)
        self._loop = LoopDetector(self._reader)  # the rounds of the hold are no loop

    def _run_until_input(self) -> None:
        """Let virtual time pass until an action is needed, the call ends or documents repeat."""
        engine = self._player.engine
        began = engine.now
        engine.run_until(self._needs_action, LONGEST_WAIT)
        early = self._early
        if early is not None and early.document in self._loop.documents:
            self._early = None
            engine.advance(EARLY)
            self._add_wait(began)
            self._do_early(early.step)
        elif self._player.is_idle():
            self._add_wait(began, longest=PATIENCE)
        else:
            self._add_wait(began)

    def _add_wait(self, began: datetime, *, longest: float = 0) -> None:
        """Add a wait to the script: without a duration up to ``longest`` seconds."""
        seconds = (self._player.engine.now - began).total_seconds()
        if seconds > 0:
            self._script.append(
                Step("wait") if seconds <= longest else Step("wait", seconds=seconds)
            )

    def _do_early(self, step: Step) -> None:
        if self.log.ended:
            return
        self._left_early = step == HANG_UP.steps[0]
        self._script.append(step)
        self._player.do(step)
        self._run_until_input()

    def _needs_action(self) -> bool:
        loop = self._loop
        is_early = self._early is not None and self._early.document in loop.documents
        is_enough = loop.is_loop or len(loop.documents) >= MAX_DOCUMENTS
        return is_enough or is_early or self._player.is_idle()

    def _finish(self) -> None:
        if not self.log.ended:
            step = Step("decline") if self.log.own is self.log.ringing else Step("hang up")
            self._player.do(step)
            self._script.append(step)
        self._player.engine.advance(AFTERWARDS)  # as a script does at its end
