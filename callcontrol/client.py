"""The five call operations of Bandwidth Programmable Voice, as one small client.

    with Client.from_env() as client:
        client.update_call_bxml("c-15ac29a2-...", Bxml().speak_sentence("Hello").hangup())

Vendor page: dev.bandwidth.com/apis/voice.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from http import HTTPStatus
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn, Self

from bxml._kinds import shown
from bxml.errors import Problem
from callcontrol import _settings
from callcontrol._bxml_body import encoded
from callcontrol._http import retry
from callcontrol._http.replies import (
    created_call,
    empty,
    json_array,
    json_object,
    next_page,
    refusal,
)
from callcontrol._http.retry import ONCE, REPEATABLE
from callcontrol._http.transport import Message, Reply, Transport
from callcontrol._request_types import Record, accepted, taking
from callcontrol._requests import (
    CALL_ID,
    CreateCall,
    ListCalls,
    MachineDetection,
    RedirectCall,
    UpdateCall,
    segment,
)
from callcontrol._settings import BASE_URL, MAX_RETRIES, TIMEOUT, TOKEN_URL, Settings
from callcontrol.auth import Auth, BasicAuth, ClientCredentials
from callcontrol.errors import ReplyError, RequestError
from callcontrol.models import CallState, CreatedCall

if TYPE_CHECKING:
    import requests

    from bxml.documents import Document

__all__ = ["Client", "MachineDetection"]

_READ: Mapping[str, str] = {"Accept": "application/json"}
_JSON: Mapping[str, str] = {**_READ, "Content-Type": "application/json"}
_XML: Mapping[str, str] = {**_READ, "Content-Type": "application/xml"}

_OVER = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT})
"""What the platform answers about a call that has ended already."""

_FIND_CALL = (
    "the call may or may not have been placed: before you repeat it, look with list_calls(to=..., "
    "from_=...) or for a unique tag in your webhooks"
)
_FIND_REDIRECT = (
    "the call may or may not have been redirected: before you repeat it, look for the redirect "
    "webhook or with get_call_state(...)"
)


class Client:
    """Places, watches, redirects and ends calls of one account.

    ``account_id`` is the number of the account. Give either ``client_id`` with ``client_secret``
    (OAuth2) or ``username`` with ``password`` (Basic, which the vendor switches off for its API
    on 2026-12-02). ``base_url`` and ``token_url`` may point at a simulator.

    ``timeout``: seconds that connecting (to each address of the host), sending, and receiving the
    whole reply may take, each, per attempt (0.001 to 3600); a reply that drips in slowly is cut
    off there too. ``max_retries``: further attempts where repeating is safe (0 to 20). Refusals
    for too many requests (429) and connections that could not be made are retried for every
    operation; failures (500, 502, 503, 504) and lost connections for all but ``create_call`` and
    redirects. Waits follow Retry-After and never last longer than about a minute. So a request
    ends within ``(max_retries + 1) * 3 * timeout + max_retries * 61`` seconds, and a method needs
    at most four requests, when a token is fetched, refused, and fetched anew.

    ``session`` is a ``requests.Session`` to send with, as it is: its proxies, certificates,
    headers, hooks and adapters, whose retries then stand in for ``max_retries``. Without one, the
    proxies and certificates named in the environment are looked up once per host.

    A client may be shared among threads. Every method raises ``RequestError`` for bad values,
    before anything is sent; ``ApiError`` by status; ``TokenError``, ``TransportError`` or
    ``ReplyError`` (see ``callcontrol.errors``). No text it makes shows a credential.
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
    ) -> None:
        settings = Settings(
            account_id,
            client_id=client_id,
            client_secret=client_secret,
            username=username,
            password=password,
            base_url=base_url,
            token_url=token_url,
            timeout=timeout,
            max_retries=max_retries,
        )
        clock = retry.SYSTEM
        self._clock = clock
        self._transport = Transport(
            float(settings.timeout), settings.max_retries, clock, _session(session)
        )
        self._auth = _auth(settings, self._transport, clock)
        self._account_id = settings.account_id
        self._base_url = settings.host
        self._calls = f"{settings.host}/accounts/{segment(settings.account_id)}/calls"

    @classmethod
    def from_env(
        cls,
        *,
        timeout: float = TIMEOUT,
        max_retries: int = MAX_RETRIES,
        session: "requests.Session | None" = None,
    ) -> Self:
        """Return a client set up by environment variables.

        ``BW_ACCOUNT_ID``; ``BW_CLIENT_ID`` and ``BW_CLIENT_SECRET``, or ``BW_USERNAME`` and
        ``BW_PASSWORD``; if the platform is not the real one, ``BW_VOICE_URL`` (``base_url``) and
        ``BW_TOKEN_URL``. An empty variable counts as unset.

        :raises RequestError: naming the variables that are missing or wrong.
        """
        settings = _settings.from_env(os.environ, timeout, max_retries)
        return cls(
            settings.account_id,
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            username=settings.username,
            password=settings.password,
            base_url=settings.base_url,
            token_url=settings.token_url,
            timeout=timeout,
            max_retries=max_retries,
            session=session,
        )

    def __repr__(self) -> str:
        return f"Client({self._account_id!r}, base_url={self._base_url!r}, auth={self._auth!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "Client: a client holds connections and credentials and cannot be pickled or copied; "
            "make one in each process with Client.from_env() or Client(...), for example in the "
            "initializer of the pool"
        )

    def close(self) -> None:
        """Close the connections; a later request opens new ones. Leave a handed-in session open."""
        self._transport.close()

    @taking(CreateCall)
    def create_call(self, call: CreateCall) -> CreatedCall:
        """Put an outbound call on the account's queue; nothing has been dialled on return.

        ``to`` is an E.164 number or a SIP URI (``uui`` goes along to a SIP URI), ``from_`` a number
        of the account, ``application_id`` its voice application. ``answer_url`` replies with the
        first BXML, ``answer_fallback_url`` if that fails, and ``disconnect_url`` hears of the end;
        URLs are absolute, at most 2,048 characters, and https if credentials go with them.
        ``privacy`` hides ``from_``; then ``display_name`` (at most 256 characters) is one of
        Restricted, Anonymous, Private or Unavailable. ``call_timeout`` (1 to 300 seconds, 30) is
        for ringing, ``callback_timeout`` (1 to 25 seconds, 15) for each webhook. ``priority`` goes
        from 1 (first) to 5. ``tag`` (at most 4,096 characters) comes back in webhooks.

        A 201 does not promise that the call succeeds: give a ``disconnect_url``, or watch
        ``get_call_state``.

        Never sent twice unless the platform certainly did not act on the first try, because each
        one that it accepts rings a phone.

        :raises OutcomeUnknownError: if nobody can tell whether the call was placed.

        Vendor page: createCall.
        """
        return created_call(self._call(self._post(self._calls, call, recovery=_FIND_CALL)))

    def get_call_state(self, call_id: str) -> CallState:
        """Return the state of a call, current or final.

        The platform may need seconds to minutes to show a new call and forgets it seven days
        after its end; either way it answers 404, ``NotFoundError``.

        Vendor page: getCallState.
        """
        accepted_id = accepted("get_call_state.call_id", CALL_ID, call_id)
        reply = self._call(Message("GET", self._url(accepted_id), REPEATABLE, _READ))
        return CallState.read(json_object(reply))

    @taking(ListCalls)
    def list_calls(self, calls: ListCalls) -> Iterator[CallState]:
        """Yield the calls of the last seven days that fit all filters, oldest first.

        Pages are fetched as the iteration gets there, ``page_size`` calls (1 to 10,000, the
        platform's default is 1,000) at a time. A queued call has no start time, so a time filter
        may leave it out.

        :raises ReplyError: while iterating, for a next page on another host, which would get the
            credentials, or one that came before.

        Vendor page: listCalls.
        """
        query = calls.query()
        return self._pages(f"{self._calls}?{query}" if query else self._calls)

    @taking(UpdateCall)
    def update_call(self, call: UpdateCall) -> None:
        """Redirect a live call to new BXML, or end it.

        With ``state="active"``, which is the default, the call is interrupted and runs what
        ``redirect_url`` replies. With ``state="completed"`` it is hung up, cancelled if it has not
        been answered, rejected if it is inbound.

        A redirect is never sent twice unless the platform certainly did not act on the first try:
        a second one would start the script again. Ending a call may be repeated; a 404 or 409
        after a try that may have worked counts as done.

        :raises ConflictError: if the call has not been answered yet, or has just ended.
        :raises OutcomeUnknownError: if nobody can tell whether the call was redirected.

        Vendor page: updateCall.
        """
        self._update(call.call_id, call, ends=call.state == "completed")

    @taking(RedirectCall)
    def redirect_call(self, call: RedirectCall) -> None:
        """Interrupt a live call and run the BXML of ``redirect_url``: ``update_call``, active."""
        self._update(call.call_id, call, ends=False)

    def hang_up(self, call_id: str) -> None:
        """End a call, cancel it or reject it: ``update_call`` with state ``completed``."""
        self.update_call(call_id, state="completed")

    def update_call_bxml(self, call_id: str, document: "Document | str | bytes") -> None:
        """Interrupt a live call and run this document, without any webhook.

        ``document`` is a ``bxml.Bxml`` or ``bxml.Response``, or BXML as text or bytes (at most
        65,536 bytes in UTF-8). It is checked before it is sent; give absolute URLs, for nothing was
        fetched that relative ones could refer to: each gets a ``CallControlWarning``. As a PUT it
        is sent again after a failure or a lost connection, so in a rare case the caller hears its
        beginning twice.

        :raises bxml.ValidationError: with every problem of the document.
        :raises ConflictError: if the call has not been answered yet, or has just ended.

        Vendor page: updateCallBxml.
        """
        accepted_id = accepted("update_call_bxml.call_id", CALL_ID, call_id)
        url = f"{self._url(accepted_id)}/bxml"
        empty(self._call(Message("PUT", url, REPEATABLE, _XML, encoded(document))))

    def _url(self, call_id: object) -> str:
        return f"{self._calls}/{segment(str(call_id))}"

    def _post(self, url: str, record: Record, *, recovery: str) -> Message:
        secrets = record.secrets()
        return Message("POST", url, ONCE, _JSON, record.encoded(), recovery, secrets=secrets)

    def _update(self, call_id: str, record: Record, *, ends: bool) -> None:
        message = self._post(self._url(call_id), record, recovery=_FIND_REDIRECT)
        if ends:
            message = replace(message, policy=REPEATABLE, settled=_OVER)
        empty(self._call(message))

    def _pages(self, first: str) -> Iterator[CallState]:
        url: str | None = first
        seen: set[str] = set()
        while url is not None:
            seen.add(url)
            reply = self._call(Message("GET", url, REPEATABLE, _READ))
            yield from map(CallState.read, json_array(reply))
            url = next_page(reply, url)
            if url in seen:
                finding = "expected a link to a new page, got one that came before"
                raise ReplyError(reply.line, finding, reply.status)

    def _call(self, message: Message) -> Reply:
        """Return the reply to a request that succeeded; renew the token once if it was refused."""
        header = self._auth.header()
        reply = self._transport.send(message, header)
        if reply.status == HTTPStatus.UNAUTHORIZED and self._auth.renew(header):
            again = self._transport.send(message, self._auth.header())
            reply = replace(again, doubtful=again.doubtful or reply.doubtful)
        if reply.succeeded or (reply.doubtful and reply.status in message.settled):
            return reply
        secrets = (*self._auth.secrets, *message.secrets)
        raise refusal(message, reply, secrets, self._clock.now())


def _session(session: object) -> "requests.Session | None":
    import requests

    if session is None or isinstance(session, requests.Session):
        return session
    finding = f"expected a requests.Session, got {shown(session)}"
    raise RequestError([Problem.at("Client.session", "bad-session", finding)])


def _auth(settings: Settings, transport: Transport, clock: retry.Clock) -> Auth:
    if settings.username is not None and settings.password is not None:
        return BasicAuth(settings.username, settings.password)
    return ClientCredentials(
        settings.client_id or "",
        settings.client_secret or "",
        settings.token_url,
        transport,
        clock,
    )
