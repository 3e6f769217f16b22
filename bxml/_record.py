"""Classes of typed fields: the dataclass idea, without the cost of making dataclasses at import.

The element classes are dataclasses to type checkers, to ``dataclasses.fields`` and to readers, but
their methods come from ``Node`` and from their table, so that nothing has to be compiled when the
package is imported.
"""

import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, NoReturn, Self, TypeVar, cast, dataclass_transform

from bxml._once import FIRST_USE

if TYPE_CHECKING:
    from dataclasses import KW_ONLY, Field
else:
    KW_ONLY = object()

__all__ = [
    "KW_ONLY",
    "DataclassFields",
    "Declared",
    "ReadOnlyMap",
    "declared_fields",
    "forbid_change",
    "group",
    "positional_group",
    "record",
    "slotted",
]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Declared:
    """One field as the class body declares it."""

    __slots__ = ("_annotation", "_module", "default", "name", "required")

    def __init__(
        self, name: str, annotation: object, default: object, module: str, *, required: bool
    ) -> None:
        self.name = name
        self.default = default
        self.required = required
        self._annotation = annotation
        self._module = module

    @property
    def annotation(self) -> object:
        """The type. Text is evaluated on first use: to make all types takes long at an import."""
        if isinstance(self._annotation, str):
            scope = vars(sys.modules[self._module])
            self._annotation = eval(self._annotation, scope)  # noqa: S307 - our own source
        return self._annotation


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
        name: Declared(
            name,
            annotation,
            cls.__dict__.get(name),
            cls.__module__,
            required=name not in cls.__dict__,
        )
        for name, annotation in annotations.items()
        if annotation not in (KW_ONLY, "KW_ONLY")
        and getattr(annotation, "__origin__", None) is not ClassVar
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


def _refuse(self: object, name: str, change: str) -> NoReturn:
    with FIRST_USE:
        from dataclasses import FrozenInstanceError

    where = f"{type(self).__name__}.{name}"
    raise FrozenInstanceError(f"{where}: expected no {change}, values never change")


def _no_assignment(self: object, name: str, value: object) -> None:  # noqa: ARG001 - protocol
    _refuse(self, name, "assignment")


def _no_deletion(self: object, name: str) -> None:
    _refuse(self, name, "deletion")


def forbid_change(cls: type[T]) -> type[T]:
    """Forbid assignment to instances of the class and of its subclasses."""
    setattr(cls, "__setattr__", _no_assignment)  # noqa: B010 - checkers forbid the plain assignment
    setattr(cls, "__delattr__", _no_deletion)  # noqa: B010 - checkers forbid the plain assignment
    return cls


def _init(self: object, *args: object, **kwargs: object) -> None:
    """Set the fields from arguments, as the constructor of a dataclass would."""
    cls = type(self)
    declared = cls.__dict__["_declared"]
    if len(args) > len(declared):
        raise TypeError(f"{cls.__name__}: expected {len(declared)} arguments, got {len(args)}")
    values = {**cls.__dict__["_defaults"], **dict(zip(declared, args, strict=False)), **kwargs}
    if values.keys() != declared.keys():
        wrong = sorted(values.keys() ^ declared.keys())
        raise TypeError(f"{cls.__name__}: expected {', '.join(declared)}, got or lacks {wrong}")
    self.__dict__.update(values)


def _fields_of(self: object) -> tuple[object, ...]:
    return tuple([self.__dict__[name] for name in type(self).__dict__["_declared"]])


def _equal(self: object, other: object) -> bool:
    return _fields_of(self) == _fields_of(other) if type(self) is type(other) else NotImplemented


def _hash(self: object) -> int:
    return hash((type(self).__name__, *_fields_of(self)))


def _repr(self: object) -> str:
    shown = (f"{name}={self.__dict__[name]!r}" for name in type(self).__dict__["_declared"])
    return f"{type(self).__qualname__}({', '.join(shown)})"


@dataclass_transform(frozen_default=True)
def record(cls: type[T]) -> type[T]:
    """Make a class of fields into a frozen record, which tools see as a dataclass.

    For records that are made once or on errors: the constructor is shared, not compiled.
    """
    declared = {**declared_fields(cls), **_declare(cls)}
    for name, value in (
        ("_declared", declared),
        ("_defaults", {n: each.default for n, each in declared.items() if not each.required}),
        ("__init__", _init),
        ("__eq__", _equal),
        ("__hash__", _hash),
        ("__repr__", _repr),
        ("__dataclass_fields__", DataclassFields()),
    ):
        setattr(cls, name, value)
    return forbid_change(cls)


class DataclassFields:
    """Makes the fields for ``dataclasses.fields`` and ``is_dataclass`` on first use."""

    def __get__(self, instance: object, owner: type) -> "dict[str, Field[object]]":
        with FIRST_USE:
            from dataclasses import field, fields, make_dataclass

        specified = [
            (
                declared_field.name,
                declared_field.annotation,
                field() if declared_field.required else field(default=declared_field.default),
            )
            for declared_field in declared_fields(owner).values()
        ]
        made = make_dataclass(owner.__name__, specified, kw_only=True)
        return {field.name: field for field in fields(made)}


class ReadOnlyMap(Mapping[str, T_co]):
    """An immutable mapping, so that its owner can be shared, hashed and pickled."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, T_co]) -> None:
        self._items = dict(items)

    def __getitem__(self, name: str) -> T_co:
        return self._items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        # Values may be lists, which have no hash; equal maps have equal names.
        return hash(frozenset(self._items))

    def __repr__(self) -> str:
        return repr(self._items)

    def __reduce__(self) -> tuple[type[Self], tuple[dict[str, T_co]]]:
        return type(self), (self._items,)
