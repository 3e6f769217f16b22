"""An outbound reminder that distinguishes a person from an answering machine.

    python reminder.py +19195551234

The platform rings the number, listens for a machine and posts ``machineDetectionComplete`` to the
application before it asks for BXML; ``greeting`` is what that application would answer. Needs
BW_ACCOUNT_ID with BW_CLIENT_ID and BW_CLIENT_SECRET, BW_APPLICATION_ID and BW_FROM.
"""

import os
import sys

from bxml import Gather, Response, SpeakSentence
from callcontrol import Client, MachineDetection

APPLICATION = "https://reminders.example.com"


def greeting(message: str, machine: str) -> Response:
    """Return the BXML for a machine (wait out its greeting) or for a person (ask for a key)."""
    spoken = SpeakSentence(f"Hello, {message}.")
    if machine == "answering-machine":
        return Response(spoken).hangup()
    confirm = Gather(
        spoken,
        SpeakSentence("Press 1 to confirm."),
        gather_url="/confirmed",
        max_digits=1,
    )
    return Response(confirm)


def remind(client: Client, to: str) -> str:
    """Place the call and return its id."""
    call = client.create_call(
        to=to,
        from_=os.environ["BW_FROM"],
        application_id=os.environ["BW_APPLICATION_ID"],
        answer_url=f"{APPLICATION}/answer",
        disconnect_url=f"{APPLICATION}/ended",
        machine_detection=MachineDetection(
            mode="async",
            callback_url=f"{APPLICATION}/machine",
            delay_result=True,
        ),
        tag="reminder",
    )
    return call.call_id


if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.exit(__doc__)
    with Client.from_env() as made:
        print(f"ringing: {remind(made, sys.argv[1])}")
