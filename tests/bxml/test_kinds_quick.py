"""The quick ways: certain values are taken without the full check, which would agree."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from bxml._construct import is_plain
from bxml._kinds import Boolean, Enumeration, Kind, Numeric, Text, compiled, quick_reader

WORD = Text("a word", max_length=3, min_length=1, pattern="[a-z]*")
SPACED = Text("a text", pattern=r"[^\s]*")
LEAST = Numeric(integer=True, minimum=2)
RANGE = Numeric(integer=True, minimum=2, maximum=4)
COLOURS = Enumeration(("red", "green"))

SOURCES: Mapping[str, tuple[Kind, str]] = {
    "boolean": (Boolean(), "type(x) is bool"),
    "enumeration": (COLOURS, "type(x) is str and x in {'red', 'green'}"),
    "any number": (Numeric(integer=False), "type(x) is int and x <= 1000000000"),
    "least": (LEAST, "type(x) is int and 2 <= x <= 1000000000"),
    "range": (RANGE, "type(x) is int and 2 <= x <= 4"),
    "text": (Text(), "type(x) is str and x.isprintable()"),
    "word": (WORD, "type(x) is str and match_x(x) and len(x) <= 3 and x"),
    "spaced": (SPACED, "type(x) is str and x.isprintable() and match_x(x)"),
    "quick": (
        Text(pattern=r"[^\s]*", quick="[a-z]*"),
        "type(x) is str and match_x(x)",
    ),
}


@pytest.mark.parametrize("name", SOURCES)
def test_the_source_of_the_quick_test(name: str) -> None:
    """Constructors are compiled from it: a good value must not cost a call."""
    kind, source = SOURCES[name]
    assert is_plain(kind, "x") == source


@pytest.mark.parametrize(
    ("kind", "good"),
    [
        (Boolean(), [("true", True), ("false", False)]),
        (COLOURS, [("red", "red"), ("green", "green")]),
        (LEAST, [("2", 2), ("999999999", 999_999_999), ("1000000001", 1_000_000_001)]),
        (RANGE, [("2", 2), ("4", 4), (" 3 ", 3)]),
        (Numeric(integer=False), [("0", 0), ("0.5", 0.5), ("1000000000", 10**9)]),
        (WORD, [("a", "a"), ("abc", "abc")]),
        (SPACED, [("", ""), ("x", "x")]),
    ],
)
def test_quick_readers_read_as_kinds_do(kind: Kind, good: list[tuple[str, object]]) -> None:
    """At the edges too."""
    for text, value in good:
        assert quick_reader(kind)(text) == value == kind.read(text)


@pytest.mark.parametrize(
    ("kind", "text", "calls"),
    [
        (Boolean(), "true", 0),
        (Boolean(), "false", 0),
        (COLOURS, "red", 0),
        (LEAST, "2", 0),
        (LEAST, "999999999", 0),
        (LEAST, "1000000000", 1),
        (RANGE, "4", 0),
        (Numeric(integer=False), "0", 0),
        (WORD, "a", 0),
        (WORD, "abc", 0),
        (SPACED, "", 0),
    ],
)
def test_what_is_read_without_the_full_check(
    monkeypatch: pytest.MonkeyPatch, kind: Kind, text: str, calls: int
) -> None:
    """The common case is quick; what is left goes to the kind."""
    asked: list[str] = []
    read = type(kind).read

    def counted(self: Kind, value: str) -> object:
        asked.append(value)
        return read(self, value)  # type: ignore[arg-type] # of the same class

    monkeypatch.setattr(type(kind), "read", counted)
    quick_reader(kind)(text)
    assert len(asked) == calls


def test_white_space_in_patterns() -> None:
    """The class of white space is that of XML, no more."""
    pattern = compiled(r"[^\s]")
    assert [pattern.fullmatch(character) is None for character in " \t\n\r"] == [True] * 4
    assert pattern.fullmatch("\u00a0") is not None


@pytest.mark.parametrize(
    ("value", "text"),
    [(12, "12"), (0.5, "0.5"), (1e-7, "0.0000001"), (Decimal("1E+3"), "1000"), (-2, "-2")],
)
def test_numbers_are_written_without_an_exponent(value: object, text: str) -> None:
    """Digits and at most one full stop."""
    assert Numeric(integer=False).write(value) == text
