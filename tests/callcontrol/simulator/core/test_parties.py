"""Several parties: the rules T, B, K and W."""

from typing import TYPE_CHECKING

import pytest

from callcontrol.simulator.core.observations import Conferenced, Joined, Transferring, Waited
from callcontrol.simulator.core.webhooks import WebhookReply
from callcontrol.simulator.settings import Assumptions, Limits

if TYPE_CHECKING:
    from tests.callcontrol.simulator.core.conftest import World

SAY = "<SpeakSentence>{}</SpeakSentence>"
HELLO, DONE = SAY.format("Hello"), SAY.format("Done")
WAIT = '<Pause duration="600"/>'
ONE, TWO = "+19195550001", "+19195550002"
LEG = '<PhoneNumber transferDisconnectUrl="/gone" {}>{}</PhoneNumber>'


def transfer(inner: str, attributes: str = "") -> str:
    """Return a Transfer, then a sentence."""
    return f"<Transfer {attributes}>{inner}</Transfer>{DONE}"


def ends(world: "World", kind: str) -> list[tuple[object, object]]:
    """Return call id and cause of every event of a kind."""
    return [
        (getattr(event, "call_id", None), getattr(event, "cause", None))
        for event in world.events
        if event.event_type == kind
    ]


def together(world: "World") -> list[bool]:
    """Return how legs were joined and parted, as the first of the two saw it."""
    return [observation.together for observation in world.seen if isinstance(observation, Joined)][
        ::2
    ]


def test_t1_the_first_to_answer_wins(world: "World") -> None:
    """All are dialled at once, the others are cancelled."""
    inner = LEG.format("", ONE) + "<SipUri transferDisconnectUrl='/gone'>sip:x@y.example</SipUri>"
    call = world.dial_in(transfer(inner + LEG.format("", TWO)))
    first, second, third = world.legs
    world.engine.answer(second)
    assert ends(world, "transferDisconnect") == [(first, "cancel"), (third, "cancel")]
    assert together(world) == [True]
    assert world.call(call).state == "answered"
    assert world.call(second).to == "sip:x@y.example"


def test_t2_each_leg_has_its_time(world: "World") -> None:
    """30 s to ring, then callTimeout."""
    call = world.dial_in(transfer(LEG.format("", ONE) + LEG.format("", TWO), 'callTimeout="50"'))
    first, second = world.legs
    world.engine.never_rings(first)
    world.engine.advance(31)
    assert world.cause(first) == "timeout"
    world.engine.no_answer(second)
    assert world.seconds == 50
    assert world.heard(call) == ["Done"]


@pytest.mark.parametrize(("attributes", "expected"), [("", "far end"), (ONE, ONE)])
def test_t3_caller_id(world: "World", attributes: str, expected: str) -> None:
    """The attribute, else the number of the far end of the call."""
    given = f'transferCallerId="{attributes}"' if attributes else ""
    document = transfer(LEG.format("", TWO), given)
    world.dial_in(document, from_="+19195557777")
    world.dial_out(document)
    shown = [
        observation.caller_id for observation in world.seen if isinstance(observation, Transferring)
    ]
    assert shown == (["+19195557777", "+19195551234"] if expected == "far end" else [ONE, ONE])


def test_t4_the_caller_hears_ringing(world: "World") -> None:
    """For as long as it takes."""
    world.dial_in(transfer(LEG.format("", ONE)))
    assert [observation.sound for observation in world.seen if isinstance(observation, Waited)] == [
        "ringing"
    ]


def test_t5_whisper_then_join(world: "World") -> None:
    """The reply to transferAnswer is heard by the answering leg alone."""
    world.serve("/whisper", HELLO)
    call = world.dial_in(transfer(LEG.format('transferAnswerUrl="/whisper"', ONE)))
    leg = world.legs[0]
    world.engine.answer(leg)
    event = world.fields("transferAnswer")
    assert (event["callId"], event["parentCallId"]) == (leg, call)
    assert (event["from"], event["to"]) == ("+19195551234", "+19195554321")
    assert (event["transferCallerId"], event["transferTo"]) == ("+19195551234", ONE)
    assert together(world) == []
    world.engine.advance(1)
    assert together(world) == [True]
    assert (world.heard(leg), world.heard(call)) == (["Hello"], [])


