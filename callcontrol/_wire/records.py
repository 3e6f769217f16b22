"""One table per class of events and of the records inside them: read, write and check from it.

A field is declared once, as an annotated attribute. Its wire name is the lowerCamelCase of its
Python name, its kind follows from its type, and it must be there if it has no default.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
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
)

from bxml._once import once
from callcontrol._wire.json import NOTHING, Misfit, decoded, got, json_map, label
from callcontrol._wire.kinds import KINDS, OpenMap, ValueKind
from callcontrol.errors import EventError

__all__ = [
    "Alias",
    "Always",
    "Detail",
    "Presence",
    "WireField",
    "WireName",
    "absent",
    "arguments",
    "check",
    "event_error",
    "group",
    "read",
    "record",
    "shown",
    "unread",
    "wire_fields",
    "write",
]

T = TypeVar("T")
D = TypeVar("D")

WIRE_NAMES = {"from_": "from"}
"""Wire names that are not the lowerCamelCase of the Python name."""


class Presence(Enum):
    """How sure one can be that a field is there."""

    REQUIRED = auto()
    """Without it the event cannot be handled: reading and constructing fail. Any other field
    that cannot be read is kept as it came, see ``unread``."""
    ALWAYS = auto()
    """Documented on every event of the kind; None when a body leaves it out all the same."""
    OPTIONAL = auto()
    """Sent only when it applies."""


@dataclass(frozen=True, slots=True)
class Alias:
    """Another wire name under which the vendor's samples show the field."""

    name: str


@dataclass(frozen=True, slots=True)
class WireName:
    """The wire name of a field that is not the lowerCamelCase of its Python name."""

    name: str


Always = Annotated[T | None, Presence.ALWAYS]
"""A field documented on every event of its kind; None when a body leaves it out all the same."""


@dataclass(frozen=True, slots=True)
class WireField:
    """One field of a class: what it is called on both sides and what it may hold."""

    name: str
    wire_name: str
    kind: ValueKind[Any]
    presence: Presence
    default: object
    aliases: tuple[str, ...] = ()

    @property
    def spread(self) -> bool:
        """Whether the field holds what the class has no field for."""
        return isinstance(self.kind, OpenMap)

    def holds(self, value: object) -> bool:
        """Return whether a wire value can be read as this field."""
        try:
            return value is None or self.kind.read(value) is not None
        except Misfit:
            return False

    def is_unread(self, source: object, extra: Mapping[str, object]) -> str | None:
        """Return the name under which ``extra`` has this field of ``source`` unread, or None."""
        if self.spread or getattr(source, self.name) != self.default:
            return None
        return next((name for name in (self.wire_name, *self.aliases) if name in extra), None)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """Make a frozen, slotted, keyword-only dataclass; fields come from its groups too."""
    return dataclass(frozen=True, slots=True, kw_only=True, repr=False)(cls)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def group(cls: type[T]) -> type[T]:
    """Make a group of fields to inherit; it declares no slots, so that groups can be combined."""
    return dataclass(frozen=True, kw_only=True, repr=False, eq=False)(cls)


@group
class Detail:
    """Base of the records inside an event."""

    __slots__ = ()

    extra: Mapping[str, object] = NOTHING
    """Fields that the vendor does not document, as decoded from JSON; read-only."""

    def __post_init__(self) -> None:
        check(self)

    def __repr__(self) -> str:
        return shown(self)


class Nested(ValueKind[D]):
    """An object with fields of its own."""

    expected = "an object"

    def __init__(self, cls: type[D]) -> None:
        self.cls = cls

    def accept(self, value: object) -> D:
        if not isinstance(value, self.cls):
            raise Misfit.expected(f"a {self.cls.__name__}", got(value))
        return value

    def read(self, value: object) -> D:
        if not isinstance(value, Mapping):
            raise self.refused(value)
        return read(self.cls, cast("Mapping[str, object]", value))

    def read_text(self, value: str) -> D | None:
        return self.read(decoded(value)) if value else None

    def write(self, value: D) -> dict[str, object]:
        return write(value)


def wire_name(name: str) -> str:
    """Return the wire name of a Python field name: ``call_id`` travels as ``callId``."""
    camel = re.sub(r"_([a-z])", lambda found: found[1].upper(), name)
    return WIRE_NAMES.get(name, camel)


