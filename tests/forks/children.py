"""Ways to start processes, and to hear from them."""

import json
import multiprocessing
import os
import select
import signal
import warnings
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from multiprocessing.connection import Connection
from time import monotonic
from typing import Any, Literal, cast

from callcontrol import Client
from tests.forks.work import Outcome, client_of, work

__all__ = ["PATIENCE", "STARTS", "Child", "Job", "Start", "forked"]

PATIENCE = 60.0
"""Seconds after which a child counts as hung."""


@dataclass(frozen=True)
class Job:
    """What one child is to do."""

    name: str
    requests: int
    port: int


class Child:
    """A process that sends one JSON value and ends."""

    def __init__(self, pid: int, pipe: int, reap: Callable[[], object]) -> None:
        self._pid = pid
        self._pipe = pipe
        self._reap = reap

    def value(self) -> object:
        """Return what the child sends; a child that hangs is ended."""
        sent = b"".join(self._pieces())
        os.close(self._pipe)
        if not sent:
            os.kill(self._pid, signal.SIGKILL)
        self._reap()
        return json.loads(sent or b'"nothing: it hung or died"')

    def _pieces(self) -> Iterator[bytes]:
        deadline = monotonic() + PATIENCE
        while select.select([self._pipe], [], [], max(0.0, deadline - monotonic()))[0]:
            piece = os.read(self._pipe, 65_536)
            if not piece:
                return
            yield piece

    def outcome(self) -> Outcome:
        """Return the outcome of the child's job."""
        value = self.value()
        if isinstance(value, dict):
            return Outcome(**cast("dict[str, Any]", value))
        return Outcome(faults=[f"expected an outcome, got {value}"])


@contextmanager
def _threads_allowed() -> Generator[None, None, None]:
    """Fork although there are threads, of which Python 3.12 and later warn: that is the test."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
        yield


def forked(act: Callable[[], object]) -> Child:
    """Fork, and let the child send what ``act`` returns, or the error that it raises."""
    ours, theirs = os.pipe()
    with _threads_allowed():
        pid = os.fork()
    if pid == 0:
        _send(theirs, act)
    os.close(theirs)
    return Child(pid, ours, partial(os.waitpid, pid, 0))


def _send(pipe: int, act: Callable[[], object]) -> None:
    try:
        value = act()
    except BaseException as error:  # noqa: BLE001 - nothing may return into the copied test
        value = repr(error)
    os.write(pipe, json.dumps(value).encode())
    os._exit(0)


def _with_fork(client: Client, job: Job) -> Child:
    return forked(lambda: asdict(work(client, job.name, job.requests)))


def _send_over(pipe: Connection, outcome: Outcome) -> None:
    os.write(pipe.fileno(), json.dumps(asdict(outcome)).encode())


def _work_inherited(client: Client, job: Job, pipe: Connection) -> None:
    _send_over(pipe, work(client, job.name, job.requests))


def _work_anew(job: Job, pipe: Connection) -> None:
    with client_of(job.port) as client:
        _send_over(pipe, work(client, job.name, job.requests))


def _with_multiprocessing(method: Literal["fork", "spawn"], client: Client, job: Job) -> Child:
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = (
        multiprocessing.get_context("fork").Process(
            target=_work_inherited, args=(client, job, theirs)
        )
        if method == "fork"
        else multiprocessing.get_context("spawn").Process(target=_work_anew, args=(job, theirs))
    )
    with _threads_allowed():
        process.start()
    theirs.close()
    pipe = os.dup(ours.fileno())
    ours.close()
    return Child(process.pid or 0, pipe, process.join)


Start = Callable[[Client, Job], Child]

STARTS: Mapping[str, Start] = {
    "os.fork": _with_fork,
    "multiprocessing fork": partial(_with_multiprocessing, "fork"),
    "multiprocessing spawn": partial(_with_multiprocessing, "spawn"),
}
