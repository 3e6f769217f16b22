"""Random drafts of documents: names, values and children, many of them wrong in some way.

About half of the drafts are valid. A draft knows nothing of constructors: ``xml`` writes it without
``bxml``, so that the XSD judges what was meant.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from random import Random
from xml.sax.saxutils import escape, quoteattr

from bxml._element import Attribute, Content, Element
from bxml._kinds import Boolean, Enumeration, Kind, Numeric
from bxml._node import ELEMENTS
from bxml._wording import InvalidValue

Value = str | bool | int | float | Decimal

TEXTS: tuple[str, ...] = (
    *(
        "",
        "x",
        "a b",
        "a  b",
        "a\nb",
        "a\tb",
        "&<>\"'",
        "\u00e9\U0001f600",
        "julie",
        "mdy",
        "0",
        "7",
    ),
    *("x" * 255, "x" * 256, "x" * 257, "\U0001f600" * 256, "x" * 2048, "x" * 2049),
    *(
        "/next",
        "https://a.example/x?y=1&z=2",
        "HTTP://a.example",
        "http://",
        "ftp://a.example",
        "a:b",
    ),
    *("wss://a.example/s", "ws://a.example:8080", "wss://", "wss://a b"),
    *("+19195551234", "+12", "+1", "+0123", "+" + "1" * 15, "+" + "1" * 16, "19195551234"),
    *("sip:desk@a.example", "SIPS:desk@a.example", "sip:", "sip:a b", "tel:+19195551234"),
    *("Restricted", "Anonymous", "restricted", "aGk=;encoding=base64", "aGk=", "0a;encoding=hex,"),
    *("0123456789*#abcdABCD", "12wW,", "1 2", "c-1", "c-1,c-2", "c-1,", "inbound", "Z9_-"),
    *("en-US", "en-US,fr-CA", "en_US", "e", "xx-YY", "en-US,"),
    *("500ms", "1s", "1.5s", "5 s", "50%", "+50%", "-10dB", "+2st", "x-slow", "loud", "11/23/2026"),
)
"""Texts that some attribute takes and others refuse."""


@dataclass
class Draft:
    """An element as it is meant: attributes by Python name, text and elements inside."""

    name: str
    attributes: dict[str, Value]
    content: "list[str | Draft]"

    def xml(self) -> str:
        """Return the element as XML text."""
        wires = {each.name: each.wire for each in ELEMENTS[self.name].element.attributes}
        given = "".join(
            f" {wires.get(name, name)}={_quoted(value)}" for name, value in self.attributes.items()
        )
        inner = "".join(
            escape(each, {"\r": "&#13;"}) if isinstance(each, str) else each.xml()
            for each in self.content
        )
        return f"<{self.name}{given}>{inner}</{self.name}>"


def _quoted(value: Value) -> str:
    if isinstance(value, bool):
        return f'"{str(value).lower()}"'
    text = value if isinstance(value, str) else format(Decimal(str(value)), "f")
    return quoteattr(text, {"\n": "&#10;", "\t": "&#9;", "\r": "&#13;"})


@cache
def values(kind: Kind) -> tuple[tuple[Value, ...], tuple[Value, ...]]:
    """Return values that the kind takes, and values that it refuses."""
    tried: tuple[Value, ...] = TEXTS
    if isinstance(kind, Boolean):
        tried = (True, False, "yes", "True", "")
    elif isinstance(kind, Enumeration):
        tried = (*kind.values, *map(str.swapcase, kind.values), "", "x")
    elif isinstance(kind, Numeric):
        tried = ("", "many", -1, 10**30, *_numbers(kind))
    sorted_out: tuple[list[Value], list[Value]] = ([], [])
    for value in tried:
        try:
            kind.accept(value)
        except InvalidValue:
            sorted_out[1].append(value)
        else:
            sorted_out[0].append(value)
    assert sorted_out[0], f"expected a text for {kind}"
    return tuple(sorted_out[0]), tuple(sorted_out[1])


def _numbers(kind: Numeric) -> Iterator[Value]:
    for limit in (kind.minimum, kind.maximum):
        exact = Decimal(str(limit if limit is not None else 7))
        for step in ("0", "1", "-1", "0.5", "-0.5", "0.001", "-0.001", "0.00000000000000000001"):
            number = exact + Decimal(step)
            yield int(number) if number == number.to_integral_value() else number
            yield float(number) if not float(number).is_integer() else int(number)


class Drafter:
    """Makes drafts of documents whose verbs have the given names."""

    def __init__(self, random: Random, verbs: tuple[str, ...] = ()) -> None:
        self._random = random
        self._verbs = verbs or tuple(n for n, c in ELEMENTS.items() if c.element.kind == "verb")

    def document(self) -> Draft:
        """Return a draft of a document of up to three verbs."""
        names = self._random.choices(self._verbs, k=self._random.randint(0, 3))
        root = self._random.choice(("Response", "Bxml"))
        return Draft(
            root, self._attributes(ELEMENTS[root].element), list(map(self._element, names))
        )

    def _now_and_then(self, chance: float = 0.02) -> bool:
        return self._random.random() < chance

    def _element(self, name: str, depth: int = 0) -> Draft:
        element = ELEMENTS[name].element
        return Draft(name, self._attributes(element), self._content(element, depth))

    def _attributes(self, element: Element) -> dict[str, Value]:
        given: dict[str, Value] = {}
        for each in element.attributes:
            if self._now_and_then(0.95) if each.required else self._now_and_then(0.15):
                given[each.name] = self._value(each)
        if self._now_and_then():
            given["colour"] = "red"
        return given

    def _value(self, attribute: Attribute) -> Value:
        good, bad = values(attribute.kind)
        return self._random.choice(bad if bad and self._now_and_then(0.1) else good)

    def _content(self, element: Element, depth: int) -> "list[str | Draft]":
        content = element.content
        if content.form == "none":
            return []
        if self._now_and_then():
            return ["x" if self._now_and_then(0.5) else self._element("Pause")]
        if content.form == "text":
            return [self._text(content)]
        names = _inside(element.name)
        low, high = content.minimum, 3 if content.maximum is None else content.maximum + 1
        if content.form == "speech":
            high = max(0, 2 - depth)
        count = self._random.choice((low, low + 1, 1, 2, high - 1, high))
        inner: list[str | Draft] = [
            self._element(self._random.choice(names), depth + 1) for _ in range(min(count, high))
        ]
        return [*inner, "words"] if content.form == "speech" and content.words else inner

    def _text(self, content: Content) -> str:
        assert content.kind is not None
        good, bad = values(content.kind)
        texts = [
            text for text in (bad if self._now_and_then(0.1) else good) if isinstance(text, str)
        ]
        text = self._random.choice(texts or [""])
        return " ".join(text.split())  # constructors and the XSD differ in what they trim


@cache
def _inside(name: str) -> tuple[str, ...]:
    kinds: Mapping[str, Element] = {each: cls.element for each, cls in ELEMENTS.items()}
    if kinds[name].content.form == "speech":
        return tuple(each for each, element in kinds.items() if element.kind == "ssml")
    return tuple(each for each, element in kinds.items() if name in element.parents)
