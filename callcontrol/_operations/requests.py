"""The requests that operations send, by method and content."""

from collections.abc import Mapping

from callcontrol._http.exchange import ONCE, REPEATABLE, ApiRequest, Policy
from callcontrol._request_types import Record

_READ: Mapping[str, str] = {"Accept": "application/json"}
_JSON: Mapping[str, str] = {**_READ, "Content-Type": "application/json"}
_XML: Mapping[str, str] = {**_READ, "Content-Type": "application/xml"}
_GONE = frozenset({404})


def get(url: str, policy: Policy = REPEATABLE) -> ApiRequest:
    """Return a request that reads JSON."""
    return ApiRequest("GET", url, policy, _READ)


def post(url: str, record: Record, *, recovery: str) -> ApiRequest:
    """Return a request that is not repeated once it may have been carried out.

    ``recovery`` says how to find out whether it was.
    """
    secrets = record.secrets()
    return ApiRequest("POST", url, ONCE, _JSON, record.encoded(), recovery, secrets=secrets)


def put(url: str, body: bytes) -> ApiRequest:
    """Return a request that sets values, given as JSON, so that it may be repeated."""
    return ApiRequest("PUT", url, REPEATABLE, _JSON, body)


def put_document(
    url: str, body: bytes, policy: Policy = REPEATABLE, recovery: str | None = None
) -> ApiRequest:
    """Return a request that runs BXML."""
    return ApiRequest("PUT", url, policy, _XML, body, recovery)


def delete(url: str) -> ApiRequest:
    """Return a request that deletes; a 404 after an attempt that may have succeeded is success."""
    return ApiRequest("DELETE", url, REPEATABLE, _READ, settled=_GONE)
