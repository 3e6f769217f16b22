"""Playing, collecting and recording: the rules V, G and R."""

import wave
from io import BytesIO
from typing import TYPE_CHECKING

import pytest

from callcontrol.simulator.core.observations import Played, Pressed, Recorded, Spoke, Toned
from callcontrol.simulator.core.webhooks import WebhookReply
from callcontrol.simulator.settings import Assumptions

if TYPE_CHECKING:
    from tests.callcontrol.simulator.core.conftest import World

SAY = "<SpeakSentence>{}</SpeakSentence>"
HELLO = SAY.format("Hello")
DONE = SAY.format("Done")
TWO_DIGITS = 'maxDigits="2"'
GATHER = '<Gather gatherUrl="/keys" {}>{}</Gather>'


def wav(seconds: float) -> bytes:
    """Return a wav file of that length."""
    made = BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0\0" * int(8000 * seconds))
    return made.getvalue()


def lasts(world: "World", bxml: str) -> float:
    """Return how long a document runs until the call hangs up."""
    began = world.seconds
    call = world.dial_in(bxml)
    world.engine.run_until(lambda: world.call(call).end_time is not None, 100_000)
    return round(world.seconds - began, 6)


def test_v1_speech_has_length_and_voice(world: "World") -> None:
    """60 ms a character, half a second at least, breaks on top; voice beats gender and locale."""
    assert lasts(world, SAY.format("x" * 100)) == 6
    assert lasts(world, SAY.format("Hi")) == 0.5
    assert lasts(world, SAY.format('Hi<break time="1500ms"/>')) == 2
    world.dial_in(
        '<SpeakSentence locale="de" gender="male">Hallo <emphasis>du</emphasis></SpeakSentence>'
        '<SpeakSentence voice="bridget" gender="male">Hello</SpeakSentence>' + HELLO
    )
    world.engine.advance(9)
    spoken = [observation for observation in world.seen if isinstance(observation, Spoke)][-3:]
    assert [(each.voice, each.locale, each.gender) for each in spoken[:2]] == [
        ("stefan", "de", "male"),
        ("bridget", "en_UK", "female"),
    ]
    assert (spoken[2].locale, spoken[2].gender) == ("en_US", "female")
    assert spoken[0].ssml == "Hallo <emphasis>du</emphasis>"


def test_v1_options_of_speech(make_world: "type[World]") -> None:
    """The speed of speech can be chosen."""
    world = make_world(Assumptions(seconds_per_character=0.1, shortest_speech=2))
    assert lasts(world, SAY.format("x" * 100)) == 10
    assert lasts(world, SAY.format("Hi")) == 2


def test_v2_audio_files_have_their_length(world: "World") -> None:
    """Wav files are measured; credentials answer a challenge."""
    world.reply("/hold.wav", WebhookReply(body=wav(12.5), headers=(("Content-Type", "audio/wav"),)))
    world.reply("/short", WebhookReply(body=wav(2)))
    assert lasts(world, "<PlayAudio>/hold.wav</PlayAudio>") == 12.5
    assert lasts(world, "<PlayAudio>short</PlayAudio>") == 2
    assert [observation.url for observation in world.seen if isinstance(observation, Played)] == [
        "https://app.test/hold.wav",
        "https://app.test/short",
    ]


@pytest.mark.parametrize(
    ("reply", "name"),
    [
        (WebhookReply(body=b"ID3", headers=(("Content-Type", "audio/mpeg"),)), "a.mp3"),
        (WebhookReply(failure="foreign"), "a.wav"),
        (WebhookReply(body=b"RIFF"), "a.wav"),
    ],
)
def test_v2_other_files_last_a_fixed_time(
    make_world: "type[World]", reply: WebhookReply, name: str
) -> None:
    """Mp3, addresses out of reach and broken files: audio_seconds."""
    world = make_world(Assumptions(audio_seconds=8))
    world.reply(f"/{name}", reply)
    assert lasts(world, f"<PlayAudio>/{name}</PlayAudio>") == 8


