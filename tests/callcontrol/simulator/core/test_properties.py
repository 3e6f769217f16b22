"""Random histories over random documents: nothing breaks, and everything can be repeated."""

from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bxml import strategies as bxml_strategies
from callcontrol.events import parse_event
from callcontrol.simulator.core.engine import Engine
from callcontrol.simulator.core.leg import VoiceApplication
from callcontrol.simulator.core.observations import Observation, Sent
from callcontrol.simulator.core.platform import Platform
from callcontrol.simulator.core.webhooks import FAILURES, HttpRequest, Target, WebhookReply
from callcontrol.simulator.errors import SimulatorError
from callcontrol.simulator.settings import Account, Assumptions, Limits, SimulatorSettings

if TYPE_CHECKING:
    from callcontrol.simulator.core.webhooks import Failure

URL = "https://app.test/next"
APPLICATION = VoiceApplication(
    initiated=Target(url=URL, username="u", password="p"),
    initiated_fallback=Target(url=URL, method="GET"),
    status=Target(url="https://app.test/status"),
)
ORDER = {
    "from": "+19195554321",
    "to": "+19195551234",
    "applicationId": "app",
    "answerUrl": URL,
    "disconnectUrl": "https://app.test/status",
    "callTimeout": 30,
    "callbackTimeout": 15,
    "priority": 5,
    "tag": None,
}

DETECTIONS = st.none() | st.fixed_dictionaries(
    {
        "mode": st.sampled_from(["sync", "async"]),
        "callbackUrl": st.just(URL),
        "delayResult": st.booleans(),
    }
)
TEMPLATES = st.sampled_from(
    [
        (
            '<Transfer transferCompleteUrl="/over"><PhoneNumber transferAnswerUrl="/whisper" '
            'transferDisconnectUrl="/gone">+19195550001</PhoneNumber>'
            "<SipUri>sip:a@b.example</SipUri></Transfer>"
        ),
        "<Transfer><PhoneNumber>+19195550001</PhoneNumber></Transfer><Pause/>",
        '<Conference conferenceEventUrl="/room">room</Conference><Pause/>',
        '<Gather gatherUrl="/keys" maxDigits="2"><SpeakSentence>Hi</SpeakSentence></Gather>',
        (
            '<StartRecording recordingAvailableUrl="/file"/><StartGather dtmfUrl="/dtmf"/>'
            '<StartStream name="s" destination="wss://x.example" streamEventUrl="/media"/>'
            '<Record recordCompleteUrl="/done" maxDuration="20" silenceTimeout="3"/>'
        ),
        "<SpeakSentence>Only this</SpeakSentence>",
        '<StopStream name="s" wait="true"/><Redirect redirectUrl="/next"/>',
        '<Forward to="+19195550009"/>',
        '<Ring answerCall="false"/><Pause duration="300"/>',
        "",
    ]
).map(lambda verbs: f"<Response>{verbs}</Response>".encode())


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """Return a document of any verbs."""
    return draw(bxml_strategies.documents()).to_bytes()


@st.composite
def replies(draw: st.DrawFn) -> WebhookReply:
    """Return what a server might reply: documents, most of the time."""
    kind = draw(st.integers(0, 9))
    if kind == 0:
        failure: Failure = draw(st.sampled_from(FAILURES))
        return WebhookReply(failure=failure)
    if kind == 1:
        challenge = (("WWW-Authenticate", 'Basic realm=""'),)
        return WebhookReply(
            status=draw(st.sampled_from([204, 302, 401, 404, 500])), headers=challenge
        )
    if kind == 2:
        return WebhookReply(
            body=draw(st.sampled_from([b"", b"<html/>", b"\xff", b"<Response><No/>"]))
        )
    body = draw(documents() if kind < 6 else TEMPLATES)
    return WebhookReply(body=body, seconds=draw(st.sampled_from([0.0, 0.0, 0.5, 20.0])))


