"""Checks of what a journal keeps and returns."""

from dataclasses import replace

from callcontrol.scripts.errors import EntryExistsError, JournalError, UnknownRunError
from callcontrol.scripts.journals._expectations import (
    Open,
    entry_of,
    expect,
    expect_raises,
    message_of,
    opened,
    run_of,
)
from callcontrol.scripts.journals.model import Changes, Entry, Route, Run
from callcontrol.scripts.journals.protocol import Journal

_TEXT = "Zoë \"said\" '1 < 2'\n\\ \U0001f4de"
_MANY = 520
"""More runs than a store is likely to read at once."""


def create_keeps_every_value(open_journal: Open) -> None:
    """Text of any language, and times to the last bit."""
    run = Run(
        run_id="c-1",
        script=_TEXT,
        version="2",
        created_at=1_700_000_000.123456,
        updated_at=0.1 + 0.2,
        key=_TEXT,
        call_id="c-2",
        numbers=("+19195550100", _TEXT),
        arguments='{"a": [1, "' + "x" * 100_000 + '"]}',
        waiting_for=("agent-free", _TEXT),
        waiting_since=1_700_000_000.7,
        pushing="",
        detail=_TEXT,
    )
    with opened(open_journal, 2) as (first, second):
        expect("create", first.create(run), run)
        expect("run", second.run("c-1"), run)
        expect("run of another id", second.run("c-2"), None)


def create_returns_the_run_that_is_there(open_journal: Open) -> None:
    """By its id, or by script and key; runs without a key are apart."""
    with opened(open_journal, 2) as (first, second):
        run = run_of("r-1", key="order-7")
        first.create(run)
        expect("create, same id", second.create(run_of("r-1", detail="other")), run)
        expect("create, same key", second.create(run_of("r-2", key="order-7")), run)
        other = run_of("r-3", script="survey", key="order-7")
        expect("create, key of another script", second.create(other), other)
        without = run_of("r-4")
        expect("create, without a key", first.create(without), without)
        expect("create, another without a key", first.create(run_of("r-5")), run_of("r-5"))


def commit_writes_everything(open_journal: Open) -> None:
    """Entries in their order, the run, routes and the inbox."""
    with opened(open_journal, 2) as (first, second):
        first.create(run_of("r-1"))
        first.create(run_of("r-2"))
        first.post(message_of("r-1", "m-1"))
        entries = (entry_of(2, _TEXT), entry_of(1), Entry("leg", 1, "result", 3, "null"))
        changed = run_of("r-1", state="ended", updated_at=1_700_000_009.5, pushing="7")
        route = Route("c-9", "r-1", "leg")
        first.commit("r-1", Changes(entries, changed, (route,), ("m-1",)))
        first.commit("r-1", Changes((entry_of(0),)))
        expect("entries", list(second.entries("r-1")), [*entries, entry_of(0)])
        expect("entries of another run", list(second.entries("r-2")), [])
        expect("entry", second.entry("r-1", ("leg", 1, "result", 3)), entries[2])
        expect("entry that is not there", second.entry("r-1", ("leg", 1, "result", 2)), None)
        expect("run", second.run("r-1"), changed)
        expect("route", second.route("c-9"), route)
        expect("inbox", list(second.inbox("r-1")), [])


def commit_writes_all_or_nothing(open_journal: Open) -> None:
    """Nothing if an entry exists, a message is not there, or the run is unknown."""
    with opened(open_journal, 2) as (first, second):
        run = first.create(run_of("r-1"))
        first.post(message_of("r-1", "m-1"))
        first.commit("r-1", Changes((entry_of(1, "first"),)))
        changed, route = run_of("r-1", state="ended"), Route("c-9", "r-1")
        refused = (
            Changes((entry_of(2), entry_of(1, "second")), changed, (route,), ("m-1",)),
            Changes((entry_of(2), entry_of(2)), changed, (route,), ("m-1",)),
            Changes((entry_of(2),), changed, (route,), ("m-1", "m-2")),
            Changes((entry_of(2),), changed, (route,), ("m-1", "m-1")),
        )
        for changes in refused:
            with expect_raises(f"commit of {changes}", EntryExistsError):
                second.commit("r-1", changes)
        with expect_raises("commit to an unknown run", UnknownRunError):
            second.commit("r-2", Changes((entry_of(1),), run_of("r-2"), (route,)))
        with expect_raises("commit to an unknown run, without it", UnknownRunError):
            second.commit("r-2", Changes((entry_of(1),)))
        with expect_raises("commit of another run", JournalError):
            second.commit("r-1", Changes(run=run_of("r-2")))
        with expect_raises("commit of another key", JournalError):
            second.commit("r-1", Changes(run=run_of("r-1", key="order-8")))
        expect("entries", list(first.entries("r-1")), [entry_of(1, "first")])
        expect("run", first.run("r-1"), run)
        expect("route", first.route("c-9"), None)
        expect("inbox", list(first.inbox("r-1")), [message_of("r-1", "m-1")])


