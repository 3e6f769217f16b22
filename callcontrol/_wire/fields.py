"""Records of the wire (events, replies, recordings), and the table of each: a row per field.

A field is declared once, as an annotated attribute. Its wire name is the lowerCamelCase of its
Python name, its kind follows from its type, and it is required if it has no default.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from enum import Enum, auto
from types import UnionType
from typing import (
    Annotated,
    Any,
    TypeVar,
    Union,
    cast,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
    overload,
)

from bxml._element import wire_name
from bxml._once import once
from callcontrol._frozen import MISSING, declared, field, frozen, slotted
from callcontrol._wire.json import Misfit
from callcontrol._wire.kinds import KINDS, OpenMap, ValueKind

T = TypeVar("T")


class Presence(Enum):
    """Whether a field is always present."""

    REQUIRED = auto()
    """Reading and constructing fail without it. The raw value of any other field that cannot be
    read is kept, see ``unread``."""
    ALWAYS = auto()
    """Documented on every event of the kind; None if a body omits it anyway."""
    OPTIONAL = auto()
    """Sent only if it applies."""
    UNSENT = auto()
    """Not in the JSON object; set by the code that reads it."""


@frozen
class Alias:
    """Another wire name of the field, seen in the vendor's samples."""

    name: str


@frozen
class WireName:
    """The wire name of a field that is not the lowerCamelCase of its Python name."""

    name: str


@frozen
class Fallback:
    """The value read for a missing field that has no default in the constructor."""

    value: object


Always = Annotated[T | None, Presence.ALWAYS]
"""A field documented on every event of its kind; None if a body omits it anyway."""


@frozen
class WireField:
    """One field of a class: its Python name, wire name, kind and presence."""

    name: str
    wire_name: str
    kind: ValueKind[Any]
    presence: Presence
    default: object
    aliases: tuple[str, ...] = ()

    @property
    def spread(self) -> bool:
        """Whether the field holds the values of undeclared fields."""
        return isinstance(self.kind, OpenMap)

    def holds(self, value: object) -> bool:
        """Return whether a wire value can be read as this field."""
        try:
            return value is None or self.kind.read(value) is not None
        except Misfit:
            return False

    def is_unread(self, source: object, extra: Mapping[str, object]) -> str | None:
        """Return the name of this field's unread value in the ``extra`` of ``source``, or None."""
        if self.spread or getattr(source, self.name) != self.default:
            return None
        return next((name for name in (self.wire_name, *self.aliases) if name in extra), None)


@overload
def record(cls: type[T], /) -> type[T]: ...
@overload
def record(*, kw_only: bool) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def record(
    cls: type[T] | None = None, /, *, kw_only: bool = True
) -> type[T] | Callable[[type[T]], type[T]]:
    """Make a frozen, slotted class that inherits the fields and the ``repr`` of its groups."""

    def decorate(body: type[T]) -> type[T]:
        return slotted(body, kw_only=kw_only)

    return decorate if cls is None else decorate(cls)


class Nestable:
    """Base of the classes whose instances are values of a field; each names its own kind."""

    __slots__ = ()

    @classmethod
    @abstractmethod
    def wire_kind(cls) -> ValueKind[Any]:
        """Return the kind of the fields that hold an instance."""


@once
def wire_fields(cls: type) -> tuple[WireField, ...]:
    """Return the table of a record class, in wire order.

    It is derived on first use, to keep the import quick.
    """
    hints = get_type_hints(cls, include_extras=True)
    return tuple(
        _wire_field(name, hints[name], each.default)
        for name, each in declared(cls).items()
        if each.init and Presence.UNSENT not in get_args(hints[name])
    )


def _wire_field(name: str, hint: object, default: object) -> WireField:
    notes: tuple[object, ...] = ()
    if get_origin(hint) is Annotated:
        hint, *noted = get_args(hint)
        notes = tuple(noted)
    if get_origin(hint) in (Union, UnionType):
        hint = next(part for part in get_args(hint) if part is not type(None))
    default = next((note.value for note in notes if isinstance(note, Fallback)), default)
    presence = Presence.OPTIONAL if default is None else Presence.ALWAYS
    if default is MISSING:
        presence = Presence.REQUIRED
    return WireField(
        name,
        next((note.name for note in notes if isinstance(note, WireName)), wire_name(name)),
        _kind(hint, notes),
        next((note for note in notes if isinstance(note, Presence)), presence),
        None if default is MISSING else default,
        tuple(note.name for note in notes if isinstance(note, Alias)),
    )


def _kind(hint: object, notes: tuple[object, ...]) -> ValueKind[Any]:
    """Return the annotated kind, or else the kind of the type."""
    for note in notes:
        if isinstance(note, ValueKind):
            return cast("ValueKind[Any]", note)  # type: ignore[redundant-cast] # pyright wants it
    if isinstance(hint, type) and issubclass(hint, Nestable):
        return hint.wire_kind()
    return KINDS[hint]
