"""Calls of call scripts are left out, and can be chosen, by the journal of the scripts."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bxml import PhoneNumber, SpeakSentence
from callcontrol import bulk
from callcontrol.bulk import BulkError
from callcontrol.bulk.selection import Exclusion
from callcontrol.cli.commands import run
from callcontrol.scripts import Call, CallInterruptedError, Scripts, script
from callcontrol.scripts.journals import Journal, SQLiteJournal
from callcontrol.simulator.testing.phone_call import PhoneCall
from tests.callcontrol.bulk.conftest import AGENT, LINE, NEWS, QUICK, Outage

BASE = "http://scripts.test/"


@script("desk", version="2")
async def desk(call: Call) -> None:
    """Read keys, connect those who press 0, and apologise when interrupted."""
    try:
        while True:
            keys = await call.gather(SpeakSentence("Key?"), max_digits=1, first_digit_timeout=60)
            if keys.digits == "0":
                await call.transfer(PhoneNumber(AGENT))
            call.speak_sentence(f"Key {keys.digits}.")
    except CallInterruptedError:
        call.speak_sentence("We are sorry.")


@dataclass
class Desk:
    """An application of scripts and its calls, beside the callers of an outage."""

    outage: Outage
    scripts: Scripts
    journal: Journal
    path: Path

    def call(self) -> PhoneCall:
        """Let a caller reach the script."""
        return self.outage.simulator.dial_in(
            self.scripts.wsgi, to=LINE, base_url=BASE, status_url="", run=False
        )

    def pushed(self, *callers: PhoneCall) -> list[int]:
        """Return how often each was given a document by a push."""
        return [self.outage.documents(each.call_id) for each in callers]


@pytest.fixture
def scripted(outage: Outage) -> Iterator[Desk]:
    """Serve the script."""
    path = outage.folder / "calls.sqlite"
    journal = SQLiteJournal(path)
    scripts = Scripts(desk, journal=journal, client=outage.client, base_url=BASE)
    yield Desk(outage, scripts, journal, path)
    scripts.close()


def by_list(found: Desk, *_: PhoneCall) -> bulk.Plan:
    """Choose by the list of the platform."""
    return bulk.replace(bulk.live_calls(found.outage.client, scripts=found.journal), NEWS)


def by_ids(found: Desk, *callers: PhoneCall) -> bulk.Plan:
    """Choose by ids."""
    return bulk.replace([each.call_id for each in callers], NEWS, scripts=found.journal)


@pytest.mark.parametrize("choose", [by_list, by_ids])
def test_no_call_of_a_script_is_touched(scripted: Desk, choose: Callable[..., bulk.Plan]) -> None:
    """It goes on as before; others are changed."""
    outage = scripted.outage
    outage.wait(2)
    caller = scripted.call()
    plan = choose(scripted, *outage.callers, caller)
    report = plan.run(outage.client, journal=outage.journal, options=QUICK)
    assert (report.done, report.excluded) == (2, {"script": 1})
    assert scripted.pushed(*outage.callers, caller) == [1, 1, 0]
    caller.press("4")
    assert caller.hears("Key 4.")
    assert "We are back soon." not in caller.transcript


def test_a_script_can_be_interrupted_instead(scripted: Desk) -> None:
    """It decides what its caller hears."""
    caller = scripted.call()
    assert len(by_ids(scripted, caller)) == 0
    assert scripted.scripts.interrupt(caller.call_id) == "delivered"
    caller.waits(seconds=3)
    assert caller.transcript == ("Key?", "We are sorry.")


def test_a_call_whose_script_has_ended_is_no_call_of_a_script(scripted: Desk) -> None:
    """Neither is one that the journal does not know."""
    caller = scripted.call()
    [unknown] = scripted.outage.wait(1)
    caller.hang_up()
    chosen = [caller.call_id, unknown]
    assert bulk.replace(chosen, NEWS, scripts=scripted.journal).excluded == {}


def test_an_outbound_call_of_a_script(scripted: Desk) -> None:
    """Its run has another id than the call."""
    client = scripted.outage.client
    started = scripted.scripts.start(
        client, desk, key="k-1", to=LINE, from_="+19195550100", application_id="a-1"
    )
    plan = bulk.replace([started.call_id], NEWS, scripts=scripted.journal)
    assert plan.excluded == {"script": 1}
    assert bulk.script_calls(scripted.journal) == [started.call_id]


@pytest.mark.parametrize(
    ("include", "excluded"),
    [
        ((), {"talking": 1, "transfer-leg": 1}),
        (("talking", "transfer-leg"), {"script": 2}),
        (("script",), {"talking": 1, "transfer-leg": 1}),
        (("talking", "transfer-leg", "script"), {}),
    ],
)
def test_to_ask_for_one_kind_is_not_to_ask_for_another(
    scripted: Desk, include: tuple[Exclusion, ...], excluded: dict[str, int]
) -> None:
    """A caller of a script who talks, and the leg, are two kinds of calls each."""
    caller = scripted.call()
    caller.press("0")
    caller.legs[0].answer()
    found = bulk.live_calls(scripted.outage.client, include=include, scripts=scripted.journal)
    assert (len(found), found.excluded) == (2 - sum(excluded.values()), excluded)


def test_calls_are_chosen_by_script_and_version(scripted: Desk) -> None:
    """Those that run; the others keep what they have."""
    outage, journal = scripted.outage, scripted.journal
    outage.wait(1)
    first, second, ended = (scripted.call() for _ in range(3))
    ended.hang_up()
    chosen = bulk.script_calls(journal, "desk", "2")
    assert chosen == [first.call_id, second.call_id]
    assert bulk.script_calls(journal) == bulk.script_calls(journal, "desk") == chosen
    assert bulk.script_calls(journal, "desk", "1") == bulk.script_calls(journal, "other") == []
    report = bulk.replace(chosen, NEWS).run(outage.client, journal=outage.journal, options=QUICK)
    assert (report.done, report.excluded) == (2, {})
    assert scripted.pushed(first, second, ended, *outage.callers) == [1, 1, 0, 0]


def test_wrong_arguments(scripted: Desk) -> None:
    """An id is no ids, an application no journal; a selection has been judged."""
    found = bulk.live_calls(scripted.outage.client)
    with pytest.raises(BulkError, match=r"scripts: expected ids .*, got a str"):
        bulk.hang_up(["c-1"], scripts="c-1")
    with pytest.raises(BulkError, match="got a Scripts"):
        bulk.hang_up(["c-1"], scripts=scripted.scripts)  # type: ignore[arg-type] # a mistake
    with pytest.raises(BulkError, match="include and scripts: expected by live_calls"):
        bulk.hang_up(found, scripts=scripted.journal)


@pytest.fixture
def command(scripted: Desk, simulator_environment: None, tmp_path: Path) -> Callable[..., int]:
    """Return what runs `callcontrol bulk replace`."""
    assert simulator_environment is None
    news = tmp_path / "news.xml"
    news.write_text(NEWS.to_bxml())
    soon = ["--canary-seconds", "0", "--no-watch", "--journal", str(scripted.outage.journal)]
    return lambda *arguments: run(["bulk", "replace", str(news), *arguments, *soon])


@pytest.mark.parametrize("named_by", ["option", "environment"])
def test_the_command_leaves_them_out(  # noqa: PLR0913 - fixtures
    *,
    scripted: Desk,
    command: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    named_by: str,
) -> None:
    """By the journal, and by a file with ids besides."""
    callers = [scripted.call() for _ in range(2)]
    ours, theirs = scripted.outage.wait(2)
    (tmp_path / "own.csv").write_text(f"call_id\n{theirs}\n")
    arguments = ["--live", "--scripts", str(tmp_path / "own.csv"), "--json"]
    if named_by == "option":
        arguments += ["--scripts-journal", str(scripted.path)]
    else:
        monkeypatch.setenv("BW_JOURNAL", f"sqlite:///{scripted.path}")
    assert command(*arguments) == 0
    shown = capsys.readouterr()
    assert "left out: 3 script; to change them too: --include script" in shown.err
    assert "Scripts.interrupt(call_id)" in shown.err
    found = json.loads(shown.out)
    assert (found["done"], found["excluded"]) == (1, {"script": 3})
    assert scripted.outage.documents(ours) == 1
    assert scripted.pushed(*callers) == [0, 0]


def test_the_command_changes_those_of_a_script(scripted: Desk, command: Callable[..., int]) -> None:
    """Those who talk are left out, as elsewhere."""
    waiting, talking = scripted.call(), scripted.call()
    talking.press("0")
    talking.legs[0].answer()
    scripted.outage.wait(1)
    named = ["--scripts-journal", str(scripted.path)]
    assert command("--script", "desk@2", *named) == 0
    report = bulk.read_report(scripted.outage.journal)
    assert (report.done, report.excluded) == (1, {"talking": 1})
    assert scripted.pushed(waiting, talking, *scripted.outage.callers) == [1, 0, 0]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--script", "desk"], "--script needs --scripts-journal"),
        (["--script", "desk", "--live", "--scripts-journal", "x"], "expected one of --calls"),
        (
            ["--live", "--scripts-journal", "missing"],
            "journal of call scripts: expected a file, got none",
        ),
        (["--live", "--scripts-journal", "sqlite:///missing"], "got none at missing"),
        (["--live", "--scripts-journal", "memory:"], "got memory:"),
        (["--live", "--scripts-journal", "mysql://x"], "open_journal: expected a path, or a URL"),
        (["--live", "--scripts-journal", __file__], "not a database"),
    ],
)
def test_nothing_is_sent_without_the_journal(
    scripted: Desk,
    command: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    expected: str,
) -> None:
    """A wrong name does not mean that there are no calls of scripts; no file is made."""
    scripted.call()
    [waiting] = scripted.outage.wait(1)
    assert command(*arguments) == 2
    assert expected in capsys.readouterr().err
    assert scripted.outage.documents(waiting) == 0
    assert not scripted.outage.journal.exists()
    assert not Path("missing").exists()
