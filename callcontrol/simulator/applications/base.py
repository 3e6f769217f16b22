"""What every way of reaching the user's application has in common."""

from collections.abc import Iterable, Iterator
from typing import Protocol
from urllib.parse import urlsplit

from callcontrol.simulator.core.webhooks import HttpRequest, WebhookReply

__all__ = [
    "MAX_REPLY",
    "ApplicationError",
    "Transport",
    "application_error",
    "gathered",
    "origin_of",
    "port_of",
]

MAX_REPLY = 4 * 1_048_576
"""Bytes of a reply that are read. Documents hold 65,536 at most, short recordings a few million."""
_MAX_PIECES = 100_000
_PORTS = {"http": 80, "https": 443}


class ApplicationError(Exception):
    """The application failed while it answered a webhook; its own exception is the cause.

    To the platform that is a reply with status 500. The ``simulator`` fixture raises the error at
    the end of the test, so that a mistake does not hide behind a fallback URL or a hang-up.
    """


class Transport(Protocol):
    """Carries exchanges to one application."""

    def deliver(self, request: HttpRequest) -> WebhookReply:
        """Carry out one exchange; raises ``ApplicationError`` for an exception inside."""
        ...

    def close(self) -> None:
        """Let go of connections and event loops."""
        ...


def application_error(error: Exception | SystemExit) -> ApplicationError:
    """Return the error for an exception that the application let out.

    An application that ends the process counts among them: a server would end, not the caller.
    """
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    made = ApplicationError(f"the application raised {text}")
    made.__cause__ = error
    return made


def gathered(pieces: Iterable[object]) -> bytes:
    """Return the pieces of a body as one, cut one byte after ``MAX_REPLY``.

    Raises ``ApplicationError`` for a piece that is not bytes, and for pieces without end.
    """
    return b"".join(_bounded(pieces))


def _bounded(pieces: Iterable[object]) -> Iterator[bytes]:
    room = MAX_REPLY + 1
    for number, piece in enumerate(pieces):
        if not isinstance(piece, bytes):
            kind = type(piece).__name__
            raise ApplicationError(f"reply: expected a body made of bytes, got {kind}")
        yield piece[:room]
        room -= len(piece)
        if room <= 0:
            return
        if number >= _MAX_PIECES:
            raise ApplicationError(f"reply: expected at most {_MAX_PIECES} pieces of body")


def port_of(url: str) -> int:
    """Return the port of an http or https URL."""
    parts = urlsplit(url)
    return parts.port or _PORTS[parts.scheme]


def origin_of(url: str) -> str | None:
    """Return scheme, host and port of an absolute http or https URL, None for anything else."""
    try:
        parts = urlsplit(url)
        known = parts.scheme in _PORTS and parts.hostname
        return f"{parts.scheme}://{parts.hostname}:{port_of(url)}" if known else None
    except ValueError:
        return None