@pytest.mark.parametrize(
    "verb",
    [
        "<Bridge>c-1</Bridge>",
        "<Conference>room</Conference>",
        f"<Forward to='{TWO}'/>",
        f"<Transfer><PhoneNumber>{TWO}</PhoneNumber></Transfer>",
    ],
)
def test_t6_some_verbs_are_not_for_the_answering_leg(world: "World", verb: str) -> None:
    """They end it with invalid-bxml, and the caller goes on."""
    world.serve("/whisper", HELLO + verb)
    call = world.dial_in(transfer(LEG.format('transferAnswerUrl="/whisper"', ONE)))
    world.engine.answer(world.legs[0])
    assert world.cause(world.legs[0]) == "invalid-bxml"
    assert world.heard(call) == ["Done"]


def test_t7_hangup_in_the_whisper(world: "World") -> None:
    """Ends the Transfer with cause hangup; Redirect there goes on fetching for the leg."""
    world.serve("/whisper", '<Redirect redirectUrl="/more"/>')
    world.serve("/more", "<Hangup/>")
    world.serve("/over", HELLO)
    call = world.dial_in(
        transfer(LEG.format('transferAnswerUrl="/whisper"', ONE), 'transferCompleteUrl="/over"')
    )
    world.engine.answer(world.legs[0])
    assert world.fields("redirect")["callId"] == world.legs[0]
    assert world.fields("transferComplete")["cause"] == "hangup"
    assert world.heard(call) == ["Hello"]


def test_t8_the_race_ends_at_the_answer(world: "World") -> None:
    """The others are cancelled while the winner still hears its document."""
    world.serve("/whisper", WAIT)
    world.dial_in(transfer(LEG.format('transferAnswerUrl="/whisper"', ONE) + LEG.format("", TWO)))
    world.engine.answer(world.legs[0])
    assert world.cause(world.legs[1]) == "cancel"
    assert together(world) == []


def test_t9_every_leg_reports_its_end(world: "World") -> None:
    """Answered or not, to its own URL."""
    inner = (
        LEG.format("", ONE) + "<PhoneNumber transferDisconnectUrl='/two'>+19195550002</PhoneNumber>"
    )
    world.dial_in(transfer(inner))
    first, second = world.legs
    world.engine.busy(first)
    world.engine.answer(second)
    world.engine.hang_up(second)
    assert ends(world, "transferDisconnect") == [(first, "busy"), (second, "hangup")]
    paths = [
        request.url for request in world.requests if "gone" in request.url or "two" in request.url
    ]
    assert paths == ["https://app.test/gone", "https://app.test/two"]
    assert "answerTime" in world.fields("transferDisconnect")


@pytest.mark.parametrize(
    ("act", "cause"), [("busy", "busy"), ("decline", "rejected"), ("no_answer", "timeout")]
)
def test_t10_over_means_complete_or_next(world: "World", act: str, cause: str) -> None:
    """Success or failure: the reply to transferComplete, or the next verb."""
    world.serve("/over", HELLO)
    call = world.dial_in(transfer(LEG.format("", ONE), 'transferCompleteUrl="/over" tag="t"'))
    getattr(world.engine, act)(world.legs[-1])
    event = world.fields("transferComplete")
    assert (event["cause"], event["callId"], event["tag"]) == (cause, call, "t")
    assert (event["transferTo"], world.heard(call)) == (ONE, ["Hello"])
    call = world.dial_in(transfer(LEG.format("", ONE)))
    getattr(world.engine, act)(world.legs[-1])
    assert world.heard(call) == ["Done"]


def test_t11_the_last_to_fail_gives_the_cause(world: "World") -> None:
    """If no leg answered."""
    world.serve("/over", HELLO)
    world.dial_in(
        transfer(LEG.format("", ONE) + LEG.format("", TWO), 'transferCompleteUrl="/over"')
    )
    world.engine.decline(world.legs[1])
    assert "transferComplete" not in world.kinds
    world.engine.busy(world.legs[0])
    event = world.fields("transferComplete")
    assert (event["cause"], event["transferTo"]) == ("busy", ONE)
    assert event["errorMessage"] == "Callee is busy"


