"""Locks in files beside a journal; the operating system frees them when their process ends.

They are files of their own: closing a second descriptor of a database would release the locks of
SQLite. A forked child closes the descriptors that it inherits, so that it keeps no lock of its
parent, and opens its own.
"""

import os
import struct
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from threading import Lock

from bxml._once import FIRST_IMPORT
from callcontrol._fork import renewed_in_children
from callcontrol.scripts.errors import JournalError

_SHORTEST, _LONGEST = 0.0005, 0.02
"""Seconds between two looks at a lock of another process."""


class _LockFile:
    """A file that is made and opened when it is first used."""

    def __init__(self, path: str | Path) -> None:
        self._path = path
        self._mutex = Lock()
        self._descriptor: int | None = None
        self._closed = False
        renewed_in_children(self)

    def renew_after_fork(self) -> None:
        """Close the parent's descriptor, and with it this process's part in its locks."""
        self._mutex = Lock()
        self._release()

    def close(self) -> None:
        """Release everything, after the turn of a writer."""
        with self._mutex:
            self._closed = True
            self._release()

    def _release(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def _open(self) -> int:
        if self._closed:
            raise JournalError(f"{self._path}: the journal is closed")
        if self._descriptor is None:
            try:
                self._descriptor = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
            except OSError as error:
                raise JournalError(f"{self._path}: {error.strerror}") from error
        return self._descriptor


class WriterQueue(_LockFile):
    """Lets one writer of all threads and processes write, and the others wait without polling."""

    @contextmanager
    def turn(self) -> Generator[None]:
        """Wait for the turn of this thread, and end it."""
        with FIRST_IMPORT:
            import fcntl  # not on Windows

        with self._mutex:
            descriptor = self._open()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(descriptor, fcntl.LOCK_UN)


class RunRanges(_LockFile):
    """Locks of runs among processes: each is a byte of the file, at a hash of the run's id.

    The caller lets only one thread at a time lock a run. On Linux a lock belongs to the descriptor,
    so that several journals of one process are apart; elsewhere it belongs to the process.
    """

    def acquire(self, run_id: str, deadline: float) -> bool:
        """Lock a run until it is released; False if it is not free before the deadline."""
        pause = _SHORTEST
        while not self._try(_byte_of(run_id)):
            if time.monotonic() >= deadline:
                return False
            time.sleep(min(pause, max(0.0, deadline - time.monotonic())))
            pause = min(pause * 2, _LONGEST)
        return True

    def _try(self, byte: int) -> bool:
        with self._mutex:
            return _lock_byte(self._open(), byte)

    def release(self, run_id: str) -> None:
        """Free a run; nothing in a child that was forked off the holder."""
        with self._mutex:
            if self._descriptor is not None:
                _free_byte(self._descriptor, _byte_of(run_id))


def _byte_of(run_id: str) -> int:
    digest = blake2b(run_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 2  # the highest offset of a file has 63 bits


def _lock_byte(descriptor: int, byte: int) -> bool:
    with FIRST_IMPORT:
        import fcntl

    try:
        if _has_descriptor_locks():
            fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, _flock(fcntl.F_WRLCK, byte))
        else:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _free_byte(descriptor: int, byte: int) -> None:
    with FIRST_IMPORT:
        import fcntl

    if _has_descriptor_locks():
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, _flock(fcntl.F_UNLCK, byte))
    else:
        fcntl.lockf(descriptor, fcntl.LOCK_UN, 1, byte)


def _has_descriptor_locks() -> bool:
    return sys.platform == "linux" and struct.calcsize("P") == 8  # noqa: PLR2004 - bytes of 64 bits


def _flock(kind: int, byte: int) -> bytes:
    """Return a ``struct flock`` of 64-bit Linux for one byte."""
    return struct.pack("hhqqi4x", kind, os.SEEK_SET, byte, 1, 0)
