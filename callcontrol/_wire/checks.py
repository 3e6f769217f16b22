"""Checks of a new record, the names of missing and unread fields, and its text in Python."""

from collections.abc import Callable, Mapping

from bxml._once import once
from bxml.errors import one_per_line
from callcontrol._wire.fields import Nestable, Presence, WireField, wire_fields
from callcontrol._wire.json import NOTHING, Misfit
from callcontrol.errors import EventError


class CheckedRecord:
    """Base of records whose fields are checked on construction."""

    __slots__ = ()

    def __post_init__(self) -> None:
        check(self, *self._reserved())

    def _reserved(self) -> tuple[str, ...]:
        """Return names that ``extra`` must not contain, besides those of the fields."""
        return ()


def check(target: object, *reserved: str) -> None:
    """Convert every field of a new record into its canonical form.

    :raises EventError: with every finding, if a field has a value of another kind, or holds
        undeclared fields under a name that is ``reserved`` or declared. A declared name is allowed
        if the field has no value and cannot hold the one in ``extra``.
    """
    findings: list[tuple[str, str]] = []
    for name, can_be_none, is_canonical, wire_field in _tests(type(target)):
        value = getattr(target, name)
        if (value is None and can_be_none) or is_canonical(value):
            continue
        try:
            value = wire_field.kind.accept(value)
            if wire_field.spread and (clash := _clashes(target, value, reserved)):
                raise Misfit.expected("names without a field of their own", repr(clash[0]))
        except Misfit as misfit:
            findings += misfit.below(f".{wire_field.name}")
        else:
            object.__setattr__(target, name, value)
    if findings:
        raise event_error(type(target).__name__, Misfit(*findings))


@once
def _tests(cls: type) -> tuple[tuple[str, bool, Callable[[object], bool], WireField], ...]:
    """Return, for each field, its name, whether None stands for no value, and a quick test."""
    return tuple(
        (
            each.name,
            each.default is None and each.presence is not Presence.REQUIRED,
            each.kind.is_canonical,
            each,
        )
        for each in wire_fields(cls)
    )


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
    return next(
        (getattr(source, wire_field.name) for wire_field in table if wire_field.spread), NOTHING
    )


def unread(source: object) -> tuple[str, ...]:
    """Return the wire names of fields that were sent with a value of another kind."""
    names: list[str] = []
    extra = _extra(source)
    for wire_field in wire_fields(type(source)):
        value = getattr(source, wire_field.name)
        if (name := wire_field.is_unread(source, extra)) is not None:
            names.append(name)
        elif isinstance(value, Nestable):
            names += (f"{wire_field.wire_name}.{inner}" for inner in unread(value))
    return tuple(names)


def absent(source: object) -> tuple[str, ...]:
    """Return the wire names that are documented as always present and that the record lacks."""
    missing: list[str] = []
    extra = _extra(source)
    for wire_field in wire_fields(type(source)):
        value = getattr(source, wire_field.name)
        if value is None and wire_field.presence is Presence.ALWAYS:
            missing += [wire_field.wire_name] if wire_field.is_unread(source, extra) is None else []
        elif isinstance(value, Nestable):
            missing += (f"{wire_field.wire_name}.{name}" for name in absent(value))
    return tuple(missing)


def record_repr(source: object) -> str:
    """Return Python code that rebuilds the record, without fields that hold their default."""
    given = (
        f"{wire_field.name}={value!r}"
        for wire_field in wire_fields(type(source))
        if (value := getattr(source, wire_field.name)) != wire_field.default
        or wire_field.presence is Presence.REQUIRED
    )
    return f"{type(source).__name__}({', '.join(given)})"


def event_error(where: str, misfit: Misfit) -> EventError:
    """Return the error with all findings, one per line if there are several."""
    lines = [f"{where}{path}: {finding}" for path, finding in misfit.findings]
    return EventError(one_per_line(lines))
