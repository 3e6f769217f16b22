"""Places the calls of a soak and interferes with their application."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from socket import create_server
from threading import Event, Lock, Thread
from typing import TextIO

from callcontrol.client import Client
from callcontrol.simulator import Limits, Simulator
from callcontrol.simulator.core.leg import VoiceApplication
from callcontrol.simulator.core.observations import Changed, Fetched, Observation
from callcontrol.simulator.core.observations import Sent as SentObservation
from callcontrol.simulator.core.webhooks import Target
from callcontrol.simulator.live import LiveSimulator
from tests.soak.logs import Attempt, Ended, Entry, Placed, Sent, Server, write
from tests.soak.memory import Sample, resident

__all__ = ["Load", "run"]

TIMEOUT = 5
"""Seconds that a webhook waits for its reply."""
DOWN, STALLED = 3.0, 8.0
"""Seconds without an application, and with one that is stopped."""
QUIET = 15.0
"""Seconds without anything new after which a soak is over: nothing waits longer."""
LONGEST = 120.0
CALLER, CALLED = "+19195550100", "+19195550101"
KEPT = 500
"""Ended calls that the simulator keeps."""


class _Application:
    """An application process that can be killed, started again and stopped."""

    def __init__(self, log: Path, name: Server, ports: Mapping[Server, int]) -> None:
        self.url = f"http://127.0.0.1:{ports[name]}/voice"
        """Where it receives webhooks."""
        self._arguments = (str(log), name, str(ports["primary"]), str(ports["fallback"]))
        self._process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        command = (sys.executable, "-m", "tests.soak.application", *self._arguments)
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        return process

    def kill(self) -> None:
        """End the process in the middle of whatever it does."""
        self._process.kill()
        self._process.communicate()

    def restart(self, stop: Event) -> None:
        """Kill it, and start it again a little later."""
        self.kill()
        stop.wait(DOWN)
        self._process = self._started()

    def stall(self, stop: Event) -> None:
        """Stop it for longer than a webhook waits."""
        os.kill(self._process.pid, signal.SIGSTOP)
        try:
            stop.wait(STALLED)
        finally:
            os.kill(self._process.pid, signal.SIGCONT)


class Load:
    """What one soak has measured."""

    def __init__(self, seconds: float, rate: float, folder: Path) -> None:
        self.seconds = seconds
        self.rate = rate
        self.simulator_log = folder / "simulator.log"
        self.application_log = folder / "application.log"
        self.samples: list[Sample] = []
        self.latest = 0.0
        """Seconds by which the worst call was placed late."""


class _Observer:
    """Writes down what the simulator does."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._lock = Lock()
        self.last = time.monotonic()

    def write(self, entry: Entry) -> None:
        """Append an entry, from any thread."""
        with self._lock:
            self._file.write(write(entry))
        self.last = time.monotonic()

    def observe(self, seen: Observation) -> None:
        """Append what there is to know about an observation."""
        match seen:
            case SentObservation(event=event):
                self.write(Sent(seen.call_id, event.event_type))
            case Fetched(event_type=str(event_type)):
                status = "" if seen.status is None else str(seen.status)
                self.write(
                    Attempt(seen.call_id, event_type, seen.attempt, status, seen.failure or "")
                )
            case Changed(state="disconnected"):
                self.write(Ended(seen.call_id, str(seen.cause)))
            case _:
                pass


def run(load: Load) -> None:
    """Place the calls, and fill in what was measured."""
    ports: Mapping[Server, int] = {"primary": _free_port(), "fallback": _free_port()}
    primary = _Application(load.application_log, "primary", ports)
    fallback = _Application(load.application_log, "fallback", ports)
    limits = Limits(calls_per_second=1000, active_calls=None, ended_calls=KEPT)
    live = LiveSimulator(simulator=Simulator(limits=limits), answer_after=1)
    try:
        with load.simulator_log.open("w", encoding="ascii") as file:
            observer = _Observer(file)
            live.observers.append(observer.observe)
            with live, live.simulator.client() as client, _interfering(primary, load.seconds):
                places = (
                    partial(_dial_in, live, primary.url),
                    partial(_call_out, client, primary.url, fallback.url),
                )
                began = time.monotonic()
                with _sampling(load, began):
                    _place(load, began, places, observer)
                    _settle(observer)
    finally:
        primary.kill()
        fallback.kill()


def _free_port() -> int:
    with create_server(("127.0.0.1", 0)) as reserved:
        port: int = reserved.getsockname()[1]
    return port


def _place(
    load: Load, began: float, places: tuple[Callable[[], str], ...], observer: _Observer
) -> None:
    for number in range(int(load.seconds * load.rate)):
        late = time.monotonic() - began - number / load.rate
        if late < 0:
            time.sleep(-late)
        load.latest = max(load.latest, late)
        observer.write(Placed(places[number % len(places)]()))


def _settle(observer: _Observer) -> None:
    """Wait until nothing has happened for a while."""
    limit = time.monotonic() + LONGEST
    while time.monotonic() < min(limit, observer.last + QUIET):
        time.sleep(0.5)


def _dial_in(live: LiveSimulator, url: str) -> str:
    """Let a call come in whose first webhook has no fallback."""
    application = VoiceApplication(
        initiated=Target(url=url), status=Target(url=url), callback_timeout=TIMEOUT
    )
    engine = live._engine
    return live._call(partial(engine.dial_in, from_=CALLER, to=CALLED, application=application))


def _call_out(client: Client, url: str, fallback: str) -> str:
    """Place a call over REST whose first webhook has a fallback."""
    return client.create_call(
        to=CALLED,
        from_=CALLER,
        application_id="soak",
        answer_url=url,
        answer_fallback_url=fallback,
        disconnect_url=url,
        callback_timeout=TIMEOUT,
    ).call_id


@contextmanager
def _interfering(server: _Application, seconds: float) -> Generator[None]:
    """Restart the application at second 20 of each minute, and stall it at second 40."""
    stop = Event()
    acts: Mapping[int, Callable[[Event], None]] = {20: server.restart, 40: server.stall}

    def interfere() -> None:
        began = time.monotonic()
        for minute in range(int(seconds // 60) + 1):
            for second, act in acts.items():
                at = minute * 60 + second
                if at > seconds or stop.wait(max(0.0, began + at - time.monotonic())):
                    return
                act(stop)

    thread = Thread(target=interfere)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def _sampling(load: Load, began: float) -> Generator[None]:
    """Measure the memory of this process every second while calls are placed."""
    stop = Event()

    def sample() -> None:
        while not stop.wait(1) and (at := time.monotonic() - began) < load.seconds:
            load.samples.append(Sample(at, resident()))

    thread = Thread(target=sample)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
