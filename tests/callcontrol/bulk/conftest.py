"""A simulator with callers who wait, and callers who talk to an agent."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from bxml import MEDIA_TYPE, Bxml, PhoneNumber, Response
from callcontrol import Client
from callcontrol.bulk import RunOptions, Safety
from callcontrol.simulator import Simulator

if TYPE_CHECKING:
    from callcontrol.simulator.testing.phone_call import PhoneCall

LINE = "+19195551234"
AGENT = "+19195554321"
NEWS = Bxml().speak_sentence("We are back soon.").pause(duration=600)
QUICK = RunOptions(safety=Safety(canary_seconds=0.05))
"""The state of the canary is read soon: the simulator's clock does not run by itself."""


def line(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Let callers wait, connect those who call for an agent, and have no audio."""
    path = environ["PATH_INFO"]
    if path.endswith(".wav"):
        start_response("404 Not Found", [])
        return [b""]
    start_response("200 OK", [("Content-Type", MEDIA_TYPE)])
    if path == "/agent":
        script = Response().transfer(PhoneNumber(AGENT), transfer_complete_url="/wait")
    else:
        script = Response().pause(duration=3600)
    return [script.to_bytes()]


@dataclass
class Outage:
    """A simulator, its callers and a client."""

    simulator: Simulator
    client: Client
    folder: Path
    callers: "list[PhoneCall]" = field(default_factory=list["PhoneCall"])

    @property
    def journal(self) -> Path:
        """A file for the journal."""
        return self.folder / "bulk.db"

    def wait(self, count: int) -> list[str]:
        """Let some callers wait, and return the ids of their calls."""
        made = [self.simulator.dial_in(line, to=LINE, url="/wait") for _ in range(count)]
        self.callers += made
        return [each.call_id for each in made]

    def talk(self) -> "tuple[PhoneCall, PhoneCall]":
        """Let a caller talk to an agent, and return both phones."""
        caller = self.simulator.dial_in(line, to=LINE, url="/agent")
        [agent] = caller.legs
        agent.answer()
        return caller, agent

    def documents(self, call_id: str) -> int:
        """Return how often a call was given a document by a push."""
        pushed = f"/calls/{call_id}/bxml"
        return sum(request.path.endswith(pushed) for request in self.simulator.requests)


@pytest.fixture
def outage(tmp_path: Path) -> Iterator[Outage]:
    """Run a simulator."""
    with Simulator() as simulator:
        yield Outage(simulator, simulator.client(), tmp_path)


@pytest.fixture
def simulator_environment(outage: Outage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands use the simulator."""
    simulator = outage.simulator
    for variable in ("BW_USERNAME", "BW_PASSWORD", "BW_JOURNAL"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("BW_ACCOUNT_ID", simulator.account_id)
    monkeypatch.setenv("BW_CLIENT_ID", simulator.client_id)
    monkeypatch.setenv("BW_CLIENT_SECRET", simulator.client_secret)
    monkeypatch.setenv("BW_VOICE_URL", simulator.base_url)
    monkeypatch.setenv("BW_TOKEN_URL", simulator.token_url)
