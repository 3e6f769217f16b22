"""Timelines: every observation has a line for people and one of JSON for machines."""

import json
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from bxml import Response
from callcontrol.events import GatherEvent
from callcontrol.simulator import Simulator
from callcontrol.simulator.core import observations
from callcontrol.simulator.core.observations import (
    Changed,
    Conferenced,
    Detected,
    Fetched,
    Joined,
    Observation,
    Played,
    Pressed,
    Recorded,
    Rejected,
    Said,
    Sent,
    Spoke,
    Started,
    Toned,
    Transferring,
    Unjoined,
    Waited,
    Warned,
)
from callcontrol.simulator.testing.timeline import (
    Line,
    folded,
    json_line,
    line_of,
    lines,
    rendered,
)

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LEG: dict[str, Any] = {"at": NOON, "call_id": "c-12345678"}
URL = "http://me:secret@app.example/menu?token=secret"
SHOWN = "http://app.example/menu?token=***"
EVENT = GatherEvent(call_id="c-12345678", from_="+19195551234", to="+19195554321", digits="1")
FETCHED: dict[str, Any] = {
    **LEG,
    "url": URL,
    "method": "POST",
    "attempt": "first",
    "event_type": "gather",
    "status": 200,
    "failure": None,
    "seconds": 0.0,
    "body": b"<Response/>",
}

LATE: dict[str, Any] = {**FETCHED, "failure": "timeout", "seconds": 15.0, "attempt": "fallback"}

LINES: list[tuple[Observation, str]] = [
    (Changed(**LEG, state="answered"), "call answered"),
    (Changed(**LEG, state="disconnected", cause="hangup"), "call ended: hangup"),
    (
        Changed(**LEG, state="disconnected", cause="busy", error_message="Callee is busy"),
        "call ended: busy (Callee is busy)",
    ),
    (Started(**LEG, verb="Gather"), "verb Gather"),
    (Started(**LEG, verb="Bridge", detail="c-2"), "verb Bridge c-2"),
    (
        Spoke(**LEG, text="Hi", ssml="Hi", voice="julie", locale="en_US", gender="f", seconds=1),
        'heard "Hi"',
    ),
    (Played(**LEG, url=URL, seconds=5.0), f"heard audio {SHOWN} (5 s)"),
    (Waited(**LEG, sound="silence", seconds=2.5), "heard silence (2.5 s)"),
    (Waited(**LEG, sound="ringing", seconds=None), "heard ringing"),
    (Toned(**LEG, digits="12", seconds=1.2), "heard tones 12 (1.2 s)"),
    (Pressed(**LEG, digit="#", taken=True), "pressed #"),
    (Pressed(**LEG, digit="1", taken=False), "pressed 1, and nothing was listening"),
    (Said(**LEG, text="Yes", seconds=1, taken=True), 'said "Yes" (1 s)'),
    (
        Said(**LEG, text="Yes", seconds=1, taken=False),
        'said "Yes" (1 s), and nothing was listening',
    ),
    (Sent(**LEG, event=EVENT, url=URL, method="POST"), f"sent gather to {SHOWN}"),
    (Fetched(**FETCHED), f"fetched 200, 11 bytes (POST {SHOWN})"),
    (
        Fetched(**LATE),
        f"fetched timeout after 15.0 s (POST {SHOWN}, fallback)",
    ),
    (Rejected(**LEG, text="no BXML", url=URL), f"wrong no BXML ({SHOWN})"),
    (Rejected(**LEG, text="no BXML"), "wrong no BXML"),
    (Warned(**LEG, text="odd"), "warning odd"),
    (
        Transferring(**LEG, to="+1919", leg_id="c-2", caller_id="+1920"),
        "dialled +1919 as +1920 (Transfer)",
    ),
    (Joined(**LEG, other_id="c-1234567890123", together=True), "call joined to c-1234567890"),
    (Joined(**LEG, other_id="c-2", together=False), "call parted from c-2"),
    (Unjoined(**LEG, leg_id="c-2", is_empty=False), "call never joined to c-2"),
    (
        Unjoined(**LEG, leg_id="c-2", is_empty=True),
        "call never joined to c-2: an empty document hung up",
    ),
    (
        Conferenced(**LEG, conference_id="conf-1", name="room", entered=True),
        "conference entered room",
    ),
    (
        Conferenced(
            **LEG, conference_id="conf-1", name="room", entered=True, hears=False, is_heard=False
        ),
        "conference entered room, hears nothing, is not heard",
    ),
    (
        Conferenced(**LEG, conference_id="conf-1", name="room", entered=False),
        "conference left room",
    ),
    (Recorded(**LEG, recording_id="r-1", change="started"), "recording started"),
    (
        Recorded(**LEG, recording_id="r-1", change="stopped", seconds=2.5),
        "recording stopped after 2.5 s",
    ),
    (Detected(**LEG, value="human"), "detected human"),
]