@once
def wire_fields(cls: type) -> tuple[WireField, ...]:
    """Return the table of a class of events or of records inside them, in wire order.

    It is derived on first use, to keep the import short.
    """
    hints = get_type_hints(cls, include_extras=True)
    given = [each for each in fields(cls) if each.init]
    return tuple(_wire_field(each.name, hints[each.name], each.default) for each in given)


def _wire_field(name: str, hint: object, default: object) -> WireField:
    notes: tuple[object, ...] = ()
    if get_origin(hint) is Annotated:
        hint, *noted = get_args(hint)
        notes = tuple(noted)
    if get_origin(hint) in (Union, UnionType):
        hint = next(get_arg for get_arg in get_args(hint) if get_arg is not type(None))
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
    """Return the kind that is noted, or the one that follows from the type."""
    for note in notes:
        if isinstance(note, ValueKind):
            return cast("ValueKind[Any]", note)  # type: ignore[redundant-cast] # pyright wants it
    nested = isinstance(hint, type) and issubclass(hint, Detail)
    return Nested(cast("type[Any]", hint)) if nested else KINDS[hint]


def read(cls: type[D], source: Mapping[str, object], *, textual: bool = False) -> D:
    """Return the record that a wire object describes.

    What has no field goes into ``extra``, and so does a value that its field cannot hold, unless
    the record is of no use without it.

    :raises Misfit: with every finding.
    """
    rest = dict(source)
    values: dict[str, object] = {}
    findings: list[tuple[str, str]] = []
    spread = ""
    for wire_field in wire_fields(cls):
        if wire_field.spread:
            spread = wire_field.name
            continue
        try:
            value = _taken(wire_field, rest, textual=textual)
        except Misfit as misfit:
            findings += misfit.below(f".{wire_field.wire_name}")
        else:
            if value is not None:
                values[wire_field.name] = value
    try:
        values[spread] = KINDS[Mapping[str, object]].accept(rest)
    except Misfit as misfit:
        findings += misfit.findings
    if findings:
        raise Misfit(*findings)
    make: Callable[..., D] = cls
    return make(**values)


def _taken(each: WireField, rest: dict[str, object], *, textual: bool) -> object:
    """Return the value of one field and take it out of ``rest``; None if there is none.

    An unreadable value stays there, unless it is required.
    """
    names = [name for name in (each.wire_name, *each.aliases) if name in rest]
    for name in [name for name in names if rest[name] is None]:
        del rest[name]
    came_as = next((name for name in names if name in rest), None)
    sent = None if came_as is None else rest.pop(came_as)
    try:
        textual = textual and isinstance(sent, str)
        value = each.kind.read_text(cast("str", sent)) if textual else _read(each, sent)
    except Misfit:
        if came_as is None or each.presence is Presence.REQUIRED:
            raise
        rest[came_as] = sent
        return None
    if value is None and each.presence is Presence.REQUIRED:
        found = "null" if names else "nothing"
        raise Misfit.expected(each.kind.expected, found + _slip(each, rest))
    return value


def _read(each: WireField, sent: object) -> object:
    return None if sent is None else each.kind.read(sent)


def _slip(each: WireField, rest: Mapping[str, object]) -> str:
    """Return the hint for a field that is there in another case."""
    slips = [name for name in rest if name.lower() == each.wire_name.lower()]
    return f"; did you mean {each.wire_name!r} instead of {slips[0]!r}?" if slips else ""


def arguments(cls: type, given: Mapping[str, object]) -> dict[str, object]:
    """Return the arguments that make a record, from plain values under either name.

    A mapping stands for the record inside that it describes.

    :raises Misfit: with every finding, also for a name that the class does not have.
    """
    table = {
        name: wire_field
        for wire_field in wire_fields(cls)
        for name in (wire_field.wire_name, wire_field.name)
    }
    values: dict[str, object] = {}
    findings: list[tuple[str, str]] = []
    for name, value in given.items():
        field_of = table.get(name)
        if field_of is None:
            findings.append((f".{label(name)}", f"expected a field of {cls.__name__}, got none"))
            continue
        try:
            values[field_of.name] = _argument(field_of.kind, value)
        except Misfit as misfit:
            findings += misfit.below(f".{label(name)}")
    if findings:
        raise Misfit(*findings)
    return values


