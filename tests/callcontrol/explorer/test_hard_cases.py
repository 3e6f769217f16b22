"""Difficult applications: they change, count, stop, or fail in unusual ways."""

import socket
import sys
from collections import Counter
from collections.abc import Callable
from itertools import count
from random import Random
from threading import Thread
from wsgiref.types import WSGIApplication

import pytest
from coverage import Coverage

from bxml import Gather, Pause, PhoneNumber, Record, Response, SpeakSentence, StartGather
from bxml.documents import Document
from callcontrol.events import (
    DisconnectEvent,
    DtmfEvent,
    Event,
    GatherEvent,
    TransferAnswerEvent,
    TransferCompleteEvent,
)
from callcontrol.explorer import Bounds, Report, explore
from callcontrol.explorer import unreached as branches_module
from callcontrol.explorer.normalization import normalize
from callcontrol.explorer.unreached import unreached
from callcontrol.simulator import SimulatorError
from callcontrol.simulator.core.engine import Engine

Answer = Document | bytes | int
Serving = Callable[[Callable[[Event, str], Answer]], WSGIApplication]


def ask(prompt: str, url: str = "/", most: int = 1) -> Response:
    """Return a document that asks for keys."""
    return Response(Gather(SpeakSentence(prompt), gather_url=url, max_digits=most))


def say(text: str) -> Response:
    """Return a document that says goodbye."""
    return Response().speak_sentence(text).hangup()


def kinds(report: Report) -> list[str]:
    """Return the kinds of all faults."""
    return [fault.kind for fault in report.faults]


# --- what changes from call to call -------------------------------------------------------


def test_random_greetings_hide_nothing(serving: Serving) -> None:
    """Five greetings, one at random: a fault behind a key is found anyway."""
    random = Random(5)  # noqa: S311 - no secret

    def voice(event: Event, _: str) -> Answer:
        match event:
            case GatherEvent(digits="3"):
                return 500
            case GatherEvent():
                return say("Goodbye.")
            case _:
                return ask(f"Tip number {random.randint(1, 5)}.")

    report = explore(serving(voice))
    assert kinds(report) == ["server-error"]
    assert "the application keeps state between calls, or depends on time" in report.notes[0]


def test_each_call_another_text(serving: Serving) -> None:
    """If every call differs, each key is tried in some call, and the rest is reported."""
    numbers = count(1)

    def voice(event: Event, _: str) -> Answer:
        match event:
            case GatherEvent(digits="2"):
                return 500
            case GatherEvent():
                return say("Goodbye.")
            case _:
                return ask(f"You are caller {next(numbers)}.")

    report = explore(serving(voice), bounds=Bounds(states=20))
    assert "server-error" in kinds(report)
    assert "not-explored" in kinds(report)
    assert report.stopped == "20 states"
    assert report.left > 0
    report = explore(serving(voice), ignore=r"caller \d+")
    assert (kinds(report), report.notes, report.states) == (["server-error"], (), 3)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("c-d82c07cd-6baa9455-e3e7-4682-8209-4cac629f6fbe", "", False),
        (
            "/m?call=c-d82c07cd-6baa9455-e3e7-4682-8209-4cac629f6fbe",
            "/m?call=c-4d2b9deb-1ff39849-b4e1-457d-8a84-eb038d1fd9b7",
            True,
        ),
        ("/m?sig=9f86d081884c7d65", "/m?sig=60303ae22b998861", True),
        ("/m?t=1767225600", "/m?t=1767225601", True),
        ("/m?token=eyJhbGciOiJIUzI1NiJ9abcdE", "/m?token=eyJhbGciOiJIUzI1NiJ9xyzAB", True),
        ("--1aBcDeFgHiJkLmNoPqRsTuVwX-", "--9zYxWvUtSrQpOnMlKjIhGfEdC-", True),
        ("id-1aBcDeFgHiJkLmNoPqRsTuV", "id-9zYxWvUtSrQpOnMlKjIhGfE", True),
        ("/chosen?tries=1", "/chosen?tries=2", False),
        ("+19195550111", "+19195550122", False),
        ("Press 1234", "Press 1235", False),
        ("/menu-of-the-first-department", "/menu-of-the-other-department", False),
    ],
)
def test_what_does_not_count(one: str, other: str, same: bool) -> None:  # noqa: FBT001 - a table
    """Ids, times, tokens and long numbers; short numbers and telephone numbers do count."""
    assert (normalize(one) == normalize(other)) is same


def test_music_that_is_never_the_same(serving: Serving) -> None:
    """A waiting room with another text after each bar is left at the depth limit."""
    bars = Counter[str]()

    def voice(event: Event, _: str) -> Answer:
        call_id = getattr(event, "call_id", "")
        bars[call_id] += 1
        return Response().speak_sentence(f"You have waited {bars[call_id]} bars.").redirect("/")

    report = explore(serving(voice), bounds=Bounds(depth=3))
    assert report.stopped == "3 actions"
    assert max(bars.values()) < 100
    assert kinds(report) == []


