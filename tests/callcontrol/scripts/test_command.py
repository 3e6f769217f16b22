"""The command ``callcontrol scripts``, on calls of the simulator and a journal in a file."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import pytest
from click.testing import CliRunner, Result

from bxml import SpeakSentence
from callcontrol.cli.commands import cli
from callcontrol.client import Client
from callcontrol.models import CreatedCall
from callcontrol.scripts import Call, Script, ScriptRequest, Scripts, Signal, script
from callcontrol.scripts.journals import Changes, Entry, SQLiteJournal
from callcontrol.scripts.resolutions import Resolution
from callcontrol.simulator import Simulator
from callcontrol.simulator.testing.phone_call import PhoneCall
from tests.callcontrol.scripts.conftest import NUMBER

BASE = "http://scripts.test/"
CALLER = "+14087650188"
AGENT = "+14087650199"
AGENT_FREE = Signal("agent-free", str)


@script("desk")
async def desk(call: Call) -> None:
    """Ask for a PIN, then wait for an agent."""
    keys = await call.gather(SpeakSentence("PIN?"), max_digits=4, first_digit_timeout=60)
    found = await call.run(lambda: {"name": "Ann", "password": "hunter2"})
    call.speak_sentence(f"Hello {found['name']}, you have typed {len(keys.digits or '')} keys.")
    agent = await call.wait_for(AGENT_FREE, hold=SpeakSentence("Please wait."))
    call.speak_sentence(f"Agent {agent}.")


@script("desk", version="2")
async def desk2(call: Call) -> None:
    """Ask as the next version does."""
    await call.gather(SpeakSentence("PIN, please?"), max_digits=4, first_digit_timeout=60)


@dataclass
class Office:
    """A journal in a file, callers, and the command."""

    journal: Path
    simulator: Simulator
    monkeypatch: pytest.MonkeyPatch
    scripts: Sequence[Script] = (desk, desk2)
    options: dict[str, Any] = field(default_factory=dict[str, Any])

    def application(self) -> Scripts:
        """Return what serves the webhooks, as another process would."""
        return Scripts(*self.scripts, journal=SQLiteJournal(self.journal), **self.options)

    def ring(self, *, status_url: str | None = BASE) -> PhoneCall:
        """Place a call."""
        app = self.application()
        return self.simulator.dial_in(
            partial(Scripts.wsgi, app),
            to=NUMBER,
            from_=CALLER,
            base_url=BASE,
            status_url=status_url,
            run=False,
        )

    def run(self, *words: str, code: int = 0) -> Result:
        """Run the command, and expect its exit code."""
        module = ModuleType("office_voice")
        module.scripts = self.application()  # type: ignore[attr-defined]
        self.monkeypatch.setitem(sys.modules, "office_voice", module)
        result = CliRunner().invoke(cli, ["scripts", *words], catch_exceptions=False)
        module.scripts.close()
        assert result.exit_code == code, result.output
        return result

    def lines(self, *words: str, code: int = 0) -> Sequence[Mapping[str, Any]]:
        """Run the command, and return what it writes as JSON."""
        return [
            json.loads(line) for line in self.run(*words, "--json", code=code).stdout.splitlines()
        ]


class Placing:
    """A client that notes where the end of a call is to be reported."""

    disconnect_url = ""

    def create_call(self, *, disconnect_url: str, **_: object) -> CreatedCall:
        """Place nothing."""
        self.disconnect_url = disconnect_url
        return CreatedCall(call_id="c-outbound")


@pytest.fixture
def office(tmp_path: Path, simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Return an office; the environment names its journal and its code."""
    journal = tmp_path / "calls.sqlite"
    monkeypatch.setenv("BW_JOURNAL", str(journal))
    monkeypatch.setenv("BW_SCRIPTS", "office_voice:scripts")
    monkeypatch.setenv("COLUMNS", "80")
    return Office(journal, simulator, monkeypatch)


def test_status_counts_live_calls(office: Office) -> None:
    """By script and version, with what they wait for and the oldest."""
    first = office.ring()
    first.waits(seconds=1)
    second = office.ring()
    second.press("1234", run=False)
    second.waits(seconds=1)
    *versions, total = office.lines("status")
    assert total["live"] == 2
    assert total["failed"] == 0
    assert total["statusWebhookAt"] is None
    [version] = versions
    assert (version["script"], version["version"], version["live"]) == ("desk", "1", 2)
    assert version["waits"] == {"Gather": 1, "agent-free": 1}
    assert version["oldest"] == first.call_id
    shown = office.run("status")
    assert "desk@1: 2 live" in shown.stdout
    assert "agent-free 1" in shown.stdout
    assert "no webhook ever came to the status URL" in shown.stderr
    assert office.lines("status", "--script", "other")[-1]["live"] == 0


