"""The platform: one account, its calls, clock, tokens and log."""

from collections import deque
from collections.abc import Callable
from datetime import UTC
from random import Random
from threading import RLock

from callcontrol._fork import renewed_in_children
from callcontrol.simulator.core.clock import START, Clock
from callcontrol.simulator.core.fault_plan import FaultPlan
from callcontrol.simulator.core.messages import LoggedRequest
from callcontrol.simulator.core.recordings import FinishedRecordings
from callcontrol.simulator.core.registry import Registry
from callcontrol.simulator.core.tokens import Tokens
from callcontrol.simulator.settings import SimulatorSettings

PRODUCTION = "https://voice.bandwidth.com/api/v2"
"""The vendor's own address; used by a simulator that does not listen on a port."""
LOGGED = 10_000
"""Requests the log keeps; older ones are dropped."""


class Platform:
    """The parts of the platform. Hold ``lock`` to read or change ``calls``."""

    def __init__(self, settings: SimulatorSettings) -> None:
        # S311: ids have to be the same in every run, not hard to guess.
        self.settings = settings
        self.lock = RLock()
        self.clock = Clock(START if settings.start is None else settings.start.astimezone(UTC))
        self.recordings = FinishedRecordings()
        random = Random(settings.seed)  # noqa: S311 - see above
        self.calls = Registry(self.clock, settings.limits, settings.account.account_id, random)
        self.calls.ring_delay = settings.assumptions.ring_delay
        self.tokens = Tokens(self.clock, settings.token_lifetime)
        self.faults = FaultPlan()
        self.log: deque[LoggedRequest] = deque(maxlen=LOGGED)
        self.base_url = PRODUCTION
        self.is_live = False
        """Whether its time is the real one, so that replies have a Date."""
        self.before_download: Callable[[], object] = lambda: None
        """Called when an application gets the address of a file; may set ``base_url``."""
        renewed_in_children(self)

    def renew_after_fork(self) -> None:
        """Replace the lock, which a thread of the parent may hold."""
        self.lock = RLock()

    @property
    def calls_url(self) -> str:
        """The address of the account's calls."""
        return f"{self.base_url}/accounts/{self.settings.account.account_id}/calls"
