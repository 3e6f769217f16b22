"""Which files PlayAudio plays: the Content-Type decides, else the name."""

import wave
from io import BytesIO
from typing import TYPE_CHECKING

import pytest

from callcontrol.simulator.core.audio_length import audio_seconds
from callcontrol.simulator.core.observations import Played
from callcontrol.simulator.core.wav import wav
from callcontrol.simulator.core.webhooks import WebhookReply

if TYPE_CHECKING:
    from tests.callcontrol.simulator.core.conftest import World

PLAYED = [
    "audio/wav",
    "audio/x-wav",
    "audio/wave",
    "audio/vnd.wave",
    "audio/mpeg",
    "audio/mp3",
    "audio/x-mpeg",
    "audio/x-mp3",
    "application/octet-stream",
]
REFUSED = ["audio/ogg", "video/mp4", "image/png", "text/html"]
FRAME = b"\xff\xfb\x94\x00" + bytes(380)
"""MPEG 1 layer 3, 128 kbit/s, 48,000 Hz: 384 bytes, 24 ms."""
MP3 = FRAME * 30
INFO = b"\xff\xfb\x94\x00" + bytes(32) + b"Info" + bytes(344)
MPEG2 = b"\xff\xf3\x84\x00" + bytes(188)
"""MPEG 2 layer 3, 64 kbit/s, 24,000 Hz: 192 bytes, 24 ms."""
ID3 = b"ID3\x04\x00\x00\x00\x00\x01\x00" + bytes(128)


def _play(world: "World", name: str, kind: str, body: bytes = b"x") -> str | None:
    headers = (("Content-Type", kind),) if kind else ()
    world.reply(f"/{name}", WebhookReply(body=body, headers=headers))
    call = world.dial_in(f"<PlayAudio>{name}</PlayAudio>")
    return world.call(call).error_message


@pytest.mark.parametrize("kind", PLAYED)
def test_content_types_that_play(world: "World", kind: str) -> None:
    """Whatever the name of the file is, for those that say wav or mp3."""
    name = "a" if kind == "application/octet-stream" else "a.ogg"
    assert _play(world, name, kind) is None


@pytest.mark.parametrize("kind", REFUSED)
def test_content_types_that_do_not_play(world: "World", kind: str) -> None:
    """Whatever the name of the file is."""
    expected = f"PlayAudio of https://app.test/a.wav: expected wav or mp3, got {kind}"
    assert _play(world, "a.wav", kind) == expected


@pytest.mark.parametrize("name", ["a", "a.wav", "a.mp3", "A.WAV"])
@pytest.mark.parametrize("kind", ["", "application/octet-stream"])
def test_names_that_play(world: "World", name: str, kind: str) -> None:
    """Without a Content-Type that says more."""
    assert _play(world, name, kind) is None


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        (wav(2.5), 2.5),
        (wav(1, channels=2), 1),
        (MP3, 0.72),
        (ID3 + MP3 + b"TAG" + bytes(125), 0.72),
        (INFO + MP3, 0.72),
        (MPEG2 * 100, 2.4),
        (MP3[:1000], 0.072),
        (b"\xff\xfb\xf0\x00" * 4, 5),
        (b"\xff\xfb\x9c\x00" * 4, 5),
        (b"\xff\xeb\x90\x00" * 4, 5),
        (b"RIFF", 5),
        (wav(1)[:20], 5),
        (b"ID3", 5),
        (b"", 5),
    ],
)
def test_v2_how_long_files_last(world: "World", body: bytes, seconds: float) -> None:
    """Wav and mp3 as long as their sound, others as long as Assumptions.audio_seconds says."""
    assert _play(world, "a.wav", "", body) is None
    [played] = [observation for observation in world.seen if isinstance(observation, Played)]
    assert played.seconds == pytest.approx(seconds)


def test_the_sound_of_recordings() -> None:
    """A quiet tone of 400 Hz, the same on each channel, that begins at silence."""
    with wave.open(BytesIO(wav(0.01, channels=2))) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (8000, 1, 2)
        samples = file.readframes(file.getnframes())
    left, right = samples[::2], samples[1::2]
    assert left == right
    assert len(left) == 80
    assert left[:20] == left[20:40] == left[60:]
    assert (left[0], left[5], left[10], left[15]) == (128, 148, 128, 108)
    assert (min(left), max(left)) == (108, 148)


def test_a_tag_of_two_megabytes() -> None:
    """The size of a tag has four digits of seven bits: a picture of the cover fits."""
    tag = b"ID3\x04\x00\x00\x01\x00\x00\x00" + bytes(1 << 21)
    assert audio_seconds(tag + MP3) == pytest.approx(0.72)


KILOBITS = {
    3: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    0: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Bit rates of layer 3 as the standard numbers them, by MPEG version."""


@pytest.mark.parametrize("version", list(KILOBITS))
def test_every_bit_rate(version: int) -> None:
    """Two frames are as long as the standard says, so that the second one is found."""
    samples, rate = (1152, 44_100) if version == 3 else (576, 22_050 if version == 2 else 11_025)
    for number, kilobits in enumerate(KILOBITS[version], 1):
        head = 0xFFE00000 | version << 19 | 1 << 17 | 1 << 16 | number << 12
        frame = head.to_bytes(4) + bytes(samples // 8 * 1000 * kilobits // rate - 4)
        assert audio_seconds(frame * 2) == pytest.approx(2 * samples / rate), kilobits


def test_padded_frames() -> None:
    """They have one byte more: at 44.1 kHz most frames have it."""
    head = 0xFFE00000 | 3 << 19 | 1 << 17 | 1 << 16 | 9 << 12 | 1 << 9
    frame = head.to_bytes(4) + bytes(1152 // 8 * 128_000 // 44_100 + 1 - 4)
    assert audio_seconds(frame * 2) == pytest.approx(2 * 1152 / 44_100)
