"""Errors of call scripts."""

from callcontrol.errors import CallControlError


class ScriptError(CallControlError):
    """An error of :mod:`callcontrol.scripts`."""


class JournalError(ScriptError):
    """A journal cannot be read or written."""


class JournalBusyError(JournalError):
    """The lock of a run was not free in time."""


class EntryExistsError(JournalError):
    """Another process has written this step already."""


class UnknownRunError(JournalError):
    """The journal has no such run."""


class CallEndedError(ScriptError):
    """The call has ended; raised by the next await that needs it.

    A script that lets it pass ends normally.
    """

    cause: str
    """Reason, as in ``DisconnectEvent.cause``; ``forward`` after a Forward."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause

    def __str__(self) -> str:
        return f"the call has ended: {self.cause}"


class CallInterruptedError(ScriptError):
    """``Scripts.interrupt`` was called for this call; its text is the reason given there."""


class RunFailedError(ScriptError):
    """A function that ``call.run`` called has raised; the text names its exception."""


class RunTimeoutError(ScriptError):
    """A function that ``call.run`` called took longer than its limit."""


class ScriptChangedError(ScriptError):
    """The code of a script no longer does what a running call has done with it."""


class ScriptMistakeError(ScriptError):
    """A script that cannot work as written: the text has the line and what to write instead."""
