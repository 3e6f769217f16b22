"""A function of a script while it runs: driven from await to await, without an event loop."""

from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any, Literal

from bxml import Hangup, Pause, Verb
from callcontrol.scripts.addresses import Address
from callcontrol.scripts.asks import (
    START,
    Ask,
    CallStep,
    PutAwayError,
    Stuck,
    Task,
    Whisper,
    WhisperRefusedError,
)
from callcontrol.scripts.errors import CallEndedError, ScriptMistakeError
from callcontrol.scripts.mistakes import (
    NO_LOOP,
    foreign_await,
    forgotten_await,
    hanging_on,
    is_loop_error,
    of_another_call,
    repeating_run,
    returned_value,
)
from callcontrol.scripts.resolutions import Resolution
from callcontrol.scripts.tasks import kept, result_of

MOST_ENDED = 100
"""Awaits after the end of a call, each of which raises, before a script counts as a loop."""
MOST_TASKS = 1000
"""Functions that are called between two events, before a script counts as a loop."""
_LEAST = Pause(duration=0.1)
"""An empty document would hang up the callee of a Transfer."""

Outcome = Literal["running", "returned", "refused", "left", "failed"]
Perform = Callable[[Task, int], Resolution]
"""Runs a task, or returns what it ended with when it ran before."""
Begin = Callable[[Resolution], "Coroutine[Any, Any, object] | None"]
"""Makes the coroutine from the first event; None if there is no function for it."""


