"""The five operations on calls, and the two most common uses of ``update_call``."""

from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from bxml._once import FIRST_IMPORT
from bxml._wording import quoted
from callcontrol._bxml_body import encoded
from callcontrol._frozen import replace
from callcontrol._http.exchange import PAGE, REPEATABLE, ApiReply
from callcontrol._http.replies import empty, json_object
from callcontrol._http.steps import Listing, Routine
from callcontrol._operations.account import ApiAccount, OnAccount
from callcontrol._operations.pages import items_of_pages
from callcontrol._operations.requests import get, post, put_document
from callcontrol._operations.surface import listing, operation, taking
from callcontrol._request_types import Record, accepted
from callcontrol._requests import (
    CALL_ID,
    CreateCall,
    ListCalls,
    RedirectCall,
    UpdateCall,
    segment,
)
from callcontrol.errors import ReplyError

if TYPE_CHECKING:
    from bxml.documents import Document
    from callcontrol.models import CallState, CreatedCall

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


class CallOperations(OnAccount):
    """The operations on calls."""

    @taking(CreateCall)
    def create_call(self, call: CreateCall) -> "Routine[CreatedCall]":
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
        with FIRST_IMPORT:
            from callcontrol.models import created_call

        request = post(_calls(self._account), call, recovery=_FIND_CALL)
        reply = yield from self._account.call(request)
        location = reply.headers.get("Location")
        hint = f"the call was placed{f' (Location: {quoted(location)})' if location else ''}"
        created = created_call(json_object(reply, hint), location)
        if created is None:
            raise ReplyError(reply.line, "expected a callId, got none", reply.status, hint)
        return created

    @operation
    def get_call_state(self, call_id: str) -> "Routine[CallState]":
        """Return the state of a call, current or final.

        The platform shows a new call after seconds to minutes, and deletes it seven days after its
        end.

        :raises NotFoundError: (404) before and after that.

        Vendor page: getCallState.
        """
        with FIRST_IMPORT:
            from callcontrol.models import CallState

        accepted_id = accepted("get_call_state.call_id", CALL_ID, call_id)
        request = get(_url(self._account, accepted_id))
        return CallState.read(json_object((yield from self._account.call(request))))

    @listing(ListCalls)
    def list_calls(self, calls: ListCalls) -> "Listing[CallState]":
        """Yield the calls of the last seven days that match all filters, oldest first.

        Iterating fetches pages of ``page_size`` calls (1 to 10,000; the platform's default is
        1,000). A time filter may omit queued calls, which have no start time.

        :raises ReplyError: while iterating, for a next page on another host, which would get the
            credentials, for a repeated page, and after 100 empty pages in a row.

        Vendor page: listCalls.
        """
        with FIRST_IMPORT:
            from callcontrol.models import CallState

        query = calls.query()
        first = f"{_calls(self._account)}{query and f'?{query}'}"
        return items_of_pages(first, partial(_page, self._account), CallState.read)

    @taking(UpdateCall)
    def update_call(self, call: UpdateCall) -> Routine[None]:
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
        return _update(self._account, call.call_id, call, ends=call.state == "completed")

    @taking(RedirectCall)
    def redirect_call(self, call: RedirectCall) -> Routine[None]:
        """Interrupt a live call and run the BXML of ``redirect_url``: ``update_call``, active."""
        return _update(self._account, call.call_id, call, ends=False)

    @operation
    def hang_up(self, call_id: str) -> Routine[None]:
        """End a call, cancel it or reject it: ``update_call`` with state ``completed``."""
        call = UpdateCall(call_id, state="completed")
        return _update(self._account, call_id, call, ends=True)

    @operation
    def update_call_bxml(self, call_id: str, document: "Document | str | bytes") -> Routine[None]:
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
        url = f"{_url(self._account, accepted_id)}/bxml"
        empty((yield from self._account.call(put_document(url, encoded(document)))))


def _calls(account: ApiAccount) -> str:
    return f"{account.url}/calls"


def _url(account: ApiAccount, call_id: object) -> str:
    return f"{_calls(account)}/{segment(str(call_id))}"


def _update(account: ApiAccount, call_id: str, record: Record, *, ends: bool) -> Routine[None]:
    request = post(_url(account, call_id), record, recovery=_FIND_REDIRECT)
    if ends:
        request = replace(request, policy=REPEATABLE, settled=_OVER)
    empty((yield from account.call(request)))


def _page(account: ApiAccount, url: str) -> Routine[ApiReply]:
    return account.call(replace(get(url, PAGE), smaller=_FEWER_CALLS))
