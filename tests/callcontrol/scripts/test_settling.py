"""What a process left that died in the middle of a step is completed, whatever comes next."""

import json
from collections.abc import Callable

import pytest

from bxml import SpeakSentence
from callcontrol.scripts import Call, ScriptRequest, Scripts, Signal, script
from callcontrol.scripts.journals import Changes, MemoryJournal
from callcontrol.simulator import Simulator
from callcontrol.simulator.testing.phone_call import PhoneCall
from tests.callcontrol.scripts.conftest import NUMBER

GO = Signal("go", str)


class _Dead(BaseException):
    """The process ends here."""


class _Mortal(MemoryJournal):
    """A journal whose process dies before it writes a reply."""

    dies = False

    def commit(self, run_id: str, changes: Changes) -> None:
        """Commit, or die."""
        if self.dies and any(entry.kind == "reply" for entry in changes.entries):
            self.dies = False
            raise _Dead
        super().commit(run_id, changes)


@script("desk")
async def desk(call: Call) -> None:
    """Ask for a key, wait for a signal, and clean up."""
    try:
        keys = await call.gather(SpeakSentence("Key?"), max_digits=1)
        call.speak_sentence(await call.run(lambda: f"Key {keys.digits}."))
        value = await call.wait_for(GO, hold=SpeakSentence("Please wait."))
        call.speak_sentence(value)
    finally:
        await call.run(lambda: None)


@pytest.fixture
def journal() -> _Mortal:
    """Return the journal of all processes."""
    return _Mortal()


@pytest.fixture
def caller(journal: _Mortal, simulator: Simulator) -> PhoneCall:
    """Return a caller who is asked for a key."""
    app = Scripts(desk, journal=journal)
    return simulator.dial_in(app.wsgi, to=NUMBER, base_url="http://desk.test/", run=False)


def _event(caller: PhoneCall, kind: str, **fields: str) -> bytes:
    return json.dumps({"eventType": kind, "callId": caller.call_id, **fields}).encode()


def _dying(journal: _Mortal, work: Callable[[], object]) -> None:
    journal.dies = True
    with pytest.raises(_Dead):
        work()


def test_the_end_of_a_call_that_is_reported_again(journal: _Mortal, caller: PhoneCall) -> None:
    """The first process has taken it from the inbox and called the functions."""
    hangup = ScriptRequest(body=_event(caller, "disconnect", cause="hangup"))
    _dying(journal, lambda: Scripts(desk, journal=journal).handle(hangup))
    assert Scripts(desk, journal=journal).handle(hangup).status == 204
    run = journal.run(caller.call_id)
    assert run is not None
    assert run.state == "ended"


def test_a_signal_does_not_swallow_what_was_not_said_yet(
    journal: _Mortal, caller: PhoneCall
) -> None:
    """The document of the step that the process died in comes first."""
    document = journal.entry(caller.call_id, ("", 0, "reply", 0))
    assert document is not None
    query = document.value.partition('gatherUrl="?')[2].partition('"')[0].replace("&amp;", "&")
    webhook = ScriptRequest(query=query, body=_event(caller, "gather", digits="7"))
    _dying(journal, lambda: Scripts(desk, journal=journal).handle(webhook))
    other = Scripts(desk, journal=journal)
    assert other.signal(caller.call_id, GO, "Go.") in ("waiting", "delivered")
    body = other.handle(webhook).body.decode()
    assert "Key 7." in body
    run = journal.run(caller.call_id)
    assert run is not None
    assert run.state == ("running" if "Please wait." in body else "ended")
    assert ("Go." in body) is (run.state == "ended")
