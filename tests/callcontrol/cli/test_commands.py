"""The commands that talk to the platform, each against a simulator."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from bxml import _diagnostics, checking, schema
from callcontrol._settings import VARIABLES
from callcontrol.cli import commands
from callcontrol.cli.commands import cli
from callcontrol.cli.errors import REFUSED, UNKNOWN, USAGE
from callcontrol.simulator import Simulator
from tests.callcontrol.cli.every_command import COMMANDS
from tests.waiting import refused_port

if TYPE_CHECKING:
    from tests.callcontrol.conftest import Platform

TO, FROM = "+19195551234", "+19195550100"
ANSWER = "https://ivr.example.com/answer"
ORDER = ("--to", TO, "--from", FROM, "--application-id", "app", "--answer-url", ANSWER)
OTHER_STATUSES = (400, 402, 403, 404, 405, 409, 415, 429, 500, 502, 503, 504)
MENU = "<Bxml><Hangup/></Bxml>"


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """Yield a platform that the environment points to; outbound calls are answered at once."""
    with Simulator(auto_answer=True) as running:
        for name, variable in VARIABLES.items():
            unset = name in ("username", "password", "allow_http")
            monkeypatch.setenv(variable, "" if unset else getattr(running, name))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield running


@pytest.fixture
def call_id(simulator: Simulator) -> str:
    """Return the id of an inbound call that somebody has answered."""
    call = simulator.receive_call(from_=FROM, to=TO)
    return simulator.answer(call.call_id).call_id


@pytest.fixture
def menu(tmp_path: Path) -> str:
    """Return the path of a BXML file."""
    path = tmp_path / "menu.xml"
    path.write_text(MENU)
    return str(path)


def run(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(cli, arguments)


def done(*arguments: str) -> str:
    """Run the command, which must succeed without a remark, and return what it writes."""
    result = run(*arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def test_push_gives_a_live_call_a_document(simulator: Simulator, call_id: str, menu: str) -> None:
    """The platform holds the file's very text, and one line says so."""
    assert done("push", call_id, menu) == f"{call_id}: runs {menu} now (22 bytes)\n"
    assert simulator.document(call_id) == MENU


def test_push_tells_programs_what_it_did(simulator: Simulator, call_id: str, menu: str) -> None:
    """The JSON has the same keys for a push and for a dry run, which sends nothing."""
    facts: dict[str, object] = {"source": menu, "bytes": 22, "problems": []}
    said = json.loads(done("push", call_id, menu, "--dry-run", "--json"))
    assert said == {"callId": call_id, "result": "checked", **facts}
    assert simulator.requests == ()
    said = json.loads(done("push", call_id, menu, "--json"))
    assert said == {"callId": call_id, "result": "pushed", **facts}


SECRET = '<Bxml><Gather gatherUrl="https://a.example/" username="u" password="p"/></Bxml>'
SCRIPT = f"""
import bxml
menu = bxml.parse({SECRET!r})
"""


