"""Classifies errors of requests and urllib3."""

import os
from collections.abc import Iterator
from http.client import HTTPException
from ssl import SSLCertVerificationError, SSLEOFError

import requests
from urllib3 import exceptions as lower

from callcontrol._frozen import replace
from callcontrol._http.bounds import LargeReply, LateReply, SlowDecompression
from callcontrol._http.exchange import (
    CONNECTED_LATE,
    DAMAGED,
    FAILED,
    LARGE,
    LATE,
    LOST,
    NO_CERTIFICATES,
    NO_TUNNEL,
    PROXY_DOWN,
    SLOW_TO_DECOMPRESS,
    TLS_FAILED,
    UNCONNECTED,
    UNKNOWN_HOST,
    UNSENDABLE,
    UNTRUSTED,
    TransportFailure,
    Unsaved,
)

Kinds = tuple[type[BaseException], ...]

_UNSENDABLE: Kinds = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidHeader,
    lower.LocationValueError,
)
_PROXY: Kinds = (lower.ProxyError, requests.exceptions.ProxyError)
_TLS: Kinds = (lower.SSLError, requests.exceptions.SSLError)
_LOST: Kinds = (lower.ProtocolError, ConnectionError, TimeoutError, HTTPException)

_FAILURES: tuple[tuple[tuple[Kinds, ...], TransportFailure], ...] = (
    (((SSLCertVerificationError,),), UNTRUSTED),
    ((_PROXY, (lower.ConnectTimeoutError,)), PROXY_DOWN),
    (((lower.NameResolutionError,),), UNKNOWN_HOST),
    (((lower.NewConnectionError,),), UNCONNECTED),
    (((lower.ConnectTimeoutError, requests.ConnectTimeout),), CONNECTED_LATE),
    ((_UNSENDABLE,), UNSENDABLE),
    (((LargeReply,),), LARGE),
    (((SlowDecompression,),), SLOW_TO_DECOMPRESS),
    (((lower.ReadTimeoutError, requests.ReadTimeout, LateReply),), LATE),
    (((lower.DecodeError, requests.exceptions.ContentDecodingError),), DAMAGED),
    ((_TLS, (SSLEOFError,)), replace(TLS_FAILED, passing=True)),
    ((_TLS,), TLS_FAILED),
    ((_LOST,), LOST),
)
"""Failures by error types; the first row whose groups all match applies, else ``FAILED``.

A ProxyError alone proves little: urllib3 also raises it for connections lost later.
"""

_BY_TEXT = {"Tunnel connection failed": NO_TUNNEL, "invalid path": NO_CERTIFICATES}
"""Failures before sending that are a bare ``OSError``, recognized by its text."""


def diagnose(error: BaseException) -> TransportFailure:
    """Return the failure that an error and its causes describe."""
    if isinstance(error, Unsaved):
        return error.failure
    causes = list(_causes(error))
    bare = [str(cause) for cause in causes if type(cause) is OSError]
    for text, failure in _BY_TEXT.items():
        if any(text in message for message in bare):
            return failure
    failure = next((failure for groups, failure in _FAILURES if _match(causes, groups)), FAILED)
    number = next(
        (cause.errno for cause in causes if isinstance(cause, OSError) and cause.errno), None
    )
    return failure if number is None else named(failure, number)


def named(failure: TransportFailure, number: int) -> TransportFailure:
    """Return a failed connection with the reason of the operating system."""
    return replace(failure, got=os.strerror(number).lower()) if failure.got == "none" else failure


def _match(causes: list[BaseException], groups: tuple[Kinds, ...]) -> bool:
    return all(any(isinstance(cause, kinds) for cause in causes) for kinds in groups)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and those it wraps; the libraries store them in different attributes."""
    seen: set[int] = set()
    todo: list[object] = [error]
    while todo:
        found = todo.pop(0)
        if isinstance(found, BaseException) and id(found) not in seen:
            seen.add(id(found))
            yield found
            wrapped = [getattr(found, name, None) for name in ("reason", "original_error")]
            todo += [found.__cause__, *found.args, *wrapped]
