"""Classes of typed fields: the dataclass idea, without the cost of making dataclasses at import.

The element classes are dataclasses to type checkers, to ``dataclasses.fields`` and to readers, but
their methods come from ``Node`` and from their table, so that nothing has to be compiled when the
package is imported.
"""

from collections.abc import Mapping
from dataclasses import KW_ONLY
from typing import TYPE_CHECKING, ClassVar, TypeVar, cast, dataclass_transform

if TYPE_CHECKING:
    from dataclasses import Field

__all__ = ["DataclassFields", "Declared", "declared_fields", "group", "positional_group", "slotted"]

T = TypeVar("T")


class Declared:
    """One field as the class body declares it."""

    __slots__ = ("annotation", "name", "required")

    def __init__(self, name: str, annotation: object, *, required: bool) -> None:
        self.name = name
        self.annotation = annotation
        self.required = required


def declared_fields(cls: type) -> dict[str, Declared]:
    """Return the fields of a class and its bases: its own first, then those of its groups."""
    found: dict[str, Declared] = {}
    for each in cls.__mro__:
        if "_declared" in each.__dict__:
            for name, field in each.__dict__["_declared"].items():
                found.setdefault(name, field)
    return found


def _declare(cls: type) -> dict[str, Declared]:
    annotations: Mapping[str, object] = cls.__dict__.get("__annotations__", {})  # noqa: RUF063 - only its own
    return {
        name: Declared(name, annotation, required=name not in cls.__dict__)
        for name, annotation in annotations.items()
        if annotation is not KW_ONLY and getattr(annotation, "__origin__", None) is not ClassVar
    }


@dataclass_transform(frozen_default=True, kw_only_default=True)
def group(cls: type[T]) -> type[T]:
    """Make a class whose fields others inherit; they may only be given by keyword."""
    setattr(cls, "_declared", _declare(cls))  # noqa: B010 - checkers forbid the plain assignment
    return cls


@dataclass_transform(frozen_default=True)
def positional_group(cls: type[T]) -> type[T]:
    """Make a class whose fields others inherit; they may be given by position."""
    setattr(cls, "_declared", _declare(cls))  # noqa: B010 - checkers forbid the plain assignment
    return cls


@dataclass_transform(frozen_default=True)
def slotted(cls: type[T]) -> type[T]:
    """Return the class with a slot for each of its fields, those of its groups included."""
    own = _declare(cls)
    setattr(cls, "_declared", own)  # noqa: B010 - checkers forbid the plain assignment
    taken = {slot for base in cls.__mro__[1:] for slot in base.__dict__.get("__slots__", ())}
    members = {key: value for key, value in cls.__dict__.items() if key not in own}
    members.pop("__dict__", None)
    members.pop("__weakref__", None)
    members["__slots__"] = tuple(name for name in declared_fields(cls) if name not in taken)
    made = cast(type[T], type(cls.__name__, cls.__bases__, members))
    made.__qualname__ = cls.__qualname__
    return made


class DataclassFields:
    """Gives ``dataclasses.fields`` and ``is_dataclass`` what they look for, when they do."""

    def __get__(self, instance: object, owner: type) -> "dict[str, Field[object]]":
        from dataclasses import field, fields, make_dataclass

        specified = [
            (each.name, each.annotation, field() if each.required else field(default=None))
            for each in declared_fields(owner).values()
        ]
        made = make_dataclass(owner.__name__, specified, kw_only=True)
        return {each.name: each for each in fields(made)}
