"""Streams, tags, updates, machine detection, queue and the end: the rules S, P, U, M, Q and H."""

import json
from typing import TYPE_CHECKING

import pytest

from callcontrol.events import MachineDetectionCompleteEvent
from callcontrol.simulator.core.observations import Detected
from callcontrol.simulator.core.signals import NotSimulatedError
from callcontrol.simulator.core.webhooks import WebhookReply
from callcontrol.simulator.errors import SimulatorError
from callcontrol.simulator.settings import Assumptions, Limits

if TYPE_CHECKING:
    from tests.callcontrol.simulator.core.conftest import World

SAY = "<SpeakSentence>{}</SpeakSentence>"
HELLO, DONE = SAY.format("Hello"), SAY.format("Done")
WAIT = '<Pause duration="600"/>'
STREAM = '<StartStream destination="wss://x.example/s" streamEventUrl="/media" {}/>'
TEXT = '<StartTranscription transcriptionEventUrl="/text" {}/>'
LIVE = 'destination="wss://x.example/t" '
NEXT = "https://app.test/next"


def test_s1_a_stream_as_the_last_verb_ends_at_once(world: "World") -> None:
    """The hang-up closes it."""
    world.dial_in(STREAM.format('name="s" tracks="both"'))
    assert world.kinds == ["initiate", "mediaStreamStarted", "mediaStreamStopped", "disconnect"]
    found = world.fields("mediaStreamStarted")["mediaStream"]
    assert isinstance(found, dict)
    assert found["tracks"] == ["inbound", "outbound"]


def test_s2_rejected_streams(world: "World") -> None:
    """More than four tracks, or a name in use; the call goes on."""
    call = world.dial_in(
        STREAM.format('name="a" tracks="both"')
        + STREAM.format('name="a"')
        + STREAM.format('tracks="both"')
        + STREAM.format('name="c"')
        + HELLO
    )
    causes = [world.fields("mediaStreamRejected", index) for index in (0, 1)]
    assert [cause["cause"] for cause in causes] == ["duplicate", "track-limit"]
    assert causes[0]["errorMessage"] == "A stream with the name a already exists"
    assert "originalMediaStream" in causes[0]
    refused = causes[1]["mediaStream"]
    assert isinstance(refused, dict)
    assert refused["name"] == "c"
    assert world.heard(call) == ["Hello"]


def test_s3_stop_stream(world: "World") -> None:
    """By name; an unknown name does nothing; wait blocks until the far end closes."""
    call = world.dial_in(
        STREAM.format('name="a"')
        + '<StopStream name="zzz"/><StopStream name="a"/>'
        + STREAM.format('name="b" mode="bidirectional"')
        + '<StopStream name="b" wait="true"/>'
        + HELLO
    )
    assert world.kinds.count("mediaStreamStopped") == 1
    world.engine.advance(1000)
    assert world.heard(call) == []
    world.engine.close_stream(call, "b")
    assert world.heard(call) == ["Hello"]
    found = world.fields("mediaStreamStopped")["mediaStream"]
    assert isinstance(found, dict)
    assert found["duration"] == "PT16M40S"


def test_s4_the_end_closes_every_stream(world: "World") -> None:
    """With cause closed."""
    call = world.dial_in(STREAM.format('name="a"') + STREAM.format('name="b"') + WAIT)
    world.engine.hang_up(call)
    assert world.kinds[-3:] == ["mediaStreamStopped", "mediaStreamStopped", "disconnect"]
    assert world.fields("mediaStreamStopped")["cause"] == "closed"


def test_s5_transcriptions(world: "World") -> None:
    """Like streams; without destination only Available; Stop without name stops all."""
    world.dial_in(
        TEXT.format(f'{LIVE} name="a"')
        + TEXT.format(f'{LIVE} name="a"')
        + TEXT.format('name="quiet"')
        + "<StopTranscription/>"
        + WAIT
    )
    world.engine.advance(60)
    assert world.kinds == [
        "initiate",
        "realTimeTranscriptionStarted",
        "realTimeTranscriptionRejected",
        "realTimeTranscriptionStopped",
        "realTimeTranscriptionAvailable",
        "realTimeTranscriptionAvailable",
    ]
    found = world.fields("realTimeTranscriptionAvailable", 0)["realTimeTranscription"]
    assert isinstance(found, dict)
    assert (found["status"], found["stabilized"]) == ("available", "true")