def test_status_knows_the_status_webhook(office: Office) -> None:
    """Once the end of an inbound call has come to the status URL."""
    caller = office.ring()
    caller.hang_up()
    assert office.lines("status")[-1]["statusWebhookAt"]
    assert "status URL" not in office.run("status").stderr


def test_the_end_of_an_outbound_call_is_no_status_webhook(office: Office) -> None:
    """Its address is that of the call."""
    office.options = {"base_url": BASE}
    client = Placing()
    application = office.application()
    run = application.start(
        cast(Client, client), desk, to=CALLER, from_=NUMBER, application_id="a", key="order 7"
    )
    body = json.dumps({"eventType": "disconnect", "callId": run.call_id, "cause": "busy"})
    query = client.disconnect_url.partition("?")[2]
    assert application.handle(ScriptRequest(query=query, body=body.encode())).status == 204
    *_, total = office.lines("status")
    assert total == {**total, "live": 0, "statusWebhookAt": None}


def test_a_pipeline_waits_until_no_call_is_live(office: Office) -> None:
    """The exit code is 1 as long as one is, 0 afterwards, 2 if that is not known."""
    caller = office.ring()
    assert (
        "expected no live calls, got 1"
        in office.run("status", "--fail-if-live", "desk@1", code=1).stderr
    )
    assert (
        "never had a call of dseks"
        in office.run("status", "--fail-if-live", "desk@2", "--fail-if-live", "dseks@1").stderr
    )
    caller.hang_up()
    office.run("status", "--fail-if-live", "desk@1")
    office.run("status", "--fail-if-live", "desk", code=2)
    office.run("status", "--journal", f"{office.journal}x", "--fail-if-live", "desk@1", code=2)
    assert not Path(f"{office.journal}x").exists()
    office.run("status", "--journal", "memory:", code=2)


def test_show_lists_the_steps_in_order(office: Office) -> None:
    """With times, and without what recordings do not hold either."""
    caller = office.ring()
    caller.press("1234")
    caller.waits(seconds=1)
    application = office.application()
    application.signal(caller.call_id, AGENT_FREE, AGENT)
    caller.waits(seconds=60)
    run, *steps = office.lines("show", caller.call_id)
    assert run["script"] == "desk@1"
    assert [step["step"] for step in steps] == [*range(len(steps))]
    assert [step["asked"] for step in steps] == ["", "Gather", "wait_for agent-free"]
    assert [step["ended"] for step in steps] == ["event", "event", "signal"]
    assert steps[1]["results"] == [{"name": "Ann", "password": "masked-2"}]
    assert "<Gather" in steps[0]["document"]
    assert sorted(step["at"] for step in steps) == [step["at"] for step in steps]
    shown = office.run("show", caller.call_id).stdout
    assert "Gather: event gather, digits" in shown
    for text in (json.dumps([run, *steps]), shown):
        for secret in (CALLER, NUMBER, AGENT, "1234", "hunter2"):
            assert secret not in text
    assert all(len(line) <= 250 for line in shown.splitlines())
    assert "no such call" in office.run("show", "c-unknown", code=1).stderr


def test_show_shows_why_a_script_failed(office: Office) -> None:
    """The last line of the traceback, or all of it as JSON."""

    @script("desk")
    async def broken(call: Call) -> None:
        await call.gather(SpeakSentence("PIN?"), max_digits=1)
        raise ValueError("expected a customer, got +14087650123")

    office.scripts = (broken,)
    caller = office.ring()
    caller.press("1")
    shown = office.run("show", caller.call_id).stdout
    assert "ValueError: expected a customer" in shown
    assert "+14087650123" not in shown
    *_, failed = office.lines("show", caller.call_id)
    assert "in broken" in failed["note"]
    assert office.lines("status")[0]["failed"] == 1


def test_activate_chooses_the_version_of_new_calls(office: Office) -> None:
    """Calls that are up keep theirs; an unknown version is refused."""
    old = office.ring()
    office.run("activate", "desk@2")
    new = office.ring()
    assert (old.transcript, new.transcript) == (("PIN?",), ("PIN, please?",))
    assert {line["version"]: line["active"] for line in office.lines("status")[:-1]} == {
        "1": False,
        "2": True,
    }
    assert "expected a script desk@3" in office.run("activate", "desk@3", code=2).stderr
    office.monkeypatch.delenv("BW_SCRIPTS")
    assert "add --application" in office.run("activate", "desk@3", code=2).stderr
    office.run("activate", "desk@1")
    assert office.lines("activate", "desk@3", "--force") == [
        {"script": "desk", "version": "3", "result": "activated"}
    ]


def _die(office: Office, caller: PhoneCall) -> None:
    """Leave what a process leaves that dies between the event and the reply of a step."""
    body = json.dumps({"eventType": "gather", "callId": caller.call_id, "digits": "1234"})
    journal = SQLiteJournal(office.journal)
    entry = Entry("", 1, "event", 0, Resolution("event", body, "gather", 1e9).text)
    journal.commit(caller.call_id, Changes((entry,)))
    journal.close()


