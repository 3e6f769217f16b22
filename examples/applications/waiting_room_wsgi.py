"""A waiting room: music and the place in the line, until the process of an agent ends it.

    python waiting_room_wsgi.py 5000

Give http://.../voice to your voice application as the URL of inbound calls and as their status
URL. ``waiting_room_agent.py`` takes the next caller out of the line, while the music plays.
"""

import io
import math
import sys
import wave
from collections import deque
from collections.abc import Iterable
from wsgiref.simple_server import make_server
from wsgiref.types import StartResponse, WSGIEnvironment

from bxml import MEDIA_TYPE, Response
from bxml.documents import Document
from callcontrol import (
    DisconnectEvent,
    Event,
    EventError,
    InitiateEvent,
    RedirectEvent,
    TransferCompleteEvent,
    parse_event,
)

Answer = tuple[str, str, bytes]
"""Status line, content type and body."""


class WaitingRoom:
    """The WSGI application: webhooks at /voice, the agents' door at /next and /back."""

    def __init__(self) -> None:
        self.line: deque[str] = deque()
        """Ids of the calls that wait, the longest wait first."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        routes = {
            "/voice": self._voice,
            "/next": self._next,
            "/back": self._back,
            "/music.wav": self._music,
        }
        status, content_type, reply = routes.get(environ["PATH_INFO"], _not_found)(body)
        start_response(
            status, [("Content-Type", content_type), ("Content-Length", str(len(reply)))]
        )
        return [reply]

    def _voice(self, body: bytes) -> Answer:
        try:
            document = self.script(parse_event(body))
        except EventError as error:
            return "400 Bad Request", "text/plain", str(error).encode()
        return "200 OK", MEDIA_TYPE, b"" if document is None else document.to_bytes()

    def script(self, event: Event) -> Document | None:
        """Return what the call of a webhook does next, None if it is over."""
        match event:
            case InitiateEvent(call_id=call_id):
                self.line.append(call_id)
                return self._hold("Welcome. All our agents are busy.", call_id)
            case RedirectEvent(call_id=call_id):
                return self._hold("Thank you for waiting.", call_id)
            case TransferCompleteEvent(cause="hangup"):
                return Response().speak_sentence("Thank you for calling.").hangup()
            case TransferCompleteEvent(call_id=call_id):
                self.line.appendleft(call_id)
                return self._hold("The agent could not take your call.", call_id)
            case DisconnectEvent(call_id=call_id) if call_id in self.line:
                self.line.remove(call_id)
            case _:
                pass
        return None

    def _hold(self, greeting: str, call_id: str) -> Document:
        place = f" You are number {self.line.index(call_id) + 1}." if call_id in self.line else ""
        music = Response().speak_sentence(f"{greeting}{place}").play_audio("/music.wav")
        return music.redirect("/voice")

    def _next(self, _: bytes) -> Answer:
        """Take the first caller out of the line; the body is the call id, or empty."""
        call_id = self.line.popleft() if self.line else ""
        return "200 OK", "text/plain", call_id.encode()

    def _back(self, body: bytes) -> Answer:
        """Put a caller back whom an agent could not take."""
        self.line.appendleft(body.decode())
        return "200 OK", "text/plain", b""

    def _music(self, _: bytes) -> Answer:
        return "200 OK", "audio/wav", MUSIC


def _not_found(_: bytes) -> Answer:
    return "404 Not Found", "text/plain", b"not found"


def chord(seconds: int, *pitches: int) -> bytes:
    """Return a WAV file that hums; put your own music in its place."""
    second = [sum(math.sin(math.tau * pitch * n / 8000) for pitch in pitches) for n in range(8000)]
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 1, 8000, 0, "NONE", ""))
        writer.writeframes(bytes(128 + round(15 * each) for each in second) * seconds)
    return file.getvalue()


MUSIC = chord(20, 220, 277, 330)

if __name__ == "__main__":
    make_server("127.0.0.1", int(sys.argv[1]), WaitingRoom()).serve_forever()
