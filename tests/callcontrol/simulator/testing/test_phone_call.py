"""Calls as a test holds them: what the person hears and does, in virtual time."""

import wave
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import requests

from bxml import Conference, PhoneNumber, Response, SpeakSentence
from bxml.documents import Document
from callcontrol.client import Client
from callcontrol.events import (
    AnswerEvent,
    ConferenceMemberJoinEvent,
    DisconnectEvent,
    Event,
    GatherEvent,
    InitiateEvent,
    RecordCompleteEvent,
    RecordingAvailableEvent,
    RedirectEvent,
    TransferAnswerEvent,
    TransferCompleteEvent,
    TransferDisconnectEvent,
    parse_event,
)
from callcontrol.simulator import Simulator, SimulatorError
from callcontrol.simulator.testing.in_process import InProcess
from tests.waiting import PATIENCE

TO = "+19195551234"
SALES = "+19195554321"

Script = Callable[[Event], Document | None]


def serving(script: Script) -> Any:  # noqa: ANN401 - any WSGI server types it otherwise
    """Return a WSGI application that replies what ``script`` makes of each webhook."""

    def app(environ: dict[str, Any], start: Callable[..., object]) -> list[bytes]:
        sent = environ["wsgi.input"].read() or environ["QUERY_STRING"]
        document = script(parse_event(sent))
        start("200 OK", [("Content-Type", "application/xml")])
        return [] if document is None else [document.to_bytes()]

    return app


def always(document: Document) -> Any:  # noqa: ANN401 - see above
    """Return an application that has one reply."""
    return serving(lambda _: document)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Yield a simulator, and let the application's exceptions fail the test."""
    simulator = Simulator()
    yield simulator
    simulator.stop()
    assert simulator.webhooks.errors == ()


def menu(event: Event) -> Document | None:
    """Offer sales, or music until another document is pushed."""
    match event:
        case GatherEvent(digits="1"):
            number = PhoneNumber(SALES, transfer_answer_url="/whisper", tag="b")
            return Response().speak_sentence("Connecting you.").transfer(number)
        case GatherEvent(digits="2") | RedirectEvent():
            return Response().play_audio("http://music.example/hold.wav").redirect("/")
        case GatherEvent():
            return Response().speak_sentence("Goodbye.").hangup()
        case TransferAnswerEvent():
            return Response().speak_sentence("A customer is calling.")
        case InitiateEvent():
            prompts = SpeakSentence("Welcome."), SpeakSentence("Press 1 for sales.")
            return Response().gather(*prompts, gather_url="/", max_digits=1)
        case _:
            return None


# --- hearing ------------------------------------------------------------------------------


def test_a_menu_is_heard_and_answered(simulator: Simulator) -> None:
    """The first example of the documentation holds."""
    call = simulator.dial_in(serving(menu), to=TO)
    assert call.hears("Press 1 for sales")
    assert call.state == "answered"
    call.press("1")
    assert call.hears("connecting")
    assert call.transferring_to == [SALES]


def test_hearing_looks_at_what_is_new(simulator: Simulator) -> None:
    """A prompt from before the last action does not count, the transcript keeps it."""
    call = simulator.dial_in(serving(menu), to=TO)
    assert call.hears("  WELCOME.\npress 1 ")
    call.press("1")
    assert not call.hears("Welcome")
    assert call.heard == ("Connecting you.",)
    assert call.transcript == ("Welcome.", "Press 1 for sales.", "Connecting you.")


def test_a_finding_says_why(simulator: Simulator) -> None:
    """Each answer reads well in a failed assertion."""
    call = simulator.dial_in(serving(menu), to=TO)
    assert repr(call.hears("Press 2")) == (
        '<did not hear "Press 2" but "Welcome.", "Press 1 for sales.">'
    )
    assert repr(call.says_nothing) == '<heard "Welcome.", "Press 1 for sales.">'
    assert repr(call.hears_audio("hold.wav")) == "<did not hear hold.wav but no file>"
    call.press("2")
    assert repr(call.hears("Press 2")) == '<did not hear "Press 2" but nothing>'
    assert repr(call.hears_audio("hold.wav")) == "<heard hold.wav>"
    assert not call.hears_audio("jazz.wav")
    assert not call.says_nothing
    assert repr(call.ended) == "<answered>"
    call.hang_up()
    assert repr(call.ended) == "<ended: hangup>"
    with pytest.raises(SimulatorError, match=r"hears.text: expected words to listen for, got ' '"):
        call.hears(" ")


