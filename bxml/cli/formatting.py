"""What is done with each document that ``bxml format`` and ``bxml python`` read."""

from collections.abc import Callable

import click

from bxml.cli.formatter import Formatted, format_document
from bxml.cli.reports import TextReport, remark, screen
from bxml.cli.rewriting import rewrite
from bxml.cli.sources import Loaded, Unread, printable
from bxml.errors import ParseError, ValidationError

__all__ = ["Finish", "formatted", "out", "refused", "show", "unread", "verdict", "writing"]

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
