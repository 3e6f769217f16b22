"""``callcontrol dial`` with a script: what is heard, what is wrong, exit codes, JSON."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from threading import Event
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from click.testing import CliRunner, Result

from bxml import PhoneNumber, PlayAudio, Response, SpeakSentence, ssml
from callcontrol.cli.commands import cli
from callcontrol.events import (
    DisconnectEvent,
    GatherEvent,
    InitiateEvent,
    MachineDetectionCompleteEvent,
    TransferCompleteEvent,
    parse_event,
)
from callcontrol.events import (
    Event as Webhook,
)
from callcontrol.simulator.core.wav import wav
from tests.servers import served
from tests.waiting import PATIENCE, refused_port

SALES = "+19195559999"
COMMAND = (sys.executable, "-m", "callcontrol", "dial")
over = Event()
"""Set when the tests are over, so that a reply that never comes does come."""
seen: list[Webhook] = []
"""Webhooks that the application got."""

PROMPT = SpeakSentence(
    "Press 1 ",
    ssml.break_(time="300ms"),
    ssml.sub("or two", alias="or 2"),
    ssml.emphasis(" for ", ssml.say_as("12", interpret_as="cardinal"), level="strong"),
    ssml.prosody("slowly", rate="slow", pitch="high"),
    ssml.lang("oui", lang="fr-FR"),
    ssml.s("Sentence."),
    voice="bridget",
)
BAD = (
    b'<Response>\n  <Gather repeatCount="30"><SpeakSentence>Hi</SpeakSentence></Gather></Response>'
)


def voice(event: Webhook) -> Response:
    """Serve a menu whose first key transfers."""
    match event:
        case GatherEvent(digits="1"):
            leg = PhoneNumber(SALES, transfer_answer_url="/whisper")
            return Response().transfer(leg, transfer_complete_url="/voice")
        case GatherEvent(digits="2"):
            return Response().play_audio("/music.mp3").play_audio("/gone.wav")
        case GatherEvent(digits=digits):
            return Response().speak_sentence(f"You pressed {digits or 'nothing'}.")
        case TransferCompleteEvent(cause=cause):
            return Response().speak_sentence(f"Sales: {cause}.")
        case _:
            prompts = PlayAudio("/chime.wav"), PROMPT
            return Response().gather(*prompts, gather_url="/voice", terminating_digits="#")


FILES: Mapping[str, tuple[str, bytes]] = {
    "/chime.wav": ("audio/wav", wav(1.5)),
    "/music.mp3": ("audio/mpeg", b"ID3"),
    "/bad": ("application/xml", BAD),
    "/circle": ("application/xml", b'<Response><Redirect redirectUrl="/circle"/></Response>'),
    "/steering": ("application/xml", Response().speak_sentence("a\x9b31mred").to_bytes()),
    "/endpoint": (
        "application/xml",
        b'<Response><Connect eventCallbackUrl="/"><Endpoint>e-1</Endpoint></Connect></Response>',
    ),
    "/status": ("text/plain", b""),
    "/whisper": ("application/xml", Response().speak_sentence("For you.").to_bytes()),
}


def app(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
    """Serve files, trouble and the menu."""
    path = environ["PATH_INFO"]
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"] or 0))
    if body:
        seen.append(parse_event(body))
    if path == "/never":
        over.wait(PATIENCE)
    if path == "/elsewhere":
        script = Response().redirect(f"http://localhost:{environ['SERVER_PORT']}/voice")
        start("200 OK", [("Content-Type", "application/xml")])
        return [script.to_bytes()]
    if path in FILES:
        kind, content = FILES[path]
        start("200 OK", [("Content-Type", kind)])
        return [content]
    if path == "/voice":
        start("200 OK", [("Content-Type", "application/xml")])
        return [voice(seen[-1]).to_bytes()]
    start("404 Not Found", [])
    return [b"nothing here"]


@pytest.fixture(autouse=True)
def not_over() -> None:
    """Let a reply that never comes not come, whatever tests ran before."""
    over.clear()


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Yield the origin of a running application."""
    with served(app) as origin:
        yield origin
        over.set()


Dial = Callable[..., Result]


@pytest.fixture
def dial(server: str) -> Dial:
    """Return what rings a path of the application."""
    seen.clear()

    def run(path: str, *arguments: str) -> Result:
        url = path if path.startswith("http") else f"{server}{path}"
        return CliRunner().invoke(cli, ["dial", url, *arguments], catch_exceptions=False)

    return run


