"""The routes of an application: those defined twice, and those that a path may have meant."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus
from typing import Protocol, cast, runtime_checkable

from bxml._wording import did_you_mean, visible_text
from callcontrol._handlers import named
from callcontrol._urls import parts_of
from callcontrol.simulator.applications.views import Flask
from callcontrol.simulator.core.webhooks import HttpRequest, WebhookReply

Handler = Callable[..., object]
Route = tuple[str, Iterable[str], Handler]
"""A path, its methods and what they call."""
_AUTOMATIC = frozenset(("HEAD", "OPTIONS"))
_MOST = 5
"""Routes that a message lists."""


@runtime_checkable
class _Starlette(Protocol):
    """An application of Starlette or FastAPI."""

    routes: Iterable[object]
    router: object


@runtime_checkable
class _Included(Protocol):
    """A router that is included in an application of FastAPI."""

    def effective_route_contexts(self) -> Iterable[object]: ...


class _DjangoPattern(Protocol):
    pattern: object


@runtime_checkable
class _DjangoPatterns(Protocol):
    """A resolver of Django, which has patterns."""

    pattern: object
    url_patterns: "Iterable[_DjangoPattern]"


class _DjangoResolvers(Protocol):
    def get_resolver(self) -> _DjangoPatterns: ...


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


def with_routes(reply: WebhookReply, request: HttpRequest, application: object) -> WebhookReply:
    """Return a reply to a webhook; one with status 404 that no view made says what to write."""
    if reply.status != HTTPStatus.NOT_FOUND or reply.handler or request.webhook is None:
        return reply
    found: list[str] = []
    with suppress(Exception):  # the routes are the framework's, and it may keep them differently
        found += dict.fromkeys(_paths(application, request.method))
    return replace(reply, advice=_nearest(parts_of(request.url).path or "/", found))


def _nearest(path: str, known: Sequence[str]) -> str:
    near = did_you_mean(path, tuple(known))
    if near or not known:
        return near or ""
    shown = [visible_text(each) for each in known[:_MOST]]
    more = f" and {len(known) - _MOST} more" if len(known) > _MOST else ""
    return f"it has {'the routes' if shown[1:] else 'one route,'} {', '.join(shown)}{more}"


def _paths(application: object, method: str) -> Iterator[str]:
    """Yield the paths that take a method; of Django all, as its views decide that."""
    if type(application).__module__.startswith("django."):
        yield from _django_paths(
            cast("_DjangoResolvers", sys.modules["django.urls"]).get_resolver()
        )
    for path, methods, _ in _routes(application):
        if method in methods:
            yield path


def _django_paths(resolver: "_DjangoPatterns", prefix: str = "/") -> Iterator[str]:
    for each in resolver.url_patterns:
        path = f"{prefix}{each.pattern}"
        if isinstance(each, _DjangoPatterns):
            yield from _django_paths(each, path)
        else:
            yield path


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
