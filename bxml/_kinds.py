r"""Kinds of attribute values: one frozen object per kind.

A kind accepts a Python value (``accept``), reads a wire text (``read``) and writes one (``write``).
The schema comparison, strategies, help and inline tests of constructors derive from its fields.

Patterns are written once, in the dialect that XSD 1.0 and ``re.fullmatch`` share; ``\s`` stands
for the four XML white space characters and is used inside ``[^...]`` only.
"""

import re
from collections.abc import Callable
from decimal import Context, Decimal

from bxml._once import once
from bxml._record import record
from bxml._wording import (
    MAX_SHOWN,
    InvalidValue,
    did_you_mean,
    exact_str,
    quoted,
    refuse_illegal,
    text_advice,
    type_of,
)

Number = int | float | Decimal
"""Types accepted wherever the platform takes a decimal number."""


@record
class Range:
    """Inclusive limits and the unit of a number; ``None`` means no limit."""

    minimum: float | None = None
    maximum: float | None = None
    unit: str | None = None


@record
class Default:
    """Value that the platform assumes when the attribute is left out; it is never written."""

    value: str | float | bool


@record
class Doc:
    """Note on where a fact comes from when that is not the element's own vendor page."""

    text: str


@record
class Boolean:
    """``true`` or ``false`` on the wire, ``bool`` in Python."""

    expected: str = "True or False"

    def accept(self, value: object) -> bool:
        """Return the value.

        :raises InvalidValue: if it is not valid.
        """
        if isinstance(value, bool):
            return value
        raise InvalidValue("bad-boolean", f"expected {self.expected}, got {quoted(value)}")

    def read(self, text: str) -> bool:
        """Return the value of a wire text.

        :raises InvalidValue: if it is not valid.
        """
        if text in ("true", "false"):
            return text == "true"
        folded = text.strip().lower()
        hint = f"write {folded!r}, in lower case" if folded in ("true", "false") else None
        raise InvalidValue("bad-boolean", f"expected 'true' or 'false', got {quoted(text)}", hint)

    def write(self, value: object) -> str:
        """Return the wire text."""
        return "true" if value else "false"


@record
class Enumeration:
    """One of a closed list of words; upper and lower case count."""

    values: tuple[str, ...]

    @property
    def expected(self) -> str:
        """The values as a list in words."""
        quoted = [repr(value) for value in self.values]
        return f"one of {', '.join(quoted)}" if quoted[2:] else " or ".join(quoted)

    def accept(self, value: object) -> str:
        """Return the value.

        :raises InvalidValue: if it is not valid.
        """
        text = exact_str(value) if isinstance(value, str) else None
        if text is not None and text in self.values:
            return text
        hint = did_you_mean(text, self.values) if text is not None else None
        finding = f"expected {self.expected}, got {quoted(value)}"
        raise InvalidValue("value-not-in-enum", finding, hint)

    read = accept

    def write(self, value: object) -> str:
        """Return the wire text."""
        return str(value)


def canonical(value: Number) -> Number:
    """Return the one spelling of a number: an int, else a float, else a Decimal.

    ``1``, ``1.0`` and ``Decimal("1.00")`` become the same value, so that documents which write
    the same text are equal.
    """
    if isinstance(value, int):
        return int.__pos__(value)
    exact = Decimal(value) if isinstance(value, Decimal) else Decimal(float.__repr__(value))
    if exact == exact.to_integral_value():
        return int(exact)
    nearest = float(exact)
    return nearest if Decimal(repr(nearest)) == exact else exact.normalize(_EXACT)


_PLAIN_NUMBER = r"[0-9]+(\.[0-9]+)?"
_MAX_DIGITS = 400
_INFINITE = float("inf")
_EXACT = Context(prec=2 * _MAX_DIGITS)
"""Keeps every digit, whatever the precision of the caller's own decimal context."""


