"""Notices a server that a module starts while it is imported, which may never return."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from threading import get_ident
from typing import cast

from bxml._once import once

Notice = Callable[[int], None]
_notices: dict[int, Notice] = {}
"""Called with each port that a thread listens on, by the thread."""


@contextmanager
def noticing_servers(notice: Notice) -> Generator[None]:
    """Call ``notice`` with each TCP port that this thread binds within the ``with`` block."""
    _install()
    thread = get_ident()
    _notices[thread] = notice
    try:
        yield
    finally:
        del _notices[thread]


@once
def _install() -> None:
    """Add the audit hook, once: Python has no way to remove it."""
    sys.addaudithook(_audit)


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    if event != "socket.bind" or not _notices:
        return
    notice, address = _notices.get(get_ident()), arguments[1]
    if notice is not None and isinstance(address, tuple):
        _, *rest = cast("tuple[object, ...]", address)
        if rest and isinstance(rest[0], int):
            notice(rest[0])
