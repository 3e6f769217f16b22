"""The platform on a local port in real time, with webhooks to a real server.

    with LiveSimulator(application_url="http://localhost:5000/voice") as live:
        live.dial_in(to="+19195551234")

``LiveRun`` and ``run`` add a log and stop at Ctrl-C: the command ``callcontrol simulate``.
"""

import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from socket import create_connection
from threading import Event
from typing import TextIO

from callcontrol._urls import host_of, port_of
from callcontrol.simulator.client_guide import ClientGuide
from callcontrol.simulator.core.fault_plan import OutageName
from callcontrol.simulator.live_log import LiveLog
from callcontrol.simulator.live_simulator import LiveSimulator
from callcontrol.simulator.settings import Account
from callcontrol.simulator.simulator import Simulator

__all__ = ["LiveRun", "LiveSimulator", "run"]

_NUMBER = "+19195551234"
_INTERVAL = 0.2
"""Seconds between two looks at the application and the end."""
_PATIENCE = 1.0
"""Seconds to wait for a connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRun:
    """A run of a live simulator with its log."""

    guide: ClientGuide = field(default_factory=ClientGuide)
    """The first lines: the settings of a client."""
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


def run(  # noqa: PLR0913 - one for each option of the command
    *,
    port: int = 0,
    application_url: str | None = None,
    speed: float = 1,
    answer_after: float | None = 2,
    allow_hosts: Iterable[str] = (),
    reach: Iterable[str] = (),
    account: Account | None = None,
    held_in: Mapping[str, str] | None = None,
    as_json: bool = False,
    out: TextIO | None = None,
    stop: Event | None = None,
) -> None:
    """Simulate with a log until Ctrl-C, or until ``stop`` is set: a ``LiveRun`` in one call.

    The first seven parameters are those of ``LiveSimulator`` and the account of its simulator,
    ``held_in`` that of ``ClientGuide``.

    :raises SimulatorError: for invalid options.
    """
    live = LiveSimulator(
        port=port,
        application_url=application_url,
        speed=speed,
        answer_after=answer_after,
        allow_hosts=allow_hosts,
        reach=reach,
        simulator=Simulator(account=account),
    )
    guide = ClientGuide(held_in=held_in or {})
    LiveRun(guide=guide, as_json=as_json, out=out).until(live, stop)


def _accepts_connections(url: str) -> bool:
    try:
        create_connection((host_of(url), port_of(url)), _PATIENCE).close()
    except (OSError, UnicodeError):
        return False
    return True
