"""Lines for narrow terminals: broken between words, the rest indented; never in a pipe or file."""

import sys
from shutil import get_terminal_size
from textwrap import wrap

from rich.console import Console
from rich.text import Text


def hanging(console: Console, line: Text, indent: int) -> Text:
    """Return a line of text for a console, whose further lines begin at the column ``indent``.

    A word that is longer than a line, such as a URL, stays whole so that it can be copied.
    """
    width = console.width
    if not console.is_terminal or line.cell_len <= width:
        return line
    indent = min(indent, width // 2)
    head, rest = line[:indent], line[indent:]
    lines = rest.wrap(console, width - indent, overflow="ignore", tab_size=4)
    return head + Text(f"\n{' ' * indent}").join(lines)


def on_error_stream(line: str, indent: int) -> str:
    """Return the same of a line of plain text for standard error."""
    if not sys.stderr.isatty():
        return line
    width = get_terminal_size().columns
    found = wrap(
        line,
        width,
        subsequent_indent=" " * min(indent, width // 2),
        break_long_words=False,
        break_on_hyphens=False,
        replace_whitespace=False,
    )
    return "\n".join(found)
