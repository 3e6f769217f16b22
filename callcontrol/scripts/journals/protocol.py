"""The protocol of a journal: what call scripts need of a store."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from callcontrol.scripts.journals.model import Changes, Entry, Message, Route, Run, RunState


class Journal(Protocol):
    """A store of runs that survives the process, used by any number of threads and processes.

    Each method may be called from any thread, and in a process forked off one that used it. Methods
    return what was committed, and what they wrote is visible to every later read anywhere.
    Methods raise :class:`~callcontrol.scripts.errors.JournalError` when the store fails.
    """

    def create(self, run: Run) -> Run:
        """Write a new run, or return the run that is there already.

        It is there if one has the same ``run_id``, or the same ``script`` and non-empty ``key``.
        """
        ...

    def run(self, run_id: str) -> Run | None:
        """Return the run."""
        ...

    def entries(self, run_id: str) -> Sequence[Entry]:
        """Return all entries of a run in the order in which they were committed."""
        ...

    def entry(self, run_id: str, key: tuple[str, int, str, int]) -> Entry | None:
        """Return one entry by leg, step, kind and index; takes no lock."""
        ...

    def commit(self, run_id: str, changes: Changes) -> None:
        """Write all changes in one transaction.

        :raises EntryExistsError: if an entry with one of the keys exists, or one of the messages to
            be taken is not in the inbox; nothing is written then.
        :raises UnknownRunError: if the journal has no such run.
        """
        ...

    def lock(self, run_id: str, *, timeout: float) -> AbstractContextManager[None]:
        """Hold the lock of a run: one holder at a time among all threads and processes.

        The lock is free again when its holder's process ends, however it ends.

        :param timeout: seconds to wait for it.
        :raises JournalBusyError: if it was not free within that time.
        """
        ...

    def post(self, message: Message) -> bool:
        """Put a message into the inbox of its run; False if the id was posted before.

        :raises UnknownRunError: if the journal has no such run.
        """
        ...

    def inbox(self, run_id: str) -> Sequence[Message]:
        """Return the messages that nothing has taken or withdrawn, oldest first."""
        ...

    def withdraw(self, run_id: str, message_id: str) -> bool:
        """Remove a message from the inbox; False if it is not there (any longer)."""
        ...

    def route(self, call_id: str) -> Route | None:
        """Return the run and leg that webhooks of a call belong to."""
        ...

    def waiting(self, name: str) -> Sequence[Run]:
        """Return the running runs that wait for this signal or event, longest first."""
        ...

    def runs(self, *, state: RunState | None = None, script: str | None = None) -> Iterator[Run]:
        """Iterate over runs, oldest first."""
        ...

    def setting(self, name: str) -> str | None:
        """Return a setting: the active version of a script, the document of an override."""
        ...

    def set_setting(self, name: str, value: str | None) -> None:
        """Write a setting, or remove it with None."""
        ...

    def prune(self, *, before: float) -> int:
        """Remove runs not running that were last updated before this time; return their number."""
        ...

    def forget(self, number: str) -> int:
        """Remove every run, running ones too, that has this telephone number; return how many."""
        ...

    def close(self) -> None:
        """Release files and connections; the journal cannot be used afterwards."""
        ...
