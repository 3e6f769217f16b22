"""A client for Bandwidth Programmable Voice: calls, recordings, conferences and endpoints.

    with Client.from_env() as client:
        client.update_call_bxml("c-15ac29a2-...", Bxml().speak_sentence("Hello").hangup())

Vendor page: dev.bandwidth.com/apis/voice.
"""

from typing import TYPE_CHECKING, Self

from callcontrol import _settings
from callcontrol._http.blocking import BlockingDriver
from callcontrol._http.transport import RequestsTransport
from callcontrol._operations.account import account_of
from callcontrol._operations.base import BaseClient
from callcontrol._operations.every import EveryOperation
from callcontrol._operations.surface import Blocking, RawBlocking
from callcontrol._requests import MachineDetection
from callcontrol._secret import Secret
from callcontrol._settings import BASE_URL, MAX_RETRIES, TIMEOUT, TOKEN_URL, ClientSettings

if TYPE_CHECKING:
    import requests

__all__ = ["Client", "MachineDetection"]


class RawClient(EveryOperation, RawBlocking):
    """The operations of a ``Client``, each with its HTTP reply: ``Client.with_raw_reply``."""

    def __init__(self, client: "Client") -> None:
        self._account = client._account  # noqa: SLF001 - one object in two classes
        self._driver = client._driver  # noqa: SLF001 - same


class Client(EveryOperation, BaseClient, Blocking):
    """Places, watches, redirects and ends calls of one account, with their recordings and texts.

    ``account_id`` is the number of the account. Give either ``client_id`` with ``client_secret``
    (OAuth2) or ``username`` with ``password`` (Basic, which the vendor ends for its API on
    2026-12-02; the client issues one ``BasicAuthWarning`` per process). ``base_url`` and
    ``token_url`` may point at a simulator. Both must be https unless they lead to this machine;
    ``allow_http`` permits sending credentials to another machine unencrypted.

    Endpoints have another host at the vendor; at another platform they are expected at the origin
    of ``base_url``, below ``/v2``.

    ``timeout``: most seconds per attempt (0.001 to 3600) for connecting (to each address of the
    host), for sending, and for receiving the whole reply, however slowly its bytes arrive. A reply
    may have 1 MiB, a page of ``list_calls`` 32 MiB, as sent and decompressed; a larger one counts
    as lost and is not requested again. Downloads into a file have limits of their own.

    ``max_retries``: further attempts where repeating is safe (0 to 20). Rate limiting (429) and
    failed connection attempts are retried for every operation; failures (500, 502, 503, 504) and
    lost connections for all but ``create_call``, redirects, and operations that say so. A wait
    follows Retry-After, up to about a minute. A request ends within
    ``(max_retries + 1) * 3 * timeout + max_retries * 61`` seconds, and a method sends at most four
    requests: when a token is fetched, refused and fetched again.

    ``session``: a ``requests.Session`` to send with, unchanged: its proxies, certificates, headers,
    hooks and adapters, whose retries replace ``max_retries``. Without one, the proxies and
    certificates named in the environment are read once per host.

    Threads may share a client, and both sides of ``os.fork`` may use it: the child opens its own
    connections, also in a ``session`` whose adapters are those of requests or subclasses of them.
    A connection that was idle for 30 seconds is replaced before it is used.

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
        session: "requests.Session | None" = None,
        allow_http: bool = False,
    ) -> None:
        # Keep secrets out of local variables, which a traceback may show. A URL may contain one;
        # ClientSettings refuses it then.
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
        settings = _settings.checked(ClientSettings, given)
        self._retried = session is None
        transport = RequestsTransport(_settings.session(session))
        self._account = account_of(settings, retried=self._retried)
        self._driver = BlockingDriver(transport, self._account.options.clock)

    @classmethod
    def from_env(
        cls,
        *,
        timeout: float = TIMEOUT,
        max_retries: int = MAX_RETRIES,
        session: "requests.Session | None" = None,
    ) -> Self:
        """Return a client configured by environment variables.

        ``BW_ACCOUNT_ID``; ``BW_CLIENT_ID`` and ``BW_CLIENT_SECRET``, or ``BW_USERNAME`` and
        ``BW_PASSWORD``; for another platform, such as a simulator, ``BW_VOICE_URL``
        (``base_url``), ``BW_TOKEN_URL`` and ``BW_ALLOW_HTTP`` (``true`` or ``false``). An empty
        variable counts as unset.

        :raises RequestError: for missing or invalid variables; the messages name them.
        """
        found = _settings.from_env(timeout=timeout, max_retries=max_retries, session=session)
        with _settings.naming_variables():
            return cls(**found.reveal())

    @property
    def with_raw_reply(self) -> RawClient:
        """The same operations, which return a ``RawReply``: the result, status and headers.

        ``client.with_raw_reply.hang_up(call_id).status``. Lists yield one reply for each page.
        """
        return RawClient(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections, except those of ``session``. A later request opens new ones."""
        self._driver.transport.close()
