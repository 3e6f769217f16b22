"""Recordings of a simulated call as WAV files: small, and the same in every run."""

import io
import math
import wave
from dataclasses import dataclass
from pathlib import Path

RATE = 8000
"""Samples per second, as on the telephone."""
_PITCH = 400
"""Hertz of the tone in place of voices; 20 samples make one wave."""
_LOUDNESS = 20
"""Distance of the wave's peak from silence, of 127."""


def wav(seconds: float, channels: int = 1) -> bytes:
    """Return a WAV file of that length, 8-bit at 8,000 Hz: a tone in place of voices."""
    samples = RATE // _PITCH
    wave_of_tone = bytes(
        128 + round(_LOUDNESS * math.sin(2 * math.pi * number / samples))
        for number in range(samples)
        for _ in range(channels)
    )
    frames = round(seconds * RATE)
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(1)
        writer.setframerate(RATE)
        whole = wave_of_tone * (frames // samples + 1)
        writer.writeframes(whole[: frames * channels])
    return file.getvalue()


@dataclass(frozen=True, slots=True)
class Recording:
    """One recording of a call; its length may still grow."""

    recording_id: str
    seconds: float
    """Length without pauses."""
    complete: bool
    """Whether it has stopped."""
    channels: int = 1

    def wav(self) -> bytes:
        """Return the recording as a WAV file; a tone replaces the voices."""
        return wav(self.seconds, self.channels)

    def save(self, path: str | Path) -> Path:
        """Write the WAV file and return its path."""
        target = Path(path)
        target.write_bytes(self.wav())
        return target
