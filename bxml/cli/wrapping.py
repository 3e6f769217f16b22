"""Lines for narrow terminals: broken between words, the rest indented; never in a pipe or file."""

import re
import sys
from collections.abc import Iterator
from shutil import get_terminal_size
from textwrap import wrap

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

_WORD = re.compile(r"(\S+)\s*")


def hanging(console: Console, line: Text, indent: int) -> Text:
    """Return a line of text for a console, whose further lines begin at the column ``indent``.

    A word that is longer than a line, such as a URL, stays whole so that it can be copied.
    """
    width = console.width
    if not console.is_terminal or line.cell_len <= width:
        return line
    indent = min(indent, width // 2)
    head, rest = line[:indent], line[indent:]
    lines = rest.divide([*_breaks(rest.plain, width - indent)])
    for piece in lines:
        piece.rstrip()
    return head + Text(f"\n{' ' * indent}").join(lines)


def _breaks(text: str, width: int) -> Iterator[int]:
    """Yield where lines begin after the first one; rich would cut or fold long words."""
    used = 0
    for word in _WORD.finditer(text):
        if used and used + cell_len(word[1]) > width:
            yield word.start()
            used = 0
        used += cell_len(word[0])


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
