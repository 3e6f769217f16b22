"""Calls, fetching and documents: the rules C, F and X."""

import json
from typing import TYPE_CHECKING

import pytest

from callcontrol.simulator.core.observations import Changed, Fetched, Rejected, Waited
from callcontrol.simulator.core.webhooks import FAILURES, HttpRequest, Target, WebhookReply
from callcontrol.simulator.settings import Assumptions

if TYPE_CHECKING:
    from callcontrol.simulator.core.webhooks import Failure
    from tests.callcontrol.simulator.core.conftest import Answer, World

SAY = "<SpeakSentence>{}</SpeakSentence>"
HELLO = SAY.format("Hello")
ORIGIN = "https://app.test"


def test_c1_outbound_calls_pass_all_states(world: "World") -> None:
    """Queued, initiated, answered, disconnected, each with its time."""
    call = world.dial_out(HELLO, picked_up=False)
    assert world.call(call).state == "initiated"
    world.engine.advance(3)
    world.engine.answer(call)
    assert world.call(call).state == "answered"
    world.engine.advance(5)
    ended = world.call(call)
    assert (ended.state, ended.disconnect_cause) == ("disconnected", "hangup")
    assert ended.start_time is not None
    assert ended.answer_time is not None
    assert (ended.answer_time - ended.start_time).total_seconds() == 3
    assert [
        observation.state for observation in world.seen if isinstance(observation, Changed)
    ] == [
        "queued",
        "initiated",
        "answered",
        "disconnected",
    ]


def test_c2_inbound_calls_begin_with_initiate(world: "World") -> None:
    """There is an initiate event and never an answer event."""
    call = world.dial_in(HELLO)
    world.engine.advance(5)
    assert world.kinds == ["initiate", "disconnect"]
    assert "answerTime" not in world.fields("initiate")
    assert world.call(call).enqueued_time is None


def test_c3_the_reply_to_answer_is_the_first_document(world: "World") -> None:
    """Nothing is fetched before the answer."""
    call = world.dial_out(HELLO, picked_up=False)
    assert world.kinds == []
    world.engine.answer(call)
    assert world.kinds == ["answer"]
    assert world.heard(call) == ["Hello"]


def test_c4_the_reply_to_initiate_runs_unanswered(world: "World") -> None:
    """Redirect and Tag do not answer the call."""
    world.serve("/next", '<Tag>vip</Tag><Ring answerCall="false" duration="9"/>')
    call = world.dial_in('<Redirect redirectUrl="/next"/>')
    assert world.call(call).state == "initiated"
    assert "answerTime" not in world.fields("redirect")


@pytest.mark.parametrize(("attribute", "state"), [("", "answered"), ("false", "initiated")])
def test_c5_ring_answers_unless_told_not_to(world: "World", attribute: str, state: str) -> None:
    """The attribute answerCall decides."""
    answer = f'answerCall="{attribute}"' if attribute else ""
    call = world.dial_in(f"<Ring {answer}/>")
    assert world.call(call).state == state


@pytest.mark.parametrize(
    ("bxml", "state"),
    [
        (HELLO, "answered"),
        ("<Pause/>", "answered"),
        ("<Gather/>", "answered"),
        ('<StartGather dtmfUrl="/d"/><Ring answerCall="false"/>', "answered"),
        ('<StopGather/><StopRecording/><Ring answerCall="false"/>', "initiated"),
    ],
)
def test_c6_verbs_with_sound_answer(world: "World", bxml: str, state: str) -> None:
    """What plays, listens or records answers; what stops something does not."""
    assert world.call(world.dial_in(bxml)).state == state


def test_c6_option_answering_verbs(make_world: "type[World]") -> None:
    """Which verbs answer can be chosen."""
    world = make_world(Assumptions(answering_verbs=frozenset({"Gather"})))
    assert world.call(world.dial_in("<Pause/>")).state == "initiated"


