"""HTTP/1.1 as bytes: a request read from a stream, a reply written to one piece.

The standard library's own reader is slower than the rest of a request and answers mistakes with
web pages; this one refuses them as the platform does.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from io import BufferedIOBase

from callcontrol.simulator.rest.messages import RestReply, RestRequest

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
MAX_HEAD = 65_536
MAX_BODY = 1_048_576
"""Bytes of a body that are read; the largest document the platform takes has 65,536."""
_MAX_SKIPPED = 64 * MAX_BODY

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST_LINE = re.compile(rb"(%b) ([!-~]+) HTTP/1\.([01])\r?\n" % _TOKEN)
_FIELD = re.compile(rb"(%b):([^\0\r\n]*)\r?\n" % _TOKEN)
_ORIGIN = re.compile(r"https?://([^/?#]*)", re.IGNORECASE)
_LENGTH = re.compile(r"[0-9]{1,15}")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")


class Malformed(Exception):  # noqa: N818 - answered with a 400, not a failure of the server
    """The input is not an HTTP request; the text says why. The connection is closed after it."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request, and whether the connection stays open."""

    request: RestRequest
    keep_alive: bool
    oversized: bool = False
    """The body was longer than ``MAX_BODY`` and has been discarded."""


def read_request(stream: BufferedIOBase, send_continue: Callable[[], None]) -> Incoming | None:
    """Return the next request of a connection, None if it has ended.

    ``send_continue`` is called when the sender waits for it before the body.

    :raises Malformed: for input that is not an HTTP request.
    """
    line = stream.readline(MAX_HEAD)
    while line in (b"\r\n", b"\n"):
        line = stream.readline(MAX_HEAD)
    if not line:
        return None
    found = _REQUEST_LINE.fullmatch(line)
    if found is None:
        raise Malformed("the request line is not HTTP/1.1")
    method, target = found[1].decode("ascii"), found[2].decode("ascii")
    origin, path, query = _split(target)
    headers = _headers(stream, MAX_HEAD - len(line))
    if origin is not None:
        headers["host"] = origin  # RFC 9112, 3.2.2: it replaces the Host header
    if headers.get("expect", "").lower() == "100-continue":
        send_continue()
    body = _body(stream, headers)
    close = "close" in headers.get("connection", "").lower()
    return Incoming(
        RestRequest(method, path, query, headers, body or b""),
        keep_alive=found[3] == b"1" and not close,
        oversized=body is None,
    )


def _split(target: str) -> tuple[str | None, str, str]:
    """Return host and port of an absolute target, None for another; its path; its query."""
    absolute = _ORIGIN.match(target)
    path, _, query = target[absolute.end() if absolute else 0 :].partition("?")
    if not path.startswith("/"):
        raise Malformed("the request target is not a path")
    return absolute[1] if absolute else None, path.partition("#")[0], query


def _headers(stream: BufferedIOBase, space: int) -> dict[str, str]:
    headers: dict[str, str] = {}
    while (line := stream.readline(space + 1)) not in (b"\r\n", b"\n"):
        space -= len(line)
        found = _FIELD.fullmatch(line)
        if found is None or space < 0:
            raise Malformed("the header fields are incomplete, malformed or too long")
        name, value = found[1].decode("ascii").lower(), found[2].decode("latin-1").strip()
        known = headers.get(name)
        headers[name] = value if known is None else f"{known}, {value}"
    return headers


def _body(stream: BufferedIOBase, headers: dict[str, str]) -> bytes | None:
    """Return the body, None for one that is too long."""
    length = headers.get("content-length")
    coding = headers.get("transfer-encoding")
    if coding is not None:
        if coding.lower() != "chunked" or length is not None:
            raise Malformed("the body has neither one length nor the coding chunked")
        return _read_chunked(stream)
    if length is None:
        return b""
    if _LENGTH.fullmatch(length) is None:
        raise Malformed("Content-Length is not a number of bytes")
    return _read_sized(stream, int(length))


def _read_sized(stream: BufferedIOBase, length: int) -> bytes | None:
    if length <= MAX_BODY:
        return _read_exactly(stream, length)
    if length > _MAX_SKIPPED:
        raise Malformed("the body is too long")
    while length > 0:
        length -= len(_read_exactly(stream, min(length, MAX_BODY)))
    return None


def _read_chunked(stream: BufferedIOBase) -> bytes | None:
    pieces: list[bytes] = []
    total = 0
    while (size := _chunk_size(stream)) > 0:
        total += size
        if total > _MAX_SKIPPED:
            raise Malformed("the body is too long")
        piece = _read_exactly(stream, size)
        if total <= MAX_BODY:
            pieces.append(piece)
        if stream.readline(3) not in (b"\r\n", b"\n"):
            raise Malformed("a chunk of the body is longer than it says")
    _headers(stream, MAX_HEAD)
    return b"".join(pieces) if total <= MAX_BODY else None


def _chunk_size(stream: BufferedIOBase) -> int:
    found = _CHUNK.fullmatch(stream.readline(MAX_HEAD))
    if found is None:
        raise Malformed("the body is not chunked as it says")
    return int(found[1], 16)


def _read_exactly(stream: BufferedIOBase, length: int) -> bytes:
    piece = stream.read(length)
    if len(piece) < length:
        raise Malformed("the body is shorter than it says")
    return piece


_REASONS = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus}


def render(reply: RestReply, *, keep_alive: bool, without_body: bool = False) -> bytes:
    """Return a reply as bytes; ``without_body`` is for HEAD."""
    lines = [_REASONS.get(reply.status) or f"HTTP/1.1 {reply.status} Unassigned\r\n"]
    lines += [f"{name}: {value}\r\n" for name, value in reply.headers]
    if reply.status != HTTPStatus.NO_CONTENT:
        lines.append(f"Content-Length: {len(reply.body)}\r\n")
    lines.append("\r\n" if keep_alive else "Connection: close\r\n\r\n")
    head = "".join(lines).encode("latin-1")
    return head if without_body else head + reply.body
