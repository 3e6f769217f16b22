"""The script of the drill, and the processes that serve it."""

import os
import random
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from bxml import SpeakSentence
from callcontrol.scripts import Call, Script, ScriptRequest, Scripts, Signal, script
from callcontrol.scripts.journals import Journal, SQLiteJournal

GO = Signal("go", str)


def clerk_of(notes: Path) -> Script:
    """Return a script that appends a line to a file whenever its functions are called."""

    def note(key: str, digits: str) -> str:
        with notes.open("ab", buffering=0) as file:
            file.write(f"{key}\n".encode())
        time.sleep(0.001)  # so that a process can be killed in between
        return f"Noted {digits or 'nothing'}."

    @script("clerk")
    async def clerk(call: Call) -> None:
        try:
            for question in range(3):
                keys = await call.gather(
                    SpeakSentence(f"Question {question}?"), max_digits=1, first_digit_timeout=5
                )
                digits = keys.digits or ""
                for _ in range(1 + (digits > "4")):
                    call.speak_sentence(await call.run(note, call.key, digits))
                if digits == "0":
                    break
                if digits in ("1", "2"):
                    await call.pause(duration=1)
            with suppress(TimeoutError):
                await call.wait_for(GO, hold=SpeakSentence("Please wait."), timeout=3)
            call.speak_sentence("Goodbye.")
        finally:
            await call.run(note, call.key, "the end")

    return clerk


def application(journal: Journal, notes: Path) -> Scripts:
    """Return what serves the script on a journal."""
    return Scripts(clerk_of(notes), journal=journal, cached=64)


def serve(connection: Connection, journal: Path, notes: Path) -> None:
    """Answer requests that come through a pipe, as long as it is open; the work of a process."""
    random.seed(os.getpid())
    app = application(SQLiteJournal(journal), notes)
    with suppress(EOFError, BrokenPipeError):
        while True:
            query, body = connection.recv()
            reply = app.handle(ScriptRequest(query=query, body=body))
            connection.send((reply.status, reply.body))
