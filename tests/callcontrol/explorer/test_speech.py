"""The explorer at a Gather that listens for speech."""

from collections.abc import Callable
from typing import Literal
from wsgiref.types import WSGIApplication

from click.testing import CliRunner

from bxml import Gather, PhoneNumber, Response, SpeakSentence
from bxml.documents import Document
from callcontrol.cli.commands import cli
from callcontrol.events import Event, GatherEvent, TransferAnswerEvent, TransferCompleteEvent
from callcontrol.explorer import Report, explore

Serving = Callable[[Callable[[Event, str], Document | bytes | int]], WSGIApplication]

SALES, BYE = "Sales, please; now", "Goodbye"


def listen(
    prompt: str, input_: Literal["speech", "dtmf_speech"] = "speech", url: str = "/"
) -> Response:
    """Return a document that listens."""
    return Response(Gather(SpeakSentence(prompt), gather_url=url, input_=input_, max_digits=1))


def say(text: str) -> Response:
    """Return a document that ends with words."""
    return Response().speak_sentence(text).hangup()


def titles(report: Report) -> set[str]:
    """Return what the states are called."""
    return {node.title for node in report.graph.nodes}


def menu(event: Event, _: str) -> Document:
    """Listen for two texts; silence and other words ask again."""
    match event:
        case GatherEvent(text="Sales, please; now"):
            return say("Sales.")
        case GatherEvent(text="Goodbye"):
            return say("Bye.")
        case _:
            return listen("Sales or goodbye?")


def test_words_are_said_where_they_are_heard(serving: Serving) -> None:
    """Each text at each such Gather, and nothing is left to note."""
    report = explore(serving(menu), say=[SALES, BYE], allow=["bxml-warning", "endless-prompt"])
    assert not report.faults, report
    assert {"Sales.", "Bye."} <= titles(report)
    assert list(report.remarks()) == []
    assert {arrow.label for arrow in report.graph.arrows} == {
        f"says {SALES}",
        f"says {BYE}",
        "silence",
    }


def test_silence_alone_is_reported(serving: Serving) -> None:
    """A loop is no fault then, because a word might lead out of it."""
    report = explore(serving(menu), allow=["bxml-warning"])
    assert [fault.kind for fault in report.faults] == ["endless-prompt"]
    [note] = report.remarks()
    assert note == 'tried without speech: "Sales or goodbye?"; name words to say with --say'


def test_a_loop_in_which_every_word_was_said(serving: Serving) -> None:
    """It has no exit then, as far as the words go."""
    report = explore(serving(lambda _, __: listen("Again?")), say=["Yes", "No"])
    assert "loop-without-exit" in {fault.kind for fault in report.faults}


def test_a_dead_end_after_words(serving: Serving) -> None:
    """The script that reproduces it says them, in quotes if they need any."""

    def voice(event: Event, _: str) -> Document:
        match event:
            case GatherEvent(text="Sales, please; now"):
                return Response()
            case GatherEvent():
                return say("Goodbye.")
            case _:
                return listen("Hello.")

    report = explore(serving(voice), say=[SALES], allow=["bxml-warning"])
    [fault] = report.faults
    assert (fault.kind, fault.script) == ("dead-end", f'wait; say "{SALES}"')


def test_silence_that_ends_the_call(serving: Serving) -> None:
    """One fault if words end it as well, and its own kind without any."""

    def voice(event: Event, _: str) -> Document:
        return Response() if isinstance(event, GatherEvent) else listen("Hello.")

    for words, kinds in ((["Sales"], ["dead-end"]), ([], ["no-timeout-path"])):
        report = explore(serving(voice), say=words, allow=["bxml-warning"])
        assert [fault.kind for fault in report.faults] == kinds


def test_keys_and_words(serving: Serving) -> None:
    """Both are tried where both are taken; only keys or only words elsewhere."""
    heard: set[tuple[str, str | None]] = set()

    def voice(event: Event, path: str) -> Document:
        if isinstance(event, GatherEvent):
            heard.add((event.digits, event.text))
            return say("Thank you.") if path == "/both" else listen("Now?", "dtmf_speech", "/both")
        return listen("First?")

    report = explore(serving(voice), say=["Yes"], keys="12", allow=["bxml-warning"])
    assert not report.faults, report
    assert heard == {("", "Yes"), ("", None), ("1", None), ("2", None)}


def test_the_callee_of_a_transfer_speaks(serving: Serving) -> None:
    """A whisper may listen, too."""

    def voice(event: Event, _: str) -> Document:
        match event:
            case TransferAnswerEvent():
                return listen("Take the call?", url="/whisper")
            case TransferCompleteEvent(cause="hangup"):
                return say("That was it.")
            case TransferCompleteEvent():
                return say("Nobody there.")
            case GatherEvent(text="Yes"):
                return Response().speak_sentence("Connecting.")
            case GatherEvent():
                return Response().speak_sentence("Goodbye.").hangup()
            case _:
                number = PhoneNumber("+19195550111", transfer_answer_url="/")
                return Response().transfer(number, transfer_complete_url="/")

    report = explore(serving(voice), say=["Yes", "No"], allow=["bxml-warning"])
    labels = {label for arrow in report.graph.arrows for label in arrow.label.split(", ")}
    assert {"callee: says Yes", "callee: says No"} <= labels
    assert "talks to +19195550111" in titles(report)


def test_the_command_names_the_option() -> None:
    """In the note, in help and in errors."""
    target = ("examples.applications.assistant_flask:app", "--path", "/voice")
    silent = CliRunner().invoke(cli, ["explore", *target, "--allow", "never-reached"])
    assert "name words to say with --say" in " ".join(silent.stdout.split())
    bad = CliRunner().invoke(cli, ["explore", *target, "--say", "a\nb"])
    assert (bad.exit_code, bad.stderr.partition(" expected")[0]) == (2, "callcontrol: --say:")
