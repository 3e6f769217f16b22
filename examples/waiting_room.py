"""A waiting room whose BXML is replaced on the live call as soon as an agent is free.

    python waiting_room.py wait CALL_ID          music and an announcement, again and again
    python waiting_room.py connect CALL_ID +19195550100     the caller goes to this agent

Needs BW_ACCOUNT_ID with BW_CLIENT_ID and BW_CLIENT_SECRET in the environment.
"""

import sys

from bxml import Bxml, PhoneNumber, PlayAudio, SpeakSentence
from callcontrol import CallControlError, Client

MUSIC = "https://ivr.example.com/audio/waiting.mp3"
ROUNDS = 20

waiting = Bxml()
for _ in range(ROUNDS):
    waiting = waiting.append(SpeakSentence("All agents are busy. Please hold."), PlayAudio(MUSIC))
waiting = waiting.speak_sentence("Nobody is free today. Please call again.").hangup()


def connect(agent: str) -> Bxml:
    """Return what replaces the music: a transfer to the agent, with an answer if that fails."""
    return (
        Bxml()
        .speak_sentence("Thank you for waiting.")
        .transfer(
            PhoneNumber(agent),
            call_timeout=20,
            transfer_complete_url="https://ivr.example.com/after-transfer",
        )
    )


def main(action: str, call_id: str, agent: str = "") -> None:
    """Push the waiting room, or the transfer that ends it, to a live call."""
    with Client.from_env() as client:
        document = waiting if action == "wait" else connect(agent)
        try:
            client.update_call_bxml(call_id, document)
        except CallControlError as error:
            sys.exit(f"not done: {error}")
    print(f"{action}: the call runs {len(document)} new verbs")


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main(*sys.argv[1:])
