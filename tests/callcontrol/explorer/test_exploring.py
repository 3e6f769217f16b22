"""The explorer: what it finds in small applications, what it does not, and where it stops."""

from collections import Counter
from collections.abc import Callable, Iterable
from threading import Event as Flag
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest

from bxml import Gather, PhoneNumber, PlayAudio, Record, Response, SpeakSentence
from bxml.documents import Document
from callcontrol.events import (
    AnswerEvent,
    DisconnectEvent,
    Event,
    GatherEvent,
    MachineDetectionCompleteEvent,
    RecordCompleteEvent,
    RedirectEvent,
    TransferAnswerEvent,
    TransferCompleteEvent,
)
from callcontrol.explorer import Bounds, Progress, Report, explore
from callcontrol.simulator import SimulatorError

Serving = Callable[[Callable[[Event, str], Document | bytes | int]], WSGIApplication]


def ask(prompt: str, url: str = "/", most: int = 1) -> Response:
    """Return a document that asks for keys."""
    return Response(Gather(SpeakSentence(prompt), gather_url=url, max_digits=most))


def say(text: str) -> Response:
    """Return a document that says goodbye."""
    return Response().speak_sentence(text).hangup()


def found(report: Report) -> list[tuple[str, str | None]]:
    """Return kind and script of each fault."""
    return [(fault.kind, fault.script) for fault in report.faults]


def titles(report: Report) -> set[str]:
    """Return what the states are called."""
    return {node.title for node in report.graph.nodes}


def test_a_sound_menu_has_no_fault(serving: Serving) -> None:
    """Every key and silence lead to an end with words."""

    def voice(event: Event, _: str) -> Document:
        match event:
            case GatherEvent(digits="1"):
                return say("Sales.")
            case GatherEvent():
                return say("Goodbye.")
            case _:
                return ask("Press 1.")

    report = explore(serving(voice))
    assert found(report) == []
    assert titles(report) == {"Press 1.", "Sales.", "Goodbye."}
    labels = {arrow.label for arrow in report.graph.arrows}
    assert labels == {"1", "other keys, silence"}
    assert (report.stopped, report.left, report.notes) == ("", 0, ())


def test_rounds_that_the_application_counts_are_not_a_loop(serving: Serving) -> None:
    """A wrong key brings the same document twice, and the third one ends the call."""
    wrong: Counter[str] = Counter()

    def voice(event: Event, _: str) -> Document:
        if isinstance(event, GatherEvent):
            wrong[event.call_id] += 1
            if wrong[event.call_id] == 3:
                return say("Too many tries.")
        return ask("Press the secret key.")

    report = explore(serving(voice))
    assert found(report) == []
    assert "Too many tries." in titles(report)


def test_a_poll_that_ends_is_not_a_loop(serving: Serving) -> None:
    """The same document comes four times while nobody does anything, then another one."""
    polled: Counter[str] = Counter()

    def voice(event: Event, _: str) -> Document:
        polled[getattr(event, "call_id", "")] += isinstance(event, RedirectEvent)
        if polled[getattr(event, "call_id", "")] > 3:
            return say("Here is your balance.")
        return Response().speak_sentence("One moment.").redirect("/")

    report = explore(serving(voice))
    assert found(report) == []
    assert "Here is your balance." in titles(report)


def test_a_loop_of_two_menus_is_one_fault(serving: Serving) -> None:
    """Two prompts that lead to each other are one fault, with the script that repeats them."""

    def voice(_: Event, path: str) -> Document:
        return ask("Ping.", "/pong") if path == "/" else ask("Pong.", "/")

    [fault] = explore(serving(voice)).faults
    assert fault.kind == "loop-without-exit"
    assert fault.text == '"Ping." and 1 more state: no action except hanging up leads out'
    assert fault.script == "wait; press 1; wait; press 1"


def test_music_for_ever_is_a_loop(serving: Serving) -> None:
    """Nobody can leave it, unless another process ends it: then the kind is allowed."""
    app = serving(lambda _, __: Response(PlayAudio("https://cdn.example/music.wav")).redirect("/"))
    assert [kind for kind, _ in found(explore(app))] == ["loop-without-exit"]
    assert found(explore(app, allow=["loop-without-exit"])) == []


def test_a_circle_without_time_is_a_loop(serving: Serving) -> None:
    """Redirects that lead to themselves do not hang the explorer."""
    report = explore(serving(lambda _, __: Response().redirect("/")))
    assert [kind for kind, _ in found(report)] == ["loop-without-exit"]