def inbox_takes_a_message_once(open_journal: Open) -> None:
    """Also if it was taken or withdrawn before it is posted again."""
    with opened(open_journal, 2) as (first, second):
        first.create(run_of("r-1"))
        first.create(run_of("r-2"))
        with expect_raises("post to an unknown run", UnknownRunError):
            first.post(message_of("r-3", "m-1"))
        for name in ("m-2", "m-1", _TEXT):
            expect("post", first.post(message_of("r-1", name)), True)
        expect("post of another run", first.post(message_of("r-2", "m-1")), True)
        expect("post, again", second.post(message_of("r-1", "m-1", "2")), False)
        expected = [message_of("r-1", name) for name in ("m-2", "m-1", _TEXT)]
        expect("inbox", list(second.inbox("r-1")), expected)
        expect("withdraw", second.withdraw("r-1", "m-2"), True)
        expect("withdraw, again", first.withdraw("r-1", "m-2"), False)
        expect("withdraw, unknown", first.withdraw("r-1", "m-9"), False)
        expect("withdraw, unknown run", first.withdraw("r-9", "m-1"), False)
        first.commit("r-1", Changes(taken=("m-1",)))
        expect("post of a taken message", second.post(message_of("r-1", "m-1")), False)
        expect("post of a withdrawn message", second.post(message_of("r-1", "m-2")), False)
        expect("inbox", list(second.inbox("r-1")), expected[2:])
        expect("inbox of another run", list(second.inbox("r-2")), [message_of("r-2", "m-1")])


def waiting_lists_the_longest_first(open_journal: Open) -> None:
    """By the exact name, and only running runs."""
    with opened(open_journal, 2) as (first, second):
        waits: dict[str, tuple[tuple[str, ...], float]] = {
            "r-1": (("agent-free",), 30.0),
            "r-2": (("other", "agent-free"), 10.0),
            "r-3": (("agent-free-now", 'a"b'), 5.0),
            "r-4": ((), 1.0),
            "r-5": (("agent-free",), 2.0),
        }
        for run_id, (names, since) in waits.items():
            first.create(run_of(run_id, waiting_for=names, waiting_since=since))
        ended = run_of("r-5", waiting_for=("agent-free",), waiting_since=2.0, state="ended")
        first.commit("r-5", Changes(run=ended))
        first.create(run_of("r-6"))
        first.commit("r-6", Changes(run=run_of("r-6", waiting_for=("x", "agent-free"))))

        def found(name: str) -> list[str]:
            return [run.run_id for run in second.waiting(name)]

        expect("waiting", found("agent-free"), ["r-6", "r-2", "r-1"])
        expect("waiting for a name with a quotation mark", found('a"b'), ["r-3"])
        expect("waiting for a part of names", [*found(", "), *found("agent"), *found("")], [])
        first.commit("r-2", Changes(run=run_of("r-2", waiting_for=("other",))))
        expect("waiting, after one goes on", found("agent-free"), ["r-6", "r-1"])