def _digits(value: Number) -> int:
    """Return about how many digits the number takes to write."""
    if isinstance(value, int):
        return value.bit_length() * 3 // 10
    if isinstance(value, float):
        return 0
    sign_digits_exponent = value.as_tuple()
    return len(sign_digits_exponent.digits) + abs(int(sign_digits_exponent.exponent))


@record
class Numeric:
    """A whole (``integer``) or decimal number between two inclusive limits."""

    integer: bool
    minimum: float | None = None
    maximum: float | None = None
    unit: str | None = None

    @property
    def expected(self) -> str:
        """The type, limits and unit in words."""
        kind = "an integer" if self.integer else "a number"
        if self.minimum is not None and self.maximum is not None:
            kind += f" from {self.minimum} to {self.maximum}"
        elif self.minimum is not None:
            kind += f" of {self.minimum} or more"
        return f"{kind} ({self.unit})" if self.unit in ("seconds", "milliseconds") else kind

    def accept(self, value: object) -> Number:
        """Return the value in its one spelling.

        :raises InvalidValue: if it is not valid.
        """
        wrong = isinstance(value, bool) or not isinstance(value, int | float | Decimal)
        if wrong or (self.integer and not isinstance(value, int)):
            bare = value if isinstance(value, str) and len(value) < MAX_SHOWN else ""
            numeral = compiled(_PLAIN_NUMBER).fullmatch(bare) is not None
            hint = f"write {bare}, without quotes" if numeral else None
            raise InvalidValue("bad-number", f"expected {self.expected}, got {quoted(value)}", hint)
        assert isinstance(value, int | float | Decimal)  # noqa: S101 - narrows for the checker
        whole = isinstance(value, int)
        if not (
            whole or (value.is_finite() if isinstance(value, Decimal) else abs(value) < _INFINITE)
        ):
            raise InvalidValue("bad-number", f"expected {self.expected}, got {quoted(value)}")
        return self._within(value, quoted(value))

    def read(self, text: str) -> Number:
        """Return the number of a wire text.

        :raises InvalidValue: if it is not valid.
        """
        bare = text.strip(" \t\r\n")
        match = compiled(_PLAIN_NUMBER).fullmatch(bare)
        if match is None or len(bare) > _MAX_DIGITS or (self.integer and match[1]):
            raise InvalidValue("bad-number", f"expected {self.expected}, got {quoted(text)}")
        number = canonical(Decimal(bare)) if match[1] else int(bare)
        return self._within(number, quoted(text))

    def _within(self, value: Number, got: str) -> Number:
        low, high = self.minimum, self.maximum
        exact = Decimal(float.__repr__(value)) if isinstance(value, float) else value
        below = low is not None and exact < Decimal(str(low))
        if below or (high is not None and exact > Decimal(str(high))):
            raise InvalidValue("value-out-of-range", f"expected {self.expected}, got {got}")
        if _digits(value) > _MAX_DIGITS:
            raise InvalidValue("bad-number", f"expected {self.expected}, got more digits than fit")
        return canonical(value)

    def write(self, value: object) -> str:
        """Return the wire text: digits and at most one full stop, never an exponent."""
        text = str(value)
        return text if text.isdigit() else format(Decimal(text), "f")


@once
def compiled(pattern: str) -> re.Pattern[str]:
    """Return an XSD pattern as Python matches it."""
    return re.compile(pattern.replace(r"\s", r" \t\n\r"))


