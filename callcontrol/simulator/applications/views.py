"""The view of a WSGI application that replies to a request, if its framework is known."""

import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Protocol, cast, runtime_checkable
from urllib.parse import unquote

from callcontrol._handlers import named
from callcontrol._urls import parts_of
from callcontrol.simulator.core.webhooks import HttpRequest

View = Callable[..., object]
_MOST = 1000
"""Paths whose views are remembered."""


class _Rule(Protocol):
    rule: str
    methods: Iterable[str] | None
    endpoint: str


class _Bound(Protocol):
    def match(self, path: str, method: str) -> tuple[str, object]: ...


class _Rules(Protocol):
    def iter_rules(self) -> Iterable[_Rule]: ...

    def bind(self, server_name: str) -> _Bound: ...


@runtime_checkable
class Flask(Protocol):
    """An application of Flask."""

    url_map: _Rules
    view_functions: Mapping[str, View]


class _DjangoMatch(Protocol):
    func: View


class _DjangoUrls(Protocol):
    def resolve(self, path: str) -> _DjangoMatch: ...


class Views:
    """Finds and remembers the views of one application."""

    def __init__(self, application: object) -> None:
        self._application = application
        self._known: dict[tuple[str, str], str] = {}

    def of(self, request: HttpRequest) -> str:
        """Return ``menu (voice.py:12)``; empty for a request without a view that is known."""
        key = request.method, unquote(parts_of(request.url).path or "/")
        if key not in self._known:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[key] = self._find(*key)
        return self._known[key]

    def _find(self, method: str, path: str) -> str:
        # A router raises an exception of its own for a path without a route.
        with suppress(Exception):
            view = _view(self._application, method, path)
            return "" if view is None else named(view)
        return ""


def _view(application: object, method: str, path: str) -> View | None:
    if isinstance(application, Flask):
        endpoint, _ = application.url_map.bind("application.test").match(path, method)
        return application.view_functions.get(endpoint)
    if type(application).__module__.startswith("django."):
        return cast("_DjangoUrls", sys.modules["django.urls"]).resolve(path).func
    return None
