"""The outcome of a check of a journal."""

from callcontrol.scripts.journals.conformance import Check, Open

__all__ = ["failure_of"]


def failure_of(check: Check, open_journal: Open) -> str:
    """Run a check; return what it says is wrong, empty if nothing is."""
    try:
        check(open_journal)
    except AssertionError as failure:
        return str(failure)
    return ""
