"""Planned failures of REST requests: the next ones, or all of them for a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from types import MappingProxyType
from typing import Literal

from callcontrol.simulator.core.messages import OPERATION_NAMES, Header, Operation
from callcontrol.simulator.errors import STATUSES, SimulatorError, expect_number

OutageName = Literal["forbidden", "unpaid", "account-limit", "maintenance", "clock"]


@dataclass(frozen=True, slots=True)
class Outage:
    """A condition of the platform in which requests with good credentials fail."""

    meaning: str
    status: int | None
    """Status of every reply; None if requests succeed."""
    tokens: bool = False
    """Whether no token is issued either."""
    date_offset: float = 0
    """Seconds by which the Date of replies is ahead."""


_OUTAGES: dict[OutageName, Outage] = {
    "forbidden": Outage("the credentials are valid, but have no role of voice", 403),
    "unpaid": Outage("the account has no credit", 402),
    "account-limit": Outage("the account has reached its rate limit", 429),
    "maintenance": Outage("the platform is down, and issues no tokens", 503, tokens=True),
    "clock": Outage("replies are dated an hour ahead", None, date_offset=3600),
}
OUTAGES: Mapping[OutageName, Outage] = MappingProxyType(_OUTAGES)
"""Every outage, by its name; of several the first one answers."""


@dataclass(slots=True)
class PlannedFailure:
    """Further requests that fail in one way."""

    remaining: int
    """How many."""
    status: int
    headers: tuple[Header, ...]
    operation: Operation | None
    """The operation that fails; None for any."""
    processed: bool
    """Whether the operation takes effect before its reply is replaced by the failure."""


class FaultPlan:
    """Planned failures, used in the order in which they were planned, and outages."""

    def __init__(self) -> None:
        self._planned: list[PlannedFailure] = []
        self._outages: dict[OutageName, datetime | None] = {}
        """When each ends; None if it lasts."""

    def plan(
        self,
        status: int,
        *,
        times: int,
        retry_after: float | str | None = None,
        operation: Operation | None = None,
        processed: bool = False,
    ) -> None:
        """Make the next ``times`` requests fail; see ``Simulator.fail_next``."""
        if status not in STATUSES:
            known = ", ".join(map(str, STATUSES))
            raise SimulatorError(f"fail_next.status: expected one of {known}, got {status!r}")
        if operation is not None and operation not in OPERATION_NAMES:
            known = ", ".join(OPERATION_NAMES)
            raise SimulatorError(f"fail_next.operation: expected one of {known}, got {operation!r}")
        expect_number("fail_next.times", times, 1)
        headers = _retry_after(retry_after)
        self._planned.append(PlannedFailure(times, status, headers, operation, processed))

    def next_for(self, operation: Operation) -> PlannedFailure | None:
        """Return the next failure planned for ``operation`` and count it as used."""
        for fault in self._planned:
            if fault.operation in (None, operation):
                fault.remaining -= 1
                if fault.remaining < 1:
                    self._planned.remove(fault)
                return fault
        return None

    def begin_outage(self, name: OutageName, now: datetime, seconds: float | None) -> None:
        """Begin an outage; see ``Simulator.begin_outage``."""
        if name not in OUTAGES:
            known = ", ".join(OUTAGES)
            raise SimulatorError(f"begin_outage.name: expected one of {known}, got {name!r:.100}")
        if seconds is not None:
            expect_number("begin_outage.seconds", seconds, 0)
        self._outages[name] = None if seconds is None else now + timedelta(seconds=seconds)

    def end_outages(self) -> None:
        """End every outage."""
        self._outages.clear()

    def refusal_of(
        self, operation: Operation, now: datetime
    ) -> tuple[int, tuple[Header, ...]] | None:
        """Return status and headers with which an outage answers an operation at ``now``."""
        for name, outage in OUTAGES.items():
            if name not in self._outages or outage.status is None:
                continue
            end = self._outages[name]
            if end is not None and end <= now:
                del self._outages[name]
            elif outage.tokens or operation != "token":
                left = None if end is None else ceil((end - now).total_seconds())
                return outage.status, _retry_after(left if outage.status in _TEMPORARY else None)
        return None

    def date_offset(self, now: datetime) -> float:
        """Return the seconds by which the Date of replies is ahead at ``now``."""
        ends = self._outages.items()
        return sum(OUTAGES[name].date_offset for name, end in ends if end is None or now < end)


_TEMPORARY = (429, 503)
"""Statuses with a Retry-After, if the end of the outage is known."""


def _retry_after(value: float | str | None) -> tuple[Header, ...]:
    if value is None:
        return ()
    text = str(value)
    if not (text.isascii() and text.isprintable()):
        raise SimulatorError("fail_next.retry_after: expected printable ASCII characters")
    return (("Retry-After", text),)
