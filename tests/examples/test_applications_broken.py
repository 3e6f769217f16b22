"""examples/applications/broken_flask.py: each mistake is heard where the explorer says so."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import cast

import pytest
from click.testing import CliRunner

from callcontrol.cli.commands import cli
from callcontrol.explorer import Report
from examples.applications import broken_flask
from examples.applications.broken_flask import app
from tests.examples.flows import FLOW, FLOWS, PAGE
from tests.servers import served

Told = Sequence[dict[str, object]]

PLANTED = (
    "invalid-bxml",
    "server-error",
    "no-reply",
    "call-failed",
    "dead-end",
    "no-timeout-path",
    "unanswered-transfer",
    "loop-without-exit",
    "endless-prompt",
    "slow-reply",
    "bxml-warning",
    "never-reached",
)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Yield the address of the running application."""
    with served(app) as origin:
        yield f"{origin}/voice"


@pytest.fixture(scope="module")
def report() -> Report:
    """Return what the explorer says of it."""
    return FLOWS["broken_flask"]()


def test_every_planted_mistake_is_found_and_nothing_else(report: Report) -> None:
    """It has twelve mistakes, each of another kind, and each is marked with it in the code."""
    assert [fault.kind for fault in report.faults] == list(PLANTED)
    assert list(report.remarks()) == []
    source = Path(broken_flask.__file__).read_text(encoding="utf-8")
    assert all(source.count(f"# {kind}") == 1 for kind in PLANTED)


def test_its_flow_is_on_the_page(report: Report) -> None:
    """``python -m tests.examples.flows`` brings the page up to date."""
    shown = {found[2]: found[3] for found in FLOW.finditer(PAGE.read_text(encoding="utf-8"))}
    assert shown["broken_flask"] == report.graph.mermaid()


def dialled(url: str, script: str) -> tuple[Told, dict[str, object]]:
    """Ring the application with a script; return what happened, and the result."""
    done = CliRunner().invoke(cli, ["dial", url, "--script", script, "--json"])
    *seen, result = map(json.loads, done.stdout.splitlines())
    return seen, result


def fails(text: str) -> Callable[[Told, dict[str, object]], bool]:
    """Return what is true of a call with a trouble that holds a text, or an error message."""
    return lambda _, result: text in f"{result['troubles']} {result['errorMessage']}"


def heard_in(result: dict[str, object]) -> list[str]:
    """Return what was heard during a call."""
    return [*map(str, cast("list[object]", result["heard"]))]


def ends_after(text: str) -> Callable[[Told, dict[str, object]], bool]:
    """Return what is true of a call that ends by itself, with these as its last words."""
    return lambda _, result: result["cause"] == "hangup" and heard_in(result)[-1] == text


def repeats(_: Told, result: dict[str, object]) -> bool:
    """Return whether the same is heard twice at the end."""
    heard = heard_in(result)
    return len(heard) > 1 and heard[-1] == heard[-2]


def is_slow(seen: Told, _: dict[str, object]) -> bool:
    """Return whether a reply took more than two seconds."""
    return any(
        float(str(observation.get("seconds", 0))) > 2
        for observation in seen
        if observation["kind"] == "fetched"
    )


SHOWS: dict[str, Callable[[Told, dict[str, object]], bool]] = {
    "invalid-bxml": lambda _, result: "element-not-allowed-here" in str(result["problems"]),
    "server-error": fails("expected status 200 to 299, got 500"),
    "no-reply": fails(
        "redirect webhook to http://localhost:9/voice failed: nothing in this simulation serves"
    ),
    "call-failed": fails("hours.wav"),
    "dead-end": ends_after("Support. Press 1 to go on."),
    "no-timeout-path": ends_after("Press 1 if you like us, 2 if you do not."),
    "unanswered-transfer": ends_after("Welcome to Broken Incorporated. Press 1 for sales."),
    "loop-without-exit": repeats,
    "endless-prompt": repeats,
    "slow-reply": is_slow,
    "bxml-warning": lambda seen, _: any(
        "Redirect" in str(e) for e in seen if e["kind"] == "warned"
    ),
}


@pytest.mark.parametrize("kind", SHOWS)
def test_dial_shows_the_mistake(url: str, report: Report, kind: str) -> None:
    """The script of each fault is replayed against the running application."""
    [script] = [str(fault.script) for fault in report.faults if fault.kind == kind]
    seen, result = dialled(url, script)
    assert SHOWS[kind](seen, result), result


def test_a_healthy_way_shows_none_of_them(url: str) -> None:
    """What is looked for above is not true of every call."""
    seen, result = dialled(url, "wait; press 1; answer; wait 60; callee hang up")
    found = [kind for kind, shows in SHOWS.items() if shows(seen, result)]
    assert found == ["unanswered-transfer"]  # it also ends after the first prompt
