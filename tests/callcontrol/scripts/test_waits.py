"""Waits: signals, events, holds, and functions that take their time; with and without a push."""

import threading
from collections.abc import Callable

import pytest

from bxml import PhoneNumber, PlayAudio, SpeakSentence
from bxml.documents import Response
from callcontrol.events import GatherEvent
from callcontrol.scripts import Call, CallInterruptedError, Script, Signal, script
from callcontrol.simulator import Simulator
from callcontrol.simulator.testing.phone_call import PhoneCall
from tests.callcontrol.scripts.conftest import NUMBER, MakeSite, Site
from tests.waiting import wait_until

AGENT_FREE = Signal("agent-free", str)
BASE = "http://scripts.test/"


@pytest.fixture(params=["pushed", "redirected"])
def ring(
    request: pytest.FixtureRequest, site: MakeSite, simulator: Simulator
) -> Callable[[Script], tuple[Site, PhoneCall]]:
    """Return what rings a script that is pushed to, and one that is not."""

    def ring(desk: Script) -> tuple[Site, PhoneCall]:
        client = simulator.client() if request.param == "pushed" else None
        app = site(desk, client=client, base_url=BASE)
        caller = simulator.dial_in(app, to=NUMBER, base_url=BASE, status_url="", run=False)
        caller.waits(seconds=1)
        return app, caller

    return ring


Ring = Callable[[Script], tuple[Site, PhoneCall]]


@script("waiting-room")
async def waiting_room(call: Call) -> None:
    """Wait for an agent."""
    call.speak_sentence("Welcome.")
    hold = [SpeakSentence("Please wait."), PlayAudio("/music.wav")]
    agent = await call.wait_for(AGENT_FREE, hold=hold)
    call.speak_sentence("An agent is free.")
    await call.transfer(PhoneNumber(agent))


def test_a_signal_ends_the_wait(ring: Ring) -> None:
    """The document after it is heard once."""
    app, caller = ring(waiting_room)
    caller.waits(seconds=60)
    assert app.scripts.waiting(AGENT_FREE) == (caller.call_id,)
    app.scripts.signal(caller.call_id, AGENT_FREE, "+19195550111")
    caller.waits(seconds=5)
    assert caller.transcript[0] == "Welcome."
    assert caller.transcript.count("Welcome.") == 1
    assert caller.transcript.count("An agent is free.") == 1
    assert caller.transferring_to == ["+19195550111"]
    assert app.scripts.waiting(AGENT_FREE) == ()


def test_a_signal_that_comes_early(ring: Ring) -> None:
    """Is taken by the wait when it is reached, and what was said before is heard."""

    @script("desk")
    async def desk(call: Call) -> None:
        await call.gather(SpeakSentence("Key?"), max_digits=1)
        call.speak_sentence("Thank you.")
        value = await call.wait_for(AGENT_FREE, hold=SpeakSentence("Please wait."))
        call.speak_sentence(f"Agent {value}.")

    app, caller = ring(desk)
    assert app.scripts.signal(caller.call_id, AGENT_FREE, "7") == "waiting"
    caller.press("1")
    assert caller.transcript == ("Key?", "Thank you.", "Agent 7.")


def test_the_position_is_announced_in_each_round(site: MakeSite, simulator: Simulator) -> None:
    """The function of a hold is called when the wait is written, and for every round."""
    sites: list[Site] = []

    @script("room")
    async def room(call: Call) -> None:
        def position() -> list[SpeakSentence | PlayAudio]:
            place = sites[0].scripts.waiting(AGENT_FREE).index(call.call_id) + 1
            return [SpeakSentence(f"You are number {place}."), PlayAudio("/music.wav")]

        await call.wait_for(AGENT_FREE, hold=position)

    app = site(room)
    sites.append(app)
    first = simulator.dial_in(app, to=NUMBER, status_url="", run=False)
    first.waits(seconds=1)
    second = simulator.dial_in(app, to=NUMBER, status_url="", run=False)
    second.waits(seconds=10)
    first.hang_up()
    second.waits(seconds=10)
    assert set(first.transcript) == {"You are number 1."}
    heard = second.transcript
    assert heard == tuple(sorted(heard, reverse=True))
    assert set(heard) == {"You are number 1.", "You are number 2."}


def test_a_wait_that_takes_too_long(ring: Ring) -> None:
    """A round ends it."""

    @script("desk")
    async def desk(call: Call) -> None:
        try:
            await call.wait_for(AGENT_FREE, hold=PlayAudio("/music.wav"), timeout=30)
        except TimeoutError:
            call.speak_sentence("Nobody is free.")

    app, caller = ring(desk)
    caller.waits(seconds=20)
    assert not caller.ended
    caller.waits(seconds=20)
    assert caller.transcript == ("Nobody is free.",)
    assert app.scripts.signal(caller.call_id, AGENT_FREE, "x") == "ended"


