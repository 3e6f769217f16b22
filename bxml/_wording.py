"""Words of error messages: values quoted, lists in words, and ``did you mean``."""

import re
from collections.abc import Awaitable, Mapping, Sequence
from decimal import Decimal

from bxml._once import FIRST_USE, once

MAX_SHOWN = 60
"""Characters of an offending text that an error message quotes."""


@once
def _user_info() -> re.Pattern[str]:
    """Return what finds a user name and a password inside a URL, which no message may quote."""
    return re.compile(r"(?<=//)[^/?#\s]*@")


@once
def _illegal() -> re.Pattern[str]:
    """Return what finds a character outside XML 1.0, compiled on first use."""
    return re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class InvalidValue(Exception):  # noqa: N818 - internal signal, turned into a Problem where it is caught
    """A value does not fit; carries the rule id, the finding and a hint."""

    def __init__(self, rule: str, finding: str, hint: str | None = None) -> None:
        super().__init__(finding)
        self.rule = rule
        self.finding = finding
        self.hint = hint


def file_failure(error: OSError | ValueError) -> str:
    """Return why a file cannot be opened, in the words of the system.

    A ``ValueError`` is about the name, in words that differ between versions of Python.
    """
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return "a name that no file can have"


def type_of(value: object) -> str:
    """Return what kind of thing ``value`` is, for messages that must not quote it."""
    if isinstance(value, type):
        return f"the class {value.__name__}"
    name = type(value).__name__
    return f"an {name}" if name[0] in "aeioAEIO" else f"a {name}"


def quoted(value: object) -> str:
    """Return ``value`` as an error message quotes it: never longer than a line."""
    if isinstance(value, str):
        text = exact_str(value)
        if "@" in text and "//" in text:
            text = _user_info().sub("***@", text)
        cut = len(text) > MAX_SHOWN
        return f"{text[:MAX_SHOWN]!r}... ({len(text)} characters)" if cut else repr(text)
    if value is None or isinstance(value, bool):
        return repr(value)
    if isinstance(value, int):
        short = value.bit_length() < MAX_SHOWN * 3
        return int.__repr__(value) if short else f"an int of {value.bit_length()} bits"
    if isinstance(value, float | Decimal):
        digits = float.__repr__(value) if isinstance(value, float) else Decimal.__str__(value)
        return digits if len(digits) <= MAX_SHOWN else f"{digits[:MAX_SHOWN]}..."
    return type_of(value)


_NO_TEXT = (bool, bytes, bytearray, memoryview, dict, list, tuple, set, frozenset, type)


def text_advice(value: object) -> str | None:
    """Return what to do with an object where text belongs; None if that is not certain."""
    if isinstance(value, Awaitable):
        return "await it"
    if callable(value) and not isinstance(value, type):
        return "call it: write () behind its name"
    if value is None or isinstance(value, (*_NO_TEXT, BaseException)):
        return None
    speaks = type(value).__str__ is not object.__str__ or isinstance(value, int | float)
    return "write str(...) around it" if speaks else None


def join_with_or(names: Sequence[str], word: str = "or") -> str:
    """Return ``a, b or c``."""
    return f" {word} ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)


def meant(name: str, instead_of: str = "") -> str:
    """Return ``did you mean 'x'?``; ``instead_of`` names a word that the message has not shown."""
    replaced = f" instead of {instead_of!r}" if instead_of else ""
    return f"did you mean {name!r}{replaced}?"


def did_you_mean(
    word: str, known: Mapping[str, object] | frozenset[str] | tuple[str, ...]
) -> str | None:
    """Return ``did you mean 'x'?`` for the name nearest to ``word``, regardless of case."""
    with FIRST_USE:
        from difflib import get_close_matches

    folded = {name.lower(): name for name in known}
    found = folded.get(word.lower())
    if found is None:
        matches = get_close_matches(word[:MAX_SHOWN], list(known), 1, 0.75) or get_close_matches(
            word.lower()[:MAX_SHOWN], list(folded), 1, 0.75
        )
        found = folded.get(matches[0].lower()) if matches else None
    return meant(found) if found is not None and found != word else None


def visible_text(text: str) -> str:
    """Return one line of text in which characters that do more than show are escaped.

    These are control characters, those that change the direction of what follows, and all that
    cannot be seen. Line ends are escaped as well: see ``visible_lines``.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def visible_lines(text: str) -> str:
    """Return text of several lines, each as ``visible_text`` shows it."""
    return "\n".join(map(visible_text, text.split("\n")))


def exact_str(value: str) -> str:
    """Return ``value`` as an exact ``str``, whatever a subclass does with its methods."""
    return "".join((value,))  # noqa: FLY002 - an f-string would call __format__


def refuse_illegal(value: str) -> None:
    """Raise ``InvalidValue`` at the first character that XML 1.0 cannot carry."""
    found = _illegal().search(value)
    if found is not None:
        code = f"U+{ord(found[0]):04X}"
        raise InvalidValue(
            "malformed-xml",
            f"expected characters that XML can carry, got {code} at index {found.start()}",
            "remove or replace that character",
        )
