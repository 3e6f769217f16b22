"""From the journal to a live run: the script is replayed up to its pending await."""

import json
from collections.abc import Coroutine
from functools import partial
from typing import Any, cast

from callcontrol.events import CallEvent, DisconnectEvent
from callcontrol.scripts.asks import Ask, Task
from callcontrol.scripts.call import Call
from callcontrol.scripts.call_base import CallContext
from callcontrol.scripts.errors import ScriptChangedError
from callcontrol.scripts.execution import Begin, Execution
from callcontrol.scripts.journals.model import Run
from callcontrol.scripts.journals.protocol import Journal
from callcontrol.scripts.live import LegLog, LiveRun, LiveRuns
from callcontrol.scripts.resolutions import Resolution
from callcontrol.scripts.script import ScriptRegistry

AFTER = "after "
"""Begins the legs of functions that are called for an event after the call."""


class UnknownVersionError(Exception):
    """This process does not have the script of a run, or not its version."""


class Loader:
    """Gives the live functions of runs; used under the lock of the run."""

    def __init__(
        self, journal: Journal, registry: ScriptRegistry, context: CallContext, cache: LiveRuns
    ) -> None:
        self._journal = journal
        self._registry = registry
        self._context = context
        self.cache = cache

    def load(self, run: Run) -> LiveRun:
        """Return a run as the journal has it.

        :raises UnknownVersionError: if this process does not have its script.
        :raises ScriptChangedError: if its script does something else now.
        """
        script = self._registry.find(run.script, run.version)
        if script is None:
            raise UnknownVersionError(run.script, run.version)
        live = self.cache.take(run.run_id)
        if live is not None and self._is_current(live):
            live.renew(run)
            return live
        if live is not None:
            live.put_away()
        live = LiveRun(run, script)
        live.add(self._journal.entries(run.run_id))
        try:
            self.leg(live, "")
        except BaseException:
            live.put_away()
            raise
        return live

    def _is_current(self, live: LiveRun) -> bool:
        """Return whether no other process has gone on with a run."""
        return not any(
            self._journal.entry(
                live.run.run_id, (execution.address.leg, execution.address.step, "event", 0)
            )
            for execution in live.executions.values()
            if execution.pending is not None
        )

    def leg(self, live: LiveRun, leg: str) -> Execution:
        """Return the function of a leg, replayed as far as its steps were answered."""
        if leg not in live.executions:
            _replay(self.new(live, leg), live.log(leg), live.run)
        return live.executions[leg]

    def new(self, live: LiveRun, leg: str) -> Execution:
        """Return the function of a leg, at its beginning."""
        execution = Execution(live.run.run_id, leg, lambda _: None)
        execution.set_begin(self._begin(live, leg, execution))
        live.executions[leg] = execution
        return execution

    def _begin(self, live: LiveRun, leg: str, execution: Execution) -> Begin:
        if leg.startswith(AFTER):
            return partial(self._begin_after, live, execution)
        if leg:
            return partial(self._begin_whisper, live, execution)
        return partial(self._begin_call, live, execution)

    def _call(self, live: LiveRun, execution: Execution, first: Resolution) -> Call:
        event = cast(CallEvent, first.event())
        return Call(execution, self._context, event, json.loads(live.run.arguments))

    def _begin_call(
        self, live: LiveRun, execution: Execution, first: Resolution
    ) -> Coroutine[Any, Any, object] | None:
        function = live.script.function
        if first.name == "disconnect":
            event = cast(DisconnectEvent, first.event())
            execution.ended = event.cause or "unknown"
            if live.script.unanswered is None:
                return None
            function = live.script.unanswered
        return function(self._call(live, execution, first))

    def _begin_whisper(
        self, live: LiveRun, execution: Execution, first: Resolution
    ) -> Coroutine[Any, Any, object] | None:
        answered = live.main.answering(execution.address.leg)
        if answered is None or first.kind != "event":
            return None
        return answered.function(self._call(live, execution, first))

    def _begin_after(
        self, live: LiveRun, execution: Execution, first: Resolution
    ) -> Coroutine[Any, Any, object] | None:
        handler = live.script.handlers.get(first.name)
        execution.ended = "hangup"
        if handler is None:
            return None
        return handler(self._call(live, execution, first), first.event())


def _replay(execution: Execution, log: LegLog, run: Run) -> None:
    """Bring a new function to the step that was answered last."""
    execution.is_replayed, execution.has_invalid = True, log.has_invalid
    while execution.pending is not None and execution.address.step in log.replies:
        step = execution.address.step
        found = log.event(step)
        if found is None:
            raise ScriptChangedError(_lost(run, step))
        _expect_same(execution.pending, log, step, run)
        execution.resume(found, partial(recorded_result, log, run, step))
        execution.drop_document()
        _expect_as_far(execution, log, step, run)
    execution.is_replayed = False
    if execution.pending is not None:
        _expect_same(execution.pending, log, execution.address.step, run)


def recorded_result(log: LegLog, run: Run, step: int, task: Task, index: int) -> Resolution:
    """Return the result of a function that was called before."""
    text = log.results.get((step, index))
    if text is None:
        shown = f"`run` at {task.place}, which it did not call before"
        raise ScriptChangedError(changed_text(run, step, shown))
    return Resolution.of_text(text)


def _expect_same(pending: Ask, log: LegLog, step: int, run: Run) -> None:
    """Refuse another await than the one that the journal has for a step."""
    expected = log.asked.get(step)
    if expected is not None and expected != pending.kind:
        shown = f"{pending.kind} at {pending.place} in place of {expected}"
        raise ScriptChangedError(changed_text(run, step, shown))


def _expect_as_far(execution: Execution, log: LegLog, step: int, run: Run) -> None:
    """Refuse an end, or fewer calls of ``run``, before the next await that the journal has."""
    if step + 1 in log.asked and execution.pending is None:
        end = f"raises {type(execution.error).__name__}" if execution.error else "ends"
        shown = f"{end} in place of {log.asked[step + 1]}"
        raise ScriptChangedError(changed_text(run, step + 1, shown))
    if log.results_of(step) != execution.tasks:
        shown = f"calls `run` {execution.tasks} times in place of {log.results_of(step)}"
        raise ScriptChangedError(changed_text(run, step, shown))


def changed_text(run: Run, step: int, shown: str) -> str:
    """Return the text about a script that does something else than before."""
    return (
        f"{run.script}@{run.version}, await {step}: the code has changed under a running call: "
        f"{shown}; give the changed script a new version, and keep the old one until its calls end"
    )


def _lost(run: Run, step: int) -> str:
    return f"{run.script}@{run.version}: the journal has no event for await {step}"
