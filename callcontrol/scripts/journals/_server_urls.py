"""URLs of servers, which hold credentials, and errors that must not show them."""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import unquote

from callcontrol.scripts.errors import JournalError

_SHOWABLE = re.compile(
    r"(?P<scheme>[a-z+]+)://(?:[^/?#@]*@)?(?P<host>[\w.\-:\[\],]*)(?P<path>/[\w\-]*)?(?:\?[^@#]*)?"
)
"""An URL whose parts are certain: a stray ``@``, ``/`` or ``#`` may be one of a password."""

_LONG = 4


def shown(url: str) -> str:
    """Return a URL without user, password and options, or only its scheme if they may be in it."""
    found = _SHOWABLE.fullmatch(url)
    if not found:
        return f"{url.partition('://')[0]}://..." if "://" in url else "the journal"
    return f"{found['scheme']}://{found['host']}{found['path'] or ''}"


def credentials_of(url: str) -> Sequence[str]:
    """Return user and password of a URL, as they are written and as they are meant."""
    user, _, password = url.partition("://")[2].rpartition("@")[0].partition(":")
    return [user, password, unquote(user), unquote(password)]


def without(secrets: Iterable[str | None], text: str) -> str:
    """Return the text of a driver in one line, with stars in place of secrets.

    Short ones, which are also parts of words, are only looked for between quotation marks.
    """
    line = " ".join(text.split())
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        marks = ("",) if len(secret) >= _LONG else ('"', "'")
        for mark in marks:
            line = line.replace(f"{mark}{secret}{mark}", f"{mark}***{mark}")
    return line


def missing_package(name: str, package: str, extra: str) -> JournalError:
    """Return the error for a driver that is not installed."""
    advice = f"pip install 'bxml-callcontrol[{extra}]'"
    return JournalError(f"{name}: the package {package} is not installed; {advice}")