def _argument(kind: ValueKind[Any], value: object) -> object:
    if not isinstance(kind, Nested) or not isinstance(value, Mapping):
        return None if value is None else kind.accept(value)
    wire = {
        wire_field.name: wire_field.wire_name
        for wire_field in wire_fields(kind.cls)
        if not wire_field.spread
    }
    given = cast("Mapping[object, object]", value)
    names = {wire.get(name, name) if isinstance(name, str) else name: given[name] for name in given}
    return kind.read(json_map(names))


def write(source: object) -> dict[str, object]:
    """Return the wire object of a record; fields that are None are left out."""
    body: dict[str, object] = {}
    spread: Mapping[str, object] = NOTHING
    for wire_field in wire_fields(type(source)):
        value = getattr(source, wire_field.name)
        if wire_field.spread:
            spread = value
        elif value is not None:
            body[wire_field.wire_name] = wire_field.kind.write(value)
    return {**body, **spread}


def check(target: object, *reserved: str) -> None:
    """Bring every field of a new record into its canonical form.

    :raises EventError: with every finding, if a field does not hold what it is declared with, or
        holds unknown fields under a name that is ``reserved`` or declared; a declared name is
        fine if the field has no value and what ``extra`` has there cannot be one.
    """
    findings: list[tuple[str, str]] = []
    table = wire_fields(type(target))
    for each in table:
        value = getattr(target, each.name)
        if value is None and each.default is None and each.presence is not Presence.REQUIRED:
            continue
        try:
            value = each.kind.accept(value)
            if each.spread and (clash := _clashes(target, value, reserved)):
                raise Misfit.expected("names without a field of their own", repr(clash[0]))
        except Misfit as misfit:
            findings += misfit.below(f".{each.name}")
        else:
            object.__setattr__(target, each.name, value)
    if findings:
        raise event_error(type(target).__name__, Misfit(*findings))


def _clashes(target: object, extra: Mapping[str, object], reserved: tuple[str, ...]) -> list[str]:
    """Return the names in ``extra`` that belong to a field, in order."""
    clashes = {name for name in reserved if name in extra}
    for wire_field in wire_fields(type(target)) if extra else ():
        if wire_field.spread or wire_field.wire_name not in extra:
            continue
        required = wire_field.presence is Presence.REQUIRED
        if (
            required
            or wire_field.is_unread(target, extra) is None
            or wire_field.holds(extra[wire_field.wire_name])
        ):
            clashes.add(wire_field.wire_name)
    return sorted(clashes)


def _extra(source: object) -> Mapping[str, object]:
    table = wire_fields(type(source))
    return next((getattr(source, each.name) for each in table if each.spread), NOTHING)


def unread(source: object) -> tuple[str, ...]:
    """Return the wire names of fields that came with a value that they cannot hold."""
    names: list[str] = []
    extra = _extra(source)
    for wire_field in wire_fields(type(source)):
        value = getattr(source, wire_field.name)
        if (name := wire_field.is_unread(source, extra)) is not None:
            names.append(name)
        elif isinstance(value, Detail):
            names += (f"{wire_field.wire_name}.{inner}" for inner in unread(value))
    return tuple(names)


def absent(source: object) -> tuple[str, ...]:
    """Return the wire names that the vendor documents as always there and the record lacks."""
    missing: list[str] = []
    extra = _extra(source)
    for wire_field in wire_fields(type(source)):
        value = getattr(source, wire_field.name)
        if value is None and wire_field.presence is Presence.ALWAYS:
            missing += [wire_field.wire_name] if wire_field.is_unread(source, extra) is None else []
        elif isinstance(value, Detail):
            missing += (f"{wire_field.wire_name}.{name}" for name in absent(value))
    return tuple(missing)


def shown(source: object) -> str:
    """Return Python that rebuilds the record; fields that hold their default are left out."""
    given = (
        f"{wire_field.name}={value!r}"
        for wire_field in wire_fields(type(source))
        if (value := getattr(source, wire_field.name)) != wire_field.default
        or wire_field.presence is Presence.REQUIRED
    )
    return f"{type(source).__name__}({', '.join(given)})"


def event_error(where: str, misfit: Misfit) -> EventError:
    """Return the error that carries every finding, one a line if there are several."""
    lines = [f"{where}{path}: {finding}" for path, finding in misfit.findings]
    if len(lines) == 1:
        return EventError(lines[0])
    return EventError(f"{len(lines)} problems" + "".join(f"\n  {line}" for line in lines))
