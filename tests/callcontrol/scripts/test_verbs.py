"""What each verb of a script does on the simulator, in every mode."""

import logging

import pytest

from bxml import PhoneNumber, PlayAudio, Response, SipUri, SpeakSentence
from callcontrol.events import (
    ConferenceEvent,
    DtmfEvent,
    RecordingAvailableEvent,
    ReferCompleteEvent,
    TranscriptionAvailableEvent,
)
from callcontrol.scripts import Call, CallEndedError, script, whisper
from callcontrol.simulator import Simulator
from tests.callcontrol.scripts.conftest import NUMBER, MakeSite


def test_what_is_said_is_sent_with_the_next_await(site: MakeSite, simulator: Simulator) -> None:
    """In one document, in order; the rest ends the call."""

    @script("desk")
    async def desk(call: Call) -> None:
        call.speak_sentence("Welcome.")
        call.play_audio("/tone.wav")
        keys = await call.gather(SpeakSentence("Press a key."), max_digits=1)
        call.speak_sentence(f"You pressed {keys.digits}.")

    caller = simulator.dial_in(site(desk), to=NUMBER)
    assert caller.transcript == ("Welcome.", "Press a key.")
    assert caller.hears_audio("/tone.wav")
    caller.press("4")
    assert caller.hears("You pressed 4.")
    assert caller.cause == "hangup"


def test_a_gather_without_input_goes_on(site: MakeSite, simulator: Simulator) -> None:
    """With an event without digits."""

    @script("desk")
    async def desk(call: Call) -> None:
        for _ in range(2):
            keys = await call.gather(SpeakSentence("Press a key."), first_digit_timeout=3)
            call.speak_sentence(f"Got {keys.digits!r}.")

    caller = simulator.dial_in(site(desk), to=NUMBER)
    caller.waits(seconds=30)
    assert caller.transcript == ("Press a key.", "Got ''.", "Press a key.", "Got ''.")
    assert caller.ended


def test_a_queued_verb_that_is_awaited(site: MakeSite, simulator: Simulator) -> None:
    """The await ends when it has been heard, and the time of the call has passed."""

    @script("desk")
    async def desk(call: Call) -> None:
        call.speak_sentence("One moment.")
        before = call.now()
        await call.pause(duration=20)
        waited = (call.now() - before).total_seconds()
        call.speak_sentence("At least." if waited >= 20 else "Too early.")

    caller = simulator.dial_in(site(desk), to=NUMBER)
    caller.waits(seconds=40)
    assert caller.transcript == ("One moment.", "At least.")


def test_a_function_is_called_once(site: MakeSite, simulator: Simulator) -> None:
    """However often the script is replayed; the queue survives it."""
    called: list[str] = []

    def look_up(number: str) -> dict[str, str]:
        called.append(number)
        return {"name": "Ada"}

    async def look_up_later(number: str) -> int:
        called.append(number)
        return len(called)

    @script("desk")
    async def desk(call: Call) -> None:
        call.speak_sentence("Hello.")
        found = await call.run(look_up, call.to)
        await call.gather(SpeakSentence(f"Are you {found['name']}?"), max_digits=1)
        again = await call.run(look_up_later, call.from_)
        await call.gather(SpeakSentence(f"Call {again}."), max_digits=1)

    caller = simulator.dial_in(site(desk), to=NUMBER)
    assert caller.transcript == ("Hello.", "Are you Ada?")
    caller.press("1")
    caller.press("1")
    assert caller.ended
    assert called == [NUMBER, "+19195550100"]


def test_a_message_is_recorded(site: MakeSite, simulator: Simulator) -> None:
    """The script waits for the file and its text after the call."""
    kept: list[object] = []

    @script("voicemail")
    async def voicemail(call: Call) -> None:
        call.speak_sentence("Speak.")
        message = await call.record(max_duration=60, transcribe=True)
        call.speak_sentence("Thank you.")
        call.hangup()
        file = await call.event(RecordingAvailableEvent, recording_id=message.recording_id)
        await call.run(kept.append, file.media_url)
        text = await call.event(TranscriptionAvailableEvent, recording_id=message.recording_id)
        await call.run(kept.append, text.transcription.status)

    app = site(voicemail)
    caller = simulator.dial_in(app, to=NUMBER, status_url="/")
    caller.leave_voicemail("Please call me.", seconds=4)
    assert caller.hears("Thank you.")
    simulator.advance(600)
    assert len(kept) == 2
    assert "/recordings/" in str(kept[0])
    assert kept[1] == "available"
    run = app.journal.run(caller.call_id)
    assert run is not None
    assert (run.state, [*app.journal.inbox(caller.call_id)]) == ("ended", [])


