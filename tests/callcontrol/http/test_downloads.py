"""Downloads under faults: what is left of a file, and how long it takes, with both clients."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from callcontrol._http import saving
from callcontrol._http.exchange import PIECE, Unsaved
from callcontrol.client import Client
from callcontrol.errors import NotFoundError, TransportError
from tests.callcontrol.conftest import Step
from tests.callcontrol.drivers import BOTH, SENDERS, with_session

if TYPE_CHECKING:
    from tests.callcontrol.conftest import Platform

CLIENTS = BOTH
IDS = ("c-1", "r-1")
SOUND = bytes(range(256)) * 1024
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\n"


def sized(size: int = len(SOUND)) -> bytes:
    """Return a head that announces a size."""
    return HEAD + f"Content-Length: {size}\r\n\r\n".encode()


def chunked(*pieces: bytes) -> bytes:
    """Return a whole reply without a size."""
    parts = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (*pieces, b""))
    return HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + parts


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """Yield a path; afterwards there is nothing else beside it."""
    yield tmp_path / "a.mp3"
    assert {entry.name for entry in tmp_path.iterdir()} <= {"a.mp3"}


def test_saved(platform: "Platform", client: Client, path: Path) -> None:
    """The file holds the bytes of the reply, and replaces an older one."""
    path.write_bytes(b"old")
    platform.answer(platform.reply(200, SOUND, {"Content-Type": "audio/mpeg"}))
    saved = client.download_recording(*IDS, path)
    assert path.read_bytes() == SOUND
    assert (saved.path, saved.size, saved.content_type) == (path, len(SOUND), "audio/mpeg")
    headers = platform.requests[0].headers
    assert (headers["accept"], headers["accept-encoding"]) == ("*/*", "identity")
    client.download_recording(*IDS, str(path))
    assert platform.connections == 1


def test_size_unknown(platform: "Platform", client: Client, path: Path) -> None:
    """Without Content-Length the end of the body decides."""
    seen: list[int | None] = []
    platform.answer(platform.raw(chunked(SOUND, SOUND)))
    client.download_recording(*IDS, path, progress=lambda _, total: seen.append(total))
    assert path.read_bytes() == SOUND * 2
    assert set(seen) == {None}


def test_empty_file(platform: "Platform", client: Client, path: Path) -> None:
    """A file without bytes is a file."""
    platform.answer(platform.reply(200))
    assert client.download_recording(*IDS, path).size == 0
    assert path.read_bytes() == b""


@pytest.mark.parametrize(("of", "own"), SENDERS)
def test_shorter_than_announced(
    platform: "Platform", path: Path, of: type[Client], *, own: bool
) -> None:
    """It is downloaded anew, and at last refused; an older file stays."""
    path.write_bytes(b"old")
    short = platform.raw(sized() + SOUND[:-1])
    platform.answer(short)
    with (
        requests.Session() as session,
        of(
            "9",
            username="u",
            password="p",
            base_url=platform.base_url,
            max_retries=0,
            **with_session(session if own else None),
        ) as client,
        pytest.raises(TransportError, match="expected a complete"),
    ):
        client.download_recording(*IDS, path)
    assert path.read_bytes() == b"old"


def test_repeated(platform: "Platform", client: Client, path: Path) -> None:
    """Each attempt begins at the start."""
    seen: list[int] = []
    platform.answer(
        platform.raw(sized() + SOUND[:100_000]),
        platform.reply(503),
        platform.reply(200, SOUND),
    )
    client.download_recording(*IDS, path, progress=lambda done, _: seen.append(done))
    assert path.read_bytes() == SOUND
    assert len(platform.requests) == 3
    assert seen != sorted(seen)


def test_refused(platform: "Platform", client: Client, path: Path) -> None:
    """A refusal is the error of its status, and not a file."""
    platform.answer(platform.json({"type": "validation", "description": "no"}, 404))
    with pytest.raises(NotFoundError, match="no"):
        client.download_recording(*IDS, path)
    platform.answer(platform.reply(302, b"x" * 10, {"Location": "https://elsewhere.example"}))
    with pytest.raises(Exception, match="302"):
        client.download_recording(*IDS, path)
    assert not path.exists()


def test_compressed(platform: "Platform", client: Client, path: Path) -> None:
    """It was not asked for, and its size would not be checked."""
    platform.answer(platform.reply(200, b"x", {"Content-Encoding": "gzip"}))
    with pytest.raises(TransportError, match="expected a file as it is, got a compressed one"):
        client.download_recording(*IDS, path)
    assert platform.attempts == 1


def test_the_largest_file(path: Path) -> None:
    """It has four gibibytes, announced or not."""
    most = 4 << 30
    with saving.FileTarget(path) as target:
        target.begin({"Content-Length": str(most)})
        with pytest.raises(Unsaved, match="a larger one"):
            target.begin({"Content-Length": str(most + 1)})
        target.begin({})
        target.size = most - 1
        target.write(b"x")
        with pytest.raises(Unsaved, match="a larger one"):
            target.write(b"x")


@pytest.mark.parametrize("announced", [True, False])
def test_too_large(
    platform: "Platform",
    client: Client,
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    announced: bool,
) -> None:
    """A file without end does not fill the disk."""
    monkeypatch.setattr(saving, "MAX_FILE", 1000)
    platform.answer(platform.raw(sized() if announced else chunked(*[b"x" * 600] * 3)))
    with pytest.raises(TransportError, match="got a larger one"):
        client.download_recording(*IDS, path)
    assert platform.attempts == 1


def slowly(piece: bytes, count: int, wait: float, platform: "Platform") -> Step:
    """Return a step that sends pieces with a wait before each."""

    def act(conn: socket.socket) -> bool:
        conn.sendall(sized(len(piece) * count))
        for _ in range(count):
            if platform._stop.wait(wait):
                return False
            conn.sendall(piece)
        return True

    return Step(act)


@pytest.mark.parametrize(("of", "own"), SENDERS)
def test_time_for_each_piece(
    platform: "Platform", path: Path, of: type[Client], *, own: bool
) -> None:
    """A long download may take longer than ``timeout``, but not a piece of it."""
    with (
        requests.Session() as session,
        of(
            "9",
            username="u",
            password="p",
            base_url=platform.base_url,
            timeout=2,
            max_retries=0,
            **with_session(session if own else None),
        ) as client,
    ):
        platform.answer(slowly(b"x" * PIECE, 6, 0.5, platform))
        assert client.download_recording(*IDS, path).size == 6 * PIECE
        path.unlink()
        platform.answer(slowly(b"x", 1000, 0.1, platform))
        with pytest.raises(TransportError, match=r"expected a complete reply within 2 seconds"):
            client.download_recording(*IDS, path)
    assert not path.exists()


class StopDownload(Exception):  # noqa: N818 - what a program may call it
    """What a program may raise to stop."""


def test_progress_may_stop_it(platform: "Platform", client: Client, path: Path) -> None:
    """Its own exception comes out, and it is not asked again."""

    def stop(done: int, _: int | None) -> None:
        if done > 10:
            raise StopDownload

    platform.answer(platform.reply(200, SOUND))
    with pytest.raises(StopDownload):
        client.download_recording(*IDS, path, progress=stop)
    assert platform.attempts == 1
    assert not path.exists()
    client.download_recording(*IDS, path)


def test_full_disk(
    platform: "Platform", client: Client, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error of the operating system comes out."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(saving.FileTarget, "_append", full)
    platform.answer(platform.reply(200, SOUND))
    with pytest.raises(OSError, match="No space left") as caught:
        client.download_recording(*IDS, path)
    assert not isinstance(caught.value, TransportError)
    assert platform.attempts == 1


def test_bad_places(platform: "Platform", client: Client, tmp_path: Path) -> None:
    """A missing directory, and a directory, are refused before anything is sent."""
    bad: Any = (FileNotFoundError, IsADirectoryError)
    with pytest.raises(bad[0]):
        client.download_recording(*IDS, tmp_path / "missing" / "a.wav")
    with pytest.raises(bad[1]):
        client.download_recording(*IDS, tmp_path)
    assert platform.requests == []