@pytest.mark.parametrize(
    ("reply", "name"),
    [
        (WebhookReply(body=b"OggS", headers=(("Content-Type", "audio/ogg"),)), "a.ogg"),
        (WebhookReply(failure="foreign"), "a.ogg"),
        (WebhookReply(status=404), "a.wav"),
        (WebhookReply(body=b"<html>", headers=(("Content-Type", "text/html"),)), "a.wav"),
    ],
)
def test_v3_unplayable_audio_ends_the_call(
    make_world: "type[World]", reply: WebhookReply, name: str
) -> None:
    """With application-error; the option skips it instead."""
    play = f"<PlayAudio>/{name}</PlayAudio>{HELLO}"
    world = make_world()
    world.reply(f"/{name}", reply)
    call = world.dial_in(play)
    assert world.cause(call) == "application-error"
    assert f"PlayAudio of https://app.test/{name}" in str(world.call(call).error_message)
    lenient = make_world(Assumptions(unplayable_audio="skip"))
    lenient.reply(f"/{name}", reply)
    assert lenient.heard(lenient.dial_in(play)) == ["Hello"]


def test_v4_pause(world: "World") -> None:
    """One second, or what it says."""
    assert lasts(world, "<Pause/>") == 1
    assert lasts(world, '<Pause duration="3600"/>') == 3600


def test_v5_ring(world: "World") -> None:
    """Five seconds, or what it says."""
    assert lasts(world, "<Ring/>") == 5
    assert lasts(world, '<Ring duration="0.5" answerCall="false"/>') == 0.5


@pytest.mark.parametrize(
    ("attributes", "digits", "seconds"),
    [
        ("", "12", 1.2),
        ("", "1,2", 0.2 + 0.5 + 0.6),
        ("", "1W2", 0.2 + 1 + 0.6),
        ("", "w1", 0.5 + 0.6),
        ('toneDuration="100" toneInterval="50"', "123", 0.45),
    ],
)
def test_v6_tones(world: "World", attributes: str, digits: str, seconds: float) -> None:
    """Tone and interval for each key; a pause replaces the interval."""
    assert lasts(world, f"<SendDtmf {attributes}>{digits}</SendDtmf>") == round(seconds, 6)
    assert [observation.digits for observation in world.seen if isinstance(observation, Toned)] == [
        digits
    ]


@pytest.mark.parametrize("verb", [HELLO, "<Pause/>", "<Ring/>", "<SendDtmf>123</SendDtmf>"])
def test_v7_hanging_up_stops_the_verb(world: "World", verb: str) -> None:
    """Nothing but disconnect follows."""
    call = world.dial_in(verb + HELLO + HELLO)
    world.engine.advance(0.2)
    heard = world.heard(call)
    world.engine.hang_up(call)
    world.engine.advance(60)
    assert world.heard(call) == heard
    assert world.kinds == ["initiate", "disconnect"]


def test_v8_hangup_ends_or_rejects(make_world: "type[World]") -> None:
    """Cause hangup; for an unanswered call the option may say rejected."""
    world = make_world()
    assert world.cause(world.dial_out(f"<Hangup/>{HELLO}")) == "hangup"
    rejected = world.dial_in("<Hangup/>")
    assert world.cause(rejected) == "hangup"
    assert world.call(rejected).answer_time is None
    other = make_world(Assumptions(reject_cause="rejected"))
    assert other.cause(other.dial_in("<Hangup/>")) == "rejected"
    assert other.cause(other.dial_in("")) == "rejected"
    assert other.cause(other.dial_out("<Hangup/>")) == "hangup"


def test_v9_redirect_runs_the_reply(world: "World") -> None:
    """The event has answerTime only if the call is answered."""
    world.serve("/next", HELLO)
    call = world.dial_out('<Redirect redirectUrl="/next" redirectMethod="GET"/>')
    assert world.heard(call) == ["Hello"]
    assert "answerTime" in world.fields("redirect")
    assert "eventType=redirect" in world.requests[-1].url
    world.dial_in('<Redirect redirectUrl="/next"/>')
    assert "answerTime" not in world.fields("redirect")


def test_v10_tag_sets_and_clears(world: "World") -> None:
    """Without event and without time."""
    call = world.dial_out("<Tag> vip </Tag><Pause/><Tag/><Pause/><Tag>x</Tag><Pause/>", tag="first")
    assert world.call(call).tag == "vip"
    world.engine.advance(1)
    assert world.call(call).tag is None
    assert world.seconds == 1
    assert world.kinds == ["answer"]


