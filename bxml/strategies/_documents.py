"""Strategies for verbs of any kind and for whole documents."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar, cast, overload

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bxml._escape_hatch import Custom
from bxml._once import once
from bxml._verb import Verb
from bxml._wording import quoted
from bxml.documents import Bxml, Document, Response
from bxml.errors import Problem, ValidationError
from bxml.strategies._elements import Piece, Pieces, classes, elements, fitting
from bxml.strategies._values import CHARACTERS, wordings

D = TypeVar("D", bound=Document)

DOCUMENT_BYTES = 60_000
"""Most bytes of the verbs of a document; the rest is for the root and the XML declaration."""

MAX_VERBS = 8
ROOTS = (Response, Bxml)


@once
def verbs() -> SearchStrategy[Verb]:
    """Return a strategy for verbs of all 26 kinds. Shrinks to ``Hangup()``."""
    return cast("SearchStrategy[Verb]", st.one_of([elements(cls) for cls in classes("verb")]))


def _refuse(where: str, rule: str, finding: str, hint: str | None = None) -> ValidationError:
    return ValidationError([Problem.at(f"strategies.{where}", rule, finding, hint=hint)])


def _checked(root: object, held: object, most: object) -> None:
    if root is not None and not any(root is cls for cls in ROOTS):
        finding = f"expected the class Response or Bxml, got {quoted(root)}"
        raise _refuse("documents.root", "root-not-allowed", finding)
    if held is not None and not isinstance(held, SearchStrategy):
        hint = "such as gathers() | speak_sentences()"
        finding = f"expected a strategy for verbs, got {quoted(held)}"
        raise _refuse("documents.verbs", "value-not-in-enum", finding, hint)
    if isinstance(most, bool) or not isinstance(most, int):
        finding = f"expected an integer of 0 or more, got {quoted(most)}"
        raise _refuse("documents.max_size", "bad-number", finding)
    if most < 0:
        finding = f"expected an integer of 0 or more, got {most}"
        raise _refuse("documents.max_size", "value-out-of-range", finding)


@overload
def documents(
    *, verbs: SearchStrategy[Verb] | None = None, max_size: int = MAX_VERBS
) -> SearchStrategy[Document]: ...
@overload
def documents(
    *, root: type[D], verbs: SearchStrategy[Verb] | None = None, max_size: int = MAX_VERBS
) -> SearchStrategy[D]: ...
def documents(
    *,
    root: type[Document] | None = None,
    verbs: SearchStrategy[Verb] | None = None,
    max_size: int = MAX_VERBS,
) -> SearchStrategy[Document]:
    """Return a strategy for valid documents: they can be written and parsed.

    ``root`` is Response or Bxml (default: both), ``verbs`` a strategy for the content (default: all
    verbs), ``max_size`` the most verbs. A document may be empty, and has fewer than the 65,536
    bytes that the platform accepts. ``check`` reports no errors for it, but often warnings.
    Shrinks to ``Response()``.

    :raises ValidationError: for any other argument.
    """
    _checked(root, verbs, max_size)
    held = cast("SearchStrategy[Piece]", _any_verb() if verbs is None else verbs)
    pieces = st.lists(held, max_size=max_size).map(partial(fitting, room=DOCUMENT_BYTES))
    roots = ROOTS if root is None else (root,)
    return st.one_of([_document(root, pieces) for root in roots])


_any_verb = verbs
"""The function ``verbs``, which a parameter of ``documents`` shadows."""


@st.composite  # st.builds would print documents as calls of this function
def _document(draw: st.DrawFn, root: type[Document], pieces: SearchStrategy[Pieces]) -> Document:
    construct = cast("Callable[..., Document]", root)
    return construct(*draw(pieces))


@once
def _names() -> SearchStrategy[str]:
    """Return a strategy for XML names that are no element or attribute of BXML."""
    tails = st.text(st.characters(codec="ascii", categories=("L", "N")) | st.sampled_from("_-."))
    return st.builds("{}{}".format, st.sampled_from(("New", "x-", "_")), tails)


@st.composite
def _custom(draw: st.DrawFn) -> Custom:
    attributes = draw(st.dictionaries(_names(), wordings(), max_size=3))
    pieces = draw(st.lists(st.text(CHARACTERS, max_size=MAX_VERBS) | verbs(), max_size=3))
    return Custom(draw(_names()), *pieces, attributes=attributes)


@once
def customs() -> SearchStrategy[Custom]:
    """Return a strategy for Custom elements with unknown names.

    They contain text and verbs. No other strategy yields them, because their validity cannot be
    checked. Shrinks to ``Custom("New")``.
    """
    return _custom()
