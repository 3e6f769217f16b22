"""Values of the simulator that were once wrong, by the ids of their reports."""

import base64
import urllib.request
import wave
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from queue import SimpleQueue
from typing import Any
from urllib.error import HTTPError

import pytest

from bxml import Response
from callcontrol.events import InitiateEvent, RecordingAvailableEvent, parse_event
from callcontrol.simulator import Assumptions, Simulator, SimulatorError
from callcontrol.simulator.core.observations import Fetched, Observation, Played
from callcontrol.simulator.core.wav import wav
from callcontrol.simulator.live import LiveSimulator
from docs._site.simulator_page import BASES, NOT_SIMULATED, RULES
from tests.servers import served
from tests.waiting import PATIENCE

TO = "+19195551234"
SPEED = 50
ABSENT = "http://cdn.invalid/music.wav"
"""Never resolved: a request for it would fail."""


class Application:
    """Serves one document and one audio file, and keeps the events."""

    def __init__(self, document: Response) -> None:
        self.document = document
        self.events: SimpleQueue[Any] = SimpleQueue()
        self.audio = 0
        """Requests for the audio file."""

    def __call__(self, environ: dict[str, Any], start: Callable[..., object]) -> list[bytes]:
        """Answer one request."""
        if environ["REQUEST_METHOD"] == "GET":
            self.audio += 1
            start("200 OK", [("Content-Type", "audio/wav")])
            return [wav(2)]
        length = int(environ["CONTENT_LENGTH"])
        self.events.put(parse_event(environ["wsgi.input"].read(length)))
        start("200 OK", [("Content-Type", "application/xml")])
        return [self.document.to_bytes()]

    def event(self, kind: type) -> Any:  # noqa: ANN401 - the event of that kind
        """Return the next event of a kind; fails after a while."""
        while True:
            event = self.events.get(timeout=PATIENCE)
            if isinstance(event, kind):
                return event


def fetched(
    url: str, simulator: Simulator, *, method: str = "GET", password: str | None = None
) -> bytes:
    """Return the body behind a URL of the platform."""
    pair = f"{simulator.username}:{password or simulator.password}"
    basic = base64.b64encode(pair.encode()).decode()
    headers = {"Authorization": f"Basic {basic}"}
    request = urllib.request.Request(url, headers=headers, method=method)  # noqa: S310 - loopback
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=PATIENCE) as reply:
        body: bytes = reply.read()
        return body


def seconds_of(body: bytes) -> float:
    """Return the length of a wav file."""
    with wave.open(BytesIO(body)) as file:
        return float(file.getnframes()) / float(file.getframerate())


def test_a11_media_url_of_a_live_recording() -> None:
    """A running LiveSimulator serves it, to the account only, at the length that was recorded."""
    application = Application(
        Response()
        .start_recording(recording_available_url="/voice")
        .speak_sentence("x" * 100)
        .stop_recording()
        .pause(duration=100)
    )
    with served(application) as origin:
        live = LiveSimulator(application_url=f"{origin}/voice", speed=SPEED)
        with live:
            live.dial_in(to=TO)
            event = application.event(RecordingAvailableEvent)
            assert event.media_url.startswith(live.simulator.base_url)
            seconds = seconds_of(fetched(event.media_url, live.simulator))
            assert seconds == pytest.approx(event.duration.total_seconds(), abs=0.01)
            with pytest.raises(HTTPError, match="401"):
                fetched(event.media_url, live.simulator, password="wrong")
            with pytest.raises(HTTPError, match="404"):
                fetched(event.media_url.replace("/r-", "/r-0"), live.simulator)


def test_a11_media_url_before_any_phone_rings() -> None:
    """A simulator without calls answers as the platform does: 404, and 405 for other methods."""
    with Simulator() as simulator:
        account = f"{simulator.base_url}/accounts/{simulator.account_id}"
        for owner in ("calls/c-1", "conferences/conf-1"):
            with pytest.raises(HTTPError, match="404"):
                fetched(f"{account}/{owner}/recordings/r-1/media", simulator)
        assert [request.status for request in simulator.requests] == [404, 404]


def test_a12_real_time_is_dated_today() -> None:
    """Events, states and lists of a live simulator have the time of day."""
    application = Application(Response().pause(duration=1000))
    before = datetime.now(UTC)
    with served(application) as origin:
        live = LiveSimulator(application_url=f"{origin}/voice")
        with live, live.simulator.client() as client:
            call_id = live.dial_in(to=TO)
            event = application.event(InitiateEvent)
            assert before <= event.event_time <= datetime.now(UTC) + timedelta(seconds=1)
            assert before <= event.start_time <= event.event_time
            hour = timedelta(hours=1)
            found = client.list_calls(min_start_time=before - hour)
            assert [call.call_id for call in found] == [call_id]
            started = client.get_call_state(call_id).start_time
            assert started is not None
            assert abs(started - event.start_time) < timedelta(milliseconds=1)


def test_a12_virtual_time_begins_where_it_is_told() -> None:
    """At noon on 1 January 2026 by default, at ``start`` otherwise, also in real time."""
    assert Simulator().now == datetime(2026, 1, 1, 12, tzinfo=UTC)
    eastern = timezone(timedelta(hours=-5))
    start = datetime(2027, 3, 1, 18, 30, tzinfo=eastern)
    simulator = Simulator(start=start)
    assert simulator.now == start
    assert simulator.now.tzinfo == UTC
    call = simulator.dial_in(Application(Response().hangup()), to=TO)
    assert call.events[0].event_time == start
    with LiveSimulator(simulator=Simulator(start=start)) as live:
        assert timedelta() <= live.simulator.now - start < timedelta(seconds=PATIENCE)