def test_s6_connect(world: "World") -> None:
    """Blocks until the endpoint goes away; its own events are not simulated."""
    call = world.dial_in(f"<Connect><Endpoint>e-1</Endpoint></Connect>{HELLO}")
    world.engine.advance(100)
    assert world.heard(call) == []
    world.engine.endpoint_leaves(call)
    assert world.heard(call) == ["Hello"]
    with pytest.raises(NotSimulatedError, match="Connect eventCallbackUrl"):
        world.dial_in('<Connect eventCallbackUrl="/e"><Endpoint>e-1</Endpoint></Connect>')


def test_s7_no_websocket_is_opened(world: "World") -> None:
    """A stream to an unreachable destination starts as well."""
    call = world.dial_in(STREAM.format("") + HELLO)
    assert world.kinds == ["initiate", "mediaStreamStarted"]
    assert world.heard(call) == ["Hello"]


def test_p1_p2_tags_hold_until_changed(world: "World") -> None:
    """From createCall, Tag, attributes and updateCall; an empty one clears it."""
    world.serve("/next", f'<Gather gatherUrl="/next" tag="" firstDigitTimeout="1"/>{WAIT}')
    call = world.dial_out('<Tag>two</Tag><Redirect redirectUrl="/next"/>', tag="one")
    assert world.fields("answer")["tag"] == "one"
    assert world.fields("redirect")["tag"] == "two"
    world.serve("/next", WAIT)
    world.engine.advance(1)
    assert "tag" not in world.fields("gather")
    world.update(call, redirectUrl=NEXT, tag="three")
    assert world.fields("redirect")["tag"] == "three"
    world.engine.hang_up(call)
    assert world.fields("disconnect")["tag"] == "three"


def test_p3_no_attribute_no_change(world: "World") -> None:
    """The tag stays."""
    world.serve("/next", WAIT)
    world.dial_out('<Redirect redirectUrl="/next"/>', tag="one")
    assert world.fields("redirect")["tag"] == "one"


@pytest.mark.parametrize(("inherit", "plain"), [(True, "caller"), (False, None)])
def test_p4_p5_tags_of_legs(make_world: "type[World]", *, inherit: bool, plain: str | None) -> None:
    """Of their own, or the caller's; the tag of Transfer is for the caller."""
    world = make_world(Assumptions(legs_inherit_tag=inherit))
    call = world.dial_in(
        '<Transfer tag="caller"><PhoneNumber tag="own">+19195550001</PhoneNumber>'
        '<PhoneNumber>+19195550002</PhoneNumber><SipUri tag="">sip:a@b.example</SipUri></Transfer>'
    )
    assert [world.call(leg).tag for leg in world.legs] == ["own", plain, None]
    assert world.call(call).tag == "caller"


def test_p6_the_tag_of_bridge_is_for_the_runner(world: "World") -> None:
    """The target keeps its own."""
    target = world.dial_in(f"<Tag>target</Tag>{WAIT}")
    runner = world.dial_in(f'<Bridge tag="runner">{target}</Bridge>')
    assert (world.call(runner).tag, world.call(target).tag) == ("runner", "target")


def test_p7_conferences_keep_the_creators_tag(world: "World") -> None:
    """As it was at creation, even when the creator has gone."""
    world.reply("/room", WebhookReply(status=204))
    room = '<Conference conferenceEventUrl="/room">room</Conference>'
    creator = world.dial_in(f"<Tag>first</Tag>{room}")
    other = world.dial_in(f"<Tag>second</Tag>{room}")
    world.push(creator, f"<Tag>later</Tag>{WAIT}")
    world.engine.hang_up(other)
    assert world.fields("conferenceCompleted")["tag"] == "first"


def test_p8_late_events_carry_the_tag_of_then(world: "World") -> None:
    """Not the one of the recording's start."""
    world.dial_in(
        '<StartRecording recordingAvailableUrl="/file" tag="start"/><Pause/><StopRecording/>'
        f"<Tag>late</Tag>{WAIT}"
    )
    world.engine.advance(5)
    assert world.fields("recordingAvailable")["tag"] == "late"


def test_p9_longest_tags(world: "World") -> None:
    """4096 characters over REST, 256 in a document."""
    call = world.dial_out(f"<Tag>{'x' * 256}</Tag>{WAIT}", tag="y" * 4096)
    assert (world.fields("answer")["tag"], world.call(call).tag) == ("y" * 4096, "x" * 256)
    assert world.create(tag="y" * 4097).status == 400
    assert world.cause(world.dial_in(f"<Tag>{'x' * 257}</Tag>{WAIT}")) == "invalid-bxml"


