"""Readers of attribute texts that take the usual value without a second look.

``Kind.read`` explains what is wrong; a document in use is almost always right, so these first test
what is certainly fine and leave the rest to it.
"""

from collections.abc import Callable

from bxml._kinds import Boolean, Enumeration, Kind, Numeric, Text, compiled

__all__ = ["quick_reader"]

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
