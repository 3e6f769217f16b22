"""Races of a push and a webhook: the new document is heard exactly once."""

from collections.abc import Callable
from typing import cast

import pytest

from bxml import SpeakSentence
from bxml.documents import Document
from callcontrol.client import Client
from callcontrol.models import CallState
from callcontrol.scripts import Call, Scripts, Signal, script
from callcontrol.scripts.journals.memory import MemoryJournal
from callcontrol.scripts.journals.model import Changes, Run
from callcontrol.simulator import Simulator
from callcontrol.simulator.testing.phone_call import PhoneCall
from tests.callcontrol.scripts.conftest import NUMBER, MakeSite, Site

GO = Signal("go", str)
BASE = "http://scripts.test/"


class Racing:
    """A client whose push meets webhooks: those that a call sends before or after it."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.before: Callable[[], object] = lambda: None
        self.after: Callable[[], object] = lambda: None

    def update_call_bxml(self, call_id: str, document: Document) -> None:
        """Push a document while webhooks arrive."""
        self.before()
        try:
            self.client.update_call_bxml(call_id, document)
        finally:
            self.after()

    def get_call_state(self, call_id: str) -> CallState:
        """Return the state of a call."""
        return self.client.get_call_state(call_id)


@script("desk")
async def desk(call: Call) -> None:
    """Wait for a signal, twice."""
    for _ in range(2):
        value = await call.wait_for(GO, hold=SpeakSentence("Please wait."))
        call.speak_sentence(f"Value {value}.")
    await call.gather(SpeakSentence("Key?"), first_digit_timeout=60)


def nothing(_: Simulator) -> None:
    """Let the push succeed."""


def refused(simulator: Simulator) -> None:
    """Let the platform refuse the push, without effect."""
    simulator.fail_next(400, operation="updateCallBxml")


def lost(simulator: Simulator) -> None:
    """Let the push take effect, and lose its reply, repetitions included."""
    simulator.fail_next(400, operation="updateCallBxml", processed=True)


@pytest.fixture
def racing(site: MakeSite, simulator: Simulator) -> tuple[Site, PhoneCall, Racing]:
    """Return a call that waits, and the client that will push to it."""
    racing = Racing(simulator.client())
    app = site(desk, client=cast(Client, racing), base_url=BASE)
    caller = simulator.dial_in(app, to=NUMBER, base_url=BASE, run=False)
    caller.waits(seconds=0.2)
    return app, caller, racing


@pytest.mark.parametrize("fault", [nothing, refused, lost])
@pytest.mark.parametrize("when", ["before", "after", "neither"])
def test_a_webhook_meets_a_push(
    racing: tuple[Site, PhoneCall, Racing],
    simulator: Simulator,
    when: str,
    fault: Callable[[Simulator], None],
) -> None:
    """Accepted, refused, or with its reply lost."""
    app, caller, client = racing

    def rounds() -> None:
        caller.waits(seconds=3 if when == "before" else 0.3)  # not to the end of the new one

    if when != "neither":
        setattr(client, when, rounds)
    fault(simulator)
    assert app.scripts.signal(caller.call_id, GO, "one") == "delivered"
    client.before = client.after = lambda: None
    caller.waits(seconds=5)
    assert caller.transcript.count("Value one.") == 1
    assert app.scripts.signal(caller.call_id, GO, "two") == "delivered"
    caller.waits(seconds=5)
    values = [text for text in caller.transcript if text.startswith("Value")]
    assert values == ["Value one.", "Value two."]
    assert caller.hears("Key?")
    run = app.journal.run(caller.call_id)
    assert run is not None
    assert run.pushing == ""


def test_a_push_to_a_call_that_has_ended(racing: tuple[Site, PhoneCall, Racing]) -> None:
    """Its script learns of the end."""
    app, caller, client = racing
    client.before = lambda: caller.hang_up()  # noqa: PLW0108 - the value is not wanted
    app.scripts.signal(caller.call_id, GO, "one")
    run = app.journal.run(caller.call_id)
    assert run is not None
    assert run.state == "ended"
    assert app.scripts.signal(caller.call_id, GO, "two") == "ended"


def test_a_pusher_that_dies(racing: tuple[Site, PhoneCall, Racing]) -> None:
    """The round of the hold brings the document, and notes that no push is under way."""
    app, caller, client = racing

    def die() -> None:
        raise SystemExit

    client.before = die
    with pytest.raises(SystemExit):
        app.scripts.signal(caller.call_id, GO, "one")
    run = app.journal.run(caller.call_id)
    assert run is not None
    assert run.pushing != ""
    caller.waits(seconds=5)
    assert caller.transcript.count("Value one.") == 1
    assert "Please wait." in caller.transcript


def test_an_unanswered_call_takes_no_push(simulator: Simulator) -> None:
    """A 409 of a call that is not answered yet is not its end."""
    journal = MemoryJournal()
    client = simulator.client()
    app = Scripts(desk, client=client, base_url=BASE, journal=journal)
    record = simulator.receive_call(from_="+19195550100", to=NUMBER)
    journal.create(Run(record.call_id, "desk", "1", 0, 0, call_id=record.call_id))
    journal.commit(record.call_id, Changes())
    assert app.signal(record.call_id, GO, "one") == "waiting"
