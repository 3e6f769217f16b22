"""Limits of the engine at their edges, and that its values do not change."""

import json
import pkgutil
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import FrozenInstanceError, fields, is_dataclass
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

import callcontrol._http
import callcontrol.simulator.core
from callcontrol.simulator.core.observations import Observation, Recorded, Spoke, Started
from callcontrol.simulator.core.speech import SpokenText
from callcontrol.simulator.core.webhooks import WebhookReply
from callcontrol.simulator.settings import Assumptions, Limits

if TYPE_CHECKING:
    from types import ModuleType

    from tests.callcontrol.simulator.core.conftest import World

WAIT = '<Pause duration="600"/>'
TRANSFER = (
    "<Transfer><PhoneNumber>+19195550001</PhoneNumber><SipUri>sip:a@b.test</SipUri></Transfer>"
)
EMPTY: Callable[[type], object] = object.__new__
STATEFUL = {"PlannedFailure", "_SpeechSoFar"}
"""Classes of values that grow while one function works on them."""


def _values(package: "ModuleType") -> Iterator[type]:
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        for value in vars(import_module(module.name)).values():
            if isinstance(value, type) and is_dataclass(value) and value.__module__ == module.name:
                yield value


VALUES = [*_values(callcontrol.simulator.core), *_values(callcontrol._http)]


@pytest.mark.parametrize("cls", VALUES, ids=lambda cls: cls.__name__)
def test_values_are_frozen(cls: type) -> None:
    """Values that are passed on, cached and observed cannot be changed."""
    names = [field.name for field in fields(cls)]
    if names and cls.__name__ not in STATEFUL:
        with pytest.raises(FrozenInstanceError):
            setattr(EMPTY(cls), names[0], None)


@pytest.mark.parametrize("cls", VALUES, ids=lambda cls: cls.__name__)
def test_observations_name_what_they_hold(cls: type) -> None:
    """No field has a place of its own, so that further ones can be added."""
    if issubclass(cls, Observation):
        assert {field.kw_only for field in fields(cls)} == {True}


def test_the_table_of_values_is_not_empty() -> None:
    """The search finds the classes."""
    assert SpokenText in VALUES
    assert len(VALUES) > 50


def test_early_keys_that_are_kept(make_world: "type[World]") -> None:
    """The last fifty, as many as a Gather takes."""
    world = make_world(Assumptions(early_keys="kept"))
    world.serve("/start", '<Pause duration="5"/><Gather gatherUrl="/keys"/>')
    world.serve("/keys", '<Pause duration="600"/>')
    call = world.dial_in()
    world.engine.press(call, "9" + "1" * 49 + "2")
    world.engine.advance(5)
    assert world.fields("gather")["digits"] == "1" * 49 + "2"


def test_calls_that_are_answered_or_over_keep_no_timer(world: "World") -> None:
    """Or a simulator that runs for days would fill up."""
    world.dial_out(WAIT)
    world.engine.busy(world.dial_out(WAIT, picked_up=False))
    assert world.platform.calls._ringing == {}


def test_an_empty_reply_to_a_conference(world: "World") -> None:
    """Is no document, and nothing to warn of."""
    world.reply("/room", WebhookReply(body=b" \n"))
    world.dial_in('<Conference conferenceEventUrl="/room">room</Conference>')
    assert world.warnings == []
    assert not world.engine.conferences["room"].is_busy


@pytest.mark.parametrize(
    ("bxml", "detail"),
    [
        ("<PlayAudio>/a.wav</PlayAudio>", "/a.wav"),
        ("<SpeakSentence>Hi</SpeakSentence>", ""),
        ('<Gather gatherUrl="/g"><PlayAudio>/a.wav</PlayAudio></Gather>', ""),
        (TRANSFER, "+19195550001, sip:a@b.test"),
    ],
)
def test_what_observers_see_of_a_verb(world: "World", bxml: str, detail: str) -> None:
    """Its text, or the texts of what it dials."""
    world.reply("/a.wav", WebhookReply(body=b""))
    world.dial_in(f"{bxml}{WAIT}")
    started = [observation for observation in world.seen if isinstance(observation, Started)]
    assert started[0].detail == detail


def test_second_legs_count_as_calls(make_world: "type[World]") -> None:
    """While they are up, and no longer."""
    world = make_world(limits=Limits(active_calls=3))
    call = world.dial_in(TRANSFER)
    calls = world.platform.calls
    assert [calls.has_room_for(count) for count in (0, 1)] == [True, False]
    world.engine.answer(world.legs[0])
    assert [calls.has_room_for(count) for count in (1, 2)] == [True, False]
    world.engine.hang_up(call)
    assert [calls.has_room_for(count) for count in (3, 4)] == [True, False]


