"""Saves a reply in a file while it arrives, in bounded memory."""

import errno
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from callcontrol._frozen import replace
from callcontrol._http.exchange import ENCODED, LARGE, SHORT, UNSAVED, Unsaved

Progress = Callable[[int, int | None], object]
"""Called with the bytes written so far and those to come in all, None if that is unknown."""

MAX_FILE = 4 * 1024**3
"""Most bytes of a file: the most that a WAV file can hold."""


class FileTarget:
    """A file that is written beside its path and moved there when it is complete.

    Use it in a ``with`` statement: at its end a file that is not complete is removed, and an error
    of the disk or of ``progress`` is raised.
    """

    def __init__(self, path: str | os.PathLike[str], progress: Progress | None = None) -> None:
        self.path = Path(path)
        self.size = 0
        """Bytes written so far."""
        self._progress = progress
        self._partial = self.path.with_name(f".{self.path.name}.{os.urandom(8).hex()}.part")
        self._file: IO[bytes] | None = None
        self._expected: int | None = None
        self._failure: Exception | None = None

    def __enter__(self) -> Self:
        if self.path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(self.path))
        self._file = self._partial.open("xb")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._partial.unlink(missing_ok=True)
        if self._failure is not None and isinstance(error, Exception):
            raise self._failure from None

    def begin(self, headers: Mapping[str, str]) -> None:
        """Begin anew with a reply that has these headers.

        :raises Unsaved: for one that is compressed, or announces more bytes than ``MAX_FILE``.
        """
        if headers.get("Content-Encoding", "identity").lower() != "identity":
            raise Unsaved(ENCODED)
        length = headers.get("Content-Length", "")
        self._expected = int(length) if length.isascii() and length.isdigit() else None
        self.size = 0
        if (self._expected or 0) > MAX_FILE:
            raise Unsaved(LARGE)
        self._do(self._restart)

    def write(self, piece: bytes) -> None:
        """Append a piece.

        :raises Unsaved: beyond ``MAX_FILE``, and if the disk or ``progress`` fails.
        """
        self.size += len(piece)
        if self.size > MAX_FILE:
            raise Unsaved(LARGE)
        self._do(lambda: self._append(piece))

    def end(self) -> None:
        """Check that everything has arrived.

        :raises Unsaved: if the reply announced another number of bytes.
        """
        if self._expected not in (None, self.size):
            raise Unsaved(replace(SHORT, got=f"{self.size:,} of {self._expected:,} bytes"))

    def finish(self) -> None:
        """Move the complete file to its path, in one step; it replaces a file there."""
        if self._file is not None:
            self._file.close()
            self._partial.replace(self.path)
            self._file = None

    def _restart(self) -> None:
        assert self._file is not None  # noqa: S101 - open inside the ``with`` statement
        self._file.seek(0)
        self._file.truncate()

    def _append(self, piece: bytes) -> None:
        assert self._file is not None  # noqa: S101 - same
        self._file.write(piece)
        if self._progress is not None:
            self._progress(self.size, self._expected)

    def _do(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001 - raised again in ``__exit__``
            self._failure = error
            raise Unsaved(UNSAVED) from None