@pytest.mark.parametrize(
    ("start", "got"),
    [
        (datetime(2027, 1, 1), "a datetime with a time zone, got one without"),  # noqa: DTZ001 - refused
        ("2027-01-01", "a datetime with a time zone, got"),
    ],
)
def test_a12_a_start_without_a_time_zone_is_refused(start: Any, got: str) -> None:  # noqa: ANN401
    """It would mean another time on another machine."""
    with pytest.raises(SimulatorError, match=rf"^Simulator\.start: expected {got}"):
        Simulator(start=start)


def lengths(live: LiveSimulator, number: int) -> list[float]:
    """Return the lengths of the audio that a call hears."""
    played: SimpleQueue[Observation] = SimpleQueue()
    live.observers.append(played.put)
    found: list[float] = []
    with live:
        live.dial_in(to=TO)
        while len(found) < number:
            seen = played.get(timeout=PATIENCE)
            if isinstance(seen, Played):
                found.append(seen.seconds)
    return found


def test_a17_audio_at_other_hosts_is_not_fetched() -> None:
    """It lasts ``audio_seconds`` as in ``dial``; the application's own files are measured."""
    document = Response().play_audio(ABSENT).play_audio("/own.wav").pause(duration=1000)
    application = Application(document)
    with served(application) as origin:
        live = LiveSimulator(application_url=f"{origin}/voice", speed=SPEED)
        assert lengths(live, 2) == [5, 2]
    assert application.audio == 1


def test_a17_reach_fetches_from_another_host() -> None:
    """Only from the ones that are named."""
    other = Application(Response())
    with served(other) as elsewhere:
        document = Response().play_audio(f"{elsewhere}/music.wav").pause(duration=1000)
        with served(Application(document)) as origin:
            url = f"{origin}/voice"
            assert lengths(LiveSimulator(application_url=url, speed=SPEED), 1) == [5]
            assert other.audio == 0
            reaching = LiveSimulator(application_url=url, speed=SPEED, reach=[elsewhere])
            assert lengths(reaching, 1) == [2]
            assert other.audio == 1
    with pytest.raises(SimulatorError, match=r"^LiveSimulator\.reach: expected an http URL"):
        LiveSimulator(reach=["cdn.example.com"])


def test_a17_hosts_of_webhooks_are_the_applications() -> None:
    """Also when only a REST request named them, as with ``simulate`` without ``--application``."""
    application = Application(Response().play_audio("/own.wav").pause(duration=1000))
    with served(application) as origin:
        live = LiveSimulator(speed=SPEED, answer_after=0)
        played: SimpleQueue[Observation] = SimpleQueue()
        live.observers.append(played.put)
        with live, live.simulator.client() as client:
            client.create_call(to=TO, from_=TO, application_id="a", answer_url=f"{origin}/voice")
            seen = played.get(timeout=PATIENCE)
            while not isinstance(seen, Played):
                assert not (isinstance(seen, Fetched) and seen.failure == "foreign")
                seen = played.get(timeout=PATIENCE)
            assert seen.seconds == 2


MP3 = (b"\xff\xfb\x94\x00" + bytes(380)) * 100
"""100 frames of 24 ms: MPEG 1 layer 3, 128 kbit/s, 48,000 Hz."""


def test_a19_mp3_files_have_their_length() -> None:
    """As the page says of rule V2."""

    def music(environ: dict[str, Any], start: Callable[..., object]) -> list[bytes]:
        is_file = environ["REQUEST_METHOD"] == "GET"
        start("200 OK", [("Content-Type", "audio/mpeg" if is_file else "application/xml")])
        return [MP3 if is_file else Response().play_audio("/a.mp3").pause(duration=9).to_bytes()]

    call = Simulator().dial_in(music, to=TO)
    assert call.hears_audio("/a.mp3")
    assert "mp3" not in " ".join(NOT_SIMULATED)
    assert "(2.4 s)" in call.history
    assert "as its wav or mp3 file" in RULES["V2"].text


@pytest.mark.parametrize(
    ("rule", "method", "path"),
    [
        ("R15", "PUT", "calls/{call}/recording"),
        ("R15", "GET", "calls/{call}/recordings"),
        ("K6", "POST", "conferences/conf-1"),
        ("K6", "GET", "conferences"),
    ],
)
def test_a19_operations_that_are_not_served(rule: str, method: str, path: str) -> None:
    """They are a 404, and the rules name the method to use instead."""
    with Simulator(auto_answer=True) as simulator:
        call = simulator.receive_call(from_=TO, to=TO)
        url = f"{simulator.base_url}/accounts/{simulator.account_id}/{path}"
        with pytest.raises(HTTPError, match="404"):
            fetched(url.format(call=call.call_id), simulator, method=method)
    assert "is not served" in RULES[rule].text
    assert "Engine." in RULES[rule].text
    assert "further REST operations" in NOT_SIMULATED


def test_a19_every_rule_says_how_sure_it_is() -> None:
    """In the words of the page; what two sources disagree on is contested."""
    words = {"captured", "documented", "vendor code", "inferred", "contested", "assumed"}
    assert set(BASES.values()) == words
    contested = {rule for rule, note in RULES.items() if "T" in note.basis.split("/")}
    assert contested == {"U6", "V8", "X11"}
    assert all(RULES[rule].options for rule in contested - {"X11"})


def test_a19_a_hangup_may_answer_first() -> None:
    """The option of the contested rule V8 does what the page says."""
    first = Simulator(assumptions=Assumptions(answering_verbs=frozenset({"Hangup"})))
    for simulator, answers in ((Simulator(), False), (first, True)):
        call = simulator.dial_in(Application(Response().hangup()), to=TO)
        assert (call.record.answer_time is not None) is answers
        assert call.cause == "hangup"