def test_a_hang_up_while_recording(site: MakeSite, simulator: Simulator) -> None:
    """The await raises, and the recording comes by its event."""
    kept: list[object] = []

    @script("voicemail")
    async def voicemail(call: Call) -> None:
        try:
            await call.record()
        except CallEndedError as error:
            kept.append(error.cause)

    @voicemail.after(RecordingAvailableEvent)
    async def keep(call: Call, event: RecordingAvailableEvent) -> None:
        await call.run(kept.append, event.status)

    caller = simulator.dial_in(site(voicemail), to=NUMBER, status_url="/")
    caller.leave_voicemail("Please call me.", seconds=4, then="hang up")
    simulator.advance(600)
    assert kept.count("complete") == 1
    assert "hangup" in kept


def test_a_departed_caller_ends_the_script(site: MakeSite, simulator: Simulator) -> None:
    """`finally` runs, with its functions, and nothing is said."""
    done: list[str] = []

    @script("desk")
    async def desk(call: Call) -> None:
        try:
            await call.gather(SpeakSentence("Press a key."), first_digit_timeout=60)
        finally:
            call.speak_sentence("Not heard.")
            await call.run(done.append, "cleaned")

    app = site(desk)
    caller = simulator.dial_in(app, to=NUMBER, status_url="/")
    caller.hang_up()
    assert done == ["cleaned"]
    run = app.journal.run(caller.call_id)
    assert run is not None
    assert run.state == "ended"


@pytest.mark.parametrize(
    ("how", "outcome"),
    [("busy", "busy"), ("decline", "rejected"), ("no_answer", "unanswered")],
)
def test_a_transfer_that_fails(
    site: MakeSite, simulator: Simulator, how: str, outcome: str
) -> None:
    """Its outcome says why."""

    @script("desk")
    async def desk(call: Call) -> None:
        talk = await call.transfer(PhoneNumber("+19195550111"), call_timeout=20)
        call.speak_sentence(f"It was {talk.outcome}, {talk.value}, {talk.seconds}.")

    caller = simulator.dial_in(site(desk), to=NUMBER)
    getattr(caller.legs[0], how)()
    assert caller.hears(f"It was {outcome}, None, None.")


def test_a_transfer_without_a_whisper(site: MakeSite, simulator: Simulator) -> None:
    """The caller comes back when the callee hangs up."""

    @script("desk")
    async def desk(call: Call) -> None:
        talk = await call.transfer(PhoneNumber("+19195550111"), SipUri("sip:a@example.com"))
        call.speak_sentence(f"It was {talk.outcome}.")

    app = site(desk)
    caller = simulator.dial_in(app, to=NUMBER)
    first, second = caller.legs
    second.answer()
    assert first.ended
    caller.waits(seconds=100)
    second.hang_up()
    assert caller.hears("It was talked.")
    assert not app.journal.inbox(caller.call_id)


@whisper
async def brief(call: Call) -> str:
    """Ask the callee whether to take the call."""
    keys = await call.gather(SpeakSentence(f"Call from {call.from_}. Press 1."), max_digits=1)
    if keys.digits != "1":
        call.speak_sentence("Goodbye.")
        call.refuse()
    return f"key {keys.digits}"


@script("screened")
async def screened(call: Call) -> None:
    """Transfer to a callee who may refuse."""
    talk = await call.transfer(PhoneNumber("+19195550111"), answered=brief)
    call.speak_sentence(f"It was {talk.outcome}, {talk.value}.")
    if talk.seconds is not None:
        call.speak_sentence("For at least 60 seconds." if talk.seconds >= 60 else "Too short.")


