"""Sends a request once with aiohttp.

Like ``transport``, it performs a ``Send`` and returns an ``ApiReply`` of any status, or a
``NoReply``; but in an event loop.
"""

import asyncio
import warnings
from collections.abc import Mapping
from functools import lru_cache
from time import monotonic

import aiohttp
from urllib3 import HTTPHeaderDict

from bxml._decompress import ACCEPTED, DecompressionError, TooLargeError, decompressed
from callcontrol._fork import renewed_in_children
from callcontrol._http.aiohttp_failures import no_reply, sent_once
from callcontrol._http.connector import Connector, ReplyDeadline
from callcontrol._http.environment import Environment, environment_of, server_of
from callcontrol._http.exchange import (
    DAMAGED,
    LARGE,
    NO_CERTIFICATES,
    PIECE,
    SLOW_TO_DECOMPRESS,
    ApiReply,
    NoReply,
    SaveTarget,
    TransportFailure,
)
from callcontrol._http.frames import without_library_frames
from callcontrol._http.pool import hands_of, is_stale
from callcontrol._http.retry import RetryClock
from callcontrol._http.steps import Send
from callcontrol._secret import SecretText

_HEADERS: Mapping[str, str] = {
    "User-Agent": f"bxml-callcontrol aiohttp/{aiohttp.__version__}",
    "Accept-Encoding": ACCEPTED,
}


class _Connections:
    """A session of aiohttp, which is closed when nothing uses it any more."""

    def __init__(self, clock: RetryClock) -> None:
        self.connector = Connector()
        self.session = aiohttp.ClientSession(
            connector=self.connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            middlewares=(sent_once,),
        )
        self.users = 0
        self.is_retired = False
        self._clock = clock
        self._last_used = hands_of(clock)

    @property
    def is_stale(self) -> bool:
        """Whether each connection that is not in use was idle for too long."""
        return is_stale(self._last_used, self._clock)

    async def retire(self) -> None:
        """Close the session as soon as nothing uses it."""
        self.is_retired = True
        if not self.users:
            await self.close()

    async def release(self) -> None:
        """Count one user less."""
        self.users -= 1
        self._last_used = hands_of(self._clock)
        if self.is_retired and not self.users:
            await self.close()

    async def close(self) -> None:
        """Close the session and all its connections."""
        await self.session.close()
        await self.connector.end()

    def leave_to_parent(self) -> None:
        """Forget the connections in a forked child."""
        self.connector.leave_to_parent()
        self.session.detach()

    def __del__(self) -> None:
        if not self.session.closed:
            self.session.detach()  # so that aiohttp does not warn of it as well
            text = "an AsyncClient was not closed: use 'async with', or await its close()"
            warnings.warn(text, ResourceWarning, stacklevel=2, source=self)


class AiohttpTransport:
    """Keeps connections open and sends requests; tasks of any event loop may share it.

    Each event loop gets connections of its own. Connecting ends within the timeout of the step,
    and so does sending, receiving and decompressing the whole reply, however slowly bytes arrive.
    A reply has at most ``max_reply`` bytes of its policy, as received and decompressed.
    """

    def __init__(self, clock: RetryClock) -> None:
        self._clock = clock
        self._by_loop: dict[asyncio.AbstractEventLoop, _Connections] = {}
        self._environments: dict[str, Environment] = {}
        renewed_in_children(self)

    def renew_after_fork(self) -> None:
        """Drop the parent's connections."""
        left, self._by_loop = self._by_loop, {}
        for connections in left.values():
            connections.leave_to_parent()

    async def send(self, step: Send) -> ApiReply | NoReply:
        """Return the reply, or why there is none."""
        try:
            environment = self._environment(step.request.url)
        except OSError as error:
            return NoReply(NO_CERTIFICATES, without_library_frames(error))
        connections = self._by_loop.get(asyncio.get_running_loop())
        if connections is None or connections.is_stale:
            connections = await self._renewed(connections)
        connections.users += 1
        try:
            return await _sent(connections.session, step, environment)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return no_reply(error)
        except BaseException as error:  # noqa: BLE001 - raised again
            raise without_library_frames(error)  # noqa: B904 - it is the same error
        finally:
            await connections.release()

    async def close(self) -> None:
        """Close the connections of this event loop."""
        connections = self._by_loop.pop(asyncio.get_running_loop(), None)
        if connections is not None:
            await connections.close()

    async def _renewed(self, stale: _Connections | None) -> _Connections:
        """Return new connections of this event loop, in place of those that are stale."""
        for ended in [other for other in self._by_loop if other.is_closed()]:
            del self._by_loop[ended]
        made = self._by_loop[asyncio.get_running_loop()] = _Connections(self._clock)
        if stale is not None:
            await stale.retire()
        return made

    def _environment(self, url: str) -> Environment:
        """Return proxy and certificates for the host, cached because reading them is slow."""
        server = server_of(url)
        found = self._environments.get(server)
        if found is None:
            found = self._environments[server] = environment_of(server)
        return found


@lru_cache(maxsize=16)
def _connecting(seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(sock_connect=seconds)


async def _sent(
    session: aiohttp.ClientSession, step: Send, environment: Environment
) -> ApiReply | NoReply:
    request = step.request
    headers = {**_HEADERS, **request.headers}
    headers["Authorization"] = SecretText(step.authorization.reveal())
    deadline = ReplyDeadline(step.timeout)
    async with (
        deadline.timeout,
        session.request(
            request.method,
            request.url,
            data=request.body,
            headers=headers,
            allow_redirects=False,
            timeout=_connecting(step.timeout),
            proxy=environment.proxy,
            ssl=environment.context or True,
        ) as response,
    ):
        target = request.target_for(response.status)
        if target is None:
            found = await _body(response, step, deadline)
        else:
            found = await _save(response, target, deadline)
    if isinstance(found, TransportFailure):
        return NoReply(found, ValueError(f"got {found.got}"))
    # Not those of aiohttp, whose get() returns the first of several Link headers.
    replied = HTTPHeaderDict()
    for name, value in response.headers.items():  # extend() takes longer
        replied.add(name, value)
    return ApiReply(request.line, response.status, replied, found)


async def _save(
    response: aiohttp.ClientResponse, target: SaveTarget, deadline: ReplyDeadline
) -> bytes:
    """Save a reply, each ``PIECE`` bytes of which must arrive within the seconds of ``deadline``.

    :raises Unsaved: if it cannot be saved completely.
    """
    due = 0
    target.begin(response.headers)
    while True:
        if target.size >= due:
            due = target.size + PIECE
            deadline.start()
        piece = await response.content.readany()
        if not piece:
            target.end()
            return b""
        target.write(piece)


async def _body(
    response: aiohttp.ClientResponse, step: Send, deadline: ReplyDeadline
) -> bytes | TransportFailure:
    limit = step.request.policy.max_reply
    body = await _raw_body(response, limit)
    encoding = response.headers.get("Content-Encoding")
    if not body or not encoding:
        return LARGE if body is None else body
    try:
        return decompressed(body, encoding, limit=limit, deadline=monotonic() + deadline.left)
    except TooLargeError:
        return LARGE
    except TimeoutError:
        return SLOW_TO_DECOMPRESS
    except DecompressionError:
        return DAMAGED


async def _raw_body(response: aiohttp.ClientResponse, limit: int) -> bytes | None:
    """Return the body of a reply; None if it is larger than permitted.

    aiohttp ends a connection whose reply was not read to its end.
    """
    if (response.content_length or 0) > limit:
        return None
    body = b""
    while piece := await response.content.readany():
        body += piece
        if len(body) > limit:
            return None
    return body
