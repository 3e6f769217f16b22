"""Compares a journal with MemoryJournal over random sequences of operations.

Needs Hypothesis: ``pip install 'bxml-callcontrol[testing]'``. With pytest::

    TestMyJournal = state_machine(open_empty_journal).TestCase
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from callcontrol.scripts.errors import EntryExistsError, JournalError, UnknownRunError
from callcontrol.scripts.journals.memory import MemoryJournal
from callcontrol.scripts.journals.model import Changes, Entry, Message, Route, Run
from callcontrol.scripts.journals.protocol import Journal

__all__ = ["state_machine"]

_RUN_IDS = st.sampled_from(["r-1", "r-2", "r:3", "é 4"])
_TEXTS = st.sampled_from(["", "a", '"a"', "é\n", "\U0001f4de"])
_NAMES = st.sampled_from(["agent-free", "agent", 'free"', ","])
_NUMBERS = st.sampled_from(["+19195550100", "+19195550101", "+1919555010"])
_CALL_IDS = st.sampled_from(["c-1", "c-2", "r-1"])
_TIMES = st.sampled_from([0.0, 1.5, 1_700_000_000.123456, 1_700_000_000.5])
_ENTRIES = st.builds(
    Entry,
    st.sampled_from(["", "leg"]),
    st.integers(0, 3),
    st.sampled_from(["asked", "event", "reply"]),
    st.integers(0, 1),
    _TEXTS,
)
_RUNS = st.builds(
    Run,
    run_id=_RUN_IDS,
    script=st.sampled_from(["front-desk", "survey"]),
    version=_TEXTS,
    created_at=_TIMES,
    updated_at=_TIMES,
    state=st.sampled_from(["running", "running", "ended", "failed"]),
    key=st.sampled_from(["", "", "k"]),
    call_id=_TEXTS,
    numbers=st.lists(_NUMBERS, max_size=2, unique=True).map(tuple),
    arguments=_TEXTS,
    waiting_for=st.lists(_NAMES, max_size=2, unique=True).map(tuple),
    waiting_since=_TIMES,
    pushing=_TEXTS,
    detail=_TEXTS,
)
_MESSAGES = st.sampled_from(["m-1", "m-2", ""])
_FEW = st.integers(0, 3)


def state_machine(open_empty: Callable[[], Journal]) -> type[RuleBasedStateMachine]:
    """Return a test that a store returns, keeps and refuses what the one in memory does.

    :param open_empty: returns an open journal without runs and settings; called for each example.
    """

    class JournalMachine(_Comparison):
        open_empty_journal = staticmethod(open_empty)

    return JournalMachine


class _Comparison(RuleBasedStateMachine):
    open_empty_journal: Callable[[], Journal]

    def __init__(self) -> None:
        super().__init__()
        self.store = self.open_empty_journal()
        self.model = MemoryJournal()

    def teardown(self) -> None:
        self.store.close()

    def both(self, use: Callable[[Journal], object]) -> None:
        """Do the same to both, and compare what they return or raise."""
        got, expected = (_outcome(use, journal) for journal in (self.store, self.model))
        assert got == expected, f"expected {expected}, got {got}"  # noqa: S101 - a test

    @rule(run=_RUNS)
    def create(self, run: Run) -> None:
        self.both(lambda journal: journal.create(run))

    @rule(
        run_id=_RUN_IDS,
        entries=st.lists(_ENTRIES, max_size=3).map(tuple),
        run=st.none() | _RUNS,
        calls=st.lists(st.tuples(_CALL_IDS, _RUN_IDS), max_size=2),
        taken=st.lists(_MESSAGES, max_size=2).map(tuple),
        fitting=st.booleans(),
    )
    def commit(  # noqa: PLR0913 - as many as changes have parts
        self,
        run_id: str,
        entries: tuple[Entry, ...],
        run: Run | None,
        calls: Sequence[tuple[str, str]],
        taken: tuple[str, ...],
        *,
        fitting: bool,
    ) -> None:
        known = self.model.run(run_id)
        if fitting:  # most random commits would be refused
            there = {message.message_id for message in self.model.inbox(run_id)}
            taken = tuple(dict.fromkeys(name for name in taken if name in there))
            run = _as_another(run, known)
        routes = tuple(Route(call_id, to) for call_id, to in calls)
        changes = Changes(entries, run, routes, taken)
        self.both(lambda journal: journal.commit(run_id, changes))

    @rule(run_id=_RUN_IDS, name=_MESSAGES, value=_TEXTS)
    def post(self, run_id: str, name: str, value: str) -> None:
        message = Message(name, run_id, "signal", "agent-free", value, 1.5)
        self.both(lambda journal: journal.post(message))

    @rule(run_id=_RUN_IDS, name=_MESSAGES)
    def withdraw(self, run_id: str, name: str) -> None:
        self.both(lambda journal: journal.withdraw(run_id, name))

    @rule(name=_TEXTS, value=st.none() | _TEXTS)
    def set_setting(self, name: str, value: str | None) -> None:
        self.both(lambda journal: journal.set_setting(name, value))
        self.both(lambda journal: journal.setting(name))

    @precondition(lambda self: any(self.model.runs()))
    @rule(before=_TIMES, chance=_FEW)
    def prune(self, before: float, chance: int) -> None:
        if not chance:
            self.both(lambda journal: journal.prune(before=before))

    @precondition(lambda self: any(self.model.runs()))
    @rule(number=_NUMBERS, chance=_FEW)
    def forget(self, number: str, chance: int) -> None:
        if not chance:
            self.both(lambda journal: journal.forget(number))

    @rule(run_id=_RUN_IDS, entry=_ENTRIES)
    def read(self, run_id: str, entry: Entry) -> None:
        key = entry.leg, entry.step, entry.kind, entry.index
        self.both(lambda journal: journal.entry(run_id, key))
        self.both(lambda journal: journal.run(run_id))
        self.both(lambda journal: list(journal.entries(run_id)))
        self.both(lambda journal: list(journal.inbox(run_id)))

    @rule(name=_NAMES, call_id=_CALL_IDS)
    def find(self, name: str, call_id: str) -> None:
        self.both(lambda journal: list(journal.waiting(name)))
        self.both(lambda journal: journal.route(call_id))

    @invariant()
    def lists_the_same_runs(self) -> None:
        self.both(lambda journal: list(journal.runs()))


def _as_another(run: Run | None, known: Run | None) -> Run | None:
    """Return a run with the identity of another one."""
    if run is None or known is None:
        return None
    return replace(run, run_id=known.run_id, script=known.script, key=known.key)


def _outcome(use: Callable[[Journal], object], journal: Journal) -> object:
    kind: type[JournalError] = JournalError
    with suppress(JournalError):
        try:
            return use(journal)
        except (EntryExistsError, UnknownRunError) as error:
            kind = type(error)
            raise
    return kind