def test_c7_a_call_that_does_not_ring_is_given_up(world: "World") -> None:
    """After 30 s, whatever callTimeout says."""
    call = world.dial_out(HELLO, picked_up=False, callTimeout=200)
    world.engine.never_rings(call)
    world.engine.advance(29.9)
    assert world.call(call).state == "initiated"
    world.engine.advance(0.2)
    assert world.cause(call) == "timeout"
    assert world.kinds == ["disconnect"]


def test_c8_call_timeout_counts_from_ringing(make_world: "type[World]") -> None:
    """With 4 s until it rings and callTimeout 10 it ends after 14 s."""
    world = make_world(Assumptions(ring_delay=4))
    call = world.dial_out(HELLO, picked_up=False, callTimeout=10)
    world.engine.no_answer(call)
    assert world.cause(call) == "timeout"
    assert world.seconds == 14


def test_c9_busy_and_decline(world: "World") -> None:
    """Both have their cause and SIP code and no answer time."""
    for act, cause, code in (("busy", "busy", 486), ("decline", "rejected", 603)):
        call = world.dial_out(HELLO, picked_up=False)
        getattr(world.engine, act)(call)
        sent = world.fields("disconnect")
        assert (sent["cause"], sent["sipResponseCode"]) == (cause, code)
        assert "answerTime" not in sent
        assert sent["errorId"] == world.call(call).error_id
        world.engine.advance(1)
    assert world.fields("disconnect", 0)["errorMessage"] == "Callee is busy"


def test_c10_the_caller_gives_up(world: "World") -> None:
    """Before the answer that is cancel, after it hangup."""
    early = world.dial_in('<Ring answerCall="false"/>')
    world.engine.hang_up(early)
    late = world.dial_in("<Ring/>")
    world.engine.hang_up(late)
    assert (world.cause(early), world.cause(late)) == ("cancel", "hangup")


def test_c11_every_end_sends_one_disconnect(world: "World") -> None:
    """Whatever the cause; and none without a URL."""
    ends = [
        (HELLO, "hangup"),
        ("<Bogus/>", "invalid-bxml"),
        ('<Redirect redirectUrl="/nowhere"/>', "callback-error"),
        ("<Forward to='+19195550000'/>", "application-error"),
    ]
    for bxml, cause in ends:
        call = world.dial_out(bxml)
        world.engine.advance(60)
        assert world.cause(call) == cause
        sent = [event for event in world.events if event.event_type == "disconnect"]
        assert [getattr(each, "call_id", "") for each in sent].count(call) == 1
        assert world.fields("disconnect")["cause"] == cause
    silent = world.dial_out(HELLO, disconnectUrl=None)
    world.engine.advance(60)
    assert world.cause(silent) == "hangup"
    assert world.kinds.count("disconnect") == len(ends)


def test_c12_legs_of_a_transfer_are_calls(world: "World") -> None:
    """They have a parent and end with transferDisconnect instead of disconnect."""
    call = world.dial_in(
        '<Transfer><PhoneNumber transferDisconnectUrl="/gone">+19195550001</PhoneNumber></Transfer>'
    )
    leg = world.legs[0]
    assert world.call(leg).parent_call_id == call
    world.engine.busy(leg)
    assert world.fields("transferDisconnect")["callId"] == leg
    assert "disconnect" in world.kinds  # of the caller, whose document ran out
    assert world.fields("disconnect")["callId"] == call


def test_f1_a_reply_takes_time_and_must_come_in_time(world: "World") -> None:
    """Silence while waiting; later than the callback timeout is too late."""
    world.serve("/answer", HELLO, seconds=4)
    call = world.dial_out(callbackTimeout=5)
    assert world.heard(call) == []
    world.engine.advance(4)
    assert world.heard(call) == ["Hello"]
    world.serve("/answer", HELLO, seconds=6)
    late = world.dial_out(callbackTimeout=5)
    world.engine.advance(5)
    assert world.cause(late) == "callback-error"
    assert "no reply in time" in str(world.call(late).error_message)


