"""Which files PlayAudio plays: the Content-Type decides, else the name."""

from typing import TYPE_CHECKING

import pytest

from callcontrol.simulator.core.observations import Played
from callcontrol.simulator.core.wav import wav
from callcontrol.simulator.core.webhooks import Reply

if TYPE_CHECKING:
    from tests.callcontrol.engine.conftest import World

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
    world.reply(f"/{name}", Reply(body=body, headers=headers))
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
    assert [each.seconds for each in world.seen if isinstance(each, Played)] == [seconds]