def test_silence_that_is_never_over(serving: Serving) -> None:
    """A menu with an exit that repeats endlessly while the caller does not react is a warning."""

    def voice(event: Event, _: str) -> Document:
        digits = event.digits if isinstance(event, GatherEvent) else ""
        return say("Thank you.") if digits else ask("Press a key.")

    [fault] = explore(serving(voice)).faults
    assert (fault.kind, fault.severity) == ("endless-prompt", "warning")
    assert fault.script == "wait; wait 5"


def test_ids_in_documents_do_not_make_states(serving: Serving) -> None:
    """URLs with call ids, and times that are spoken, are the same state in every call."""

    def voice(event: Event, path: str) -> Document:
        call_id = getattr(event, "call_id", "")
        if isinstance(event, GatherEvent) and event.digits:
            return say("Goodbye.")
        if path.startswith("/again"):
            return say("Bye.")
        return ask("It is 2026-11-26T21:00:00Z.", f"/again?call={call_id}")

    report = explore(serving(voice))
    assert report.states == 3
    assert report.notes == ()


def test_an_application_that_remembers_calls_is_told(serving: Serving) -> None:
    """If the second caller hears something else, the result says that it is not certain."""
    calls: list[str] = []

    def voice(event: Event, path: str) -> Document:
        if path == "/":
            calls.append(getattr(event, "call_id", ""))
            return ask(f"You are caller number {len(calls)}.", "/menu")
        return say("Goodbye.")

    report = explore(serving(voice), bounds=Bounds(states=10, seconds=20))
    note, varying = report.notes
    assert "the application keeps state between calls" in note
    assert r"--ignore 'number \d+'" in varying
    assert report.stopped == "10 states"


def test_no_url_for_the_keys(serving: Serving) -> None:
    """That keys and silence both cut the caller off is one fault, which check expects too."""
    prompt = Response(Gather(SpeakSentence("Press 1."), max_digits=1))
    report = explore(serving(lambda _, __: prompt))
    assert found(report) == [("dead-end", "wait; press 1"), ("bxml-warning", "")]
    assert report.faults[0].ways == 12


def test_a_refused_transfer_without_words(serving: Serving) -> None:
    """Busy, refused and not answered are one fault; a talk that is over is none."""
    transfer = Response().transfer(PhoneNumber("+19195550111"))
    [fault] = explore(serving(lambda _, __: transfer)).faults
    assert (fault.kind, fault.script, fault.ways) == ("unanswered-transfer", "decline", 3)


def test_only_a_busy_line_meets_the_mistake(serving: Serving) -> None:
    """Every way of not answering is tried."""

    def voice(event: Event, _: str) -> Document | int:
        match event:
            case TransferCompleteEvent(cause="busy"):
                return 404
            case TransferCompleteEvent():
                return say("Nobody is there.")
            case _:
                return Response().transfer(
                    PhoneNumber("+19195550111"), transfer_complete_url="/done"
                )

    [fault] = explore(serving(voice)).faults
    assert (fault.kind, fault.script) == ("server-error", "busy")
    assert "expected status 200 to 299, got 404: the application has no route" in fault.text


def test_the_callee_is_explored_too(serving: Serving) -> None:
    """A whisper takes keys of the callee; what goes wrong there is found."""

    def voice(event: Event, _: str) -> Document | int:
        match event:
            case TransferAnswerEvent():
                return ask("Take it?", "/take")
            case GatherEvent(digits="1"):
                return Response().speak_sentence("Connected.")
            case GatherEvent(digits="2"):
                return 500
            case GatherEvent():
                return Response().hangup()
            case TransferCompleteEvent():
                return say("Goodbye.")
            case _:
                leg = PhoneNumber("+19195550111", transfer_answer_url="/whisper")
                return Response().transfer(leg, transfer_complete_url="/done")

    report = explore(serving(voice))
    assert found(report) == [("server-error", "answer; wait; callee press 2")]
    labels = {arrow.label for arrow in report.graph.arrows}
    assert {"callee: 1", "callee: hang up"} <= labels


