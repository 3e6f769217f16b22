"""From BXML text to the same values that the DSL builds."""

from bxml._node import Node
from bxml._reading.decode import Source, Undecodable, decode
from bxml._reading.invariants import invariant_flaws
from bxml._reading.positions import Positions
from bxml._reading.reader import Reader
from bxml._speech import Fragment
from bxml._wording import type_of
from bxml.documents import Document
from bxml.errors import ParseError, Problem

__all__ = ["Source", "parse", "parse_speech"]

_OPEN, _CLOSE = b"<SpeakSentence>", b"</SpeakSentence>"


def parse(source: Source, *, allow_unknown: bool = False) -> Document:
    """Return the document that ``source`` holds.

    ``source`` is XML as text or bytes, a path or an open file. Comments and processing
    instructions are dropped. ``parse(document.to_bxml()) == document`` for every document that
    stays inside the language; with ``allow_unknown`` unknown elements become ``Custom`` and
    unknown attributes ``extra_attributes``, so that it holds for all of them.

    Raises ParseError with every problem of severity error; warnings are for ``check``. A DOCTYPE,
    more than 65,536 bytes, more than 100 levels and text that is not XML are refused before the
    content is looked at. OSError for a path passes through.
    """
    try:
        body = decode(source).characters.encode()
    except Undecodable as refused:
        raise ParseError([undecodable(refused)]) from None
    reader = Reader(keep_unknown=allow_unknown)
    reader.read(body)
    problems = [*errors_of(reader, body)]
    if problems:
        raise ParseError(problems)
    assert isinstance(reader.root, Document)  # noqa: S101 - anything else was reported
    return reader.root


def parse_speech(markup: object) -> Fragment:
    """Return the speech that text with SSML tags stands for; see ``ssml.parse``."""
    if not isinstance(markup, str):
        finding = f"expected text with SSML tags, got {type_of(markup)}"
        raise ParseError([Problem.at("ssml.parse", "malformed-xml", finding)])
    try:
        characters = decode(markup).characters
    except Undecodable as refused:
        raise ParseError([undecodable(refused)]) from None
    # A NUL can only come from the caller; anything else that closes the wrapper early is junk
    # after the root element and refused as such.
    body = _OPEN + characters.encode() + _CLOSE
    reader = Reader(root="SpeakSentence")
    reader.read(body)
    reader.flaws = [flaw for flaw in reader.flaws if flaw.rule != "speak-sentence-blank"]
    problems = [_unwrapped(problem) for problem in errors_of(reader, body)]
    if problems:
        raise ParseError(problems)
    assert isinstance(reader.root, Node)  # noqa: S101 - anything else was reported
    return Fragment(getattr(reader.root, "content"))  # noqa: B009 - the field of SpeakSentence


def _unwrapped(problem: Problem) -> Problem:
    """Return the problem with its column counted without the wrapper."""
    line, column = problem.line, problem.column
    if line == 1 and column is not None:
        column = max(1, column - len(_OPEN))
    return Problem(
        problem.rule,
        problem.severity,
        problem.path,
        line,
        column,
        problem.message,
        problem.hint,
    )


def undecodable(refused: Undecodable) -> Problem:
    """Return the problem of a source that never became characters."""
    message = f"document: {refused.finding}"
    return Problem(
        refused.rule, "error", "document", refused.line, refused.column, message, refused.hint
    )


def errors_of(reader: Reader, body: bytes) -> list[Problem]:
    """Return the problems of severity error that reading and the invariants found, in order."""
    flaws = [*reader.flaws, *invariant_flaws(reader.frames, reader.flaws)]
    wrong = [flaw for flaw in flaws if flaw.severity == "error"]
    if not wrong:
        return []
    positions = Positions(body, reader.frames)
    wrong.sort(key=positions.offset)
    return [positions.problem(flaw) for flaw in wrong]