def test_silence_is_heard(simulator: Simulator) -> None:
    """A pause says nothing."""
    call = simulator.dial_in(
        always(Response().speak_sentence("One moment").pause(duration=600)), to=TO
    )
    assert not call.says_nothing
    call.waits(seconds=300)
    assert call.says_nothing
    assert repr(call.says_nothing) == "<heard nothing>"


# --- time ---------------------------------------------------------------------------------


def test_time_runs_until_the_call_waits_for_an_action(simulator: Simulator) -> None:
    """A Gather is heard to its end and then waits for a key."""
    call = simulator.dial_in(serving(menu), to=TO)
    start = simulator.now
    assert call.record.answer_time is not None
    assert 1 < (start - call.record.answer_time).total_seconds() < 3
    assert call.state == "answered"
    assert simulator.now == start


def test_waiting_is_exact(simulator: Simulator) -> None:
    """After waits, looking moves no time."""
    call = simulator.dial_in(serving(menu), to=TO)
    start = simulator.now
    call.waits(seconds=4.9)
    assert not call.hears("goodbye")
    assert (simulator.now - start).total_seconds() == 4.9
    call.waits(seconds=0.1)
    assert call.hears("Goodbye")
    assert not call.ended
    call.waits(seconds=1)
    assert call.ended


def test_a_key_interrupts_a_prompt(simulator: Simulator) -> None:
    """With run off, time stands still, so that a key can come while a prompt plays."""
    call = simulator.dial_in(serving(menu), to=TO, run=False)
    call.waits(seconds=0.3)
    call.press("1", run=False)
    assert call.transcript == ("Welcome.", "Connecting you.")


def test_all_keys_are_typed_at_once(simulator: Simulator) -> None:
    """A Gather that waits for more keys gives up, unless they follow without time passing."""
    digits: list[str] = []

    def script(event: Event) -> Document:
        if isinstance(event, GatherEvent):
            digits.append(event.digits)
        return Response().gather(SpeakSentence("Number?"), gather_url="/", terminating_digits="#")

    call = simulator.dial_in(serving(script), to=TO)
    call.press("12")
    call.press("3", run=False)
    call.press("4", run=False)
    call.press("#")
    assert digits == ["12", "34"]


def test_music_without_end_does_not_hold_the_test(simulator: Simulator) -> None:
    """Time runs for a minute by itself, and for an hour on request."""
    call = simulator.dial_in(serving(menu), to=TO)
    call.press("2")
    start = simulator.now
    assert not call.ended
    assert simulator.now == start
    call.waits(seconds=3600)
    assert (simulator.now - start).total_seconds() == 3600
    assert call.hears_audio("hold.wav")


def test_patience_can_be_set() -> None:
    """How much time passes by itself is the test's choice."""
    app = always(Response().pause(duration=30).speak_sentence("Late").pause(duration=5))
    for patience, heard in ((0, ()), (29, ()), (31, ("Late",))):
        call = Simulator(patience=patience).dial_in(app, to=TO)
        assert call.heard == heard
    with pytest.raises(SimulatorError, match="patience: expected a number of 0 or more"):
        Simulator(patience=-1)


# --- ends, causes, tags -------------------------------------------------------------------


def test_a_call_has_an_end_and_events(simulator: Simulator) -> None:
    """Cause, state, tag and events are there; disconnect goes out when it has an address."""
    app = always(Response().tag("vip").pause(duration=10))
    call = simulator.dial_in(app, to=TO, status_url="/status")
    assert (call.state, call.cause, call.tag) == ("disconnected", "hangup", "vip")
    assert call.ended
    assert [type(event) for event in call.events] == [InitiateEvent, DisconnectEvent]
    assert repr(call).endswith(f"+19195550100 to {TO}, disconnected (hangup)>")


def test_a_caller_hangs_up(simulator: Simulator) -> None:
    """Hanging up ends an answered call, and gives up one that is not answered yet."""
    call = simulator.dial_in(serving(menu), to=TO)
    call.hang_up()
    assert call.cause == "hangup"
    call = simulator.dial_in(
        always(Response().ring(duration=60, answer_call=False)), to=TO, run=False
    )
    call.hang_up()
    assert call.cause == "cancel"
    with pytest.raises(SimulatorError):
        call.hang_up()


