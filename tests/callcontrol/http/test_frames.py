"""Tracebacks are cut at the frames of libraries, wherever an error is hidden in another."""

from collections.abc import Callable, Iterator
from traceback import walk_tb
from types import TracebackType

import pytest

from callcontrol._http.frames import without_library_frames

LIBRARIES = [
    "aiohappyeyeballs",
    "aiohttp.client",
    "asyncio.events",
    "bxml._decompress",
    "callcontrol._http.transport",
    "http.client",
    "requests.adapters",
    "socket",
    "ssl",
    "urllib3.connectionpool",
]
OTHERS = ["application.voice", "my_urllib3", "requests_oauthlib.session"]


def _raiser(module: str, inner: Callable[[], None] | None = None) -> Callable[[], None]:
    """Return a function of a module, which calls another one or raises."""
    names: dict[str, object] = {"__name__": module, "inner": inner}
    body = "inner()" if inner else "raise OSError('lost')"
    exec(f"def function():\n    {body}\n", names)  # noqa: S102 - a frame of that module
    function: Callable[[], None] = names["function"]  # type: ignore[assignment] # pyright: ignore[reportAssignmentType]
    return function


def _raised(*modules: str) -> OSError:
    """Return an error that went through functions of modules, the outermost first."""
    function: Callable[[], None] | None = None
    for module in reversed(modules):
        function = _raiser(module, function)
    assert function is not None
    with pytest.raises(OSError, match="lost") as caught:
        function()
    return caught.value


def _modules(trace: TracebackType | None) -> Iterator[str]:
    for frame, line in walk_tb(trace):
        assert line > 0
        yield str(frame.f_globals["__name__"])


@pytest.mark.parametrize("library", LIBRARIES)
def test_frames_of_libraries(library: str) -> None:
    """They go, at any depth; those of the application stay in their order."""
    error = _raised(OTHERS[0], library, OTHERS[1], library, library, OTHERS[2], library)
    assert without_library_frames(error) is error
    assert list(_modules(error.__traceback__)) == [__name__, *OTHERS]


def _with_attribute(name: str) -> Callable[[Exception], Exception]:
    def wrap(error: Exception) -> Exception:
        outer = OSError()
        setattr(outer, name, error)
        return outer

    return wrap


WRAPPED: dict[str, Callable[[Exception], Exception]] = {
    **{
        name: _with_attribute(name)
        for name in ("__cause__", "__context__", "reason", "original_error")
    },
    "args": lambda error: ValueError("text", error),
}


@pytest.mark.parametrize("place", WRAPPED)
def test_errors_inside_errors(place: str) -> None:
    """Each place where libraries store a cause is looked into, and a circle ends."""
    error = _raised("urllib3.connection")
    error.__context__ = outer = WRAPPED[place](error)
    without_library_frames(outer)
    assert list(_modules(error.__traceback__)) == [__name__]