def test_f2_a_new_document_replaces_the_old_one(world: "World") -> None:
    """There is no way back to the verbs after a Redirect."""
    world.serve("/next", SAY.format("New"))
    call = world.dial_in(f'<Redirect redirectUrl="/next"/>{SAY.format("Old")}')
    world.engine.advance(10)
    assert world.heard(call) == ["New"]


@pytest.mark.parametrize("status", [400, 404, 500, 503, 302])
def test_f3_a_failure_goes_to_the_fallback_once(world: "World", status: int) -> None:
    """With the fallback's own method and credentials."""
    world.reply("/next", WebhookReply(status=status))
    world.routes["/spare"] = _guarded("spare:secret")
    call = world.dial_in(
        '<Redirect redirectUrl="/next" redirectFallbackUrl="/spare" redirectFallbackMethod="GET" '
        'username="main" password="other" fallbackUsername="spare" fallbackPassword="secret"/>'
    )
    assert world.heard(call) == ["Hello"]
    tries = [(request.attempt, request.method) for request in world.requests[1:]]
    assert tries == [("first", "POST"), ("fallback", "GET"), ("fallback", "GET")]


def test_c2_initiate_has_the_fields_of_a_live_call(world: "World") -> None:
    """Privacy and the display name are there without a value; a test may give others."""
    world.serve("/start", "<Hangup/>")
    world.dial_in()
    fields = world.fields("initiate")
    assert (fields["privacy"], fields["callerDisplayName"]) == (False, "")
    extra = {"privacy": True, "caller_display_name": "Ann"}
    world.engine.dial_in(from_="+1", to="+2", application=world.application, extra=extra)
    fields = world.fields("initiate")
    assert (fields["privacy"], fields["callerDisplayName"]) == (True, "Ann")
    assert "privacy" not in world.fields("disconnect")


def test_f9_webhooks_are_json_or_a_query(world: "World") -> None:
    """With a content type and no signature; GET has no body."""
    world.dial_in('<Redirect redirectUrl="/next?page=1" redirectMethod="GET"/>')
    first, second = world.requests[:2]
    assert dict(first.headers).keys() == {"User-Agent", "Content-Type"}
    assert dict(first.headers)["Content-Type"] == "application/json"
    assert json.loads(first.body)["eventType"] == "initiate"
    assert (second.method, second.body) == ("GET", b"")
    assert second.url.startswith("https://app.test/next?page=1&")
    assert "eventType=redirect" in second.url
    assert dict(second.headers).keys() == {"User-Agent"}


def _guarded(pair: str) -> "Answer":
    """Return a page that asks for Basic credentials and says hello to who has them."""
    expected = Target(
        url=ORIGIN, username=pair.partition(":")[0], password=pair.partition(":")[2]
    ).authorization()

    def answer(request: HttpRequest) -> WebhookReply:
        if expected in request.headers:
            return WebhookReply(body=f"<Response>{HELLO}</Response>".encode())
        return WebhookReply(status=401, headers=(("www-authenticate", 'Basic realm=""'),))

    return answer


def test_f3_credentials_are_sent_only_when_asked_for(world: "World") -> None:
    """A challenge is answered; a 401 without one ends the attempt."""
    world.routes["/next"] = _guarded("me:secret")
    redirect = '<Redirect redirectUrl="/next" username="me" password="secret"/>'
    call = world.dial_in(redirect)
    assert world.heard(call) == ["Hello"]
    names = [[name for name, _ in request.headers] for request in world.requests[1:]]
    assert [("Authorization" in name) for name in names] == [False, True]
    challenge = (("WWW-Authenticate", "Basic"),)
    for refusal in (WebhookReply(status=401), WebhookReply(status=403, headers=challenge)):
        world.reply("/next", refusal)
        before = len(world.requests)
        call = world.dial_in(redirect)
        assert world.cause(call) == "callback-error"
        assert len(world.requests) - before == 3  # initiate, redirect once, disconnect


