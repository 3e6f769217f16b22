"""Transports to the application: called in process (WSGI, ASGI, Lambda) or over HTTP (a URL).

``base`` has what they share, ``wsgi``, ``asgi``, ``aws_lambda`` and ``http`` are the transports,
``fault_injection`` plans faults, ``own_hosts`` keeps audio to the application's hosts, ``network``
keeps applications in this process away from the real platform, and ``router`` combines them for the
engine.
"""

import inspect
from collections.abc import Callable
from typing import cast
from wsgiref.types import WSGIApplication

from callcontrol._urls import origin_of
from callcontrol.simulator.applications.application_loop import ApplicationLoop
from callcontrol.simulator.applications.asgi import ASGI, ASGIApplication
from callcontrol.simulator.applications.aws_lambda import (
    Lambda,
    LambdaHandler,
    is_lambda_handler,
)
from callcontrol.simulator.applications.base import ApplicationError, Transport
from callcontrol.simulator.applications.foreign import foreign
from callcontrol.simulator.applications.http import Remote
from callcontrol.simulator.applications.own_hosts import OwnHosts
from callcontrol.simulator.applications.router import Router
from callcontrol.simulator.applications.wsgi import WSGI
from callcontrol.simulator.errors import SimulatorError

__all__ = [
    "ApplicationError",
    "ApplicationTarget",
    "OwnHosts",
    "Remote",
    "Router",
    "Transport",
    "transport_for",
]

ApplicationTarget = WSGIApplication | ASGIApplication | LambdaHandler | str
"""A WSGI or ASGI application, a handler for AWS Lambda, or the URL of a running server."""

_ASGI_PARAMETERS = 3


def transport_for(target: ApplicationTarget, loop: ApplicationLoop | None = None) -> Transport:
    """Return the transport to an application; an ASGI one runs on ``loop``, or on its own.

    :raises SimulatorError: for any other value.
    """
    if isinstance(target, str):
        if origin_of(target) is not None:
            return Remote()
    elif (other := foreign(target)) is not None:
        raise SimulatorError(f"application: expected WSGI, ASGI or a URL, got {other}")
    elif callable(target):
        if is_lambda_handler(target):
            return Lambda(cast("LambdaHandler", target))
        if _is_asgi(target):
            return ASGI(cast("ASGIApplication", target), loop)
        return WSGI(cast("WSGIApplication", target))
    expected = "a WSGI or ASGI application or the http URL of a running server"
    raise SimulatorError(f"application: expected {expected}, got {target!r:.100}")


def _is_asgi(target: Callable[..., object]) -> bool:
    if any(map(inspect.iscoroutinefunction, (target, type(target).__call__))):
        return True
    try:
        parameters = inspect.signature(target).parameters.values()
    except (TypeError, ValueError):
        return False
    needed = [
        parameter
        for parameter in parameters
        if parameter.default is parameter.empty
        and parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    ]
    return len(needed) == _ASGI_PARAMETERS
