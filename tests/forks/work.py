"""What each process does with its client, and how its replies are judged."""

import json
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.request import urlopen

from callcontrol import CallControlError, Client

__all__ = ["Outcome", "Served", "client_of", "served", "work"]

TIMEOUT = 30
"""Seconds for a reply: long, because a busy machine is no fault of the client."""


@dataclass
class Outcome:
    """The replies of one process or thread."""

    right: int = 0
    tags: list[str] = field(default_factory=list[str])
    """The tags of the calls that were created."""
    faults: list[str] = field(default_factory=list[str])

    def expect(self, expected: str, got: str) -> None:
        """Count one reply."""
        if got == expected:
            self.right += 1
        else:
            self.faults.append(f"expected the reply about {expected}, got the one about {got}")


def work(client: Client, name: str, requests: int) -> Outcome:
    """Read states and create calls in turn, each with an id of its own."""
    outcome = Outcome()
    for number in range(requests):
        own = f"{name}-{number}"
        try:
            if number % 4:
                outcome.expect(own, client.get_call_state(own).call_id or "nothing")
            else:
                outcome.tags.append(own)
                outcome.expect(f"call-{own}", create(client, own))
        except CallControlError as error:
            outcome.faults.append(f"{own}: {error}")
    return outcome


def create(client: Client, tag: str) -> str:
    """Create a call and return its id."""
    return client.create_call(
        to="+19195551234",
        from_="+19195550000",
        application_id="app",
        answer_url="https://example.com/answer",
        tag=tag,
    ).call_id


@dataclass(frozen=True)
class Served:
    """The platform, in a process of its own."""

    port: int

    def log(self) -> Mapping[str, Any]:
        """Return what is under way and what came."""
        with urlopen(f"http://127.0.0.1:{self.port}/log", timeout=TIMEOUT) as reply:
            log: Mapping[str, Any] = json.load(reply)
            return log


@contextmanager
def served() -> Generator[Served, None, None]:
    """Run the platform as long as the block runs."""
    command = [sys.executable, "-m", "tests.forks.platform"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Served(int(process.stdout.readline()))
        finally:
            process.terminate()


def client_of(port: int) -> Client:
    """Return a client of the platform."""
    base = f"http://127.0.0.1:{port}"
    return Client(
        "9900000",
        client_id="id",
        client_secret="secret",
        base_url=f"{base}/api/v2",
        token_url=f"{base}/token",
        timeout=TIMEOUT,
    )
