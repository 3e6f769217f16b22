"""Fetches the pages of a list one by one, following their links."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from callcontrol._http.exchange import ApiReply
from callcontrol._http.replies import json_array, next_page
from callcontrol._http.steps import Items, Listing, Routine
from callcontrol.errors import ReplyError

T = TypeVar("T")

MAX_EMPTY_PAGES = 100
"""Empty pages in a row after which iteration fails."""


def items_of_pages(
    first: str,
    fetch: Callable[[str], Routine[ApiReply]],
    read: Callable[[Mapping[str, object]], T],
) -> Listing[T]:
    """Hand over what ``read`` makes of the JSON objects of all pages.

    ``fetch`` sends a GET to the URL of a page.

    :raises ReplyError: for a next page on another host, for a repeated page, and after
        ``MAX_EMPTY_PAGES`` empty pages in a row.
    """
    url: str | None = first
    seen: set[str] = set()
    empty_pages = 0
    while url is not None:
        seen.add(url)
        reply = yield from fetch(url)
        items = json_array(reply)
        yield Items(map(read, items))
        empty_pages = 0 if items else empty_pages + 1
        url = next_page(reply, url)
        if url in seen:
            finding = "expected a link to a new page, got one that came before"
            raise ReplyError(reply.line, finding, reply.status)
        if url is not None and empty_pages == MAX_EMPTY_PAGES:
            finding = f"expected a call or an end, got {empty_pages} empty pages in a row"
            raise ReplyError(reply.line, finding, reply.status)
