"""Endpoints of Bandwidth Real-Time Communications, which no device ever joins (S9)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from random import Random
from uuid import UUID

from callcontrol.simulator.core.clock import Clock

LIFETIME = timedelta(hours=24)
"""How long an endpoint lives (BRTC guide of the vendor)."""


@dataclass(frozen=True, slots=True)
class WebEndpoint:
    """One endpoint."""

    endpoint_id: str
    serial: int
    """Place in the order of creation, from 1."""
    created: datetime
    tag: str | None

    @property
    def expires(self) -> datetime:
        """When it ends by itself."""
        return self.created + LIFETIME


class WebEndpoints:
    """The endpoints of a platform."""

    def __init__(self, clock: Clock, seed: int) -> None:
        # S311: ids have to be the same in every run, not hard to guess.
        self._random = Random(f"endpoints {seed}")  # noqa: S311 - see above
        self._clock = clock
        self._serials = count(1)
        self._by_id: dict[str, WebEndpoint] = {}

    def create(self, tag: str | None) -> WebEndpoint:
        """Add an endpoint."""
        number = UUID(int=self._random.getrandbits(128), version=4)
        made = WebEndpoint(f"e-{number}", next(self._serials), self._clock.now, tag)
        self._by_id = {it.endpoint_id: it for it in self.living}
        self._by_id[made.endpoint_id] = made
        return made

    @property
    def living(self) -> list[WebEndpoint]:
        """The endpoints that have not ended, oldest first."""
        return [it for it in self._by_id.values() if it.expires > self._clock.now]

    def get(self, endpoint_id: str) -> WebEndpoint | None:
        """Return an endpoint, None if it is unknown or has ended."""
        found = self._by_id.get(endpoint_id)
        return found if found is not None and found.expires > self._clock.now else None

    def delete(self, endpoint_id: str) -> None:
        """End an endpoint."""
        del self._by_id[endpoint_id]