def test_an_application_that_stops_half_way() -> None:
    """The search ends with it, and does not say that nobody ever listened."""
    body = ask("Again.").to_bytes()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n"
    reply = f"{head}Connection: close\r\n\r\n".encode() + body

    def serve() -> None:
        with listener:
            for _ in range(20):
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65_536)
                    connection.sendall(reply)

    listener = socket.create_server(("127.0.0.1", 0))
    thread = Thread(target=serve)
    thread.start()
    report = explore(f"http://127.0.0.1:{listener.getsockname()[1]}/")
    thread.join()
    assert not report.is_unreachable
    assert report.stopped == "the application stopped listening"
    assert report.calls < 30
    assert report.left > 0


# --- what counts as an end ----------------------------------------------------------------


def test_an_application_that_ends_the_process(serving: Serving) -> None:
    """``sys.exit`` in a handler is an error of the application, not the end of the explorer."""

    def voice(event: Event, _: str) -> Answer:
        if isinstance(event, GatherEvent) and event.digits == "1":
            sys.exit(3)
        return say("Bye.") if isinstance(event, GatherEvent) else ask("Press 1.")

    [fault] = explore(serving(voice)).faults
    assert "got 500 (SystemExit: 3 at test_hard_cases.py:" in fault.text


def test_repeated_prompts_are_no_answer(serving: Serving) -> None:
    """A prompt that is played three times, and then nothing: silence is cut off."""

    def voice(event: Event, _: str) -> Answer:
        if isinstance(event, GatherEvent):
            return say("Thank you.") if event.digits else 204
        gather = Gather(SpeakSentence("Pick one."), gather_url="/", max_digits=1, repeat_count=3)
        return Response(gather)

    [fault] = explore(serving(voice)).faults
    assert fault.kind == "no-timeout-path"
    assert fault.text.endswith("speech or audio after a prompt, got an empty reply (204)")


def test_a_report_that_fails_hides_no_dead_end(serving: Serving) -> None:
    """The webhook about the end fails, and the caller was cut off as well."""

    def voice(event: Event, _: str) -> Answer:
        match event:
            case DisconnectEvent():
                return 500
            case GatherEvent(digits="1"):
                return Response()
            case GatherEvent():
                return say("Bye.")
            case _:
                return ask("Press 1.")

    report = explore(serving(voice), disconnect_url="/end")
    assert kinds(report) == ["server-error", "dead-end"]
    assert report.faults[1].text.endswith("after a prompt, got nothing more")


def test_a_caller_who_hangs_up_is_no_dead_end(serving: Serving) -> None:
    """Nothing has been said yet when the explorer's own caller leaves during a pause."""

    def voice(event: Event, path: str) -> Answer:
        if path == "/next":
            return say("Here you are.")
        if isinstance(event, GatherEvent):
            return Response(Pause(duration=5)).redirect("/next")
        return ask("Press a key.")

    assert kinds(explore(serving(voice))) == []


def test_what_ended_the_call_is_told_apart(serving: Serving) -> None:
    """An empty reply, an empty document and one that runs out are three faults."""

    def voice(event: Event, _: str) -> Answer:
        match event:
            case GatherEvent(digits="1"):
                return 204
            case GatherEvent(digits="2"):
                return Response()
            case GatherEvent(digits="3"):
                return Response(Pause(duration=2))
            case GatherEvent():
                return say("Bye.")
            case _:
                return ask("Press a key.")

    found = [fault.text.rpartition(", got ")[2] for fault in explore(serving(voice)).faults]
    assert found == ["an empty reply (204)", "nothing more", "nothing after Pause"]


def test_the_same_exception_is_one_fault(serving: Serving) -> None:
    """Although its text names another call and time in each."""

    class SessionError(Exception):
        """There is no such session."""

    numbers = count()

    def voice(event: Event, _: str) -> Answer:
        if isinstance(event, GatherEvent):
            raise SessionError(f"no call {event.call_id}, request {next(numbers)}")
        return ask("Press a key.")

    app = serving(voice)
    [fault] = explore(app).faults
    assert fault.ways == 13


def test_a_machine_that_gets_nothing(serving: Serving) -> None:
    """An outbound call without words is a dead end, and no transfer."""
    [fault] = explore(serving(lambda _, __: 204), outbound=True).faults
    assert fault.kind == "dead-end"
    assert "after the call is answered" in fault.text


def test_a_call_that_ends_in_the_middle_of_an_action(serving: Serving) -> None:
    """A recording that is full before the message is over, and a machine that is cut off."""
    full = Response(SpeakSentence("Speak."), Record(max_duration=2)).speak_sentence("Thank you.")
    report = explore(serving(lambda _, __: full))
    assert kinds(report) == []
    assert [arrow.label for arrow in report.graph.arrows] == ["message then #, silence"]
    [fault] = explore(serving(lambda _, __: Response(Record(max_duration=2)))).faults
    assert str(fault.script).endswith("wait 4"), "no key is pressed when nobody is there"
    report = explore(serving(lambda _, __: 204), outbound=True)
    assert report.faults[0].ways == 2, "answered by a person, and by a machine"
    assert any("voicemail" in arrow.label for arrow in report.graph.arrows)


