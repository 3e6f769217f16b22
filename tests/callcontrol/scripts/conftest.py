"""Applications of scripts in three modes: cached, replayed, and new objects for each webhook."""

import io
import wave
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, Protocol
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from callcontrol.scripts import Script, Scripts
from callcontrol.scripts.journals.memory import MemoryJournal
from callcontrol.scripts.journals.protocol import Journal
from callcontrol.simulator import Simulator

Mode = Literal["cached", "replayed", "new objects"]
MODES: tuple[Mode, ...] = ("cached", "replayed", "new objects")
NUMBER = "+19195551234"


def _sound() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 1, 8000, 0, "NONE", ""))
        writer.writeframes(bytes([128]) * 8000)
    return file.getvalue()


SOUND = _sound()


class Site:
    """A WSGI application of scripts, and the journal that it keeps."""

    def __init__(self, mode: Mode, scripts: tuple[Script, ...], options: dict[str, Any]) -> None:
        self.mode = mode
        self.journal: Journal = options.setdefault("journal", MemoryJournal())
        self._make: Callable[[], Scripts] = lambda: Scripts(
            *scripts, cached=4096 if mode == "cached" else 0, **options
        )
        self.scripts = self._make()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one webhook, or a second of music."""
        if environ["PATH_INFO"].endswith(".wav"):
            start_response("200 OK", [("Content-Type", "audio/wav")])
            return [SOUND]
        if self.mode == "new objects":
            self.scripts = self._make()
        return self.scripts.wsgi(environ, start_response)


class MakeSite(Protocol):
    """Makes the application of scripts that a test calls."""

    def __call__(self, *scripts: Script, **options: Any) -> Site:  # noqa: ANN401 - those of Scripts
        """Return the application."""
        ...


@pytest.fixture(params=MODES)
def site(request: pytest.FixtureRequest) -> MakeSite:
    """Return what makes an application, in each mode."""
    return lambda *scripts, **options: Site(request.param, scripts, options)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Yield a simulator in virtual time."""
    with Simulator() as simulator:
        yield simulator