def test_t12_the_caller_takes_the_legs_along(world: "World") -> None:
    """Ringing legs are cancelled, a joined one hangs up; then disconnect."""
    for answered, cause in ((False, "cancel"), (True, "hangup")):
        call = world.dial_in(transfer(LEG.format("", ONE), 'transferCompleteUrl="/over"'))
        leg = world.legs[-1]
        if answered:
            world.engine.answer(leg)
        world.engine.hang_up(call)
        assert ends(world, "transferDisconnect")[-1] == (leg, cause)
        assert world.kinds[-2:] == ["transferDisconnect", "disconnect"]
    assert "transferComplete" not in world.kinds


def test_t13_a_redirected_caller_drops_the_legs(world: "World") -> None:
    """And runs the new document, without transferComplete."""
    call = world.dial_in(transfer(LEG.format("", ONE), 'transferCompleteUrl="/over"'))
    world.push(call, HELLO)
    assert ends(world, "transferDisconnect") == [(world.legs[0], "cancel")]
    assert world.heard(call) == ["Hello"]
    assert "transferComplete" not in world.kinds


def test_t14_a_redirected_leg_leaves(world: "World") -> None:
    """It runs its document alone; the caller goes on."""
    call = world.dial_in(transfer(LEG.format("", ONE)))
    leg = world.legs[0]
    world.engine.answer(leg)
    world.push(leg, HELLO + WAIT)
    assert (world.heard(leg), world.heard(call)) == (["Hello"], ["Done"])
    assert together(world) == [True, False]
    world.engine.hang_up(leg)
    assert ends(world, "transferDisconnect") == [(leg, "hangup")]


def test_t15_over_the_limit_nothing_is_dialled(make_world: "type[World]") -> None:
    """Neither over the rate nor over the number of calls."""
    for limits, text in (
        (Limits(calls_per_second=1), "Account call creation rate limit exceeded"),
        (Limits(active_calls=2), "Account concurrent call limit exceeded"),
    ):
        world = make_world(limits=limits)
        world.serve("/over", HELLO)
        legs = LEG.format("", ONE) + LEG.format("", TWO)
        call = world.dial_out(transfer(legs, 'transferCompleteUrl="/over"'))
        event = world.fields("transferComplete")
        assert (event["cause"], event["errorMessage"]) == ("account-limit", text)
        assert event["errorId"]
        assert (world.legs, world.heard(call)) == ([], ["Hello"])


def test_t16_diversion_changes_nothing(world: "World") -> None:
    """The attributes are headers only."""
    world.dial_in(
        transfer(LEG.format("", ONE), 'diversionTreatment="stack" diversionReason="away"')
    )
    world.engine.answer(world.legs[0])
    assert together(world) == [True]


def bridged(world: "World", attributes: str = "", **served: str) -> tuple[str, str]:
    """Return a call that runs a Bridge, and its target."""
    for path, document in served.items():
        world.serve(f"/{path}", document)
    target = world.dial_in(HELLO + WAIT)
    runner = world.dial_in(f"<Bridge {attributes}>\n {target} </Bridge>{DONE}")
    return runner, target


def test_b1_both_hear_each_other(world: "World") -> None:
    """The target drops what it was running."""
    _, target = bridged(world)
    assert together(world) == [True]
    world.engine.advance(2000)
    assert world.call(target).state == "answered"


@pytest.mark.parametrize("leave", ["hang up", "push"])
def test_b2_the_target_leaves_first(world: "World", leave: str) -> None:
    """The runner gets bridgeComplete, or its next verb."""
    runner, target = bridged(world, 'bridgeCompleteUrl="/over"', over=HELLO + WAIT)
    _leave(world, target, leave)
    assert world.fields("bridgeComplete")["callId"] == runner
    assert "cause" not in world.fields("bridgeComplete")
    assert world.heard(runner) == ["Hello"]
    runner, target = bridged(world)
    _leave(world, target, leave)
    assert world.heard(runner) == ["Done"]


def _leave(world: "World", call: str, how: str) -> None:
    if how == "push":
        world.push(call, WAIT)
    else:
        world.engine.hang_up(call)


