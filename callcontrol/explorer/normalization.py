"""Text without what differs in each call: ids, tokens, addresses, times and long numbers.

Each is replaced by a number in order of appearance, so that two texts are equal if they differ in
nothing else. Every pattern takes a time that grows with the text only.
"""

import re
from collections.abc import Callable, Sequence

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_IDS = re.compile(
    rf"(?<![0-9a-z])(?:[a-z]-[0-9a-f]{{8}}-)?{_UUID}(?![0-9a-z])"
    r"|(?<![0-9a-z])0x[0-9a-f]{6,}(?![0-9a-z])"
    # Neither a telephone number nor its plus sign in a URL, %2B.
    r"|(?<![0-9a-z+%])[0-9a-f]{8,}(?![0-9a-z])"
    r"|(?<!\d)\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|(?<!\d)\d\d?:\d\d:\d\d(?:\.\d+)?(?!\d)",
    re.IGNORECASE | re.ASCII,
)
"""Ids of calls and others in hexadecimal digits, addresses of objects, and times."""
_RUN = re.compile(r"(?:[\w-]|%[0-9A-Fa-f]{2})+={0,2}", re.ASCII)
"""The characters of a token: Base64 for URLs, or other Base64 after quoting."""
_NUMBER = re.compile(r"(?<![+\d])(?<!%2B)(?<!%2b)\d{5,}(?:\.\d+)?")
"""Long numbers and Unix times; telephone numbers begin with a plus sign."""
_HEX = 16
"""Length from which hexadecimal digits need not be letters and digits."""
_TOKEN = 20
"""Length of the shortest token: 21 characters are a nanoid, 22 those of token_urlsafe(16)."""
_PREFIX = re.compile(r"(?:[a-z]{4,}[-_])*")
"""Words in front of a token: the kind of thing that it names."""
_QUOTED = re.compile("%[0-9A-Fa-f]{2}|=")
_WORD = re.compile(r"[A-Z]?[a-z]*|[A-Z]+|\d{1,4}")
_INNER_DIGIT = re.compile(r"\d[A-Za-z]")
_PIECE = re.compile("[A-Z]?[a-z]+|[A-Z]+")
_ODD = re.compile("[^AEIOUYaeiouy]+|.")
"""Pieces that are no word of a name: without a vowel, or a single letter."""
_MOST_ODD = 2
"""Odd pieces that a name may have: onHTTPSRequest."""


def normalize(text: str, ignore: re.Pattern[str] | None = None) -> str:
    """Return a text with ids, tokens, times and long numbers replaced by ``<1>``, ``<2>``, ..."""
    found: dict[str, str] = {}
    if ignore is not None:
        text = ignore.sub("<ignored>", text)

    def numbered(changing: str) -> str:
        return found.setdefault(changing, f"<{len(found) + 1}>")

    text = _IDS.sub(lambda match: numbered(match[0]) if _is_id(match[0]) else match[0], text)
    text = _RUN.sub(lambda match: _without_token(match[0], numbered), text)
    return _NUMBER.sub(lambda match: numbered(match[0]), text)


def _is_id(text: str) -> bool:
    """Return whether hexadecimal digits are an id: short ones need letters and digits."""
    is_mixed = not text.isdigit() and any(map(str.isdigit, text))
    return is_mixed or len(text) >= _HEX


def _without_token(run: str, numbered: Callable[[str], str]) -> str:
    """Return a run of characters with its token replaced, if it has one."""
    if len(run) < _TOKEN:
        return run
    prefix = _PREFIX.match(run)
    for begin in (prefix.end() if prefix is not None else 0, 0):
        if _is_token(run[begin:]):
            return run[:begin] + numbered(run[begin:])
    return run


def _is_token(text: str) -> bool:
    """Return whether a text is random, not made of words."""
    plain = _QUOTED.sub("-", text)
    parts = [part for part in re.split("[-_]", plain) if part]
    if len(plain) < _TOKEN or all(map(_WORD.fullmatch, parts)):
        return False
    kinds: Sequence[Callable[[str], bool]] = (str.isdigit, str.islower, str.isupper)
    if all(any(map(kind, plain)) for kind in kinds):
        return True
    if any(map(str.isdigit, plain)):  # in one case: ULID, cuid
        return any(len(part) >= _TOKEN and _INNER_DIGIT.search(part) for part in parts)
    return sum(map(bool, map(_ODD.fullmatch, _PIECE.findall(plain)))) > _MOST_ODD
