"""examples/applications/waiting_room_script.py: callers hear what they hear from its webhooks."""

import os
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from callcontrol.client import Client
from callcontrol.scripts import Scripts
from callcontrol.scripts.journals import SQLiteJournal
from callcontrol.simulator import Simulator
from callcontrol.simulator.testing.phone_call import PhoneCall
from examples.applications import waiting_room_agent, waiting_room_script, waiting_room_wsgi
from examples.applications.waiting_room_script import AGENT, app, scripts
from tests.waiting import PATIENCE

NUMBER, DESK = "+19195551234", "+19195550100"
BASE = "http://room.test"
CALLERS = 60
FILE = Path(waiting_room_script.__file__)


@dataclass
class Room:
    """One form of the waiting room: its caller, and how an agent becomes free."""

    caller: PhoneCall
    free: Callable[[], object]


def room_of(kind: Literal["script", "webhooks"], simulator: Simulator) -> Room:
    """Let a caller dial in."""
    client = simulator.client()
    if kind == "script":
        scripts.renew_memory()
        url = f"{BASE}/voice/"
        agents = Scripts(
            waiting_room_script.waiting_room, journal=scripts.journal, client=client, base_url=url
        )
        caller = simulator.dial_in(
            app, to=NUMBER, base_url=BASE, url="/voice/", status_url="/voice/", run=False
        )
        return Room(caller, lambda: agents.signal_first(AGENT, DESK))
    room = waiting_room_wsgi.WaitingRoom()
    caller = simulator.dial_in(
        room, to=NUMBER, base_url=BASE, url="/voice", status_url="/voice", run=False
    )
    return Room(caller, lambda: free_by_webhooks(room, client))


def free_by_webhooks(room: waiting_room_wsgi.WaitingRoom, client: Client) -> None:
    """Do what ``waiting_room_agent.py`` does, in this process."""
    if room.line:
        client.update_call_bxml(room.line.popleft(), waiting_room_agent.connect(BASE, DESK))


def call(kind: Literal["script", "webhooks"], seed: int) -> tuple[object, ...]:
    """Return a whole call: what was heard, and how it ended."""
    chance = random.Random(seed)  # noqa: S311 - the same caller each time
    with Simulator() as simulator:
        room = room_of(kind, simulator)
        room.caller.waits(seconds=1.3)
        for _ in range(chance.randint(1, 8)):
            act(room, chance.choice(("wait", "wait", "free", "answer", "busy", "leave")), chance)
        if not room.caller.ended:
            room.caller.hang_up()
        return room.caller.transcript, room.caller.cause, len(room.caller.legs)


def act(room: Room, action: str, chance: random.Random) -> None:
    """Do one action, as far as it is possible."""
    if room.caller.ended:
        return
    ringing = [leg for leg in room.caller.legs if not leg.ended]
    if ringing and action in ("answer", "busy", "leave"):
        if action == "answer":
            ringing[0].answer(run=False)
            room.caller.waits(seconds=30.3)
            ringing[0].hang_up()
        else:
            ringing[0].busy()
    elif action == "leave" and chance.random() < 0.3:
        room.caller.hang_up()
    elif action == "free":
        room.free()
    if not room.caller.ended:
        room.caller.waits(seconds=chance.choice((3.1, 31.7)))


def test_random_callers_hear_the_same() -> None:
    """However agents come and go."""
    for seed in range(CALLERS):
        assert call("script", seed) == call("webhooks", seed), seed


def test_an_agent_in_another_process(tmp_path: Path) -> None:
    """Finds the caller by the journal that both share, and pushes the transfer."""
    journal = SQLiteJournal(tmp_path / "room.db")
    room = Scripts(waiting_room_script.waiting_room, journal=journal)
    waiting_room_script.scripts, own = room, scripts
    try:
        with Simulator() as simulator:
            caller = simulator.dial_in(
                room, to=NUMBER, base_url=f"{BASE}/voice/", status_url="", run=False
            )
            environment = {
                **os.environ,
                "JOURNAL": f"sqlite:///{tmp_path}/room.db",
                "BW_ACCOUNT_ID": simulator.account_id,
                "BW_CLIENT_ID": simulator.client_id,
                "BW_CLIENT_SECRET": simulator.client_secret,
                "BW_VOICE_URL": simulator.base_url,
                "BW_TOKEN_URL": simulator.token_url,
            }
            simulator.client()
            done = subprocess.run(
                [sys.executable, str(FILE), f"{BASE}/voice/", DESK],
                env=environment,
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )
            assert (done.stdout, done.stderr) == (f"connected: {caller.call_id}\n", "")
            caller.waits(seconds=5)
            assert caller.transferring_to == [DESK]
    finally:
        waiting_room_script.scripts = own
        journal.close()


def test_the_script_is_shorter() -> None:
    """By two fifths at least, without blank lines."""
    lines = [
        sum(
            bool(line.strip()) for line in Path(str(module.__file__)).read_text("utf-8").split("\n")
        )
        for module in (waiting_room_script, waiting_room_wsgi, waiting_room_agent)
    ]
    assert lines[0] <= 0.6 * (lines[1] + lines[2])