@pytest.mark.parametrize(("name", "text"), [("menu.xml", SECRET), ("menu.py", SCRIPT)])
@pytest.mark.usefixtures("simulator")
def test_push_checks_a_document_once(
    monkeypatch: pytest.MonkeyPatch, call_id: str, tmp_path: Path, name: str, text: str
) -> None:
    """By the rules or by the schema, which is asked again for each verb with a password."""
    checked: list[str] = []

    def counting(kind: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - whatever the function takes
            checked.append(kind)
            return real(*args, **kwargs)

        return call

    path = tmp_path / name
    path.write_text(text)
    monkeypatch.setattr(checking, "check", counting("check", checking.check))
    rules = counting("rules", _diagnostics.rule_problems)
    monkeypatch.setattr(_diagnostics, "rule_problems", rules)
    monkeypatch.setattr(schema, "validate", counting("schema", schema.validate))
    assert run("push", call_id, str(path)).exit_code == 0
    assert checked == (["check"] if name.endswith("xml") else ["schema", "rules"])


def test_push_sends_nothing_with_errors(simulator: Simulator, call_id: str, tmp_path: Path) -> None:
    """A document with errors costs exit code 1 and no request, token included."""
    path = tmp_path / "broken.xml"
    path.write_text("<Bxml><Gatherr/></Bxml>")
    result = run("push", call_id, str(path))
    assert (result.exit_code, result.stdout) == (REFUSED, "")
    assert simulator.requests == ()


def test_push_sends_a_file_of_another_encoding_in_utf8(
    simulator: Simulator, call_id: str, tmp_path: Path
) -> None:
    """What the platform gets is UTF-8, whatever the file was."""
    path = tmp_path / "menu.xml"
    text = "<Bxml><SpeakSentence>Grüße</SpeakSentence></Bxml>"
    path.write_bytes(f'<?xml version="1.0" encoding="UTF-16"?>{text}'.encode("utf-16"))
    assert run("push", call_id, str(path)).exit_code == 0
    assert simulator.document(call_id) == text


def test_redirect_sends_the_call_elsewhere(simulator: Simulator, call_id: str) -> None:
    """The URL and the options of the redirect reach the call."""
    url = "https://ivr.example.com/next"
    assert done("redirect", call_id, url, "--tag", "vip") == f"{call_id}: redirected\n"
    assert simulator.history(call_id)[-1].detail == url
    assert simulator.call(call_id).tag == "vip"
    said = json.loads(done("redirect", call_id, url, "--method", "GET", "--json"))
    assert said == {"callId": call_id, "result": "redirected"}


def test_hangup_ends_a_call(simulator: Simulator, call_id: str) -> None:
    """The call is over; a second hang-up shortly after succeeds too, a redirect is refused."""
    assert done("hangup", call_id) == f"{call_id}: ended\n"
    assert simulator.call(call_id).state == "disconnected"
    assert run("hangup", call_id, "--json").exit_code == 0
    assert run("redirect", call_id, "https://example.com/next", "--json").exit_code == REFUSED


def test_create_places_a_call(simulator: Simulator) -> None:
    """One line for people has id and numbers; the JSON has the platform's own names."""
    line = done("create", *ORDER)
    (call,) = simulator.calls
    assert line == f"{call.call_id}: queued, from {FROM} to {TO}\n"
    said = json.loads(done("create", *ORDER, "--tag", "t", "--call-timeout", "12.5", "--json"))
    assert said["callId"] == simulator.calls[1].call_id
    assert (said["from"], said["tag"], said["callTimeout"]) == (FROM, "t", 12.5)
    assert said["enqueuedTime"] == "2026-01-01T12:00:00.000Z"
    assert not [name for name in said if "assword" in name]


def test_create_passes_machine_detection_and_passwords_on(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nested options arrive as the nested object, passwords from the variables named."""
    monkeypatch.setenv("IVR_PASSWORD", "hunter2")
    prefix = "--machine-detection"
    result = run(
        *("create", *ORDER, "--username", "ivr", "--password-env", "IVR_PASSWORD", "--privacy"),
        *(f"{prefix}-mode", "sync", f"{prefix}-silence-timeout", "7"),
        f"{prefix}-delay-result",
    )
    assert result.exit_code == 0, result.stderr
    assert "hunter2" not in result.output
    order = simulator.calls[0].order
    assert (order["username"], order["password"], order["privacy"]) == ("ivr", "hunter2", True)
    detection = order["machineDetection"]
    assert isinstance(detection, dict)
    assert detection["silenceTimeout"] == 7
    assert detection["delayResult"] is True


def test_state_shows_what_is_known(call_id: str) -> None:
    """A line for each fact, none for what is unknown; in JSON every key is there."""
    lines = [line.split(maxsplit=2) for line in done("state", call_id).splitlines()]
    assert ["call", "id", call_id] in lines
    assert ["state", "answered"] in lines
    assert ["start", "time", "2026-01-01 12:00:00Z"] in lines
    assert not [line for line in lines if line[0] == "end"]
    said = json.loads(done("state", call_id, "--json"))
    assert said["callId"] == call_id
    assert said["startTime"] == "2026-01-01T12:00:00.000Z"
    assert said["endTime"] is None


def test_state_can_wait_for_the_end(
    simulator: Simulator, call_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changes are remarked upon as they happen; the final state is the result."""

    def end_call(seconds: float) -> None:
        assert 0 < seconds <= commands.PAUSE
        simulator.end(call_id, "busy")

    monkeypatch.setattr(time, "sleep", end_call)
    result = run("state", call_id, "--wait", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["disconnectCause"] == "busy"
    changes = ["answered", "disconnected"]
    assert result.stderr == "".join(f"callcontrol: {call_id}: {change}\n" for change in changes)


def test_waiting_has_an_end(call_id: str) -> None:
    """After the time limit the state is shown as it is, and the exit code says so."""
    result = run("state", call_id, "--wait", "--timeout", "0", "--json")
    assert result.exit_code == UNKNOWN
    assert json.loads(result.stdout)["state"] == "answered"
    late = "the call did not end within 0 seconds; see --timeout"
    assert result.stderr.splitlines()[-1] == f"callcontrol: {call_id}: {late}"


def test_an_endless_wait_is_refused(call_id: str) -> None:
    """A time limit that no clock ever reaches is wrong usage, not a command that hangs."""
    result = run("state", call_id, "--wait", "--timeout", "nan")
    assert result.exit_code == USAGE
    assert "'--timeout': 'nan' is not a number" in result.stderr


def test_waiting_for_a_call_that_is_not_visible_yet(
    simulator: Simulator, call_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A 404 may only mean that the call is new; when it lasts, it is the answer."""
    simulator.fail_next(404, operation="getCallState")
    monkeypatch.setattr(commands, "PAUSE", 0.0)
    simulator.end(call_id)
    assert run("state", call_id, "--wait").exit_code == 0
    result = run("state", "c-unknown", "--wait", "--timeout", "0")
    assert result.exit_code == REFUSED
    assert "404" in result.stderr


def listed(*options: str) -> list[str]:
    """Return the ids of the calls that a listing shows."""
    return [json.loads(line)["callId"] for line in done("list", *options, "--json").splitlines()]


def test_list_filters_and_limits(simulator: Simulator) -> None:
    """JSON has one object a line; every filter reaches the platform; the limit ends it."""
    ids = [simulator.receive_call(from_=f"+1919555010{n}", to=TO).call_id for n in range(5)]
    simulator.end(ids[1], "busy")
    assert listed() == ids
    assert listed("--limit", "2") == ids[:2]
    assert listed("--limit", "4", "--page-size", "1") == ids[:4]
    assert listed("--from", "+19195550102") == ids[2:3]
    assert listed("--disconnect-cause", "busy") == ids[1:2]
    assert listed("--min-start-time", "2026-01-01T12:00:01Z") == []
    assert listed("--to", TO, "--max-start-time", "2026-01-01T12:00:01Z") == ids


def test_a_limit_fetches_no_more_than_it_needs(simulator: Simulator) -> None:
    """One small page is asked for, not a thousand calls."""
    for _ in range(3):
        simulator.receive_call(from_=FROM, to=TO)
    assert len(listed("--limit", "2")) == 2
    assert [request.operation for request in simulator.requests] == ["token", "listCalls"]


def test_list_makes_an_aligned_table(simulator: Simulator) -> None:
    """Each value begins under the title of its column, without colours and without a frame."""
    simulator.receive_call(from_=FROM, to="sip:a-long-name@ivr.example.com")
    ended = simulator.receive_call(from_=FROM, to=TO)
    simulator.end(ended.call_id, "rejected")
    title, *rows = done("list").splitlines()
    assert len(rows) == 2
    assert rows[1].index(TO) == title.index("TO") == rows[0].index("sip:")
    assert rows[1].index("rejected") == title.index("DISCONNECT CAUSE")
    assert rows[0].startswith(f"{simulator.calls[0].call_id}  initiated")
    assert "\x1b" not in "".join(rows)
    assert [row for row in rows if row != row.rstrip()] == []


def test_tables_have_colours_on_a_terminal_only(
    call_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where colours are asked for there are some."""
    assert "\x1b[" not in done("state", call_id)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[" in done("state", call_id)


def test_an_empty_list_is_no_output(simulator: Simulator) -> None:
    """People are told; programs get no line."""
    assert simulator.calls == ()
    result = run("list")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "callcontrol: no calls\n")
    assert done("list", "--json") == ""


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("status", "code"),
    [(401, USAGE), *((other_status, REFUSED) for other_status in OTHER_STATUSES)],
)
def test_every_refusal_is_one_line_and_one_object(
    simulator: Simulator, call_id: str, status: int, code: int
) -> None:
    """The line is for people, the object with the same keys every time for programs."""
    simulator.fail_next(status, times=20, operation="getCallState")
    result = run("state", call_id, "--json")
    assert result.exit_code == code
    assert result.stderr.count("\n") == 1
    assert f": {status} " in result.stderr
    error = json.loads(result.stdout)["error"]
    assert list(error) == [
        *("kind", "exitCode", "message", "status", "type", "description"),
        *("errorId", "retryAfter", "problems"),
    ]
    assert (error["status"], error["exitCode"], error["problems"]) == (status, code, [])
    assert result.stderr == f"callcontrol: {error['message']}\n"


@pytest.mark.parametrize("status", [500, 502])
def test_nobody_knows_whether_a_call_was_placed(simulator: Simulator, status: int) -> None:
    """A lost reply to createCall gives exit code 3 and the command to look with."""
    simulator.fail_next(status, operation="createCall", processed=True)
    result = run("create", *ORDER)
    assert (result.exit_code, result.stdout) == (UNKNOWN, "")
    advice = f"before you repeat it, run: callcontrol list --to {TO} --from {FROM}\n"
    assert result.stderr.endswith(advice)
    assert listed("--to", TO, "--from", FROM) == [simulator.calls[0].call_id]


def test_nobody_knows_whether_a_call_was_redirected(simulator: Simulator, call_id: str) -> None:
    """A lost reply to a redirect gives exit code 3 too."""
    simulator.fail_next(500, operation="updateCall", processed=True)
    result = run("redirect", call_id, "https://ivr.example.com/next", "--json")
    assert result.exit_code == UNKNOWN
    assert result.stderr.endswith(f"callcontrol state {call_id}\n")
    assert json.loads(result.stdout)["error"]["kind"] == "OutcomeUnknownError"


def test_advice_can_be_pasted_into_a_shell(simulator: Simulator) -> None:
    """What the user gave is quoted where a shell would take it for more than a word."""
    simulator.fail_next(500, operation="createCall")
    result = run("create", *ORDER, "--to", "sip:a;b=$(c)@ivr.example.com")
    assert result.exit_code == UNKNOWN
    assert result.stderr.endswith(f"--to 'sip:a;b=$(c)@ivr.example.com' --from {FROM}\n")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("create", *ORDER), UNKNOWN), (("hangup", "c-1"), UNKNOWN), (("state", "c-1"), REFUSED)],
)
def test_a_success_that_cannot_be_read_is_no_refusal(
    platform: "Platform", monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int
) -> None:
    """A page from a proxy in place of the reply leaves open what the platform has done."""
    for name in VARIABLES.values():
        monkeypatch.delenv(name, raising=False)
    for name, text in (("ACCOUNT_ID", "99"), ("USERNAME", "u"), ("PASSWORD", "hunter2")):
        monkeypatch.setenv(f"BW_{name}", text)
    monkeypatch.setenv("BW_VOICE_URL", platform.base_url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    platform.answer(platform.reply(201, b"<html>Sign in</html>"))
    result = run(*arguments)
    assert result.exit_code == code
    assert "got HTML" in result.stderr
    assert platform.attempts == 1


@pytest.mark.usefixtures("clock", "simulator")
def test_a_platform_out_of_reach_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback, exit code 1, and leave to try again."""
    with refused_port() as port:
        monkeypatch.setenv("BW_VOICE_URL", f"http://127.0.0.1:{port}/api/v2")
        result = run("hangup", "c-1")
    assert result.exit_code == REFUSED
    assert result.stderr.endswith("; running the command again does no harm\n")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["BW_ACCOUNT_ID", "BW_CLIENT_ID", "BW_CLIENT_SECRET"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("state", "c-1"),
        ("list",),
        ("hangup", "c-1"),
        ("create", *ORDER),
        ("redirect", "c-1", ANSWER),
    ],
    ids=lambda given: given[0],
)
@pytest.mark.usefixtures("simulator")
def test_a_missing_variable_is_named_in_one_line(
    arguments: tuple[str, ...], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command needs the same variables and says which one is not there."""
    monkeypatch.delenv(name)
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (USAGE, "")
    assert result.stderr == f"callcontrol: {name} is not set\n"


def test_wrong_credentials_are_a_matter_of_usage(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The token URL's refusal gives exit code 2 and does not show the secret."""
    monkeypatch.setenv("BW_CLIENT_SECRET", "hunter2-wrong")
    result = run("list", "--json")
    assert result.exit_code == USAGE
    assert json.loads(result.stdout)["error"]["kind"] == "TokenError"
    assert "hunter2" not in result.output
    assert [request.operation for request in simulator.requests] == ["token"]


@pytest.mark.parametrize("option", ["--client-secret", "--client-id", "--account-id", "--password"])
@pytest.mark.parametrize("command", COMMANDS)
def test_credentials_are_no_options(command: str, option: str) -> None:
    """An option for a credential is unknown, and what it was given is not repeated."""
    result = run(command, f"{option}=hunter2")
    assert result.exit_code == USAGE
    assert f"No such option '{option}'" in result.stderr.replace("No such option: ", "No such ")
    assert "hunter2" not in result.output


@pytest.mark.parametrize("command", ["push", "hangup", "state"])
@pytest.mark.parametrize("wrong", ["a/b", "..", "", "."])
def test_a_call_id_stays_one_segment_of_the_path(command: str, wrong: str) -> None:
    """What could lead elsewhere is refused before anything is read or sent."""
    result = run(command, wrong, *(["nowhere.xml"] if command == "push" else []))
    assert result.exit_code == USAGE
    assert "CALL_ID" in result.stderr
    assert f"got {wrong!r}" in result.stderr


def test_bad_values_are_all_reported_before_anything_is_sent(simulator: Simulator) -> None:
    """Two mistakes are two lines and two problems."""
    result = run("list", "--page-size", "0", "--to", "911", "--json")
    assert result.exit_code == USAGE
    assert len(result.stderr.splitlines()) == 2
    problems = json.loads(result.stdout)["error"]["problems"]
    assert [problem["path"] for problem in problems] == ["--to", "--page-size"]
    assert simulator.requests == ()


def test_help_lists_commands_variables_and_exit_codes() -> None:
    """The first page has what a newcomer needs, each command in one whole line."""
    page = done("--help")
    for name, command in COMMANDS.items():
        assert command.help is not None
        first = command.help.partition("\n")[0]
        assert f"  {name:<8}  {first}\n" in page
    for variable in VARIABLES.values():
        assert f"    {variable} " in page
    for code in (0, REFUSED, USAGE, UNKNOWN, 130):
        assert f"    {code:<5}" in page


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_needs_nothing(command: str) -> None:
    """No environment, no arguments, no line wider than a terminal."""
    page = done(command, "--help")
    assert max(map(len, page.splitlines())) <= 80


def test_texts_of_the_platform_cannot_steer_a_terminal(simulator: Simulator) -> None:
    """Control characters in what others sent are shown, not obeyed."""
    call = simulator.receive_call(from_="\x1b[2Jfake", to=TO)
    assert "\x1b" not in done("state", call.call_id)
    assert "\\x1b[2Jfake" in done("list")
