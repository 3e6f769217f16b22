"""One step of a run: feed the function, run it to its next await, write, and reply."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

from bxml import Document, Pause, Response, ValidationError, Verb
from callcontrol.events import TransferDisconnectEvent, parse_event
from callcontrol.scripts.asks import START, Ask, Task
from callcontrol.scripts.error_texts import error_line, error_lines
from callcontrol.scripts.execution import Execution, Outcome
from callcontrol.scripts.inbox import surplus, taken_by
from callcontrol.scripts.journals.model import Entry, Run, RunState
from callcontrol.scripts.journals.protocol import Journal
from callcontrol.scripts.links import Links
from callcontrol.scripts.live import INVALID, LiveRun
from callcontrol.scripts.loading import AFTER, Loader
from callcontrol.scripts.reading import ends_call
from callcontrol.scripts.resolutions import Resolution
from callcontrol.scripts.talk import TalkOutcome, talk_resolution
from callcontrol.scripts.tasks import called, called_in_time
from callcontrol.scripts.writing import Unit

_LOGGER = logging.getLogger("callcontrol.scripts")
SILENCE = Pause(duration=5)
"""A round of a wait without a hold."""
_HOLD_FAILED = "the hold of %s at %s has failed"


_TALKS: Mapping[Outcome, TalkOutcome] = {
    "running": "left",
    "returned": "talked",
    "refused": "refused",
    "left": "left",
    "failed": "failed",
}
"""Outcome of a Transfer by the end of its whisper."""


@dataclass(frozen=True, slots=True)
class Performing:
    """Where a function of a script asks for the result of another."""

    live: LiveRun
    execution: Execution
    unit: Unit
    step: int


@dataclass(frozen=True, slots=True)
class Advanced:
    """The steps that one resolution has brought to an end, and the document that follows them."""

    steps: tuple[int, ...]
    document: str


class Advancer:
    """Resolves steps; used under the lock of the run."""

    def __init__(self, journal: Journal, loader: Loader, links: Links, on_error: Document) -> None:
        self._journal = journal
        self._loader = loader
        self._links = links
        self._on_error = on_error

    def drain(self, live: LiveRun, *, push: bool = False) -> Advanced | None:
        """Let pending awaits take what is in the inbox; return the last step of the call itself."""
        last = self.settle(live, push=push)
        # A document that was not sent yet must be heard before another message replaces it.
        for execution in [*live.executions.values()] if last is None else ():
            taken = taken_by(execution, live.inbox(self._journal))
            if taken is not None:
                done = self.advance(live, execution, *taken, push=push)
                last = done if execution is live.main else last
        self._after(live)
        self._clear(live)
        return last

    def settle(self, live: LiveRun, *, push: bool = False) -> Advanced | None:
        """Go on where a process has died: with an event that was written without its reply."""
        last: Advanced | None = None
        for leg in [leg for leg, log in live.logs.items() if not log.is_settled]:
            execution = self._loader.leg(live, leg)
            found = live.log(leg).event(execution.address.step)
            if found is not None and execution.pending is not None:
                done = self.advance(live, execution, found, (), push=push)
                last = done if execution is live.main else last
        return last

    def _after(self, live: LiveRun) -> None:
        """Call the functions for events that come after the script."""
        if live.main.pending is not None:
            return
        for message in live.inbox(self._journal):
            if message.kind == "event" and message.name in live.script.handlers:
                execution = self._loader.leg(live, f"{AFTER}{message.message_id}")
                found = Resolution.of_event(parse_event(message.value), live.main.seen)
                self.advance(live, execution, found, (message.message_id,))

    def _clear(self, live: LiveRun) -> None:
        unit = Unit(self._journal, live)
        unit.take(surplus(live.main, live.inbox(self._journal)))
        unit.flush()

    def advance(
        self,
        live: LiveRun,
        execution: Execution,
        resolution: Resolution,
        taken: tuple[str, ...],
        *,
        push: bool = False,
    ) -> Advanced:
        """Resolve the pending await, and those that follow whose messages are there already."""
        unit = Unit(self._journal, live)
        steps: list[int] = []
        found: Resolution | None = resolution
        while found is not None:
            step = execution.address.step
            steps.append(step)
            found = self._settled(live, execution, found, unit)
            unit.add(_entry(execution, step, "event", found.text))
            unit.take(taken)
            execution.resume(found, partial(self._perform, Performing(live, execution, unit, step)))
            if ends_call(found):
                execution.ended = "refer"
            if execution.pending is not None:
                unit.add(_entry(execution, step + 1, "asked", execution.pending.kind))
            found, taken = self._early(live, execution)
        return self._write(live, execution, unit, tuple(steps), push=push)

    def _early(
        self, live: LiveRun, execution: Execution
    ) -> tuple[Resolution | None, tuple[str, ...]]:
        """Return what ends the new await at once, so that its document is not needed."""
        if execution.pending is None:
            return None, ()
        written = live.log(execution.address.leg).event(execution.address.step)
        if written is not None:
            return written, ()
        return taken_by(execution, live.inbox(self._journal)) or (None, ())

    def _settled(
        self, live: LiveRun, execution: Execution, found: Resolution, unit: Unit
    ) -> Resolution:
        """Return the resolution to write: of a Transfer with its outcome, of a secret without."""
        pending = cast(Ask, execution.pending)
        if execution is live.main and pending.kind.removeprefix("first ").startswith("Transfer"):
            seconds = self._seconds(live, unit)
            whispered = self._end_whispers(live, execution)
            if found.name == "transferComplete" and found.kind == "event":
                return talk_resolution(found, whispered, seconds)
        return found if pending.settle is None else pending.settle(found)

    def _seconds(self, live: LiveRun, unit: Unit) -> float | None:
        """Take the ends of all callees' legs; return for how long the one was up that answered."""
        seconds: float | None = None
        for message in live.inbox(self._journal):
            if message.name == "transferDisconnect":
                unit.take((message.message_id,))
                event = cast(TransferDisconnectEvent, parse_event(message.value))
                if event.answer_time is not None and event.end_time is not None:
                    seconds = (event.end_time - event.answer_time).total_seconds()
        return seconds

    def _end_whispers(self, live: LiveRun, parent: Execution) -> tuple[TalkOutcome, object] | None:
        """End the whispers of the pending Transfer; return the outcome of the one that began."""
        prefix = f"{parent.address.step}."
        found: tuple[TalkOutcome, object] | None = None
        for leg in [leg for leg in live.logs if leg.startswith(prefix)]:
            execution = self._loader.leg(live, leg)
            if execution.pending is START:
                continue
            if execution.pending is not None:
                ended = Resolution("ended", "hangup", "transferComplete", parent.seen)
                self.advance(live, execution, ended, ())
            found = _TALKS[execution.outcome], execution.value
        return found

    def _perform(self, at: Performing, task: Task, index: int) -> Resolution:
        """Call a function, once: its result is written before the script sees it."""
        leg = at.execution.address.leg
        recorded = at.live.log(leg).results.get((at.step, index))
        if recorded is not None:
            return Resolution.of_text(recorded)
        at.unit.flush()
        found = (called if at.execution.ended is not None else called_in_time)(task)
        at.unit.add(Entry(leg, at.step, "result", index, found.text))
        at.unit.flush()
        return found

    def _write(
        self,
        live: LiveRun,
        execution: Execution,
        unit: Unit,
        steps: tuple[int, ...],
        *,
        push: bool,
    ) -> Advanced:
        run = _updated(live.run, execution) if execution is live.main else live.run
        if not live.run.call_id and run.call_id:
            unit.route(run.call_id)
        pending = execution.pending
        if pending is not None and callable(pending.hold):
            unit.run = run
            unit.flush()
        text = self.document(execution)
        if execution.outcome == "failed":
            run = self._failed(execution, unit, steps[-1], run, live)
        if push and execution is live.main:
            run = replace(run, pushing=f"{execution.address.leg}/{steps[-1]}")
        if execution.has_invalid:
            unit.add(Entry(execution.address.leg, 0, "note", INVALID, "a verb was refused"))
        for step in steps:
            unit.add(_entry(execution, step, "reply", text))
        unit.run = run
        unit.flush()
        return Advanced(steps, text)

    def document(self, execution: Execution) -> str:
        """Return the document up to the pending await, or the last one."""
        if execution.outcome != "failed":
            try:
                return self._script_document(execution)
            except ValidationError as error:
                execution.fail(error)
        verbs = execution.take_document() if execution.is_whisper else self._on_error.verbs
        return Response(*verbs).to_bxml()

    def _script_document(self, execution: Execution) -> str:
        verbs = execution.take_document()
        pending = execution.pending
        if pending is not None and execution.ended is None:
            verbs += self.waiting_verbs(execution, pending)
        return Response(*verbs).to_bxml()

    def waiting_verbs(self, execution: Execution, pending: Ask) -> Sequence[Verb]:
        """Return the verbs that a pending await waits with."""
        if pending.hold is None:
            return pending.verbs(execution.address)
        return (*_held(pending), self._links.redirect(execution.address))

    def hold(self, execution: Execution) -> str:
        """Return the document of a further round."""
        pending = execution.pending
        assert pending is not None  # noqa: S101 - it waits
        try:
            return Response(*self.waiting_verbs(execution, pending)).to_bxml()
        except ValidationError:
            _LOGGER.exception(_HOLD_FAILED, pending.kind, pending.place)
        return Response(SILENCE, self._links.redirect(execution.address)).to_bxml()

    def _failed(self, execution: Execution, unit: Unit, step: int, run: Run, live: LiveRun) -> Run:
        error = execution.error
        assert error is not None  # noqa: S101 - see Execution.fail
        unit.add(_entry(execution, step, "note", error_lines(error)))
        _LOGGER.error(
            "the script of call %s has failed (%s@%s)",
            run.call_id,
            run.script,
            run.version,
            exc_info=error,
        )
        if execution is not live.main:
            return run
        return replace(run, state="failed", detail=error_line(error))


def _entry(execution: Execution, step: int, kind: str, value: str) -> Entry:
    return Entry(execution.address.leg, step, kind, 0, value)  # type: ignore[arg-type]


def _held(pending: Ask) -> Sequence[Verb]:
    hold = pending.hold
    try:
        made = hold() if callable(hold) else hold
        return (made,) if isinstance(made, Verb) else tuple(made or (SILENCE,))
    except KeyboardInterrupt:
        raise
    except BaseException:  # sys.exit too
        _LOGGER.exception(_HOLD_FAILED, pending.kind, pending.place)
        return (SILENCE,)


def _updated(run: Run, execution: Execution) -> Run:
    """Return the run as it is after a step of the call itself."""
    pending = execution.pending
    names = () if pending is None else tuple(name for _, name in pending.wanted)
    state: RunState = "running" if pending is not None else "ended"
    return replace(
        run,
        state=state,
        call_id=run.call_id or execution.call_id or "",
        updated_at=execution.seen,
        waiting_for=names,
        waiting_since=execution.waits_since,
    )