@pytest.mark.parametrize("leave", ["hang up", "push"])
def test_b3_the_runner_leaves_first(world: "World", leave: str) -> None:
    """The target gets bridgeTargetComplete, or hangs up."""
    runner, target = bridged(world, 'bridgeTargetCompleteUrl="/over"', over=DONE + WAIT)
    _leave(world, runner, leave)
    assert world.fields("bridgeTargetComplete")["callId"] == target
    assert world.heard(target) == ["Hello", "Done"]
    runner, target = bridged(world)
    _leave(world, runner, leave)
    assert world.cause(target) == "hangup"


def test_b4_exactly_one_event(world: "World") -> None:
    """Whoever leaves first."""
    both = 'bridgeCompleteUrl="/a" bridgeTargetCompleteUrl="/b"'
    for first in (0, 1):
        calls = bridged(world, both, a="", b="")
        before = len(world.events)
        world.engine.hang_up(calls[first])
        world.engine.advance(60)
        sent = [kind for kind in world.kinds[before:] if kind.startswith("bridge")]
        assert sent == [("bridgeTargetComplete", "bridgeComplete")[first]]


def test_b5_impossible_bridges(world: "World") -> None:
    """The runner gets bridgeComplete at once, with cause and message; without URL the next verb."""
    world.serve("/over", HELLO)
    ended = world.dial_in("<Hangup/>")
    ringing = world.dial_out(HELLO, picked_up=False)
    forwarding = world.dial_in(f"<Forward to='{ONE}'/>")
    for target, cause in (
        (ended, "rejected"),
        (ringing, "rejected"),
        (forwarding, "rejected"),
        ("c-nobody", "unknown"),
    ):
        call = world.dial_in(f'<Bridge bridgeCompleteUrl="/over">{target}</Bridge>')
        event = world.fields("bridgeComplete")
        assert event["cause"] == cause
        assert event["errorMessage"]
        assert event["errorId"]
        assert world.heard(call) == ["Hello"]
    assert world.heard(world.dial_in(f"<Bridge>{ended}</Bridge>{DONE}")) == ["Done"]


def test_b6_a_bridged_target_is_busy(make_world: "type[World]") -> None:
    """Unless the option lets a Bridge steal it."""
    world = make_world()
    runner, target = bridged(world)
    third = world.dial_in(f"<Bridge>{target}</Bridge>{HELLO}")
    assert world.heard(third) == ["Hello"]
    assert f"Call {target} is already bridged with another call" in world.warnings
    assert world.call(runner).state == "answered"
    thief = make_world(Assumptions(bridge_steals=True))
    runner, target = bridged(thief)
    thief.dial_in(f"<Bridge>{target}</Bridge>")
    assert thief.heard(runner) == ["Done"]
    assert together(thief) == [True, False, True]


def test_b7_causes(world: "World") -> None:
    """Busy for a bridged target, whichever side of its bridge it is."""
    world.serve("/over", HELLO)
    for target in bridged(world):
        world.dial_in(f'<Bridge bridgeCompleteUrl="/over">{target}</Bridge>')
        assert world.fields("bridgeComplete")["cause"] == "busy"


def test_b8_background_work_of_the_target_goes_on(world: "World") -> None:
    """Its verb sends nothing, its keys are still reported."""
    target = world.dial_in('<StartGather dtmfUrl="/dtmf"/><Gather gatherUrl="/keys"/>')
    world.dial_in(f"<Bridge>{target}</Bridge>")
    world.engine.press(target, "5")
    world.engine.advance(30)
    assert world.fields("dtmf")["digit"] == "5"
    assert "gather" not in world.kinds


def test_b9_not_with_itself(world: "World") -> None:
    """It fails like any other impossible bridge."""
    call = world.dial_in(WAIT)
    world.push(call, f"<Bridge>{call}</Bridge>{DONE}")
    assert world.heard(call) == ["Done"]


ROOM = '<Conference conferenceEventUrl="/room" {}>room</Conference>'


def member(world: "World", attributes: str = "", after: str = DONE) -> str:
    """Let a call into the room."""
    return world.dial_in(ROOM.format(attributes) + after)


