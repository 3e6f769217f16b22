"""A journal in the memory of one process: for tests and for trying things out."""

import os
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import NoReturn

from callcontrol.scripts.errors import JournalError
from callcontrol.scripts.journals import _checks as checks
from callcontrol.scripts.journals._run_locks import RunLocks
from callcontrol.scripts.journals.model import Changes, Entry, Message, Route, Run, RunState


def _key(entry: Entry) -> tuple[str, int, str, int]:
    return entry.leg, entry.step, entry.kind, entry.index


@dataclass(slots=True)
class _Records:
    """All that is kept of one run."""

    run: Run
    entries: dict[tuple[str, int, str, int], Entry] = field(
        default_factory=dict[tuple[str, int, str, int], Entry]
    )
    inbox: dict[str, Message] = field(default_factory=dict[str, Message])
    posted: set[str] = field(default_factory=set[str])

    def expect(self, changes: Changes) -> None:
        """Refuse changes that cannot be made.

        :raises EntryExistsError: if an entry is there, or a message is not.
        :raises JournalError: if the run would become another one.
        """
        run_id, keys = self.run.run_id, set(self.entries)
        run = changes.run
        if run and (run.script, run.key) != (self.run.script, self.run.key):
            raise checks.identity_changed(run_id)
        for entry in changes.entries:
            if _key(entry) in keys:
                raise checks.entry_exists(run_id, [entry])
            keys.add(_key(entry))
        for number, message_id in enumerate(changes.taken):
            if message_id not in self.inbox or message_id in changes.taken[:number]:
                raise checks.message_taken(run_id, message_id)


