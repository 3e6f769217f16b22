"""Errors of operations on many calls."""

from callcontrol.errors import CallControlError


class BulkError(CallControlError):
    """A plan that cannot be run, such as one with an invalid document. Nothing was sent."""


class JournalError(BulkError):
    """A journal that cannot be created, read, locked or written.

    If it cannot be written during a run, nothing more is sent, and requests under way count as
    unknown when the journal is resumed.
    """
