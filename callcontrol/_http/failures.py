"""Classifies errors of the HTTP library: the finding, and whether the request was sent."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from ssl import SSLCertVerificationError

import requests
from urllib3 import exceptions as lower

from callcontrol._http.bounds import LargeReply, LateReply


@dataclass(frozen=True, slots=True)
class TransportFailure:
    """The finding of an error message, and whether the request may have been sent."""

    expected: str
    got: str
    sent: bool
    """Whether the request may have reached the platform."""

    @property
    def is_unreachable(self) -> bool:
        """Whether nothing answers at the address, so that the address may be wrong."""
        return self.expected == _CONNECTION and "certificate" not in self.got


_CONNECTION = "a connection"
_REPLY = "a complete reply"

Kinds = tuple[type[BaseException], ...]

LARGE = TransportFailure(_REPLY, "a larger one", sent=True)
"""A reply that was not read to its end, because it is larger than permitted."""

_PROXY: Kinds = (lower.ProxyError, requests.exceptions.ProxyError)

_FAILURES: tuple[tuple[tuple[Kinds, ...], TransportFailure], ...] = (
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
"""Failures by error types; the first row whose groups all match applies, else ``_LOST``.

A ProxyError alone proves little: urllib3 also raises it for connections lost later.
"""

_BY_TEXT = {
    "Tunnel connection failed": TransportFailure(
        "a tunnel through the proxy", "a refusal", sent=False
    ),
    "invalid path": TransportFailure("a file of certificates", "a path without one", sent=False),
}
"""Failures before sending that are a bare ``OSError``, recognized by its text."""

_LOST = TransportFailure(_REPLY, "a lost connection", sent=True)


def diagnose(error: BaseException) -> TransportFailure:
    """Return the failure that an error and its causes describe."""
    causes = list(_causes(error))
    bare = [str(cause) for cause in causes if type(cause) is OSError]
    for text, failure in _BY_TEXT.items():
        if any(text in message for message in bare):
            return failure
    failure = next((failure for groups, failure in _FAILURES if _match(causes, groups)), _LOST)
    number = next(
        (cause.errno for cause in causes if isinstance(cause, OSError) and cause.errno), None
    )
    if number is None or failure.got != "none":
        return failure
    return TransportFailure(failure.expected, os.strerror(number).lower(), failure.sent)


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