class MemoryJournal:
    """A journal that only the process that made it can use, and that ends with it.

    It behaves as the other stores do, which are tested against it.
    """

    def __init__(self) -> None:
        self._process = os.getpid()
        self._closed = False
        self._mutex = Lock()
        self._locks = RunLocks()
        self._records: dict[str, _Records] = {}
        self._keys: dict[tuple[str, str], str] = {}
        self._routes: dict[str, Route] = {}
        self._settings: dict[str, str] = {}

    def __reduce__(self) -> NoReturn:
        raise JournalError(f"a memory journal cannot be copied to another process; {_ADVICE}")

    @contextmanager
    def _used(self) -> Generator[None]:
        if os.getpid() != self._process:
            text = f"a memory journal of process {self._process} was used by process {os.getpid()}"
            raise JournalError(f"{text}, which sees nothing of it; {_ADVICE}")
        with self._mutex:
            if self._closed:
                raise JournalError("the memory journal is closed")
            yield

    def create(self, run: Run) -> Run:
        """Write a new run, or return the run that is there already."""
        checks.expect_run(f"run {run.run_id}", run)
        with self._used():
            found = run.run_id
            if found not in self._records and run.key:
                found = self._keys.setdefault((run.script, run.key), run.run_id)
            return self._records.setdefault(found, _Records(run)).run

    def run(self, run_id: str) -> Run | None:
        """Return the run."""
        with self._used():
            records = self._records.get(run_id)
            return records.run if records else None

    def entries(self, run_id: str) -> Sequence[Entry]:
        """Return all entries of a run in the order in which they were committed."""
        with self._used():
            records = self._records.get(run_id)
            return tuple(records.entries.values()) if records else ()

    def entry(self, run_id: str, key: tuple[str, int, str, int]) -> Entry | None:
        """Return one entry by leg, step, kind and index."""
        with self._used():
            records = self._records.get(run_id)
            return records.entries.get(key) if records else None

    def commit(self, run_id: str, changes: Changes) -> None:
        """Write all changes or none.

        :raises EntryExistsError: if an entry with one of the keys exists, or one of the messages to
            be taken is not in the inbox.
        :raises UnknownRunError: if the journal has no such run.
        """
        checks.expect_changes(run_id, changes)
        with self._used():
            records = self._known(run_id)
            records.expect(changes)
            records.entries |= {_key(entry): entry for entry in changes.entries}
            records.run = changes.run or records.run
            self._routes |= {route.call_id: route for route in changes.routes}
            for message_id in changes.taken:
                del records.inbox[message_id]

    def _known(self, run_id: str) -> _Records:
        if run_id not in self._records:
            raise checks.unknown_run(run_id)
        return self._records[run_id]

    @contextmanager
    def _locked(self, run_id: str, timeout: float) -> Generator[None]:
        with self._used():
            pass
        with self._locks.hold(run_id, timeout):
            yield

    def lock(self, run_id: str, *, timeout: float) -> AbstractContextManager[None]:
        """Hold the lock of a run: one holder at a time among the threads of this process.

        :param timeout: seconds to wait for it.
        :raises JournalBusyError: if it was not free within that time.
        """
        return self._locked(run_id, timeout)

    def post(self, message: Message) -> bool:
        """Put a message into the inbox of its run; False if the id was posted before.

        :raises UnknownRunError: if the journal has no such run.
        """
        checks.expect_message(f"run {message.run_id}", message)
        with self._used():
            records = self._known(message.run_id)
            if message.message_id in records.posted:
                return False
            records.posted.add(message.message_id)
            records.inbox[message.message_id] = message
            return True

    def inbox(self, run_id: str) -> Sequence[Message]:
        """Return the messages that nothing has taken or withdrawn, oldest first."""
        with self._used():
            records = self._records.get(run_id)
            return tuple(records.inbox.values()) if records else ()

    def withdraw(self, run_id: str, message_id: str) -> bool:
        """Remove a message from the inbox; False if it is not there (any longer)."""
        with self._used():
            records = self._records.get(run_id)
            return records is not None and records.inbox.pop(message_id, None) is not None

    def route(self, call_id: str) -> Route | None:
        """Return the run and leg that webhooks of a call belong to."""
        with self._used():
            return self._routes.get(call_id)

    def waiting(self, name: str) -> Sequence[Run]:
        """Return the running runs that wait for this signal or event, longest first."""
        with self._used():
            found = [
                records.run
                for records in self._records.values()
                if records.run.state == "running" and name in records.run.waiting_for
            ]
        return sorted(found, key=lambda run: (run.waiting_since, run.run_id))

    def runs(self, *, state: RunState | None = None, script: str | None = None) -> Iterator[Run]:
        """Iterate over runs, oldest first."""
        with self._used():
            found = [records.run for records in self._records.values()]
        found.sort(key=lambda run: (run.created_at, run.run_id))
        return (run for run in found if state in (None, run.state) and script in (None, run.script))

    def setting(self, name: str) -> str | None:
        """Return a setting."""
        with self._used():
            return self._settings.get(name)

    def set_setting(self, name: str, value: str | None) -> None:
        """Write a setting, or remove it with None."""
        checks.expect_texts("setting", (name, value or ""))
        with self._used():
            self._settings.pop(name, None)
            if value is not None:
                self._settings[name] = value

    def prune(self, *, before: float) -> int:
        """Remove runs not running that were last updated before this time; return their number."""
        return self._remove(lambda run: run.state != "running" and run.updated_at < before)

    def forget(self, number: str) -> int:
        """Remove every run, running ones too, that has this telephone number; return how many."""
        return self._remove(lambda run: number in run.numbers)

    def _remove(self, unwanted: Callable[[Run], bool]) -> int:
        with self._used():
            gone = {run_id for run_id, records in self._records.items() if unwanted(records.run)}
            self._records = {k: v for k, v in self._records.items() if k not in gone}
            self._keys = {k: v for k, v in self._keys.items() if v not in gone}
            self._routes = {k: v for k, v in self._routes.items() if v.run_id not in gone}
            return len(gone)

    def close(self) -> None:
        """End the use of the journal."""
        self._closed = True


_ADVICE = "use a journal in a file or a server for several processes, such as SQLiteJournal"
