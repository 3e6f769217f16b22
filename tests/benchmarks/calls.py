"""Calls in the simulator, without ports: a menu of three levels, and an hour of waiting.

Processor time of this process, so that other work on the machine does not count.
"""

from collections.abc import Callable
from functools import partial
from time import process_time

from callcontrol.simulator.core.engine import Engine
from callcontrol.simulator.core.leg import VoiceApplication
from callcontrol.simulator.core.platform import Platform
from callcontrol.simulator.core.webhooks import HttpRequest, Target, WebhookReply
from callcontrol.simulator.settings import Account, Assumptions, Limits, SimulatorSettings
from tests.benchmarks.timing import table

ORIGIN = "https://app.test"
CALLS = 1000
HOURS = 50
MENU = (
    '<Response><Gather gatherUrl="/level{next}" maxDigits="1">'
    "<SpeakSentence>Level {level}: press a key.</SpeakSentence></Gather></Response>"
)
WAITING = {
    "an hour of Pause": '<Pause duration="3600"/>',
    "an hour in a Conference": "<Conference>room</Conference>",
    "an hour of music, a file of 3 minutes in a loop": (
        '<PlayAudio>/hold.mp3</PlayAudio><Redirect redirectUrl="/start"/>'
    ),
    "an hour of silence, fetched anew every 5 seconds": (
        '<Pause duration="5"/><Redirect redirectUrl="/start"/>'
    ),
}


class Menu:
    """An application that is a table of replies."""

    def __init__(self) -> None:
        self.replies = {
            f"{ORIGIN}/level{level}": MENU.format(level=level, next=level + 1).encode()
            for level in (1, 2, 3)
        }
        self.replies[f"{ORIGIN}/level4"] = b"<Response><Hangup/></Response>"

    def deliver(self, request: HttpRequest) -> WebhookReply:
        """Answer from the table."""
        return WebhookReply(body=self.replies.get(request.url, b""))


def _engine(application: Menu) -> Engine:
    told = SimulatorSettings(
        account=Account(),
        limits=Limits(active_calls=None),
        assumptions=Assumptions(audio_seconds=180),
        auto_answer=False,
        token_lifetime=3600,
        seed=0,
    )
    return Engine(Platform(told), application)


def _dial(engine: Engine, path: str) -> str:
    settings = VoiceApplication(
        initiated=Target(url=f"{ORIGIN}{path}"), status=Target(url=f"{ORIGIN}/status")
    )
    return engine.dial_in(from_="+19195551234", to="+19195554321", application=settings)


def _one_by_one() -> None:
    engine = _engine(Menu())
    for _ in range(CALLS):
        call_id = _dial(engine, "/level1")
        for digit in "123":
            engine.advance(1)
            engine.press(call_id, digit)
        assert engine.legs.get(call_id) is None, "expected a call that has ended"


def _at_once() -> None:
    engine = _engine(Menu())
    calls = [_dial(engine, "/level1") for _ in range(CALLS)]
    for digit in "123":
        engine.advance(1)
        for call_id in calls:
            engine.press(call_id, digit)
    assert not any(map(engine.legs.get, calls)), "expected calls that have ended"


def _hours(verbs: str) -> None:
    application = Menu()
    application.replies[f"{ORIGIN}/start"] = f"<Response>{verbs}</Response>".encode()
    engine = _engine(application)
    for _ in range(HOURS):
        call_id = _dial(engine, "/start")
        engine.advance(3599)
        engine.hang_up(call_id)


def _seconds(action: Callable[[], None]) -> float:
    begun = process_time()
    action()
    return process_time() - begun


def report() -> None:
    """Print what calls cost."""
    rows = [
        [f"{CALLS} calls through three levels, one by one", f"{_seconds(_one_by_one):.2f} s"],
        [f"{CALLS} calls through three levels, at once", f"{_seconds(_at_once):.2f} s"],
    ]
    for name, verbs in WAITING.items():
        each = _seconds(partial(_hours, verbs)) / HOURS
        rows.append([name, f"{each * 1000:.1f} ms a call"])
    table("Simulated calls (processor time)", ["what", "cost"], rows)
