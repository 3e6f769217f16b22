"""listCalls: reading its query, selecting a page and the URL of the next one."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import NoReturn
from urllib.parse import parse_qsl, urlencode

from bxml._wording import did_you_mean
from callcontrol.simulator.core.calls import Call
from callcontrol.simulator.errors import quoted
from callcontrol.simulator.rest.refusal import Refusal

MAX_PAGE = 10_000
DEFAULT_PAGE = 1000
_PARAMETERS = (
    "to",
    "from",
    "minStartTime",
    "maxStartTime",
    "disconnectCause",
    "pageSize",
    "pageToken",
)
_TOKEN = re.compile(r"after:([0-9]{1,12})")


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
        token = urlsafe_b64encode(f"after:{last.serial}".encode()).decode()
        return urlencode([*self.query, ("pageToken", token)])


def page_of(calls: Iterable[Call], listing: Listing) -> tuple[list[Call], bool]:
    """Return the wanted page of ``calls`` and whether more follow."""
    wanted = (call for call in calls if listing.wants(call))
    found = list(islice(wanted, listing.page_size + 1))
    return found[: listing.page_size], len(found) > listing.page_size


def read_query(query: str, *, ignore_unknown: bool = False) -> Listing:
    """Return the filters and the page of a listCalls query.

    :raises Refusal: 400 for an invalid query.
    """
    values = _parameters(query, ignore_unknown=ignore_unknown)
    return Listing(
        query=tuple((name, value) for name, value in values.items() if name != "pageToken"),
        to=values.get("to"),
        from_=values.get("from"),
        min_start_time=_moment("minStartTime", values),
        max_start_time=_moment("maxStartTime", values),
        disconnect_cause=values.get("disconnectCause"),
        page_size=_page_size(values.get("pageSize", str(DEFAULT_PAGE))),
        after=_after(values.get("pageToken")),
    )


def _parameters(query: str, *, ignore_unknown: bool) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=100)
    except ValueError:
        _refuse("There is something wrong with the request: too many query parameters")
    values: dict[str, str] = {}
    for name, value in pairs:
        if name not in _PARAMETERS and not ignore_unknown:
            hint = did_you_mean(name, _PARAMETERS)
            _refuse(f"Unknown parameter {quoted(name)}" + (f"; {hint}" if hint else ""))
        if name in values or not value:
            _refuse(f"Invalid {quoted(name)}: must have exactly one value")
        values[name] = value
    return values


def _moment(name: str, values: dict[str, str]) -> datetime | None:
    text = values.get(name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        _refuse(f"Invalid {name}: must be an ISO 8601 date and time")
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _page_size(text: str) -> int:
    if re.fullmatch(r"-?[0-9]{1,10}", text) is None:
        _refuse("Invalid pageSize: must be an integer")
    size = int(text)
    if not 1 <= size <= MAX_PAGE:
        _refuse(f"pageSize must be within the range [1, {MAX_PAGE}], but was {size}")
    return size


def _after(token: str | None) -> int:
    if token is None:
        return 0
    try:
        found = _TOKEN.fullmatch(urlsafe_b64decode(token.encode("ascii")).decode("ascii"))
    except ValueError:
        found = None
    if found is None:
        _refuse("Invalid pageToken")
    return int(found[1])


def _refuse(description: str) -> NoReturn:
    raise Refusal(400, description)
