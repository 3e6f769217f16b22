"""From text with SSML tags to speech."""

from bxml._node import Node
from bxml._reading.decode import Undecodable, decode
from bxml._reading.invariants import errors_of
from bxml._reading.positions import undecodable
from bxml._reading.reader import Reader
from bxml._speech import Fragment
from bxml._wording import type_of
from bxml.errors import ParseError, Problem

_OPEN, _CLOSE = b"<SpeakSentence>", b"</SpeakSentence>"


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
        problem.rule, problem.severity, problem.path, line, column, problem.message, problem.hint
    )
