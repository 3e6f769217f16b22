"""Rules about generated text: escaped twice, the repr of an object, unfilled templates."""

import re
from collections.abc import Iterable, Iterator
from typing import cast

from bxml._kinds import Text
from bxml._node import ELEMENTS, Node
from bxml._types import TEMPLATE
from bxml.rules._rule import Finding, Naming, Rule
from bxml.rules._texts import got, response

_ESCAPED = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")

_OBJECTS = (
    # <coroutine object load at 0x7f..>, <app.Name object at 0x..>, <function f at 0x..>
    r"<[\w.<>]{1,60} [^<>]{0,90}\bat 0x[0-9a-fA-F]{3,16}"
    r"|<(?:class|module|enum) '[\w.]{1,60}'"
    r"|<built-in (?:function|method) \w"
    r"|<(?:Task|Future) (?:pending|finished|cancelled)\b"
    r"|\{'[^'{}]{0,60}': "
    r"|\['[^'\[\]]{0,60}'(?:\]|, ')"
    r"|\('[^'()]{0,60}',"
    r"|\bdatetime\.(?:datetime|date|time|timedelta)\("
    r"|\b(?:Decimal|UUID|PosixPath|WindowsPath)\('"
    r"|\[object Object\]"
)
_OBJECT = re.compile(_OBJECTS)
_NONE = re.compile(r"(?:\A|[a-z,:;] )None(?:\Z|[.,!?](?:\s|\Z))")
"""``None`` after a lower-case word and before the end of a sentence, or alone."""

_TEMPLATE = re.compile(TEMPLATE)
_ANY = re.compile(f"{_ESCAPED.pattern}|{_OBJECTS}|{_NONE.pattern}|{TEMPLATE}")


def is_suspicious(text: str) -> bool:
    """Return whether a text may break one of the rules below."""
    return _ANY.search(text) is not None


def may_break_text_rules(text: str) -> bool:
    """Return whether XML may contain a template or the ``repr`` of an object.

    For XML before it is parsed; escaped text is not recognized there.
    """
    return "None" in text or "{" in text or "%(" in text or _OBJECT.search(text) is not None


_ATTRIBUTES = {
    name: tuple(
        attribute.name
        for attribute in cls.element.attributes
        if isinstance(attribute.kind, Text) and not attribute.kind.secret
    )
    for name, cls in ELEMENTS.items()
}
_HELD = {
    name: cls.element.content.name
    for name, cls in ELEMENTS.items()
    if cls.element.content.form in ("text", "speech")
}


def _texts(node: Node) -> Iterator[tuple[str, str]]:
    """Yield the texts of one element with their fields."""
    name = node.element.name
    if name in _HELD:
        held: object = getattr(node, _HELD[name])
        pieces = cast("tuple[object, ...]", held) if isinstance(held, tuple) else (held,)
        yield from ((_HELD[name], piece) for piece in pieces if isinstance(piece, str))
    for attribute in _ATTRIBUTES[name]:
        value = getattr(node, attribute)
        if isinstance(value, str):
            yield attribute, value


def _escaped(node: Node, _: Naming) -> Iterable[Finding]:
    return [
        Finding(
            field,
            f"expected text that is not escaped, got {found[0]!r} in it",
            "bxml escapes text itself: leave out html.escape, escape(...) or |e",
        )
        for field, text in _texts(node)
        if "&" in text and (found := _ESCAPED.search(text)) is not None
    ]


def _objects(node: Node, _: Naming) -> Iterator[Finding]:
    for field, text in _texts(node):
        found = _OBJECT.search(text)
        if found is None and field == _HELD.get(node.element.name):
            found = _NONE.search(text)
        if found is not None:
            printed = "None" if found[0].strip(".,!? ").endswith("None") else found[0]
            hint = _hint(printed)
            finding = f"expected words, got the repr of a Python object: {got(printed)}"
            yield Finding(field, finding, hint)


def _templates(node: Node, _: Naming) -> Iterable[Finding]:
    return [
        Finding(
            field,
            f"expected text without placeholders, got {found[0]!r} in it",
            "a template was not filled in, or an f-string lacks its f",
        )
        for field, text in _texts(node)
        if (found := _TEMPLATE.search(text)) is not None
    ]


def _hint(found: str) -> str:
    if "coroutine" in found:
        return "await the call"
    if found == "None":
        return "the value is missing: provide a default"
    if "function" in found or "method" in found:
        return "call it: write () after its name"
    return "use its text or one of its fields"


TEXT_RULES = (
    Rule(
        "text-escaped-twice",
        "warning",
        "inferred",
        "The text was escaped before the document escaped it again. The caller hears the escape "
        "sequences, or the URL gets other parameters.",
        response("<SpeakSentence>Ben &amp;amp; Jerry&amp;#x27;s</SpeakSentence>"),
        response("<SpeakSentence>Ben &amp; Jerry's</SpeakSentence>"),
    ).on(*ELEMENTS.values(), find=_escaped),
    Rule(
        "text-is-a-python-object",
        "warning",
        "inferred",
        "The text contains the repr of a Python object: a coroutine that was not awaited, a "
        "function that was not called, None, a dict. The caller hears it literally.",
        response("<SpeakSentence>Hello &lt;coroutine object load at 0x7f3a2c1d>.</SpeakSentence>"),
        response("<SpeakSentence>Hello Mira.</SpeakSentence>"),
    ).on(*ELEMENTS.values(), find=_objects),
    Rule(
        "template-not-filled-in",
        "warning",
        "inferred",
        "The text contains a placeholder of a template or an f-string. The caller hears it, or the "
        "request goes to a URL that does not exist.",
        response("<SpeakSentence>Hello {{ name }}.</SpeakSentence>"),
        response("<SpeakSentence>Hello Mira.</SpeakSentence>"),
    ).on(*ELEMENTS.values(), find=_templates),
)
