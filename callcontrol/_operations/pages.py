"""Fetches lists: the pages of one, following their links, or all of it at once."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeAlias, TypeVar, cast

from callcontrol._http.exchange import ApiReply
from callcontrol._http.replies import followed, items_of, json_array, json_object, next_page
from callcontrol._http.steps import Items, Listing, Routine
from callcontrol.errors import ReplyError

T = TypeVar("T")

MAX_EMPTY_PAGES = 100
"""Empty pages in a row after which iteration fails."""


Page: TypeAlias = tuple[list[Mapping[str, object]], Callable[[], str | None]]
"""The objects of a page, and a function that returns the URL of the next one."""


def _linked(reply: ApiReply, url: str) -> Page:
    return json_array(reply), partial(next_page, reply, url)


def enveloped(reply: ApiReply, url: str) -> Page:
    """Return the objects of a page whose next one is among the ``links`` of its body."""
    body = json_object(reply)
    links = cast("list[object]", body.get("links") if isinstance(body.get("links"), list) else [])
    named = [cast("Mapping[str, object]", link) for link in links if isinstance(link, Mapping)]
    found = next((link.get("href") for link in named if link.get("rel") == "next"), None)
    items = items_of(reply, body.get("data"))
    return items, lambda: followed(reply, url, found) if isinstance(found, str) else None


def items_of_pages(
    first: str,
    fetch: Callable[[str], Routine[ApiReply]],
    read: Callable[[Mapping[str, object]], T],
    opened: Callable[[ApiReply, str], Page] = _linked,
) -> Listing[T]:
    """Hand over what ``read`` makes of the JSON objects of all pages.

    ``fetch`` sends a GET to the URL of a page; ``opened`` returns the ``Page`` of its reply.

    :raises ReplyError: for a next page on another host, for a repeated page, and after
        ``MAX_EMPTY_PAGES`` empty pages in a row.
    """
    url: str | None = first
    seen: set[str] = set()
    empty_pages = 0
    while url is not None:
        seen.add(url)
        reply = yield from fetch(url)
        items, next_url = opened(reply, url)
        yield Items(map(read, items))
        empty_pages = 0 if items else empty_pages + 1
        url = next_url()  # now, so that a bad link costs no object of this page
        if url in seen:
            finding = "expected a link to a new page, got one that came before"
            raise ReplyError(reply.line, finding, reply.status)
        if url is not None and empty_pages == MAX_EMPTY_PAGES:
            finding = f"expected an item or an end, got {empty_pages} empty pages in a row"
            raise ReplyError(reply.line, finding, reply.status)


def items_of_reply(
    fetch: Routine[ApiReply], read: Callable[[Mapping[str, object]], T]
) -> Listing[T]:
    """Hand over what ``read`` makes of the JSON objects of a reply."""
    yield Items(map(read, json_array((yield from fetch))))