def test_what_is_spoken_names_voice_and_language(dial: Dial, server: str) -> None:
    """SSML is shown as what it does, audio with its URL and its length."""
    result = dial("/voice", "--script", "")
    assert (result.exit_code, result.stderr) == (0, "")
    assert f"heard      audio {server}/chime.wav (1.5 s)\n" in result.stdout
    said = (
        'heard      "Press 1 [pause 300ms] or 2[strong emphasis: for [as cardinal: 12]]'
        '[rate slow, pitch high: slowly][in fr-FR: oui] Sentence." (bridget, en_UK)\n'
    )
    assert said in result.stdout
    assert "\x1b" not in result.stdout


def test_keys_are_typed_while_a_prompt_is_playing(dial: Dial) -> None:
    """A key cuts the prompt short, and the same script is heard the same every time."""
    result = dial("/voice", "--script", "wait 1; press 45#", "--expect", "YOU  pressed 45")
    assert result.exit_code == 0
    assert "Press 1" not in result.stdout
    assert result.stdout.count("pressed    4") == 1


def test_fault_c15_a_timeline_is_one_run_instead_of_the_other(dial: Dial, server: str) -> None:
    """It holds the webhooks, which are not noticed on the phone, with their queries."""
    live = dial("/voice?attempt=2", "--script", "hang up").stdout
    assert "sent" not in live
    whole = dial("/voice?attempt=2&key=7", "--script", "hang up", "--timeline").stdout
    assert whole.count(f"sent       initiate to {server}/voice?attempt=2&key=***\n") == 1
    assert [text.count(": hangup\n") for text in (live, whole)] == [1, 1]


def test_fault_c15_numbers_stand_for_the_ids_of_calls(dial: Dial) -> None:
    """In the timeline as on the phone."""
    script = "press 1#; answer; wait 10; callee hang up"
    for more in ((), ("--timeline",)):
        shown = dial("/voice", "--script", script, *more).stdout
        assert f"joined to {SALES}" in shown
        assert f"parted from {SALES}" in shown
        assert "joined to c-" not in shown


def test_what_was_not_heard_is_exit_code_1(dial: Dial) -> None:
    """It is named beside what was heard."""
    result = dial("/voice", "--script", "press 4#", "--expect", "pressed 5", "--expect", "pressed")
    assert result.exit_code == 1
    expected = 'callcontrol: expected to hear "pressed 5", heard "You pressed 4."\n'
    assert result.stderr == expected


def test_a_leg_of_a_transfer_is_answered_and_leaves(dial: Dial) -> None:
    """The whisper is heard on the leg, and the caller goes on when it is gone."""
    script = "press 1#; answer; wait; callee press 5; callee hang up"
    result = dial("/voice", "--script", script, "--expect", "For you.", "--expect", "sales: hangup")
    assert (result.exit_code, result.stderr) == (0, "")
    assert f"dialled    {SALES} rings (Transfer)\n" in result.stdout
    assert f'[{SALES}] "For you."' in result.stdout
    assert f"joined to {SALES}\n" in result.stdout
    assert f"[{SALES}] 5, and nothing was listening\n" in result.stdout


@pytest.mark.parametrize(
    ("step", "cause"), [("decline", "rejected"), ("busy", "busy"), ("no answer", "timeout")]
)
def test_a_leg_of_a_transfer_is_refused(dial: Dial, step: str, cause: str) -> None:
    """The application learns why."""
    result = dial("/voice", "--script", f"press 1#; {step}", "--expect", f"Sales: {cause}.")
    assert (result.exit_code, result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("flag", "cause"), [("--busy", "busy"), ("--no-answer", "timeout"), ("--voicemail", "hangup")]
)
def test_the_far_end_of_an_outbound_call(dial: Dial, server: str, flag: str, cause: str) -> None:
    """The flags need no person, and the application is told of the end."""
    result = dial("/voice", "--outbound", flag, "--disconnect-url", f"{server}/status", "--json")
    assert result.exit_code == 0
    ends = [observation for observation in seen if isinstance(observation, DisconnectEvent)]
    assert [end.cause for end in ends] == [cause]
    assert json.loads(result.stdout.splitlines()[-1])["cause"] == cause