def test_k1_a_conference_lives_with_its_members(world: "World") -> None:
    """The same name later is another conference."""
    world.reply("/room", WebhookReply(status=204))
    first, second = member(world), member(world)
    world.engine.advance(5000)
    number = world.engine.conferences["room"].id
    world.engine.hang_up(first)
    world.engine.hang_up(second)
    assert not world.engine.conferences
    member(world)
    assert world.engine.conferences["room"].id != number
    assert world.cause(world.dial_in("<Conference>a b</Conference>")) == "invalid-bxml"


def test_k2_the_creator_decides(world: "World") -> None:
    """Where events go and with which tag."""
    world.reply("/room", WebhookReply(status=204))
    member(world, 'tag="mine" conferenceEventMethod="GET"')
    world.dial_in('<Conference conferenceEventUrl="/other" tag="other">room</Conference>')
    events = [request for request in world.requests if "conference" in request.url]
    assert [event.method for event in events] == ["GET"] * 3
    assert world.fields("conferenceMemberJoin")["tag"] == "mine"
    quiet = len(world.events)
    world.dial_in("<Conference>quiet</Conference>")
    assert world.kinds[quiet:] == ["initiate"]


def test_k3_order_of_events(world: "World") -> None:
    """Created, join, exit, completed."""
    world.reply("/room", WebhookReply(status=204))
    calls = [member(world), member(world)]
    for call in calls:
        world.engine.hang_up(call)
    assert [kind for kind in world.kinds if kind.startswith("conference")] == [
        "conferenceCreated",
        "conferenceMemberJoin",
        "conferenceMemberJoin",
        "conferenceMemberExit",
        "conferenceMemberExit",
        "conferenceCompleted",
    ]
    assert world.fields("conferenceMemberExit", 0)["callId"] == calls[0]


def test_k4_documents_run_one_after_the_other(world: "World") -> None:
    """A failing verb is skipped, a forbidden one voids its document."""
    replies = iter(
        [SAY.format("a" * 50), f"<PlayAudio>/no.wav</PlayAudio>{HELLO}", f"{DONE}<Pause/>", ""]
    )
    world.routes["/room"] = lambda _: WebhookReply(
        body=f"<Response>{next(replies)}</Response>".encode()
    )
    member(world)
    member(world)
    room = world.engine.conferences["room"]
    assert world.heard(room.id) == ["a" * 50]
    world.engine.advance(3)
    assert world.heard(room.id) == ["a" * 50, "Hello"]
    world.engine.advance(60)
    assert world.heard(room.id) == ["a" * 50, "Hello"]
    assert any("PlayAudio is skipped" in warning for warning in world.warnings)


def test_k5_ways_to_leave(world: "World") -> None:
    """Hang-up, a pushed document, a redirect."""
    world.reply("/room", WebhookReply(status=204))
    world.serve("/next", DONE)
    calls = [member(world), member(world), member(world)]
    world.engine.hang_up(calls[0])
    world.push(calls[1], HELLO)
    world.update(calls[2], redirectUrl="https://app.test/next")
    assert (world.heard(calls[1]), world.heard(calls[2])) == (["Hello"], ["Done"])
    assert world.kinds.count("conferenceMemberExit") == 3


def test_k6_members_go_on_when_it_is_ended(world: "World") -> None:
    """With the verb after the Conference, or hang up."""
    first, second = member(world), member(world, after="")
    world.reply("/room", WebhookReply(status=204))
    world.engine.end_conference("room")
    assert world.heard(first) == ["Done"]
    assert world.cause(second) == "hangup"
    assert world.kinds.count("conferenceCompleted") == 1


def test_k7_limits(make_world: "type[World]") -> None:
    """20 calls and 24 hours, or what the options say."""
    world = make_world()
    calls = [world.dial_in("<Conference>room</Conference>") for _ in range(21)]
    assert world.cause(calls[20]) == "application-error"
    assert world.call(calls[19]).state == "answered"
    world.engine.advance(86_399)
    assert world.call(calls[0]).state == "answered"
    world.engine.advance(1)
    assert world.cause(calls[0]) == "hangup"
    small = make_world(Assumptions(conference_members=1, conference_seconds=60))
    assert small.call(small.dial_in("<Conference>room</Conference>")).state == "answered"
    assert small.cause(small.dial_in()) == "application-error"


