"""Masks phone numbers in the texts of a journal."""

import re

_NUMBER = re.compile(r"\+[0-9]{7,15}(?![0-9])|(?<![\w.+-])[0-9]{10,15}(?![\w.-])")
_SHOWN = 2


def masked(text: str) -> str:
    """Return a text with all but the last two digits of its phone numbers masked.

    A number has a plus sign, or ten to fifteen digits that are no part of an id.
    """
    return _NUMBER.sub(lambda found: "*" * (len(found[0]) - _SHOWN) + found[0][-_SHOWN:], text)
