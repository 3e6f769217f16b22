"""Validators for the values of JSON request bodies, with the vendor's texts.

A validator takes the field's name and its value and returns an error text, or None.
"""

import re
from collections.abc import Callable
from typing import cast

from bxml._types import E164_PATTERN, SIP_PATTERN
from callcontrol._urls import origin_of
from callcontrol.simulator.errors import quoted

Validator = Callable[[str, object], str | None]

_E164 = re.compile(E164_PATTERN)
_DESTINATION = re.compile(f"{E164_PATTERN}|{SIP_PATTERN}")
_URL = re.compile(r"https?://[^\s/?#]\S*", re.IGNORECASE)
_UUI = re.compile(r"[^,;]+;encoding=(jwt|base64|hex)(,[^,;]+;encoding=(jwt|base64|hex))*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_INFINITE = (float("inf"), float("-inf"))  # 1e999 in JSON


def _matches(match: Callable[[str], object], value: object) -> bool:
    return isinstance(value, str) and match(value) is not None


def phone_number(name: str, value: object) -> str | None:
    """Check an E.164 telephone number."""
    return (
        None
        if _matches(_E164.fullmatch, value)
        else f"Invalid {name}: must be an E164 telephone number"
    )


def destination(name: str, value: object) -> str | None:
    """Check an E.164 telephone number or a SIP URI."""
    valid = _matches(_DESTINATION.fullmatch, value)
    return None if valid else f"Invalid {name}: must be an E164 telephone number"


def text(limit: int) -> Validator:
    """Return a validator for texts of at most ``limit`` characters."""

    def validate(name: str, value: object) -> str | None:
        if not isinstance(value, str):
            return f"Invalid {name}: must be a string"
        return f"{name} must contain at most {limit} characters" if len(value) > limit else None

    return validate


_SHORT = text(1024)
_TAG = text(4096)


def tag(name: str, value: object) -> str | None:
    """Check the tag of a call that is being created."""
    found = _TAG(name, value)
    too_long = found is not None and isinstance(value, str)
    return f"Could not create call: sendCallback {found}" if too_long else found


def display_name(name: str, value: object) -> str | None:
    """Check the name shown to the callee."""
    found = text(256)(name, value)
    if found is None and isinstance(value, str) and _CONTROL.search(value):
        return f"Invalid {name}: must not contain control characters"
    return found


def user_to_user(name: str, value: object) -> str | None:
    """Check User-To-User header values (RFC 7433)."""
    found = text(350)(name, value)
    if found is None and not _matches(_UUI.fullmatch, value):
        return f"Invalid {name}: each value must end in ;encoding=jwt, base64 or hex"
    return found


def url(limit: int | None = None) -> Validator:
    """Return a validator for absolute http or https URLs of at most ``limit`` characters."""

    def validate(name: str, value: object) -> str | None:
        if (
            not isinstance(value, str)
            or not _matches(_URL.fullmatch, value)
            or origin_of(value) is None
        ):
            return f"Invalid {name}: only http and https are allowed"
        if limit is not None and len(value) > limit:
            return f"{name} must contain at most {limit} characters"
        return None

    return validate


def method(name: str, value: object) -> str | None:
    """Check the method of a webhook."""
    if value in ("GET", "POST"):
        return None
    return f"Invalid {name.removesuffix('Method')}Url method. Supported methods: [POST, GET]"


def boolean(name: str, value: object) -> str | None:
    """Check true or false."""
    return None if isinstance(value, bool) else f"Invalid {name}: must be true or false"


def texts(name: str, value: object) -> str | None:
    """Check a list of texts."""
    items = cast("list[object]", value) if isinstance(value, list) else [None]
    return (
        None
        if all(isinstance(item, str) for item in items)
        else f"Invalid {name}: must be a list of strings"
    )


def json_object(name: str, value: object) -> str | None:
    """Check a JSON object; its own fields are checked by their own table."""
    return None if isinstance(value, dict) else f"Invalid {name}: must be an object"


def one_of(*words: str) -> Validator:
    """Return a validator for a closed list of words."""

    def validate(name: str, value: object) -> str | None:
        listed = ", ".join(words)
        return None if value in words else f"Invalid {name}: must be one of [{listed}]"

    return validate


def number(low: int | None = None, high: int | None = None, *, whole: bool = False) -> Validator:
    """Return a validator for numbers, within inclusive limits if they are given."""

    def validate(name: str, value: object) -> str | None:
        kind = int if whole else int | float
        if isinstance(value, bool) or not isinstance(value, kind) or value in _INFINITE:
            return f"Invalid {name}: must be {'an integer' if whole else 'a number'}"
        if low is not None and high is not None and not low <= value <= high:
            shown = quoted(str(value))
            return f"{name} must be within the range [{low}, {high}], but was {shown}"
        return None

    return validate
