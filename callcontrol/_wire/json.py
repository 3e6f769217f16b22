"""Reads untrusted JSON into immutable values.

Errors name the type of a value, never its content, because tags, digits and headers may be
private.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from math import isfinite
from typing import Self, cast

from bxml._record import ReadOnlyMap

MAX_DEPTH = 64
"""Most levels of nesting in an unknown field."""
MAX_BITS = 1024
"""Most bits of a whole number in an unknown field."""
NAME = r"[A-Za-z0-9_-]{1,60}"
SHAPES: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "a boolean"),
    ((int, float), "a number"),
    (str, "text"),
    (Mapping, "an object"),
    ((list, tuple), "a list"),
)


class Misfit(Exception):  # noqa: N818 - internal, converted into an EventError by its handlers
    """Values of the wrong type: pairs of a path below the value read, and a finding."""

    def __init__(self, *findings: tuple[str, str]) -> None:
        super().__init__(findings)
        self.findings = findings

    @classmethod
    def expected(cls, expected: str, found: str) -> Self:
        """Return the finding that the value itself is not as expected."""
        return cls(("", f"expected {expected}, got {found}"))

    def below(self, place: str) -> list[tuple[str, str]]:
        """Return the findings with paths that begin at the container of the value."""
        return [(f"{place}{path}", finding) for path, finding in self.findings]


NOTHING: ReadOnlyMap[object] = ReadOnlyMap({})


def got(value: object) -> str:
    """Return the type of a value as errors name it."""
    if value is None:
        return "null"
    words = (words for types, words in SHAPES if isinstance(value, types))
    return next(words, f"a value of type {type(value).__name__}")


def label(name: str) -> str:
    """Return a field name for an error: short and printable, whatever was sent."""
    return name if re.fullmatch(NAME, name) else ascii(name[:60])


def cleaned(text: str) -> str:
    """Return an exact ``str`` that can be encoded: single surrogates become U+FFFD.

    The platform counts characters in UTF-16 and may cut a tag in the middle of an emoji.
    """
    exact = "".join((text,))  # noqa: FLY002 - an f-string would call __format__
    if exact.isascii():
        return exact
    return exact.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def decoded(text: str) -> object:
    """Return the value of a JSON text.

    :raises Misfit: if it is not JSON, has NaN or Infinity, repeats a name or nests too deeply.
    """
    try:
        return json.loads(text, object_pairs_hook=_unique_names, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise Misfit.expected("JSON", f"a mistake at {place} ({error.msg})") from None
    except RecursionError:
        raise Misfit.expected(f"at most {MAX_DEPTH} levels", "more") from None
    except ValueError:
        # Python refuses whole numbers of more than a few thousand digits.
        raise Misfit.expected("a JSON value", "a number out of range") from None


def _unique_names(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise Misfit((f".{label(twice)}", "expected one value, got several"))
    return found


def _refuse_constant(constant: str) -> object:
    raise Misfit.expected("finite numbers", constant)


def json_map(value: object, above: frozenset[int] = frozenset()) -> dict[str, object]:
    """Return a deep copy of a JSON object in plain dicts and lists.

    ``above`` holds the identities of the enclosing containers.

    :raises Misfit: for a value that JSON cannot represent, with its path.
    """
    inside = above | {id(value)}
    if not isinstance(value, Mapping):
        raise Misfit.expected("an object", got(value))
    copied: dict[str, object] = {}
    for name, item in cast("Mapping[object, object]", value).items():
        if not isinstance(name, str):
            raise Misfit.expected("names that are text", got(name))
        try:
            copied[cleaned(name)] = _json_value(item, inside)
        except Misfit as misfit:
            raise Misfit(*misfit.below(f".{label(name)}")) from None
    return copied


def _json_value(value: object, above: frozenset[int]) -> object:
    inside = above | {id(value)}
    if not isinstance(value, Mapping | list | tuple):
        return _json_scalar(value)
    if len(above) >= MAX_DEPTH or inside == above:
        # A container that contains itself is deeper than any limit.
        raise Misfit.expected(f"at most {MAX_DEPTH} levels", "more")
    if isinstance(value, Mapping):
        return json_map(cast("Mapping[object, object]", value), above)
    items = cast("list[object] | tuple[object, ...]", value)
    return [_json_value(item, inside) for item in items]


def _json_scalar(value: object) -> object:
    if isinstance(value, str):
        return cleaned(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and value.bit_length() <= MAX_BITS:
        return int(value)
    if isinstance(value, float) and isfinite(value):
        return float(value)
    number = isinstance(value, int | float)
    raise Misfit.expected("a JSON value", "a number out of range" if number else got(value))
