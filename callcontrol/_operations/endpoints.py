"""The operations on endpoints of Bandwidth Real-Time Communications (BRTC)."""

from functools import partial
from typing import TYPE_CHECKING

from bxml._once import FIRST_IMPORT
from callcontrol._bxml_body import encoded
from callcontrol._endpoint_requests import ENDPOINT_ID, CreateEndpoint, ListEndpoints
from callcontrol._frozen import replace
from callcontrol._http.exchange import ONCE, PAGE, ApiReply
from callcontrol._http.replies import empty, enveloped_object
from callcontrol._http.steps import Listing, Routine
from callcontrol._operations.account import ApiAccount, OnAccount
from callcontrol._operations.pages import enveloped, items_of_pages
from callcontrol._operations.requests import delete, get, post, put_document
from callcontrol._operations.surface import listing, operation, taking
from callcontrol._request_types import accepted
from callcontrol._requests import segment
from callcontrol.errors import ReplyError

if TYPE_CHECKING:
    from bxml.documents import Document
    from callcontrol._results.endpoints import EndpointState

_FIND = (
    "the endpoint may or may not have been created; without its token it cannot be used and ends "
    "by itself after 24 hours, so you may create another one"
)
_FIND_DOCUMENT = "the document may or may not have been run"
_FEWER = "ask for fewer endpoints at a time with page_size"


class EndpointOperations(OnAccount):
    """The operations on endpoints."""

    @taking(CreateEndpoint)
    def create_endpoint(self, endpoint: CreateEndpoint) -> "Routine[EndpointState]":
        """Create a WebRTC endpoint, and return it with the token for its client SDK.

        The token is in this reply only. Endpoint and token end after 24 hours. The request is
        repeated only if the platform certainly did not carry it out.

        :raises OutcomeUnknownError: if the endpoint may or may not have been created.

        Vendor page: createEndpoint.
        """
        with FIRST_IMPORT:
            from callcontrol._results.endpoints import EndpointState

        request = post(_all(self._account), endpoint, recovery=_FIND)
        reply = yield from self._account.call(request)
        made = EndpointState.read(enveloped_object(reply, _FIND))
        if not made.endpoint_id:
            raise ReplyError(reply.line, "expected an endpointId, got none", reply.status, _FIND)
        return made

    @listing(ListEndpoints)
    def list_endpoints(self, endpoints: ListEndpoints) -> "Listing[EndpointState]":
        """Yield the endpoints that match the filter, without devices and token.

        Iterating fetches pages of ``page_size`` endpoints (1 to 1,000; the platform's default is
        100).

        :raises ReplyError: while iterating, as ``list_calls`` does.

        Vendor page: listEndpoints.
        """
        with FIRST_IMPORT:
            from callcontrol._results.endpoints import EndpointState

        query = endpoints.query()
        first = f"{_all(self._account)}{query and f'?{query}'}"
        fetch = partial(_page, self._account)
        return items_of_pages(first, fetch, EndpointState.read, enveloped)

    @operation
    def get_endpoint(self, endpoint_id: str) -> "Routine[EndpointState]":
        """Return an endpoint with its devices.

        :raises NotFoundError: for an unknown endpoint, and one that has ended.

        Vendor page: getEndpoint.
        """
        with FIRST_IMPORT:
            from callcontrol._results.endpoints import EndpointState

        url = _url(self._account, "get_endpoint", endpoint_id)
        return EndpointState.read(enveloped_object((yield from self._account.call(get(url)))))

    @operation
    def delete_endpoint(self, endpoint_id: str) -> Routine[None]:
        """End an endpoint and its sound at once; it is repeated like ``delete_recording``.

        :raises NotFoundError: for an unknown endpoint, and one that has ended.

        Vendor page: deleteEndpoint.
        """
        url = _url(self._account, "delete_endpoint", endpoint_id)
        empty((yield from self._account.call(delete(url))))

    @operation
    def update_endpoint_bxml(
        self, endpoint_id: str, document: "Document | str | bytes"
    ) -> Routine[None]:
        """Run a document on an endpoint.

        ``document`` is as for ``update_call_bxml``. The vendor documents the operation, but
        switched off its own tests of it in 2026 because the service lacked it. The request is
        repeated only if the platform certainly did not carry it out.

        :raises bxml.ValidationError: listing every problem of the document.
        :raises NotFoundError: for an unknown endpoint.
        :raises OutcomeUnknownError: if the document may or may not have been run.

        Vendor page: updateEndpointBxml.
        """
        url = _url(self._account, "update_endpoint_bxml", endpoint_id)
        body = encoded(document, where="update_endpoint_bxml.document")
        request = put_document(f"{url}/bxml", body, ONCE, _FIND_DOCUMENT)
        empty((yield from self._account.call(request)))


def _all(account: ApiAccount) -> str:
    return f"{account.endpoints_host}/accounts/{segment(account.account_id)}/endpoints"


def _url(account: ApiAccount, method: str, endpoint_id: object) -> str:
    found = accepted(f"{method}.endpoint_id", ENDPOINT_ID, endpoint_id)
    return f"{_all(account)}/{segment(str(found))}"


def _page(account: ApiAccount, url: str) -> Routine[ApiReply]:
    return account.call(replace(get(url, PAGE), smaller=_FEWER))
