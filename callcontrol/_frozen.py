"""Frozen classes of fields: dataclasses whose methods are compiled on first use.

To type checkers, to ``dataclasses`` and to readers they are ``dataclass(frozen=True, slots=True)``.
To make one of those takes half a millisecond, and to import ``dataclasses`` five: together more
than half as long as to import ``requests``, for the classes of the client and of the webhooks.
"""

from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    NoReturn,
    Protocol,
    TypeVar,
    cast,
    dataclass_transform,
    overload,
)

from bxml._generated import run
from bxml._once import FIRST_USE, once

if TYPE_CHECKING:
    from dataclasses import Field

T = TypeVar("T")


class _Missing:
    def __repr__(self) -> str:
        return "<factory>"  # as signatures show it


MISSING: Any = _Missing()
"""Stands for a default that a field does not have."""


class Declared:
    """One field as the class body declares it."""

    def __init__(
        self,
        default: object,
        factory: object = MISSING,
        *,
        init: bool = True,
        repr: bool = True,  # noqa: A002 - as in dataclasses
        compare: bool = True,
    ) -> None:
        self.default = default
        self.factory = factory
        self.init = init
        self.repr = repr
        self.compare = compare
        self.name = ""
        self.annotation: object = None
        self.kw_only = False


@overload
def field(*, default: T, init: bool = True, repr: bool = True, compare: bool = True) -> T: ...
@overload
def field(*, default_factory: Callable[[], T], init: bool = True, repr: bool = True) -> T: ...
@overload
def field(*, init: bool = True, repr: bool = True) -> Any: ...  # noqa: ANN401 - as in typeshed
def field(
    *,
    default: object = MISSING,
    default_factory: object = MISSING,
    init: bool = True,
    repr: bool = True,  # noqa: A002 - as in dataclasses
    compare: bool = True,
) -> object:
    """Declare a field as ``dataclasses.field`` does."""
    return Declared(default, default_factory, init=init, repr=repr, compare=compare)


@once
def declared(cls: type) -> dict[str, Declared]:
    """Return the fields of a class and of its groups, in the order of dataclasses."""
    return _collected(cls)


def _collected(cls: type) -> dict[str, Declared]:
    found: dict[str, Declared] = {}
    for each in reversed(cls.__mro__):
        found |= each.__dict__.get("_declared") or _of_dataclass(each)
    return found


def _of_dataclass(cls: type) -> dict[str, Declared]:
    """Return the fields of the body of a dataclass that an application derives from ours."""
    made: object = cls.__dict__.get("__dataclass_fields__")
    if not isinstance(made, dict):
        return {}
    with FIRST_USE:
        import dataclasses

    found: dict[str, Declared] = {}
    for name in cls.__dict__.get("__annotations__", {}):  # noqa: RUF063 - only its own
        given = cast("dict[str, Field[object]]", made)[name]
        default: object = MISSING if given.default is dataclasses.MISSING else given.default
        found[name] = Declared(default, init=given.init, repr=given.repr)
    return found


def _declare(cls: type, *, kw_only: bool) -> dict[str, Declared]:
    found: dict[str, Declared] = {}
    annotations: Mapping[str, object] = cls.__dict__.get("__annotations__", {})  # noqa: RUF063 - only its own
    for name, annotation in annotations.items():
        if getattr(annotation, "__origin__", None) is ClassVar:
            continue
        given = cls.__dict__.get(name, MISSING)
        if not isinstance(given, Declared):
            given = Declared(given)
        given.name, given.annotation = name, annotation
        given.kw_only = kw_only
        found[name] = given
    return found


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def group(cls: type[T]) -> type[T]:
    """Make a group of fields to inherit; without slots, so that groups can be combined."""
    own = _declare(cls, kw_only=True)
    for name, each in own.items():
        if name in cls.__dict__:
            setattr(cls, name, each.default)
    for name, value in (
        ("_declared", own),
        ("__dataclass_fields__", _Later(_fields, cls, "__dataclass_fields__")),
        ("__dataclass_params__", _Later(_params, cls, "__dataclass_params__")),
    ):
        setattr(cls, name, value)
    return cls


@overload
def frozen(cls: type[T], /) -> type[T]: ...
@overload
def frozen(*, kw_only: bool = False) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(
    cls: type[T] | None = None, /, *, kw_only: bool = False
) -> type[T] | Callable[[type[T]], type[T]]:
    """Make a frozen, slotted class, as ``dataclass(frozen=True, slots=True)`` does."""

    def decorate(body: type[T]) -> type[T]:
        return slotted(body, kw_only=kw_only)

    return decorate if cls is None else decorate(cls)


def slotted(body: type[T], *, kw_only: bool) -> type[T]:
    """Return the class with a slot for each field that no base has one for."""
    own = _declare(body, kw_only=kw_only)
    setattr(body, "_declared", own)  # noqa: B010 - checkers forbid the plain assignment
    every = _collected(body)
    taken = {slot for base in body.__mro__[1:] for slot in base.__dict__.get("__slots__", ())}
    left_out = {*own, "__dict__", "__weakref__"}
    if body.__dict__.get("__hash__", MISSING) is None:  # since the body has __eq__
        left_out.add("__hash__")
    members = {
        **METHODS,
        **{name: value for name, value in body.__dict__.items() if name not in left_out},
        "__slots__": tuple(name for name in every if name not in taken),
        "__match_args__": tuple(n for n, each in every.items() if each.init and not each.kw_only),
        "__init__": _Later(_constructor),
        "__dataclass_fields__": _Later(_fields),
        "__dataclass_params__": _Later(_params),
        "_values": staticmethod(_getter([n for n, each in every.items() if each.compare])),
    }
    if body.__repr__ is object.__repr__:
        members["__repr__"] = _repr
    metaclass = cast("Callable[..., type[T]]", type(body))
    made = metaclass(body.__name__, body.__bases__, members)
    made.__qualname__ = body.__qualname__
    return made