def test_u1_u2_update_call_redirects_at_once(world: "World") -> None:
    """The verb stops when the request is accepted, though the reply takes its time."""
    world.serve("/next", DONE, seconds=3)
    call = world.dial_in(f'<Gather gatherUrl="/keys"/>{HELLO}')
    status = world.update(call, redirectUrl=NEXT, tag="t")
    assert (status, world.kinds) == (200, ["initiate", "redirect"])
    assert world.fields("redirect")["tag"] == "t"
    world.engine.press(call, "1")
    world.engine.advance(3)
    assert world.heard(call) == ["Done"]
    world.engine.advance(60)
    assert "gather" not in world.kinds


def test_u3_pushed_documents_run_at_once(world: "World") -> None:
    """Without a webhook."""
    call = world.dial_in(WAIT)
    assert world.push(call, HELLO) == 204
    assert world.heard(call) == ["Hello"]
    assert world.kinds == ["initiate"]


def test_u4_completed_ends_every_kind_of_call(world: "World") -> None:
    """Hang up, cancel, reject."""
    answered = world.dial_out(WAIT)
    ringing = world.dial_out(WAIT, picked_up=False)
    inbound = world.dial_in('<Ring answerCall="false"/>')
    queued = [json.loads(world.create().body)["callId"] for _ in range(2)][-1]
    for call in (answered, ringing, inbound, queued):
        assert world.update(call, state="completed") == 200
    causes = [world.cause(each) for each in (answered, ringing, inbound, queued)]
    assert causes == ["hangup", "cancel", "rejected", "cancel"]


def test_u5_u6_states_that_refuse(make_world: "type[World]") -> None:
    """409 for a call that is not up or ended a moment ago, 404 for others."""
    world = make_world(Assumptions(conflict_seconds=10))
    ringing = world.dial_out(WAIT, picked_up=False)
    ended = world.dial_in("<Hangup/>")
    assert [world.push(call_id, HELLO) for call_id in (ringing, ended, "c-nobody")] == [
        409,
        409,
        404,
    ]
    reply = world.rest("POST", f"/{ringing}", {"redirectUrl": NEXT})
    assert f"Call [{ringing}] cannot be modified in its current state" in reply.body.decode()
    world.engine.advance(11)
    assert world.push(ended, HELLO) == 404


def test_u7_unanswered_calls(make_world: "type[World]") -> None:
    """Cannot be updated, unless the option says so."""
    for option, status in ((False, 409), (True, 204)):
        world = make_world(Assumptions(update_unanswered=option))
        call = world.dial_in('<Ring answerCall="false"/>')
        assert world.push(call, HELLO) == status


def test_u8_interrupted_verbs_send_nothing(world: "World") -> None:
    """Neither gather, recordComplete, transferComplete nor bridgeComplete."""
    target = world.dial_in(WAIT)
    for verb in (
        '<Gather gatherUrl="/a"/>',
        '<Record recordCompleteUrl="/a"/>',
        '<Transfer transferCompleteUrl="/a"><PhoneNumber>+19195550001</PhoneNumber></Transfer>',
        f'<Bridge bridgeCompleteUrl="/a">{target}</Bridge>',
    ):
        call = world.dial_in(verb)
        world.push(call, WAIT)
    assert set(world.kinds) == {"initiate", "disconnect"}  # of the bridge's target
    assert world.cause(target) == "hangup"


def test_u9_background_work_survives(world: "World") -> None:
    """StartGather, streams, recording and tag."""
    call = world.dial_in(
        '<StartGather dtmfUrl="/dtmf"/><StartRecording recordingAvailableUrl="/file"/>'
        + STREAM.format('name="a"')
        + f"<Tag>kept</Tag>{WAIT}"
    )
    world.push(call, WAIT)
    world.engine.press(call, "7")
    assert world.fields("dtmf")["tag"] == "kept"
    assert "mediaStreamStopped" not in world.kinds
    assert not world.engine.recordings


def test_u10_invalid_documents_are_refused(world: "World") -> None:
    """And the call goes on undisturbed."""
    call = world.dial_in(f"<Pause/>{HELLO}")
    assert world.push(call, "<Bogus/>") == 400
    world.engine.advance(1)
    assert world.heard(call) == ["Hello"]


def test_u11_a_failed_redirect_ends_the_call(world: "World") -> None:
    """After its fallback has been tried."""
    call = world.dial_in(WAIT)
    world.update(call, redirectUrl=NEXT, redirectFallbackUrl="https://app.test/spare")
    assert world.cause(call) == "callback-error"
    assert [request.attempt for request in world.requests[1:3]] == ["first", "fallback"]


def amd(world: "World", **more: object) -> str:
    """Return an answered call with asynchronous machine detection."""
    return world.dial_out(WAIT, machineDetection={"callbackUrl": "https://app.test/amd", **more})


