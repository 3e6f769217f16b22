"""Planned failures of the next REST requests."""

from dataclasses import dataclass

from callcontrol.simulator.core.messages import OPERATION_NAMES, Header, Operation
from callcontrol.simulator.errors import STATUSES, SimulatorError, expect_number


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
    """Planned failures, used in the order in which they were planned."""

    def __init__(self) -> None:
        self._planned: list[PlannedFailure] = []

    def plan(
        self,
        status: int,
        *,
        times: int = 1,
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


def _retry_after(value: float | str | None) -> tuple[Header, ...]:
    if value is None:
        return ()
    text = str(value)
    if not (text.isascii() and text.isprintable()):
        raise SimulatorError("fail_next.retry_after: expected printable ASCII characters")
    return (("Retry-After", text),)
