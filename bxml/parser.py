"""From BXML text to the same values that the DSL builds."""

from bxml._reading.decode import Source, Undecodable, decode
from bxml._reading.invariants import errors_of
from bxml._reading.positions import undecodable
from bxml._reading.quick import read_quickly
from bxml._reading.reader import Reader
from bxml.documents import Document
from bxml.errors import ParseError

__all__ = ["Source", "parse"]


def parse(source: Source, *, allow_unknown: bool = False) -> Document:
    """Return the document that ``source`` holds.

    ``source`` is XML as text or bytes, a path or an open file. Comments and processing
    instructions are dropped. ``parse(document.to_bxml()) == document`` for every document that
    stays inside the language; with ``allow_unknown`` unknown elements become ``Custom`` and
    unknown attributes ``extra_attributes``, so that it holds for all of them.

    A DOCTYPE, more than 65,536 bytes, more than 100 levels and text that is not XML are refused
    before the content is read.

    :raises ParseError: with every problem of severity error; warnings are for ``check``.
    :raises OSError: for a path that cannot be read.
    """
    try:
        body = decode(source).characters.encode()
    except Undecodable as refused:
        raise ParseError([undecodable(refused)]) from None
    found = read_quickly(body)
    if found is not None and isinstance(found[0], Document):
        return found[0]
    reader = Reader(keep_unknown=allow_unknown)
    reader.read(body)
    problems = [*errors_of(reader, body)]
    if problems:
        raise ParseError(problems)
    assert isinstance(reader.root, Document)  # noqa: S101 - anything else was reported
    return reader.root