@pytest.mark.parametrize("answered", [False, True])
def test_a_caller_who_leaves_a_forward(world: "World", answered: bool) -> None:  # noqa: FBT001
    """Takes the second leg along, whether it rings or talks."""
    call = world.dial_in('<Forward to="+19195550001"/>')
    (leg,) = world.legs
    if answered:
        world.engine.answer(leg)
    world.engine.hang_up(call)
    assert world.cause(leg) == ("hangup" if answered else "cancel")
    assert world.cause(call) == ("hangup" if answered else "cancel")


@pytest.mark.parametrize(
    ("strength", "seconds"),
    [
        ("none", 0),
        ("x-weak", 0.1),
        ("weak", 0.25),
        ("medium", 0.5),
        ("strong", 0.75),
        ("x-strong", 1),
        ("", 0.5),
    ],
)
def test_breaks_by_strength(world: "World", strength: str, seconds: float) -> None:
    """Each strength has a length; without one it is medium."""
    given = f'strength="{strength}"' if strength else ""
    world.dial_in(f"<SpeakSentence>Hi <break {given}/>there you are</SpeakSentence>{WAIT}")
    (spoke,) = (observation for observation in world.seen if isinstance(observation, Spoke))
    text = world.platform.settings.assumptions.seconds_per_character * len(spoke.text)
    assert spoke.seconds == pytest.approx(text + seconds)


def test_a_room_is_recorded_again(world: "World") -> None:
    """After a StopRecording the next StartRecording makes a recording of its own."""
    world.serve("/room", "<StartRecording/><StopRecording/><StopRecording/><StartRecording/>")
    call = world.dial_in(
        '<Conference conferenceEventUrl="/room" conferenceEventMethod="POST">room</Conference>'
    )
    world.reply("/room", WebhookReply(status=204))
    world.engine.hang_up(call)
    changes = [
        observation.change for observation in world.seen if isinstance(observation, Recorded)
    ]
    assert changes == ["started", "stopped"] * (len(changes) // 2)
    assert len(changes) >= 4
    assert len(world.engine.recordings) == len(changes) // 2


def test_notifications_have_a_fallback(world: "World") -> None:
    """A result of machine detection whose callback fails goes to the other URL, once."""
    world.reply("/machine", WebhookReply(status=500))
    detection = {
        "mode": "async",
        "callbackUrl": "https://app.test/machine",
        "fallbackUrl": "https://app.test/spare",
    }
    call = world.dial_out(WAIT, machineDetection=detection)
    world.engine.detect(call, "human")
    asked = [
        request.url
        for request in world.requests
        if request.attempt != "first" or "mach" in request.url
    ]
    assert asked == ["https://app.test/machine", "https://app.test/spare"]


def _credentials_of(world: "World", path: str) -> list[str]:
    """Return the credentials that came to a path."""
    found = [
        dict(request.headers).get("Authorization")
        for request in world.requests
        if path in request.url
    ]
    return [b64decode(item.removeprefix("Basic ")).decode() for item in found if item]


URLS = {"username": "u", "password": "p", "fallbackUsername": "f", "fallbackPassword": "g"}


def _created(world: "World", order: Mapping[str, object]) -> str:
    call_id = json.loads(world.create(**order).body)["callId"]
    assert isinstance(call_id, str)
    return call_id


@pytest.mark.parametrize("kind", ["answer", "machine", "redirect"])
def test_both_urls_have_credentials(world: "World", kind: str) -> None:
    """Each its own, whichever request named them."""
    challenge = WebhookReply(status=401, headers=(("WWW-Authenticate", 'Basic realm="r"'),))
    world.reply("/first", challenge)
    world.reply("/spare", challenge)
    first, spare = "https://app.test/first", "https://app.test/spare"
    if kind == "answer":
        world.engine.answer(
            _created(world, {"answerUrl": first, "answerFallbackUrl": spare, **URLS})
        )
    elif kind == "machine":
        detection = {"mode": "async", "callbackUrl": first, "fallbackUrl": spare, **URLS}
        world.engine.detect(world.dial_out(WAIT, machineDetection=detection), "human")
    else:
        call = world.dial_in(WAIT)
        world.update(call, **{"redirectUrl": first, "redirectFallbackUrl": spare, **URLS})
    assert _credentials_of(world, "/first") == ["u:p"]
    assert _credentials_of(world, "/spare") == ["f:g"]