@record
class Text:
    """Characters, with optional limits. ``max_length`` counts Unicode characters."""

    expected: str = "text"
    max_length: int | None = None
    min_length: int = 0
    pattern: str | None = None
    rule: str = "pattern-mismatch"
    """Rule id of a pattern mismatch."""
    also: tuple[str, ...] = ()
    """Words accepted beside the pattern."""
    secret: bool = False
    """True for passwords: no error ever quotes the value."""
    hint: str | None = None
    """Shown with a pattern mismatch."""
    quick: str | None = None
    """A cheaper pattern of printable ASCII texts that ``pattern`` takes all of."""
    advice: tuple[tuple[str, str], ...] = ()
    """Instead of one hint: what to look for in the refused text, and the hint for that."""

    @property
    def plain(self) -> bool:
        """Whether the pattern alone keeps out all but printable ASCII."""
        return self.pattern is not None and "[^" not in self.pattern

    @property
    def regex(self) -> re.Pattern[str] | None:
        """The pattern compiled, on first use; None without one."""
        return compiled(self.pattern) if self.pattern is not None else None

    def accept(self, value: object) -> str:
        """Return the value as an exact ``str``.

        :raises InvalidValue: if it is not valid.
        """
        if not isinstance(value, str):
            hint = text_advice(value)
            number = isinstance(value, int | float)
            if number and self.regex is not None and self.regex.fullmatch(str(value)) is None:
                hint = None
            got = f"{self._quoted(value)}{' object' if hint and not number else ''}"
            raise InvalidValue("pattern-mismatch", f"expected {self.expected}, got {got}", hint)
        text = exact_str(value)
        refuse_illegal(text)
        mismatch = self.regex is not None and self.regex.fullmatch(text) is None
        if mismatch and text in self.also:
            return text
        if mismatch or len(text) < self.min_length:
            finding = f"expected {self.expected}, got {self._quoted(text)}"
            raise InvalidValue(self.rule, finding, self._advice(text) if mismatch else None)
        if self.max_length is not None and len(text) > self.max_length:
            finding = f"expected at most {self.max_length} characters, got {len(text)}"
            raise InvalidValue("value-too-long", finding)
        return text

    read = accept

    def write(self, value: object) -> str:
        """Return the wire text, not yet escaped."""
        return str(value)

    def _quoted(self, value: object) -> str:
        if not self.secret or value is None:
            return quoted(value)
        return f"a text of {len(value)} characters" if isinstance(value, str) else type_of(value)

    def _advice(self, text: str) -> str | None:
        bare = text.strip()
        if bare != text and self.regex is not None and self.regex.fullmatch(bare):
            return "remove the white space around it"
        fitting = (advice for sought, advice in self.advice if re.search(sought, text))
        return did_you_mean(text, self.also) or next(fitting, self.hint)


Kind = Boolean | Enumeration | Numeric | Text
"""Any kind of attribute value."""

Read = Callable[[str], object]

MAX_DIGITS = 9
"""Digits of a whole number that needs no exact arithmetic."""


def quick_reader(kind: Kind) -> Read:
    """Return a function that reads what ``kind.read`` reads, and refuses what it refuses."""
    if isinstance(kind, Text):
        return _text(kind)
    if isinstance(kind, Numeric):
        return _number(kind)
    if isinstance(kind, Enumeration):
        words = {word: word for word in kind.values}
        return lambda text: words.get(text) or kind.read(text)
    return _boolean(kind)


def _text(kind: Text) -> Read:
    longest = kind.max_length if kind.max_length is not None else 1 << 30
    shortest = kind.min_length
    match = compiled(kind.quick or kind.pattern).fullmatch if kind.pattern is not None else None

    def read(text: str) -> object:
        if text.isprintable() and shortest <= len(text) <= longest and (not match or match(text)):
            return text
        return kind.read(text)

    return read


def _number(kind: Numeric) -> Read:
    low = kind.minimum if kind.minimum is not None else 0
    high = kind.maximum if kind.maximum is not None else 10**MAX_DIGITS

    def read(text: str) -> object:
        if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS:
            number = int(text)
            if low <= number <= high:
                return number
        return kind.read(text)

    return read


def _boolean(kind: Boolean) -> Read:
    words = {"true": True, "false": False}

    def read(text: str) -> object:
        value = words.get(text)
        return kind.read(text) if value is None else value

    return read
