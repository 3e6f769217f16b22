"""Speech content: text mixed with SSML nodes, brought to one spelling."""

from collections.abc import Iterable, Iterator

from bxml._constraints import Refused, plain, refuse_illegal, shown
from bxml._node import Node
from bxml.errors import Problem

__all__ = ["MAX_SPEECH_DEPTH", "Fragment", "merged", "speech"]

MAX_SPEECH_DEPTH = 97
"""Deepest SSML nesting; with SpeakSentence, Gather and the root it makes 100 levels."""

Piece = str | Node


class Fragment:
    """Text and SSML nodes to be spread into the speech they are put in; see ``ssml.parse``."""

    __slots__ = ("_pieces",)

    def __init__(self, pieces: Iterable[Piece]) -> None:
        self._pieces = tuple(pieces)

    def __iter__(self) -> Iterator[Piece]:
        return iter(self._pieces)

    def __len__(self) -> int:
        return len(self._pieces)

    def __eq__(self, other: object) -> bool:
        return self._pieces == other._pieces if isinstance(other, Fragment) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._pieces)

    def __repr__(self) -> str:
        return f"ssml.fragment({', '.join(map(repr, self._pieces))})"


def merged(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Return the pieces without empty texts and with neighbouring texts joined."""
    joined: list[Piece] = []
    texts: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            texts.append(piece)
            continue
        if any(texts):
            joined.append("".join(texts))
        texts.clear()
        joined.append(piece)
    if any(texts):
        joined.append("".join(texts))
    return tuple(joined)


def _depth(node: Node) -> int:
    inner: tuple[Piece, ...] = getattr(node, node.element.content.name, ())
    return 1 + max((_depth(each) for each in inner if isinstance(each, Node)), default=0)


def _accepted(piece: object) -> Iterator[Piece]:
    if isinstance(piece, Fragment):
        yield from piece
    elif isinstance(piece, str):
        text = plain(piece)
        refuse_illegal(text)
        yield text
    elif isinstance(piece, Node) and (piece.element.kind == "ssml" or not piece.element.parents):
        if _depth(piece) > MAX_SPEECH_DEPTH:
            raise Refused(
                "nested-too-deep", f"expected at most {MAX_SPEECH_DEPTH} levels of SSML, got more"
            )
        yield piece
    elif isinstance(piece, Node):
        got = type(piece).__name__
        raise Refused(
            "element-not-allowed-here",
            f"expected text or SSML, got {got}",
            f"{got} belongs in {' or '.join(piece.element.parents)}",
        )
    else:
        hint = "write str(...) around it" if isinstance(piece, int | float) else None
        raise Refused("text-not-allowed", f"expected text or SSML, got {shown(piece)}", hint)


def speech(node: Node, pieces: tuple[object, ...], problems: list[Problem]) -> tuple[Piece, ...]:
    """Return the content of ``node`` in its one spelling; add a problem for each piece refused."""
    owner = node._owner()
    content = node.element.content
    taken: list[Piece] = []
    refused = len(problems)
    for index, piece in enumerate(pieces):
        where = f"{owner}.{content.name}" + (f"[{index}]" if len(pieces) > 1 else "")
        try:
            taken.extend(_accepted(piece))
        except Refused as error:
            problems.append(Problem.at(where, error.rule, error.finding, hint=error.hint))
    result = merged(taken)
    blank = all(isinstance(each, str) and not each.strip(" \t\r\n") for each in result)
    if content.required and blank and len(problems) == refused:
        got = shown(result[0]) if result else "nothing"
        problems.append(
            Problem.at(
                f"{owner}.{content.name}",
                "speak-sentence-blank",
                f"expected text to say, got {got}",
                hint="use Pause for silence",
            )
        )
    return result
