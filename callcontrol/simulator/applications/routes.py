"""Routes of an application that are defined twice: the second handler is never called."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol, cast, runtime_checkable

Handler = Callable[..., object]
Route = tuple[str, Iterable[str], Handler]
"""A path, its methods and what they call."""
_AUTOMATIC = frozenset(("HEAD", "OPTIONS"))


@runtime_checkable
class _Starlette(Protocol):
    """An application of Starlette or FastAPI."""

    routes: Iterable[object]
    router: object


class _Rule(Protocol):
    rule: str
    methods: Iterable[str] | None
    endpoint: str


class _Rules(Protocol):
    def iter_rules(self) -> Iterable[_Rule]: ...


@runtime_checkable
class _Flask(Protocol):
    """An application of Flask."""

    url_map: _Rules
    view_functions: Mapping[str, Handler]


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
                    f"{method} {path} has two handlers: {_named(used)} replies, and "
                    f"{_named(handler)} is never called; give one of them another path"
                )


def _routes(application: object) -> Iterator[Route]:
    if isinstance(application, _Flask):
        for rule in application.url_map.iter_rules():
            handler = application.view_functions.get(rule.endpoint)
            if handler is not None:
                yield rule.rule, rule.methods or (), handler
    elif isinstance(application, _Starlette):
        for route in application.routes:
            path, handler = getattr(route, "path", None), getattr(route, "endpoint", None)
            if isinstance(path, str) and callable(handler):
                methods = cast("Iterable[str]", getattr(route, "methods", None) or ())
                yield path, methods, handler


def _named(handler: Handler) -> str:
    """Return ``menu (voice.py:12)``."""
    code = getattr(handler, "__code__", None)
    name = str(getattr(handler, "__name__", handler))
    if code is None:
        return name
    return f"{name} ({Path(str(code.co_filename)).name}:{code.co_firstlineno})"
