"""Advice that fits, and limits of the result in words."""

from collections import Counter
from collections.abc import Callable
from wsgiref.types import WSGIApplication

import pytest

from bxml import Gather, Pause, PhoneNumber, Response, SpeakSentence, StartStream
from bxml.documents import Document
from callcontrol.events import DisconnectEvent, Event, GatherEvent, TransferAnswerEvent
from callcontrol.explorer import Report, explore
from callcontrol.explorer.advice import status_advice

Answer = Document | bytes | int
Serving = Callable[[Callable[[Event, str], Answer]], WSGIApplication]


def say(text: str) -> Response:
    """Return a document that says goodbye."""
    return Response().speak_sentence(text).hangup()


# --- C5: the status of a reply --------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        pytest.param(500, "mend the exception: the log of the application", id="C5-500"),
        pytest.param(404, "correct the URL in the document, or add a route", id="C5-404"),
        pytest.param(405, "let the route accept POST, the method of this webhook", id="C5-405"),
        pytest.param(422, "the framework expects other fields than the webhook", id="C5-422"),
        pytest.param(308, "the platform does not follow redirects", id="C5-308"),
        pytest.param(302, "the platform does not follow redirects", id="C5-302"),
        pytest.param(401, "give the verb the username and password", id="C5-401"),
        pytest.param(403, "without a session or CSRF token", id="C5-403"),
        pytest.param(415, "the body of a webhook is JSON, not a form", id="C5-415"),
        pytest.param(503, "the handler chooses this status itself", id="C5-503"),
        pytest.param(418, "the application refuses the webhook", id="C5-418"),
        pytest.param(199, "answer every webhook", id="C5-199"),
    ],
)
def test_fault_c5_advice_fits_the_status(serving: Serving, status: int, advice: str) -> None:
    """What a framework means by it, instead of "204 will do"."""

    def voice(event: Event, _: str) -> Answer:
        if isinstance(event, GatherEvent):
            return status if event.digits == "1" else say("Bye.")
        return Response(Gather(SpeakSentence("Press 1."), gather_url="/", max_digits=1))

    [fault] = explore(serving(voice), keys="12").faults
    assert (fault.kind, fault.script) == ("server-error", "wait; press 1")
    assert advice in fault.advice
    assert ("204 will do" in fault.advice) is (status in (199, 404))


def test_fault_c5_only_another_process_can_be_behind_a_gateway() -> None:
    """In this process the handler itself has chosen 502, 503 or 504."""
    for status in (502, 503, 504):
        assert "a server in front" in status_advice(status, "POST")
        assert "a server in front" not in status_advice(status, "POST", is_local=True)


def test_fault_c5_the_method_of_the_webhook_is_named(serving: Serving) -> None:
    """It is GET where the document says so."""

    def voice(event: Event, _: str) -> Answer:
        if isinstance(event, DisconnectEvent):
            return 405
        return say("Bye.")

    [fault] = explore(serving(voice), disconnect_url="/end").faults
    assert "accept POST" in fault.advice


# --- C14: documents in circles --------------------------------------------------------------

CIRCLES = {
    "C14": {"/": "/"},
    "C14-two": {"/": "/one", "/one": "/two", "/two": "/one"},
    "C14-three": {"/": "/one", "/one": "/two", "/two": "/three", "/three": "/one"},
}


@pytest.mark.parametrize("circle", CIRCLES.values(), ids=list(CIRCLES))
def test_fault_c14_a_circle_is_one_fault_with_its_urls(
    serving: Serving, circle: dict[str, str]
) -> None:
    """And with the number of documents."""
    [fault] = explore(serving(lambda _, path: Response().redirect(circle[path]))).faults
    assert fault.kind == "loop-without-exit"
    assert "more than 100 documents" in fault.text
    for path in set(circle.values()):
        assert fault.text.count(f"http://application.test{path}") == 1


# --- B8: what happens over a socket ---------------------------------------------------------


def stream(url: str = "wss://agent.example/ws") -> Response:
    """Return a document that begins with a stream in both directions."""
    return Response(StartStream(destination=url, mode="bidirectional"))


def then_waiting_in_rounds(_: Event, path: str) -> Answer:
    """Keep the call with pauses."""
    return (
        Response(Pause(duration=600)).redirect("/wait")
        if path == "/wait"
        else stream().redirect("/wait")
    )