@pytest.mark.parametrize("pushed", [True, False])
def test_kick_continues_where_a_process_died(office: Office, *, pushed: bool) -> None:
    """With a client, the call hears at once what follows."""
    if pushed:
        office.options = {"client": office.simulator.client(), "base_url": BASE}
    caller = office.ring()
    _die(office, caller)
    assert office.lines("kick", caller.call_id) == [
        {"run": caller.call_id, "result": "continued", "state": "running"}
    ]
    caller.waits(seconds=3)
    expected = ["PIN?", "Hello Ann, you have typed 4 keys.", "Please wait."]
    assert list(caller.transcript)[:3] == (expected if pushed else ["PIN?"])
    assert "unchanged" in office.run("kick", caller.call_id).stdout
    assert "no such" in office.run("kick", "c-unknown", code=1).stderr


def test_kick_names_what_the_code_lacks(office: Office) -> None:
    """The version of the call, or its sequence of awaits; later the call goes on."""
    caller = office.ring()
    caller.press("1234")
    office.scripts = (desk2,)
    assert "expected the script desk@1" in office.run("kick", caller.call_id, code=1).stderr

    @script("desk")
    async def changed(call: Call) -> None:
        await call.record(max_duration=10)

    office.scripts = (changed,)
    assert "in place of Gather" in office.run("kick", caller.call_id, code=1).stderr
    office.scripts = (desk,)
    assert "running" in office.run("kick", caller.call_id).stdout


def test_end_lets_a_script_clean_up(office: Office) -> None:
    """It gets the error that the end of the call raises."""
    ended: list[str] = []

    @script("desk")
    async def tidy(call: Call) -> None:
        try:
            await call.gather(SpeakSentence("PIN?"), max_digits=1)
        finally:
            await call.run(ended.append, call.call_id)

    office.scripts = (tidy,)
    caller = office.ring()
    assert office.run("end", caller.call_id).stdout == f"{caller.call_id}: ended\n"
    assert ended == [caller.call_id]
    assert not caller.ended
    assert office.lines("end", caller.call_id) == [{"run": caller.call_id, "result": "had ended"}]
    office.run("end", "c-unknown", code=1)


def test_sweep_ends_calls_that_are_over(office: Office) -> None:
    """It needs a client, and says so."""
    assert "needs Scripts(client=...)" in office.run("sweep", code=2).stderr
    office.options = {"client": office.simulator.client(), "base_url": BASE}
    gone, up = (office.ring(status_url=None) for _ in range(2))
    gone.hang_up()
    assert office.lines("sweep", "--quiet", "0s") == [{"result": "swept", "ended": 1}]
    assert office.lines("status")[-1]["live"] == 1
    assert not up.ended
    office.simulator.fail_next(401, times=2, operation="getCallState")
    office.run("sweep", "--quiet", "0s", code=2)
    assert "such as 30d" in office.run("sweep", "--quiet", "soon", code=2).stderr


def test_forget_and_prune_remove_calls(office: Office) -> None:
    """Prune those that are over, forget all of a person."""
    gone, _ = office.ring(), office.ring()
    gone.hang_up()
    office.run("prune", code=2)
    assert office.lines("prune", "--older-than", "900w") == [{"result": "removed", "calls": 0}]
    assert office.run("prune", "--older-than", "0s").stdout == "1 calls removed\n"
    assert office.run("forget", CALLER).stdout == "1 calls removed\n"
    assert office.lines("status")[-1]["live"] == 0


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("office_voice", "expected MODULE:NAME"),
        ("office_voice:nothing", "got no such name"),
        ("no_such_module_here:scripts", "no such module"),
        ("os:sep", "got a str"),
    ],
)
def test_an_application_that_cannot_be_used(office: Office, given: str, text: str) -> None:
    """The message says what was expected."""
    office.ring()
    stderr = office.run("kick", "c-1", "--application", given, code=2).stderr
    assert text in stderr


def test_an_application_with_a_memory_journal(office: Office) -> None:
    """Its calls are in another process."""
    office.ring()
    module = ModuleType("office_memory")
    module.scripts = Scripts(desk)  # type: ignore[attr-defined]
    office.monkeypatch.setitem(sys.modules, "office_memory", module)
    result = office.run("kick", "c-1", "--application", "office_memory:scripts", code=2)
    assert "give Scripts(journal=...)" in result.stderr


def test_a_call_that_another_process_has_in_hand(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 3: what becomes of it is not known yet."""
    monkeypatch.setattr("callcontrol.scripts.runner._LOCK_SECONDS", 0.1)
    caller = office.ring()
    journal = SQLiteJournal(office.journal)
    with journal.lock(caller.call_id, timeout=5):
        assert "in hand" in office.run("kick", caller.call_id, code=3).stderr
    journal.close()
