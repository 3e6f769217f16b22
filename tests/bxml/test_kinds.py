"""Kinds of attribute values: what they accept from Python, read from a document, and write."""

from collections.abc import Mapping
from decimal import Decimal, FloatOperation, Inexact, localcontext
from enum import Enum
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bxml import Pause, Record, ValidationError
from bxml._element import Element
from bxml._kinds import Boolean, Enumeration, Kind, Number, Numeric, Text, canonical
from bxml._wording import InvalidValue, did_you_mean, quoted

WHOLE = Numeric(integer=True, minimum=1, maximum=50, unit="digits")
SECONDS = Numeric(integer=False, minimum=0.1, maximum=86400, unit="seconds")
OPEN = Numeric(integer=True, minimum=0)
FREE = Numeric(integer=False)
COLOUR = Enumeration(("red", "green", "dark-blue"))
SHORT = Text("a short text", max_length=3, min_length=1)
WORD = Text("a word", pattern="[a-z]+", also=("Any", "None"), hint="use small letters")
SECRET = Text("a password", pattern="[a-z]+", secret=True)


class Odd(float):
    """A float with a repr of its own, as NumPy's have."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Odd({float(self)})"

    __str__ = __repr__


class Level(int, Enum):
    """An int that writes itself as a name."""

    HIGH = 7


class Tone(str, Enum):  # noqa: UP042 - StrEnum would write itself as its value
    """A text that writes itself as a name."""

    RED = "red"


def refused(kind: Kind, value: object) -> InvalidValue:
    """Return what a kind says about a value that it does not accept."""
    with pytest.raises(InvalidValue) as caught:
        kind.accept(value)
    return caught.value


def unread(kind: Kind, text: str) -> InvalidValue:
    """Return what a kind says about a text that it cannot read."""
    with pytest.raises(InvalidValue) as caught:
        kind.read(text)
    return caught.value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a'b", '"a\'b"'),
        ("x" * 60, repr("x" * 60)),
        ("x" * 61, repr("x" * 60) + "... (61 characters)"),
        ("\x00\ud800", r"'\x00\ud800'"),
        (None, "None"),
        (True, "True"),
        (7, "7"),
        (10**100, "an int of 333 bits"),
        (10**5000, "an int of 16610 bits"),
        (1.5, "1.5"),
        (float("nan"), "nan"),
        (Decimal("1.50"), "1.50"),
        (Decimal("sNaN"), "sNaN"),
        (Decimal("1" * 70), "1" * 60 + "..."),
        (b"secret", "a bytes"),
        ([], "a list"),
        (object(), "an object"),
        (int, "the class int"),
        (Level.HIGH, "7"),
        (Tone.RED, "'red'"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_shown_is_never_longer_than_a_line(value: object, expected: str) -> None:
    """Texts and numbers are quoted, cut where they are long; all else is named by its type."""
    assert quoted(value) == expected
    assert len(quoted(value)) < 100


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        ("maxdigits", ("max_digits", "tag"), "did you mean 'max_digits'?"),
        ("TAG", ("max_digits", "tag"), "did you mean 'tag'?"),
        ("tag", ("max_digits", "tag"), None),
        ("zzz", ("max_digits", "tag"), None),
        ("", ("max_digits",), None),
        ("x" * 10**6, ("max_digits",), None),
        ("Bothh", ("inbound", "both"), "did you mean 'both'?"),
        ("GREEN ", ("red", "green"), "did you mean 'green'?"),
    ],
)
def test_near_finds_slips(word: str, known: tuple[str, ...], hint: str | None) -> None:
    """A slip of case or of a letter is answered with the known name; nonsense is not."""
    assert did_you_mean(word, known) == hint


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, 1),
        (1.0, 1),
        (Decimal("1.00"), 1),
        (Decimal("1E+3"), 1000),
        (0.1, 0.1),
        (Decimal("0.10"), 0.1),
        (-0.0, 0),
        (0.1 + 0.2, 0.30000000000000004),
        (Decimal("1.0000000000000000001"), Decimal("1.0000000000000000001")),
        (Decimal("1." + "1" * 60), Decimal("1." + "1" * 60)),
    ],
)
def test_canonical_numbers(value: Number, expected: Number) -> None:
    """A number becomes an int, else a float, else a Decimal, whichever holds it exactly."""
    made = canonical(value)
    assert (made, type(made)) == (expected, type(expected))


def test_subclasses_of_numbers_become_plain() -> None:
    """NumPy's floats and enumerations of int are stored and written as plain numbers."""
    for kind, value, expected in ((SECONDS, Odd(2.5), 2.5), (WHOLE, Level.HIGH, 7)):
        made = kind.accept(value)
        assert (made, type(made)) == (expected, type(expected))
        assert kind.write(made) == str(expected)
    assert Pause(duration=Odd(2.5)) == Pause(duration=2.5)


