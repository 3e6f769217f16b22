"""Documents known to be clean: those that differ from a clean one only in the words they say.

Applications send the same few documents again and again with other names in them. No rule looks at
plain text to say, as long as there is some, so such a document need not be read a second time.
"""

import re
from hashlib import blake2b

__all__ = ["Fingerprint", "fingerprint", "is_clean", "remember"]

Fingerprint = tuple[bytes, str | None, frozenset[str]]

LIMIT = 4096
"""Fingerprints that are kept; each takes about a hundred bytes."""

_WORDS = re.compile(
    r">[ \t\r\n]*[^ \t\r\n<>&\x00-\x1f\x7f-\x9f\ufffe\uffff]"
    r"[^<>&\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]*</SpeakSentence>"
)
_clean: set[Fingerprint] = set()


def fingerprint(text: str, context: str | None, skipped: frozenset[str]) -> Fingerprint | None:
    """Return what identifies the document but for its words; None where words may be markup."""
    if "<!" in text:
        return None
    shape = _WORDS.sub(">~</SpeakSentence>", text)
    return blake2b(shape.encode(), digest_size=16).digest(), context, skipped


def is_clean(found: Fingerprint | None) -> bool:
    """Return whether a document of this shape was found clean before."""
    return found in _clean


def remember(found: Fingerprint | None) -> None:
    """Note that a document of this shape is clean."""
    if found is None:
        return
    if len(_clean) >= LIMIT:
        _clean.clear()
    _clean.add(found)
