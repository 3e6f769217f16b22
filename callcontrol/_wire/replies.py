"""Replies of the platform, as records that read their JSON tolerantly."""

from collections.abc import Mapping
from typing import Annotated, Generic, Self, TypeVar, cast

from callcontrol._wire.fields import Fallback, Nestable
from callcontrol._wire.kinds import AccountNumber, AnyMap, Boolean, ValueKind
from callcontrol._wire.other_names import OtherNames
from callcontrol._wire.records import Nested, read, write

R = TypeVar("R", bound="PlatformReply")

Account = Annotated[str | None, AccountNumber()]
ReadId = Annotated[str, Fallback("")]
"""An id; empty only if the platform left it out."""
Extra = Annotated[Mapping[str, object], AnyMap()]
JsonFlag = Annotated[bool | None, Boolean()]


class PlatformReply(OtherNames, Nestable):
    """Base of the records, read from JSON objects by the types of their fields."""

    __slots__ = ()

    @classmethod
    def read(cls, source: Mapping[str, object]) -> Self:
        """Return the record that a JSON object describes; ``extra`` keeps whatever has no field."""
        return read(cls, source)

    @classmethod
    def wire_kind(cls) -> ValueKind[Self]:
        """Return the kind of the fields that hold such a record."""
        return Nested(cls)


class ListOf(ValueKind[tuple[R, ...]], Generic[R]):
    """A list of objects with fields of their own."""

    expected = "a list of objects"

    def __init__(self, cls: type[R]) -> None:
        self.cls = cls

    def accept(self, value: object) -> tuple[R, ...]:
        if not isinstance(value, list | tuple):
            raise self.refused(value)
        items = cast("list[object] | tuple[object, ...]", value)
        return tuple(Nested(self.cls).accept(item) for item in items)

    def read(self, value: object) -> tuple[R, ...]:
        if not isinstance(value, list):
            raise self.refused(value)
        return tuple(Nested(self.cls).read(item) for item in cast("list[object]", value))

    def write(self, value: tuple[R, ...]) -> list[dict[str, object]]:
        return [write(item) for item in value]