def test_what_cannot_be_done_is_told(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    """An option that turns out to be none is tried again, and then reported, never dropped."""

    def refuse(self: Engine, call_id: str, digits: str) -> None:
        raise SimulatorError(f"press: expected another call, got {call_id} for {self!r}, {digits}")

    monkeypatch.setattr(Engine, "press", refuse)
    report = explore(serving(lambda _, __: ask("Press 1.")), keys="1")
    assert "not-explored" in kinds(report)
    assert (report.left, report.stopped) == (1, ""), "it is not retried endlessly"


def test_every_way_not_to_take_a_transfer_is_one_fault(serving: Serving) -> None:
    """Refused by a key, by hanging up, by silence, or not picked up at all."""

    def voice(event: Event, _: str) -> Answer:
        match event:
            case TransferAnswerEvent():
                return ask("Take it?", "/take")
            case GatherEvent(digits="1"):
                return Response().speak_sentence("Connected.")
            case GatherEvent():
                return Response().hangup()
            case TransferCompleteEvent():
                return 204
            case _:
                leg = PhoneNumber("+19195550111", transfer_answer_url="/whisper")
                return Response().transfer(leg, transfer_complete_url="/done")

    [fault] = explore(serving(voice)).faults
    assert (fault.kind, fault.script) == ("unanswered-transfer", "decline")
    assert fault.ways > 10


# --- keys and rounds ----------------------------------------------------------------------


def test_keys_count_while_something_plays(serving: Serving) -> None:
    """StartGather reports keys that no prompt has asked for."""

    def voice(event: Event, _: str) -> Answer:
        if isinstance(event, DtmfEvent):
            return 500 if event.digit == "7" else 204
        if isinstance(event, GatherEvent):
            return say("Bye.")
        return Response(
            StartGather(dtmf_url="/dtmf"), SpeakSentence("A long text."), Pause(duration=20)
        ).speak_sentence("That was it.")

    [fault] = explore(serving(voice)).faults
    assert fault.text.startswith("dtmf webhook to http://application.test/dtmf: ")
    assert fault.script == "wait 0.5; press 1234567890*#"


@pytest.mark.parametrize("limit", [4, 7, 9])
def test_lockouts_after_several_tries(serving: Serving, limit: int) -> None:
    """The server counts wrong codes by call, and fails at the last one."""
    wrong: Counter[str] = Counter()

    def voice(event: Event, _: str) -> Answer:
        if isinstance(event, GatherEvent):
            wrong[event.call_id] += 1
            if wrong[event.call_id] == limit:
                return 500
        return ask("Your code, please.", most=4)

    assert kinds(explore(serving(voice), keys="12")) == ["server-error"]


def test_many_prompts_that_are_asked_for_ever_are_one_fault(serving: Serving) -> None:
    """They have one cause in the application."""

    def voice(event: Event, path: str) -> Answer:
        state = int(path.strip("/") or 0)
        if not isinstance(event, GatherEvent) or not event.digits:
            return ask(f"Menu {state}.", f"/{state}")
        if event.digits == "1" and state < 5:
            return ask(f"Menu {state + 1}.", f"/{state + 1}")
        return say("Bye.")

    [fault] = explore(serving(voice)).faults
    assert fault.kind == "endless-prompt"
    assert fault.text.startswith('"Menu 0." and 5 more prompts: repeat endlessly')
    assert (fault.script, fault.ways) == ("wait; wait 5", 6)


# --- code ---------------------------------------------------------------------------------

DECLARED = """\
def reply(digits):
    global last
    text: str
    if digits == "1":
        text = "one"
    else:
        text = "other"
    last = text
    nonsense: int
    return text
"""


def test_declarations_leave_no_trace() -> None:
    """They hide nothing below them, and are nothing that was not reached."""
    ran = {4, 7, 8, 10}
    assert [each.text for each in unreached(DECLARED, ran)] == ['if digits == "1":']


def test_an_outer_measurement_gets_the_lines(serving: Serving) -> None:
    """Whoever measures a test run misses nothing that ran during an exploration."""
    outer = Coverage(data_file=None, config_file=False, branch=True)
    outer.start()
    try:
        explore(serving(lambda _, __: say("Bye.")), code=[branches_module])
    finally:
        outer.stop()
    measured = outer.get_data().lines(str(branches_module.__file__)) or []
    assert len(measured) > 10


def test_what_is_marked_need_not_be_reached() -> None:
    """With the marks that coverage knows."""
    marked = DECLARED.replace('digits == "1":', 'digits == "1":  # pragma: no branch')
    assert unreached(marked, {4, 7, 8, 10}) == []
