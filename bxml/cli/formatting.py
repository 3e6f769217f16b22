"""What is done with each document that ``bxml format`` and ``bxml python`` read."""

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

__all__ = [
    "Finish",
    "Formatted",
    "format_document",
    "formatted",
    "out",
    "refused",
    "rewrite",
    "show",
    "unread",
    "verdict",
    "writing",
]


@dataclass(frozen=True, slots=True)
class Formatted:
    """A document in its one layout, and what did not get into it."""

    text: str
    dropped: tuple[tuple[int, str], ...]
    """Line and kind of each comment and processing instruction, in order."""


def format_document(source: bytes) -> Formatted:
    """Return the document in its one layout, in UTF-8 and with the attributes in table order.

    Reading the result gives the same values as reading ``source``, and formatting it again
    changes nothing. Comments and processing instructions are lost. Raises ParseError for a
    document with errors, and ValidationError when the result is longer than 65,536 bytes.
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
    """Give the file this content and keep its permissions; a link stays a link.

    Raises OSError, and then the file is as it was.
    """
    real = path.resolve(strict=True)
    if not os.access(real, os.W_OK):
        # Renaming over it would work: that takes the permission of the folder alone.
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(real))
    handle, name = tempfile.mkstemp(prefix=".bxml-", dir=real.parent)
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
        shutil.copymode(real, beside)
        beside.replace(real)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


Finish = Callable[[Loaded, Formatted], int]
"""What is done with a formatted document; returns the exit code."""


def formatted(each: Loaded | Unread, finish: Finish) -> int:
    """Format one document and finish it; return the exit code."""
    if isinstance(each, Unread):
        return unread(each)
    try:
        return finish(each, format_document(each.body))
    except (ParseError, ValidationError) as error:
        return refused(each, error)


def unread(each: Unread) -> int:
    """Say why there is nothing to work on."""
    remark(each.name, each.reason)
    return 2


def refused(loaded: Loaded, error: ParseError | ValidationError) -> int:
    """Say what is wrong with a document."""
    TextReport(screen(stderr=True)).add(loaded, error.problems)
    return 1


def out(text: str) -> None:
    """Write UTF-8, whatever the encoding of the terminal: documents declare it."""
    click.echo(text.encode(), nl=False)


def show(loaded: Loaded, result: Formatted) -> int:
    """Write the document to standard output."""
    if result.dropped:
        remark(loaded.name, f"lost {_lost(result)}")
    out(result.text)
    return 0


def verdict(loaded: Loaded, result: Formatted) -> int:
    """Say whether the document would change."""
    if result.text.encode() == loaded.body:
        return 0
    lost = f", and would lose {_lost(result)}" if result.dropped else ""
    click.echo(f"{printable(loaded.name)}: would be laid out anew{lost}")
    return 1


def writing(*, drop_comments: bool) -> Finish:
    """Return what puts a document in the place of its file."""

    def write(loaded: Loaded, result: Formatted) -> int:
        body = result.text.encode()
        if body == loaded.body:
            return 0
        if result.dropped and not drop_comments:
            advice = "give --drop-comments to accept that"
            remark(loaded.name, f"not written, because it would lose {_lost(result)}; {advice}")
            return 1
        if not loaded.path.is_file():
            return unread(Unread(loaded.name, "expected a file that can be replaced, got another"))
        try:
            rewrite(loaded.path, body)
        except OSError as error:
            reason = f"expected a file that can be written, got: {error.strerror}"
            return unread(Unread(loaded.name, reason))
        click.echo(f"{printable(loaded.name)}: laid out anew")
        return 0

    return write


def _lost(result: Formatted) -> str:
    line, kind = result.dropped[0]
    more = len(result.dropped) - 1
    return f"the {kind} of line {line}" + (f" and {more} more" if more else "")
