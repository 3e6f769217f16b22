"""Decompression: what comes back, and that size and time have a bound."""

import gzip
import time
import zlib
from contextlib import suppress
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bxml._decompress import (
    MAX_CODINGS,
    DecompressionError,
    TooLargeError,
    decompressed,
)

LIMIT = 100_000


def _plain(body: bytes, encoding: str, limit: int = LIMIT, seconds: float = 60) -> bytes:
    return decompressed(body, encoding, limit=limit, deadline=monotonic() + seconds)


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data)


def _zlib(data: bytes) -> bytes:
    return zlib.compress(data)


PACKERS = {"gzip": _gzip, "X-GZIP": _gzip, " deflate ": _zlib}


@given(st.binary(max_size=20_000), st.lists(st.sampled_from(sorted(PACKERS)), max_size=MAX_CODINGS))
def test_round_trip(data: bytes, codings: list[str]) -> None:
    """What was compressed comes back, however many times it was."""
    body = data
    for coding in codings:
        body = PACKERS[coding](body)
    assert _plain(body, ",".join(codings)) == data


@given(st.binary(max_size=20_000))
def test_deflate_without_a_header(data: bytes) -> None:
    """Deflate comes back as some servers send it, unless its first bytes look like a header."""
    body = _raw_deflate(data)
    looks_like_zlib = body[0] & 0x0F == 8 and int.from_bytes(body[:2]) % 31 == 0
    if not looks_like_zlib:
        assert _plain(body, "deflate") == data


@given(st.lists(st.binary(max_size=2_000), min_size=1, max_size=5))
def test_members(parts: list[bytes]) -> None:
    """All members of a gzip body come back, and padding after them is not looked at."""
    body = b"".join(map(gzip.compress, parts))
    assert _plain(body, "gzip") == b"".join(parts)


def test_padding() -> None:
    """What some servers put behind a finished member is left out."""
    assert _plain(gzip.compress(b"abc") + b"\0" * 10_000, "gzip") == b"abc"
    assert _plain(zlib.compress(b"abc") + b"xyz" * 5_000, "deflate") == b"abc"


@pytest.mark.parametrize("encoding", ["", "identity", "utf-8", "br", "none, br"])
def test_other_codings_are_left(encoding: str) -> None:
    """What is not compressed in a known way comes back as it is."""
    assert _plain(b"abc", encoding) == b"abc"
    assert _plain(b"", "gzip") == b""


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
@given(
    data=st.binary(min_size=1, max_size=5_000), cut=st.integers(1, 8), flip=st.integers(0, 2**31)
)
def test_damage(coding: str, data: bytes, cut: int, flip: int) -> None:
    """A truncated body is an error; a damaged one is too, or comes back within the limit."""
    body = PACKERS["gzip" if coding == "gzip" else " deflate "](data)
    with pytest.raises(DecompressionError):
        _plain(body[:-cut], coding)
    damaged = bytearray(body)
    damaged[flip % len(body)] ^= 1 + flip % 255
    with suppress(DecompressionError, TooLargeError):
        assert len(_plain(bytes(damaged), coding)) <= LIMIT


@given(st.integers(1, 50_000), st.sampled_from(sorted(PACKERS)))
def test_limit(size: int, coding: str) -> None:
    """A body of just the limit comes back; one byte more does not, in any step."""
    body = PACKERS[coding](bytes(size))
    limit = max(size, len(body))
    assert _plain(body, coding, limit) == bytes(size)
    with pytest.raises(TooLargeError) as caught:
        _plain(PACKERS[coding](bytes(limit + 1)), coding, limit)
    assert limit < len(caught.value.begun) <= limit + 64
    with pytest.raises(TooLargeError):
        _plain(PACKERS[coding](PACKERS[coding](bytes(10 * LIMIT))), f"{coding}, {coding}")


def test_codings_are_counted() -> None:
    """A body in many layers is refused before any is undone."""
    with pytest.raises(DecompressionError, match="more than 3 codings"):
        _plain(b"", ", ".join(["gzip"] * (MAX_CODINGS + 1)))


def test_deadline() -> None:
    """Decompression ends when its time is over."""
    with pytest.raises(TimeoutError):
        _plain(gzip.compress(bytes(LIMIT)), "gzip", seconds=-1)


def test_empty_members_take_linear_time() -> None:
    """Four times as many empty members take about four times as long, not sixteen times."""

    def seconds(members: int) -> float:
        body = gzip.compress(b"") * members
        times: list[float] = []
        for _ in range(3):
            started = time.process_time()
            assert _plain(body, "gzip", limit=10**9) == b""
            times.append(time.process_time() - started)
        return min(times)

    assert seconds(40_000) < 8 * max(seconds(10_000), 0.001)