def result(world: "World") -> tuple[object, object]:
    """Return value and duration of the last result."""
    event = [event for event in world.events if isinstance(event, MachineDetectionCompleteEvent)][
        -1
    ]
    found = json.loads(event.to_json())["machineDetectionResult"]
    return found["value"], found["duration"]


def test_m1_silence(world: "World") -> None:
    """Nobody speaks for silenceTimeout."""
    amd(world, silenceTimeout=4)
    world.engine.advance(20)
    assert result(world) == ("silence", "PT4S")


def test_m2_a_recognised_machine(world: "World") -> None:
    """Is reported at once."""
    call = amd(world)
    world.engine.advance(1)
    world.engine.say(call, "Please leave a message", machine=True)
    assert result(world) == ("answering-machine", "PT1S")


@pytest.mark.parametrize(("speech", "value"), [(2, "human"), (9, "answering-machine")])
def test_m3_length_decides(world: "World", speech: float, value: str) -> None:
    """When the speech has ended."""
    call = amd(world, speechThreshold=6, speechEndThreshold=3)
    world.engine.say(call, "Hello", seconds=speech)
    world.engine.advance(20)
    assert result(world) == (value, f"PT{speech + 3}S")


def test_m4_delayed_results(world: "World") -> None:
    """Come at the end of the greeting: silence, tone or time."""
    for act, expected in (("", "PT7S"), ("beep", "PT6S"), ("talk", "PT15S")):
        call = amd(world, delayResult=True, machineSpeechEndThreshold=2)
        world.engine.say(call, "You have reached", seconds=5, machine=True)
        world.engine.advance(6)
        if act == "beep":
            world.engine.beep(call)
        elif act == "talk":
            world.engine.say(call, "for ages", seconds=30)
        world.engine.advance(20)
        assert result(world) == ("answering-machine", expected)
        world.engine.hang_up(call)


@pytest.mark.parametrize(
    ("option", "value"), [(False, "answering-machine"), (True, "tone-detected")]
)
def test_m5_tones(make_world: "type[World]", *, option: bool, value: str) -> None:
    """Are named if the account has it."""
    world = make_world(Assumptions(tones_detected=option))
    world.engine.beep(amd(world))
    assert result(world)[0] == value


def test_m6_timeout(world: "World") -> None:
    """Somebody who never stops talking, and a wish."""
    call = amd(world, detectionTimeout=8)
    world.engine.say(call, "blah", seconds=60)
    world.engine.advance(20)
    assert result(world) == ("timeout", "PT8S")
    call = amd(world)
    world.engine.detect(call, "error")
    assert result(world)[0] == "error"
    with pytest.raises(SimulatorError, match="expected a call with a running machine detection"):
        world.engine.detect(call, "human")


def test_m7_duration_counts_from_the_answer(world: "World") -> None:
    """Not from dialling."""
    call = world.dial_out(
        WAIT, picked_up=False, machineDetection={"callbackUrl": "https://app.test/amd"}
    )
    world.engine.advance(10)
    world.engine.answer(call)
    world.engine.advance(3)
    world.engine.detect(call, "human")
    assert result(world) == ("human", "PT3S")


def test_m8_async_results_come_beside_the_document(world: "World") -> None:
    """With fallback; not any more when the call is over."""
    call = amd(world, fallbackUrl="https://app.test/spare")
    world.reply("/amd", WebhookReply(status=500))
    assert world.kinds == ["answer"]
    world.engine.detect(call, "human")
    assert world.kinds == ["answer", "machineDetectionComplete", "machineDetectionComplete"]
    over = amd(world)
    world.engine.hang_up(over)
    world.engine.advance(60)
    assert world.kinds.count("machineDetectionComplete") == 2


def test_m9_sync_detection_holds_the_answer_back(world: "World") -> None:
    """The answer event carries the result."""
    call = world.dial_out(HELLO, machineDetection={"mode": "sync"})
    assert world.kinds == []
    world.engine.advance(2)
    world.engine.detect(call, "human")
    found = world.fields("answer")["machineDetectionResult"]
    assert found == {"value": "human", "duration": "PT2S"}
    assert world.heard(call) == ["Hello"]
    assert [
        observation.value for observation in world.seen if isinstance(observation, Detected)
    ] == ["human"]
    assert "machineDetectionComplete" not in world.kinds


def test_m10_async_needs_a_url(world: "World") -> None:
    """The request createCall is refused without."""
    assert world.create(machineDetection={"mode": "async"}).status == 400


