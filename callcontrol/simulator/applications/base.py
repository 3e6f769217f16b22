"""Types and helpers that all transports to the application share."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from callcontrol._urls import resolve
from callcontrol.simulator.core.webhooks import HttpRequest, PendingReply, WebhookReply
from callcontrol.simulator.errors import SimulatorError

MAX_REPLY = 4 * 1_048_576
"""Bytes of a reply that are read. Documents have at most 65,536, short recordings a few million."""
_MAX_PIECES = 100_000
SEND_BYTES = "; send doc.to_bytes()"
"""Hint for a body that is not made of bytes."""


class ApplicationError(Exception):
    """The application failed while it answered a webhook; its own exception is the cause.

    To the platform that is a reply with status 500. The ``simulator`` fixture raises the error at
    the end of the test, so that a mistake does not hide behind a fallback URL or a hang-up.
    """

    handler = ""
    """The function that has failed, ``menu (voice.py:12)``; empty if it is not known."""


class Transport(Protocol):
    """Carries exchanges to one application."""

    def deliver(self, request: HttpRequest) -> WebhookReply | PendingReply:
        """Carry out one exchange.

        :raises ApplicationError: for an exception of the application.
        """
        ...

    def close(self) -> None:
        """Close connections and event loops."""
        ...


def application_error(error: Exception | SystemExit) -> ApplicationError:
    """Return the error for an exception of the application, ``SystemExit`` included."""
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    failure = ApplicationError(f"the application raised {text}")
    failure.__cause__ = error
    return failure


def join_pieces(pieces: Iterable[object]) -> bytes:
    """Return the joined pieces of a body, cut one byte after ``MAX_REPLY``.

    :raises ApplicationError: for a piece that is not bytes, and for too many pieces.
    """
    return b"".join(_bounded(pieces))


def _bounded(pieces: Iterable[object]) -> Iterator[bytes]:
    space = MAX_REPLY + 1
    for number, piece in enumerate(pieces):
        if not isinstance(piece, bytes):
            kind = type(piece).__name__
            raise ApplicationError(f"reply: expected a body made of bytes, got {kind}{SEND_BYTES}")
        yield piece[:space]
        space -= len(piece)
        if space <= 0:
            return
        if number >= _MAX_PIECES:
            raise ApplicationError(f"reply: expected at most {_MAX_PIECES} pieces of body")


def absolute_url(where: str, base: str, url: str) -> str:
    """Return ``url``, absolute or relative to that of an application, as an absolute one.

    :raises SimulatorError: if it is neither an http URL nor a path; ``where`` begins its text.
    """
    found = resolve(base, url)
    if found is None:
        raise SimulatorError(f"{where}: expected an http URL or a path, got {url!r}")
    return found