def test_a_bad_document_ends_the_call(simulator: Simulator) -> None:
    """What was wrong with a reply is in the error message and in the timeline."""

    def app(_: object, start: Callable[..., object]) -> list[bytes]:
        start("200 OK", [])
        return [b"<Response><Speak>Hi</Speak></Response>"]

    call = simulator.dial_in(app, to=TO)
    assert call.cause == "invalid-bxml"
    assert "Speak" in (call.record.error_message or "")
    assert "ended: invalid-bxml" in call.timeline


def test_the_timeline_tells_the_call(simulator: Simulator) -> None:
    """What was heard, pressed, sent and fetched stands there with seconds since the start."""
    call = simulator.dial_in(serving(menu), to=TO)
    call.press("1")
    lines = [" ".join(line.split()) for line in call.timeline.splitlines()]
    assert lines[:3] == [
        "0.0 s call initiated",
        "0.0 s sent initiate to http://application.test/",
        "0.0 s fetched 200, 192 bytes (POST http://application.test/)",
    ]
    assert '0.0 s heard "Welcome."' in lines
    assert "1.6 s pressed 1" in lines
    assert "1.6 s sent gather to http://application.test/" in lines


# --- transfers ----------------------------------------------------------------------------


def transfer(event: Event) -> Document | None:
    """Transfer to two people, and say how it went."""
    match event:
        case TransferCompleteEvent(cause=cause):
            return Response().speak_sentence(f"Result: {cause}.")
        case TransferDisconnectEvent():
            return None
        case _:
            numbers = (
                PhoneNumber(number, transfer_disconnect_url="/leg") for number in (SALES, TO)
            )
            return Response().transfer(*numbers, transfer_complete_url="/done")


def test_a_target_answers(simulator: Simulator) -> None:
    """The first to answer wins; when it leaves, the caller goes on."""
    call = simulator.dial_in(serving(transfer), to="+19195550111")
    assert call.transferring_to == [SALES, TO]
    sales, support = call.legs
    sales.answer()
    assert (sales.state, support.cause) == ("answered", "cancel")
    assert call.transferring_to == [SALES]
    sales.hang_up()
    assert call.hears("Result: hangup")
    assert call.legs[0] is sales


def test_nobody_answers(simulator: Simulator) -> None:
    """Busy, declined and silent targets are failures of the transfer."""
    call = simulator.dial_in(serving(transfer), to="+19195550111")
    sales, support = call.legs
    sales.busy()
    support.decline()
    assert call.hears("Result: rejected")
    call = simulator.dial_in(serving(transfer), to="+19195550111")
    for leg in call.legs:
        if not leg.ended:
            leg.no_answer()
    assert call.hears("Result: timeout")


def test_a_whisper_is_heard_by_the_target(simulator: Simulator) -> None:
    """Only the target hears the document of transferAnswer; its tag is its own."""
    call = simulator.dial_in(serving(menu), to=TO)
    call.press("1")
    [sales] = call.legs
    sales.answer()
    assert sales.hears("A customer is calling")
    assert not call.hears("A customer is calling")
    assert sales.tag == "b"
    assert "joined to" in call.timeline


# --- outbound -----------------------------------------------------------------------------


def test_an_outbound_call_is_answered(simulator: Simulator) -> None:
    """The callee's phone rings, and the document runs when it is picked up."""
    app = always(Response().speak_sentence("Your appointment is tomorrow."))
    call = simulator.call_out(app, to=TO, url="/answer", disconnect_url="/end", order={"tag": "x"})
    assert (call.state, call.tag, call.says_nothing.holds) == ("initiated", "x", True)
    call.answer()
    assert call.hears("Your appointment is tomorrow")
    assert [type(event) for event in call.events] == [AnswerEvent, DisconnectEvent]


@pytest.mark.parametrize(
    ("act", "cause"),
    [("busy", "busy"), ("decline", "rejected"), ("no_answer", "timeout")],
)
def test_an_outbound_call_is_not_answered(simulator: Simulator, act: str, cause: str) -> None:
    """Busy, declined and silent callees end the call with their cause."""
    call = simulator.call_out(always(Response()), to=TO)
    getattr(call, act)()
    assert call.cause == cause
    with pytest.raises(SimulatorError):
        getattr(call, act)()


