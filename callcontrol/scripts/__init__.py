"""A whole call as one Python function.

    @script("front-desk")
    async def front_desk(call: Call) -> None:
        keys = await call.gather(SpeakSentence("Press 1 for sales."), max_digits=1)
        ...

    app = Scripts(front_desk)

``Scripts`` serves the webhooks of any number of calls, on any number of processes that share a
journal. Code outside ``call.run`` runs as often as a call is replayed.
"""

from callcontrol.scripts.application import Scripts
from callcontrol.scripts.asks import Whisper
from callcontrol.scripts.call import Call
from callcontrol.scripts.definitions import Signal
from callcontrol.scripts.door import ScriptReply, ScriptRequest
from callcontrol.scripts.errors import (
    CallEndedError,
    CallInterruptedError,
    EntryExistsError,
    JournalBusyError,
    JournalError,
    RunFailedError,
    RunTimeoutError,
    ScriptChangedError,
    ScriptError,
    ScriptMistakeError,
    UnknownRunError,
)
from callcontrol.scripts.replaying import ReplayDifferenceError
from callcontrol.scripts.script import Script, script, whisper
from callcontrol.scripts.talk import Talk

__all__ = [
    "Call",
    "CallEndedError",
    "CallInterruptedError",
    "EntryExistsError",
    "JournalBusyError",
    "JournalError",
    "ReplayDifferenceError",
    "RunFailedError",
    "RunTimeoutError",
    "Script",
    "ScriptChangedError",
    "ScriptError",
    "ScriptMistakeError",
    "ScriptReply",
    "ScriptRequest",
    "Scripts",
    "Signal",
    "Talk",
    "UnknownRunError",
    "Whisper",
    "script",
    "whisper",
]