AGENTS: dict[str, Callable[[Event, str], Answer]] = {
    "B8": lambda _, __: Response(*stream().verbs, Pause(duration=86_400)),
    "B8-short-pause": lambda _, __: Response(*stream().verbs, Pause(duration=30)),
    "B8-rounds": then_waiting_in_rounds,
    "B8-greeting": lambda _, __: Response(
        SpeakSentence("One moment."), *stream().verbs, Pause(duration=3600)
    ).hangup(),
}


@pytest.mark.parametrize("voice", AGENTS.values(), ids=list(AGENTS))
def test_b8_what_happens_over_a_socket_is_not_explored(
    serving: Serving, voice: Callable[[Event, str], Answer]
) -> None:
    """A voice agent is no loop and no dead end, and the report says what it does not know."""
    report = explore(serving(voice))
    assert report.faults == ()
    [note] = report.notes
    assert note.startswith("document from http://application.test/")
    assert "over the WebSocket of its stream, and what follows, is not explored" in note
    assert note in str(report)


def test_b8_a_stream_that_only_listens_is_silence(serving: Serving) -> None:
    """Its far end says nothing, so the caller waits without an exit."""
    listening = Response(StartStream(destination="wss://x.example/ws"), Pause(duration=86_400))
    report = explore(serving(lambda _, __: listening))
    assert [fault.kind for fault in report.faults] == ["loop-without-exit"]
    assert report.notes == ()


# --- B9: entries that all fail --------------------------------------------------------------


def coded(serving: Serving, code: str, most: int, rounds: int = 1, *entries: str) -> Report:
    """Explore a prompt for a code, which may be tried several times."""
    wrong: Counter[str] = Counter()

    def voice(event: Event, _: str) -> Answer:
        if isinstance(event, GatherEvent):
            if event.digits == code:
                return say("Welcome.")
            wrong[event.call_id] += 1
        if isinstance(event, DisconnectEvent):
            return 204
        call_id = getattr(event, "call_id", "")
        if wrong[call_id] == rounds:
            return say("Goodbye.")
        prompt = SpeakSentence(f"Your code, please. Attempt {wrong[call_id] + 1}.")
        return Response(Gather(prompt, gather_url="/", max_digits=most))

    return explore(serving(voice), keys="12", entries=entries)


@pytest.mark.parametrize(
    ("code", "most", "rounds", "texts"),
    [
        pytest.param("48213377", 8, 1, ("only 11111111 was", "--entry 12345678"), id="B9"),
        pytest.param("48213377", 8, 3, ("and 2 more states", "11111111"), id="B9-rounds"),
        pytest.param("4821", 4, 1, ("only 1111 was", "--entry 1234"), id="B9-pin"),
        pytest.param("482133774821", 12, 1, ("--entry 1234567890",), id="B9-long"),
    ],
)
def test_b9_a_prompt_with_failing_entries_only(
    serving: Serving, code: str, most: int, rounds: int, texts: tuple[str, ...]
) -> None:
    """The report says so, and how to give one; with the entry it has nothing to say."""
    [note] = coded(serving, code, most, rounds).notes
    for text in ('"Your code, please. Attempt 1."', "led no further", *texts):
        assert text in note
    assert coded(serving, code, most, rounds, code).notes == ()


def test_b9_a_whispered_prompt(serving: Serving) -> None:
    """The callee of a Transfer is asked for a code."""

    def voice(event: Event, _: str) -> Answer:
        if isinstance(event, TransferAnswerEvent):
            return Response(Gather(SpeakSentence("Code?"), gather_url="/code", max_digits=6))
        if isinstance(event, GatherEvent):
            return Response().hangup()
        if event.event_type == "transferComplete":
            return say("Nobody is there.")
        leg = PhoneNumber("+19195550111", transfer_answer_url="/whisper")
        return Response().transfer(leg, transfer_complete_url="/done")

    [note] = explore(serving(voice), keys="12").notes
    assert "Code?" in note
    assert "only 111111 was tried" in note


def test_b9_an_entry_that_leads_on_is_no_failure(serving: Serving) -> None:
    """Any number of the right length is accepted."""

    def voice(event: Event, _: str) -> Answer:
        if isinstance(event, GatherEvent):
            return say("Thank you." if len(event.digits) == 4 else "Too short.")
        return Response(Gather(SpeakSentence("Your number?"), gather_url="/", max_digits=4))

    assert explore(serving(voice), keys="12").notes == ()
