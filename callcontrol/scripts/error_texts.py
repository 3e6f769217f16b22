"""Texts of exceptions that are not ours, such that every journal can keep them."""

import traceback


def error_line(error: BaseException) -> str:
    """Return the class and the text of an exception."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - of its own __str__
        text = "(its text cannot be made)"
    return _storable(f"{type(error).__name__}: {text}")


def error_lines(error: BaseException) -> str:
    """Return an exception with its traceback."""
    return _storable("".join(traceback.format_exception(error)))


def _storable(text: str) -> str:
    """Return a text with NUL and lone surrogates escaped."""
    return text.encode(errors="backslashreplace").decode().replace("\0", "\\x00")