def runs_are_listed_by_age(open_journal: Open) -> None:
    """All of them, however many, and those of a state or a script."""
    with opened(open_journal, 2) as (first, second):
        for number in range(_MANY):
            script = "survey" if number % 100 == 0 else "front-desk"
            state = "failed" if number % 200 == 0 else "running"
            first.create(run_of(f"r-{number:03}", -(number // 2), script=script, state=state))
        ages = sorted(range(_MANY), key=lambda number: (-(number // 2), number))
        expected = [f"r-{number:03}" for number in ages]
        expect("runs", [run.run_id for run in second.runs()], expected)
        failed = [run.run_id for run in second.runs(state="failed")]
        expect("runs, failed", failed, ["r-400", "r-200", "r-000"])
        both = [run.run_id for run in second.runs(state="running", script="survey")]
        expect("runs, running, of a script", both, ["r-500", "r-300", "r-100"])


def settings_are_kept(open_journal: Open) -> None:
    """Written, replaced and removed."""
    with opened(open_journal, 2) as (first, second):
        expect("setting that is not there", first.setting("override"), None)
        first.set_setting("override", _TEXT)
        first.set_setting("empty", "")
        expect("setting", second.setting("override"), _TEXT)
        expect("setting, empty", second.setting("empty"), "")
        first.set_setting("override", "2")
        expect("setting, replaced", second.setting("override"), "2")
        first.set_setting("override", None)
        first.set_setting("unknown", None)
        expect("setting, removed", second.setting("override"), None)


def prune_removes_old_runs(open_journal: Open) -> None:
    """With all that belongs to them; not the running ones, and no settings."""
    with opened(open_journal, 2) as (first, second):
        _fill(first)
        first.set_setting("active", "2")
        _end(first, "r-2", 1_700_000_002.0)
        _end(first, "r-3", 1_700_000_003.0)
        expect("prune", second.prune(before=1_700_000_003.0), 1)
        expect("prune, again", second.prune(before=1_700_000_003.0), 0)
        _expect_removed(second, "r-2")
        expect("runs", [run.run_id for run in second.runs()], ["r-1", "r-3"])
        expect("entries of another run", list(second.entries("r-1")), [entry_of(1)])
        expect("setting", second.setting("active"), "2")


def forget_removes_a_person(open_journal: Open) -> None:
    """By the exact number, running calls too."""
    with opened(open_journal, 2) as (first, second):
        _fill(first)
        expect("forget, a part of a number", second.forget("+1919555010"), 0)
        expect("forget, an unknown number", second.forget(_TEXT), 0)
        expect("forget", second.forget("+19195550102"), 1)
        _expect_removed(second, "r-2")
        expect("runs", [run.run_id for run in second.runs()], ["r-1", "r-3"])
        expect("forget, a number of two runs", second.forget("+19195550100"), 2)
        expect("runs", list(second.runs()), [])


def _fill(journal: Journal) -> None:
    for number in (1, 2, 3):
        run_id, own = f"r-{number}", f"+1919555010{number}"
        numbers = (own,) if run_id == "r-2" else ("+19195550100", own)
        key, names = f"k-{number}", ("agent-free",)
        journal.create(run_of(run_id, number, numbers=numbers, key=key, waiting_for=names))
        route = Route(f"c-{number}", run_id)
        journal.commit(run_id, Changes((entry_of(1),), routes=(route,)))
        journal.post(message_of(run_id, "m-1"))


def _expect_removed(journal: Journal, run_id: str) -> None:
    expect("run, removed", journal.run(run_id), None)
    expect("entries, removed", list(journal.entries(run_id)), [])
    expect("inbox, removed", list(journal.inbox(run_id)), [])
    expect("route, removed", journal.route(f"c-{run_id[2:]}"), None)
    waiting = [run.run_id for run in journal.waiting("agent-free")]
    expect("waiting, removed", run_id in waiting, False)
    again = run_of("again", key=f"k-{run_id[2:]}")
    expect("create with the key of a removed run", journal.create(again), again)
    expect("create with the id of a removed run", journal.create(run_of(run_id)), run_of(run_id))
    expect("entries of the new run", list(journal.entries(run_id)), [])
    expect("post to the new run", journal.post(message_of(run_id, "m-1")), True)
    for gone in (run_id, "again"):
        _end(journal, gone, updated_at=0.0)
    expect("prune of the new runs", journal.prune(before=1.0), 2)


def _end(journal: Journal, run_id: str, updated_at: float) -> None:
    run = journal.run(run_id)
    assert run is not None  # noqa: S101 - it was just written
    ended = replace(run, state="ended", updated_at=updated_at)
    journal.commit(run_id, Changes(run=ended))


def text_that_cannot_be_kept_is_refused(open_journal: Open) -> None:
    """NUL and lone surrogates are refused by writers; readers find nothing."""
    with opened(open_journal) as [journal]:
        journal.create(run_of("r-1"))
        for bad in ("a\0b", "a\ud800b"):
            with expect_raises("create", JournalError):
                journal.create(run_of(bad))
            with expect_raises("commit", JournalError):
                journal.commit("r-1", Changes((entry_of(1, bad),)))
            with expect_raises("post", JournalError):
                journal.post(message_of("r-1", bad))
            with expect_raises("set_setting", JournalError):
                journal.set_setting(bad, "1")
            expect("run", journal.run(bad), None)
            expect("entries", list(journal.entries(bad)), [])
            expect("entry", journal.entry("r-1", (bad, 1, "event", 0)), None)
            expect("inbox", list(journal.inbox(bad)), [])
            expect("withdraw", journal.withdraw(bad, bad), False)
            expect("route", journal.route(bad), None)
            expect("waiting", list(journal.waiting(bad)), [])
            expect("setting", journal.setting(bad), None)
            expect("forget", journal.forget(bad), 0)
        with expect_raises("create with a time that is no number", JournalError):
            journal.create(run_of("r-2", updated_at=float("nan")))


def a_closed_journal_is_refused(open_journal: Open) -> None:
    """Use of a closed journal is an error, and closing it again is not."""
    journal = open_journal()
    journal.create(run_of("r-1"))
    journal.close()
    with expect_raises("run of a closed journal", JournalError):
        journal.run("r-1")
    with expect_raises("commit to a closed journal", JournalError):
        journal.commit("r-1", Changes())
    with expect_raises("lock of a closed journal", JournalError), journal.lock("r-1", timeout=0):
        pass
    journal.close()


RECORD_CHECKS = (
    create_keeps_every_value,
    create_returns_the_run_that_is_there,
    commit_writes_everything,
    commit_writes_all_or_nothing,
    inbox_takes_a_message_once,
    waiting_lists_the_longest_first,
    runs_are_listed_by_age,
    settings_are_kept,
    prune_removes_old_runs,
    forget_removes_a_person,
    text_that_cannot_be_kept_is_refused,
    a_closed_journal_is_refused,
)
