"""Checks that every journal passes, for those who write one for another store.

Each check gets a function that opens a journal on an empty store; each call opens another journal
on the same store. With pytest::

    @pytest.mark.parametrize("check", CHECKS, ids=str)
    def test_it_is_a_journal(check: Check, table: str) -> None:
        check(lambda: DynamoJournal(table))

A check that fails raises AssertionError with a text such as "commit: expected EntryExistsError, got
no error". Some checks fork processes, and so need a Unix. :mod:`.state_machine` compares a store
with MemoryJournal over random sequences of operations.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from callcontrol.scripts.journals._checks_of_locks import PROCESS_CHECKS, THREAD_CHECKS
from callcontrol.scripts.journals._checks_of_records import RECORD_CHECKS
from callcontrol.scripts.journals._expectations import Open

__all__ = ["CHECKS", "Check", "Open"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that holds for every journal."""

    name: str
    """Also what ``str`` returns."""
    about: str
    """A sentence about it."""
    several_processes: bool
    """Whether it needs a store that other processes see."""
    _run: Callable[[Open], None]

    def __call__(self, open_journal: Open) -> None:
        """Check a store.

        :param open_journal: opens a journal on the store, which is empty at first.
        :raises AssertionError: if the journal does something else.
        """
        self._run(open_journal)

    def __str__(self) -> str:
        return self.name


def _checks(
    functions: Sequence[Callable[[Open], None]], *, several_processes: bool
) -> Sequence[Check]:
    return [
        Check(function.__name__, function.__doc__ or "", several_processes, function)
        for function in functions
    ]


CHECKS: Sequence[Check] = (
    *_checks((*RECORD_CHECKS, *THREAD_CHECKS), several_processes=False),
    *_checks(PROCESS_CHECKS, several_processes=True),
)
