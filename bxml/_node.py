"""Base of all element values: immutable, compared by value, with a ``repr`` that rebuilds them."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Self, cast

from bxml._element import Element
from bxml._record import KW_ONLY, DataclassFields, slotted
from bxml.errors import Problem, ValidationError


class Provable:
    """Base that adds one slot to those of the fields."""

    __slots__ = ("_proved",)

    _proved: "type[Node] | None"
    """The class of a value that constructors made from the table, as all that it holds; else None.

    The table and the XSD say the same, so the former fits the XSD. The XSD is asked about any
    other when it is written: what was parsed or unpickled, what holds elements or attributes
    outside the table, and values of classes derived from those of elements.
    """


@slotted
class Node(Provable):
    """Base of every element value: a verb, a noun, an SSML node or a document root.

    Values never change, compare and hash by content, pickle and copy; ``repr`` is Python that
    rebuilds them.
    """

    _: KW_ONLY
    extra_attributes: Mapping[str, str] | None = None
    """Attributes that the vendor added after this release, by wire name. They are written as
    given and take the schema check off for this element; ``check`` reports them."""

    element: ClassVar[Element]
    """The table of this element."""

    _names: ClassVar[tuple[str, ...]]
    _minimum: ClassVar[int] = 0
    """Fewest children, known without making the table."""

    __dataclass_fields__ = DataclassFields()

    if not TYPE_CHECKING:  # pragma: no branch - true whenever the code runs

        def __init__(self, *_: object, **__: object) -> None:
            name = type(self).__name__
            finding = f"expected the class of one element, got {name}, which stands for many"
            hint = "use Custom for an element that bxml does not know"
            raise ValidationError([Problem.at(name, "unknown-element", finding, hint=hint)])

    def _values(self) -> tuple[object, ...]:
        return tuple([getattr(self, name) for name in self._names])

    def _attributes(self) -> str:
        raise NotImplementedError

    def _xml(self) -> str:
        raise NotImplementedError

    def _grown(self, added: "tuple[Node, ...]") -> Self:
        raise NotImplementedError

    @classmethod
    def _make(cls, values: tuple[object, ...]) -> Self:
        """Return a value from valid fields, without checking them."""
        filled = cls.__dict__.get("_filled")
        if filled is not None:
            return cast(Self, filled(values))
        made = object.__new__(cls)
        made._set_slots(values)
        return made

    def _set_slots(self, values: tuple[object, ...]) -> None:
        for name, value in zip(("_proved", *self._names), (None, *values), strict=True):
            object.__setattr__(self, name, value)

    def _with(self, name: str, value: object) -> Self:
        """Return a copy in which one field is replaced, without checking it."""
        return type(self)._make(
            tuple(value if each == name else getattr(self, each) for each in self._names)
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Node) or type(self) is not type(other):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash((type(self), self._values()))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[object, tuple[type[Self], tuple[object, ...]]]:
        return _restore, (type(self), self._values())

    def __repr__(self) -> str:
        return f"{self._called()}({', '.join(self._arguments())})"

    def _called(self) -> str:
        return type(self).__name__

    def _arguments(self) -> Iterator[str]:
        """Yield the constructor arguments that rebuild this value, as source."""
        element = self.element
        yield from map(repr, pieces_of(self))
        if element.content.form == "text":
            yield repr(getattr(self, element.content.name))
        for attribute in element.attributes:
            value = getattr(self, attribute.name)
            if value is not None:
                yield f"{attribute.name}={value!r}"
        if self.extra_attributes is not None:
            yield f"extra_attributes={self.extra_attributes!r}"


def pieces_of(node: Node) -> tuple[str | Node, ...]:
    """Return the children of an element, or the pieces of its speech; empty if it holds neither."""
    content = node.element.content
    if content.form not in ("children", "speech"):
        return ()
    pieces: tuple[str | Node, ...] = getattr(node, content.name)
    return pieces


ELEMENTS: dict[str, type[Node]] = {}
"""Every element class by its BXML name."""


def _restore(cls: type[Node], values: tuple[object, ...]) -> Node:
    return cls._make(values)
