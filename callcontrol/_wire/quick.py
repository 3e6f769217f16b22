"""A quick reader for each record class: source made from its table, compiled on first use.

It reads a JSON object whose values are all as documented, which is the usual case, as
``records.read`` would, at a third of the cost. For any other object it returns None.
``source`` returns the source of a reader.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar, cast

from bxml._generated import run
from bxml._once import once
from callcontrol._frozen import MISSING, declared
from callcontrol._wire.checks import CheckedRecord
from callcontrol._wire.fields import Presence, WireField, wire_fields
from callcontrol._wire.json import Misfit, cleaned
from callcontrol._wire.kinds import (
    FLAGS,
    WHOLE_DIGITS,
    AccountNumber,
    Boolean,
    Duration,
    Flag,
    Number,
    Text,
    TextMap,
    Time,
    Timestamp,
    ValueKind,
    Whole,
)

D = TypeVar("D")

READER = """\
def read(fields, inside):
    if type(fields) is not dict or {{*map(type, fields)}} != {{str}}:
        return None
    made, get = new(twin), fields.get
    try:
{fields}
        if names.issuperset(fields):
            made.{spread} = none
        else:
            rest = {{name: fields[name] for name in fields if name not in names}}
            if inside or not aliases.isdisjoint(rest):
                return None
            made.{spread} = accept(rest)
    except Misfit:
        return None
    made.__class__ = owner
    return made
"""
"""``inside`` refuses undeclared fields: of a record inside a record, they are nested too deeply at
another depth."""

FIELD = """\
        value = get("{wire}")
        if {test}:
            made.{name} = {value}
        elif value is None:
            {missing}
        else:
            return None
"""

RECORD = """\
        value = get("{wire}")
        if type(value) is dict:
            value = made.{name} = read_{name}(value, True)
            if value is None:
                return None
        elif value is None:
            {missing}
        else:
            return None
"""

CONSTANT = """\
        made.{name} = default_{name}
"""

_TEXT = "type(value) is str", "value if value.isascii() else cleaned(value)"
_FLAG = (
    "type(value) is bool or type(value) is str and value in FLAGS",
    "FLAGS.get(value, value)",
)
_LITERAL = "type(value) is str", "read_{name}(value)"

PLAIN: Mapping[type[ValueKind[Any]], tuple[str, str]] = {
    Text: _TEXT,
    AccountNumber: _TEXT,
    Whole: (f"type(value) is int and abs(value) < {10**WHOLE_DIGITS}", "value"),
    Flag: _FLAG,
    Boolean: _FLAG,
    Number: ("type(value) is float or type(value) is int", "read_{name}(value)"),
    Time: _LITERAL,
    Duration: _LITERAL,
    Timestamp: ("type(value) is int", "read_{name}(value)"),
    TextMap: ("type(value) is dict", "read_{name}(value)"),
}
"""The test of a documented JSON value of each kind, and the field made from one; an empty text is
no value in a query string, and is left to the careful reader."""


def source(cls: type) -> str | None:
    """Return the source of the reader of a class; None if it can have none."""
    table = {each.name: each for each in wire_fields(cls)}
    spread = next((each for each in table.values() if each.spread), None)
    checks = getattr(cls, "__post_init__", None)
    if spread is None or "_declared" not in cls.__dict__ or checks not in (None, CHECKS):
        return None
    parts: list[str] = []
    for name, each in declared(cls).items():
        row = table.get(name)
        if row is spread:
            continue
        part = _constant(name, each.default) if row is None else _field(row)
        if part is None:
            return None
        parts.append(part)
    return READER.format(fields="".join(parts), spread=spread.name)


def _constant(name: str, default: object) -> str | None:
    """Return the source that sets a field which is not read."""
    return None if default is MISSING else CONSTANT.format(name=name)


def _field(row: WireField) -> str | None:
    """Return the source that reads a field; None for a required one of a kind not known here."""
    required = row.presence is Presence.REQUIRED
    missing = "return None" if required else f"made.{row.name} = default_{row.name}"
    if row.kind.record is not None:
        return RECORD.format(wire=row.wire_name, name=row.name, missing=missing)
    plain = PLAIN.get(type(row.kind))
    if plain is None and required:
        return None
    test, value = plain or ("False", "value")
    value = value.format(name=row.name)
    return FIELD.format(wire=row.wire_name, name=row.name, test=test, value=value, missing=missing)


CHECKS = CheckedRecord.__post_init__


def _never(fields: Mapping[str, object], inside: object) -> None:
    """Read nothing, for a class that has no quick reader."""


@once
def reader(cls: type[D]) -> Callable[[Mapping[str, object], bool], D | None]:
    """Return the function that reads a ``dict``, or returns None for one that is not as usual.

    Its second argument says whether the object stands inside another.
    """
    text = source(cls)
    if text is None:
        return _never
    scope: dict[str, object] = {**_scope(cls), **dict(_names(cls))}
    run(f"<{cls.__module__} reader of {cls.__qualname__}>", text, scope)
    return cast("Callable[[Mapping[str, object], bool], D | None]", scope["read"])


def _scope(cls: type) -> dict[str, object]:
    """Return the names that the source of each reader uses."""
    members = {"__slots__": cls.__dict__["__slots__"], "__setattr__": object.__setattr__}
    return {
        "FLAGS": FLAGS,
        "Misfit": Misfit,
        "cleaned": cleaned,
        "new": object.__new__,
        "owner": cls,
        "twin": type(cls.__name__, cls.__bases__, members),
    }


def _names(cls: type) -> Iterator[tuple[str, object]]:
    """Yield the names that stand for what differs between classes."""
    table = wire_fields(cls)
    for each in table:
        yield f"default_{each.name}", each.default
        nested = each.kind.record
        yield f"read_{each.name}", each.kind.read if nested is None else reader(nested)
        if each.spread:
            yield "none", each.default
            yield "accept", each.kind.accept
    for name, unread in declared(cls).items():
        if name not in {each.name for each in table}:
            yield f"default_{name}", unread.default
    yield "names", frozenset(each.wire_name for each in table if not each.spread)
    yield "aliases", frozenset(alias for each in table for alias in each.aliases)
