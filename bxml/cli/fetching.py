"""Fetches a document from a running application, under the rules of the platform."""

from http import HTTPStatus
from threading import Thread
from time import monotonic
from urllib.parse import urlsplit, urlunsplit

import requests
from requests import exceptions as faults
from urllib3.exceptions import HTTPError, ReadTimeoutError

from bxml._decompress import ACCEPTED, DecompressionError, TooLargeError, decompressed
from bxml._replies import XML_TYPES, ErrorReply, media_note, redirect_advice, refusal
from bxml.cli.loaded import Loaded, Request, Unread
from bxml.documents import MAX_BYTES

_FAULTS: tuple[tuple[type[Exception], str], ...] = (
    (faults.SSLError, "expected a TLS certificate that this machine trusts, got an untrusted one"),
    (faults.ProxyError, "expected a proxy that forwards the request, got a refusal"),
    (faults.ConnectionError, "expected a running application, got no connection"),
    (faults.ChunkedEncodingError, "expected a complete reply, got part of one"),
    (DecompressionError, "expected a reply that can be decompressed, got invalid data"),
    (ReadTimeoutError, "expected a complete reply, got no data for too long"),
    (HTTPError, "expected a complete reply, got part of one"),
)
"""Finding for each failure; the library's own messages contain the whole URL."""
_POST = "; webhooks come by POST: give --method POST, or --data with the JSON of a webhook"
_UNUSABLE = "expected a URL with a valid host, got another"


class _Session(requests.Session):
    """A session that follows no redirects: the platform is not documented to follow them."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return None, so that a redirect is an ordinary reply."""


def fetch(url: str, request: Request) -> Loaded | Unread:
    """Return the document that an application replies with, within ``request.timeout`` seconds."""
    name = _shown(url)
    results: list[Loaded | Unread] = []
    # The timeout of a socket restarts with every byte, so the deadline is enforced here.
    thread = Thread(target=lambda: results.append(_exchange(name, url, request)), daemon=True)
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


def _exchange(name: str, url: str, request: Request) -> Loaded | Unread:
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
            loaded = _document(name, reply, monotonic() + request.timeout)
    except (requests.RequestException, HTTPError, TimeoutError, ValueError) as error:
        findings = (finding for fault, finding in _FAULTS if isinstance(error, fault))
        return Unread(name, next(findings, _UNUSABLE))
    is_refused = reply.status_code == HTTPStatus.METHOD_NOT_ALLOWED and request.method == "GET"
    if is_refused and isinstance(loaded, Unread):
        return Unread(name, f"{loaded.reason}{_POST}")
    return loaded


def _document(name: str, reply: requests.Response, deadline: float) -> Loaded | Unread:
    if reply.is_redirect:
        location = reply.headers["Location"]
        advice = redirect_advice(reply.url, location)
        finding = f"got a redirect ({reply.status_code}) to {_shown(location)}"
        return Unread(name, f"expected a document, {finding}; webhooks may not follow it: {advice}")
    if reply.status_code // 100 != 2:  # noqa: PLR2004 - 2xx
        finding = f"expected a reply with status 200, got {_status(reply.status_code)}"
        told = _complaint(reply, deadline)
        return Unread(name, f"{finding}: {told}" if told else finding)
    try:
        body = _body(reply, deadline)
    except TooLargeError as error:
        body = error.begun  # the check reports the size
    note = media_note(reply.headers.get("Content-Type", "")) if body else None
    return Loaded(name, body, "url", (note,) if note else (), silent=not body)


def _complaint(reply: requests.Response, deadline: float) -> str:
    """Return what an error reply says, or what its status means; may be empty."""
    try:
        body = _body(reply, deadline)
    except TooLargeError as error:
        body = error.begun
    except (HTTPError, DecompressionError, OSError):
        body = b""
    headers = reply.headers
    return refusal(
        ErrorReply(
            status=reply.status_code,
            body=body,
            content_type=headers.get("Content-Type", ""),
            allowed=headers.get("Allow", ""),
            server=headers.get("Server", ""),
        )
    )


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
            raise TimeoutError  # the caller has stopped waiting by now
    encoding = reply.headers.get("Content-Encoding", "")
    return decompressed(bytes(body), encoding, limit=MAX_BYTES, deadline=deadline)


def _status(code: int) -> str:
    try:
        return f"{code} {HTTPStatus(code).phrase}"
    except ValueError:
        return str(code)