def test_f3_option_basic_preemptive(make_world: "type[World]") -> None:
    """Credentials can go out with the first try."""
    world = make_world(Assumptions(basic="preemptive"))
    world.routes["/next"] = _guarded("me:secret")
    world.dial_in('<Redirect redirectUrl="/next" username="me" password="secret"/>')
    assert len(world.requests) == 2


@pytest.mark.parametrize(("repeats", "tries"), [(True, 2), (False, 1)])
def test_f3_option_repeat_lost_connections(
    make_world: "type[World]", *, repeats: bool, tries: int
) -> None:
    """A lost connection is tried once more, if the option says so."""
    world = make_world(Assumptions(repeat_lost_connections=repeats))
    world.reply("/start", WebhookReply(failure="reset"))
    world.dial_in()
    assert len([request for request in world.requests if request.url.endswith("start")]) == tries


@pytest.mark.parametrize("failure", FAILURES)
def test_f4_without_fallback_the_call_ends(world: "World", failure: "Failure") -> None:
    """The message names event, URL and reason, and nothing secret."""
    world.reply("/next", WebhookReply(failure=failure, detail="as asked"))
    call = world.dial_in('<Redirect redirectUrl="/next?token=hunter2"/>')
    ended = world.call(call)
    assert ended.disconnect_cause == "callback-error"
    message = str(ended.error_message)
    assert "redirect webhook to https://app.test/next failed" in message
    assert "hunter2" not in message
    assert [
        observation.text for observation in world.seen if isinstance(observation, Rejected)
    ] == [message]


def test_f5_relative_urls_follow_the_document(world: "World") -> None:
    """After a fallback the fallback's URL is the base."""
    world.serve("/a/b/one", '<Redirect redirectUrl="two" redirectFallbackUrl="../../c/spare"/>')
    world.serve("/c/spare", '<Redirect redirectUrl="last?x=1#f"/>')
    world.serve("/c/last", HELLO)
    call = world.dial_in('<Redirect redirectUrl="/a/b/one"/>')
    assert world.heard(call) == ["Hello"]
    urls = [observation.url for observation in world.seen if isinstance(observation, Fetched)]
    assert urls[1:] == [
        f"{ORIGIN}/a/b/one",
        f"{ORIGIN}/a/b/two",
        f"{ORIGIN}/c/spare",
        f"{ORIGIN}/c/last?x=1#f",
    ]


def test_f6_pushed_documents_have_no_base(world: "World") -> None:
    """A relative URL in one ends the call and says why."""
    call = world.dial_in('<Pause duration="100"/>')
    assert world.push(call, '<Redirect redirectUrl="/next"/>') == 204
    assert world.cause(call) == "application-error"
    assert "expected an absolute URL in a document pushed over REST, got '/next'" in str(
        world.call(call).error_message
    )


def test_f6_option_relative_urls_in_updates(make_world: "type[World]") -> None:
    """The last fetched document can serve as the base."""
    world = make_world(Assumptions(relative_urls_in_updates="last-document"))
    world.serve("/next", HELLO)
    call = world.dial_in('<Pause duration="100"/>')
    world.push(call, '<Redirect redirectUrl="/next"/>')
    assert world.heard(call) == ["Hello"]


def test_f7_an_empty_reply_is_an_empty_document(make_world: "type[World]") -> None:
    """Hang up and warn; an option makes it a failure."""
    world = make_world()
    world.reply("/answer", WebhookReply(status=204))
    assert world.cause(world.dial_out()) == "hangup"
    assert "the reply is empty" in world.warnings[0]
    strict = make_world(Assumptions(empty_reply="callback-error"))
    strict.reply("/answer", WebhookReply(body=b"  \n"))
    assert strict.cause(strict.dial_out()) == "callback-error"


