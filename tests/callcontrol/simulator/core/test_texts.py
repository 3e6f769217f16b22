"""The exact texts of the engine: refusals, reasons why calls ended, warnings."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from callcontrol._urls import shown_url
from callcontrol.simulator.core.observations import Rejected
from callcontrol.simulator.core.signals import NotSimulatedError
from callcontrol.simulator.core.webhooks import HttpRequest, WebhookReply
from callcontrol.simulator.errors import SimulatorError
from callcontrol.simulator.settings import Assumptions, Limits

if TYPE_CHECKING:
    from tests.callcontrol.simulator.core.conftest import World

Act = Callable[["World", str], object]

WAIT = '<Pause duration="600"/>'
SAY = "<SpeakSentence>{}</SpeakSentence>"
REDIRECT = '<Redirect redirectUrl="/next"/>'
ROOM = '<Conference conferenceEventUrl="/room">room</Conference>'
UP = "expected the id of a call that is up, got 'c-1'"
PERSON = "expected an answered call or an inbound one, got an outbound call that is initiated"
OGG = "PlayAudio of https://app.test/a.ogg: expected wav or mp3, got a file that ends in .ogg"
LOG = "see the log of your application: it has the traceback"
EMPTY = "the reply is empty, which counts as a document without verbs; return a document"
RESULTS = ("human", "answering-machine", "tone-detected", "silence", "timeout", "error")
RINGING = "expected an outbound call that is not answered yet, got an inbound call that is answered"


def _never_rings(world: "World", call_id: str) -> None:
    world.engine.never_rings(call_id)
    world.engine.advance(30)


def _reach_the_last_year(world: "World", _: str) -> None:
    for _year in range(0, 7_300, 30):
        world.engine.advance(1e9)


REFUSALS: list[tuple[Act, str]] = [
    (lambda world, _: world.engine.answer("c-1"), f"answer: {UP}"),
    (lambda world, _: world.engine.press("c-1", "1"), f"press: {UP}"),
    (lambda world, _: world.engine.say("c-1", "Hi"), f"say: {UP}"),
    (lambda world, _: world.engine.beep("c-1"), f"beep: {UP}"),
    (lambda world, _: world.engine.hang_up("c-1"), f"hang_up: {UP}"),
    (lambda world, _: world.engine.detect("c-1", "human"), f"detect: {UP}"),
    (lambda world, _: world.engine.close_stream("c-1", "s"), f"close_stream: {UP}"),
    (
        lambda world, _: world.engine.refer_result("c-1", succeeded=True),
        f"refer_result: {UP}",
    ),
    (lambda world, _: world.engine.endpoint_leaves("c-1"), f"endpoint_leaves: {UP}"),
    (lambda world, _: world.engine.set_recording("c-1", paused=True), f"set_recording: {UP}"),
    (lambda world, call: world.engine.answer(call), f"answer: {RINGING}"),
    (lambda world, call: world.engine.busy(call), f"busy: {RINGING}"),
    (lambda world, call: world.engine.decline(call), f"decline: {RINGING}"),
    (lambda world, call: world.engine.no_answer(call), f"no_answer: {RINGING}"),
    (lambda world, call: world.engine.never_rings(call), f"never_rings: {RINGING}"),
    (
        lambda world, call: world.engine.press(call, ""),
        "press.digits: expected keys 0-9 A-D * #, got ''",
    ),
    (
        lambda world, call: world.engine.detect(call, "robot"),
        f"detect.value: expected one of {', '.join(RESULTS)}, got 'robot'",
    ),
    (
        lambda world, call: world.engine.detect(call, "human"),
        "detect: expected a call with a running machine detection",
    ),
    (
        lambda world, call: world.engine.close_stream(call, "s"),
        "close_stream.name: expected an open stream, got 's'",
    ),
    (
        lambda world, call: world.engine.refer_result(call, succeeded=True),
        "refer_result: expected a call that runs Refer",
    ),
    (
        lambda world, call: world.engine.endpoint_leaves(call),
        "endpoint_leaves: expected a call that runs Connect",
    ),
    (
        lambda world, call: world.engine.set_recording(call, paused=True),
        "set_recording: expected a call that is being recorded",
    ),
    (
        lambda world, _: world.engine.end_conference("room"),
        "end_conference: expected a conference, got 'room'",
    ),
    (
        _reach_the_last_year,
        "advance: virtual time ends with the year 8999",
    ),
    (
        lambda world, _: world.dial_in(WAIT),
        "dial_in: the limit of 1 active calls (Limits.active_calls) is reached",
    ),
]


@pytest.mark.parametrize(
    ("act", "text"),
    REFUSALS,
)
def test_what_cannot_be_done_now(make_world: "type[World]", act: Act, text: str) -> None:
    """Each refusal names what was asked for, what it needs and what there is."""
    world = make_world(limits=Limits(active_calls=1))
    call = world.dial_in(WAIT)
    with pytest.raises(SimulatorError) as caught:
        act(world, call)
    assert str(caught.value) == text


@pytest.mark.parametrize("name", ["press", "say", "beep", "hang_up"])
def test_a_phone_that_still_rings(world: "World", name: str) -> None:
    """Has no person at it, and none once the call is over."""
    call = world.dial_out(WAIT, picked_up=False)
    acts: dict[str, Callable[[], object]] = {
        "press": lambda: world.engine.press(call, "1"),
        "say": lambda: world.engine.say(call, "Hi"),
        "beep": lambda: world.engine.beep(call),
        "hang_up": lambda: world.engine.hang_up(call),
    }
    with pytest.raises(SimulatorError) as ringing:
        acts[name]()
    assert str(ringing.value) == f"{name}: {PERSON}"
    world.engine.answer(call)
    world.engine.hang_up(call)
    with pytest.raises(SimulatorError) as ended:
        acts[name]()
    assert str(ended.value) == f"{name}: expected a call that is up, got one that has ended: hangup"


@pytest.mark.parametrize("name", ["advance", "run_until"])
def test_time_inside_a_handler(world: "World", name: str) -> None:
    """A webhook handler cannot move the clock that waits for it."""

    def handle(_: HttpRequest) -> WebhookReply:
        if name == "advance":
            world.engine.advance(1)
        else:
            world.engine.run_until(lambda: True, 1)
        return WebhookReply()

    world.routes["/start"] = handle
    text = f"{name}: expected a call from outside the webhook handlers"
    with pytest.raises(SimulatorError, match=f"^{re.escape(text)}$"):
        world.dial_in()


UNANSWERED: list[tuple[Act, str, str]] = [
    (lambda world, call: world.engine.busy(call), "busy", "Callee is busy"),
    (lambda world, call: world.engine.decline(call), "rejected", "Callee declined the call"),
    (
        lambda world, call: world.engine.no_answer(call),
        "timeout",
        "Call was not answered within callTimeout",
    ),
    (
        _never_rings,
        "timeout",
        "Call did not ring within 30 s",
    ),
]


@pytest.mark.parametrize(
    ("act", "cause", "text"),
    UNANSWERED,
)
def test_why_a_call_was_not_answered(world: "World", act: Act, cause: str, text: str) -> None:
    """Cause and message say it, in the call and in disconnect."""
    call = world.dial_out(WAIT, picked_up=False)
    act(world, call)
    found = world.call(call)
    assert (found.disconnect_cause, found.error_message) == (cause, text)
    event = world.fields("disconnect")
    assert (event["cause"], event["errorMessage"]) == (cause, text)
    assert event["errorId"] == found.error_id


@pytest.mark.parametrize("delay", [30, 30.5])
def test_a_ring_that_comes_too_late(make_world: "type[World]", delay: float) -> None:
    """After 30 s without a ring the call is over, at 30 s exactly it still rings."""
    world = make_world(Assumptions(ring_delay=delay))
    call = world.dial_out(WAIT, picked_up=False, callTimeout=10)
    world.engine.advance(60)
    expected = (
        "Call was not answered within callTimeout"
        if delay == 30
        else ("Call did not ring within 30 s")
    )
    found = world.call(call)
    assert found.error_message == expected
    assert found.end_time is not None
    assert found.start_time is not None
    assert (found.end_time - found.start_time).total_seconds() == (40 if delay == 30 else 30)


@pytest.mark.parametrize(
    ("bxml", "cause", "text"),
    [
        (
            "<Refer><SipUri>sip:desk@example.com</SipUri></Refer>",
            "application-error",
            "Refer: expected an inbound call from a SIP URI",
        ),
        (
            f"{SAY.format('Hi')}<Forward to='+19195550001'/>",
            "application-error",
            "Forward: expected an unanswered inbound call, got an inbound call that is answered",
        ),
        (
            '<Redirect redirectUrl="//[bad/next"/>',
            "application-error",
            "expected an http or https URL, got '//[bad/next'",
        ),
        (
            "<PlayAudio>/a.ogg</PlayAudio>",
            "application-error",
            OGG,
        ),
        (
            "<PlayAudio>/flac</PlayAudio>",
            "application-error",
            "PlayAudio of https://app.test/flac: expected wav or mp3, got audio/flac",
        ),
    ],
)
def test_why_a_document_ended_a_call(world: "World", bxml: str, cause: str, text: str) -> None:
    """The message names the verb, what it needs and what it got."""
    world.reply("/a.ogg", WebhookReply(body=b"OggS"))
    world.reply("/flac", WebhookReply(body=b"fLaC", headers=(("Content-Type", "audio/flac"),)))
    call = world.dial_in(bxml)
    world.engine.advance(1)
    found = world.call(call)
    assert (found.disconnect_cause, found.error_message) == (cause, text)


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (WebhookReply(failure="timeout"), "no reply in time"),
        (WebhookReply(failure="unreachable"), "no connection"),
        (WebhookReply(failure="reset"), "the connection was lost"),
        (WebhookReply(failure="garbage"), "the reply is not HTTP"),
        (WebhookReply(failure="foreign"), "nothing in this simulation serves that address"),
        (WebhookReply(failure="reset", detail="EOF"), "the connection was lost (EOF)"),
        (WebhookReply(status=199), "expected status 200 to 299, got 199"),
        (WebhookReply(status=300), "expected status 200 to 299, got 300"),
    ],
)
def test_why_a_webhook_failed(world: "World", reply: WebhookReply, text: str) -> None:
    """Each way to fail has its words; observers get them too."""
    world.reply("/next", reply)
    call = world.dial_in('<Redirect redirectUrl="/next?key=1#x"/>')
    message = f"redirect webhook to https://app.test/next failed: {text}"
    assert world.call(call).error_message == message
    (rejected,) = (observation for observation in world.seen if isinstance(observation, Rejected))
    assert (rejected.text, rejected.url) == (message, "https://app.test/next?key=1#x")


def test_documents_in_a_circle(make_world: "type[World]") -> None:
    """As many as may come at one instant are run, the next one ends the call."""
    world = make_world(Assumptions(documents_per_instant=3))
    world.serve("/next", REDIRECT)
    call = world.dial_in(REDIRECT)
    text = "more than 3 documents were fetched at one instant of virtual time, the last ones from "
    hint = "let a verb that takes time, such as Gather or Pause, come before the next document"
    assert world.call(call).error_message == f"{text}https://app.test/next; {hint}"
    assert world.kinds == ["initiate", "redirect", "redirect", "disconnect"]


def test_what_is_not_simulated(world: "World") -> None:
    """Raises where the call is driven, and ends the call."""
    bxml = '<Connect eventCallbackUrl="/e"><Endpoint>e-1</Endpoint></Connect>'
    text = "Connect eventCallbackUrl: expected none, the events of endpoints are not simulated"
    with pytest.raises(NotSimulatedError) as caught:
        world.dial_in(bxml)
    assert str(caught.value) == text
    assert world.fields("disconnect")["errorMessage"] == text


@pytest.mark.parametrize(
    ("target", "cause", "text"),
    [
        ("c-none", "unknown", "Bridge: expected the id of a call, got 'c-none'"),
        ("{self}", "unknown", "Bridge: expected another call, got the one that runs it"),
        ("{over}", "rejected", "Call {over} has ended"),
        ("{rings}", "rejected", "Call {rings} is not answered"),
        ("{forwarded}", "rejected", "Call {forwarded} is being forwarded"),
        ("{bridged}", "busy", "Call {bridged} is already bridged with another call"),
    ],
)
def test_bridges_that_cannot_be_made(world: "World", target: str, cause: str, text: str) -> None:
    """Cause and message go to bridgeComplete, the message to observers."""
    calls = {"over": world.dial_in("<Hangup/>"), "rings": world.dial_out(WAIT, picked_up=False)}
    calls["forwarded"] = world.dial_in('<Forward to="+19195550001"/>')
    calls["bridged"] = world.dial_in(WAIT)
    world.dial_in(f"<Bridge>{calls['bridged']}</Bridge>")
    before = len(world.warnings)
    self_id = world.dial_in(WAIT)
    place = {**calls, "self": self_id}
    bridge = f'<Bridge bridgeCompleteUrl="https://app.test/done">{target}</Bridge>'
    world.serve("/done", WAIT)
    assert world.push(self_id, bridge.format_map(place)) == 204
    event = world.fields("bridgeComplete")
    assert (event["cause"], event["errorMessage"]) == (cause, text.format_map(place))
    assert event["errorId"]
    assert world.warnings[before:] == [text.format_map(place)]


def test_a_second_coach(world: "World") -> None:
    """Is a plain member."""
    world.dial_in('<Conference callIdsToCoach="c-1">room</Conference>')
    second = world.dial_in('<Conference callIdsToCoach="c-1">room</Conference>')
    assert world.warnings == ["Conference room: it has a coach already; this one is not a coach"]
    assert world.engine.conferences["room"].members[second].coaches == frozenset()


def test_a_room_that_is_full(make_world: "type[World]") -> None:
    """One call more than it takes is refused."""
    world = make_world(Assumptions(conference_members=2))
    room = "<Conference>room</Conference>"
    calls = [world.dial_in(room) for _ in range(3)]
    assert [world.call(call).error_message for call in calls] == [
        None,
        None,
        "Conference room: the limit of 2 calls is reached",
    ]


def test_what_a_room_says_of_replies(world: "World") -> None:
    """A failed webhook, a forbidden verb and one that fails when it runs."""
    world.reply("/room", WebhookReply(status=500))
    call = world.dial_in(ROOM)
    rejected = [observation.text for observation in world.seen if isinstance(observation, Rejected)]
    assert rejected == [
        f"conferenceCreated webhook failed: expected status 200 to 299, got 500: {LOG}",
        f"conferenceMemberJoin webhook failed: expected status 200 to 299, got 500: {LOG}",
    ]
    world.serve("/room", f"<PlayAudio>/a.ogg</PlayAudio>{SAY.format('Hi')}")
    world.reply("/a.ogg", WebhookReply(body=b"OggS"))
    world.dial_in(ROOM)
    assert [text for text in world.warnings if "skipped" in text] == [
        f"PlayAudio is skipped: {OGG}"
    ]
    assert world.heard(world.engine.conferences["room"].id) == ["Hi"]
    assert world.cause(call) is None


def test_an_empty_reply(world: "World") -> None:
    """Counts as an empty document, with a warning that names the reply."""
    world.reply("/next", WebhookReply(body=b" \n"))
    call = world.dial_in(f"{SAY.format('Hi')}{REDIRECT}")
    world.engine.advance(10)
    assert world.warnings == [f"reply to redirect from https://app.test/next: {EMPTY}"]
    assert world.cause(call) == "hangup"


def test_pushed_documents(world: "World") -> None:
    """Their warnings and mistakes are told apart from those of replies."""
    call = world.dial_in(WAIT)
    world.platform.calls.interrupt(call, f'<Bxml><Pause durration="1"/>{WAIT}</Bxml>')
    world.engine.settle()
    (warning,) = world.warnings
    assert warning.startswith("pushed document: ")
    assert "durration" in warning
    world.platform.calls.interrupt(call, '<Bxml><Pause duration="x"/><Pause duration="y"/></Bxml>')
    world.engine.settle()
    message = str(world.call(call).error_message)
    assert message.startswith("pushed document is not valid BXML: ")
    assert message.endswith(" (and 1 more)")
    assert "\n" not in message


def test_streams_that_do_not_start(world: "World") -> None:
    """Warnings name the kind, the stream and the reason."""
    stream = '<StartStream name="{}" destination="wss://app.test/" tracks="both"/>'
    words = '<StartTranscription name="{}" transcriptionEventUrl="/t"/>'
    world.dial_in(
        f"{stream.format('a')}{stream.format('a')}{stream.format('b')}{stream.format('c')}"
        f"{words.format('a')}{words.format('a')}{WAIT}"
    )
    assert [text for text in world.warnings if "did not start" in text] == [
        "stream a did not start: A stream with the name a already exists",
        "stream c did not start: expected at most 4 tracks, got 6",
        "transcription a did not start: A real-time transcription with the name a already exists",
    ]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://u:hunter2@app.test:8443/a?b=hunter2#hunter2", "https://app.test:8443/a"),
        ("http://app.test/", "http://app.test/"),
        ("https:///a", "https:///a"),
        ("https://[::1/a", "an unreadable URL"),
        ("http://app.test:99999/", "an unreadable URL"),
    ],
)
def test_how_messages_show_urls(url: str, shown: str) -> None:
    """Scheme, host, port and path: what else there is may be secret."""
    assert shown_url(url) == shown


@pytest.mark.parametrize("status", [200, 299])
def test_statuses_that_succeed(world: "World", status: int) -> None:
    """From 200 to 299 a reply is a document."""
    world.reply("/next", WebhookReply(status=status, body=f"<Response>{WAIT}</Response>".encode()))
    assert world.cause(world.dial_in(REDIRECT)) is None