def test_a_machine_is_detected(dial: Dial) -> None:
    """The result goes to the application, and the machine listens to the end."""
    arguments = ("--outbound", "--voicemail", "--detect", "async", "--expect", "pressed nothing")
    result = dial("/voice", *arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    found = [
        observation
        for observation in seen
        if isinstance(observation, MachineDetectionCompleteEvent)
    ]
    assert len(found) == 1


def test_numbers_are_those_of_the_options(dial: Dial) -> None:
    """The application sees who calls whom."""
    dial("/voice", "--script", "", "--from", "+12125550001", "--to", "+12125550002")
    first = seen[0]
    assert isinstance(first, InitiateEvent)
    assert (first.from_, first.to) == ("+12125550001", "+12125550002")


def test_bad_bxml_is_shown_with_rule_line_and_caret(dial: Dial, server: str) -> None:
    """The place in the reply is shown, once, and the step that came too late is not blamed."""
    result = dial("/bad", "--script", "press 1")
    assert result.exit_code == 1
    first, excerpt, caret = result.stderr.splitlines()
    assert first.startswith(f"reply to initiate from {server}/bad:2:11: error: ")
    assert first.endswith("[gather-repeat-limit]")
    assert excerpt[caret.index("^") :].startswith("repeatCount=")


def test_nobody_listens(dial: Dial) -> None:
    """Exit code 2 and one line that says where."""
    with refused_port() as port:
        result = dial(f"http://127.0.0.1:{port}/voice?token=hunter2", "--script", "press 1")
    assert result.exit_code == 2
    assert result.stderr == (
        f"callcontrol: initiate webhook to http://127.0.0.1:{port}/voice failed: no connection "
        "(connection refused); is the application running?\n"
    )
    assert "hunter2" not in result.output


def test_a_server_error_is_named(dial: Dial, server: str) -> None:
    """Exit code 1: somebody is there, but wrong."""
    result = dial("/nowhere", "--script", "")
    status = "expected status 200 to 299, got 404: nothing here"
    finding = f"initiate webhook to {server}/nowhere failed: {status}"
    assert (result.exit_code, result.stderr) == (1, f"callcontrol: {finding}\n")


def test_a_file_that_cannot_be_played_is_named(dial: Dial, server: str) -> None:
    """The call ends with a reason; a file that is no real mp3 has no length."""
    result = dial("/voice", "--script", "press 2#")
    assert result.exit_code == 1
    assert f"audio {server}/music.mp3 (length unknown)\n" in result.stdout
    assert f"PlayAudio of {server}/gone.wav: expected status 200 to 299, got 404" in result.stderr


def test_an_application_in_circles_is_named(dial: Dial) -> None:
    """Documents that only lead to documents end the call."""
    result = dial("/circle", "--script", "")
    assert result.exit_code == 1
    assert result.stderr.startswith("callcontrol: the call ended with error: more than 100 doc")


@pytest.mark.parametrize("mode", [("--script", ""), ("--speed", "100")])
def test_what_is_not_simulated_is_named(dial: Dial, mode: tuple[str, ...]) -> None:
    """It ends the call, in one line, in virtual and in real time."""
    result = dial("/endpoint", *mode)
    assert result.exit_code == 1
    assert result.stderr.startswith("callcontrol: Connect eventCallbackUrl: expected none")
    assert result.stderr.count("\n") == 1


def test_what_is_said_cannot_steer_a_terminal(dial: Dial) -> None:
    """Characters that would do more than show are escaped."""
    result = dial("/steering", "--script", "")
    assert 'heard      "a\\x9b31mred"' in result.stdout
    assert "\x9b" not in result.output


def test_a_step_that_cannot_be_done_is_named(dial: Dial) -> None:
    """The number of the step, what it says, and what was expected."""
    late = dial("/voice", "--script", "press 4#; wait 9; press 5")
    assert late.stderr == (
        "callcontrol: step 3 (press 5): expected a call that is up, it has ended: hangup\n"
    )
    nobody = dial("/voice", "--script", "callee press 1; wait 1")
    assert nobody.stderr.startswith("callcontrol: step 1 (callee press 1): expected a leg that")
    silent = dial("/voice", "--script", "answer")
    assert (
        "step 1 (answer): expected a phone that rings, but no Transfer has dialled one"
        in silent.stderr
    )
    assert [each.exit_code for each in (late, nobody, silent)] == [1, 1, 1]


def test_hanging_up_twice_is_no_mistake(dial: Dial) -> None:
    """The application may have been faster."""
    result = dial("/voice", "--script", "press 4#; wait 9; hang up")
    assert (result.exit_code, result.stderr) == (0, "")


def test_machines_get_an_object_a_line(dial: Dial) -> None:
    """Observations first, the result last; in ASCII."""
    result = dial("/voice", "--script", "press 4#", "--expect", "4", "--expect", "no", "--json")
    *observed, last = map(json.loads, result.stdout.splitlines())
    assert {each["kind"] for each in observed} >= {"changed", "sent", "fetched", "spoke"}
    assert last["kind"] == "result"
    assert (last["cause"], last["exitCode"], result.exit_code) == ("hangup", 1, 1)
    assert last["heard"] == ["You pressed 4."]
    assert last["expected"] == [{"text": "4", "heard": True}, {"text": "no", "heard": False}]


def test_machines_get_the_problems_of_a_document(dial: Dial) -> None:
    """Rule and place are values."""
    result = dial("/bad", "--script", "", "--json")
    last = json.loads(result.stdout.splitlines()[-1])
    (problem,) = last["problems"]
    assert (problem["rule"], problem["line"], problem["column"]) == ("gather-repeat-limit", 2, 11)
    assert len(last["troubles"]) == 1


@pytest.mark.parametrize(
    ("arguments", "finding"),
    [
        (["localhost:5000"], "or Python such as voice:app, got 'localhost:5000'"),
        (["http://h/", "--busy"], "--busy needs --outbound"),
        (["http://h/", "--detect", "sync"], "--detect needs --outbound"),
        (
            ["http://h/", "--outbound", "--busy", "--script", ""],
            "one of --busy, --script, got 2",
        ),
        (["http://h/", "--from", "911"], "'--from': expected an E.164 phone number, got '911'"),
        (["http://h/", "--expect", " "], "'--expect': expected words to listen for, got none"),
        (["http://h/", "--speed", "nan"], "'--speed': 'nan' is not a number"),
        (["http://h/", "--script", "wait; sing"], "--script: step 2 ('sing'): expected wait, "),
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: list[str], finding: str) -> None:
    """Nothing is rung, and the line says what was expected."""
    result = CliRunner().invoke(cli, ["dial", *arguments])
    assert result.exit_code == 2
    assert finding in result.stderr


def test_an_outbound_call_needs_a_number_that_can_be_dialled(dial: Dial) -> None:
    """What createCall would refuse is refused."""
    result = dial(f"http://127.0.0.1:9/{'x' * 3000}", "--outbound", "--busy")
    assert result.exit_code == 2
    assert result.stderr.startswith("callcontrol: outbound call: ")


def test_ctrl_c_ends_a_script_that_waits_for_a_slow_application(server: str) -> None:
    """Nothing but the reply keeps a script waiting, and Ctrl-C ends that quietly."""
    with subprocess.Popen(
        [*COMMAND, f"{server}/never", "--script", ""],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert "initiated" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
    over.set()
    assert (process.returncode, errors.strip()) == (130, "")


@pytest.mark.parametrize("arguments", [("--script", "wait"), ("--script", "", "--json")])
def test_a_closed_pipe_ends_it_quietly(server: str, arguments: tuple[str, ...]) -> None:
    """Whoever reads has enough."""
    reading, writing = os.pipe()
    os.close(reading)
    result = subprocess.run(
        [*COMMAND, f"{server}/voice", *arguments],
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=PATIENCE,
        check=False,
    )
    os.close(writing)
    assert (result.returncode, result.stderr) == (0, b"")


def test_the_same_script_gives_the_same_timeline(dial: Dial) -> None:
    """How fast the application happens to be leaves no trace."""
    script = "wait 2; press 1#; answer; wait 3; callee hang up"
    pages = {dial("/voice", "--script", script).stdout for _ in range(5)}
    assert len(pages) == 1


def test_virtual_time_costs_none(dial: Dial) -> None:
    """An hour of waiting passes at once."""
    began = time.monotonic()
    result = dial("/voice", "--script", "wait 3600", "--expect", "pressed nothing")
    assert result.exit_code == 0
    assert time.monotonic() - began < PATIENCE


def test_the_help_names_every_key_and_step() -> None:
    """What can be typed stands in the help."""
    text = CliRunner().invoke(cli, ["dial", "--help"]).stdout
    for word in ("Tab", "Ctrl-C", "callee STEP", "no answer", "--expect", "Exit codes"):
        assert word in text


def test_a_webhook_that_only_reports_and_fails_is_the_applications_fault(
    dial: Dial, server: str
) -> None:
    """Nobody on the phone notices, but a build does."""
    result = dial("/voice", "--script", "hang up", "--disconnect-url", "/nowhere")
    assert result.exit_code == 1
    status = "expected status 200 to 299, got 404: nothing here"
    finding = f"disconnect webhook to {server}/nowhere: {status}"
    assert result.stderr == f"callcontrol: {finding}\n"
    assert f"fetched    404, 12 bytes (POST {server}/nowhere)\n" in result.stdout


def test_other_hosts_are_called_only_if_they_are_named(dial: Dial, server: str) -> None:
    """A trial does not touch what is live."""
    elsewhere = server.replace("127.0.0.1", "localhost")
    result = dial("/elsewhere", "--script", "")
    assert result.exit_code == 1
    assert "nothing in this simulation serves that address" in result.stderr
    assert dial("/elsewhere", "--script", "", "--reach", elsewhere).exit_code == 0
    assert dial("/voice", "--reach", "elsewhere").exit_code == 2
