"""The voicemail of ``voicemail_fastapi.py`` as one function, and the same list of messages.

    uvicorn voicemail_script:app --port 5000

Give http://.../voice/ to your voice application as the URL of inbound calls and as their status
URL; read the messages at http://.../messages. Who hangs up while speaking has left a message, too.
"""

import math
import struct

import fastapi

from bxml import SpeakSentence
from callcontrol import RecordingAvailableEvent, TranscriptionAvailableEvent
from callcontrol.scripts import Call, Scripts, script

messages: dict[str, dict[str, object]] = {}
"""By recording id; a database in a real application."""
discarded: set[str] = set()


@script("voicemail")
async def voicemail(call: Call) -> None:
    """Record messages until the caller keeps one; silence keeps it, too."""
    greeting, key = "You have reached Example Incorporated.", "2"
    while key == "2":
        call.speak_sentence(f"{greeting} Speak after the tone, and press pound when you are done.")
        call.play_audio("/tone.wav")
        message = await call.record(transcribe=True, max_duration=180, silence_timeout=5)
        key = "?"
        while key not in ("1", "2", ""):
            prompt = SpeakSentence("Press 1 to keep your message, 2 to speak again.")
            key = (await call.gather(prompt, max_digits=1)).digits or ""
        if key == "2":
            await call.run(discarded.add, message.recording_id)
        greeting = "Once more."
    call.speak_sentence("Thank you. Goodbye.")


@voicemail.after(RecordingAvailableEvent)
async def keep(call: Call, event: RecordingAvailableEvent) -> None:
    """List a message that was not discarded."""
    if event.recording_id not in discarded:
        seconds = event.duration.total_seconds() if event.duration else 0
        found = {"caller": call.from_, "seconds": seconds, "audio": event.media_url}
        await call.run(messages.__setitem__, event.recording_id, found)


@voicemail.after(TranscriptionAvailableEvent)
async def transcribe(call: Call, event: TranscriptionAvailableEvent) -> None:
    """Add the address of its text."""
    if found := messages.get(event.recording_id):
        await call.run(found.__setitem__, "transcription", event.transcription.url)


scripts = Scripts(voicemail)
app = fastapi.FastAPI()
app.mount("/voice", scripts)
app.get("/messages")(lambda: list(messages.values()))


@app.get("/tone.wav")
async def tone() -> fastapi.Response:
    """Make a WAV file with half a second of 1,000 Hz, because the platform has no beep."""
    fields = (b"RIFF", 4036, b"WAVEfmt ", 16, 1, 1, 8000, 8000, 1, 8, b"data", 4000)
    samples = bytes(128 + round(60 * math.sin(math.pi * n / 4)) for n in range(4000))
    return fastapi.Response(
        struct.pack("<4sI8sIHHIIHH4sI", *fields) + samples, 200, None, "audio/wav"
    )
