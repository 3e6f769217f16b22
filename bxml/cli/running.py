"""Runs a command line and turns failures of the environment into one line and an exit code."""

import math
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from io import StringIO, TextIOWrapper
from pathlib import Path
from typing import cast

import click

from bxml.cli.exit_codes import FAILED, INTERRUPTED
from bxml.cli.wrapping import on_error_stream

ERROR = "Error:"
"""Beginning of a line about a wrong command line."""


def run_command(
    command: click.Command,
    name: str,
    arguments: list[str],
    complain: Callable[[str], None],
    *,
    closed_pipe: int,
) -> int:
    """Run a command and return its exit code; raise nothing.

    ``complain`` writes a line to standard error; ``closed_pipe`` is the exit code when standard
    output is a pipe that its reader has closed.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        status: object = command.main(arguments, name, standalone_mode=False)
        click.echo(nl=False)  # flushes while a full disk can still be reported
        return status if isinstance(status, int) else 0
    except click.ClickException as error:
        with suppress(OSError):
            _show(error)
        return error.exit_code
    except click.Abort:
        return INTERRUPTED
    except SystemExit:
        return closed_pipe  # click exits this way on a closed pipe
    except OSError as error:
        with suppress(OSError), Path(os.devnull).open("wb") as nowhere:
            # Discard the rest of the buffer, so that the interpreter can exit without an error.
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
            complain(f"the output cannot be written: {error.strerror}")
        return FAILED


def _show(error: click.ClickException) -> None:
    """Write an error of the command line, on a terminal between words and with a red beginning."""
    page = StringIO()
    error.show(page)
    begin = click.style(ERROR, fg="red") if not os.environ.get("NO_COLOR") else ERROR
    for line in page.getvalue().splitlines():
        shown = on_error_stream(line, len(ERROR))
        is_error = shown.startswith(ERROR)
        click.echo(f"{begin}{shown.removeprefix(ERROR)}" if is_error else shown, err=True)


class Seconds(click.FloatRange):
    """A number within limits; unlike the base class, it refuses ``nan``."""

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number."""
        number: float = super().convert(cast("float", value), param, ctx)
        if math.isnan(number):
            self.fail(f"{value!r} is not a number", param, ctx)
        return number