def test_a_machine_is_detected(simulator: Simulator) -> None:
    """A wished result, a greeting and a beep all reach the detection."""
    detection = {"mode": "sync"}
    for answer in ("wish", "greeting"):
        call = simulator.call_out(
            always(Response().speak_sentence("Message.")),
            to=TO,
            order={"machineDetection": detection},
        )
        if answer == "wish":
            call.answer()
            assert call.says_nothing
            call.detected_as("answering-machine")
        else:
            call.voicemail("You have reached me.")
        event = call.events[0]
        assert isinstance(event, AnswerEvent)
        assert event.machine_detection_result is not None
        assert event.machine_detection_result.value == "answering-machine"
        assert call.transcript == ("Message.",)


def test_an_impossible_order_is_refused(simulator: Simulator) -> None:
    """The words of createCall say what is wrong."""
    app = always(Response())
    with pytest.raises(SimulatorError, match=r"call_out: Invalid to: must be an E164 telephone"):
        simulator.call_out(app, to="5551234")
    with pytest.raises(SimulatorError, match=r"call_out.order: expected values that JSON can hold"):
        simulator.call_out(app, to=TO, order={"tag": object()})
    with pytest.raises(SimulatorError, match=r"dial_in.to: expected a number, got ''"):
        simulator.dial_in(app, to="")
    with pytest.raises(SimulatorError, match="url: expected an http URL or a path, got 'ftp://a'"):
        simulator.dial_in(app, to=TO, url="ftp://a")


# --- recordings ---------------------------------------------------------------------------


def voicemail(event: Event) -> Document | None:
    """Record a message."""
    match event:
        case RecordCompleteEvent():
            return Response().speak_sentence("Thank you.")
        case RecordingAvailableEvent():
            return None
        case _:
            return (
                Response()
                .speak_sentence("Leave a message.")
                .record(record_complete_url="/", recording_available_url="/", max_duration=30)
            )


def test_a_voicemail_is_left(simulator: Simulator, tmp_path: Path) -> None:
    """The recording is as long as the message, and a real sound file."""
    call = simulator.dial_in(serving(voicemail), to=TO)
    recording = call.leave_voicemail("Call me", seconds=2.5)
    assert (recording.seconds, recording.complete) == (2.5, True)
    assert call.hears("Thank you")
    with wave.open(BytesIO(recording.wav())) as file:
        assert file.getnframes() / file.getframerate() == 2.5
    assert recording.save(tmp_path / "message.wav").read_bytes() == recording.wav()
    call.waits(seconds=5)
    assert isinstance(call.events[-1], RecordingAvailableEvent)
    assert "recording  stopped after 2.5 s" in call.timeline


@pytest.mark.parametrize(
    ("path", "status"),
    [("", 200), ("x", 404), ("/../x", 404)],
)
def test_a_recording_is_downloaded(simulator: Simulator, path: str, status: int) -> None:
    """The mediaUrl of recordingAvailable works with the account's credentials only."""
    simulator.start()
    call = simulator.dial_in(serving(voicemail), to=TO)
    recording = call.leave_voicemail(seconds=1)
    call.waits(seconds=5)
    event = call.events[-1]
    assert isinstance(event, RecordingAvailableEvent)
    url = str(event.media_url).replace(recording.recording_id, recording.recording_id + path)
    credentials = (simulator.username, simulator.password)
    reply = requests.get(url, auth=credentials, timeout=PATIENCE)
    assert reply.status_code == status
    if status == 200:
        assert reply.content == recording.wav()
        assert requests.get(url, timeout=PATIENCE).status_code == 401
        assert requests.put(url, auth=credentials, timeout=PATIENCE).status_code == 405
        other = url.replace("/9900000/", "/1/")
        assert requests.get(other, auth=credentials, timeout=PATIENCE).status_code == 403


def test_a_voicemail_ends_in_other_ways(simulator: Simulator) -> None:
    """Hanging up and silence end a recording too; without one there is nothing to end."""
    call = simulator.dial_in(serving(voicemail), to=TO)
    assert call.leave_voicemail(seconds=3, then="hang up").seconds == 3
    assert call.ended
    call = simulator.dial_in(serving(voicemail), to=TO)
    [growing] = call.recordings
    assert not growing.complete
    assert call.leave_voicemail(seconds=3, then="silence").seconds == 30
    with pytest.raises(SimulatorError, match="leave_voicemail: expected a call that is recording"):
        call.leave_voicemail()


