"""Locks of runs among the threads of a process, which every store takes before its own lock.

So at most one thread of a process waits for another process, and a store's lock needs no owner
other than the process.
"""

from collections.abc import Generator
from contextlib import contextmanager
from threading import TIMEOUT_MAX, Lock
from time import monotonic

from callcontrol._fork import renewed_in_children
from callcontrol.scripts.errors import JournalBusyError


class _Slot:
    __slots__ = ("lock", "users")

    def __init__(self) -> None:
        self.lock = Lock()
        self.users = 0


class RunLocks:
    """A lock for each run that some thread holds or waits for; a forked child begins with none."""

    def __init__(self) -> None:
        self._mutex = Lock()
        self._slots: dict[str, _Slot] = {}
        renewed_in_children(self)

    def renew_after_fork(self) -> None:
        """Forget the locks of the parent's threads."""
        self._mutex = Lock()
        self._slots = {}

    @contextmanager
    def hold(self, run_id: str, timeout: float) -> Generator[float]:
        """Hold the lock of a run; yield the time of the monotonic clock at which to give up.

        :raises JournalBusyError: if another thread holds it for ``timeout`` seconds.
        """
        seconds = min(max(0.0, timeout), TIMEOUT_MAX)
        deadline = monotonic() + seconds
        slot = self._join(run_id)
        try:
            if not slot.lock.acquire(timeout=seconds):
                raise busy(run_id, timeout)
            try:
                yield deadline
            finally:
                slot.lock.release()
        finally:
            self._leave(run_id, slot)

    def _join(self, run_id: str) -> _Slot:
        with self._mutex:
            slot = self._slots.setdefault(run_id, _Slot())
            slot.users += 1
            return slot

    def _leave(self, run_id: str, slot: _Slot) -> None:
        with self._mutex:
            slot.users -= 1
            if not slot.users and self._slots.get(run_id) is slot:
                del self._slots[run_id]


def busy(run_id: str, timeout: float) -> JournalBusyError:
    """Return the error for a lock that was not free in time."""
    return JournalBusyError(f"run {run_id}: another thread or process held it for {timeout:g} s")
