"""Everything that is seen of calls, line by line: what ``test_engine_transcripts.py`` compares.

``python -m tests.callcontrol.simulator.core.transcripts`` writes ``transcripts.txt`` anew. Read the
difference before you commit it: each changed line is something that applications can notice.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from callcontrol.events import Event
from callcontrol.simulator.core.clock import START
from callcontrol.simulator.core.observations import Observation
from callcontrol.simulator.core.webhooks import HttpRequest, WebhookReply
from callcontrol.simulator.settings import Assumptions, Limits

if TYPE_CHECKING:
    from tests.callcontrol.simulator.core.conftest import World

FILE = Path(__file__).with_suffix(".txt")

Scenario = Callable[["type[World]"], "World"]

SCENARIOS: dict[str, Scenario] = {}
ID = re.compile(
    r"(?:(?:[a-z]+-)[0-9a-f]{8}-)?"
    r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
)
WAIT = '<Pause duration="600"/>'
LEFT_OUT = {"at", "body", "content_type", "finding"}


def scenario(make: Callable[["World"], object], assumptions: Assumptions | None = None) -> None:
    """Enter a scenario under the name of its function."""

    def run(world_class: "type[World]") -> "World":
        world = world_class(assumptions or Assumptions(), Limits(calls_per_second=4))
        for path, bxml in REPLIES.items():
            world.serve(path, bxml)
        make(world)
        world.engine.advance(60)
        return world

    SCENARIOS[make.__name__] = run


def transcript(world: "World") -> list[str]:
    """Return a line for each observation and each request, with short ids."""
    seen = [_line(observation) for observation in world.seen]
    asked = [_request(request) for request in world.requests]
    numbers, known = count(1), dict[str, str]()

    def short(found: re.Match[str]) -> str:
        prefix = found[0].partition("-")[0] if found[0][8:9] != "-" else "uuid"
        if found[0] not in known:
            known[found[0]] = f"{prefix}{next(numbers)}"
        return known[found[0]]

    return [ID.sub(short, line) for line in [*seen, *asked]]


def _line(seen: Observation) -> str:
    at = (seen.at - START).total_seconds()
    return f"{at:g} {type(seen).__name__} {' '.join(_fields(seen))}"


def _fields(seen: Observation) -> Iterator[str]:
    for field in fields(seen):
        value = getattr(seen, field.name)
        if field.name not in LEFT_OUT and value != field.default:
            yield f"{field.name}={_text(value)}"


def _text(value: object) -> str:
    match value:
        case Event():
            return value.to_json()
        case float():
            return f"{value:g}"
        case str():
            return repr(value.partition("?eventType=")[0])
        case _:
            return repr(value)


def _request(request: HttpRequest) -> str:
    headers = ", ".join(f"{name}: {value}" for name, value in request.headers)
    where = f"{request.method} {request.url}"
    return f"> {where} [{request.attempt}, {request.timeout:g} s, {request.call_id}] {headers}"


REPLIES: Mapping[str, str] = {
    "/next": "<SpeakSentence>Next</SpeakSentence>",
    "/spare": "<SpeakSentence>Spare</SpeakSentence>",
    "/wait": WAIT,
    "/whisper": "<SpeakSentence>For you</SpeakSentence>",
}
CREDENTIALS = 'username="u" password="p"'
FALLBACK = 'fallbackUsername="f" fallbackPassword="g"'


def inbound_call(world: "World") -> None:
    """Verbs that make sound, then the end of the document."""
    world.reply("/a.wav", WebhookReply(body=b"RIFF", headers=(("Content-Type", "audio/wav"),)))
    world.dial_in(
        '<Ring duration="2"/><SpeakSentence voice="julie">Hi <sub alias="you">u</sub>'
        '<break time="250ms"/><break strength="weak"/><break/></SpeakSentence>'
        '<PlayAudio username="u" password="p">a.wav</PlayAudio><Pause/><Ring/>'
        '<SendDtmf toneDuration="100" toneInterval="50">1w2,,3W</SendDtmf><SendDtmf>12</SendDtmf>'
        "<Tag>first</Tag>"
    )


def outbound_call(world: "World") -> None:
    """All that createCall can say, then a hang-up by the callee."""
    call = world.dial_out(
        WAIT,
        picked_up=False,
        tag="mine",
        answerMethod="GET",
        username="u",
        password="p",
        callTimeout=20,
        callbackTimeout=7,
        disconnectMethod="GET",
        priority=2,
    )
    world.engine.advance(3)
    world.engine.answer(call)
    world.engine.advance(2)
    world.engine.hang_up(call)


def calls_that_are_not_answered(world: "World") -> None:
    """Busy, declined, silent, given up, cancelled in the queue."""
    world.engine.busy(world.dial_out(WAIT, picked_up=False))
    world.engine.decline(world.dial_out(WAIT, picked_up=False))
    world.engine.never_rings(world.dial_out(WAIT, picked_up=False))
    world.engine.no_answer(world.dial_out(WAIT, picked_up=False, callTimeout=10))
    world.engine.hang_up(world.dial_in('<Ring answerCall="false" duration="60"/>'))
    waiting = [world.dial_out(WAIT, picked_up=False) for _ in range(4)]
    world.update(waiting[-1], state="completed")


def keys(world: "World") -> None:
    """Press keys: a Gather in all its ways to end, and keys that are reported."""
    gather = '<Gather gatherUrl="/keys" gatherMethod="GET" {} tag="t">{}</Gather>'
    prompt = "<SpeakSentence>Key?</SpeakSentence>"
    ends = 'terminatingDigits="#" maxDigits="3" firstDigitTimeout="2" interDigitTimeout="1"'
    for number, pressed in enumerate(("1#", "123", "12", "")):
        world.serve("/keys", WAIT)
        call = world.dial_in(
            f'<StartGather dtmfUrl="/dtmf" {CREDENTIALS} tag="k"/>'
            + gather.format(f'{ends} repeatCount="2"', prompt)
        )
        if pressed:
            world.engine.press(call, pressed)
        world.engine.advance(number + 2)
        world.engine.press(call, "9")
        world.engine.hang_up(call)


def recordings(world: "World") -> None:
    """Record and StartRecording, with all that follows them."""
    urls = (
        'recordingAvailableUrl="/recorded" transcribe="true" '
        f'transcriptionAvailableUrl="/transcribed" {CREDENTIALS} tag="r"'
    )
    world.serve("/done", WAIT)
    call = world.dial_in(
        f'<StartRecording {urls} multiChannel="true" fileFormat="mp3"/><Pause duration="2"/>'
        '<PauseRecording/><Pause duration="3"/><ResumeRecording/><Pause duration="1"/>'
        f'<StopRecording/><Record recordCompleteUrl="/done" {urls} maxDuration="30" '
        'silenceTimeout="4"/>'
    )
    world.engine.advance(7)
    world.engine.say(call, "Hello there", seconds=2)
    world.engine.advance(20)
    world.engine.hang_up(call)
    second = world.dial_in('<Record recordCompleteUrl="/done" terminatingDigits="*"/>')
    world.engine.press(second, "1*")
    third = world.dial_in(f"<StartRecording {urls}/>{WAIT}")
    world.engine.hang_up(third)


def transfers(world: "World") -> None:
    """Two legs, one answers, whispers and is joined; then none answers."""
    leg = 'transferAnswerUrl="/whisper" transferDisconnectUrl="/gone" username="u" password="p"'
    transfer = (
        '<Transfer transferCallerId="+19195550100" callTimeout="20" tag="t" {}>'
        f'<PhoneNumber {leg} tag="a">+19195550001</PhoneNumber>'
        "<SipUri transferDisconnectUrl='/gone'>sip:b@example.com</SipUri></Transfer>"
    )
    done = 'transferCompleteUrl="/next" transferCompleteFallbackUrl="/spare"'
    world.dial_in(transfer.format(done))
    world.engine.answer(world.legs[0])
    world.engine.advance(5)
    world.engine.hang_up(world.legs[0])
    world.engine.advance(2)
    world.dial_in(transfer.format("") + WAIT)
    world.engine.busy(world.legs[2])
    world.engine.decline(world.legs[3])
    world.engine.advance(2)
    third = world.dial_in(transfer.format(done))
    world.engine.answer(world.legs[4])
    world.engine.hang_up(third)
    world.dial_in(transfer.format(done))
    world.engine.advance(25)


def forwards(world: "World") -> None:
    """Hand calls over: the application keeps only disconnect."""
    world.dial_in('<Forward to="+19195550001" from="+19195550100" callTimeout="15"/>')
    world.engine.answer(world.legs[0])
    world.engine.advance(5)
    world.engine.hang_up(world.legs[0])
    world.dial_in('<Forward to="sip:desk@example.com"/>')
    world.engine.busy(world.legs[1])


def bridges(world: "World") -> None:
    """Either side leaves first."""
    for first in ("target", "runner"):
        target = world.dial_in(WAIT)
        runner = world.dial_in(
            '<Bridge bridgeCompleteUrl="/next" bridgeTargetCompleteUrl="/wait" '
            f'bridgeTargetCompleteMethod="GET" {CREDENTIALS} tag="b">{target}</Bridge>'
        )
        world.engine.advance(3)
        world.engine.hang_up(target if first == "target" else runner)


def conferences(world: "World") -> None:
    """Members come, speak and go; the room plays, is recorded and ends."""
    room = (
        '<Conference conferenceEventUrl="/room" conferenceEventFallbackUrl="/spare" '
        f'callbackTimeout="9" {CREDENTIALS} {FALLBACK} tag="c" {{}}>room</Conference>'
    )
    world.serve(
        "/room",
        '<StartRecording recordingAvailableUrl="/recorded"/><SpeakSentence>Welcome'
        "</SpeakSentence><PauseRecording/><ResumeRecording/>",
    )
    first = world.dial_in(room.format(""))
    world.dial_in(room.format('mute="true"'))
    third = world.dial_in(room.format('hold="true"'))
    world.dial_in(room.format(f'callIdsToCoach="{first},{third}"') + "<Hangup/>")
    world.engine.advance(5)
    world.engine.hang_up(third)
    world.engine.end_conference("room")


def streams(world: "World") -> None:
    """Streams and transcriptions start, are refused and stop."""
    world.dial_in(
        '<StartStream name="s" destination="wss://app.test/s" streamEventUrl="/stream" '
        f'tracks="both" mode="unidirectional" {CREDENTIALS}/>'
        '<StartStream name="s" destination="wss://app.test/s" streamEventUrl="/stream"/>'
        '<StartStream name="x" destination="wss://app.test/s" streamEventUrl="/stream" '
        'tracks="outbound"/><StartStream name="y" destination="wss://app.test/s" '
        'streamEventUrl="/stream" tracks="both"/>'
        '<StartTranscription name="t" transcriptionEventUrl="/words" '
        'destination="wss://app.test/t" stabilized="false"/>'
        '<StartTranscription name="t" transcriptionEventUrl="/words" '
        'destination="wss://app.test/t"/><StartTranscription transcriptionEventUrl="/words"/>'
        '<Pause duration="3"/><StopStream name="s"/><StopTranscription name="t"/>'
        '<StopStream name="x" wait="true"/>'
    )
    call = next(iter(world.platform.calls)).call_id
    world.engine.advance(5)
    world.engine.close_stream(call, "x")


def machine_detection(world: "World") -> None:
    """Let a machine, a person, silence and a wish decide."""
    detection = {"mode": "async", "callbackUrl": "https://app.test/machine", "username": "u"}
    detection["password"] = "p"
    call = world.dial_out(WAIT, picked_up=False, machineDetection=detection)
    world.engine.voicemail(call, "Leave a message")
    person = world.dial_out(WAIT, machineDetection={"mode": "sync"})
    world.engine.say(person, "Hello?", seconds=1)
    world.dial_out(WAIT, machineDetection={**detection, "silenceTimeout": 4})
    world.engine.advance(12)
    wished = world.dial_out(WAIT, machineDetection=detection)
    world.engine.detect(wished, "tone-detected")


def redirects_and_updates(world: "World") -> None:
    """Webhooks that fail, fall back and ask for credentials; changes over REST."""
    ask = WebhookReply(status=401, headers=(("WWW-Authenticate", 'Basic realm="r"'),))

    def guarded(request: HttpRequest) -> WebhookReply:
        if "Authorization" not in dict(request.headers):
            return ask
        return WebhookReply(status=500, seconds=0.5)

    world.routes["/guarded"] = guarded
    call = world.dial_in(
        f'<Redirect redirectUrl="/guarded" redirectFallbackUrl="/wait" '
        f'redirectFallbackMethod="GET" {CREDENTIALS} {FALLBACK} tag="r"/>'
    )
    world.engine.advance(1)
    world.push(call, f"<SpeakSentence>Pushed</SpeakSentence>{WAIT}")
    world.update(
        call,
        redirectUrl="https://app.test/next",
        redirectMethod="GET",
        redirectFallbackUrl="https://app.test/spare",
        username="u",
        password="p",
        tag="new",
    )
    world.update(world.dial_in(WAIT), state="completed")


def endpoints(world: "World") -> None:
    """Refer and Connect."""
    refer = '<Refer referCompleteUrl="/next" tag="r"><SipUri>sip:x@example.com</SipUri></Refer>'
    for succeeded in (True, False):
        call = world.dial_in(refer, from_="sip:me@example.com")
        world.engine.refer_result(call, succeeded=succeeded)
    world.dial_in(refer, from_="sip:me@example.com")
    world.engine.advance(31)
    call = world.dial_in(
        "<Connect><Endpoint>e-1</Endpoint></Connect><SpeakSentence>x</SpeakSentence>"
    )
    world.engine.endpoint_leaves(call)


def failing_webhooks(world: "World") -> None:
    """Lost connections are repeated once, late replies count as none."""
    world.reply("/lost", WebhookReply(failure="reset"))
    world.dial_in('<Redirect redirectUrl="/lost"/>')
    world.reply("/late", WebhookReply(seconds=16))
    world.dial_in('<Redirect redirectUrl="/late" redirectFallbackUrl="/next"/>')
    world.reply("/moved", WebhookReply(status=302, headers=(("Location", "/next"),)))
    world.dial_in('<Redirect redirectUrl="/moved"/>')
    world.dial_in("<Hangup/>")


def other_assumptions(world: "World") -> None:
    """Do the same with options of the simulator set the other way."""
    world.reply("/moved", WebhookReply(status=302, headers=(("Location", "/next"),)))
    world.dial_in(f'<Redirect redirectUrl="/moved" {CREDENTIALS}/>')
    world.reply("/lost", WebhookReply(failure="reset"))
    world.dial_in('<Redirect redirectUrl="/lost"/>')
    world.reply("/bad.ogg", WebhookReply(body=b"OggS"))
    world.dial_in("<PlayAudio>/bad.ogg</PlayAudio><Hangup/>")
    world.dial_in("<Hangup/>")
    call = world.dial_in('<StartGather dtmfUrl="/a"/><StartGather dtmfUrl="/b"/>' + WAIT)
    world.engine.press(call, "1")
    world.push(call, '<Gather gatherUrl="/next" maxDigits="1"/>')
    world.dial_in("<Transfer tag='t'><PhoneNumber>+19195550001</PhoneNumber></Transfer>")


for each in (
    inbound_call,
    outbound_call,
    calls_that_are_not_answered,
    keys,
    recordings,
    transfers,
    forwards,
    bridges,
    conferences,
    streams,
    machine_detection,
    redirects_and_updates,
    endpoints,
    failing_webhooks,
):
    scenario(each)
scenario(
    other_assumptions,
    Assumptions(
        follow_redirects=True,
        basic="preemptive",
        repeat_lost_connections=False,
        unplayable_audio="skip",
        reject_cause="rejected",
        answering_verbs=frozenset({"Transfer"}),
        early_keys="kept",
        restart_gather="ignore",
        relative_urls_in_updates="last-document",
        legs_inherit_tag=False,
        ring_delay=2,
    ),
)


def main() -> None:
    """Write the file."""
    from tests.callcontrol.simulator.core.conftest import World

    blocks = ("\n".join([name, *transcript(run(World))]) for name, run in SCENARIOS.items())
    FILE.write_text("\n\n".join(blocks) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
