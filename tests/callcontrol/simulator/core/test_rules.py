"""The table of rules against the tests, the options and the code."""

import ast
import re
from dataclasses import fields
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bxml._node import ELEMENTS
from callcontrol.simulator.core.signals import NotSimulatedError
from callcontrol.simulator.core.verbs import simulated_verbs
from callcontrol.simulator.core.webhooks import WebhookReply
from callcontrol.simulator.errors import SimulatorError
from callcontrol.simulator.settings import Assumptions
from docs._site.simulator_page import BASES, NOT_SIMULATED, RULES, SUBJECTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.callcontrol.simulator.core.conftest import World

COUNTS = dict(
    zip("CFXVGRTBKWSPUMQH", (12, 9, 12, 10, 22, 17, 16, 9, 12, 6, 9, 9, 11, 10, 5, 5), strict=True)
)
"""Rules of each subject, counted by hand."""
WAIT = '<Pause duration="600"/>'
ENDPOINT = '<Connect eventCallbackUrl="/e"><Endpoint>e-1</Endpoint></Connect>'


@cache
def proven() -> "Mapping[str, list[str]]":
    """Return the names of tests by the rule ids that they begin with."""
    found: dict[str, list[str]] = {}
    core = Path(__file__).parent
    operations = core.parents[1] / "operations"
    for path in (*core.glob("test_*.py"), *operations.glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for part in node.name.split("_")[1:]:
                    if re.fullmatch(r"[a-z][0-9]+", part) is None:
                        break
                    found.setdefault(part.upper(), []).append(node.name)
    return found


def test_the_table_is_complete() -> None:
    """Every subject has all its rules, numbered from 1."""
    wanted = [
        f"{letter}{number}" for letter, most in COUNTS.items() for number in range(1, most + 1)
    ]
    assert sorted(RULES) == sorted(wanted)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_has_a_test(rule: str) -> None:
    """Documented, inferred or assumed: a test begins with its id."""
    assert proven().get(rule), f"expected a test named test_{rule.lower()}_..."


def test_tests_name_only_rules() -> None:
    """No test is named after a rule that does not exist."""
    assert set(proven()) <= set(RULES)


def test_options_and_modules_exist() -> None:
    """Each rule points at real code and real options."""
    options = {field.name for field in fields(Assumptions)}
    for note in RULES.values():
        assert set(note.options) <= options
        assert find_spec(f"callcontrol.simulator.{note.where}") is not None, note.id
        assert set(note.basis.split("/")) <= set(BASES)
        assert note.text.endswith(".")
        assert SUBJECTS[note.id[0]]["pages"].startswith("voice/")


def rules_named_in(module: str) -> set[str]:
    """Return the ids of rules that the text of a module of the simulator names."""
    spec = find_spec(f"callcontrol.simulator.{module}")
    assert spec is not None
    assert spec.origin is not None
    text = Path(spec.origin).read_text(encoding="utf-8")
    spans = re.findall(r"\b([A-Z])([0-9]+) to [A-Z]([0-9]+)\b", text)
    return set(re.findall(r"\b[A-Z][0-9]{1,2}\b", text)) | {
        f"{letter}{number}"
        for letter, first, last in spans
        for number in range(int(first), int(last) + 1)
    }


@pytest.mark.parametrize("module", sorted({note.where for note in RULES.values()}))
def test_rules_are_named_where_they_are_implemented(module: str) -> None:
    """A reader who looks for a rule by its id finds the code, alone or in a span of ids."""
    here = {note.id for note in RULES.values() if note.where == module}
    assert here - rules_named_in(module) == set()


def test_every_option_belongs_to_a_rule() -> None:
    """Except the two that are no behaviour of the platform."""
    used = {option for note in RULES.values() for option in note.options}
    rest = {field.name for field in fields(Assumptions)} - used
    assert rest == {"documents_per_instant", "ignore_unknown_names"}


def test_every_verb_is_simulated() -> None:
    """Nothing of the language is skipped."""
    verbs = {name for name, item in ELEMENTS.items() if item.element.kind == "verb"}
    assert simulated_verbs() == verbs
    assert NOT_SIMULATED


@pytest.mark.parametrize(
    "option",
    [
        {"basic": "digest"},
        {"ring_delay": -1},
        {"empty_reply": "shrug"},
        {"conference_members": 0},
        {"seconds_per_character": float("nan")},
    ],
)
def test_bad_options_are_refused(option: dict[str, object]) -> None:
    """With the name of the option."""
    with pytest.raises(SimulatorError, match=f"Assumptions.{next(iter(option))}: expected"):
        Assumptions(**option)  # type: ignore[arg-type]


def test_impossible_inputs_are_refused(world: "World") -> None:
    """Each says what it expected."""
    engine = world.engine
    call = world.dial_in(WAIT)
    ringing = world.dial_out(WAIT, picked_up=False)
    acts: list[tuple[Callable[[], object], str]] = [
        (lambda: engine.press("c-nobody", "1"), "press: expected the id of a call that is up"),
        (lambda: engine.press(call, "1x"), "press.digits: expected keys"),
        (lambda: engine.press(call, ""), "press.digits: expected keys"),
        (lambda: engine.answer(call), "answer: expected an outbound call"),
        (lambda: engine.hang_up(ringing), "hang_up: expected an answered call"),
        (lambda: engine.advance(-1), "advance: expected a number of 0 or more"),
        (lambda: engine.detect(call, "robot"), "detect.value: expected one of human"),
        (lambda: engine.close_stream(call, "x"), "close_stream.name: expected an open stream"),
        (lambda: engine.refer_result(call, succeeded=True), "a call that runs Refer"),
        (lambda: engine.endpoint_leaves(call), "a call that runs Connect"),
        (lambda: engine.set_recording(call, paused=True), "a call that is being recorded"),
        (lambda: engine.end_conference("x"), "end_conference: expected a conference"),
    ]
    for act, text in acts:
        with pytest.raises(SimulatorError, match=re.escape(text)):
            act()


def test_time_cannot_be_moved_from_inside_a_handler(world: "World") -> None:
    """A webhook handler that advances the clock is refused; what it does else happens after."""
    seen: list[str] = []

    def handler(request: object) -> WebhookReply:
        del request
        for act in (lambda: world.engine.advance(1), lambda: world.engine.run_until(bool, 1)):
            with pytest.raises(SimulatorError, match="from outside the webhook handlers"):
                act()
        other = world.dial_in()
        seen.append(str(world.call(other).state))
        return WebhookReply(body=f"<Response>{WAIT}</Response>".encode())

    world.serve("/start", WAIT)
    world.routes["/answer"] = handler
    world.dial_out()
    assert seen == ["initiated"]
    assert [call.state for call in world.platform.calls] == ["answered", "answered"]


def test_updates_from_inside_a_handler(world: "World") -> None:
    """A handler may push into another call, and into the one that waits for its reply."""

    def handler(_: object) -> WebhookReply:
        assert world.push(call, "<SpeakSentence>Pushed</SpeakSentence>" + WAIT) == 204
        return WebhookReply(body=b"<Response><SpeakSentence>Too late</SpeakSentence></Response>")

    call = world.dial_in('<Gather gatherUrl="/keys" maxDigits="1"/>')
    world.routes["/keys"] = handler
    world.engine.press(call, "1")
    assert world.heard(call) == ["Pushed"]


def test_not_simulated_is_raised_once(world: "World") -> None:
    """By the method during which it happened."""
    call = world.dial_in(f"<Pause/>{ENDPOINT}{WAIT}")
    with pytest.raises(NotSimulatedError):
        world.engine.advance(5)
    world.engine.advance(5)
    assert world.cause(call) == "error"


def test_a_door_that_answers_later(make_world: "type[World]") -> None:
    """Exchanges can be taken out one by one and their replies handed in when they come."""
    from callcontrol.simulator.core.engine import Engine

    world = make_world()
    engine = Engine(world.platform)
    call = engine.dial_in(from_="+1", to="+2", application=world.application)
    exchange = engine.next_exchange()
    assert exchange is not None
    assert engine.next_exchange() is None
    engine.advance(3)
    engine.complete(exchange, WebhookReply(body=b"<Response><Hangup/></Response>"))
    assert world.cause(call) == "hangup"
    end = engine.next_exchange()
    assert end is not None
    assert end.request.url == "https://app.test/status"


def test_voicemail_answers(world: "World") -> None:
    """A machine picks up, speaks and beeps; detection hears it."""
    call = world.dial_out(
        WAIT,
        picked_up=False,
        machineDetection={"callbackUrl": "https://app.test/amd", "delayResult": True},
    )
    world.engine.voicemail(call, "You have reached Bob. Please leave a message.")
    assert world.kinds == ["answer", "machineDetectionComplete"]
