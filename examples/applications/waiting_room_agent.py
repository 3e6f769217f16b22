"""Connect a free agent with the caller who has waited longest in the waiting room.

    python waiting_room_agent.py https://room.example.com +19195550100

The first argument is the public address of ``waiting_room_wsgi.py``, the second the agent's phone.
Needs BW_ACCOUNT_ID with BW_CLIENT_ID and BW_CLIENT_SECRET in the environment.
"""

import sys

import requests

from bxml import Bxml, PhoneNumber
from callcontrol import CallControlError, Client, ConflictError, NotFoundError

SECONDS = 10


def ask(room: str, path: str, call_id: str = "") -> str:
    """Return what the waiting room answers."""
    reply = requests.post(f"{room}{path}", data=call_id, timeout=SECONDS)
    reply.raise_for_status()
    return reply.text


def connect(room: str, agent: str) -> Bxml:
    """Return what replaces the music; links are absolute, for a push has no URL of its own."""
    return (
        Bxml()
        .speak_sentence("An agent is free.")
        .transfer(PhoneNumber(agent), call_timeout=20, transfer_complete_url=f"{room}/voice")
    )


def take_next(client: Client, room: str, agent: str) -> str | None:
    """Connect the first caller who is still there; return the call id, None if no caller waits."""
    while call_id := ask(room, "/next"):
        try:
            client.update_call_bxml(call_id, connect(room, agent))
        except (ConflictError, NotFoundError):
            continue  # hung up a moment ago
        except CallControlError:
            ask(room, "/back", call_id)
            raise
        return call_id
    return None


def main(room: str, agent: str) -> None:
    """Take one caller, and say who it was."""
    try:
        with Client.from_env() as client:
            call_id = take_next(client, room.rstrip("/"), agent)
    except (CallControlError, requests.RequestException) as error:
        sys.exit(f"not done: {error}")
    print(f"connected: {call_id}" if call_id else "nobody is waiting")


if __name__ == "__main__":
    main(*sys.argv[1:])