def test_a_whisper_that_accepts(site: MakeSite, simulator: Simulator) -> None:
    """Both are joined when it returns, and its value reaches the script."""
    caller = simulator.dial_in(site(screened), to=NUMBER)
    [callee] = caller.legs
    callee.answer()
    assert callee.hears("Call from +19195550100. Press 1.")
    callee.press("1")
    caller.waits(seconds=60)
    callee.hang_up()
    assert caller.transcript == ("It was talked, key 1.", "For at least 60 seconds.")


def test_a_whisper_that_refuses(site: MakeSite, simulator: Simulator) -> None:
    """The callee hears the rest, and the caller comes back."""
    caller = simulator.dial_in(site(screened), to=NUMBER)
    [callee] = caller.legs
    callee.answer()
    callee.press("2")
    assert callee.hears("Goodbye.")
    assert caller.hears("It was refused, None.")


def test_a_callee_who_hangs_up_in_the_whisper(site: MakeSite, simulator: Simulator) -> None:
    """The platform says hangup, as after a talk; the outcome says what happened."""
    caller = simulator.dial_in(site(screened), to=NUMBER)
    [callee] = caller.legs
    callee.answer()
    callee.hang_up()
    assert caller.hears("It was left, None.")


def test_a_caller_who_hangs_up_in_the_whisper(site: MakeSite, simulator: Simulator) -> None:
    """Both functions end."""
    ended: list[str] = []

    @whisper
    async def asking(call: Call) -> None:
        try:
            await call.gather(SpeakSentence("Press 1."), max_digits=1)
        finally:
            await call.run(ended.append, "whisper")

    @script("desk")
    async def desk(call: Call) -> None:
        try:
            await call.transfer(PhoneNumber("+19195550111"), answered=asking)
        finally:
            await call.run(ended.append, "call")

    caller = simulator.dial_in(site(desk), to=NUMBER, status_url="/")
    [callee] = caller.legs
    callee.answer()
    caller.hang_up()
    assert ended == ["whisper", "call"]


def test_a_conference_that_ends(site: MakeSite, simulator: Simulator) -> None:
    """The script goes on; events of the room go to its handler."""
    joined: list[str] = []

    @script("desk")
    async def desk(call: Call) -> None:
        await call.conference("room")
        call.speak_sentence("It is over.")

    def notice(event: ConferenceEvent) -> None:
        joined.append(event.event_type)

    app = site(desk, rooms={"room": notice})
    caller = simulator.dial_in(app, to=NUMBER)
    caller.waits(seconds=10)
    simulator.end_conference("room")
    assert caller.hears("It is over.")
    assert joined[:2] == ["conferenceCreated", "conferenceMemberJoin"]
    assert joined[2:] == ["conferenceMemberExit", "conferenceCompleted"]


def test_the_room_is_answered_by_its_handler(site: MakeSite, simulator: Simulator) -> None:
    """With a document that all members hear."""

    @script("desk")
    async def desk(call: Call) -> None:
        await call.conference("room")

    def welcome(_: ConferenceEvent) -> Response:
        return Response(SpeakSentence("Welcome, all."))

    app = site(desk, rooms={"room": welcome})
    caller = simulator.dial_in(app, to=NUMBER)
    assert caller.hears("Welcome, all.")


def test_two_calls_are_bridged(site: MakeSite, simulator: Simulator) -> None:
    """Whoever stays goes on with the script of the own call."""

    @script("waits")
    async def waits(call: Call) -> None:
        await call.gather(SpeakSentence("Press a key."), first_digit_timeout=60)
        call.speak_sentence("The target goes on.")

    ids: list[str] = []

    @script("joins")
    async def joins(call: Call) -> None:
        event = await call.bridge(ids[0])
        call.speak_sentence(f"The bridge ended with {event.cause}.")

    app = site(waits, joins)
    target = simulator.dial_in(app, to=NUMBER, url="/waits")
    ids.append(target.call_id)
    first = simulator.dial_in(app, to=NUMBER, url="/joins")
    first.waits(seconds=10)
    first.hang_up()
    assert target.hears("Press a key.")
    second = simulator.dial_in(app, to=NUMBER, url="/joins")
    second.waits(seconds=10)
    target.hang_up()
    assert second.hears("The bridge ended with None.")


