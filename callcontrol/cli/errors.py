"""Errors of commands: one message, one JSON object and one exit code."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from http import HTTPStatus

import click

from bxml.errors import BxmlError, Problem
from callcontrol.cli.output import emit, remark
from callcontrol.errors import (
    ApiError,
    AuthenticationError,
    CallControlError,
    OutcomeUnknownError,
    ReplyError,
    RequestError,
    TokenError,
    TransportError,
)

REFUSED = 1
"""The platform refused or did not reply, or the document has errors; nothing was done twice."""
USAGE = 2
"""Wrong usage, bad credentials or an unreadable file; nothing was sent."""
UNKNOWN = 3
"""The outcome of the operation is unknown."""

_CODES: tuple[tuple[type[Exception], int], ...] = (
    (OutcomeUnknownError, UNKNOWN),
    (RequestError, USAGE),
    (AuthenticationError, USAGE),
    (CallControlError, REFUSED),
    (BxmlError, REFUSED),
)
_AGAIN = "running the command again does no harm"


class CommandFailure(Exception):  # noqa: N818 - ends a command; not always an error
    """Ends a command with a message and an exit code."""

    def __init__(self, text: str, code: int, problems: Sequence[Problem] = ()) -> None:
        super().__init__(text)
        self.code = code
        self.problems = problems

    @property
    def kind(self) -> str:
        """Name of the error in JSON output."""
        return "DocumentError" if self.code == REFUSED else "FileError"


class SimulationFailure(CommandFailure):
    """The simulator rejects its arguments or cannot start."""

    def __init__(self, text: str) -> None:
        super().__init__(text, USAGE)

    @property
    def kind(self) -> str:
        """Name of the error in JSON output."""
        return "SimulatorError"


class RecordingFailure(CommandFailure):
    """A recording cannot be written, read or replayed."""

    def __init__(self, text: str, kind: str = "RecordingError") -> None:
        super().__init__(text, USAGE)
        self._kind = kind

    @property
    def kind(self) -> str:
        """Name of the error in JSON output."""
        return self._kind


Failure = CommandFailure | CallControlError | BxmlError


class OperationCommand(click.Command):
    """A command whose errors become a message on the error stream and an exit code.

    With ``--json`` an object with the one key ``error`` goes to standard output as well.
    """

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (CommandFailure, CallControlError, BxmlError) as error:
            code = _code(error)
            remark(_text(error), "red")
            if ctx.params.get("as_json"):
                emit({"error": _described(error, code)})
            ctx.exit(code)


@contextmanager
def advising(advice: str) -> Generator[None, None, None]:
    """Add advice on how to find out what happened to an error with an unknown outcome."""
    try:
        yield
    except OutcomeUnknownError as error:
        raise OutcomeUnknownError(error.request, error.finding, error.status, advice) from error


def _code(error: Failure) -> int:
    if isinstance(error, CommandFailure):
        return error.code
    if isinstance(error, TokenError) and _is_refusal(error.status):
        return USAGE
    if isinstance(error, ReplyError) and error.request.method != "GET":
        return UNKNOWN  # a success that cannot be read, or the page of a proxy
    return next(code for kind, code in _CODES if isinstance(error, kind))


def _is_refusal(status: int | None) -> bool:
    """Return whether a status blames the credentials and not the network or the server."""
    too_many = HTTPStatus.TOO_MANY_REQUESTS
    return status is not None and status != too_many and status // 100 == 4  # noqa: PLR2004 - 4xx


def _text(error: Failure) -> str:
    if isinstance(error, RequestError):
        return "\n".join(map(str, error.problems))
    return f"{error}; {_AGAIN}" if isinstance(error, TransportError) else str(error)


def _described(error: Failure, code: int) -> dict[str, object]:
    """Return an error for programs; every key is always there."""
    reply = error if isinstance(error, ApiError) else None
    problems: Sequence[Problem] = getattr(error, "problems", ())
    return {
        "kind": error.kind if isinstance(error, CommandFailure) else type(error).__name__,
        "exitCode": code,
        "message": str(error),
        "status": getattr(error, "status", None),
        "type": reply.type if reply else None,
        "description": reply.description if reply else None,
        "errorId": reply.error_id if reply else None,
        "retryAfter": reply.retry_after if reply else None,
        "problems": [asdict(problem) for problem in problems],
    }