def test_g1_prompts_play_while_keys_are_heard(world: "World") -> None:
    """In order, and the first moment counts."""
    world.serve("/keys", "")
    gather = GATHER.format('maxDigits="1"', HELLO + DONE)
    call = world.dial_in(gather)
    world.engine.advance(0.6)
    assert world.heard(call) == ["Hello", "Done"]
    early = world.dial_in(gather)
    world.engine.press(early, "1")
    assert world.heard(early) == ["Hello"]
    assert world.fields("gather")["digits"] == "1"


def test_g2_the_first_key_stops_the_prompts(world: "World") -> None:
    """For good: no further prompt, no repeat."""
    call = world.dial_in(GATHER.format('repeatCount="3"', HELLO + DONE))
    world.engine.press(call, "1")
    world.engine.advance(4.9)
    assert world.heard(call) == ["Hello"]
    assert world.kinds == ["initiate"]


@pytest.mark.parametrize(
    ("attributes", "keys", "found", "seconds"),
    [
        ('terminatingDigits="#*"', "12*", ("12", "*"), 0),
        ('maxDigits="3"', "123", ("123", ""), 0),
        ('interDigitTimeout="2"', "12", ("12", ""), 2),
        ('firstDigitTimeout="3"', "", ("", ""), 3.5),
    ],
)
def test_g3_four_ways_to_end(
    world: "World", attributes: str, keys: str, found: tuple[str, str], seconds: float
) -> None:
    """A terminating key, the last digit, a pause between keys, silence after the prompt."""
    call = world.dial_in(GATHER.format(attributes, HELLO))
    if keys:
        world.engine.press(call, keys)
    world.engine.run_until(lambda: "gather" in world.kinds, 60)
    event = world.fields("gather")
    assert (event["digits"], event["terminatingDigit"]) == found
    assert world.seconds == seconds


def test_g4_defaults(world: "World") -> None:
    """No terminating keys, 50 digits, 5 seconds, one play."""
    call = world.dial_in(GATHER.format("", HELLO))
    world.engine.press(call, "#*" + "1" * 47)
    world.engine.advance(4.9)
    assert "gather" not in world.kinds
    world.engine.press(call, "2")
    assert world.fields("gather")["digits"] == "#*" + "1" * 47 + "2"
    call = world.dial_in(GATHER.format("", HELLO))
    began = world.seconds
    world.engine.run_until(lambda: world.kinds.count("gather") == 2, 60)
    assert world.seconds - began == 5.5
    assert world.heard(call) == ["Hello"]


def test_g5_prompts_repeat(world: "World") -> None:
    """Each play is followed by the wait for the first key."""
    call = world.dial_in(GATHER.format('repeatCount="3" firstDigitTimeout="2"', HELLO))
    world.engine.run_until(lambda: "gather" in world.kinds, 60)
    assert world.heard(call) == ["Hello"] * 3
    assert world.seconds == 7.5
    many = GATHER.format('repeatCount="21"', HELLO)
    assert world.cause(world.dial_in(many)) == "invalid-bxml"


def test_g6_without_prompts_the_wait_starts_at_once(world: "World") -> None:
    """Nothing to say, nothing to wait for."""
    world.dial_in(GATHER.format('firstDigitTimeout="4"', ""))
    world.engine.run_until(lambda: "gather" in world.kinds, 60)
    assert world.seconds == 4


def test_g7_digits_exclude_the_terminating_key(world: "World") -> None:
    """Pressed first it leaves no digits."""
    call = world.dial_in(GATHER.format('terminatingDigits="#"', ""))
    world.engine.press(call, "#")
    event = world.fields("gather")
    assert (event["digits"], event["terminatingDigit"]) == ("", "#")


def test_g8_terminating_wins_over_the_last_digit(world: "World") -> None:
    """The key is not a digit then."""
    call = world.dial_in(GATHER.format('terminatingDigits="#" maxDigits="2"', ""))
    world.engine.press(call, "1#")
    event = world.fields("gather")
    assert (event["digits"], event["terminatingDigit"]) == ("1", "#")


