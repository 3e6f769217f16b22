"""A lock of the operating system beside a journal, so that one process at a time runs it."""

import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from bxml._once import FIRST_IMPORT
from callcontrol.bulk.errors import JournalError


@contextmanager
def held(journal: Path) -> Generator[None]:
    """Hold the lock of a journal; it is free again when the process ends, however it ends.

    It is a file of its own: closing a second descriptor of the journal would release the locks of
    SQLite.

    :raises JournalError: if another process holds it, or there is no room for it.
    """
    with FIRST_IMPORT:
        import fcntl  # not on Windows

    try:
        lock = os.open(f"{journal}.lock", os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise JournalError(f"{journal}.lock: {error.strerror}") from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise JournalError(_held_elsewhere(journal, lock)) from None
        with suppress(OSError):  # the number is for people
            os.ftruncate(lock, 0)
            os.pwrite(lock, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(lock)


def _held_elsewhere(journal: Path, lock: int) -> str:
    holder = os.pread(lock, 20, 0).decode("ascii", "replace")
    text = f"{journal}: process {holder} runs this journal"
    return f"{text}; to stop it: callcontrol bulk abort {journal}"
