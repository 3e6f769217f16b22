"""Faults between the simulator and the application, as a test plans them."""

from callcontrol.simulator.applications import ApplicationError, Router
from callcontrol.simulator.applications.fault_injection import delaying, failing, replying, twice
from callcontrol.simulator.core.webhooks import Failure


class WebhookFaults:
    """Plans faults of the next webhooks; ``Simulator.webhooks``.

    Every method takes ``event_type``, the wire name of a kind such as ``gather``, to leave other
    webhooks alone, and ``times``, the number of exchanges with the fault. A repeat after a lost
    connection, a fallback and the answer to a Basic challenge are exchanges too. The fault that
    was planned first comes first.

    :raises SimulatorError: for an invalid value.
    """

    def __init__(self, router: Router) -> None:
        self._router = router

    def fail(self, how: int | Failure, *, times: int = 1, event_type: str | None = None) -> None:
        """Keep webhooks away from the application.

        ``how`` is the HTTP status that the platform gets instead, or what it gets instead of a
        reply: timeout, unreachable, reset, garbage (something that is not HTTP).
        """
        fault = replying(how) if isinstance(how, int) else failing(how)
        self._router.planned_faults.plan(fault, times=times, event_type=event_type)

    def delay(self, seconds: float, *, times: int = 1, event_type: str | None = None) -> None:
        """Let replies take ``seconds`` of virtual time; after the timeout they are lost."""
        self._router.planned_faults.plan(delaying(seconds), times=times, event_type=event_type)

    def duplicate(self, *, times: int = 1, event_type: str | None = None) -> None:
        """Deliver webhooks twice, as the platform may; the first reply counts."""
        self._router.planned_faults.plan(twice, times=times, event_type=event_type)

    def hold(self, *, times: int = 1, event_type: str | None = None) -> None:
        """Deliver webhooks after the one that follows them.

        Only those that wait for no reply, such as disconnect or recordingAvailable.
        """
        plan = self._router.planned_faults.plan
        plan(self._router.hold, times=times, event_type=event_type, only_async=True)

    @property
    def errors(self) -> tuple[ApplicationError, ...]:
        """Exceptions of the application so far, oldest first; the cause is the original."""
        return tuple(self._router.errors)

    def forgive(self) -> tuple[ApplicationError, ...]:
        """Return ``errors`` and clear them, so that they do not fail the test."""
        errors, self._router.errors[:] = tuple(self._router.errors), []
        return errors
