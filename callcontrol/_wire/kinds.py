"""The kinds of field values, and their forms in JSON and in a query string.

``read`` takes a JSON value, ``read_text`` a query parameter, ``accept`` a Python value; ``write``
returns the JSON value. ``accept`` and ``read`` return the canonical form, so that equal events
have equal JSON.
"""

import re
from abc import abstractmethod
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any, Generic, TypeVar, cast

from bxml._record import ReadOnlyMap
from callcontrol._wire.json import NOTHING, Misfit, cleaned, decoded, got, json_map, label

T = TypeVar("T")

WHOLE_DIGITS = 18
WHOLE = r"-?[0-9]{1,18}"
TIME = (
    # One sample of the vendor has a hyphen instead of the T, others omit the zone.
    r"(?ai)(\d{4}-\d\d-\d\d)[T -](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)?"
)
DURATION = (
    r"(?a)(-?)P(?=.*\d)(?:(\d{1,9})D)?"
    r"(?:T(?:(\d{1,12})H)?(?:(\d{1,14})M)?(?:(\d{1,16})(?:\.(\d+))?S)?)?"
)
MICROSECOND = timedelta(microseconds=1)
MILLISECOND = timedelta(milliseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FLAGS = {"true": True, "false": False}
OTHER_TEXT = "other text"


class ValueKind(Generic[T]):
    """One kind of field value."""

    expected: str
    """The ``expected`` of errors."""
    record: type[T] | None = None
    """The class of the values, if ``records.read`` makes them from objects."""

    def is_canonical(self, value: object) -> bool:
        """Whether ``accept`` would return an equal value; False if a quick test cannot show it."""
        return value is self  # never

    @abstractmethod
    def accept(self, value: object) -> T:
        """Return a Python value in its canonical form.

        :raises Misfit: for a value of another kind.
        """

    def read(self, value: object) -> T:
        """Return the Python value of a JSON value.

        :raises Misfit: for a value of another kind.
        """
        return self.accept(value)

    def read_text(self, value: str) -> T | None:
        """Return the Python value of a query parameter; None for an empty one.

        :raises Misfit: for a value of another kind.
        """
        return self.read(value) if value else None

    def write(self, value: T) -> object:
        """Return the JSON value."""
        return value

    def refused(self, value: object) -> Misfit:
        """Return the error for a value of the wrong type."""
        return Misfit.expected(self.expected, got(value))


class Text(ValueKind[str]):
    """Text; unlike for other kinds, the empty text is a value."""

    expected = "text"

    def is_canonical(self, value: object) -> bool:
        return type(value) is str and value.isascii()

    def accept(self, value: object) -> str:
        if not isinstance(value, str):
            raise self.refused(value)
        return cleaned(value)

    def read_text(self, value: str) -> str:
        return cleaned(value)


class AccountNumber(Text):
    """Text of digits, which some senders write as a number."""

    def read(self, value: object) -> str:
        whole = isinstance(value, int) and not isinstance(value, bool)
        return self.accept(str(Whole().accept(value)) if whole else value)


class Whole(ValueKind[int]):
    """A whole number of at most 18 digits."""

    expected = "a whole number"

    def accept(self, value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.refused(value)
        if abs(value) >= 10**WHOLE_DIGITS:
            raise Misfit.expected(self.expected, f"one of more than {WHOLE_DIGITS} digits")
        return int(value)

    def read(self, value: object) -> int:
        # JSON does not distinguish 1 from 1.0.
        whole = isinstance(value, float) and value.is_integer()
        return self.accept(int(cast("float", value)) if whole else value)

    def read_text(self, value: str) -> int | None:
        return self.accept(int(value) if re.fullmatch(WHOLE, value) else value) if value else None


class Number(ValueKind[float]):
    """A finite number."""

    expected = "a number"

    def accept(self, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.refused(value)
        try:
            number = float(value)
        except OverflowError:
            raise self.refused(value) from None
        if not isfinite(number):
            raise self.refused(value)
        return number


class Flag(ValueKind[bool]):
    """A boolean that the platform spells as text, ``"true"`` or ``"false"``."""

    expected = "'true' or 'false'"

    def accept(self, value: object) -> bool:
        if not isinstance(value, bool):
            raise self.refused(value)
        return value

    def read(self, value: object) -> bool:
        if isinstance(value, str) and value not in FLAGS:
            raise Misfit.expected(self.expected, OTHER_TEXT)
        return FLAGS[value] if isinstance(value, str) else self.accept(value)

    def write(self, value: object) -> object:
        return "true" if value else "false"


class Boolean(Flag):
    """A JSON boolean; in a query string, ``true`` or ``false``."""

    expected = "a boolean"

    def write(self, value: object) -> bool:
        return bool(value)


class Time(ValueKind[datetime]):
    """A moment in UTC, truncated to microseconds."""

    expected = "a time such as 2026-03-02T10:15:30.120Z"

    def is_canonical(self, value: object) -> bool:
        return type(value) is datetime and value.tzinfo is UTC

    def accept(self, value: object) -> datetime:
        if not isinstance(value, datetime):
            raise self.refused(value)
        if value.utcoffset() is None:
            raise Misfit.expected("a time with a zone", "one without")
        try:
            return value.astimezone(UTC)
        except OverflowError:
            raise Misfit.expected(self.expected, "one outside the years 1 to 9999") from None

    def read(self, value: object) -> datetime:
        if not isinstance(value, str):
            raise self.refused(value)
        found = re.fullmatch(TIME, value)
        if found is None:
            raise Misfit.expected(self.expected, OTHER_TEXT)
        day, clock, fraction, zone = found.groups("")
        text = f"{day}T{clock}.{fraction[:6]:0<6}{zone.upper() or 'Z'}"
        try:
            return self.accept(datetime.fromisoformat(text))
        except ValueError:
            raise Misfit.expected(self.expected, "no date of the calendar") from None

    def write(self, value: datetime) -> str:
        precision = "microseconds" if value.microsecond % 1000 else "milliseconds"
        return value.isoformat(timespec=precision).replace("+00:00", "Z")


class Timestamp(ValueKind[datetime]):
    """A moment that is sent as milliseconds since 1970, truncated to them."""

    expected = "a whole number of milliseconds since 1970"

    def accept(self, value: object) -> datetime:
        if not isinstance(value, datetime):
            raise Misfit.expected("a datetime", got(value))
        moment = Time().accept(value)
        return moment - timedelta(microseconds=moment.microsecond % 1000)

    def read(self, value: object) -> datetime:
        try:
            millis = Whole().read(value)
        except Misfit:
            raise self.refused(value) from None
        return self._moment(millis)

    def read_text(self, value: str) -> datetime | None:
        try:
            millis = Whole().read_text(value)
        except Misfit:
            raise Misfit.expected(self.expected, OTHER_TEXT) from None
        return None if millis is None else self._moment(millis)

    def _moment(self, millis: int) -> datetime:
        try:
            return EPOCH + timedelta(milliseconds=millis)
        except OverflowError:
            raise Misfit.expected(self.expected, "one outside the years 1 to 9999") from None

    def write(self, value: datetime) -> int:
        return (value - EPOCH) // MILLISECOND


class Duration(ValueKind[timedelta]):
    """A length of time, truncated to microseconds."""

    expected = "a duration such as PT20.056S"

    def accept(self, value: object) -> timedelta:
        if not isinstance(value, timedelta):
            raise self.refused(value)
        return value

    def read(self, value: object) -> timedelta:
        if not isinstance(value, str):
            raise self.refused(value)
        found = re.fullmatch(DURATION, value)
        if found is None:
            raise Misfit.expected(self.expected, OTHER_TEXT)
        sign, *parts, fraction = found.groups("0")
        days, hours, minutes, seconds = map(int, parts)
        micros = int(f"{fraction[:6]:0<6}")
        try:
            length = timedelta(days, seconds, micros, minutes=minutes, hours=hours)
        except OverflowError:
            raise Misfit.expected(self.expected, "one of millions of years") from None
        return -length if sign == "-" else length

    def write(self, value: timedelta) -> str:
        minutes, micros = divmod(abs(value) // MICROSECOND, 60_000_000)
        hours, minutes = divmod(minutes, 60)
        seconds = f"{micros // 1_000_000}.{micros % 1_000_000:06}".rstrip("0").rstrip(".")
        parts = [f"{count}{unit}" for count, unit in ((hours, "H"), (minutes, "M")) if count]
        if micros or not parts:
            parts.append(f"{seconds}S")
        return f"{'-' if value < timedelta() else ''}PT{''.join(parts)}"


class Texts(ValueKind[tuple[str, ...]]):
    """A list of texts."""

    expected = "a list of texts"

    def accept(self, value: object) -> tuple[str, ...]:
        if not isinstance(value, list | tuple):
            raise self.refused(value)
        items = cast("list[object] | tuple[object, ...]", value)
        for index, item in enumerate(items):
            if not isinstance(item, str):
                raise Misfit((f"[{index}]", f"expected text, got {got(item)}"))
        return tuple(cleaned(cast("str", item)) for item in items)

    def write(self, value: tuple[str, ...]) -> list[str]:
        return list(value)


class TextMap(ValueKind[Mapping[str, str]]):
    """An object whose values are texts."""

    expected = "an object of texts"

    def accept(self, value: object) -> Mapping[str, str]:
        if not isinstance(value, Mapping):
            raise self.refused(value)
        texts = json_map(cast("Mapping[object, object]", value))
        for name, item in texts.items():
            if not isinstance(item, str):
                raise Misfit((f".{label(name)}", f"expected text, got {got(item)}"))
        return ReadOnlyMap(cast("dict[str, str]", texts))

    def read_text(self, value: str) -> Mapping[str, str] | None:
        return self.read(decoded(value)) if value else None

    def write(self, value: Mapping[str, str]) -> dict[str, str]:
        return dict(value)


class OpenMap(ValueKind[Mapping[str, object]]):
    """Undocumented fields; written beside the other fields of the record, not in an object."""

    expected = "an object"

    def is_canonical(self, value: object) -> bool:
        return value is NOTHING

    def accept(self, value: object) -> Mapping[str, object]:
        return ReadOnlyMap(json_map(value))


class AnyMap(OpenMap):
    """Undocumented fields of a JSON object, whatever they hold."""

    def accept(self, value: object) -> Mapping[str, object]:
        return ReadOnlyMap(cast("Mapping[str, object]", value)) if value else NOTHING


KINDS: Mapping[object, ValueKind[Any]] = {
    str: Text(),
    int: Whole(),
    float: Number(),
    bool: Flag(),
    datetime: Time(),
    timedelta: Duration(),
    tuple[str, ...]: Texts(),
    Mapping[str, str]: TextMap(),
    Mapping[str, object]: OpenMap(),
}
"""Kind of value by the declared type of a field."""
