"""Classifies errors of aiohttp."""

from ssl import SSLEOFError

import aiohttp

from callcontrol._http.exchange import (
    CONNECTED_LATE,
    FAILED,
    LATE,
    LOST,
    NO_TUNNEL,
    PROXY_DOWN,
    TLS_FAILED,
    UNCONNECTED,
    UNKNOWN_HOST,
    UNSENDABLE,
    UNTRUSTED,
    NoReply,
    TransportFailure,
)
from callcontrol._http.failures import named
from callcontrol._http.frames import without_library_frames

_FAILURES: tuple[tuple[type[BaseException], TransportFailure], ...] = (
    (aiohttp.ClientConnectorCertificateError, UNTRUSTED),
    (aiohttp.ClientConnectorSSLError, TLS_FAILED),
    (aiohttp.ClientProxyConnectionError, PROXY_DOWN),
    (aiohttp.ClientHttpProxyError, NO_TUNNEL),
    (aiohttp.ClientConnectorDNSError, UNKNOWN_HOST),
    (aiohttp.ClientConnectorError, UNCONNECTED),
    (aiohttp.ConnectionTimeoutError, CONNECTED_LATE),
    (aiohttp.InvalidURL, UNSENDABLE),
    (TimeoutError, LATE),
    (aiohttp.ClientError, LOST),
    (ConnectionError, LOST),
    (SSLEOFError, LOST),
)
"""Failures by error type; the first that matches applies, else ``FAILED``."""


class LostError(aiohttp.ClientError):
    """A lost connection, as an error that aiohttp does not answer by sending again."""


async def sent_once(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Send a request; keep aiohttp from repeating it after a lost connection.

    A middleware of aiohttp.
    """
    try:
        return await send(request)
    except (aiohttp.ClientConnectorError, aiohttp.ServerTimeoutError):
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise LostError from error


def no_reply(error: Exception) -> NoReply:
    """Return the failure that an error describes, and an error without credentials."""
    failure = next((failure for kind, failure in _FAILURES if isinstance(error, kind)), FAILED)
    cause = _shown(error)
    number = cause.errno if isinstance(cause, OSError) else None
    return NoReply(failure if number is None else named(failure, number), cause)


def _shown(error: Exception) -> Exception:
    """Return the cause of an error of aiohttp, whose attributes may hold headers of the request."""
    shown: BaseException | None = error
    if isinstance(error, aiohttp.ClientConnectorError):
        shown = error.os_error
    elif isinstance(error, LostError):
        shown = error.__cause__
    elif isinstance(error, aiohttp.ClientResponseError):
        shown = ConnectionError(f"the reply is not HTTP ({type(error).__name__})")
    assert isinstance(shown, Exception)  # noqa: S101 - as aiohttp and sent_once make them
    return without_library_frames(shown)
