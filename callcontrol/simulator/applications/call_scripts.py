"""Call scripts in what is called: an application of them, or one that a framework mounts.

They keep calls by their ids, which are the same in every simulator, and take the end of inbound
calls at their own URL.
"""

from collections.abc import Iterator, Mapping
from typing import Protocol, cast, runtime_checkable

_DEEPEST = 4
"""Mounts within mounts that are looked at."""


@runtime_checkable
class CallScripts(Protocol):
    """The part of ``callcontrol.scripts.Scripts`` that the simulator calls."""

    def renew_memory(self) -> None:
        """Forget all calls, if the application has them in its own memory."""
        ...


def scripts_of(target: object) -> CallScripts | None:
    """Return the scripts that an application is: ``Scripts``, or its method ``wsgi``."""
    application: object = getattr(target, "__self__", target)
    return application if isinstance(application, CallScripts) else None


def scripts_in(target: object, depth: int = _DEEPEST) -> Iterator[CallScripts]:
    """Yield the scripts in an application: itself, or mounted by Starlette or Werkzeug."""
    found = scripts_of(target)
    if found is not None:
        yield found
    elif depth:
        for mounted in _mounted_in(target):
            yield from scripts_in(mounted, depth - 1)


def _mounted_in(target: object) -> Iterator[object]:
    for route in _items(getattr(target, "routes", None)):  # Starlette and FastAPI
        yield getattr(route, "app", None)
    yield from _items(getattr(target, "mounts", None))  # DispatcherMiddleware of Werkzeug
    yield from _items(getattr(target, "wsgi_app", None), of_one=True)  # Flask


def _items(found: object, *, of_one: bool = False) -> Iterator[object]:
    if isinstance(found, Mapping):
        yield from cast("Mapping[object, object]", found).values()
    elif isinstance(found, list | tuple):
        yield from cast("list[object]", found)
    elif of_one and hasattr(found, "mounts"):
        yield found


def forget_calls(target: object) -> None:
    """Let the scripts in an application forget those of another simulator: it has the same ids."""
    for scripts in scripts_in(target):
        scripts.renew_memory()


def status_url_of(target: object, url: str, given: str | None) -> str | None:
    """Return the URL that learns of the end of a call: that of the call itself for scripts."""
    return url if given is None and scripts_of(target) is not None else given
