"""Reading a reply of requests or urllib3 within limits of size and time."""

from collections.abc import Callable
from time import monotonic
from typing import Any

from requests import Response
from urllib3.exceptions import DecodeError, HTTPError

from bxml._decompress import DecompressionError, TooLargeError, decompressed

_PIECE = 65_536


class LargeReply(HTTPError):  # noqa: N818 - the kind of reply, as ReadTimeoutError is of a read
    """A reply of more bytes than permitted; it was not read to its end."""


class LateReply(HTTPError):  # noqa: N818 - same
    """A reply that was not complete in time."""


class SlowDecompression(HTTPError):  # noqa: N818 - same
    """A reply that was not decompressed in time."""


def plain_body(body: bytes, encoding: str, limit: int, deadline: float) -> bytes:
    """Return the decompressed body of a reply.

    :raises LargeReply: for more than ``limit`` bytes.
    :raises SlowDecompression: after ``deadline``, on the monotonic clock.
    :raises DecodeError: if it cannot be decompressed.
    """
    try:
        return decompressed(body, encoding, limit=limit, deadline=deadline)
    except TooLargeError:
        raise LargeReply from None
    except TimeoutError:
        raise SlowDecompression from None
    except DecompressionError as error:
        raise DecodeError(str(error)) from None


def read_body(raw: Any, limit: int, deadline: float) -> bytes:  # noqa: ANN401 - a urllib3 response
    """Return the decompressed body of an unread reply.

    :raises LargeReply: as soon as there are more than ``limit`` bytes.
    :raises LateReply: after ``deadline``, checked whenever data has arrived.
    :raises SlowDecompression: the same for decompression.
    :raises DecodeError: if it cannot be decompressed.
    """
    body = bytearray()
    while piece := raw.read1(_PIECE, decode_content=False):
        body += piece
        if len(body) > limit or monotonic() > deadline:
            raw.close()
            raise LargeReply if len(body) > limit else LateReply
    raw.release_conn()
    encoding = raw.headers.get("Content-Encoding")
    return plain_body(bytes(body), encoding, limit, deadline) if encoding else bytes(body)


def reading_hook(limit: int, seconds: float) -> Callable[..., None]:
    """Return a response hook for a user's session that reads the body within bounds.

    Hooks run before ``requests`` reads the body without a limit.
    """

    def read(response: Response, **_: object) -> None:
        if vars(response).get("_content") is False and hasattr(response.raw, "read1"):
            body = read_body(response.raw, limit, monotonic() + seconds)
            # The attributes where requests stores a body that it has read.
            vars(response).update(_content=body, _content_consumed=True)

    return read
