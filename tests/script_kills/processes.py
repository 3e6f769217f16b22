"""Processes that serve one journal, and that are killed."""

import multiprocessing
import random
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Self
from wsgiref.types import StartResponse, WSGIEnvironment

from tests.script_kills import clerk

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.script_kills.clerk"])
PATIENCE = 120.0
"""Seconds after which a process counts as hung."""
_LONGEST_DELAY = 0.008
"""Seconds after a request within which a process is killed."""

Reply = tuple[int, bytes]


class Worker:
    """A process with its own objects; it is started again when it was killed."""

    def __init__(self, journal: Path, notes: Path) -> None:
        self._paths = journal, notes
        self._process, self._connection = self._start()

    def _start(self) -> tuple[BaseProcess, Connection]:
        ours, theirs = _FORKS.Pipe()
        process = _FORKS.Process(target=clerk.serve, args=(theirs, *self._paths), daemon=True)
        process.start()
        theirs.close()
        return process, ours

    def send(self, query: str, body: bytes) -> None:
        """Send a request."""
        self._connection.send((query, body))

    def receive(self) -> Reply | None:
        """Return the reply; None if the process was killed before it gave one."""
        with suppress(EOFError, OSError):
            assert self._connection.poll(PATIENCE), "no reply"
            found: Reply = self._connection.recv()
            return found
        return None

    def ask(self, query: str, body: bytes) -> Reply | None:
        """Send a request and return the reply; None if the process was killed."""
        with suppress(OSError):
            self.send(query, body)
            return self.receive()
        return None

    def kill(self) -> None:
        """Kill the process with SIGKILL."""
        self._process.kill()

    def restart(self) -> None:
        """Start another process in its place."""
        self.kill()
        self._process.join(PATIENCE)
        self._connection.close()
        self._process, self._connection = self._start()

    def close(self) -> None:
        """End the process."""
        self._connection.close()
        self.kill()
        self._process.join(PATIENCE)


@dataclass
class Workers:
    """Several processes on one journal, behind what chooses one for each webhook."""

    journal: Path
    notes: Path
    chance: random.Random
    count: int = 2
    kills_left: int = 0
    every: int = 4
    """A process is killed at one webhook of so many."""
    webhooks: int = 0
    kills: int = 0
    cut: int = 0
    """Kills that left a webhook without a reply."""
    faults: list[str] = field(default_factory=list[str])
    _workers: list[Worker] = field(default_factory=list[Worker])

    def __enter__(self) -> Self:
        self._workers += [Worker(self.journal, self.notes) for _ in range(self.count)]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for worker in self._workers:
            worker.close()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one webhook of the simulator."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        status, text = self._answered(environ["QUERY_STRING"], body)
        start_response(f"{status} Status", [("Content-Type", "application/xml")] if text else [])
        return [text]

    def _answered(self, query: str, body: bytes) -> Reply:
        """Return a reply: of another process if the one that was asked has been killed."""
        self.webhooks += 1
        reply = self._asked(query, body)
        while reply is None:
            self.cut += 1
            reply = self._asked(query, body)
        again = self._asked(query, body)  # as when the first reply was lost
        if again is not None and again != reply:
            self.faults.append(f"the reply has changed: {reply!r}, then {again!r}")
        return reply

    def _asked(self, query: str, body: bytes) -> Reply | None:
        worker = self.chance.choice(self._workers)
        if not self.kills_left or self.chance.randrange(self.every):
            return worker.ask(query, body)
        self.kills_left -= 1
        self.kills += 1
        killer = threading.Timer(self.chance.uniform(0, _LONGEST_DELAY), worker.kill)
        killer.start()
        reply = worker.ask(query, body)
        killer.join()
        worker.restart()
        return reply

    def both(self, query: str, body: bytes) -> tuple[Reply | None, ...]:
        """Send one webhook to all processes at once, and return their replies."""
        for worker in self._workers:
            worker.send(query, body)
        return tuple(worker.receive() for worker in self._workers)
