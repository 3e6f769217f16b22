"""What ``callcontrol simulate`` does: the platform in real time, with a log, until Ctrl-C."""

import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from socket import create_connection
from threading import Event
from typing import TextIO

from callcontrol._urls import host_of, port_of
from callcontrol.simulator.client_guide import ClientGuide
from callcontrol.simulator.core.fault_plan import OutageName
from callcontrol.simulator.live import LiveSimulator
from callcontrol.simulator.live_log import LiveLog

__all__ = ["LiveRun"]

_NUMBER = "+19195551234"
_INTERVAL = 0.2
"""Seconds between two looks at the application and the end."""
_PATIENCE = 1.0
"""Seconds to wait for a connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRun:
    """A run of a live simulator with its log."""

    guide: ClientGuide = field(default_factory=ClientGuide)
    """What the first lines tell clients to set."""
    outages: Sequence[tuple[OutageName, float | None]] = ()
    """Outages from the start on, with their seconds."""
    as_json: bool = False
    """Whether each line is a JSON object."""
    out: TextIO | None = None
    """Where the log goes; None for standard output."""

    def until(self, live: LiveSimulator, stop: Event | None = None) -> None:
        """Simulate until Ctrl-C, or until ``stop`` is set, and write a line for each observation.

        One call comes in if the simulator has an ``application_url``, once it accepts connections:
        an application that needs the first lines can be started after them.

        :raises SimulatorError: if the port is taken, or an outage is impossible.
        """
        log = LiveLog(self.out or sys.stdout, live.simulator, as_json=self.as_json)
        live.observers.append(log.observe)
        ended = stop or Event()
        with live, suppress(KeyboardInterrupt):
            for name, seconds in self.outages:
                live.simulator.begin_outage(name, seconds=seconds)
            log.ready(self.guide)
            url = live.application_url
            if url is not None and not _accepts_connections(url):
                log.waiting(url)
            while not log.is_broken:
                if url is not None and _accepts_connections(url):
                    live.dial_in(to=_NUMBER)
                    url = None
                if ended.wait(_INTERVAL):
                    break


def _accepts_connections(url: str) -> bool:
    try:
        create_connection((host_of(url), port_of(url)), _PATIENCE).close()
    except (OSError, UnicodeError):
        return False
    return True