class Stage:
    """One platform; does what it is told and keeps a trace."""

    def __init__(self) -> None:
        told = SimulatorSettings(
            account=Account(),
            limits=Limits(active_calls=8),
            assumptions=Assumptions(),
            auto_answer=False,
            token_lifetime=3600,
            seed=0,
        )
        self.platform = Platform(told)
        self.replies: list[WebhookReply] = [WebhookReply(body=b"<Response><Pause/></Response>")]
        self.requests = 0
        self.trace: list[Observation] = []
        self.engine = Engine(self.platform, self)
        self.engine.observers.append(self.trace.append)

    def deliver(self, request: HttpRequest) -> WebhookReply:
        """Answer with the replies in turn; audio files are mostly out of reach."""
        self.requests += 1
        if request.webhook is None and self.requests % 3:
            return WebhookReply(failure="foreign")
        return self.replies[self.requests % len(self.replies)]

    def do(self, name: str, *arguments: object) -> None:
        """Carry out one action; what is impossible just now is refused and changes nothing."""
        with suppress(SimulatorError):
            getattr(self, name)(*arguments)

    def serve(self, reply: WebhookReply) -> None:
        """Change what is replied."""
        self.replies = [*self.replies[-5:], reply]

    def dial_in(self, number: str) -> None:
        """Call in."""
        self.engine.dial_in(from_=number, to="+19195554321", application=APPLICATION)

    def dial_out(self, detection: object) -> None:
        """Call out."""
        if not self.platform.calls.is_full:
            self.platform.calls.enqueue({**ORDER, "machineDetection": detection})
            self.engine.settle()

    def act(self, method: str, call_id: str, *arguments: object) -> None:
        """Do something on a leg."""
        getattr(self.engine, method)(call_id, *arguments)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.engine.advance(seconds)

    def push(self, call_id: str, document: str) -> None:
        """Push a document."""
        if self._is_answered(call_id):
            self.platform.calls.interrupt(call_id, document)
            self.engine.settle()

    def redirect(self, call_id: str) -> None:
        """Redirect a call."""
        if self._is_answered(call_id):
            self.platform.calls.redirect(call_id, {"redirectUrl": URL, "tag": "t"})
            self.engine.settle()

    def complete(self, call_id: str) -> None:
        """End a call over REST."""
        if self.engine.legs.get(call_id) is not None:
            self.platform.calls.end(call_id, "hangup")
            self.engine.settle()

    def _is_answered(self, call_id: str) -> bool:
        call = self.platform.calls.get(call_id)
        controlled = call_id not in self.platform.calls.uncontrolled
        return call is not None and call.state == "answered" and controlled


