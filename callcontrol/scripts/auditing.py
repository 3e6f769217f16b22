"""Connections, processes and files of code that is watched."""

import os
import sys
import sysconfig
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from callcontrol.scripts.places import Place

_ACTS: Mapping[str, str] = {
    "socket.connect": "opens a connection",
    "socket.bind": "binds a socket",
    "socket.sendto": "sends a packet",
    "socket.getaddrinfo": "looks up a host",
    "subprocess.Popen": "starts a process",
    "os.system": "starts a process",
    "os.exec": "starts a process",
    "os.posix_spawn": "starts a process",
    "os.fork": "starts a process",
    "os.remove": "removes a file",
    "os.rename": "renames a file",
    "os.mkdir": "makes a folder",
    "os.rmdir": "removes a folder",
    "sqlite3.connect": "opens a database",
}
"""Audit events of Python, which the documentation of its modules lists."""
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_PATHS = sysconfig.get_paths()
_ELSEWHERE = tuple(
    {
        str(Path(__file__).parents[1]),
        *(_PATHS[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")),
        "<frozen",
    }
)
"""Beginnings of the names of files that are not of an application."""
_thread = threading.local()


class ActedError(BaseException):
    """Raised in place of an act; a ``BaseException``, which no application catches."""


@contextmanager
def watched() -> Generator[None]:
    """Stop this thread before it acts.

    :raises ActedError: in place of the act.
    """
    _install()
    _thread.is_watched = True
    try:
        yield
    finally:
        _thread.is_watched = False


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    if not getattr(_thread, "is_watched", False):
        return
    act = _ACTS.get(event) or (_writing(*arguments) if event == "open" else None)
    if act is not None:
        _thread.is_watched = False
        raise ActedError(f"{_place()} {act} outside `call.run`")


def _writing(path: object = None, _: object = None, flags: object = 0) -> str | None:
    is_own = isinstance(path, str) and ".pyc" in path  # of an import
    writes = isinstance(flags, int) and bool(flags & _WRITING)
    return "writes a file" if writes and not is_own else None


def _place() -> Place:
    """Return the nearest line of the application."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - inspect.stack reads files
    last = frame
    while frame is not None and frame.f_code.co_filename.startswith(_ELSEWHERE):
        last, frame = frame, frame.f_back
    found = frame or last
    assert found is not None  # noqa: S101 - there is this function
    return Place(found.f_code.co_filename, found.f_lineno)


def _install() -> None:
    """Add the hook once; Python has no way to remove one."""
    if not _installed.is_set():
        _installed.set()
        sys.addaudithook(_audit)


_installed = threading.Event()
