"""Replays of calls for tests: a script has to do the same each time, and nothing to the world."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from callcontrol.scripts.advancing import Advancer
from callcontrol.scripts.auditing import ActedError, watched
from callcontrol.scripts.errors import ScriptChangedError, ScriptError
from callcontrol.scripts.execution import Execution
from callcontrol.scripts.journals.model import Entry, Run
from callcontrol.scripts.live import LegLog, LiveRun
from callcontrol.scripts.loading import Loader, recorded_result
from callcontrol.scripts.script import ScriptRegistry

_Texts = Mapping[tuple[str, int], str]
"""Documents that were sent, by leg and step."""
_ADDRESS = re.compile(r'"[^"<>?]*[?]run=[^"<>?]*"')
"""An attribute with an address: processes may have different public URLs."""
_SHOWN = 40
"""Characters of documents around a difference."""


class ReplayDifferenceError(ScriptError):
    """A script did something else when a call was replayed; each line of the text is one case."""


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """A run, and all that the journal has of it."""

    run: Run
    entries: tuple[Entry, ...]


class Replayer:
    """Replays runs with new objects, and compares awaits, results and documents."""

    def __init__(self, loader: Loader, advancer: Advancer, registry: ScriptRegistry) -> None:
        self._loader = loader
        self._advancer = advancer
        self._registry = registry

    def findings(self, recorded: RecordedRun) -> Iterator[str]:
        """Yield what a replay does in another way; none for a run whose script is not here."""
        run = recorded.run
        script = self._registry.find(run.script, run.version)
        if script is None:
            return
        live = LiveRun(run, script)
        live.add(recorded.entries)
        texts = {
            (each.leg, each.step): each.value for each in recorded.entries if each.kind == "reply"
        }
        try:
            with watched():
                found = [*self._of_leg(live, "", texts)]
                for leg in [leg for leg in live.logs if leg not in live.executions]:
                    found += self._of_leg(live, leg, texts)
            yield from found
        except ActedError as error:
            yield f"{_name(run)}: {error}"
        except ScriptChangedError as error:
            yield str(error)
        finally:
            live.put_away()

    def _of_leg(self, live: LiveRun, leg: str, texts: _Texts) -> Iterator[str]:
        """Yield the differences of one function, with those of its whispers in their order."""
        execution, log = self._loader.new(live, leg), live.log(leg)
        execution.is_replayed = execution.has_invalid = True  # silent, but with all its verbs
        while execution.pending is not None and execution.address.step in log.replies:
            step = execution.address.step
            found = log.event(step)
            if found is None:
                return
            for whisper in [each for each in live.logs if each.startswith(f"{step}.") and not leg]:
                yield from self._of_leg(live, whisper, texts)
            perform = partial(recorded_result, log, live.run, step)
            execution.resume(found, perform)
            sent = texts.get((leg, step), ""), texts.get((leg, step + 1))
            difference = self._difference(execution, log, step, sent)
            if difference:
                yield f"{_name(live.run)}, {difference}"
                return  # what follows differs as well

    def _difference(
        self, execution: Execution, log: LegLog, step: int, sent: tuple[str, str | None]
    ) -> str:
        pending, expected = execution.pending, log.asked.get(step + 1)
        if execution.tasks != log.results_of(step):
            called = f"calls `run` {execution.tasks} times in place of {log.results_of(step)}"
            return f"await {step}: a replay {called}{_before(execution)}"
        if pending is None and expected is not None:
            end = "ends" if execution.error is None else f"raises {execution.error!r}"
            return f"await {step + 1}: a replay {end} in place of {expected}"
        if pending is not None and expected not in (None, pending.kind):
            return (
                f"await {step + 1}: a replay has {pending.kind} at {pending.place}, not {expected}"
            )
        return self._other_document(execution, step, *sent)

    def _other_document(
        self, execution: Execution, step: int, sent: str, following: str | None
    ) -> str:
        """Return how the document after a step differs; a hold is made anew in each round."""
        pending = execution.pending
        if pending is not None and following == sent:
            return ""  # both steps were answered by one document, after the second
        if pending is not None and callable(pending.hold):
            execution.drop_document()
            return ""
        said, sent = (
            _ADDRESS.sub('"..."', text) for text in (self._advancer.document(execution), sent)
        )
        if said == sent:
            return ""
        return f"await {step + 1}: a replay says {_excerpts(said, sent)}{_before(execution)}"


def _name(run: Run) -> str:
    return f"{run.script}@{run.version}"


def _before(execution: Execution) -> str:
    return "" if execution.pending is None else f", before {execution.pending.place}"


def _excerpts(said: str, sent: str) -> str:
    """Return what differs in two documents, with a few characters around it."""
    pairs = enumerate(zip(said, sent, strict=False))
    at = next((number for number, (one, other) in pairs if one != other), min(len(said), len(sent)))
    begin = max(0, at - _SHOWN // 2)
    one, other = (repr(text[begin : begin + _SHOWN]) for text in (said, sent))
    return f"{one} in place of {other}"
