"""One case: a way to start children, their number, and what another thread does meanwhile."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from threading import Thread
from time import monotonic, sleep

from callcontrol import Client
from callcontrol._secret import Secret
from tests.forks.children import PATIENCE, STARTS, Job
from tests.forks.work import Outcome, Served, client_of, served, work

__all__ = ["SITUATIONS", "Case", "faults_of"]

WARM = 6
"""Connections that are open before the fork."""


def _nothing(_client: Client, _name: str) -> Outcome:
    return Outcome()


def _slow_read(client: Client, name: str) -> Outcome:
    return _one(client, f"slow-{name}")


def _first_read(client: Client, name: str) -> Outcome:
    return _one(client, f"token-{name}")


def _retried_read(client: Client, name: str) -> Outcome:
    return _one(client, f"retry-{name}")


def _one(client: Client, call_id: str) -> Outcome:
    outcome = Outcome()
    outcome.expect(call_id, client.get_call_state(call_id).call_id or "nothing")
    return outcome


SITUATIONS: Mapping[str, tuple[Callable[[Client, str], Outcome], Callable[[Served], int]]] = {
    "nothing": (_nothing, lambda _: 1),
    "request": (_slow_read, lambda it: it.log()["waiting"].get("read", 0)),
    "token": (_first_read, lambda it: it.log()["waiting"].get("token", 0)),
    "retry": (_retried_read, lambda it: it.log()["refused"]),
}
"""What another thread does at the time of the fork, and how the platform knows."""


def _warmed(port: int, situation: str) -> Client:
    client = client_of(port)
    with ThreadPoolExecutor(WARM) as threads:
        list(threads.map(client.get_call_state, [f"slow-warm-{number}" for number in range(WARM)]))
    if situation == "token":
        client._account.auth.renew(Secret("Bearer token"))
    return client


@dataclass(frozen=True)
class Case:
    """A parent that uses a client, and children that use it too."""

    start: str
    """One of ``STARTS``."""
    children: int
    situation: str
    """One of ``SITUATIONS``."""

    def __str__(self) -> str:
        return f"{self.start}, {self.children} children, {self.situation}"


def faults_of(case: Case, requests: int) -> list[str]:
    """Let every process make so many requests, and return what went wrong."""
    act, is_there = SITUATIONS[case.situation]
    name = str(case).replace(", ", "-").replace(" ", "-")
    outcomes: list[Outcome] = []
    with served() as platform, _warmed(platform.port, case.situation) as client:
        other = Thread(target=lambda: outcomes.append(act(client, name)))
        other.start()
        deadline = monotonic() + PATIENCE
        while not is_there(platform) and monotonic() < deadline:
            sleep(0.01)
        jobs = [Job(f"{name}-{number}", requests, platform.port) for number in range(case.children)]
        children = [STARTS[case.start](client, job) for job in jobs]
        outcomes.append(work(client, f"{name}-parent", requests))
        outcomes += [child.outcome() for child in children]
        other.join()
        expected = (case.children + 1) * requests + (case.situation != "nothing")
        return list(_faults(outcomes, platform.log()["created"], expected))


def _faults(outcomes: list[Outcome], created: Mapping[str, int], expected: int) -> Iterator[str]:
    yield from chain.from_iterable(outcome.faults for outcome in outcomes)
    for tag in chain.from_iterable(outcome.tags for outcome in outcomes):
        if created.get(tag) != 1:
            yield f"{tag}: created {created.get(tag, 0)} times"
    right = sum(outcome.right for outcome in outcomes)
    if right != expected:
        yield f"expected {expected} right replies, got {right}"
