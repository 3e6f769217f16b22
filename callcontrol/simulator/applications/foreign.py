"""Recognizes applications that are neither WSGI nor ASGI, by the library that made them."""

import inspect
from collections.abc import Callable, Mapping

_LIBRARIES: Mapping[str, tuple[str, str]] = {
    "aiohttp": (
        "an aiohttp application",
        "start it, for example with aiohttp.web.run_app(app), and give its URL",
    ),
    "tornado.web": ("a Tornado application", "let it listen on a port, and give its URL"),
    "azure.functions": ("an Azure function app", "start it with func start, and give its URL"),
    "twisted.web": ("a Twisted resource", "let it listen on a port, and give its URL"),
    "http.server": ("a request handler of http.server", "start its server, and give its URL"),
    "flask.sansio.blueprints": ("a Flask blueprint", "register it on a Flask application"),
    "flask.blueprints": ("a Flask blueprint", "register it on a Flask application"),
}
"""Names of kinds of application and advice, by the module that defines the class or a base."""


def foreign(target: object) -> str | None:
    """Return what an application is and what to do with it; None if it may be WSGI or ASGI."""
    kind = target if isinstance(target, type) else type(target)
    for base in kind.__mro__:
        for module, (what, advice) in _LIBRARIES.items():
            if base.__module__ == module or base.__module__.startswith(f"{module}."):
                return f"{what}; {advice}"
    if inspect.isfunction(target) and _takes_one(target):
        parameter = next(iter(inspect.signature(target).parameters))
        return f"a function of one parameter ({parameter}); give the application that it belongs to"
    return None


def _takes_one(target: Callable[..., object]) -> bool:
    parameters = inspect.signature(target).parameters.values()
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return len(parameters) == 1 and all(each.kind in kinds for each in parameters)