@pytest.mark.parametrize(("seen", "text"), LINES)
def test_an_observation_has_a_line(seen: Observation, text: str) -> None:
    """The line has one word for what it is, and a text without secrets."""
    line = line_of(seen)
    assert line is not None
    assert f"{line.what} {line.text}" == text
    assert (line.at, line.call_id) == (NOON, "c-12345678")


def test_every_kind_of_observation_is_covered() -> None:
    """A new kind of observation cannot be forgotten here."""
    kinds = {kind for kind in vars(observations).values() if isinstance(kind, type)}
    classes = {kind for kind in kinds if issubclass(kind, Observation)} - {Observation}
    assert {type(seen) for seen, _ in LINES} == classes


def test_what_others_tell_has_no_line() -> None:
    """The beginning of a verb that is heard at once would only repeat it."""
    assert line_of(Started(**LEG, verb="SpeakSentence", detail="Hi")) is None
    assert lines([Started(**LEG, verb="Pause")]) == []


def test_a_timeline_counts_from_its_start() -> None:
    """Seconds have one decimal and start at zero."""
    later: dict[str, Any] = {**LEG, "at": NOON + timedelta(seconds=61.25)}
    text = rendered([Pressed(**LEG, digit="1", taken=True), Detected(**later, value="human")])
    assert text.splitlines() == [
        "      0.0 s  pressed    1",
        "     61.2 s  detected   human",
    ]
    assert rendered([]) == ""


@pytest.mark.parametrize("seen", [seen for seen, _ in LINES])
def test_an_observation_is_one_line_of_json(seen: Observation) -> None:
    """Kind, time, call and every field are there, and no secret is."""
    text = json_line(seen)
    record = json.loads(text)
    name = type(seen).__name__
    assert record["kind"] == name[0].lower() + name[1:]
    assert (record["at"], record["callId"]) == ("2026-01-01T12:00:00.000Z", "c-12345678")
    assert len(record) == len(fields(seen)) + 1
    assert "\n" not in text
    assert "secret" not in text


def test_json_carries_events_and_sizes() -> None:
    """A webhook is there as it was sent, a reply only by its length."""
    sent = json.loads(json_line(Sent(**LEG, event=EVENT, url=URL, method="POST")))
    assert sent["event"] == json.loads(EVENT.to_json())
    fetched = json.loads(json_line(Fetched(**FETCHED)))
    assert (fetched["bytes"], fetched["url"], fetched["eventType"]) == (11, SHOWN, "gather")
    assert json.loads(json_line(Rejected(**LEG, text="no"))).get("url") is None


# --- C14: loops -----------------------------------------------------------------------------


def line(what: str, text: str, seconds: float = 0) -> Line:
    """Return a line of a timeline."""
    return Line(NOON + timedelta(seconds=seconds), "c-12345678", what, text)


SENT, GOT = line("sent", "redirect to /a"), line("fetched", "200 (POST /a)")
OTHER = line("sent", "redirect to /b")
KEY = line("pressed", "1")


def more(lines: int, times: int) -> Line:
    """Return the line that stands for repetitions."""
    before = f"the last {lines} lines" if lines > 1 else "the line"
    return line("...", f"{before} {times} more times")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param([SENT, GOT] * 100, [SENT, GOT, more(2, 99)], id="C14"),
        pytest.param([SENT, GOT, OTHER] * 50, [SENT, GOT, OTHER, more(3, 49)], id="C14-two"),
        pytest.param([KEY, *[SENT, GOT] * 9, KEY], [KEY, SENT, GOT, more(2, 8), KEY], id="C14-in"),
        pytest.param([GOT] * 4, [GOT, more(1, 3)], id="C14-one-line"),
        pytest.param([SENT, GOT] * 3, [SENT, GOT] * 3, id="C14-three-times-are-shown"),
        pytest.param([KEY] * 50, [KEY] * 50, id="C14-keys-are-shown"),
        pytest.param([], [], id="C14-empty"),
    ],
)
def test_c14_lines_of_a_loop_come_once(before: list[Line], after: list[Line]) -> None:
    """With the number of repetitions; what people do is always shown."""
    assert [*folded(before)] == after


def test_c14_a_loop_that_takes_time_comes_once() -> None:
    """A round each second is the same loop; the line has the time of the last one."""
    rounds = [
        line(what, text, second)
        for second in range(60)
        for what, text in (("sent", "redirect to /a"), ("fetched", "200 (POST /a)"))
    ]
    *_, last = folded(rounds)
    assert last == line("...", "the last 2 lines 59 more times", 59)


def test_c14_a_call_in_circles_is_short_in_tests(simulator: Simulator) -> None:
    """The timeline that a failed test shows names the URL and the count, once."""

    def app(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        start("200 OK", [("Content-Type", "application/xml")])
        return [Response().redirect("/voice").to_bytes()]

    timeline = simulator.dial_in(app, to="+19195554321").timeline
    assert len(timeline.splitlines()) < 10
    assert "the last 2 lines 98 more times" in timeline
    assert timeline.count("more than 100 documents were fetched") == 1
    assert "the last ones from http" in timeline
