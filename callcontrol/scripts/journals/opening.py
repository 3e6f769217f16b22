"""Opens the journal that a URL names."""

import os
import re
from collections.abc import Callable, Mapping

from bxml._wording import join_with_or, quoted
from callcontrol.scripts.errors import JournalError
from callcontrol.scripts.journals._server_urls import shown
from callcontrol.scripts.journals.memory import MemoryJournal
from callcontrol.scripts.journals.postgres import PostgresJournal
from callcontrol.scripts.journals.protocol import Journal
from callcontrol.scripts.journals.redis import RedisJournal
from callcontrol.scripts.journals.sqlite import SQLiteJournal

_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.\-]+):(?P<rest>.*)", re.DOTALL)
_DURABLE: Mapping[str, bool] = {"": False, "durable=true": True, "durable=false": False}


def open_journal(url: str | os.PathLike[str]) -> Journal:
    """Open the journal that a URL or a path names.

    :param url: ``memory:``; a path, or ``sqlite:///calls.sqlite`` (``sqlite:////var/calls.sqlite``
        if it is absolute), with ``?durable=true`` at the end if wanted; ``postgresql://...``;
        ``redis://...``, ``rediss://...`` or ``unix:///path/to/socket``.
    :raises JournalError: if the URL is not one of these, or the journal cannot be opened.
    """
    text = os.fspath(url)
    found = _SCHEME.fullmatch(text)
    if text in ("", "memory", ":memory:"):
        raise JournalError(f"open_journal: {_EXPECTED}, got {quoted(text)}")
    if found is None or isinstance(url, os.PathLike):
        return SQLiteJournal(text)
    make = _STORES.get(found["scheme"].lower())
    if make is None:
        raise JournalError(f"open_journal: {_EXPECTED}, got {found['scheme']}:...")
    return make(text, found["rest"])


def _memory(_: str, rest: str) -> Journal:
    if rest:
        raise JournalError(f"open_journal: expected memory:, got {quoted(f'memory:{rest}')}")
    return MemoryJournal()


def _sqlite(url: str, rest: str) -> Journal:
    path, _, options = rest.partition("?")
    if not path.startswith("///") or path == "///":
        expected = "sqlite:///calls.sqlite or sqlite:////var/calls.sqlite"
        raise JournalError(f"open_journal: expected {expected}, got {quoted(url)}")
    if options not in _DURABLE:
        expected = "no option but durable=true"
        raise JournalError(f"open_journal: expected {expected}, got {quoted(options)}")
    return SQLiteJournal(path.removeprefix("///"), durable=_DURABLE[options])


def _postgres(url: str, rest: str) -> Journal:
    return PostgresJournal(_expect_address(url, rest))


def _redis(url: str, rest: str) -> Journal:
    return RedisJournal(_expect_address(url, rest))


def _expect_address(url: str, rest: str) -> str:
    if not rest.startswith("//"):
        scheme = url.partition(":")[0]
        raise JournalError(f"open_journal: expected {scheme}://..., got {shown(url)}")
    return url


_STORES: Mapping[str, Callable[[str, str], Journal]] = {
    "memory": _memory,
    "sqlite": _sqlite,
    "postgresql": _postgres,
    "postgres": _postgres,
    "redis": _redis,
    "rediss": _redis,
    "unix": _redis,
}
_EXPECTED = "expected a path, or a URL with " + join_with_or([f"{name}:" for name in _STORES])