def test_the_callers_decimal_context_does_not_matter() -> None:
    """Precision and traps of the caller's own context neither round nor raise."""
    value = Decimal("1.123456789")
    with localcontext() as context:
        context.prec = 3
        context.traps[Inexact] = True
        context.traps[FloatOperation] = True
        assert Record(silence_timeout=value).silence_timeout == 1.123456789
        assert SECONDS.accept(0.5) == 0.5
        assert SECONDS.read("1.12345678901234567890123") == Decimal("1.12345678901234567890123")
        assert refused(SECONDS, 0.05).rule == "value-out-of-range"


@pytest.mark.parametrize("value", [0.1, 1, 86400, 86400.0, Decimal("0.1"), Decimal(86400)])
def test_numbers_inside_the_limits(value: Number) -> None:
    """Both limits belong to the range."""
    assert SECONDS.accept(value) == canonical(value)


@pytest.mark.parametrize(
    "value", [0, 0.0999, -1, 86400.001, 10**400, Decimal("0.0999999999999999999"), 1e300]
)
def test_numbers_outside_the_limits(value: Number) -> None:
    """Beyond a limit is out of range, however little."""
    assert refused(SECONDS, value).rule == "value-out-of-range"


@pytest.mark.parametrize(
    "value",
    [
        *(True, "5", None, b"5", 1j, Fraction(1, 2), float("nan"), float("inf"), -float("inf")),
        *(Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity")),
    ],
)
def test_what_is_no_number(value: object) -> None:
    """Booleans, texts, other number types and what is not finite are no numbers."""
    assert refused(SECONDS, value).rule == "bad-number"
    assert refused(WHOLE, value).rule == "bad-number"


@pytest.mark.parametrize("value", [1.0, 1.5, Decimal(1)])
def test_whole_numbers_are_ints(value: object) -> None:
    """A whole number is given as an int, not as a number that happens to be whole."""
    assert refused(WHOLE, value).finding.startswith("expected an integer from 1 to 50, got 1")


def test_numbers_too_long_to_write() -> None:
    """Numbers with more digits than anybody needs are refused, not written."""
    assert OPEN.accept(10**100) == 10**100
    for kind, value in (
        (OPEN, 10**500),
        (OPEN, 10**5000),
        (Numeric(integer=False, minimum=0, maximum=9), Decimal("1E-9999")),
        (Numeric(integer=False, minimum=0, maximum=9), Decimal("1." + "1" * 500)),
    ):
        assert refused(kind, value).finding.endswith("got more digits than fit")


@pytest.mark.parametrize(("text", "hint"), [("5", "write 5, without quotes"), ("five", None)])
def test_numbers_in_quotes(text: str, hint: str | None) -> None:
    """A number given as text is answered with the number."""
    assert refused(WHOLE, text).hint == hint


@pytest.mark.parametrize("text", ["1", "50", " 50 ", "\t7\n", "007"])
def test_reading_whole_numbers(text: str) -> None:
    """Digits count, white space around them does not."""
    assert WHOLE.read(text) == int(text)


@pytest.mark.parametrize(
    "text", ["", "+5", "-5", "1e1", "0x5", "5.", ".5", "5.0", "\u0665", "1_0", "5 5", "9" * 401]
)
def test_texts_that_are_no_whole_number(text: str) -> None:
    """Signs, exponents, fractions and digits of other scripts are not read."""
    assert unread(WHOLE, text).rule == "bad-number"


def test_reading_decimal_numbers() -> None:
    """Fractions are read exactly; limits hold."""
    assert SECONDS.read("0.50") == 0.5
    assert SECONDS.read("1." + "1" * 50) == Decimal("1." + "1" * 50)
    assert unread(SECONDS, "86400.01").finding.endswith("got '86400.01'")
    assert unread(WHOLE, "51").rule == "value-out-of-range"


@given(st.floats(0.1, 86400) | st.decimals(1, 86400, places=12) | st.integers(1, 86400))
@settings(max_examples=200)
def test_numbers_come_back(value: Number) -> None:
    """What is written reads as the same number, without sign or exponent."""
    made = SECONDS.accept(value)
    written = SECONDS.write(made)
    assert set(written) <= set("0123456789.")
    assert SECONDS.read(written) == made


def test_words_of_numbers() -> None:
    """The expectation names type, limits and the units that people confuse."""
    assert WHOLE.expected == "an integer from 1 to 50"
    assert SECONDS.expected == "a number from 0.1 to 86400 (seconds)"
    assert OPEN.expected == "an integer of 0 or more"
    assert FREE.expected == "a number"


def test_booleans() -> None:
    """True and False only; texts are read in lower case only."""
    kind = Boolean()
    assert (kind.accept(True), kind.accept(False)) == (True, False)  # noqa: FBT003 - the value
    assert (kind.read("true"), kind.read("false")) == (True, False)
    assert (kind.write(True), kind.write(False)) == ("true", "false")  # noqa: FBT003 - the value
    assert refused(kind, 1).finding == "expected True or False, got 1"
    assert unread(kind, "True").hint == "write 'true', in lower case"
    assert unread(kind, " FALSE ").hint == "write 'false', in lower case"
    assert unread(kind, "1").hint is None


def test_enumerations() -> None:
    """One of the words, in its case; the nearest one is suggested."""
    assert COLOUR.expected == "one of 'red', 'green', 'dark-blue'"
    assert Enumeration(("a", "b")).expected == "'a' or 'b'"
    assert COLOUR.accept("red") == COLOUR.read("red") == COLOUR.write("red") == "red"
    assert refused(COLOUR, "Dark-Blue").hint == "did you mean 'dark-blue'?"
    assert refused(COLOUR, "grean").hint == "did you mean 'green'?"
    assert refused(COLOUR, "yellow").hint is None
    assert refused(COLOUR, 5).finding == f"expected {COLOUR.expected}, got 5"
    assert COLOUR.accept(Tone.RED) == "red"
    assert type(COLOUR.accept(Tone.RED)) is str


def test_texts() -> None:
    """Length counts characters; the pattern comes first, and words beside it count as well."""
    assert SHORT.accept("\U0001f600" * 3) == "\U0001f600" * 3
    assert refused(SHORT, "").rule == "pattern-mismatch"
    assert refused(SHORT, "abcd").finding == "expected at most 3 characters, got 4"
    assert refused(SHORT, "abcd").rule == "value-too-long"
    assert refused(SHORT, 5).finding == "expected a short text, got 5"
    assert WORD.accept("abc") == WORD.read("abc") == WORD.write("abc") == "abc"
    assert WORD.accept("Any") == "Any"
    assert refused(WORD, "any1").hint == "did you mean 'Any'?"
    assert refused(WORD, "ABC").hint == "use small letters"
    assert refused(WORD, " abc\n").hint == "remove the white space around it"
    assert refused(WORD, "ab\x0b").finding.endswith("got U+000B at index 2")


def test_secrets_are_never_quoted() -> None:
    """A refused password is told by its length or its type, never by its value."""
    assert refused(SECRET, "HUNTER2").finding == "expected a password, got a text of 7 characters"
    assert refused(SECRET, 1234).finding == "expected a password, got an int"
    assert refused(SECRET, b"1234").finding == "expected a password, got a bytes"
    assert refused(SECRET, None).finding == "expected a password, got None"
    assert "HUNTER" not in str(refused(SECRET, "HUNTER\x00"))


def test_every_password_is_a_secret(elements: Mapping[str, Element]) -> None:
    """Each attribute that holds a password is one whose value no error shows."""
    passwords = [
        attribute
        for element in elements.values()
        for attribute in element.attributes
        if "password" in attribute.name
    ]
    assert len(passwords) == 22
    for password in passwords:
        assert isinstance(password.kind, Text)
        assert password.kind.secret


def test_problems_of_numbers_name_the_attribute() -> None:
    """The finding becomes a problem of the attribute."""
    with pytest.raises(ValidationError) as caught:
        Pause(duration=Decimal("sNaN"))
    assert caught.value.problems[0].path == "Pause.duration"
