"""Fetches the pages of a list one by one, following their links."""

from collections.abc import Callable, Iterator, Mapping

from callcontrol._http.replies import json_array, next_page
from callcontrol._http.transport import ApiReply
from callcontrol.errors import ReplyError

MAX_EMPTY_PAGES = 100
"""Empty pages in a row after which iteration fails."""


def items_of_pages(first: str, fetch: Callable[[str], ApiReply]) -> Iterator[Mapping[str, object]]:
    """Yield the JSON objects of all pages; ``fetch`` sends a GET to the URL of a page.

    :raises ReplyError: for a next page on another host, for a repeated page, and after
        ``MAX_EMPTY_PAGES`` empty pages in a row.
    """
    url: str | None = first
    seen: set[str] = set()
    empty_pages = 0
    while url is not None:
        seen.add(url)
        reply = fetch(url)
        items = json_array(reply)
        yield from items
        empty_pages = 0 if items else empty_pages + 1
        url = next_page(reply, url)
        if url in seen:
            finding = "expected a link to a new page, got one that came before"
            raise ReplyError(reply.line, finding, reply.status)
        if url is not None and empty_pages == MAX_EMPTY_PAGES:
            finding = f"expected a call or an end, got {empty_pages} empty pages in a row"
            raise ReplyError(reply.line, finding, reply.status)
