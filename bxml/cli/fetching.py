"""The reply of a running application, judged as the platform would take it."""

from http import HTTPStatus
from threading import Thread
from time import monotonic
from urllib.parse import urlsplit, urlunsplit

import requests
from requests import exceptions as faults
from urllib3.exceptions import HTTPError, ReadTimeoutError

from bxml._decompress import ACCEPTED, DecompressionError, TooLargeError, decompressed
from bxml.cli.loaded import Loaded, Request, Unread
from bxml.documents import MAX_BYTES, MEDIA_TYPE

__all__ = ["fetch"]

XML_TYPES = (MEDIA_TYPE, "text/xml")

_FAULTS: tuple[tuple[type[Exception], str], ...] = (
    (faults.SSLError, "expected a TLS certificate that this machine trusts, got another"),
    (faults.ProxyError, "expected a proxy that lets the request through, got none"),
    (faults.ConnectionError, "expected a running application, got no connection"),
    (faults.ChunkedEncodingError, "expected a whole reply, got a part of one"),
    (DecompressionError, "expected a reply that can be decompressed, got another"),
    (ReadTimeoutError, "expected a reply that goes on, got a pause"),
    (HTTPError, "expected a whole reply, got a part of one"),
)
"""What a failure means; the texts of the library would show the whole URL."""
_UNUSABLE = "expected a URL with a host that can be asked, got another"


class _Session(requests.Session):
    """A session that leaves redirects alone: nothing says that the platform follows them."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:  # noqa: ARG002 - given
        """Return nothing: a redirect is a reply like any other."""
        return None


def fetch(url: str, request: Request) -> Loaded | Unread:
    """Return the document that an application replies with, within the time of ``request``."""
    name = _shown(url)
    results: list[Loaded | Unread] = []
    # The timeout of a socket begins anew with every byte, so the limit is kept out here.
    thread = Thread(target=lambda: results.append(_asked(name, url, request)), daemon=True)
    thread.start()
    thread.join(request.timeout)
    late = Unread(name, f"expected a reply within {request.timeout:g} seconds, got none")
    return results[0] if results else late


def _shown(url: str) -> str:
    """Return the URL without credentials and parameters, which may be secret."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url.partition("?")[0].rpartition("@")[2]
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def _asked(name: str, url: str, request: Request) -> Loaded | Unread:
    headers = {"Accept": ", ".join(XML_TYPES), "Accept-Encoding": ACCEPTED}
    if request.body is not None:
        headers["Content-Type"] = "application/json"
    try:
        with (
            _Session() as session,
            session.request(
                request.method,
                url,
                data=request.body,
                headers=headers,
                timeout=request.timeout + 1,
                stream=True,
            ) as reply,
        ):
            return _judged(name, reply, monotonic() + request.timeout)
    except (requests.RequestException, HTTPError, TimeoutError, ValueError) as error:
        words = (said for fault, said in _FAULTS if isinstance(error, fault))
        return Unread(name, next(words, _UNUSABLE))


def _judged(name: str, reply: requests.Response, deadline: float) -> Loaded | Unread:
    if reply.is_redirect:
        target = _shown(reply.headers["Location"])
        finding = f"got a redirect ({reply.status_code}) to {target}"
        return Unread(name, f"expected a document, {finding}; nothing says that webhooks follow it")
    if reply.status_code // 100 != 2:  # noqa: PLR2004 - 2xx
        return Unread(name, f"expected a reply with status 200, got {_status(reply.status_code)}")
    try:
        body = _body(reply, deadline)
    except TooLargeError as error:
        body = error.begun  # the check says the rest
    notes = _notes(reply.headers.get("Content-Type")) if body else ()
    return Loaded(name, body, "url", notes, silent=not body)


def _body(reply: requests.Response, deadline: float) -> bytes:
    """Return the body, decompressed.

    :raises TooLargeError: as soon as it has more bytes than a document may have.
    """
    body = bytearray()
    while piece := reply.raw.read1(MAX_BYTES, decode_content=False):
        body += piece
        if len(body) > MAX_BYTES:
            raise TooLargeError(bytes(body))
        if monotonic() > deadline:
            raise TimeoutError  # the reader has given up by now
    encoding = reply.headers.get("Content-Encoding", "")
    return decompressed(bytes(body), encoding, limit=MAX_BYTES, deadline=deadline)


def _status(code: int) -> str:
    try:
        return f"{code} {HTTPStatus(code).phrase}"
    except ValueError:
        return str(code)


def _notes(content_type: str | None) -> tuple[str, ...]:
    media = (content_type or "").partition(";")[0].strip().lower()
    if media in XML_TYPES or media.endswith("+xml"):
        return ()
    got = repr(media[:60]) if media else "nothing"
    return (f"expected Content-Type {MEDIA_TYPE}, got {got}",)
