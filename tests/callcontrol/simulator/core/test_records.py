"""The records of the engine: what may be left out of them, and what their ``repr`` leaves out."""

import dataclasses
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from callcontrol.simulator.core import calls, observations, recordings, signals, webhooks
from callcontrol.simulator.core.clock import LATEST, START, timestamp
from callcontrol.simulator.core.web_endpoints import LIFETIME

if TYPE_CHECKING:
    from tests.callcontrol.simulator.core.conftest import World

DEFAULTS: Mapping[str, Mapping[str, object]] = {
    "Target": {"method": "POST", "username": None, "password": None},
    "Targets": {"fallback": None},
    "Webhook": {"fallback": None, "timeout": 15.0},
    "HttpRequest": {
        "headers": (),
        "body": b"",
        "timeout": 15.0,
        "attempt": "first",
        "call_id": "",
        "webhook": None,
    },
    "WebhookReply": {
        "status": 200,
        "body": b"",
        "headers": (),
        "waited": 0.0,
        "seconds": 0.0,
        "failure": None,
        "detail": "",
        "handler": None,
        "advice": "",
    },
    "Changed": {"cause": None, "error_message": None},
    "Started": {"detail": ""},
    "Spoke": {"source": "call"},
    "Played": {"source": "call"},
    "Fetched": {"body": b"", "content_type": "", "finding": "", "handler": None},
    "Rejected": {"url": ""},
    "Transferring": {"verb": "Transfer"},
    "Conferenced": {"hears": True, "is_heard": True, "coaches": ()},
    "Recorded": {"seconds": 0.0},
    "HistoryEntry": {"detail": ""},
    "RecordingText": {"transcription_id": "", "url": "", "completed": None},
    "FinishedRecording": {
        "name": None,
        "room_name": None,
        "call": None,
        "said": (),
        "has_media": True,
        "text": None,
        "transcribe": None,
    },
    "CallText": {"said": ()},
    "SpeechHeard": {"machine": False},
    "Delivery": {
        "body": b"",
        "content_type": "",
        "problem": None,
        "foreign": False,
        "handler": None,
    },
    "Wait": {"seconds": None, "wants": ()},
}
NOT_SHOWN = {
    "Call": {"order"},
    "CallText": {"said"},
    "Fetched": {"body"},
    "FinishedRecording": {"call", "said", "transcribe"},
    "HistoryEntry": {"detail"},
    "HttpRequest": {"headers", "body"},
    "Target": {"password"},
    "WebhookReply": {"headers", "body"},
}
NOT_COMPARED = {"Call": {"order"}, "FinishedRecording": {"transcribe"}}


def _records() -> Iterator[Any]:
    for module in (webhooks, observations, calls, recordings, signals):
        for value in vars(module).values():
            if isinstance(value, type) and value.__module__ == module.__name__:
                yield from [value] if dataclasses.is_dataclass(value) else []


def test_defaults() -> None:
    """An engine that is driven by other code gets these values for what it does not say."""
    found = {
        record.__name__: {
            each.name: each.default
            for each in dataclasses.fields(record)
            if each.default is not dataclasses.MISSING
        }
        for record in _records()
    }
    assert len(found) > 30
    del found["Call"]  # all of them None
    assert {name: defaults for name, defaults in found.items() if defaults} == DEFAULTS


def test_what_is_left_out() -> None:
    """Contents of messages are not shown; what only orders something makes no difference."""
    fields = [
        (record.__name__, each) for record in _records() for each in dataclasses.fields(record)
    ]
    assert {(name, each.name) for name, each in fields if not each.repr} == {
        (name, hidden) for name, names in NOT_SHOWN.items() for hidden in names
    }
    assert {(name, each.name) for name, each in fields if not each.compare} == {
        (name, ignored) for name, names in NOT_COMPARED.items() for ignored in names
    }


def test_ids(world: "World") -> None:
    """Calls and endpoints have random UUIDs; an error has one of its own."""
    random = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    call = world.call(world.dial_in())
    assert re.fullmatch(f"c-[0-9a-f]{{8}}-{random}", call.call_id)
    assert re.fullmatch(random, str(call.error_id))
    assert re.fullmatch(f"e-{random}", world.platform.endpoints.create(None).endpoint_id)


def test_endpoints_live_for_a_day(world: "World") -> None:
    """To the second."""
    made = world.platform.endpoints.create("tag")
    assert (made.tag, made.expires - made.created) == ("tag", timedelta(hours=24))
    world.engine.advance(LIFETIME.total_seconds() - 1)
    assert world.platform.endpoints.living == [made]
    assert world.platform.endpoints.get(made.endpoint_id) == made
    world.engine.advance(1)
    assert world.platform.endpoints.living == []
    assert world.platform.endpoints.get(made.endpoint_id) is None


def test_virtual_time() -> None:
    """It begins at noon, and is no time that Python cannot add to."""
    assert datetime(2026, 1, 1, 12, tzinfo=UTC) == START
    assert datetime(9000, 1, 1, tzinfo=UTC) == LATEST


@pytest.mark.parametrize(("microseconds", "text"), [(0, "000"), (999, "000"), (1000, "001")])
def test_timestamps(microseconds: int, text: str) -> None:
    """They have whole milliseconds, rounded down."""
    moment = START + timedelta(microseconds=microseconds)
    assert timestamp(moment) == f"2026-01-01T12:00:00.{text}Z"
