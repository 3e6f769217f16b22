"""examples/waiting_room.py: a call waits, and is connected while it waits."""

import subprocess
from collections.abc import Callable, Mapping

from bxml import Bxml, Hangup, PhoneNumber, PlayAudio, Transfer, check, parse
from callcontrol.simulator import Simulator

Run = Callable[..., subprocess.CompletedProcess[str]]
Load = Callable[[str], Mapping[str, object]]
AGENT = "+19195550188"


def held_by(simulator: Simulator, call_id: str) -> Bxml:
    """Return the document that the platform holds for a call."""
    document = parse(simulator.document(call_id) or "")
    assert isinstance(document, Bxml)
    return document


def test_the_music_is_replaced_on_the_live_call(
    run_example: Run, simulator: Simulator, call_id: str
) -> None:
    """The caller waits with music, then is transferred to the agent; the call never ends."""
    first = run_example("waiting_room.py", "wait", call_id)
    assert (first.returncode, first.stderr) == (0, "")
    waiting = held_by(simulator, call_id)
    assert sum(isinstance(each, PlayAudio) for each in waiting) > 1
    assert isinstance(waiting.verbs[-1], Hangup)

    second = run_example("waiting_room.py", "connect", call_id, AGENT)
    assert (second.returncode, second.stderr) == (0, "")
    transfer = held_by(simulator, call_id).verbs[-1]
    assert isinstance(transfer, Transfer)
    assert [child.number for child in transfer.children if isinstance(child, PhoneNumber)] == [
        AGENT
    ]

    documents = [each for each in simulator.history(call_id) if each.kind == "document"]
    assert len(documents) == 2
    assert simulator.call(call_id).state == "answered"


def test_a_call_that_is_over_is_told_in_one_line(
    run_example: Run, simulator: Simulator, call_id: str
) -> None:
    """The caller may hang up before the agent is free."""
    simulator.end(call_id)
    result = run_example("waiting_room.py", "connect", call_id, AGENT)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("not done: PUT ")
    assert result.stderr.count("\n") == 1


def test_the_waiting_room_is_fit_to_be_pushed(load_example: Load) -> None:
    """Nothing in it is an error or worth a warning."""
    waiting = load_example("waiting_room.py")["waiting"]
    assert isinstance(waiting, Bxml)
    assert check(waiting, context="call-update") == []