def test_q1_the_queue(make_world: "type[World]") -> None:
    """Priority first, then order, at the dequeue rate."""
    world = make_world(limits=Limits(calls_per_second=2))
    world.create(to="+19195550009")
    for number, priority in ((1, 5), (2, 1), (3, 5)):
        world.create(to=f"+1919555000{number}", priority=priority)
    world.engine.advance(10)
    calls = sorted(world.platform.calls, key=lambda call: str(call.start_time))
    assert [call.to[-1] for call in calls] == ["9", "2", "1", "3"]
    starts = [call.start_time for call in calls if call.start_time is not None]
    assert [(start - starts[0]).total_seconds() for start in starts] == [0, 0.5, 1, 1.5]


def test_q2_a_full_queue(make_world: "type[World]") -> None:
    """Is a 429."""
    world = make_world(limits=Limits(calls_per_second=1, queue_seconds=2))
    statuses = [world.create().status for _ in range(4)]
    assert statuses == [201, 201, 201, 429]
    assert "Account call creation rate limit exceeded" in world.create().body.decode()


def test_q3_too_many_calls(make_world: "type[World]") -> None:
    """A 429 for outbound calls; inbound ones never arrive."""
    world = make_world(limits=Limits(active_calls=1))
    world.dial_in(WAIT)
    assert "Account concurrent call limit exceeded" in world.create().body.decode()
    with pytest.raises(SimulatorError, match=r"active calls \(Limits\.active_calls\) is reached"):
        world.dial_in()
    assert world.kinds == ["initiate"]


def test_q4_statistics(make_world: "type[World]") -> None:
    """The account's statistics tell how many wait and how many can."""
    world = make_world(limits=Limits(calls_per_second=1))
    for _ in range(3):
        world.create()
    reply = world.rest("GET", "", collection="statistics")
    assert reply.status == 200
    assert json.loads(reply.body) == {"currentCallQueueSize": 2, "maxCallQueueSize": 300}


def test_q5_cancelled_in_the_queue(world: "World") -> None:
    """Cause cancel and a disconnect event without startTime."""
    world.create()
    call = json.loads(world.create().body)["callId"]
    world.update(call, state="completed")
    assert world.cause(call) == "cancel"
    event = world.fields("disconnect")
    assert (event["callId"], event.get("startTime")) == (call, None)


def test_h1_h2_h3_h4_h5_order_of_the_end(world: "World") -> None:
    """Verb, legs, streams, disconnect, and what is late."""
    call = world.dial_in(
        STREAM.format('name="a"')
        + '<StartRecording recordingAvailableUrl="/file" transcribe="true"'
        ' transcriptionAvailableUrl="/words"/>'
        + TEXT.format(f'{LIVE} name="b"')
        + '<Transfer transferCompleteUrl="/over"><PhoneNumber transferDisconnectUrl="/gone">'
        "+19195550001</PhoneNumber></Transfer>"
    )
    world.engine.advance(9)
    before = len(world.events)
    world.engine.hang_up(call)
    world.engine.advance(60)
    assert world.kinds[before:] == [
        "transferDisconnect",
        "mediaStreamStopped",
        "realTimeTranscriptionStopped",
        "disconnect",
        "recordingAvailable",
        "realTimeTranscriptionAvailable",
        "transcriptionAvailable",
    ]


def test_w6_refer_takes_the_call_away_or_fails(world: "World") -> None:
    """A success ends the call; a failure, or 30 s without an answer, runs the reply."""
    refer = '<Refer referCompleteUrl="/over"><SipUri>sip:desk@pbx.example.com</SipUri></Refer>'
    world.serve("/over", HELLO)
    gone = world.dial_in(refer, from_="sip:bob@pbx.example.com")
    world.engine.refer_result(gone, succeeded=True)
    assert (world.cause(gone), world.heard(gone)) == ("hangup", [])
    assert world.fields("referComplete")["referCallStatus"] == "success"
    failed = world.dial_in(from_="sip:bob@pbx.example.com")
    world.engine.advance(30)
    assert world.heard(failed) == ["Hello"]
    assert world.fields("referComplete")["referCallStatus"] == "failure"
    assert world.cause(world.dial_in()) == "application-error"


@pytest.mark.parametrize(
    ("speech", "value"), [(9.9, "human"), (10, "answering-machine"), (10.1, "answering-machine")]
)
def test_m3_the_usual_threshold(world: "World", speech: float, value: str) -> None:
    """It is ten seconds, which are long already."""
    call = amd(world, detectionTimeout=60)
    world.engine.say(call, "Hello", seconds=speech)
    world.engine.advance(30)
    assert result(world)[0] == value
