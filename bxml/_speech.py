"""Speech content: text mixed with SSML nodes, brought to one spelling."""

from collections.abc import Iterable, Iterator

from bxml._element import Element
from bxml._node import Node
from bxml._wording import (
    InvalidValue,
    exact_str,
    join_with_or,
    quoted,
    refuse_illegal,
    text_advice,
)
from bxml.errors import Problem, ValidationError

MAX_SPEECH_DEPTH = 97
"""Deepest SSML nesting; with SpeakSentence, Gather and the root it makes 100 levels."""

Piece = str | Node


class Fragment:
    """Text and SSML nodes to be spread into the speech they are put in; see ``ssml.parse``.

    :raises ValidationError: for anything that speech cannot hold.
    """

    __slots__ = ("_pieces",)

    def __init__(self, pieces: "Iterable[Piece | Fragment]") -> None:
        problems: list[Problem] = []
        taken: list[Piece] = []
        for index, piece in enumerate(pieces):
            taken.extend(_taken(f"ssml.fragment[{index}]", piece, problems))
        if problems:
            raise ValidationError(problems)
        self._pieces = merged(taken)

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


def refuse_depth(node: Node) -> None:
    """Raise ``InvalidValue`` for a node with more levels than any document has room for."""
    if _depth(node) > MAX_SPEECH_DEPTH:
        raise InvalidValue(
            "nested-too-deep", f"expected at most {MAX_SPEECH_DEPTH} levels of elements, got more"
        )


def _accepted(piece: object) -> Iterator[Piece]:
    if isinstance(piece, Fragment):
        yield from piece
    elif isinstance(piece, str):
        text = exact_str(piece)
        refuse_illegal(text)
        yield text
    elif isinstance(piece, Node) and _speakable(piece.element):
        refuse_depth(piece)
        yield piece
    elif isinstance(piece, Node):
        got, parents = type(piece).__name__, piece.element.parents
        hint = f"{got} belongs in {join_with_or(parents)}" if parents else None
        raise InvalidValue("element-not-allowed-here", f"expected text or SSML, got {got}", hint)
    else:
        raise InvalidValue(
            "text-not-allowed", f"expected text or SSML, got {quoted(piece)}", _advice(piece)
        )


def _advice(piece: object) -> str | None:
    if isinstance(piece, list | tuple):
        return "unpack it with *"
    if isinstance(piece, bool):
        return "write str(...) around it"
    return f"call it: {piece.__name__}(...)" if isinstance(piece, type) else text_advice(piece)


def _speakable(element: Element) -> bool:
    custom = element.kind != "root" and not element.parents
    return element.kind == "ssml" or custom


def _taken(where: str, piece: object, problems: list[Problem]) -> Iterator[Piece]:
    """Yield what the piece stands for; add a problem when it does not belong into speech."""
    try:
        yield from _accepted(piece)
    except InvalidValue as error:
        problems.append(Problem.at(where, error.rule, error.finding, hint=error.hint))


def _worded(pieces: Iterable[Piece]) -> Iterator[str]:
    return (piece for piece in pieces if isinstance(piece, str) and piece.strip(" \t\r\n"))


def speech(node: Node, pieces: tuple[object, ...], problems: list[Problem]) -> tuple[Piece, ...]:
    """Return the content of ``node`` in its one spelling; add a problem for each piece refused."""
    owner = node.element.owner
    content = node.element.content
    taken: list[Piece] = []
    refused = len(problems)
    for index, piece in enumerate(pieces):
        where = f"{owner}.{content.name}" + (f"[{index}]" if len(pieces) > 1 else "")
        taken.extend(_taken(where, piece, problems))
    if not content.words:
        for text in _worded(taken):
            finding = f"expected no text, got {quoted(text)}"
            hint = f"put the text beside {owner}()"
            problems.append(
                Problem.at(f"{owner}.{content.name}", "text-not-allowed", finding, hint=hint)
            )
        return tuple(each for each in taken if isinstance(each, Node))
    result = merged(taken)
    blank = not any(isinstance(each, Node) for each in result) and not any(_worded(result))
    if content.required and blank and len(problems) == refused:
        got = quoted(result[0]) if result else "nothing"
        problems.append(
            Problem.at(
                f"{owner}.{content.name}",
                "speak-sentence-blank",
                f"expected text to say, got {got}",
                hint="use Pause for silence",
            )
        )
    return result
