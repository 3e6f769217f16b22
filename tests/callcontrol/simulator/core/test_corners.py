"""Corners that several rules share: credentials, failures on both URLs, rooms that are recorded."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bxml._kinds import Enumeration
from bxml.documents import ELEMENTS
from callcontrol.simulator.core.observations import (
    Fetched,
    Joined,
    Observation,
    Recorded,
    Rejected,
    Spoke,
)
from callcontrol.simulator.core.webhooks import HttpRequest, Target, WebhookReply
from callcontrol.simulator.settings import Assumptions, Limits

if TYPE_CHECKING:
    from tests.callcontrol.simulator.core.conftest import World

SAY = "<SpeakSentence>{}</SpeakSentence>"
HELLO = SAY.format("Hello")
WAIT = '<Pause duration="600"/>'
CHALLENGE = WebhookReply(status=401, headers=(("WWW-Authenticate", 'Digest x, Basic realm="r"'),))


def test_audio_files_are_asked_for_with_credentials(world: "World") -> None:
    """After a challenge, as for webhooks; the observer knows whose call it is."""
    wanted = Target(url="https://app.test/a.wav", username="u", password="p").authorization()

    def answer(request: HttpRequest) -> WebhookReply:
        return WebhookReply(body=b"RIFF") if wanted in request.headers else CHALLENGE

    world.routes["/a.wav"] = answer
    call = world.dial_in('<PlayAudio username="u" password="p">a.wav</PlayAudio>')
    assert world.call(call).state == "answered"
    fetched = [observation for observation in world.seen if isinstance(observation, Fetched)][1:]
    assert [(each.status, each.attempt, each.call_id) for each in fetched] == [
        (401, "audio", call),
        (200, "audio", call),
    ]


def test_secrets_stay_out_of_representations() -> None:
    """Neither passwords nor bodies nor headers are shown."""
    target = Target(url="https://app.test/", username="u", password="hunter2")
    request = HttpRequest(
        method="POST", url="https://app.test/", body=b"hunter2", headers=(("A", "hunter2"),)
    )
    reply = WebhookReply(body=b"hunter2", headers=(("A", "hunter2"),))
    assert "hunter2" not in repr((target, request, reply))


def test_both_urls_fail(world: "World") -> None:
    """The message names both reasons."""
    world.reply("/next", WebhookReply(status=500))
    world.reply("/spare", WebhookReply(failure="unreachable"))
    call = world.dial_in('<Redirect redirectUrl="/next" redirectFallbackUrl="/spare"/>')
    message = str(world.call(call).error_message)
    assert message == (
        "redirect webhook to https://app.test/next failed: expected status 200 to 299, got 500: "
        "see the log of your application: it has the traceback; "
        "fallback https://app.test/spare: no connection"
    )


@pytest.mark.parametrize("url", ["//[bad/next", "ftp://app.test/next", "mailto:bob"])
def test_urls_that_lead_nowhere(world: "World", url: str) -> None:
    """End the call with a clear cause, never with a crash."""
    call = world.dial_in(f'<Redirect redirectUrl="{url}"/>')
    assert world.cause(call) in ("application-error", "invalid-bxml")
    assert world.call(call).error_message


def test_recordings_of_rooms_pause_and_stop(world: "World") -> None:
    """As those of calls do; without a recording the verbs do nothing."""
    world.serve(
        "/room",
        "<PauseRecording/><StartRecording/><StartRecording/><PauseRecording/>"
        f"{SAY.format('a' * 100)}<ResumeRecording/><StopRecording/>",
    )
    world.dial_in('<Conference conferenceEventUrl="/room">room</Conference>')
    world.reply("/room", WebhookReply(status=204))
    world.engine.advance(30)
    changes = [
        observation.change for observation in world.seen if isinstance(observation, Recorded)
    ]
    assert changes[:4] == ["started", "paused", "resumed", "stopped"]
    made = next(iter(world.engine.recordings.values()))
    assert (made.duration.total_seconds(), made.channels) == (0, 1)
    assert f"/conferences/{made.owner_id}/recordings/" in made.media_url


def test_replies_for_a_room_that_is_gone(world: "World") -> None:
    """Are dropped."""
    world.serve("/room", HELLO, seconds=5)
    call = world.dial_in('<Conference conferenceEventUrl="/room">room</Conference>')
    room = world.engine.conferences["room"].id
    world.engine.hang_up(call)
    world.engine.advance(20)
    assert world.heard(room) == []


def test_a_room_rejects_what_it_cannot_run(world: "World") -> None:
    """And says so in one line."""
    world.serve("/room", "<Hangup/>")
    world.dial_in('<Conference conferenceEventUrl="/room">room</Conference>')
    texts = [observation.text for observation in world.seen if isinstance(observation, Rejected)]
    assert "is not valid BXML for a conference" in texts[0]
    assert "Hangup" in texts[0]


STRENGTHS = {
    "none": 0.0,
    "x-weak": 0.1,
    "weak": 0.25,
    "medium": 0.5,
    "strong": 0.75,
    "x-strong": 1.0,
}
"""Seconds that a break of each strength lasts."""


def test_the_length_of_every_strength_is_checked() -> None:
    """A strength that the language gains needs a length."""
    attribute = ELEMENTS["break"].element.attribute("strength")
    assert attribute is not None
    assert isinstance(attribute.kind, Enumeration)
    assert set(attribute.kind.values) == set(STRENGTHS)


@pytest.mark.parametrize(
    ("pause", "seconds"),
    [
        ("", 0.5),
        *((f'strength="{strength}"', seconds) for strength, seconds in STRENGTHS.items()),
        ('time="250ms"', 0.25),
        ('time="1.5s"', 1.5),
        ('strength="x-strong" time="2s"', 2.0),
    ],
)
def test_breaks_last_as_long_as_they_say(world: "World", pause: str, seconds: float) -> None:
    """Its time counts, without one its strength, without either half a second."""
    call = world.dial_in(SAY.format(f"Hi <p>you <break {pause}/></p>"))
    assert world.heard(call) == ["Hi you"]
    world.engine.run_until(lambda: world.cause(call) is not None, 60)
    assert world.seconds == pytest.approx(0.5 + seconds), "after half a second of speech"


def test_waiting_for_what_does_not_happen(world: "World") -> None:
    """Takes the time it may take, and says no."""
    world.dial_in(WAIT)
    assert not world.engine.run_until(lambda: False, 50)
    assert world.seconds == 50


def test_keys_and_words_after_the_end(world: "World") -> None:
    """What is pressed together with the key that ends the call is lost."""
    world.serve("/keys", "<Hangup/>")
    call = world.dial_in('<Gather gatherUrl="/keys" maxDigits="1"/>')
    world.engine.press(call, "123")
    assert world.cause(call) == "hangup"
    assert world.fields("gather")["digits"] == "1"


def test_a_pushed_document_that_became_invalid(make_world: "type[World]") -> None:
    """What the rules of the simulator refuse ends the call, whoever put it there."""
    world = make_world(Assumptions(unknown_attributes="refuse"))
    call = world.dial_in(WAIT)
    world.platform.calls.interrupt(call, '<Bxml><Pause durration="1"/></Bxml>')
    world.engine.settle()
    assert world.cause(call) == "invalid-bxml"


def test_dialling_beyond_the_limit(make_world: "type[World]") -> None:
    """A queued call that finds no room ends with account-limit."""
    world = make_world(limits=Limits(active_calls=2, calls_per_second=1))
    world.dial_in(WAIT)
    first = world.dial_out(WAIT, picked_up=False)
    assert world.call(first).state == "initiated"
    world.engine.hang_up(next(iter(world.platform.calls)).call_id)
    second = world.dial_out(WAIT, picked_up=False)
    world.dial_in(WAIT)
    world.engine.advance(2)
    assert world.cause(second) == "account-limit"
    assert world.fields("disconnect")["errorMessage"] == "Account concurrent call limit exceeded"


def test_late_replies_of_a_call_that_is_over(world: "World") -> None:
    """Nobody waits for them; nothing more is tried."""
    world.reply("/next", WebhookReply(status=500, seconds=3))
    call = world.dial_in('<Redirect redirectUrl="/next" redirectFallbackUrl="/spare"/>')
    world.engine.hang_up(call)
    world.engine.advance(30)
    assert [request.attempt for request in world.requests if "/spare" in request.url] == []
    assert world.cause(call) == "cancel"


def test_get_webhooks_keep_their_query(world: "World") -> None:
    """The event is appended to what is there."""
    world.routes["/next"] = lambda _: WebhookReply(body=b"<Response><Hangup/></Response>")
    world.dial_in('<Redirect redirectUrl="/next?a=1#top" redirectMethod="GET"/>')
    url = world.requests[1].url
    assert url.startswith("https://app.test/next?a=1&eventType=redirect&")
    assert "#" not in url


def test_several_calls_do_not_disturb_each_other(world: "World") -> None:
    """Each has its own document, keys and time."""
    world.serve("/keys", HELLO + WAIT)
    calls = [world.dial_in('<Gather gatherUrl="/keys" maxDigits="1"/>') for _ in range(5)]
    for call in calls[::2]:
        world.engine.press(call, "1")
    assert [len(world.heard(call)) for call in calls] == [1, 0, 1, 0, 1]


def test_forward_ends_start_gather(make_world: "type[World]") -> None:
    """Keys are reported no more once the call is handed over (G13)."""
    world = make_world(Assumptions(answering_verbs=frozenset()))
    call = world.dial_in('<StartGather dtmfUrl="/dtmf"/><Forward to="+19195550001"/>')
    world.engine.answer(world.legs[0])
    world.engine.press(call, "1")
    assert world.kinds == ["initiate"]


def test_every_leg_waits_as_long_as_its_call(world: "World") -> None:
    """Second legs have the callback timeout of the first, inbound calls that of the application."""
    world.serve("/whisper", HELLO, seconds=3)
    transfer = (
        '<Transfer><PhoneNumber transferAnswerUrl="/whisper">+19195550001</PhoneNumber></Transfer>'
    )
    for timeout, cause in ((2, "callback-error"), (4, None)):
        world.dial_out(transfer, callbackTimeout=timeout)
        world.engine.answer(world.legs[-1])
        world.engine.advance(3)
        assert world.cause(world.legs[-1]) == cause
    world.serve("/start", WAIT, seconds=3)
    quick = replace(world.application, callback_timeout=2)
    call = world.engine.dial_in(from_="+1", to="+2", application=quick)
    world.engine.advance(3)
    assert world.cause(call) == "callback-error"


def test_a_leg_of_its_own_may_use_every_verb(world: "World") -> None:
    """The limits of transferAnswer end when the leg is redirected or bridged away."""
    room = "<Conference>room</Conference>"
    world.serve("/whisper", WAIT)
    world.serve("/solo", room)
    transfer = (
        '<Transfer><PhoneNumber transferAnswerUrl="/whisper">+19195550001</PhoneNumber></Transfer>'
    )
    world.dial_in(transfer)
    first = world.legs[-1]
    world.engine.answer(first)
    world.push(first, '<Redirect redirectUrl="https://app.test/solo"/>')
    world.dial_in(transfer)
    second = world.legs[-1]
    world.engine.answer(second)
    runner = world.dial_in(f'<Bridge bridgeTargetCompleteUrl="/solo">{second}</Bridge>')
    world.engine.hang_up(runner)
    assert set(world.engine.conferences["room"].members) == {first, second}


def test_a_bridge_answers_its_target(world: "World") -> None:
    """An inbound call that still rings can be a target."""
    target = world.dial_in('<Ring answerCall="false" duration="60"/>')
    world.dial_in(f"<Bridge>{target}</Bridge>")
    assert world.call(target).state == "answered"


def test_a_room_falls_silent_with_its_last_member(world: "World") -> None:
    """What was still to be played is not."""
    world.serve("/room", HELLO + SAY.format("Bye"))
    call = world.dial_in('<Conference conferenceEventUrl="/room">room</Conference>')
    room = world.engine.conferences["room"].id
    world.engine.hang_up(call)
    world.engine.advance(60)
    assert world.heard(room) == ["Hello"]


def test_finished_recordings_are_kept_up_to_a_limit(make_world: "type[World]") -> None:
    """The oldest goes first; the call whose recording it was has gone as well."""
    world = make_world(limits=Limits(ended_calls=2))
    ids: list[str] = []
    for _ in range(3):
        ids.append(world.dial_in('<Record maxDuration="2"/>'))
        world.engine.advance(10)
    kept = [recording.owner_id for recording in world.engine.recordings.values()]
    assert kept == ids[1:] == [call.call_id for call in world.platform.calls]


def test_an_observer_pushes_a_document(world: "World") -> None:
    """It runs as soon as the verb waits that the observer was told of."""

    def push(seen: Observation) -> None:
        if isinstance(seen, Spoke) and seen.text == "Hello":
            world.platform.calls.interrupt(seen.call_id, f"<Bxml>{SAY.format('Pushed')}</Bxml>")

    world.engine.observers.append(push)
    call = world.dial_in(HELLO + SAY.format("Never"))
    assert world.heard(call) == ["Hello", "Pushed"]
    world.engine.advance(30)
    assert world.cause(call) == "hangup"


def test_numbers_begin_at_one(world: "World") -> None:
    """Because a list begins after number 0, with the oldest call, conference or endpoint."""
    call = world.dial_in("<Conference>room</Conference>")
    (room,) = world.platform.rooms.by_id.values()
    endpoint = world.platform.endpoints.create(None)
    assert (world.call(call).serial, room.serial, endpoint.serial) == (1, 1, 1)
    (listed,) = json.loads(world.rest("GET", "", collection="conferences").body)
    assert listed["name"] == "room"


def test_the_transcription_of_a_recording(world: "World") -> None:
    """It is shown with the recording, as its event shows it."""
    call = world.dial_in(
        '<Record maxDuration="2" transcribe="true" transcriptionAvailableUrl="/words"/>' + WAIT
    )
    world.engine.advance(30)
    (shown,) = json.loads(world.rest("GET", f"/{call}/recordings").body)
    told = world.fields("transcriptionAvailable")["transcription"]
    assert shown["transcription"] == told
    assert set(shown["transcription"]) == {"id", "status", "completedTime", "url"}


@pytest.mark.parametrize(
    ("kind", "told"),
    [("text/html; charset=utf-8", "No; menu; press 1"), ("text/plain", "No <b>menu</b><p>press 1")],
)
def test_pages_of_errors_are_shown_without_markup(world: "World", kind: str, told: str) -> None:
    """If they are declared as pages; other texts are shown as they are."""
    body, headers = b"No <b>menu</b><p>press 1", (("Content-Type", kind),)
    world.reply("/next", WebhookReply(status=500, body=body, headers=headers))
    call = world.dial_in('<Redirect redirectUrl="/next"/>')
    assert str(world.call(call).error_message).endswith(f"got 500: {told}")


def test_the_second_number_answers_and_is_parted(world: "World") -> None:
    """Only it was joined; the number that did not answer is over since then."""
    numbers = "".join(f"<PhoneNumber>+1919555000{digit}</PhoneNumber>" for digit in (1, 2))
    call = world.dial_in(f"<Transfer>{numbers}</Transfer>")
    first, second = world.legs
    world.engine.answer(second)
    assert world.cause(first) == "cancel"
    world.engine.hang_up(call)
    joined = [seen for seen in world.seen if isinstance(seen, Joined) and seen.call_id == call]
    assert [(seen.other_id, seen.together) for seen in joined] == [(second, True), (second, False)]
    assert (world.cause(first), world.cause(second)) == ("cancel", "hangup")


def test_refer_needs_an_inbound_call(world: "World") -> None:
    """The leg that a Transfer dials for a SIP caller cannot be referred."""
    numbers = "<PhoneNumber>+19195550001</PhoneNumber>"
    world.dial_in(f"<Transfer>{numbers}</Transfer>", from_="sip:me@example.com")
    (leg,) = world.legs
    world.engine.answer(leg)
    assert world.call(leg).from_.startswith("sip:")
    world.push(leg, "<Refer><SipUri>sip:x@example.com</SipUri></Refer>")
    assert world.cause(leg) == "application-error"
