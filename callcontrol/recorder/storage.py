"""Recordings on disk: read as a whole, written a line at a time."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Literal, NoReturn

from bxml._wording import file_failure
from callcontrol._fork import renewed_in_children
from callcontrol._wire.json import Misfit
from callcontrol.recorder.jsonl import exchange_from, exchange_line, header_line, session_from
from callcontrol.recorder.models import Exchange, Recording, RecordingError, Session

Mode = Literal["new", "append", "overwrite"]
"""The treatment of an existing file: fail, append or overwrite."""

_NO_FILE = "expected a file, got a directory or a device"
_OWNER_ONLY = 0o600
"""Only the owner may read a recording."""
_FLAGS = {"new": os.O_CREAT | os.O_EXCL, "append": 0, "overwrite": os.O_CREAT | os.O_TRUNC}


def read_recording(path: str | os.PathLike[str]) -> Recording:
    """Return the recording in a file that ``callcontrol record`` has written.

    :raises RecordingError: with the line, if the file is missing or holds anything else.
    """
    name = os.fspath(path)
    try:
        if not stat.S_ISREG(os.stat(name).st_mode):  # noqa: PTH116 - a pipe would block
            raise RecordingError(f"{name}: {_NO_FILE}")
        content = Path(name).read_bytes()
    except (OSError, ValueError) as error:
        if isinstance(error, RecordingError):
            raise
        raise RecordingError(f"{name}: cannot be read: {file_failure(error)}") from None
    sessions: list[Session] = []
    exchanges: list[list[Exchange]] = []
    for number, text in _lines(name, content):
        session, exchange = _read(name, number, text, is_first=not sessions, last=content)
        if session is not None:
            sessions.append(session)
            exchanges.append([])
        elif exchange is not None:
            exchanges[-1].append(exchange)
    if not sessions:
        raise RecordingError(f"{name}: expected a recording, got an empty file")
    pairs = zip(sessions, exchanges, strict=True)
    return Recording(name, tuple(replace(pair, exchanges=tuple(own)) for pair, own in pairs))


def _lines(name: str, content: bytes) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(content.split(b"\n"), 1):
        if line.strip():
            try:
                yield number, line.decode()
            except UnicodeDecodeError:
                raise RecordingError(f"{name}:{number}: expected UTF-8, got other bytes") from None


def _read(
    name: str, number: int, text: str, *, is_first: bool, last: bytes
) -> tuple[Session | None, Exchange | None]:
    try:
        session = session_from(text)
        if session is None and is_first:
            raise Misfit.expected(
                "the header of a recording", "another line; record one with callcontrol record"
            )
        return session, None if session is not None else exchange_from(text, number)
    except Misfit as misfit:
        place, finding = misfit.findings[0]
        finding = finding.replace("at line 1, column", "at column")  # JSON of one line
        is_cut = number == last.count(b"\n") + 1 and not is_first
        cut = "; the file seems to be cut off: remove its last line"
        hint = cut if is_cut and not place else ""
        where = f"{name}:{number}: {place.removeprefix('.')}"
        raise RecordingError(f"{where.removesuffix(': ')}: {finding}{hint}") from None


def check_writable(path: str | os.PathLike[str], mode: Mode) -> None:
    """Raise ``RecordingError`` unless a recording can be written there in this mode."""
    name = os.fspath(path)
    try:
        exists = _exists(name)
    except (OSError, ValueError) as error:
        _raise_unwritable(name, error)
    if exists and mode == "new":
        advice = "add to it with --append, or replace it with --force"
        raise RecordingError(f"{name}: the file already exists; {advice}")
    if exists and mode == "append" and os.path.getsize(name):  # noqa: PTH202 - a text
        read_recording(name)
    folder = os.path.dirname(name) or "."  # noqa: PTH120 - a text
    if not os.path.isdir(folder):  # noqa: PTH112 - a text
        raise RecordingError(f"{name}: the folder {folder!r} does not exist")


def _exists(name: str) -> bool:
    """Return whether a file exists.

    :raises RecordingError: for a directory or a device.
    """
    try:
        os.lstat(name)  # a broken link exists too
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(os.stat(name).st_mode):  # noqa: PTH116 - a text
        raise RecordingError(f"{name}: {_NO_FILE}")
    return True


class RecordingWriter:
    """Appends to a recording: every line whole, or not at all."""

    def __init__(self, path: str | os.PathLike[str], mode: Mode, session: Session) -> None:
        self._name = os.fspath(path)
        self._lock = Lock()
        exists = os.path.lexists(self._name)
        flags = os.O_CREAT if mode == "append" and not exists else _FLAGS[mode]
        try:
            self._file = os.open(self._name, os.O_RDWR | os.O_APPEND | flags, _OWNER_ONLY)
        except (OSError, ValueError) as error:
            _raise_unwritable(self._name, error)
        self._is_open = True
        renewed_in_children(self)
        try:
            self._end_last_line()
            self._append(header_line(session))
        except RecordingError:
            self.close()
            raise

    def renew_after_fork(self) -> None:
        """Do not wait for a thread of the parent that writes."""
        self._lock = Lock()

    def write(self, exchange: Exchange) -> None:
        """Append an exchange.

        :raises RecordingError: if it cannot be written.
        """
        with self._lock:
            if self._is_open:
                self._append(exchange_line(exchange))

    def close(self) -> None:
        """Close the file; later exchanges are not recorded."""
        with self._lock:
            if self._is_open:
                self._is_open = False
                os.close(self._file)

    def _end_last_line(self) -> None:
        """End a last line that an editor has left without a newline."""
        size = os.fstat(self._file).st_size
        if size and os.pread(self._file, 1, size - 1) != b"\n":
            self._append(b"\n")

    def _append(self, line: bytes) -> None:
        size = os.fstat(self._file).st_size
        try:
            reason = (
                None if os.write(self._file, line) == len(line) else "only a part of the line fits"
            )
        except OSError as error:
            reason = file_failure(error)
        if reason is not None:
            with suppress(OSError):
                os.ftruncate(self._file, size)
            raise RecordingError(f"{self._name}: cannot be written: {reason}")


def _raise_unwritable(name: str, error: OSError | ValueError) -> NoReturn:
    if isinstance(error, RecordingError):
        raise error
    raise RecordingError(f"{name}: cannot be written: {file_failure(error)}") from None
