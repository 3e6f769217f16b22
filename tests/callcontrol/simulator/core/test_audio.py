"""Which files PlayAudio plays: the Content-Type decides, else the name."""

import wave
from io import BytesIO
from typing import TYPE_CHECKING

import pytest

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
        (b"RIFF", 5),
        (wav(1)[:20], 5),
        (b"ID3", 5),
        (b"", 5),
    ],
)
def test_how_long_files_last(world: "World", body: bytes, seconds: float) -> None:
    """A wav file as long as its sound, any other as long as Assumptions.audio_seconds says."""
    assert _play(world, "a.wav", "", body) is None
    assert [
        observation.seconds for observation in world.seen if isinstance(observation, Played)
    ] == [seconds]


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
