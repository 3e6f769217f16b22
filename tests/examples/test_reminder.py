"""examples/reminder.py: a call is placed, and a person and a machine get different documents."""

import subprocess
from collections.abc import Callable, Mapping
from typing import cast

import pytest

from bxml import Gather, Hangup, Response, SpeakSentence, check
from callcontrol.simulator import Simulator

Run = Callable[..., subprocess.CompletedProcess[str]]
Load = Callable[[str], Mapping[str, object]]
Greeting = Callable[[str, str], Response]
CALLEE = "+19195551234"
MESSAGE = "your appointment is tomorrow at nine"


@pytest.fixture
def greeting(load_example: Load) -> Greeting:
    """Return the function that makes the document."""
    return cast("Greeting", load_example("reminder.py")["greeting"])


def test_the_script_places_a_call_that_listens_for_machines(
    run_example: Run, simulator: Simulator
) -> None:
    """The call is queued with machine detection, and its id is printed."""
    result = run_example("reminder.py", CALLEE, MESSAGE)
    assert (result.returncode, result.stderr) == (0, "")
    (call,) = simulator.calls
    assert result.stdout == f"ringing: {call.call_id}\n"
    assert (call.to, call.from_, call.application_id) == (CALLEE, "+19195550100", "reminders")
    detection = call.order["machineDetection"]
    assert isinstance(detection, dict)
    assert (detection["mode"], detection["delayResult"]) == ("async", True)


def test_a_machine_gets_the_message_and_no_question(greeting: Greeting) -> None:
    """Nobody waits for a key that a machine will not press."""
    document = greeting(MESSAGE, "answering-machine")
    assert [type(each) for each in document] == [SpeakSentence, Hangup]
    assert check(document, context="call-webhook-reply") == []


@pytest.mark.parametrize("result", ["human", "silence", "timeout", "error"])
def test_a_person_is_asked_to_confirm(greeting: Greeting, result: str) -> None:
    """Whatever is not surely a machine is treated as a person."""
    (gather,) = greeting(MESSAGE, result)
    assert isinstance(gather, Gather)
    assert gather.max_digits == 1
    assert check(greeting(MESSAGE, result), context="call-webhook-reply") == []
