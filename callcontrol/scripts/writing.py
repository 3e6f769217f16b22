"""The writes of one step, in as few commits as correctness allows."""

from dataclasses import dataclass, field

from callcontrol.scripts.journals.model import Changes, Entry, Route, Run
from callcontrol.scripts.journals.protocol import Journal
from callcontrol.scripts.live import LiveRun, key_of


@dataclass(slots=True, eq=False)
class Unit:
    """Entries and messages that are committed together."""

    journal: Journal
    live: LiveRun
    run: Run | None = None
    _entries: list[Entry] = field(default_factory=list[Entry])
    _taken: list[str] = field(default_factory=list[str])
    _routes: list[Route] = field(default_factory=list[Route])

    def add(self, entry: Entry) -> None:
        """Add an entry, unless the journal has it since an earlier process wrote it."""
        if key_of(entry) not in self.live.known:
            self._entries.append(entry)
            self.live.add((entry,))

    def route(self, call_id: str) -> None:
        """Let the run be found by the id of its call."""
        self._routes.append(Route(call_id, self.live.run.run_id))

    def take(self, messages: tuple[str, ...]) -> None:
        """Remove messages from the inbox."""
        self._taken += messages
        self.live.drop(messages)

    def flush(self) -> None:
        """Commit what was added since the last time."""
        entries, self._entries = self._entries, []
        taken, self._taken = self._taken, []
        routes, self._routes = self._routes, []
        run, self.run = self.run, None
        if entries or taken or routes or run is not None:
            changes = Changes(tuple(entries), run, tuple(routes), tuple(taken))
            self.journal.commit(self.live.run.run_id, changes)
        if run is not None:
            self.live.run = run
