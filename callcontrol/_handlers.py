"""How messages name a function that handles webhooks: ``menu (voice.py:12)``."""

import inspect
from contextlib import suppress
from pathlib import Path


def named(handler: object) -> str:
    """Return name, file and line of the function behind decorators, or of the class of a view."""
    own = _unwrapped(handler)
    while (inner := getattr(own, "func", None)) is not None:  # functools.partial
        own = _unwrapped(inner)
    own = getattr(own, "view_class", own)
    name = str(getattr(own, "__name__", type(own).__name__))
    place = _place_of(own)
    return f"{name} ({place})" if place else name


def _unwrapped(handler: object) -> object:
    return inspect.unwrap(handler) if callable(handler) else handler


def _place_of(handler: object) -> str:
    code = getattr(handler, "__code__", None)
    if code is not None:
        return f"{Path(str(code.co_filename)).name}:{code.co_firstlineno}"
    kind = handler if isinstance(handler, type) else type(handler)
    with suppress(OSError, TypeError):
        file, line = inspect.getsourcefile(kind), inspect.getsourcelines(kind)[1]
        return f"{Path(file or '').name}:{line}"
    return ""
