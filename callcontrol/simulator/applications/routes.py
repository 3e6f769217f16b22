"""Routes of an application that are defined twice: the second handler is never called."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, cast, runtime_checkable

from callcontrol._handlers import named
from callcontrol.simulator.applications.views import Flask

Handler = Callable[..., object]
Route = tuple[str, Iterable[str], Handler]
"""A path, its methods and what they call."""
_AUTOMATIC = frozenset(("HEAD", "OPTIONS"))


@runtime_checkable
class _Starlette(Protocol):
    """An application of Starlette or FastAPI."""

    routes: Iterable[object]
    router: object


@runtime_checkable
class _Included(Protocol):
    """A router that is included in an application of FastAPI."""

    def effective_route_contexts(self) -> Iterable[object]: ...


def duplicate_routes(application: object) -> Iterator[str]:
    """Yield a sentence for each path and method that has a second handler.

    Applications of other frameworks than Flask, Starlette and FastAPI have none.
    """
    first: dict[tuple[str, str], Handler] = {}
    for path, methods, handler in _routes(application):
        for method in sorted(set(methods) - _AUTOMATIC):
            used = first.setdefault((method, path), handler)
            if used is not handler:
                yield (
                    f"{method} {path} has two handlers: {named(used)} replies, and "
                    f"{named(handler)} is never called; give one of them another path"
                )


def _routes(application: object) -> Iterator[Route]:
    if isinstance(application, Flask):
        for rule in application.url_map.iter_rules():
            handler = application.view_functions.get(rule.endpoint)
            if handler is not None:
                yield rule.rule, rule.methods or (), handler
    elif isinstance(application, _Starlette):
        for route in application.routes:
            parts = route.effective_route_contexts() if isinstance(route, _Included) else (route,)
            for part in parts:
                path, handler = getattr(part, "path", None), getattr(part, "endpoint", None)
                if isinstance(path, str) and callable(handler):
                    methods = cast("Iterable[str]", getattr(part, "methods", None) or ())
                    yield path, methods, handler