class Histories(RuleBasedStateMachine):
    """Everything that people, servers and REST clients can do, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage()
        self.actions: list[tuple[str, tuple[object, ...]]] = []

    def do(self, name: str, *arguments: object) -> None:
        """Do it, and write it down."""
        self.actions.append((name, arguments))
        self.stage.do(name, *arguments)

    def up(self) -> list[str]:
        """Return the ids of the calls that are up, in order."""
        return [call.call_id for call in self.stage.platform.calls if call.end_time is None]

    @initialize(served=st.lists(replies(), max_size=5))
    def begin(self, served: list[WebhookReply]) -> None:
        """Set the application up."""
        for reply in served:
            self.do("serve", reply)

    @rule(reply=replies())
    def serve(self, reply: WebhookReply) -> None:
        """Change what the application replies."""
        self.do("serve", reply)

    @rule(number=st.sampled_from(["+19195551234", "Anonymous", "sip:bob@pbx.example"]))
    def dial_in(self, number: str) -> None:
        """Call in."""
        self.do("dial_in", number)

    @rule(detection=DETECTIONS)
    def dial_out(self, detection: object) -> None:
        """Call out."""
        self.do("dial_out", detection)

    @rule(seconds=st.sampled_from([0.0, 0.1, 1.0, 5.0, 31.0]))
    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.do("wait", seconds)

    @precondition(lambda self: self.up())
    @rule(data=st.data(), digits=st.text("0123456789*#A", min_size=1, max_size=3))
    def press(self, data: st.DataObject, digits: str) -> None:
        """Press keys."""
        self.do("act", "press", data.draw(st.sampled_from(self.up())), digits)

    @precondition(lambda self: self.up())
    @rule(
        data=st.data(),
        method=st.sampled_from(
            [
                *("answer", "answer", "answer", "busy", "decline", "no_answer", "never_rings"),
                *("hang_up", "beep", "endpoint_leaves"),
            ]
        ),
    )
    def act(self, data: st.DataObject, method: str) -> None:
        """Pick up, hang up, and so on."""
        self.do("act", method, data.draw(st.sampled_from(self.up())))

    @precondition(lambda self: self.up())
    @rule(data=st.data(), text=st.sampled_from(["Hello", "You have reached", "x" * 500]))
    def say(self, data: st.DataObject, text: str) -> None:
        """Speak."""
        self.do("act", "say", data.draw(st.sampled_from(self.up())), text)

    @precondition(lambda self: self.up())
    @rule(data=st.data(), document=documents())
    def push(self, data: st.DataObject, document: bytes) -> None:
        """Push a document, with relative URLs and all."""
        self.do("push", data.draw(st.sampled_from(self.up())), document.decode())

    @precondition(lambda self: len(self.up()) > 1)
    @rule(data=st.data(), urls=st.booleans())
    def bridge(self, data: st.DataObject, *, urls: bool) -> None:
        """Push a Bridge between two calls that are up."""
        runner, target = (data.draw(st.sampled_from(self.up())) for _ in range(2))
        both = f'bridgeCompleteUrl="{URL}" bridgeTargetCompleteUrl="{URL}"' if urls else ""
        document = f"<Response><Bridge {both}>{target}</Bridge><Pause/></Response>"
        self.do("push", runner, document)

    @precondition(lambda self: self.up())
    @rule(data=st.data(), method=st.sampled_from(["redirect", "complete"]))
    def update(self, data: st.DataObject, method: str) -> None:
        """Redirect or end a call over REST."""
        self.do(method, data.draw(st.sampled_from(self.up())))

    @invariant()
    def time_never_goes_backwards(self) -> None:
        """Neither in the trace nor on the clock."""
        times = [each.at for each in self.stage.trace]
        assert times == sorted(times)
        assert not times or times[-1] <= self.stage.engine.now

    @invariant()
    def every_end_is_reported_once(self) -> None:
        """By disconnect, exactly once; legs of others by none."""
        ended = Counter(
            each.event.to_json()
            for each in self.stage.trace
            if isinstance(each, Sent) and each.event.event_type == "disconnect"
        )
        reported = Counter(
            each.call_id
            for each in self.stage.trace
            if isinstance(each, Sent) and each.event.event_type == "disconnect"
        )
        calls = self.stage.platform.calls
        due = [call.call_id for call in calls if call.end_time and call.parent_call_id is None]
        assert set(reported) == set(due)
        assert set(reported.values()) <= {1}
        assert set(ended.values()) <= {1}

    def teardown(self) -> None:
        """Check every event that was sent, and that the same acts give the same trace."""
        for call_id in self.up():
            self.do("complete", call_id)
        self.do("wait", 100.0)
        self.every_end_is_reported_once()
        assert self.up() == []
        assert not self.stage.engine.conferences
        assert not self.stage.platform.calls.uncontrolled
        assert self.stage.platform.calls.has_room_for(8)
        for each in self.stage.trace:
            if isinstance(each, Sent):
                assert parse_event(each.event.to_json()) == each.event
                assert set(each.event.absent) <= {"startTime", "answerTime"}, each.event
        again = Stage()
        for name, arguments in self.actions:
            again.do(name, *arguments)
        assert again.trace == self.stage.trace


Histories.TestCase.settings = settings(
    max_examples=20,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestHistories = Histories.TestCase
TestHistories.__doc__ = "Random histories over random documents."