@pytest.mark.parametrize("succeeded", [True, False])
def test_a_refer(site: MakeSite, simulator: Simulator, *, succeeded: bool) -> None:
    """After a success the call is gone, after a failure the script goes on."""
    states: list[str] = []

    @script("desk")
    async def desk(call: Call) -> None:
        event: ReferCompleteEvent = await call.refer(SipUri("sip:desk@example.com"))
        await call.run(states.append, event.refer_call_status)
        call.speak_sentence("We could not refer you.")
        await call.gather(max_digits=1)

    caller = simulator.dial_in(site(desk), to=NUMBER, from_="sip:ada@example.com", run=False)
    caller.waits(seconds=2)
    caller.refer_result(succeeded=succeeded)
    assert states == ["success" if succeeded else "failure"]
    assert bool(caller.hears("We could not refer you.")) is not succeeded


def test_a_call_that_is_forwarded(site: MakeSite, simulator: Simulator) -> None:
    """Nothing after it runs, but for what cleans up."""
    done: list[str] = []

    @script("desk")
    async def desk(call: Call) -> None:
        try:
            await call.forward("+19195550111")
        except CallEndedError as error:
            done.append(error.cause)

    app = site(desk)
    caller = simulator.dial_in(app, to=NUMBER)
    assert caller.transferring_to == ["+19195550111"]
    assert set(done) == {"forward"}


def test_a_call_that_is_handed_on(site: MakeSite, simulator: Simulator) -> None:
    """The other application gets its next webhook."""

    @script("first")
    async def first(call: Call) -> None:
        await call.redirect("https://other.example.com/voice")

    @script("other")
    async def other(call: Call) -> None:
        call.speak_sentence("The other one.")

    simulator.mount(site(other), "https://other.example.com")
    caller = simulator.dial_in(site(first), to=NUMBER)
    assert caller.cause == "hangup"


def test_keys_in_the_background(site: MakeSite, simulator: Simulator) -> None:
    """StartGather gets its address from the runtime; events wait in the inbox."""

    @script("desk")
    async def desk(call: Call) -> None:
        call.start_gather()
        call.start_recording()
        key = await call.wait_for(DtmfEvent, hold=PlayAudio("/music.wav"), timeout=60)
        call.stop_gather()
        call.speak_sentence(f"Key {key.digit}.")

    app = site(desk)
    caller = simulator.dial_in(app, to=NUMBER, run=False)
    caller.waits(seconds=2)
    caller.press("7", run=False)
    caller.waits(seconds=5)
    assert caller.hears("Key 7.")


def test_a_secret_is_kept_nowhere(
    site: MakeSite, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    """The keys reach a function, and the journal has its result."""
    caplog.set_level(logging.DEBUG)
    keys: list[str] = []

    def is_right(digits: str) -> bool:
        keys.append(digits)
        return digits == "73519"

    @script("desk")
    async def desk(call: Call) -> None:
        right = await call.gather(
            SpeakSentence("Your PIN?"), secret=True, then=is_right, max_digits=5
        )
        await call.gather(SpeakSentence(f"That is {right}."))

    app = site(desk)
    caller = simulator.dial_in(app, to=NUMBER)
    caller.press("73519")
    assert caller.hears("That is True.")
    assert keys == ["73519"]
    assert "73519" not in str(app.journal.entries(caller.call_id))
    assert "73519" not in caplog.text


def test_facts_that_are_the_same_in_every_replay(site: MakeSite, simulator: Simulator) -> None:
    """Time, random numbers and the key of the next function; the log is silent in replays."""
    keys: list[str] = []
    drawn: list[float] = []

    @script("desk")
    async def desk(call: Call) -> None:
        number = call.random.random()
        for _ in range(3):
            await call.gather(SpeakSentence("Key?"), max_digits=1)
            await call.run(keys.append, call.key)
        drawn.extend([number, call.random.random()])

    caller = simulator.dial_in(site(desk), to=NUMBER)
    for _ in range(3):
        caller.press("1")
    assert len(set(keys)) == len(keys) == 3
    assert len(set(drawn)) == 2