def test_g9_without_url_the_next_verb_runs(world: "World") -> None:
    """With one the event goes out even if nothing was pressed."""
    call = world.dial_in(f'<Gather maxDigits="1"/>{DONE}')
    world.engine.press(call, "1")
    assert world.heard(call) == ["Done"]
    assert "gather" not in world.kinds
    world.serve("/keys", HELLO)
    other = world.dial_in(GATHER.format('firstDigitTimeout="0"', "") + DONE)
    world.engine.advance(0)
    assert world.heard(other) == ["Hello"]
    assert world.fields("gather")["digits"] == ""


def test_g10_early_keys_are_lost(world: "World") -> None:
    """A key before the Gather is not kept for it."""
    call = world.dial_in(f"{HELLO}{GATHER.format('', '')}")
    world.engine.press(call, "9")
    assert [
        observation.taken for observation in world.seen if isinstance(observation, Pressed)
    ] == [False]
    world.engine.advance(1)
    world.engine.press(call, "1")
    world.engine.advance(5)
    assert world.fields("gather")["digits"] == "1"


def test_g10_option_early_keys(make_world: "type[World]") -> None:
    """They can be kept for the next Gather, which does not prompt then."""
    world = make_world(Assumptions(early_keys="kept"))
    call = world.dial_in(f"{DONE}{GATHER.format(TWO_DIGITS, HELLO)}")
    world.engine.press(call, "123")
    world.engine.advance(1)
    assert world.fields("gather")["digits"] == "12"
    assert world.heard(call) == ["Done"]


def test_g11_hang_up_sends_no_gather(world: "World") -> None:
    """Nor does an interruption."""
    call = world.dial_in(GATHER.format("", HELLO))
    world.engine.press(call, "1")
    world.engine.hang_up(call)
    call = world.dial_in()
    world.push(call, HELLO)
    world.engine.advance(60)
    assert "gather" not in world.kinds


def test_g12_gather_mutes_start_gather(world: "World") -> None:
    """Its keys are reported by gather only."""
    world.serve("/keys", '<Pause duration="9"/>')
    call = world.dial_in('<StartGather dtmfUrl="/dtmf"/>' + GATHER.format('maxDigits="2"', ""))
    world.engine.press(call, "12")
    assert world.kinds == ["initiate", "gather"]
    world.engine.press(call, "3")
    assert world.fields("dtmf")["digit"] == "3"


def test_g13_start_gather_reports_each_key(world: "World") -> None:
    """Across verbs and documents, until StopGather."""
    world.serve("/next", '<Pause/><StopGather/><Pause duration="9"/>')
    call = world.dial_in(
        f'<StartGather dtmfUrl="/dtmf" dtmfMethod="GET" tag="keys"/>{HELLO}'
        '<Redirect redirectUrl="/next"/>'
    )
    world.engine.press(call, "1")
    world.engine.advance(0.6)
    world.engine.press(call, "2a")
    world.engine.advance(1)
    world.engine.press(call, "3")
    assert [world.fields("dtmf", index)["digit"] for index in range(3)] == ["1", "2", "A"]
    assert world.kinds.count("dtmf") == 3
    assert world.fields("dtmf")["tag"] == "keys"


@pytest.mark.parametrize(("option", "path"), [("replace", "/b"), ("ignore", "/a")])
def test_g14_a_second_start_gather(make_world: "type[World]", option: str, path: str) -> None:
    """It replaces the first, or the option says otherwise."""
    world = make_world(Assumptions(restart_gather=option))  # type: ignore[arg-type]
    call = world.dial_in('<StartGather dtmfUrl="/a"/><StartGather dtmfUrl="/b"/><Pause/>')
    world.engine.press(call, "1")
    assert world.requests[-1].url.endswith(path)


def test_g15_stop_gather_alone(world: "World") -> None:
    """Nothing happens."""
    assert world.heard(world.dial_in(f"<StopGather/>{HELLO}")) == ["Hello"]


def test_g16_keys_during_record_are_reported(world: "World") -> None:
    """And may end the recording."""
    call = world.dial_in(f'<StartGather dtmfUrl="/dtmf"/><Record/>{DONE}')
    world.engine.press(call, "1#")
    assert world.kinds.count("dtmf") == 2
    assert world.heard(call) == ["Done"]