def test_the_longest_wait_gets_the_agent(site: MakeSite, simulator: Simulator) -> None:
    """Each signal reaches one call; without a waiting call it is not sent."""
    app = site(waiting_room, client=simulator.client(), base_url=BASE)
    calls: list[PhoneCall] = []
    for _ in range(2):
        calls.append(simulator.dial_in(app, to=NUMBER, base_url=BASE, run=False))
        calls[-1].waits(seconds=3)
    for call in calls:
        assert app.scripts.signal_first(AGENT_FREE, "+19195550111") == call.call_id
        assert call.hears("An agent is free.")
    assert app.scripts.signal_first(AGENT_FREE, "+19195550111") is None


def test_signals_that_reach_no_script(ring: Ring) -> None:
    """Unknown calls, ended ones, and what is withdrawn."""

    @script("desk")
    async def desk(call: Call) -> None:
        await call.gather(SpeakSentence("Key?"), max_digits=1, first_digit_timeout=60)

    app, caller = ring(desk)
    assert app.scripts.signal("c-unknown", AGENT_FREE, "x") == "unknown"
    assert app.scripts.signal(caller.call_id, AGENT_FREE, "x") == "waiting"
    assert app.scripts.withdraw(caller.call_id, AGENT_FREE)
    assert not app.scripts.withdraw(caller.call_id, AGENT_FREE)
    caller.press("1")
    assert app.scripts.signal(caller.call_id, AGENT_FREE, "x") == "ended"


def test_a_verb_or_a_signal(site: MakeSite, simulator: Simulator) -> None:
    """Whichever comes first; the signal interrupts the prompt."""

    @script("desk")
    async def desk(call: Call) -> None:
        for _ in range(2):
            found = await call.first(
                call.gather(SpeakSentence("Press a key, or wait."), first_digit_timeout=60),
                AGENT_FREE,
            )
            if isinstance(found, GatherEvent):
                call.speak_sentence(f"Key {found.digits}.")
            else:
                call.speak_sentence(f"Agent {found}.")

    app = site(desk, client=simulator.client(), base_url=BASE)
    caller = simulator.dial_in(app, to=NUMBER, base_url=BASE)
    assert app.scripts.signal(caller.call_id, AGENT_FREE, "7") == "delivered"
    assert caller.hears("Agent 7.")
    caller.press("5")
    assert caller.hears("Key 5.")
    assert caller.ended


def test_a_script_is_interrupted(ring: Ring) -> None:
    """Its pending await raises."""

    @script("desk")
    async def desk(call: Call) -> None:
        try:
            await call.wait_for(AGENT_FREE, hold=PlayAudio("/music.wav"))
        except CallInterruptedError as error:
            call.speak_sentence(f"Stopped: {error}.")

    app, caller = ring(desk)
    app.scripts.interrupt(caller.call_id, "closing")
    caller.waits(seconds=5)
    assert caller.transcript == ("Stopped: closing.",)


def test_a_long_function_with_a_hold(ring: Ring) -> None:
    """The caller hears the hold, and the function is called once."""
    go = threading.Event()
    called: list[str] = []

    def work() -> str:
        called.append("work")
        go.wait(30)
        return "a result"

    @script("desk")
    async def desk(call: Call) -> None:
        call.speak_sentence("One moment.")
        result = await call.run(work, hold=PlayAudio("/music.wav"))
        call.speak_sentence(f"It is {result}.")

    app, caller = ring(desk)
    caller.waits(seconds=10)
    assert [*caller.transcript] == ["One moment."]
    go.set()

    def is_done() -> bool:
        run = app.journal.run(caller.call_id)
        written = "a result" in str(app.journal.entries(caller.call_id))
        waits = bool(app.journal.inbox(caller.call_id))
        return waits or (written and run is not None and not run.pushing)

    wait_until(is_done, "the function ends")
    caller.waits(seconds=5)
    assert [*caller.transcript] == ["One moment.", "It is a result."]
    assert called == ["work"]


def test_the_sweep_ends_calls_without_notice(site: MakeSite, simulator: Simulator) -> None:
    """For applications whose status URL is not set."""
    ended: list[str] = []

    @script("desk")
    async def desk(call: Call) -> None:
        try:
            await call.gather(SpeakSentence("Key?"), first_digit_timeout=60)
        finally:
            await call.run(ended.append, call.call_id)

    app = site(desk, client=simulator.client(), base_url=BASE)
    gone, up = (simulator.dial_in(app, to=NUMBER, base_url=BASE, run=False) for _ in range(2))
    gone.hang_up()
    assert not ended
    assert app.scripts.sweep(quiet=0) == 1
    assert ended == [gone.call_id]
    up.press("1#")


def test_new_calls_get_the_override(site: MakeSite, simulator: Simulator) -> None:
    """Until it is taken away."""
    app = site(waiting_room)
    app.scripts.override(Response(SpeakSentence("We are closed today.")))
    closed = simulator.dial_in(app, to=NUMBER)
    app.scripts.override(None)
    opened = simulator.dial_in(app, to=NUMBER, run=False)
    assert closed.transcript + opened.transcript == ("We are closed today.", "Welcome.")
