"""listCalls: reading its query, selecting a page and the URL of the next one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from callcontrol.simulator.core.calls import Call
from callcontrol.simulator.rest.query import (
    after,
    moment,
    next_query,
    page_size,
    parameters,
    without_token,
)

MAX_PAGE = 10_000
_PARAMETERS = (
    "to",
    "from",
    "minStartTime",
    "maxStartTime",
    "disconnectCause",
    "pageSize",
    "pageToken",
)


@dataclass(frozen=True, slots=True)
class Listing:
    """The filters of a listing, and the page."""

    query: tuple[tuple[str, str], ...]
    """The parameters as they were sent, without ``pageToken``."""
    to: str | None
    from_: str | None
    min_start_time: datetime | None
    max_start_time: datetime | None
    disconnect_cause: str | None
    page_size: int
    after: int
    """Serial of the last call of the page before; 0 for the first page."""

    def wants(self, call: Call) -> bool:
        """Whether ``call`` passes every filter; both time limits are inclusive."""
        start = call.start_time
        timed = self.min_start_time is not None or self.max_start_time is not None
        return not (
            call.serial <= self.after
            or (self.to is not None and call.to != self.to)
            or (self.from_ is not None and call.from_ != self.from_)
            or (self.disconnect_cause not in (None, call.disconnect_cause))
            or (timed and start is None)
            or (start is not None and not self._spans(start))
        )

    def _spans(self, start: datetime) -> bool:
        low, high = self.min_start_time, self.max_start_time
        return (low is None or low <= start) and (high is None or start <= high)

    def query_after(self, last: Call) -> str:
        """Return the query of the page that starts after ``last``."""
        return next_query(self.query, last.serial)


def page_of(calls: Iterable[Call], listing: Listing) -> tuple[list[Call], bool]:
    """Return the wanted page of ``calls`` and whether more follow."""
    wanted = (call for call in calls if listing.wants(call))
    found = list(islice(wanted, listing.page_size + 1))
    return found[: listing.page_size], len(found) > listing.page_size


def read_query(query: str, *, ignore_unknown: bool = False) -> Listing:
    """Return the filters and the page of a listCalls query.

    :raises Refusal: 400 for an invalid query.
    """
    values = parameters(query, _PARAMETERS, ignore_unknown=ignore_unknown)
    return Listing(
        query=without_token(values),
        to=values.get("to"),
        from_=values.get("from"),
        min_start_time=moment("minStartTime", values),
        max_start_time=moment("maxStartTime", values),
        disconnect_cause=values.get("disconnectCause"),
        page_size=page_size(values, MAX_PAGE),
        after=after(values),
    )
