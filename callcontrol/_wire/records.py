"""Records read from wire objects, made from plain values, and written back."""

from collections.abc import Callable, Mapping
from typing import Any, Self, TypeVar, cast

from bxml._once import once
from bxml._wording import did_you_mean, meant
from callcontrol._frozen import group
from callcontrol._wire.checks import CheckedRecord, record_repr
from callcontrol._wire.fields import Nestable, Presence, WireField, wire_fields
from callcontrol._wire.json import NOTHING, Misfit, decoded, got, json_map, label
from callcontrol._wire.kinds import ValueKind
from callcontrol._wire.quick import reader

D = TypeVar("D")


@group
class Detail(CheckedRecord, Nestable):
    """Base of the records inside an event."""

    __slots__ = ()

    extra: Mapping[str, object] = NOTHING
    """Undocumented fields, as decoded from JSON; read-only."""

    def __repr__(self) -> str:
        return record_repr(self)

    @classmethod
    def wire_kind(cls) -> ValueKind[Self]:
        """Return the kind of the fields that hold such a record."""
        return Nested(cls)


class Nested(ValueKind[D]):
    """An object with fields of its own."""

    expected = "an object"

    def __init__(self, cls: type[D]) -> None:
        self.cls = cls
        self.record = cls if type(self) is Nested else None

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


def read(cls: type[D], source: Mapping[str, object], *, textual: bool = False) -> D:
    """Return the record that a wire object describes.

    ``extra`` gets the fields that are not declared, and values that an optional field cannot hold.
    A class without ``extra`` refuses both.

    :raises Misfit: with every finding.
    """
    usual = reader(cls)(source, False)  # noqa: FBT003 - generated
    return _read_carefully(cls, source, textual=textual) if usual is None else usual


def _read_carefully(cls: type[D], source: Mapping[str, object], *, textual: bool) -> D:
    rest = dict(source)
    values: dict[str, object] = {}
    table = wire_fields(cls)
    spread = next((wire_field for wire_field in table if wire_field.spread), None)
    findings = [] if spread is not None else _undeclared(rest, table)
    for wire_field in table:
        if wire_field is spread:
            continue
        try:
            value = _pop_value(wire_field, rest, textual=textual, strict=spread is None)
        except Misfit as misfit:
            findings += misfit.below(f".{wire_field.wire_name}")
        else:
            values[wire_field.name] = wire_field.default if value is None else value
    try:
        if spread is not None:
            values[spread.name] = spread.kind.accept(rest)
    except Misfit as misfit:
        findings += misfit.findings
    if findings:
        raise Misfit(*findings)
    make: Callable[..., D] = cls
    return make(**values)


def _undeclared(
    source: Mapping[str, object], table: tuple[WireField, ...]
) -> list[tuple[str, str]]:
    """Return a finding for each name that no field of a class without ``extra`` has."""
    declared = tuple(name for field_of in table for name in (field_of.wire_name, *field_of.aliases))
    hints = {name: did_you_mean(name, declared) for name in source if name not in declared}
    finding = "expected a known field, got another"
    return [
        (f".{label(name)}", f"{finding}; {hint}" if hint else finding)
        for name, hint in hints.items()
    ]


def _pop_value(
    wire_field: WireField, rest: dict[str, object], *, textual: bool, strict: bool
) -> object:
    """Remove one field from ``rest`` and return its value; None if there is none.

    An unreadable value stays in ``rest``, unless it is required or ``strict`` is set.
    """
    names = [name for name in (wire_field.wire_name, *wire_field.aliases) if name in rest]
    for name in [name for name in names if rest[name] is None]:
        del rest[name]
    sent_as = next((name for name in names if name in rest), None)
    sent = None if sent_as is None else rest.pop(sent_as)
    try:
        textual = textual and isinstance(sent, str)
        value = wire_field.kind.read_text(cast("str", sent)) if textual else _read(wire_field, sent)
    except Misfit:
        if strict or sent_as is None or wire_field.presence is Presence.REQUIRED:
            raise
        rest[sent_as] = sent
        return None
    if value is None and wire_field.presence is Presence.REQUIRED:
        found = "null" if names else "nothing"
        raise Misfit.expected(wire_field.kind.expected, found + _case_hint(wire_field, rest))
    return value


def _read(wire_field: WireField, sent: object) -> object:
    return None if sent is None else wire_field.kind.read(sent)


def _case_hint(wire_field: WireField, rest: Mapping[str, object]) -> str:
    """Return the hint for a field that was sent in another case."""
    misspelt = [name for name in rest if name.lower() == wire_field.wire_name.lower()]
    return f"; {meant(wire_field.wire_name, misspelt[0])}" if misspelt else ""


def arguments(cls: type, given: Mapping[str, object]) -> dict[str, object]:
    """Return the constructor arguments of a record, from values by Python or wire name.

    A mapping describes a nested record.

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
    """Return the wire object of a record, fields with the value None left out."""
    body: dict[str, object] = {}
    spread: Mapping[str, object] = NOTHING
    for name, wire, in_json in _writers(type(source)):
        value = getattr(source, name)
        if wire is None:
            spread = value
        elif value is not None:
            body[wire] = value if in_json is None else in_json(value)
    return {**body, **spread} if spread else body


@once
def _writers(cls: type) -> tuple[tuple[str, str | None, Callable[[Any], object] | None], ...]:
    """Return, for each field, its name, its wire name unless it is spread, and how it is written.

    The last is None for a value that JSON holds as it is.
    """
    return tuple(
        (
            each.name,
            None if each.spread else each.wire_name,
            each.kind.write if _is_changed(each.kind) else None,
        )
        for each in wire_fields(cls)
    )


def _is_changed(kind: ValueKind[Any]) -> bool:
    """Whether values of this kind are not written as they are."""
    return getattr(type(kind), "write") is not getattr(ValueKind, "write")  # noqa: B009 - untyped
