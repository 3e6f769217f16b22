"""Failures on demand: the next requests are refused as the platform might refuse them."""

from dataclasses import dataclass

from callcontrol.simulator.errors import STATUSES, Refusal, SimulatorError, expect_number
from callcontrol.simulator.rest.messages import OPERATION_NAMES, Header, Operation

__all__ = ["Fault", "Faults"]


@dataclass(slots=True)
class Fault:
    """Requests that are going to fail, all in the same way."""

    left: int
    """How many."""
    status: int
    headers: tuple[Header, ...]
    operation: Operation | None
    """The operation it waits for; None is any."""
    processed: bool
    """Whether the operation takes effect before its reply is replaced by the failure."""

    def refusal(self) -> Refusal:
        """Return the failure as the platform would put it."""
        return Refusal(self.status, headers=self.headers)


class Faults:
    """Failures that wait for their request, first planned first served."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

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
        self._waiting.append(Fault(times, status, headers, operation, processed))

    def take(self, operation: Operation) -> Fault | None:
        """Return the failure that waits for ``operation``, which counts as having met it."""
        for fault in self._waiting:
            if fault.operation in (None, operation):
                fault.left -= 1
                if fault.left < 1:
                    self._waiting.remove(fault)
                return fault
        return None


def _retry_after(value: float | str | None) -> tuple[Header, ...]:
    if value is None:
        return ()
    text = str(value)
    if not (text.isascii() and text.isprintable()):
        raise SimulatorError("fail_next.retry_after: expected printable ASCII characters")
    return (("Retry-After", text),)
