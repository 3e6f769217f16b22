"""The work of ``bxml format``, and output that ``bxml python`` shares with it."""

import errno
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from pyexpat import ParserCreate

import click

from bxml._reading.decode import decode
from bxml.cli.loaded import Loaded, Unread
from bxml.cli.reports import TextReport, remark, screen
from bxml.cli.sources import printable
from bxml.errors import ParseError, ValidationError
from bxml.parser import parse


@dataclass(frozen=True, slots=True)
class Formatted:
    """A formatted document, and what formatting dropped."""

    text: str
    dropped: tuple[tuple[int, str], ...]
    """Line and kind of each comment and processing instruction, in order."""


def format_document(source: bytes) -> Formatted:
    """Return the formatted document, in UTF-8 and with the attributes in table order.

    The result parses to the same values as ``source``, and formatting it again changes nothing.
    Comments and processing instructions are dropped.

    :raises ParseError: for a document with errors.
    :raises ValidationError: if the result is longer than 65,536 bytes.
    """
    text = parse(source).to_bxml(pretty=True)
    return Formatted(text, _dropped(decode(source).characters.encode()))


def _dropped(body: bytes) -> tuple[tuple[int, str], ...]:
    found: list[tuple[int, str]] = []
    parser = ParserCreate("UTF-8")

    def note(kind: str) -> None:
        found.append((parser.CurrentLineNumber, kind))

    parser.CommentHandler = lambda _text: note("comment")
    parser.ProcessingInstructionHandler = lambda _target, _text: note("processing instruction")
    parser.Parse(body, True)  # noqa: FBT003 - expat's own signature
    return tuple(found)


def rewrite(path: Path, body: bytes) -> None:
    """Replace the content of a file, keeping its permissions and symbolic links.

    :raises OSError: if it cannot be written; the file is then unchanged.
    """
    real = path.resolve(strict=True)
    if not os.access(real, os.W_OK):
        # Replacing it would succeed: that needs write permission for the directory only.
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(real))
    handle, name = tempfile.mkstemp(prefix=".bxml-", dir=real.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
        shutil.copymode(real, temporary)
        temporary.replace(real)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


Finish = Callable[[Loaded, Formatted], int]
"""Outputs a formatted document and returns the exit code."""


def format_source(source: Loaded | Unread, finish: Finish) -> int:
    """Format and output one document; return the exit code."""
    if isinstance(source, Unread):
        return report_unread(source)
    try:
        return finish(source, format_document(source.body))
    except (ParseError, ValidationError) as error:
        return report_problems(source, error)


def report_unread(source: Unread) -> int:
    """Print why a source could not be read; return the exit code."""
    remark(source.name, source.reason)
    return 2


def report_problems(loaded: Loaded, error: ParseError | ValidationError) -> int:
    """Print the problems of a document; return the exit code."""
    TextReport(screen(stderr=True)).add(loaded, error.problems)
    return 1


def write_utf8(text: str) -> None:
    """Write UTF-8, the encoding that documents declare, whatever the terminal uses."""
    click.echo(text.encode(), nl=False)


def show(loaded: Loaded, result: Formatted) -> int:
    """Write the document to standard output."""
    if result.dropped:
        remark(loaded.name, f"lost {_lost(result)}")
    write_utf8(result.text)
    return 0


def verdict(loaded: Loaded, result: Formatted) -> int:
    """Print whether formatting would change the document."""
    if result.text.encode() == loaded.body:
        return 0
    lost = f", and would lose {_lost(result)}" if result.dropped else ""
    click.echo(f"{printable(loaded.name)}: would be reformatted{lost}")
    return 1


def writing(*, drop_comments: bool) -> Finish:
    """Return the function that writes a document back to its file."""

    def write(loaded: Loaded, result: Formatted) -> int:
        body = result.text.encode()
        if body == loaded.body:
            return 0
        if result.dropped and not drop_comments:
            advice = "give --drop-comments to accept that"
            remark(loaded.name, f"not written, because it would lose {_lost(result)}; {advice}")
            return 1
        if not loaded.path.is_file():
            reason = "expected a regular file, got a pipe or a device"
            return report_unread(Unread(loaded.name, reason))
        try:
            rewrite(loaded.path, body)
        except OSError as error:
            reason = f"expected a file that can be written, got: {error.strerror}"
            return report_unread(Unread(loaded.name, reason))
        click.echo(f"{printable(loaded.name)}: reformatted")
        return 0

    return write


def _lost(result: Formatted) -> str:
    line, kind = result.dropped[0]
    more = len(result.dropped) - 1
    return f"the {kind} of line {line}" + (f" and {more} more" if more else "")
