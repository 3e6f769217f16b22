"""The client for applications with an event loop; it needs the extra ``async``.

async with AsyncClient.from_env() as client:
    await client.update_call_bxml("c-15ac29a2-...", Bxml().speak_sentence("Hello").hangup())
"""

from types import TracebackType
from typing import Self

from callcontrol import _settings
from callcontrol._operations.account import account_of
from callcontrol._operations.base import BaseClient
from callcontrol._operations.calls import CallOperations
from callcontrol._operations.surface import Awaiting, RawAwaiting
from callcontrol._secret import Secret
from callcontrol._settings import BASE_URL, MAX_RETRIES, TIMEOUT, TOKEN_URL, AsyncClientSettings

try:
    from callcontrol._http.aiohttp_transport import AiohttpTransport
    from callcontrol._http.awaiting import AwaitingDriver
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "aiohttp":
        raise
    needed = "AsyncClient needs aiohttp: pip install 'bxml-callcontrol[async]'"
    raise ModuleNotFoundError(needed, name=error.name) from None

__all__ = ["AsyncClient"]


class AsyncRawClient(CallOperations, RawAwaiting):
    """The operations of an ``AsyncClient``, each with its HTTP reply."""

    def __init__(self, client: "AsyncClient") -> None:
        self._account = client._account  # noqa: SLF001 - one object in two classes
        self._driver = client._driver  # noqa: SLF001 - same


class AsyncClient(CallOperations, BaseClient, Awaiting):
    """``Client`` for applications with an event loop: its methods are awaited.

    Arguments, operations and errors are those of ``Client``. ``list_calls`` returns an asynchronous
    iterator. There is no ``session``: proxies and certificates are those that the environment
    names.

    ``timeout``: most seconds per attempt for connecting (to each address of the host), and for
    sending and receiving the whole reply, however slowly its bytes arrive. At most 64 requests
    are in flight at a time; the others wait, and that time does not count.

    Tasks may share a client; those that need a token at the same time wait for one request. A
    cancelled task leaves no connection in use and, if no other task waits for it, no token request.
    Keep one client for the whole process and close it at its end: an event loop has connections of
    its own, and ``close`` closes those of the running one. A client that is not closed causes a
    ``ResourceWarning``. A child of ``os.fork`` opens its own connections in an event loop of its
    own. A connection that was idle for 30 seconds is replaced before it is used.

    No message contains a credential, nor does a traceback that prints local variables. Every
    method raises the errors below; see ``callcontrol.errors``.

    :raises RequestError: for invalid values, before anything is sent.
    :raises ApiError: for a reply with an error status.
    :raises TokenError: if the token URL gives no access token.
    :raises TransportError: if no complete reply arrives.
    :raises ReplyError: for a reply that cannot be read.
    """

    def __init__(  # noqa: PLR0913 - one keyword per setting
        self,
        account_id: str,
        *,
        client_id: str | None = None,
        client_secret: str | None = None,
        username: str | None = None,
        password: str | None = None,
        base_url: str = BASE_URL,
        token_url: str = TOKEN_URL,
        timeout: float = TIMEOUT,
        max_retries: int = MAX_RETRIES,
        allow_http: bool = False,
    ) -> None:
        # Keep secrets out of local variables, which a traceback may show.
        given = Secret(
            {
                "account_id": account_id,
                "client_id": client_id,
                "client_secret": client_secret,
                "username": username,
                "password": password,
                "base_url": base_url,
                "token_url": token_url,
                "timeout": timeout,
                "max_retries": max_retries,
                "allow_http": allow_http,
            }
        )
        del client_secret, password, base_url, token_url
        self._account = account_of(_settings.checked(AsyncClientSettings, given))
        clock = self._account.options.clock
        self._driver = AwaitingDriver(AiohttpTransport(clock), clock)

    @classmethod
    def from_env(cls, *, timeout: float = TIMEOUT, max_retries: int = MAX_RETRIES) -> Self:
        """Return a client configured by environment variables, as ``Client.from_env`` does.

        :raises RequestError: for missing or invalid variables; the messages name them.
        """
        found = _settings.from_env(timeout=timeout, max_retries=max_retries)
        with _settings.naming_variables():
            return cls(**found.reveal())

    @property
    def with_raw_reply(self) -> AsyncRawClient:
        """The same operations, which return a ``RawReply``: the result, status and headers.

        ``(await client.with_raw_reply.hang_up(call_id)).status``. Lists yield one reply for each
        page.
        """
        return AsyncRawClient(self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections of the running event loop. A later request opens new ones."""
        await self._driver.transport.close()
