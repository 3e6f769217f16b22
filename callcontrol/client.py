"""A client for the five call operations of Bandwidth Programmable Voice.

    with Client.from_env() as client:
        client.update_call_bxml("c-15ac29a2-...", Bxml().speak_sentence("Hello").hangup())

Vendor page: dev.bandwidth.com/apis/voice.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, NoReturn, Self

import requests

from bxml._wording import quoted
from callcontrol import _basic_end, _settings
from callcontrol._bxml_body import encoded
from callcontrol._http import retry
from callcontrol._http.replies import empty, json_object, refusal
from callcontrol._http.retry import ONCE, PAGE, REPEATABLE
from callcontrol._http.transport import ApiReply, ApiRequest, ApiTransport
from callcontrol._pages import items_of_pages
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
from callcontrol._secret import Secret
from callcontrol._settings import BASE_URL, MAX_RETRIES, TIMEOUT, TOKEN_URL, ClientSettings
from callcontrol._wire.other_names import OtherClientNames
from callcontrol.auth import auth_for
from callcontrol.errors import CallControlError, ReplyError
from callcontrol.models import CallState, CreatedCall, created_call

if TYPE_CHECKING:
    from bxml.documents import Document

__all__ = ["Client", "MachineDetection"]

_READ: Mapping[str, str] = {"Accept": "application/json"}
_JSON: Mapping[str, str] = {**_READ, "Content-Type": "application/json"}
_XML: Mapping[str, str] = {**_READ, "Content-Type": "application/xml"}

_OVER = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT})
"""Statuses of a reply about a call that has already ended."""

_FIND_CALL = (
    "the call may or may not have been placed: before you repeat it, look with list_calls(to=..., "
    "from_=...) or for a unique tag in your webhooks"
)
_FIND_REDIRECT = (
    "the call may or may not have been redirected: before you repeat it, look for the redirect "
    "webhook or with get_call_state(...)"
)
_FEWER_CALLS = "ask for fewer calls at a time with page_size"


class Client(OtherClientNames):
    """Places, watches, redirects and ends calls of one account.

    ``account_id`` is the number of the account. Give either ``client_id`` with ``client_secret``
    (OAuth2) or ``username`` with ``password`` (Basic, which the vendor ends for its API on
    2026-12-02; the client issues one ``BasicAuthWarning`` per process). ``base_url`` and
    ``token_url`` may point at a simulator. Both must be https unless they lead to this machine;
    ``allow_http`` permits sending credentials to another machine unencrypted.

    ``timeout``: most seconds per attempt (0.001 to 3600) for connecting (to each address of the
    host), for sending, and for receiving the whole reply, however slowly its bytes arrive. A reply
    may have 1 MiB, a page of ``list_calls`` 32 MiB, as sent and decompressed; a larger one counts
    as lost and is not requested again.

    ``max_retries``: further attempts where repeating is safe (0 to 20). Rate limiting (429) and
    failed connection attempts are retried for every operation; failures (500, 502, 503, 504) and
    lost connections for all but ``create_call`` and redirects. A wait follows Retry-After, up to
    about a minute. A request ends within ``(max_retries + 1) * 3 * timeout + max_retries * 61``
    seconds, and a method sends at most four requests: when a token is fetched, refused and fetched
    again.

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
        session: requests.Session | None = None,
        allow_http: bool = False,
    ) -> None:
        # Keep secrets out of local variables, which a traceback may show. A URL may contain one;
        # ClientSettings refuses it then.
        held = Secret((client_secret, password, base_url, token_url))
        del client_secret, password, base_url, token_url
        settings = ClientSettings(
            account_id,
            client_id=client_id,
            client_secret=_secret(held.reveal()[0]),
            username=username,
            password=_secret(held.reveal()[1]),
            base_url=held.reveal()[2],
            token_url=held.reveal()[3],
            timeout=timeout,
            max_retries=max_retries,
            allow_http=allow_http,
        )
        clock = retry.SYSTEM
        self._clock = clock
        own, hint = _settings.session(session), _settings.address_hint
        self._transport = ApiTransport(
            float(settings.timeout), settings.max_retries, clock, own, hint
        )
        self._auth = auth_for(settings, self._transport, clock)
        self._account_id = settings.account_id
        self._base_url = settings.host
        self._basic_ends = settings.username is not None and _basic_end.is_vendor(settings.host)
        if self._basic_ends:
            _basic_end.warn_once(clock.now())
        self._calls = f"{settings.host}/accounts/{segment(settings.account_id)}/calls"

    @classmethod
    def from_env(
        cls,
        *,
        timeout: float = TIMEOUT,
        max_retries: int = MAX_RETRIES,
        session: requests.Session | None = None,
    ) -> Self:
        """Return a client configured by environment variables.

        ``BW_ACCOUNT_ID``; ``BW_CLIENT_ID`` and ``BW_CLIENT_SECRET``, or ``BW_USERNAME`` and
        ``BW_PASSWORD``; for another platform, such as a simulator, ``BW_VOICE_URL``
        (``base_url``), ``BW_TOKEN_URL`` and ``BW_ALLOW_HTTP`` (``true`` or ``false``). An empty
        variable counts as unset.

        :raises RequestError: for missing or invalid variables; the messages name them.
        """
        settings = _settings.from_env(timeout, max_retries)
        return cls(
            settings.account_id,
            client_id=settings.client_id,
            client_secret=settings.client_secret.reveal() if settings.client_secret else None,
            username=settings.username,
            password=settings.password.reveal() if settings.password else None,
            base_url=settings.base_url,
            token_url=settings.token_url,
            timeout=timeout,
            max_retries=max_retries,
            session=session,
            allow_http=settings.allow_http,
        )

    def __repr__(self) -> str:
        if "_base_url" not in vars(self):
            return "<Client: incomplete>"  # in a traceback of the constructor
        return f"Client({self._account_id!r}, base_url={self._base_url!r}, auth={self._auth!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            "Client: a client holds connections and credentials and cannot be pickled or copied; "
            "make one in each process with Client.from_env() or Client(...), for example in the "
            "initializer of the pool"
        )

    def close(self) -> None:
        """Close the connections, except those of ``session``. A later request opens new ones."""
        self._transport.close()

    @taking(CreateCall)
    def create_call(self, call: CreateCall) -> CreatedCall:
        """Put an outbound call on the account's queue; the platform dials later.

        ``to`` is an E.164 number or a SIP URI (``uui`` is sent to a SIP URI), ``from_`` a number
        of the account, ``application_id`` its voice application. ``answer_url`` replies with the
        first BXML, ``answer_fallback_url`` if that fails; ``disconnect_url`` gets the last webhook.
        URLs are absolute, at most 2,048 characters, and https if credentials go with them.
        ``privacy`` hides ``from_``; then ``display_name`` (at most 256 characters) is one of
        Restricted, Anonymous, Private or Unavailable. ``call_timeout`` (1 to 300 seconds,
        default 30) limits ringing, ``callback_timeout`` (1 to 25 seconds, default 15) each webhook.
        ``priority`` goes from 1 (first) to 5. Webhooks carry ``tag`` (at most 4,096 characters).

        A 201 does not mean that the call succeeds: give a ``disconnect_url``, or poll
        ``get_call_state``. The request is repeated only if the platform certainly did not carry it
        out, because each accepted one rings a phone.

        :raises OutcomeUnknownError: if the call may or may not have been placed.

        Vendor page: createCall.
        """
        return _created(self._call(self._post(self._calls, call, recovery=_FIND_CALL)))

    def get_call_state(self, call_id: str) -> CallState:
        """Return the state of a call, current or final.

        The platform shows a new call after seconds to minutes, and deletes it seven days after its
        end.

        :raises NotFoundError: (404) before and after that.

        Vendor page: getCallState.
        """
        accepted_id = accepted("get_call_state.call_id", CALL_ID, call_id)
        reply = self._call(ApiRequest("GET", self._url(accepted_id), REPEATABLE, _READ))
        return CallState.read(json_object(reply))

    @taking(ListCalls)
    def list_calls(self, calls: ListCalls) -> Iterator[CallState]:
        """Yield the calls of the last seven days that match all filters, oldest first.

        Iterating fetches pages of ``page_size`` calls (1 to 10,000; the platform's default is
        1,000). A time filter may omit queued calls, which have no start time.

        :raises ReplyError: while iterating, for a next page on another host, which would get the
            credentials, for a repeated page, and after 100 empty pages in a row.

        Vendor page: listCalls.
        """
        query = calls.query()
        first = f"{self._calls}?{query}" if query else self._calls
        return map(CallState.read, items_of_pages(first, self._page))

    @taking(UpdateCall)
    def update_call(self, call: UpdateCall) -> None:
        """Redirect a live call to new BXML, or end it.

        With ``state="active"``, the default, the call is interrupted and runs the BXML that
        ``redirect_url`` returns. With ``state="completed"`` it is hung up; an unanswered call is
        cancelled if it is outbound, and rejected if it is inbound.

        A redirect is repeated only if the platform certainly did not carry it out, because a second
        one would restart the script. Ending a call may be repeated; a 404 or 409 after an attempt
        that may have succeeded counts as success.

        :raises ConflictError: if the call has not been answered yet, or has just ended.
        :raises OutcomeUnknownError: if the call may or may not have been redirected.

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
        """Interrupt a live call and run a document, without a webhook.

        ``document`` is a ``bxml.Bxml`` or ``bxml.Response``, or BXML as text or bytes (at most
        65,536 bytes in UTF-8). It is checked before it is sent. Each relative URL, which has no
        base here, causes a ``CallControlWarning``. The PUT is repeated after a failure or a lost
        connection, so the caller may rarely hear the beginning twice.

        :raises bxml.ValidationError: listing every problem of the document.
        :raises ConflictError: if the call has not been answered yet, or has just ended.

        Vendor page: updateCallBxml.
        """
        accepted_id = accepted("update_call_bxml.call_id", CALL_ID, call_id)
        url = f"{self._url(accepted_id)}/bxml"
        empty(self._call(ApiRequest("PUT", url, REPEATABLE, _XML, encoded(document))))

    def _url(self, call_id: object) -> str:
        return f"{self._calls}/{segment(str(call_id))}"

    def _post(self, url: str, record: Record, *, recovery: str) -> ApiRequest:
        secrets = record.secrets()
        return ApiRequest("POST", url, ONCE, _JSON, record.encoded(), recovery, secrets=secrets)

    def _update(self, call_id: str, record: Record, *, ends: bool) -> None:
        request = self._post(self._url(call_id), record, recovery=_FIND_REDIRECT)
        if ends:
            request = replace(request, policy=REPEATABLE, settled=_OVER)
        empty(self._call(request))

    def _page(self, url: str) -> ApiReply:
        return self._call(ApiRequest("GET", url, PAGE, _READ, smaller=_FEWER_CALLS))

    def _call(self, request: ApiRequest) -> ApiReply:
        """Return the reply to a request that succeeded; renew the token once if it was refused."""
        header = self._auth.header()
        reply = self._transport.send(request, header)
        if reply.status == HTTPStatus.UNAUTHORIZED and self._auth.renew(header):
            again = self._transport.send(request, self._auth.header())
            reply = replace(again, doubtful=again.doubtful or reply.doubtful)
        if reply.succeeded or (reply.doubtful and reply.status in request.settled):
            return reply
        raise self._refusal(request, reply)

    def _refusal(self, request: ApiRequest, reply: ApiReply) -> CallControlError:
        now = self._clock.now()
        ends = self._basic_ends and reply.status == HTTPStatus.UNAUTHORIZED
        elsewhere = _settings.elsewhere_hint(self._base_url, reply.status)
        hint = _basic_end.announcement(now) if ends else elsewhere
        return refusal(request, reply, (*self._auth.secrets, *request.secrets), now, hint)


def _created(reply: ApiReply) -> CreatedCall:
    location = reply.headers.get("Location")
    hint = f"the call was placed{f' (Location: {quoted(location)})' if location else ''}"
    call = created_call(json_object(reply, hint), location)
    if call is None:
        raise ReplyError(reply.line, "expected a callId, got none", reply.status, hint)
    return call


def _secret(value: str | None) -> Secret[str] | None:
    return None if value is None else Secret(value)
