"""examples/applications/waiting_room_script.py: the command of an agent."""

import os
import subprocess
import sys
from pathlib import Path

from callcontrol.scripts import Scripts
from callcontrol.scripts.journals import SQLiteJournal
from callcontrol.simulator import Simulator
from examples.applications import waiting_room_script
from examples.applications.waiting_room_script import scripts
from tests.waiting import PATIENCE

NUMBER, DESK = "+19195551234", "+19195550100"
BASE = "http://room.test"
FILE = Path(waiting_room_script.__file__)


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
