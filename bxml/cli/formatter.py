"""The one layout of a document: verbs on lines of their own, speech and texts as they are."""

from dataclasses import dataclass
from pyexpat import ParserCreate

from bxml._reading.decode import decode
from bxml.parser import parse

__all__ = ["Formatted", "format_document"]


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
