"""Removes traceback frames whose local variables hold credentials."""

from types import TracebackType
from typing import TypeVar

E = TypeVar("E", bound=BaseException)

_LIBRARIES = frozenset(
    {
        "aiohappyeyeballs",
        "aiohttp",
        "asyncio",
        "bxml",
        "callcontrol",
        "http",
        "requests",
        "socket",
        "ssl",
        "urllib3",
    }
)
"""Packages between a driver and the network. Frames of user code, such as an adapter of a
user's session, stay."""


def without_library_frames(error: E) -> E:
    """Remove the frames of libraries from an error and all errors behind it; return the error.

    urllib3 and http.client hold the Authorization header, and the message body, in variables that
    a traceback with local variables would print.
    """
    seen: set[int] = set()
    todo: list[object] = [error]
    while todo:
        found = todo.pop()
        if isinstance(found, BaseException) and id(found) not in seen:
            seen.add(id(found))
            found.__traceback__ = _pruned(found.__traceback__)
            todo += [found.__cause__, found.__context__, *found.args]
            todo += [getattr(found, name, None) for name in ("reason", "original_error")]
    return error


def _pruned(trace: TracebackType | None) -> TracebackType | None:
    kept: list[TracebackType] = []
    while trace is not None:
        module: object = trace.tb_frame.f_globals.get("__name__")
        if str(module).partition(".")[0] not in _LIBRARIES:
            kept.append(trace)
        trace = trace.tb_next
    pruned: TracebackType | None = None
    for entry in reversed(kept):
        pruned = TracebackType(pruned, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return pruned