def test_f8_redirections_count_as_failures(make_world: "type[World]") -> None:
    """Unless the option says that they are followed; credentials stay behind then."""
    moved = WebhookReply(status=307, headers=(("Location", "/next"),))
    world = make_world()
    world.reply("/answer", moved)
    world.serve("/next", HELLO)
    assert world.cause(world.dial_out()) == "callback-error"
    world = make_world(Assumptions(follow_redirects=True))
    world.reply("/answer", moved)
    world.serve("/next", HELLO)
    assert world.heard(world.dial_out()) == ["Hello"]
    world.reply("/answer", WebhookReply(status=307, headers=(("Location", "http://[::1/"),)))
    assert world.cause(world.dial_out()) == "callback-error"
    for number in range(7):
        path = f"/{number}" if number else "/answer"
        there = WebhookReply(status=302, headers=(("Location", f"/{number + 1}"),))
        world.reply(path, there)
    world.serve("/5", HELLO)
    assert world.heard(world.dial_out()) == ["Hello"]
    world.serve("/6", HELLO)
    world.reply("/5", WebhookReply(status=302, headers=(("Location", "/6"),)))
    assert world.cause(world.dial_out()) == "callback-error"


def test_x1_both_roots_work(world: "World") -> None:
    """A reply may have the root of pushed documents."""
    world.reply("/answer", WebhookReply(body=f"<Bxml>{HELLO}</Bxml>".encode()))
    assert world.heard(world.dial_out()) == ["Hello"]


def test_x2_an_empty_document_hangs_up(world: "World") -> None:
    """At once, without an error."""
    call = world.dial_out("")
    assert (world.cause(call), world.seconds) == ("hangup", 0)


def test_x3_verbs_run_one_after_the_other(world: "World") -> None:
    """A Start verb takes no time; the others take theirs."""
    call = world.dial_in(f"<StartRecording/>{SAY.format('a' * 20)}{SAY.format('b' * 20)}")
    assert world.heard(call) == ["a" * 20]
    world.engine.advance(1.2)
    assert world.heard(call) == ["a" * 20, "b" * 20]


def test_x4_running_out_hangs_up(world: "World") -> None:
    """Cause hangup, when the last verb is over."""
    call = world.dial_in('<Pause duration="7"/>')
    world.engine.run_until(lambda: world.call(call).end_time is not None, 60)
    assert (world.seconds, world.cause(call)) == (7, "hangup")


def test_x5_running_out_of_a_transfer_answer_joins(world: "World") -> None:
    """The leg does not hang up."""
    world.serve("/whisper", SAY.format("A call for you"))
    call = world.dial_in(
        '<Transfer><PhoneNumber transferAnswerUrl="/whisper">+19195550001</PhoneNumber></Transfer>'
    )
    world.engine.answer(world.legs[0])
    world.engine.advance(30)
    assert world.call(world.legs[0]).state == "answered"
    assert world.call(call).state == "answered"
    assert world.heard(world.legs[0]) == ["A call for you"]


@pytest.mark.parametrize(
    "verb",
    [
        '<Gather gatherUrl="/next" firstDigitTimeout="1"/>',
        '<Record recordCompleteUrl="/next" maxDuration="1"/>',
        '<Bridge bridgeCompleteUrl="/next">c-nobody</Bridge>',
    ],
)
def test_x6_verbs_after_a_fetch_are_not_reached(world: "World", verb: str) -> None:
    """That is no error."""
    world.serve("/next", SAY.format("New"))
    call = world.dial_in(f"{verb}{SAY.format('Old')}")
    world.engine.advance(20)
    assert world.heard(call) == ["New"]
    assert world.cause(call) == "hangup"


