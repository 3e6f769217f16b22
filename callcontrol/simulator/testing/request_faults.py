"""REST requests that fail because a test or the command line wants them to."""

from callcontrol.simulator.core.fault_plan import OutageName
from callcontrol.simulator.core.messages import Operation
from callcontrol.simulator.core.platform import Platform


class RequestFaults:
    """Plans failures of the next requests, and outages."""

    _platform: Platform

    def fail_next(
        self,
        status: int,
        *,
        times: int = 1,
        retry_after: float | str | None = None,
        operation: Operation | None = None,
        processed: bool = False,
    ) -> None:
        """Make the next ``times`` requests with good credentials fail with ``status``.

        ``status`` is 400 to 415, 429, 500 or 503 as the platform has them, or 502 or 504 with a
        gateway's web page as body. ``retry_after`` becomes the Retry-After header.
        ``operation`` limits this to one; ``"token"`` is the token endpoint. ``processed`` lets
        the operation take effect first and loses its reply.

        :raises SimulatorError: for a status the platform does not have.
        """
        with self._platform.lock:
            self._platform.faults.plan(
                status,
                times=times,
                retry_after=retry_after,
                operation=operation,
                processed=processed,
            )

    def begin_outage(self, name: OutageName, *, seconds: float | None = None) -> None:
        """Make all requests with good credentials fail for ``seconds``, or until ``end_outages``.

        ``name`` is ``"forbidden"`` (403: the credentials have no role of voice), ``"unpaid"``
        (402: the account has no credit), ``"account-limit"`` (429), ``"maintenance"`` (503, the
        token endpoint included) or ``"clock"`` (requests succeed, but the Date of a
        ``LiveSimulator`` is an hour ahead). ``seconds`` are those of the simulator's time; with
        them, the statuses 429 and 503 have a Retry-After header.

        :raises SimulatorError: for another name, and for a negative number of seconds.
        """
        with self._platform.lock:
            self._platform.faults.begin_outage(name, self._platform.clock.now, seconds)

    def end_outages(self) -> None:
        """End every outage."""
        with self._platform.lock:
            self._platform.faults.end_outages()

    def expire_tokens(self) -> None:
        """Expire every bearer token issued so far."""
        with self._platform.lock:
            self._platform.tokens.expire_all()