def _getter(names: list[str]) -> Callable[[object], tuple[object, ...]]:
    """Return a function that returns the fields of an instance."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda instance: tuple([getattr(instance, name) for name in names])


class _Later:
    """An attribute or method of a class that is made when it is first read."""

    __slots__ = ("_make", "_name", "_owner")

    def __init__(self, make: Callable[[type], Any], owner: type = object, name: str = "") -> None:
        self._make, self._owner, self._name = make, owner, name

    def __set_name__(self, owner: type, name: str) -> None:
        self._owner, self._name = owner, name

    def __get__(self, instance: object, owner: type) -> object:
        made = self._make(self._owner)
        setattr(self._owner, self._name, made)
        return made.__get__(instance, owner) if self._name == "__init__" else made


INIT = """\
def __init__(self{parameters}):
{fields}
"""


@once
def _constructor(cls: type) -> Callable[..., None]:
    every = declared(cls)
    scope: dict[str, object] = {"__name__": cls.__module__, "MISSING": MISSING}
    for name, each in every.items():
        scope[f"default_{name}"] = each.default
        scope[f"new_{name}"] = each.factory
        scope[f"set_{name}"] = getattr(cls, name).__set__
    lines = [*map(_assignment, every.values())]
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    source = INIT.format(
        parameters="".join(f", {each}" for each in _parameters(every)),
        fields="\n".join(f"    {line}" for line in lines or ["pass"]),
    )
    run(f"<{cls.__module__} {cls.__qualname__}.__init__>", source, scope)
    made = cast("Callable[..., None]", scope["__init__"])
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    types = {name: each.annotation for name, each in every.items() if each.init}
    made.__annotations__ = {**types, "return": None}
    return made


def _parameters(every: Mapping[str, Declared]) -> Iterator[str]:
    given = [each for each in every.values() if each.init]
    yield from (_parameter(each) for each in given if not each.kw_only)
    named = [each for each in given if each.kw_only]
    if named:
        yield "*"
    yield from map(_parameter, named)


def _parameter(each: Declared) -> str:
    if each.factory is not MISSING:
        return f"{each.name}=MISSING"
    return each.name if each.default is MISSING else f"{each.name}=default_{each.name}"


def _assignment(each: Declared) -> str:
    value = name = each.name
    if not each.init:
        value = f"default_{name}"
    if each.factory is not MISSING:
        value = f"new_{name}() if {name} is MISSING else {name}" if each.init else f"new_{name}()"
    return f"set_{name}(self, {value})"


@once
def _dataclass(cls: type) -> type:
    """Return a dataclass with the same fields."""
    with FIRST_USE:
        import dataclasses

    specified: list[tuple[str, Any, Any]] = []
    for each in declared(cls).values():
        options: dict[str, Any] = {
            name: getattr(each, name) for name in ("init", "repr", "compare", "kw_only")
        }
        if each.default is not MISSING:
            options["default"] = each.default
        if each.factory is not MISSING:
            options["default_factory"] = each.factory
        specified.append((each.name, each.annotation, dataclasses.field(**options)))
    return dataclasses.make_dataclass(cls.__name__, specified, frozen=True)


def _fields(cls: type) -> "dict[str, Field[Any]]":
    fields: dict[str, Field[Any]] = getattr(_dataclass(cls), "__dataclass_fields__")  # noqa: B009 - untyped
    return fields


def _params(cls: type) -> object:
    params: object = getattr(_dataclass(cls), "__dataclass_params__")  # noqa: B009 - untyped
    return params


class _HasValues(Protocol):
    """An instance of a class that ``slotted`` makes."""

    _values: Callable[[object], tuple[object, ...]]


def _equal(self: _HasValues, other: _HasValues) -> bool:
    values = self._values
    return values(self) == values(other) if type(self) is type(other) else NotImplemented


def _hash(self: _HasValues) -> int:
    return hash(self._values(self))


def _state(self: object) -> list[object]:
    return [getattr(self, name) for name in declared(type(self))]


def _set_state(self: object, state: list[object]) -> None:
    for name, value in zip(declared(type(self)), state, strict=True):
        object.__setattr__(self, name, value)


def _repr(self: object) -> str:
    shown = (f"{n}={getattr(self, n)!r}" for n, each in declared(type(self)).items() if each.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuse(change: str) -> NoReturn:
    with FIRST_USE:
        from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(change)


def _no_assignment(self: object, name: str, value: object) -> None:  # noqa: ARG001 - protocol
    _refuse(f"cannot assign to field {name!r}")


def _no_deletion(self: object, name: str) -> None:  # noqa: ARG001 - protocol
    _refuse(f"cannot delete field {name!r}")


METHODS: dict[str, object] = {
    "__eq__": _equal,
    "__hash__": _hash,
    "__getstate__": _state,
    "__setstate__": _set_state,
    "__setattr__": _no_assignment,
    "__delattr__": _no_deletion,
}


def replace(instance: T, /, **changes: object) -> T:
    """Return a copy with other values in some fields, as ``dataclasses.replace`` does."""
    kept = {
        name: getattr(instance, name)
        for name, each in declared(type(instance)).items()
        if each.init and name not in changes
    }
    return type(instance)(**kept, **changes)
