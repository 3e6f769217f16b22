"""Whispers that keep the parties of a transfer apart: what dial and explore say of them."""

from collections.abc import Callable
from wsgiref.types import WSGIApplication

import pytest

from bxml import Gather, PhoneNumber, Response, SpeakSentence
from bxml.documents import Document
from callcontrol.events import Event, GatherEvent, TransferAnswerEvent, TransferCompleteEvent
from callcontrol.explorer import explore
from callcontrol.phone import HOME
from callcontrol.phone.call_log import CallLog
from callcontrol.phone.call_request import CallRequest
from callcontrol.phone.player import play
from callcontrol.phone.script import parse_script
from callcontrol.simulator.core.observations import Observation, Unjoined, Warned

Voice = Callable[[Event, str], Document | bytes | int]
Serving = Callable[[Voice], WSGIApplication]

AGENT = "+19195550111"
EMPTY, REFUSE = Response(), Response().hangup()
ACCEPT = Response().speak_sentence("Connected.")
QUIET, SORRY = Response().hangup(), Response().speak_sentence("Nobody can take your call.")
NEVER = f"an empty document hung up on {AGENT}; the parties were never joined"


def screening(*, accept: Document | bytes | int, refuse: Document, over: Document) -> Voice:
    """Return an application that rings an agent, who may press 1 to take the call."""

    def voice(event: Event, _: str) -> Document | bytes | int:
        match event:
            case TransferAnswerEvent():
                prompt = SpeakSentence("Press 1 to take the call.")
                return Response(Gather(prompt, gather_url="/", max_digits=1))
            case GatherEvent(digits=digits):
                return accept if digits == "1" else refuse
            case TransferCompleteEvent(cause="hangup"):
                return over
            case TransferCompleteEvent():
                return SORRY
            case _:
                agent = PhoneNumber(AGENT, transfer_answer_url="/")
                return Response().transfer(agent, transfer_complete_url="/")

    return voice


def dialled(app: WSGIApplication, script: str) -> tuple[CallLog, list[Observation]]:
    """Return the log of a call with a script."""
    log = CallLog("+19195550100", outbound=False)
    play(CallRequest(url=HOME), parse_script(script), log, lambda _: None, app=app)
    return log, log.seen


@pytest.mark.parametrize("body", [EMPTY, b"<Response><!-- yes --></Response>", b"", 204])
def test_fault_b1_an_empty_document_accepts_nothing(
    serving: Serving, body: Document | bytes | int
) -> None:
    """A trouble in ``dial`` and a fault of its own in ``explore``, whoever hears the end."""
    for over in (QUIET, SORRY):
        app = serving(screening(accept=body, refuse=REFUSE, over=over))
        log, seen = dialled(app, "answer; callee press 1")
        [trouble] = log.troubles
        assert trouble.text == f"reply to gather from http://application.test/: {NEVER}"
        assert log.failed
        assert [observation.is_empty for observation in seen if isinstance(observation, Unjoined)]
        report = explore(app, keys="1")
        [fault] = [fault for fault in report.faults if fault.kind == "never-joined"]
        assert fault.text == trouble.text
        assert fault.script == "answer; wait; callee press 1"


def test_fault_b1_the_first_reply_may_be_empty(serving: Serving) -> None:
    """The reply to transferAnswer itself, and that of a Redirect in it."""
    for whisper in (EMPTY, Response().redirect("/empty")):

        def voice(event: Event, path: str, whisper: Document = whisper) -> Document:
            if path == "/empty":
                return EMPTY
            if isinstance(event, TransferAnswerEvent):
                return whisper
            return Response().transfer(PhoneNumber(AGENT, transfer_answer_url="/"))

        log, _ = dialled(serving(voice), "answer")
        [trouble] = log.troubles
        assert trouble.text.endswith(NEVER)
        kinds = {fault.kind for fault in explore(serving(voice)).faults}
        assert "never-joined" in kinds


def test_fault_b1_the_document_is_warned_about(serving: Serving) -> None:
    """Where it is fetched, as on the caller's leg."""
    app = serving(screening(accept=EMPTY, refuse=REFUSE, over=SORRY))
    _, seen = dialled(app, "answer; callee press 1")
    [warning] = [observation.text for observation in seen if isinstance(observation, Warned)]
    assert "expected at least one verb, got none" in warning
    assert "the parties are never joined: write SpeakSentence or Pause to join them" in warning


@pytest.mark.parametrize("how", ["callee press 2", "callee hang up", "wait 30"])
@pytest.mark.parametrize("over", [QUIET, EMPTY, Response().tag("over").hangup()])
def test_fault_b2_a_refused_caller_is_cut_off(serving: Serving, how: str, over: Document) -> None:
    """A warning in ``dial``: the application takes it for the end of a conversation."""
    app = serving(screening(accept=ACCEPT, refuse=REFUSE, over=over))
    log, seen = dialled(app, f"answer; {how}")
    assert not log.troubles
    warnings = [observation.text for observation in seen if isinstance(observation, Warned)]
    [warning] = [text for text in warnings if "before the parties were joined" in text]
    assert "keep which calls were accepted" in warning


def test_fault_b2_is_a_fault_of_every_refusal(serving: Serving) -> None:
    """Each way to it is counted, and the shortest one is shown."""
    app = serving(screening(accept=ACCEPT, refuse=REFUSE, over=QUIET))
    [fault] = explore(app, keys="12").faults
    assert (fault.kind, fault.script) == ("refused-transfer", "answer; wait; callee press 2")
    assert fault.ways >= 3
    assert fault.text == (
        "reply to transferComplete from http://application.test/: expected speech or audio after "
        "a refused transfer, got nothing after Hangup"
    )


def test_fault_b2_a_refused_caller_who_hears_words(serving: Serving) -> None:
    """Nothing is wrong then, and neither is the silent end of a real conversation."""
    accepted: set[str] = set()
    inner = screening(accept=ACCEPT, refuse=REFUSE, over=QUIET)

    def voice(event: Event, path: str) -> Document | bytes | int:
        if isinstance(event, GatherEvent) and event.digits == "1":
            accepted.add(str(event.parent_call_id))
        if isinstance(event, TransferCompleteEvent) and event.call_id not in accepted:
            return SORRY
        return inner(event, path)

    report = explore(serving(voice), keys="12")
    assert not report.faults, report
    talk, refusal = "answer; callee press 1; wait 5; callee hang up", "answer; callee press 2"
    for script in (talk, refusal):
        accepted.clear()  # each call of dial has the same id
        log, seen = dialled(serving(voice), script)
        assert not log.troubles
        assert not [observation for observation in seen if isinstance(observation, Warned)]
        unjoined = [observation for observation in seen if isinstance(observation, Unjoined)]
        assert len(unjoined) == (script == refusal)


def test_a_caller_who_leaves_during_the_whisper(serving: Serving) -> None:
    """The agent was not asked to the end: that is no refusal."""
    app = serving(screening(accept=ACCEPT, refuse=REFUSE, over=QUIET))
    log, seen = dialled(app, "answer; wait 1; hang up")
    assert not log.troubles
    assert not [observation for observation in seen if isinstance(observation, Unjoined)]