def test_callers_hang_up_in_the_middle_of_an_announcement(serving: Serving) -> None:
    """A webhook about the end that fails is found where no key could be pressed."""
    said: set[str] = set()

    def voice(event: Event, _: str) -> Document | int:
        call_id = getattr(event, "call_id", "")
        match event:
            case DisconnectEvent():
                return 500 if call_id not in said else 204
            case RedirectEvent():
                said.add(call_id)
                return say("That was all.")
            case _:
                return Response().speak_sentence("A long announcement.").redirect("/next")

    [fault] = explore(serving(voice), disconnect_url="/end").faults
    assert (fault.kind, fault.script) == ("server-error", "wait 0.5; hang up")
    assert fault.text.startswith("disconnect webhook to http://application.test/end: ")


def test_what_is_reported_after_the_call_counts(serving: Serving) -> None:
    """A recording is announced two seconds later, to an address that answers 404."""

    def voice(event: Event, path: str) -> Document | int:
        if path == "/recorded":
            return 404
        if isinstance(event, RecordCompleteEvent):
            return say("Thank you.")
        record = Record(record_complete_url="/done", recording_available_url="/recorded")
        return Response(SpeakSentence("Speak."), record)

    [fault] = explore(serving(voice)).faults
    assert fault.kind == "server-error"
    assert fault.text.startswith("recordingAvailable webhook to ")
    assert fault.script == "wait; hang up"


def test_entries_go_where_more_keys_are_taken(serving: Serving) -> None:
    """A code that nobody guesses is tried if it is named, and only where it fits."""

    def voice(event: Event, path: str) -> Document:
        if path == "/code":
            right = isinstance(event, GatherEvent) and event.digits == "4711"
            return say("Welcome back." if right else "Wrong code.")
        if isinstance(event, GatherEvent):
            prompt = SpeakSentence("Your code, please.")
            gather = Gather(prompt, gather_url="/code", max_digits=4, terminating_digits="#")
            return Response(gather)
        return ask("Press any key.")

    assert "Welcome back." not in titles(explore(serving(voice)))
    report = explore(serving(voice), entries=["4711#"])
    assert "Welcome back." in titles(report)
    assert found(report) == []


def test_outbound_calls_are_answered_and_not(serving: Serving) -> None:
    """Every end of the far side is tried, and an answering machine."""
    ends: set[str] = set()

    def voice(event: Event, _: str) -> Document | int:
        match event:
            case AnswerEvent():
                return ask("Will you come?")
            case DisconnectEvent():
                ends.add(str(event.cause))
                return 204
            case MachineDetectionCompleteEvent():
                return 500
            case _:
                return say("Goodbye.")

    report = explore(serving(voice), outbound=True, detect="async", disconnect_url="/", url="/")
    assert [fault.kind for fault in report.faults] == ["server-error"]
    assert report.faults[0].text.startswith("machineDetectionComplete webhook to ")
    assert {"busy", "timeout", "rejected", "hangup"} <= ends


def test_what_is_not_simulated_is_reported(serving: Serving) -> None:
    """What cannot be explored is reported, and the rest is explored."""
    body = b'<Response><Connect eventCallbackUrl="/"><Endpoint>e-1</Endpoint></Connect></Response>'

    def voice(event: Event, _: str) -> Document | bytes:
        if not isinstance(event, GatherEvent):
            return ask("Press 1.")
        return body if event.digits == "1" else say("Goodbye.")

    [fault] = explore(serving(voice)).faults
    assert (fault.kind, fault.severity, fault.script) == (
        "not-simulated",
        "warning",
        "wait; press 1",
    )


def test_other_hosts_are_left_alone(serving: Serving) -> None:
    """A webhook to an address that nobody named is not sent."""
    report = explore(serving(lambda _, __: Response().redirect("http://127.0.0.1:9/voice")))
    [fault] = report.faults
    where, _, finding = fault.text.partition(": ")
    assert where == "redirect webhook to http://127.0.0.1:9/voice"
    reachable = "expected a URL of http://application.test:80"
    assert finding == f"nothing in this simulation serves that address ({reachable})"


@pytest.mark.parametrize(
    ("bounds", "stopped"),
    [
        (Bounds(depth=2), "2 actions"),
        (Bounds(states=3), "3 states"),
        (Bounds(seconds=0), "0 seconds"),
    ],
)
def test_what_was_not_tried_is_told(serving: Serving, bounds: Bounds, stopped: str) -> None:
    """A menu without end is explored as far as the bounds go, and no loop is guessed."""

    def voice(_: Event, path: str) -> Document:
        level = int(path.strip("/") or 0)
        return ask(f"Level {level}.", f"/{level + 1}")

    report = explore(serving(voice), bounds=bounds)
    assert report.stopped == stopped
    assert found(report) == []
    assert f"incomplete: stopped after {stopped}" in str(report)