# --- several calls, live updates ----------------------------------------------------------


def test_a_document_is_pushed_with_the_client(simulator: Simulator) -> None:
    """The music stops for what the client pushes, over the real REST interface."""
    call = simulator.dial_in(serving(menu), to=TO)
    call.press("2")
    client = simulator.client()
    assert isinstance(client, Client)
    document = Response().speak_sentence("An agent is free.").speak_sentence("Please hold.")
    client.update_call_bxml(call.call_id, document)
    assert call.hears("An agent is free. Please hold.")
    assert call.cause == "hangup"
    assert client.get_call_state(call.call_id).disconnect_cause == "hangup"


def test_a_handler_may_use_the_client(simulator: Simulator) -> None:
    """One call's webhook can redirect another call, without a deadlock."""
    waiting = simulator.dial_in(serving(menu), to=TO)
    waiting.press("2")
    client = simulator.client()

    def agent(event: Event) -> Document:
        if isinstance(event, InitiateEvent):
            client.redirect_call(waiting.call_id, redirect_url="http://application-2.test/join")
        return Response().speak_sentence("Hello agent.").conference("room")

    free = simulator.dial_in(serving(agent), to=SALES)
    assert free.hears("Hello agent")
    assert waiting.hears("Hello agent")
    assert "entered room" in waiting.timeline
    simulator.end_conference("room")
    assert free.ended
    assert waiting.ended


def test_a_call_is_placed_with_the_client(simulator: Simulator) -> None:
    """A call that the client makes has a phone too."""
    home = simulator.mount(always(Response().speak_sentence("Hello")))
    created = simulator.client().create_call(
        to=TO, from_=SALES, application_id="a", answer_url=home
    )
    phone = simulator.phone_call(created.call_id)
    phone.answer()
    assert phone.hears("Hello")
    assert simulator.phone_calls == (phone,)
    with pytest.raises(SimulatorError, match="phone_call: expected the id of a call, got 'c-0'"):
        simulator.phone_call("c-0")


def test_calls_do_not_disturb_each_other(simulator: Simulator) -> None:
    """Several calls share the clock and nothing else."""
    app = serving(menu)
    first, second = (simulator.dial_in(app, to=TO, from_=number) for number in (SALES, TO))
    second.press("1")
    assert second.transferring_to == [SALES]
    assert not first.ended
    assert first.record.from_ == SALES
    assert first.call_id != second.call_id


def test_a_conference_is_heard_by_its_members(simulator: Simulator) -> None:
    """What the room is told belongs to what each member hears, but for one on hold."""

    def room(event: Event) -> Document:
        if isinstance(event, ConferenceMemberJoinEvent):
            return (
                Response().speak_sentence("Somebody joined.").play_audio("http://x.example/a.wav")
            )
        hold = isinstance(event, InitiateEvent) and event.from_ == SALES
        return Response(Conference("room", hold=hold, conference_event_url="/"))

    app = serving(room)
    first = simulator.dial_in(app, to=TO)
    assert first.hears("Somebody joined")
    assert first.hears_audio("a.wav")
    held = simulator.dial_in(app, to=TO, from_=SALES)
    assert first.heard == ("Somebody joined.", "Somebody joined.")
    assert held.says_nothing
    assert first.timeline.count('heard      "Somebody joined."') == 2
    first.hang_up()
    assert first.says_nothing


def test_people_hear_each_other(simulator: Simulator) -> None:
    """Who is joined by a Transfer, and who is not yet, or not any more."""
    call = simulator.dial_in(serving(menu), to=TO)
    other = simulator.dial_in(serving(menu), to=TO)
    call.press("1")
    [sales] = call.legs
    assert not call.hears_person(sales)
    sales.answer()
    call.waits(seconds=10)
    assert call.hears_person(sales)
    assert sales.hears_person(call)
    assert not other.hears_person(sales)
    assert repr(call.hears_person(other)) == f"<does not hear {other!r}>"
    sales.hang_up()
    assert not call.hears_person(sales)