@pytest.mark.parametrize(
    ("attributes", "keys", "speech", "seconds"),
    [
        ("", "1#", 0, 0),
        ('terminatingDigits=""', "#", 0, 60),
        ('maxDuration="20"', "", 0, 20),
        ('silenceTimeout="3"', "", 0, 3),
        ('silenceTimeout="3"', "", 10, 13),
    ],
)
def test_r1_ways_to_end_a_record(
    world: "World", attributes: str, keys: str, speech: float, seconds: float
) -> None:
    """A terminating key, the longest duration, silence."""
    call = world.dial_in(f"<Record {attributes}/>{DONE}")
    if keys:
        world.engine.press(call, keys)
    if speech:
        world.engine.say(call, "My name is Bob", seconds=speech)
    world.engine.run_until(lambda: world.heard(call) == ["Done"], 100)
    assert world.seconds == seconds
    made = next(iter(world.engine.recordings.values()))
    assert made.duration.total_seconds() == seconds


def test_r2_there_is_no_beep(world: "World") -> None:
    """Record makes no sound."""
    call = world.dial_in("<Record/>")
    world.engine.advance(5)
    assert world.heard(call) == []
    assert not [
        observation for observation in world.seen if isinstance(observation, Played | Toned)
    ]


def test_r3_record_complete_replaces_the_document(world: "World") -> None:
    """The event describes the recording."""
    world.serve("/done", HELLO)
    call = world.dial_in(f'<Record recordCompleteUrl="/done" fileFormat="mp3"/>{DONE}')
    world.engine.advance(4)
    world.engine.press(call, "#")
    assert world.heard(call) == ["Hello"]
    event = world.fields("recordComplete")
    assert (event["duration"], event["fileFormat"], event["channels"]) == ("PT4S", "mp3", 1)
    assert str(event["mediaUrl"]).endswith(f"/calls/{call}/recordings/{event['recordingId']}/media")


def test_r4_hang_up_keeps_the_recording(world: "World") -> None:
    """Without recordComplete, but with recordingAvailable."""
    call = world.dial_in('<Record recordCompleteUrl="/done" recordingAvailableUrl="/file"/>')
    world.engine.advance(4)
    world.engine.hang_up(call)
    world.engine.advance(60)
    assert world.kinds == ["initiate", "disconnect", "recordingAvailable"]
    event = world.fields("recordingAvailable")
    assert (event["duration"], event["status"]) == ("PT4S", "complete")


def test_r5_recording_available_comes_later(make_world: "type[World]") -> None:
    """After two seconds, or what the option says."""
    for world, delay in ((make_world(), 2.0), (make_world(Assumptions(recording_delay=9)), 9.0)):
        call = world.dial_in('<Record recordingAvailableUrl="/file"/><Pause duration="60"/>')
        world.engine.press(call, "#")
        world.engine.run_until(lambda w=world: "recordingAvailable" in w.kinds, 60)  # type: ignore[misc]
        assert world.seconds == delay


@pytest.mark.parametrize(
    ("seconds", "status"), [(0.5, "file-size-too-small"), (0.6, "available"), (2, "available")]
)
def test_r6_transcriptions_follow(world: "World", seconds: float, status: str) -> None:
    """For recordings of more than half a second and less than four hours."""
    call = world.dial_in('<Record transcribe="true" transcriptionAvailableUrl="/text"/>')
    world.engine.advance(seconds)
    world.engine.press(call, "#")
    world.engine.run_until(lambda: "transcriptionAvailable" in world.kinds, 60)
    assert world.seconds == seconds + 2 + 5
    found = world.fields("transcriptionAvailable")["transcription"]
    assert isinstance(found, dict)
    assert found["status"] == status


def test_r6_four_hours_are_too_long(world: "World") -> None:
    """A StartRecording can be that long."""
    call = world.dial_in(
        '<StartRecording transcribe="true" transcriptionAvailableUrl="/text"/>'
        '<Pause duration="14400"/>'
    )
    world.engine.advance(20_000)
    found = world.fields("transcriptionAvailable")["transcription"]
    assert isinstance(found, dict)
    assert found["status"] == "file-size-too-big"
    assert world.cause(call) == "hangup"