def test_it_can_be_told_to_stop(serving: Serving) -> None:
    """Progress is reported after each call, and the search ends when the flag is set."""
    seen: list[Progress] = []
    stop = Flag()

    def watch(progress: Progress) -> None:
        seen.append(progress)
        if progress.calls == 5:
            stop.set()

    report = explore(serving(lambda _, __: ask("Again.")), progress=watch, stop=stop)
    assert [observation.calls for observation in seen] == [1, 2, 3, 4, 5]
    assert seen[-1].waiting > 0
    assert report.stopped == "an interruption"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"keys": ""}, "explore.keys: expected keys 0-9 A-D * #, got ''"),
        ({"keys": "12e"}, "explore.keys: expected keys 0-9 A-D * #, got '12e'"),
        ({"entries": ["1", "x"]}, "explore.entries: expected keys 0-9 A-D * #, got 'x'"),
        ({"entries": "12"}, "explore.entries: expected a list of entries, got '12'"),
        ({"say": "Hello"}, "explore.say: expected a list of texts, got 'Hello'"),
        (
            {"say": ['so "called"']},
            "explore.say: expected words without line ends and double quotes, got 'so \"called\"'",
        ),
        ({"say": [" "]}, "explore.say: expected words without line ends and double quotes"),
        ({"slow": -1}, "explore.slow: expected a number of 0 or more, got -1"),
        (
            {"bounds": Bounds(depth=0)},
            "explore.bounds.depth: expected a number of 1 or more, got 0",
        ),
        (
            {"allow": ["deadend"]},
            "explore.allow: expected a kind of fault, got 'deadend'; did you mean 'dead-end'?",
        ),
        ({"url": "ftp://x/"}, "explore.url: expected an http URL or a path, got 'ftp://x/'"),
        ({"to": "", "outbound": True}, "outbound call: "),
    ],
)
def test_arguments_that_cannot_be(
    serving: Serving, arguments: dict[str, object], message: str
) -> None:
    """Each is refused before any call, with what was expected."""
    run: Callable[..., Report] = explore
    with pytest.raises(SimulatorError) as caught:
        run(serving(lambda _, __: say("Hello.")), **arguments)
    assert str(caught.value).startswith(message)


def test_an_application_that_asks_for_a_password(serving: Serving) -> None:
    """It gets it where the platform would show it: for the first webhook and the last."""
    inner = serving(lambda event, _: 204 if isinstance(event, DisconnectEvent) else say("Hello."))

    def app(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if environ.get("HTTP_AUTHORIZATION") != "Basic YW5uOnMzY3JldA==":
            start("401 Unauthorized", [("WWW-Authenticate", "Basic")])
            return []
        return inner(environ, start)

    report = explore(app, disconnect_url="/end", username="ann", password="s3cret")
    assert not report.faults, report
    assert "s3cret" not in f"{report!r}{report}"
    assert {fault.kind for fault in explore(app).faults} == {"server-error"}
    assert not explore(app, outbound=True, username="ann", password="s3cret").faults


def test_a_state_is_called_after_what_is_heard(serving: Serving) -> None:
    """What is said before a prompt, or before a transfer rings, tells states apart."""

    def voice(event: Event, _: str) -> Document:
        gather = Gather(SpeakSentence("Press 1."), gather_url="/", max_digits=1)
        match event:
            case GatherEvent(digits="1"):
                leg = PhoneNumber("+19195550111")
                return (
                    Response()
                    .speak_sentence("One moment.")
                    .transfer(leg)
                    .speak_sentence("Nobody is there.")
                )
            case GatherEvent(digits=""):
                return say("Goodbye.")
            case GatherEvent():
                return Response(SpeakSentence("Sorry."), gather)
            case _:
                return Response(SpeakSentence("Welcome."), gather)

    assert titles(explore(serving(voice))) >= {
        "Welcome. Press 1.",
        "Sorry. Press 1.",
        "One moment. (+19195550111 rings)",
        "Nobody is there.",
    }


def test_a_failed_assertion_shows_the_report(serving: Serving) -> None:
    """Faults and scripts are what pytest prints, not the fields of a record."""
    report = explore(serving(lambda _, __: Response()))
    with pytest.raises(AssertionError) as caught:
        assert not report.faults, report
    assert (
        "error: reply to initiate from http://application.test/: expected speech or audio"
        in str(caught.value)
    )
    assert '--script ""' in repr(report)
