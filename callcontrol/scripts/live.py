"""A run in memory: its functions as far as they have come, and what the journal says of it."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from threading import Lock

from callcontrol.scripts.execution import Execution
from callcontrol.scripts.journals.model import Entry, Message, Run
from callcontrol.scripts.journals.protocol import Journal
from callcontrol.scripts.resolutions import Resolution
from callcontrol.scripts.script import Script

INVALID = 1
"""Index of the note of a step in which the script has made a verb that was refused."""
EntryKey = tuple[str, int, str, int]


@dataclass(slots=True, eq=False)
class LegLog:
    """Entries of the journal about one function of a run, by step."""

    asked: dict[int, str] = field(default_factory=dict[int, str])
    events: dict[int, str] = field(default_factory=dict[int, str])
    results: dict[tuple[int, int], str] = field(default_factory=dict[tuple[int, int], str])
    called: dict[int, int] = field(default_factory=dict[int, int])
    """How many functions were called after each step."""
    replies: set[int] = field(default_factory=set[int])
    last_event: int = -1
    has_invalid: bool = False
    """Whether the script has made a verb that was refused."""

    def add(self, entry: Entry) -> None:
        """Take over one entry."""
        if entry.kind == "asked":
            self.asked[entry.step] = entry.value
        elif entry.kind == "event":
            self.events[entry.step] = entry.value
            self.last_event = max(self.last_event, entry.step)
        elif entry.kind == "result":
            self.results[entry.step, entry.index] = entry.value
            self.called[entry.step] = self.called.get(entry.step, 0) + 1
        elif entry.kind == "reply":
            self.replies.add(entry.step)
        elif entry.index == INVALID:
            self.has_invalid = True

    def event(self, step: int) -> Resolution | None:
        """Return what a step ended with; None if it did not."""
        text = self.events.get(step)
        return None if text is None else Resolution.of_text(text)

    @property
    def is_settled(self) -> bool:
        """Whether the last event has its reply."""
        return self.last_event in self.replies or self.last_event < 0

    def results_of(self, step: int) -> int:
        """Return how many functions were called after a step."""
        return self.called.get(step, 0)


@dataclass(slots=True, eq=False)
class LiveRun:
    """A run whose functions this process has in memory."""

    run: Run
    script: Script
    logs: dict[str, LegLog] = field(default_factory=dict[str, LegLog])
    executions: dict[str, Execution] = field(default_factory=dict[str, Execution])
    known: set[EntryKey] = field(default_factory=set[EntryKey])
    """Keys of the entries that are in the journal."""
    _inbox: Sequence[Message] | None = None

    def log(self, leg: str) -> LegLog:
        """Return what the journal has about a leg."""
        found = self.logs.get(leg)
        if found is None:
            found = self.logs[leg] = LegLog()
        return found

    def add(self, entries: Iterable[Entry]) -> None:
        """Take over entries of the journal."""
        for entry in entries:
            self.known.add((entry.leg, entry.step, entry.kind, entry.index))
            self.log(entry.leg).add(entry)

    def inbox(self, journal: Journal) -> Sequence[Message]:
        """Return the messages that were there when the run was loaded, and are not taken.

        Who posts a later one lets the run take it, as soon as the lock is free.
        """
        if self._inbox is None:
            self._inbox = journal.inbox(self.run.run_id)
        return self._inbox

    def drop(self, messages: Sequence[str]) -> None:
        """Remove messages that are taken."""
        if self._inbox is not None:
            self._inbox = [each for each in self._inbox if each.message_id not in messages]

    def renew(self, run: Run) -> None:
        """Begin a step with the run and the inbox as the journal has them now."""
        self.run, self._inbox = run, None

    @property
    def main(self) -> Execution:
        """The function of the call itself."""
        return self.executions[""]

    def put_away(self) -> None:
        """Leave all functions."""
        for execution in self.executions.values():
            execution.put_away()


def key_of(entry: Entry) -> EntryKey:
    """Return the key of an entry within its run."""
    return entry.leg, entry.step, entry.kind, entry.index


class LiveRuns:
    """The runs that were used last; others are put away and replayed when they are needed."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._runs: OrderedDict[str, LiveRun] = OrderedDict()
        self._lock = Lock()

    def take(self, run_id: str) -> LiveRun | None:
        """Remove a run and return it: what fails with it in hand does not come back."""
        with self._lock:
            return self._runs.pop(run_id, None)

    def keep(self, live: LiveRun) -> None:
        """Keep a run for its next webhook."""
        with self._lock:
            self._runs[live.run.run_id] = live
            self._runs.move_to_end(live.run.run_id)
            surplus = [
                self._runs.popitem(last=False)[1] for _ in range(len(self._runs) - self._size)
            ]
        for other in surplus:
            other.put_away()

    def clear(self) -> None:
        """Put all runs away."""
        with self._lock:
            runs = [*self._runs.values()]
            self._runs.clear()
        for live in runs:
            live.put_away()
