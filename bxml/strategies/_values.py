"""Strategies for attribute values and text, derived from the kinds of the table.

Texts without a limit are short, so that documents stay below the size limit; texts with a limit
reach it.
"""

from collections.abc import Callable, Mapping
from math import ceil, floor

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from bxml._kinds import Boolean, Enumeration, Kind, Number, Numeric, Text
from bxml._once import once
from bxml._types import E164_PATTERN, SIP_PATTERN, URL_PATTERN, WEBSOCKET_PATTERN

GROUPS = 3
"""Most repetitions of a group that a pattern repeats without a limit."""
INSIDE = 4
"""Most repetitions of a character inside a group."""
OUTSIDE = 12
"""Most repetitions of a character outside of groups."""


def bounded(pattern: str) -> str:
    r"""Return a pattern of the table for ``re``, with ``*`` and ``+`` limited to a few times.

    Patterns use the dialect that XSD 1.0 and ``re`` share, where ``\s`` is the four XML white
    space characters inside a class.
    """
    made: list[str] = []
    depth, inside, last = 0, False, ""
    characters = iter(pattern.replace(r"\s", r" \t\n\r"))
    for character in characters:
        piece = character
        if character == "\\":
            piece += next(characters)
        elif not inside and character in "*+":
            most = GROUPS if last == ")" else INSIDE if depth else OUTSIDE
            piece = f"{{{int(character == '+')},{most}}}"
        elif not inside:
            depth += (character == "(") - (character == ")")
            inside = character == "["
        else:
            inside = character != "]"
        made.append(piece)
        last = character
    return "".join(made)


_NOT_XML = [*(chr(code) for code in range(32) if chr(code) not in "\t\n\r"), "\ufffe", "\uffff"]

CHARACTERS = st.characters(codec="utf-8", exclude_characters=_NOT_XML)
"""Every character that XML 1.0 allows."""

MARKUP = (
    *("<", ">", "&", '"', "'", "]]>", "&lt;", "&amp;", "&#60;", "&nbsp;", "<![CDATA[x]]>"),
    *("<!-- x -->", "<?php ?>", "<break/>", "</SpeakSentence>", "<Hangup/>", "<!DOCTYPE x>"),
)
"""Markup that must be written and read back literally."""

AWKWARD = (
    *("\t", "\n", "\r", "\r\n", "  ", "\x7f", "\x85", "\u00a0", "\u200b", "\u2028", "\ufeff"),
    *("\u05d0\u202e", "e\u0301", "\u00df", "\u0130", "\U0001f600", "\U0010fffd", "\ufffd"),
    *("%s", "{0}", "$x", "\\n", "None"),
)
"""White space, right-to-left, combining and astral characters, placeholders."""

_PIECES = 5
_RUN = 12
_LARGEST = 10**30
_FILLERS = ("x", "0")


@once
def wordings(*, empty: bool = True) -> SearchStrategy[str]:
    """Return a strategy for short texts of speech, markup and edge characters."""
    piece = st.one_of(
        st.text(st.characters(codec="ascii", categories=("L", "N", "P", "Zs")), max_size=_RUN),
        st.sampled_from(MARKUP),
        st.sampled_from(AWKWARD),
        st.text(CHARACTERS, max_size=_RUN),
    )
    texts = st.lists(piece, max_size=_PIECES).map("".join)
    return (
        texts
        if empty
        else st.builds(str.__add__, texts, st.text(CHARACTERS, min_size=1, max_size=1))
    )


@once
def speech_text() -> SearchStrategy[str]:
    """Return a strategy for texts that a SpeakSentence can say.

    They mix words with markup fragments, quotes, line breaks, right-to-left and astral characters.
    Each has about eighty characters at most, at least one that is not white space, and none that
    XML does not allow. Shrinks to ``"0"``.
    """
    word = st.characters(codec="utf-8", exclude_characters=[*_NOT_XML, *" \t\r\n"])
    return st.builds("{}{}{}".format, wordings(), word, wordings())


@once
def phone_numbers() -> SearchStrategy[str]:
    """Return a strategy for E.164 numbers as texts: a plus sign and 2 to 15 digits."""
    return st.integers(10, 10**15 - 1).map("+{}".format)


def _named(*schemes: str) -> SearchStrategy[str]:
    hosts = st.sampled_from(("example.com", "pbx.example.com:8443", "[::1]", "\u00e9.example"))
    return st.builds("{}{}{}".format, st.sampled_from(schemes), hosts, _paths())


@once
def _paths() -> SearchStrategy[str]:
    names = st.text(
        st.characters(codec="utf-8", exclude_characters=[*_NOT_XML, *" \t\r\n/?#"]), max_size=_RUN
    )
    tails = st.one_of(st.just(""), st.builds("{}{}".format, st.sampled_from("?#"), names))
    return st.builds("/{}{}".format, names, tails)


@once
def urls() -> SearchStrategy[str]:
    """Return a strategy for URLs of webhooks and audio files, relative ones included."""
    absolute = _named("https://", "http://", "HTTPS://")
    return st.one_of(_paths(), absolute, _from_pattern(URL_PATTERN))


@once
def _from_pattern(pattern: str) -> SearchStrategy[str]:
    return st.from_regex(bounded(pattern), fullmatch=True, alphabet=CHARACTERS)


_PATTERNS: Mapping[str, Callable[[], SearchStrategy[str]]] = {
    E164_PATTERN: phone_numbers,
    URL_PATTERN: urls,
    SIP_PATTERN: lambda: st.one_of(_named("sip:desk@", "SIPS:"), _from_pattern(SIP_PATTERN)),
    WEBSOCKET_PATTERN: lambda: st.one_of(_named("wss://"), _from_pattern(WEBSOCKET_PATTERN)),
}
"""Strategies for patterns that yield more readable texts than ``from_regex``."""


def stretched(kind: Text, text: str, length: int) -> str:
    """Return the text extended to ``length`` within the pattern, or unchanged if it cannot be."""
    missing = length - len(text)
    for position in range(len(text), -1, -1):
        for filler in _FILLERS:
            longer = text[:position] + filler * missing + text[position:]
            if kind.regex is None or kind.regex.fullmatch(longer):
                return longer
    return text


def _texts(kind: Text) -> SearchStrategy[str]:
    made = wordings(empty=not kind.min_length)
    if kind.pattern is not None:
        strategy = _PATTERNS.get(kind.pattern)
        made = strategy() if strategy is not None else _from_pattern(kind.pattern)
    if kind.max_length is None:
        return made
    most = kind.max_length
    fitting = made.map(lambda text: text if len(text) <= most else text[:most])
    full = st.builds(stretched, st.just(kind), made, st.integers(most - 1, most))
    return st.one_of(fitting, full)


def _numbers(kind: Numeric) -> SearchStrategy[Number]:
    low = 0 if kind.minimum is None else kind.minimum
    high = _LARGEST if kind.maximum is None else kind.maximum
    whole = st.integers(ceil(low), floor(high))
    if kind.integer:
        return whole
    limits = st.sampled_from((low, high))
    return st.one_of(
        whole, limits, st.floats(low, high), st.decimals(str(low), str(high), places=3)
    )


@once
def values(kind: Kind) -> SearchStrategy[object]:
    """Return a strategy for the Python values that an attribute of this kind takes."""
    if isinstance(kind, Boolean):
        return st.booleans()
    if isinstance(kind, Enumeration):
        return st.sampled_from(kind.values)
    return _numbers(kind) if isinstance(kind, Numeric) else _texts(kind)
