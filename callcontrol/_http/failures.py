"""What an error of the HTTP library says about a request: what happened and whether it was sent."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from ssl import SSLCertVerificationError

import requests
from urllib3 import exceptions as lower

from callcontrol._http.bounds import LargeReply, LateReply

__all__ = ["LARGE", "TransportFailure", "diagnose"]


@dataclass(frozen=True, slots=True)
class TransportFailure:
    """What happened, as the ``got`` of an error message, and whether the platform may know."""

    expected: str
    got: str
    sent: bool
    """Whether the request may have reached the platform."""


_CONNECTION = "a connection"
_REPLY = "a complete reply"

Kinds = tuple[type[BaseException], ...]

LARGE = TransportFailure(_REPLY, "a larger one", sent=True)
"""A reply that was not read to its end, because it has more bytes than permitted."""

_PROXY: Kinds = (lower.ProxyError, requests.exceptions.ProxyError)

_FAULTS: tuple[tuple[tuple[Kinds, ...], TransportFailure], ...] = (
    (
        ((SSLCertVerificationError,),),
        TransportFailure(_CONNECTION, "a certificate that is not trusted", sent=False),
    ),
    (
        (_PROXY, (lower.ConnectTimeoutError,)),
        TransportFailure("a connection through the proxy", "none", sent=False),
    ),
    (
        ((lower.NameResolutionError,),),
        TransportFailure(_CONNECTION, "an unknown host name", sent=False),
    ),
    (((lower.NewConnectionError,),), TransportFailure(_CONNECTION, "none", sent=False)),
    (
        ((lower.ConnectTimeoutError, requests.ConnectTimeout),),
        TransportFailure(_CONNECTION, "none in time", sent=False),
    ),
    (
        (
            (
                requests.exceptions.InvalidURL,
                requests.exceptions.InvalidSchema,
                requests.exceptions.InvalidHeader,
                lower.LocationValueError,
            ),
        ),
        TransportFailure("a URL and headers that can be sent", "others", sent=False),
    ),
    (((LargeReply,),), LARGE),
    (
        ((lower.ReadTimeoutError, requests.ReadTimeout, LateReply),),
        TransportFailure(_REPLY, "none in time", sent=True),
    ),
    (
        ((lower.DecodeError, requests.exceptions.ContentDecodingError),),
        TransportFailure(_REPLY, "one that cannot be decompressed", sent=True),
    ),
    (
        ((lower.SSLError, requests.exceptions.SSLError),),
        TransportFailure(_REPLY, "a TLS failure", sent=True),
    ),
)
"""The first line of which every group fits counts; what is not listed is a lost connection.

A ProxyError alone says little: urllib3 uses it for connections lost later too.
"""

_WORDED = {
    "Tunnel connection failed": TransportFailure(
        "a tunnel through the proxy", "a refusal", sent=False
    ),
    "invalid path": TransportFailure("a file of certificates", "a path without one", sent=False),
}
"""Faults that are a bare ``OSError``, known by their words alone, and raised before sending."""

_LOST = TransportFailure(_REPLY, "a lost connection", sent=True)


def diagnose(error: BaseException) -> TransportFailure:
    """Return what an error means, judged by the errors it was made from."""
    causes = list(_causes(error))
    bare = [str(cause) for cause in causes if type(cause) is OSError]
    for words, worded in _WORDED.items():
        if any(words in text for text in bare):
            return worded
    fault = next((fault for groups, fault in _FAULTS if _fit(causes, groups)), _LOST)
    number = next(
        (cause.errno for cause in causes if isinstance(cause, OSError) and cause.errno), None
    )
    if number is None or fault.got != "none":
        return fault
    return TransportFailure(fault.expected, os.strerror(number).lower(), fault.sent)


def _fit(causes: list[BaseException], groups: tuple[Kinds, ...]) -> bool:
    return all(any(isinstance(cause, kinds) for cause in causes) for kinds in groups)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and those it wraps; each library keeps them somewhere else."""
    seen: set[int] = set()
    todo: list[object] = [error]
    while todo:
        found = todo.pop(0)
        if isinstance(found, BaseException) and id(found) not in seen:
            seen.add(id(found))
            yield found
            wrapped = [getattr(found, name, None) for name in ("reason", "original_error")]
            todo += [found.__cause__, *found.args, *wrapped]
