"""Decompression of HTTP bodies, bounded in size and in time.

The decoders of the HTTP library are not used: its older releases decompress without a limit, and
all of them need quadratic time for a body of many empty gzip members.
"""

import zlib
from time import monotonic

ACCEPTED = "gzip, deflate"
"""The value of Accept-Encoding: what ``decompressed`` reads."""

MAX_CODINGS = 3
"""Codings on top of each other that are undone."""

_PIECE = 4096
"""Bytes that are decompressed at a time. The rest after a finished member is copied, so small
pieces keep the time linear."""

_GZIP = 16 + zlib.MAX_WBITS
_ZLIB = zlib.MAX_WBITS
_RAW_DEFLATE = -zlib.MAX_WBITS


class DecompressionError(ValueError):
    """A body that its Content-Encoding does not describe."""


class TooLargeError(ValueError):
    """A body of more than the permitted bytes."""

    def __init__(self, begun: bytes) -> None:
        super().__init__("too large")
        self.begun = begun
        """Its beginning, of at least one byte more than permitted."""


def decompressed(body: bytes, encoding: str, *, limit: int, deadline: float) -> bytes:
    """Return a body without the codings of its Content-Encoding header.

    Codings other than gzip and deflate are left as they are. ``limit`` is in bytes, for the
    result and for every step in between; ``deadline`` is a time of ``time.monotonic``.

    :raises TooLargeError: for more than ``limit`` bytes.
    :raises TimeoutError: when the deadline passes.
    :raises DecompressionError: for damaged or truncated data, and for too many codings.
    """
    names = [name.strip().lower() for name in encoding.split(",")]
    readable = [name.removeprefix("x-") for name in names if name in ("gzip", "x-gzip", "deflate")]
    if len(readable) > MAX_CODINGS:
        raise DecompressionError(f"more than {MAX_CODINGS} codings")
    if len(body) > limit:
        raise TooLargeError(body)
    for name in reversed(readable):
        body = _Inflater(_window(name, body), limit, deadline).run(body) if body else body
    return body


def _window(coding: str, body: bytes) -> int:
    """Return zlib's code for a coding; some servers send deflate without the header of zlib."""
    if coding == "gzip":
        return _GZIP
    has_header = body[0] & 0x0F == zlib.DEFLATED and int.from_bytes(body[:2]) % 31 == 0
    return _ZLIB if has_header else _RAW_DEFLATE


class _Inflater:
    """Undoes one coding."""

    def __init__(self, window: int, limit: int, deadline: float) -> None:
        self._window = window
        self._limit = limit
        self._deadline = deadline
        self._result = bytearray()
        self._begin_member()

    def _begin_member(self) -> None:
        self._decoder = zlib.decompressobj(self._window)
        self._member_start = len(self._result)

    def run(self, body: bytes) -> bytes:
        """Return the whole body, decompressed."""
        for start in range(0, len(body), _PIECE):
            rest = body[start : start + _PIECE]
            while rest:
                if self._decoder.eof:
                    if self._window != _GZIP:
                        return bytes(self._result)
                    self._begin_member()
                try:
                    rest = self._feed(rest)
                except zlib.error:
                    if self._member_start and len(self._result) == self._member_start:
                        return bytes(self._result)  # padding after the last member
                    raise DecompressionError("damaged data") from None
        if not self._decoder.eof:
            raise DecompressionError("truncated data")
        return bytes(self._result)

    def _feed(self, piece: bytes) -> bytes:
        """Decompress a piece and return what lies behind the end of the member."""
        if monotonic() > self._deadline:
            raise TimeoutError
        room = self._limit + 1 - len(self._result)  # never 0, which means no limit to zlib
        self._result += self._decoder.decompress(piece, room)
        if len(self._result) > self._limit:
            raise TooLargeError(bytes(self._result))
        return self._decoder.unused_data