def test_x7_documents_may_have_64_kilobytes(world: "World") -> None:
    """One byte more is invalid."""
    frame = len("<Response></Response>") + len(SAY.format(""))
    fits = world.dial_out(SAY.format("a" * (65_536 - frame)))
    assert world.call(fits).state == "answered"
    assert world.cause(world.dial_out(SAY.format("a" * (65_537 - frame)))) == "invalid-bxml"


@pytest.mark.parametrize(
    "body",
    [
        b"<Response>",
        b"<html><body>It works!</body></html>",
        b'{"error": "boom"}',
        b"\xff\xfe\x00garbage\x00",
        b"<Response><SpeakSentence>Hi</SpeakSentence><Dance/></Response>",
        b"<Response><SpeakSentence>Hi</SpeakSentence><Redirect/></Response>",
        b'<Response><SpeakSentence>Hi</SpeakSentence><Pause duration="99999"/></Response>',
        b"<Response><Gather><Pause/></Gather></Response>",
    ],
)
def test_x8_a_broken_document_ends_the_call(world: "World", body: bytes) -> None:
    """Before its first verb, with one line that says what is wrong."""
    world.reply("/answer", WebhookReply(body=body))
    call = world.dial_out()
    assert world.cause(call) == "invalid-bxml"
    assert world.heard(call) == []
    message = str(world.call(call).error_message)
    assert message.startswith("reply to answer from https://app.test/answer is not valid BXML: ")
    assert "\n" not in message
    assert world.fields("disconnect")["errorMessage"] == message


def test_x9_unknown_attributes_are_ignored(make_world: "type[World]") -> None:
    """With a warning; an option makes them invalid."""
    pause = '<Pause durration="3"/>'
    world, strict = make_world(), make_world(Assumptions(unknown_attributes="refuse"))
    assert world.call(world.dial_out(pause)).state == "answered"
    assert "durration" in world.warnings[0]
    assert strict.cause(strict.dial_out(pause)) == "invalid-bxml"


@pytest.mark.parametrize("bxml", ["<pause/>", '<Ring answerCall="TRUE"/>', '<Pause Duration="1"/>'])
def test_x10_names_are_case_sensitive(make_world: "type[World]", bxml: str) -> None:
    """So are booleans; numbers may have decimals."""
    world = make_world(Assumptions(unknown_attributes="refuse"))
    assert world.cause(world.dial_out(bxml)) == "invalid-bxml"
    call = world.dial_out('<Pause duration="0.25"/>')
    world.engine.advance(0.25)
    assert world.cause(call) == "hangup"


def test_x11_ssml_is_content(world: "World") -> None:
    """Its words are heard, its tags are kept apart."""
    call = world.dial_in(SAY.format('One <break time="2s"/><sub alias="two">2</sub>'))
    assert world.heard(call) == ["One two"]


def test_x12_context_errors_show_when_the_verb_runs(world: "World") -> None:
    """A pushed Forward is accepted and fails later."""
    call = world.dial_in('<Pause duration="50"/>')
    status = world.push(call, f"{HELLO}<Forward to='+19195550000'/>")
    assert (status, world.heard(call)) == (204, ["Hello"])
    world.engine.advance(1)
    assert world.cause(call) == "application-error"


def test_documents_in_circles_end_the_call(world: "World") -> None:
    """A document that fetches itself in a loop ends its call, not the simulator."""
    call = world.dial_in('<Redirect redirectUrl="/start"/>')
    assert world.cause(call) == "error"
    assert "more than 100 documents were fetched at one instant" in str(
        world.call(call).error_message
    )
    assert len([request for request in world.requests if request.url.endswith("/start")]) == 100


def test_waiting_is_observed(world: "World") -> None:
    """Silence and ringing have their length."""
    world.dial_in('<Pause duration="3"/><Ring/>')
    world.engine.advance(20)
    waits = [
        (observation.sound, observation.seconds)
        for observation in world.seen
        if isinstance(observation, Waited)
    ]
    assert waits == [("silence", 3), ("ringing", 5)]
