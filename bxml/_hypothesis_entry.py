"""Entry point that Hypothesis calls on import where bxml is installed.

It registers a strategy for each class; the modules of the strategies are imported when one of
them is used.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from bxml._once import FIRST_IMPORT

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from bxml._node import Node


def _made_by(name: str) -> "Callable[[type[Node]], SearchStrategy[Node]]":
    def strategy(_cls: "type[Node]") -> "SearchStrategy[Node]":
        with FIRST_IMPORT:
            from bxml import strategies

        make = cast("Callable[[], SearchStrategy[Node]]", getattr(strategies, name))
        return make()

    return strategy


def _of_class(cls: "type[Node]") -> "SearchStrategy[Node]":
    with FIRST_IMPORT:
        from bxml.strategies._elements import elements

    return elements(cls)


def _of_root(cls: "type[Node]") -> "SearchStrategy[Node]":
    with FIRST_IMPORT:
        from bxml.documents import Document
        from bxml.strategies import documents

    assert issubclass(cls, Document)  # noqa: S101 - registered for these only
    return documents(root=cls)


def register() -> None:
    """Let ``st.from_type`` make the values of every element class and of their bases.

    Takes no lock for the imports: it is called while Hypothesis is imported.
    """
    from hypothesis.strategies import register_type_strategy

    from bxml._escape_hatch import Custom
    from bxml._node import ELEMENTS
    from bxml._verb import Verb
    from bxml.documents import Document
    from bxml.ssml import SsmlNode

    for cls in ELEMENTS.values():
        make = _of_root if issubclass(cls, Document) else _of_class
        register_type_strategy(cls, make)
    for base, name in (
        (Custom, "customs"),
        (Document, "documents"),
        (SsmlNode, "ssml_nodes"),
        (Verb, "verbs"),
    ):
        register_type_strategy(base, _made_by(name))