def test_a_coach_is_heard_by_some(simulator: Simulator) -> None:
    """In a conference it depends on coaching, and on being there."""
    coached: list[str] = []

    def room(event: Event) -> Document:
        coaches = ",".join(coached) if isinstance(event, InitiateEvent) else None
        return Response(Conference("room", call_ids_to_coach=coaches or None))

    customer, agent = (simulator.dial_in(serving(room), to=TO) for _ in range(2))
    coached.append(agent.call_id)
    coach = simulator.dial_in(serving(room), to=TO)
    assert agent.hears_person(coach)
    assert coach.hears_person(customer)
    assert not customer.hears_person(coach)
    assert customer.hears_person(agent)
    agent.hang_up()
    assert not customer.hears_person(agent)


def test_every_application_has_a_home(simulator: Simulator) -> None:
    """Two applications, one of them at its own address, get their own webhooks."""
    one = always(Response().speak_sentence("One").redirect("http://two.example/x"))
    two = always(Response().speak_sentence("Two").pause(duration=3))
    assert simulator.mount(two, "http://two.example") == "http://two.example"
    call = simulator.dial_in(one, to=TO)
    assert call.transcript == ("One", "Two")
    assert simulator.mount(two) == "http://two.example"


def test_get_webhooks_and_credentials(simulator: Simulator) -> None:
    """The first webhook can be a GET, and a Basic challenge is met."""
    seen: list[tuple[str, str | None]] = []

    def app(environ: dict[str, Any], start: Callable[..., object]) -> list[bytes]:
        seen.append((environ["REQUEST_METHOD"], environ.get("HTTP_AUTHORIZATION")))
        if "HTTP_AUTHORIZATION" not in environ:
            start("401 Unauthorized", [("WWW-Authenticate", 'Basic realm=""')])
            return []
        assert isinstance(parse_event(environ["QUERY_STRING"]), InitiateEvent)
        start("200 OK", [])
        return [Response().speak_sentence("Hi").to_bytes()]

    call = simulator.dial_in(app, to=TO, method="GET", username="me", password="secret")
    assert call.hears("Hi")
    assert seen == [("GET", None), ("GET", "Basic bWU6c2VjcmV0")]


# --- trouble ------------------------------------------------------------------------------


def test_a_failing_server_has_consequences(simulator: Simulator) -> None:
    """The fallback is tried, and without one the call ends."""
    simulator.webhooks.fail(500, event_type="initiate")
    call = simulator.dial_in(serving(menu), to=TO, fallback_url="/fallback")
    assert call.hears("Welcome")
    simulator.webhooks.fail("reset", times=2)
    call.press("1")
    assert call.cause == "callback-error"


def test_a_late_server_has_consequences(simulator: Simulator) -> None:
    """A delay is heard as silence; past the timeout the reply is lost."""
    simulator.webhooks.delay(10)
    call = simulator.dial_in(serving(menu), to=TO)
    assert call.hears("Welcome")
    assert call.record.answer_time is not None
    assert call.record.start_time is not None
    assert (call.record.answer_time - call.record.start_time).total_seconds() == 10
    simulator.webhooks.delay(16)
    call.press("1")
    assert call.cause == "callback-error"


def test_events_come_twice_and_in_another_order(simulator: Simulator) -> None:
    """Duplicates and changed places reach the application as planned."""
    arrived: list[str] = []

    def script(event: Event) -> Document | None:
        arrived.append(event.event_type)
        return Response().start_gather("/keys").pause(duration=10)

    simulator.webhooks.hold(event_type="dtmf")
    simulator.webhooks.duplicate(event_type="dtmf")
    call = simulator.dial_in(serving(script), to=TO, status_url="/status", run=False)
    call.press("1", run=False)
    call.press("2", run=False)
    call.press("3", run=False)
    call.hang_up()
    assert arrived == ["initiate", "dtmf", "dtmf", "dtmf", "dtmf", "disconnect"]


def test_an_exception_is_kept_and_can_be_forgiven(simulator: Simulator) -> None:
    """What the application raised is there for the test."""

    def script(_: Event) -> Document:
        raise LookupError("menu")

    call = simulator.dial_in(serving(script), to=TO)
    assert call.cause == "callback-error"
    [error] = simulator.webhooks.forgive()
    assert str(error) == "the application raised LookupError: menu"
    assert isinstance(error.__cause__, LookupError)


def test_a_simulator_can_be_stopped_twice() -> None:
    """Applications and clients are closed once."""
    simulator = Simulator()
    simulator.dial_in(serving(menu), to=TO)
    simulator.client()
    simulator.stop()
    simulator.stop()
    assert isinstance(simulator, InProcess)