def test_k8_who_hears_whom(world: "World") -> None:
    """Mute is not heard, hold neither hears, a coach is heard by those it coaches."""
    plain = member(world)
    muted = member(world, 'mute="true"')
    held = member(world, 'hold="true"')
    coach = member(world, f'callIdsToCoach="{plain},c-later"')
    second = member(world, f'callIdsToCoach="{muted}"')
    hears = world.engine.conferences["room"].hears
    assert hears(muted, plain)
    assert not hears(plain, muted)
    assert not hears(held, plain)
    assert not hears(plain, held)
    assert hears(plain, coach)
    assert not hears(muted, coach)
    assert hears(coach, plain)
    assert any("it has a coach already" in warning for warning in world.warnings)
    assert hears(coach, second)
    seen = [observation for observation in world.seen if isinstance(observation, Conferenced)]
    assert [(observation.hears, observation.is_heard) for observation in seen[:3]] == [
        (True, True),
        (True, False),
        (False, False),
    ]


def test_k9_a_failed_webhook_does_not_end_it(world: "World") -> None:
    """Neither a status, nor garbage."""
    for reply in (
        WebhookReply(status=500),
        WebhookReply(failure="reset"),
        WebhookReply(body=b"<html/>"),
    ):
        world.reply("/room", reply)
        call = member(world)
        world.engine.advance(100)
        assert world.call(call).state == "answered"
        world.engine.hang_up(call)


def test_r12_r13_p7_recordings_of_conferences(world: "World") -> None:
    """One kind of event, one channel, the tag of the conference."""
    world.serve(
        "/room",
        '<StartRecording recordingAvailableUrl="/file" multiChannel="true" tag="x"/>',
    )
    call = member(world, 'tag="mine"')
    world.reply("/room", WebhookReply(status=204))
    world.engine.advance(10)
    world.engine.hang_up(call)
    world.engine.advance(10)
    event = world.fields("conferenceRecordingAvailable")
    assert (event["channels"], event["tag"], event["duration"]) == (1, "mine", "PT10S")
    assert "recordingAvailable" not in world.kinds


FORWARD = f"<Forward to='{ONE}'/>"


def test_w1_forward_dials(world: "World") -> None:
    """From the called number unless told otherwise; with its own timeout."""
    world.dial_in(FORWARD)
    call = world.dial_in(f"<Forward to='{ONE}' from='{TWO}' callTimeout='45'/>")
    shown = [
        observation.caller_id for observation in world.seen if isinstance(observation, Transferring)
    ]
    assert shown == ["+19195554321", TWO]
    world.engine.no_answer(world.legs[1])
    assert world.seconds == 45
    assert world.cause(call) == "timeout"


def test_w2_the_application_loses_control(world: "World") -> None:
    """No event but disconnect, no update, no further verb."""
    call = world.dial_in(FORWARD + DONE)
    world.engine.answer(world.legs[0])
    assert together(world) == [True]
    assert world.call(call).state == "answered"
    assert world.push(call, HELLO) == 409
    world.engine.advance(100)
    world.engine.hang_up(world.legs[0])
    assert world.cause(call) == "hangup"
    assert world.kinds == ["initiate", "disconnect"]
    assert world.heard(call) == []


@pytest.mark.parametrize(("act", "cause"), [("busy", "busy"), ("no_answer", "timeout")])
def test_w3_the_target_does_not_answer(world: "World", act: str, cause: str) -> None:
    """The call ends with that cause."""
    call = world.dial_in(FORWARD)
    getattr(world.engine, act)(world.legs[0])
    assert world.cause(call) == cause


def test_w4_only_for_unanswered_inbound_calls(world: "World") -> None:
    """Anything else is an application-error."""
    assert world.cause(world.dial_out(FORWARD)) == "application-error"
    call = world.dial_in("<Ring/>" + FORWARD)
    world.engine.advance(6)
    assert world.cause(call) == "application-error"


def test_w5_forward_counts_for_the_rate(make_world: "type[World]") -> None:
    """It is not stopped by the limit, but others are."""
    world = make_world(limits=Limits(calls_per_second=2))
    for _ in range(3):
        world.dial_in(FORWARD)
    assert len(world.legs) == 3
    call = world.dial_in(transfer(LEG.format("", TWO)))
    assert len(world.legs) == 3
    assert world.heard(call) == ["Done"]