class Execution:
    """One function: the script of a call, or a whisper, or what is called after a call.

    ``address.step`` counts its awaits; step 0 is the first webhook.
    """

    def __init__(self, run_id: str, leg: str, begin: Begin) -> None:
        self.address = Address(run_id, leg, 0)
        self.pending: Ask | None = START
        self.outcome: Outcome = "running"
        self.value: object = None
        self.error: BaseException | None = None
        self.ended: str | None = None
        self.now = self.seen = self.asked_at = 0.0
        self.first_waits: dict[str, float] = {}
        self.is_replayed = False
        self.has_invalid = False
        """Whether the script has made a verb that was refused."""
        self.call_id: str | None = None
        """Id of the call or leg, from the first event."""
        self._begin = begin
        self._coroutine: Coroutine[Any, Any, object] | None = None
        self._queue: list[Verb] = []
        self._closed: tuple[Verb, ...] | None = None
        self._made: list[CallStep[Any]] = []
        self._awaited: set[int] = set()
        self._ends = self._tasks = 0
        self._is_driving = self._is_gone = False

    # --- called by verbs --------------------------------------------------------------------

    @property
    def next(self) -> Address:
        """The address of the next await, which the queued verbs are sent with."""
        run_id, leg, step = self.address.run_id, self.address.leg, self.address.step
        return Address(run_id, leg, step + 1)

    @property
    def task_key(self) -> str:
        """Text that no other ``run`` has: the same whenever this one is repeated."""
        return f"{self.address.run_id}/{self.address.leg}/{self.address.step}/{self._tasks}"

    @property
    def is_whisper(self) -> bool:
        """Whether it runs for the callee of a Transfer."""
        return bool(self.address.leg) and not self.address.leg.startswith("after ")

    def say(self, verb: Verb) -> None:
        """Queue a verb; after the end of the call nothing is said."""
        if not self._is_gone and self.ended is None:
            self._queue.append(verb)

    def close(self, verb: Verb | None = None, cause: str = "hangup") -> None:
        """End the document with a verb; the function goes on without the call."""
        if self.ended is None:
            self._closed = (*self._queue, *(() if verb is None else (verb,)))
            self._queue.clear()
            self.ended = cause

    @property
    def skips_verbs(self) -> bool:
        """Whether verbs need not be made, because their documents were sent."""
        return self.is_replayed and not self.has_invalid

    def step(self, ask: Ask | Task) -> CallStep[Any]:
        """Return an awaitable that hands ``ask`` to the runtime."""
        made = CallStep[Any](self, ask)
        self._made.append(made)
        return made

    def awaited(self, step: object) -> None:
        """Note that a step is not forgotten: it is awaited, or part of another."""
        self._awaited.add(id(step))

    def begin(self, step: CallStep[Any]) -> Ask | Task | Stuck:
        """Return what an await hands out; raise instead what it cannot wait for."""
        ask = step.ask
        if self._is_gone:
            return self._end(PutAwayError(), ask)
        if not self._is_driving:
            raise of_another_call(ask)
        self.awaited(step)
        self._expect_nothing_forgotten()
        if isinstance(ask, Task):
            return ask if self._tasks < MOST_TASKS else Stuck(repeating_run(ask, MOST_TASKS))
        if ask.closes is not None:
            self.close(ask.closes, ask.kind.lower())
        if self.ended is None or not ask.needs_call:
            return ask
        if ask.task is not None:
            return ask.task
        return self._end(CallEndedError(self.ended), ask)

    def _end(self, error: BaseException, ask: Ask | Task) -> Stuck:
        """Raise what ends the function; what has caught it too often is stopped instead."""
        self._ends += 1
        if self._ends > MOST_ENDED:
            return Stuck(hanging_on(ask, MOST_ENDED))
        raise error

    def _expect_nothing_forgotten(self) -> None:
        made, self._made = self._made, []
        forgotten = [step.ask for step in made if id(step) not in self._awaited]
        self._awaited.clear()
        if forgotten:
            raise forgotten_await(forgotten[0])

    @property
    def is_over(self) -> bool:
        """Whether the call has ended by itself, so that no document reaches it."""
        return self.ended is not None and self._closed is None

    def set_begin(self, begin: Begin) -> None:
        """Set what makes the coroutine."""
        self._begin = begin

    def answering(self, leg: str) -> Whisper[Any] | None:
        """Return the whisper of the pending Transfer, if the leg is one of its callees."""
        of_step = leg.partition(".")[0] == str(self.address.step)
        return self.pending.answered if self.pending is not None and of_step else None

    @property
    def coroutine(self) -> Coroutine[Any, Any, object] | None:
        """The function as it runs; None before it begins, and once it is put away."""
        return self._coroutine

    @property
    def tasks(self) -> int:
        """How many functions were called since the last event."""
        return self._tasks

    # --- called by the runtime --------------------------------------------------------------

    def resume(self, resolution: Resolution, perform: Perform) -> None:
        """Go on from the pending await to the next one, or to the end of the function."""
        ask, self.pending = self.pending, None
        assert ask is not None  # noqa: S101 - a finished function is not resumed
        self.now = max(self.now, resolution.at)
        self.seen = max(self.seen, self.now)
        self._tasks = 0
        if resolution.kind == "ended":
            self.ended = str(resolution.value)
            self._queue.clear()
        if self._coroutine is None:
            self.call_id = _call_id(resolution)
            self._coroutine = self._begin(resolution)
            if self._coroutine is None:
                self.outcome = "returned"
                return
        self._drive(self._answer(ask.read, resolution), perform)

    def _answer(
        self, read: Callable[[Resolution], object], resolution: Resolution
    ) -> Callable[[], object]:
        """Return the call that hands a resolution to the coroutine."""
        assert self._coroutine is not None  # noqa: S101 - it has begun
        try:
            return partial(self._coroutine.send, read(resolution))
        except Exception as error:  # noqa: BLE001 - the await raises it
            return partial(self._coroutine.throw, error)

    def _drive(self, step: Callable[[], object], perform: Perform) -> None:
        self._is_driving = True
        try:
            while self.outcome == "running" and self.pending is None:
                asked = self._advance(step)
                if isinstance(asked, Task):
                    self._tasks += 1
                    step = self._answer(result_of, perform(asked, self._tasks - 1))
                elif isinstance(asked, Stuck):
                    self.fail(asked.error)
                    self.leave()
                elif isinstance(asked, Ask):
                    self.address = self.next
                    self._ask(asked)
                elif self.outcome == "running":
                    step = self._refuse(asked)
        finally:
            self._is_driving = False

    def _ask(self, asked: Ask) -> None:
        self.pending, self.asked_at = asked, self.now
        for _, name in asked.wanted:
            self.first_waits.setdefault(name, self.now)

    @property
    def waits_since(self) -> float:
        """When it first waited for what it waits for now: another wait keeps the place."""
        wanted = () if self.pending is None else self.pending.wanted
        return min((self.first_waits[name] for _, name in wanted), default=0.0)

    def _refuse(self, asked: object) -> Callable[[], object]:
        assert self._coroutine is not None  # noqa: S101 - it has begun
        return partial(self._coroutine.throw, foreign_await(asked))

    def _advance(self, step: Callable[[], object]) -> object:
        """Run to the next await and return what it hands out; note how the function ended."""
        try:
            return step()
        except StopIteration as stop:
            self._return(stop.value)
        except CallEndedError:
            self.outcome = "left"
        except WhisperRefusedError:
            self.outcome = "refused"
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - reported by the runner; sys.exit too
            self.fail(error)
        return None

    def _return(self, value: object) -> None:
        self.outcome = "returned"
        try:
            self._expect_nothing_forgotten()
            if self.is_whisper:
                self.value = kept(value, "whisper")
            elif value is not None:
                raise returned_value(value)
        except ScriptMistakeError as error:
            self.fail(error)

    def fail(self, error: BaseException) -> None:
        """Note that the function cannot go on."""
        if is_loop_error(error):
            error.add_note(NO_LOOP)
        self.outcome, self.error = "failed", error

    def take_document(self) -> list[Verb]:
        """Return the verbs before the pending await, or the last ones of the call."""
        queue, self._queue = self._queue, []
        if self._closed is not None:
            return list(self._closed)
        if self.pending is not None:
            return queue
        if not self.is_whisper:
            return [*queue, Hangup()]
        return [*queue, *([] if self.outcome == "returned" else [Hangup()])] or [_LEAST]

    def drop_document(self) -> None:
        """Forget what was said: another process has sent it."""
        self._queue.clear()

    def put_away(self) -> None:
        """Leave the function without running it further: nothing it does now has an effect."""
        self._is_gone = True
        if self.outcome == "running":
            self.leave()

    def leave(self) -> None:
        """Unwind the function; what catches everything is dropped where it stands."""
        self._is_gone = True
        coroutine, self._coroutine = self._coroutine, None
        if coroutine is None:
            return
        with suppress(BaseException):
            for _ in range(MOST_ENDED):
                coroutine.throw(PutAwayError())
            coroutine.close()

    def __del__(self) -> None:
        self.put_away()


def _call_id(first: Resolution) -> str | None:
    return getattr(first.event(), "call_id", None) if first.kind == "event" else None
