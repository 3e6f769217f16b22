"""Lengths of audio files, from their headers (rule V2)."""

import wave
from io import BytesIO

_ID3_HEADER = 10
_ID3_FOOTER = 0x10
_FRAME_HEADER = 4
_LAYER_3 = 1
_RESERVED = 1
"""The one of four MPEG versions that does not exist."""
_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
"""Samples per second by version: 3 is MPEG 1, 2 is MPEG 2, 0 is MPEG 2.5."""
_KILOBITS_1 = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KILOBITS_2 = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_SAMPLES_1, _SAMPLES_2 = 1152, 576
_INFO = (b"Xing", b"Info")
"""Marks of a first frame that describes the file and has no sound."""


def audio_seconds(body: bytes) -> float | None:
    """Return the seconds of a wav or mp3 file, None for any other file."""
    if body.startswith(b"RIFF"):
        return _wav_seconds(body)
    return _mp3_seconds(body)


def _wav_seconds(body: bytes) -> float | None:
    try:
        with wave.open(BytesIO(body)) as file:
            return float(file.getnframes() / file.getframerate())
    except (wave.Error, EOFError, ZeroDivisionError, RuntimeError):
        return None


def _mp3_seconds(body: bytes) -> float | None:
    """Return the sum of the frames up to the first byte that begins none."""
    seconds = 0.0
    start = _end_of_id3(body)
    while (frame := _frame(body[start : start + _FRAME_HEADER])) is not None:
        length, lasts = frame
        content = body[start : start + length]
        if seconds or not any(mark in content for mark in _INFO):
            seconds += lasts
        start += length
    return seconds or None


def _end_of_id3(body: bytes) -> int:
    """Return where the sound begins: after the tag of title and artist, if there is one."""
    head = body[:_ID3_HEADER]
    if len(head) < _ID3_HEADER or not head.startswith(b"ID3"):
        return 0
    size = 0
    for byte in head[6:]:
        size = size << 7 | byte & 0x7F
    return _ID3_HEADER + size + (_ID3_HEADER if head[5] & _ID3_FOOTER else 0)


def _frame(head: bytes) -> tuple[int, float] | None:
    """Return bytes and seconds of the frame with this header, None if it is not one of layer 3."""
    bits = int.from_bytes(head) if len(head) == _FRAME_HEADER else 0
    version, layer = bits >> 19 & 3, bits >> 17 & 3
    rate, kilobits = bits >> 10 & 3, bits >> 12 & 15
    if bits >> 21 != 0x7FF or layer != _LAYER_3 or version == _RESERVED:  # noqa: PLR2004 - eleven ones
        return None
    if rate == 3 or kilobits in (0, 15):  # noqa: PLR2004 - reserved values
        return None
    is_first = version == 3  # noqa: PLR2004 - MPEG 1
    samples = _SAMPLES_1 if is_first else _SAMPLES_2
    per_second = _RATES[version][rate]
    bit_rate = 1000 * (_KILOBITS_1 if is_first else _KILOBITS_2)[kilobits - 1]
    return samples // 8 * bit_rate // per_second + (bits >> 9 & 1), samples / per_second
