"""Calls of call scripts: by ids, or by the journal that the scripts keep."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from bxml._wording import type_of
from callcontrol.bulk.errors import BulkError


class ScriptRun(Protocol):
    """One call of a script."""

    @property
    def call_id(self) -> str:
        """Id of the call; empty as long as it is not placed."""
        ...

    @property
    def version(self) -> str:
        """Version of the script."""
        ...

    @property
    def state(self) -> str:
        """``running`` until the script has ended."""
        ...


class ScriptRoute(Protocol):
    """The run that a call belongs to."""

    @property
    def run_id(self) -> str:
        """Id of the run."""
        ...


@runtime_checkable
class ScriptJournal(Protocol):
    """A journal of call scripts, as far as it is read here; ``open_journal`` returns one."""

    def run(self, run_id: str) -> ScriptRun | None:
        """Return a run; that of an inbound call has the id of the call."""
        ...

    def route(self, call_id: str) -> ScriptRoute | None:
        """Return where the webhooks of another call go."""
        ...

    def runs(self, *, state: Literal["running"], script: str | None) -> Iterable[ScriptRun]:
        """Return the running runs, of one script or of all."""
        ...


@dataclass(frozen=True, slots=True)
class ScriptCallLookup:
    """Says of a call whether a script runs it."""

    ids: frozenset[str] = frozenset()
    journal: ScriptJournal | None = None

    @classmethod
    def of(cls, source: "ScriptCalls") -> "ScriptCallLookup":
        """Return a lookup by ids or by a journal.

        :raises BulkError: for another value.
        """
        if isinstance(source, ScriptCallLookup):
            return source
        if isinstance(source, ScriptJournal):
            return cls(journal=source)
        _expect_ids(source)
        return cls(frozenset(source))

    def has(self, call_id: str) -> bool:
        """Return whether a script runs the call at this moment.

        Raises what the journal raises if it cannot be read.
        """
        if call_id in self.ids:
            return True
        if self.journal is None:
            return False
        run = self.journal.run(call_id)
        if run is None:
            route = self.journal.route(call_id)
            run = None if route is None else self.journal.run(route.run_id)
        return run is not None and run.state == "running"


def _expect_ids(source: object) -> None:
    if isinstance(source, str) or not isinstance(source, Iterable):
        expected = "expected ids of calls or a journal of call scripts"
        raise BulkError(f"scripts: {expected}, got {type_of(source)}")


ScriptCalls = Iterable[str] | ScriptJournal | ScriptCallLookup
"""Ids of calls, or the journal that says which calls are those of scripts."""


def script_calls(
    journal: ScriptJournal, script: str | None = None, version: str | None = None
) -> Sequence[str]:
    """Return the ids of the calls that scripts run, or one script or version, oldest first.

    A plan of these ids changes the calls without the knowledge of their scripts.
    ``Scripts.interrupt`` raises an error in the script instead, which can then say something else.
    """
    running = journal.runs(state="running", script=script)
    return [run.call_id for run in running if run.call_id and version in (None, run.version)]
