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