def test_r7_formats(world: "World") -> None:
    """Wav unless mp3 is asked for."""
    call = world.dial_in('<Record/><Record fileFormat="mp3"/>')
    world.engine.press(call, "##")
    made = list(world.engine.recordings.values())
    assert [(each.file_format, each.channels) for each in made] == [("wav", 1), ("mp3", 1)]


def test_r8_interruption_ends_the_recording(world: "World") -> None:
    """Without recordComplete."""
    call = world.dial_in('<Record recordCompleteUrl="/done" recordingAvailableUrl="/file"/>')
    world.push(call, '<Pause duration="60"/>')
    world.engine.advance(10)
    assert world.kinds == ["initiate", "recordingAvailable"]


def test_r9_start_recording_survives(world: "World") -> None:
    """New documents and updates do not stop it."""
    call = world.dial_in('<StartRecording recordingAvailableUrl="/file"/><Pause duration="60"/>')
    world.engine.advance(10)
    world.push(call, '<Pause duration="60"/><StopRecording/><Pause duration="60"/>')
    world.engine.advance(70)
    assert world.fields("recordingAvailable")["duration"] == "PT1M10S"


def test_r10_one_recording_at_a_time(world: "World") -> None:
    """A second one is ignored, with its URLs and tag."""
    world.dial_in(
        '<StartRecording recordingAvailableUrl="/one" tag="one"/>'
        '<StartRecording recordingAvailableUrl="/two" tag="two"/><Pause/>'
    )
    world.engine.advance(10)
    assert world.kinds.count("recordingAvailable") == 1
    assert world.fields("recordingAvailable")["tag"] == "one"
    assert world.requests[-1].url.endswith("/one")


def test_r11_pauses_do_not_count(world: "World") -> None:
    """And without a recording the verbs do nothing."""
    call = world.dial_in(
        "<PauseRecording/><ResumeRecording/><StopRecording/><StartRecording/><Pause/>"
        "<ResumeRecording/>"
        '<PauseRecording/><Pause duration="10"/><ResumeRecording/><Pause duration="2"/>'
        "<PauseRecording/><Pause/><StopRecording/><Pause/>"
    )
    world.engine.advance(60)
    made = next(iter(world.engine.recordings.values()))
    assert made.duration.total_seconds() == 3
    assert (made.ended - made.started).total_seconds() == 14
    changes = [
        observation.change for observation in world.seen if isinstance(observation, Recorded)
    ]
    assert changes == ["started", "paused", "resumed", "paused", "stopped"]
    assert world.cause(call) == "hangup"


def test_r12_recording_available_comes_after_the_end(world: "World") -> None:
    """Nothing is sent when it stops."""
    world.dial_in(
        '<StartRecording recordingAvailableUrl="/file"/><StopRecording/><Pause duration="60"/>'
    )
    assert world.kinds == ["initiate"]
    world.engine.advance(2)
    assert world.kinds == ["initiate", "recordingAvailable"]


def test_r13_multi_channel(world: "World") -> None:
    """Two channels instead of one."""
    world.dial_in('<StartRecording multiChannel="true" recordingAvailableUrl="/file"/>')
    world.engine.advance(5)
    assert world.fields("recordingAvailable")["channels"] == 2


def test_r14_record_during_start_recording(world: "World") -> None:
    """Two recordings come out."""
    call = world.dial_in("<StartRecording/><Pause/><Record/>")
    world.engine.advance(3)
    world.engine.press(call, "#")
    lengths = [recording.duration.total_seconds() for recording in world.engine.recordings.values()]
    assert sorted(lengths) == [2, 3]


def test_r15_rest_pauses_like_the_verbs(world: "World") -> None:
    """And resumes."""
    call = world.dial_in("<StartRecording/><Pause duration='10'/>")
    world.engine.set_recording(call, paused=True)
    world.engine.advance(4)
    world.engine.set_recording(call, paused=False)
    world.engine.advance(60)
    assert next(iter(world.engine.recordings.values())).duration.total_seconds() == 6
