"""Calls in a journal by script and version, and their steps; needs no code of the scripts."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from callcontrol.scripts.journals.model import Entry, Run, RunState
from callcontrol.scripts.journals.protocol import Journal
from callcontrol.scripts.resolutions import Resolution
from callcontrol.scripts.webhooks import STATUS_WEBHOOK, active_setting

_FIRST = "first webhook"
_BACKGROUND = "callcontrol.run "
"""Begins the name of the message with the result of a function that runs during a hold."""


@dataclass(frozen=True, slots=True)
class VersionStatus:
    """The calls of one version of a script."""

    script: str
    version: str
    is_active: bool
    """Whether ``activate`` chose it for new calls."""
    live: int
    failed: int
    waits: Mapping[str, int]
    """Names of what live calls wait for, with their number, the most frequent first."""
    oldest: Run | None
    """The live one that began first."""


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step of a run: its await, what came, and the document that followed."""

    leg: str
    step: int
    asked: str
    """The await; empty for the first webhook of a leg."""
    resolution: Resolution | None
    """The end of the await; None if it is pending."""
    results: tuple[Resolution, ...] = ()
    """Results of the functions that ``run`` called before the next await."""
    document: str | None = None
    note: str = ""


def versions(journal: Journal, script: str | None = None) -> Sequence[VersionStatus]:
    """Return every version that has live or failed calls."""
    states: tuple[RunState, ...] = ("running", "failed")
    found: dict[tuple[str, str], list[Run]] = {}
    for state in states:
        for run in journal.runs(state=state, script=script):
            found.setdefault((run.script, run.version), []).append(run)
    active = {name: journal.setting(active_setting(name)) for name, _ in found}
    return [
        _status(journal, key, runs, is_active=active[key[0]] == key[1])
        for key, runs in sorted(found.items())
    ]


def _status(
    journal: Journal, key: tuple[str, str], runs: Sequence[Run], *, is_active: bool
) -> VersionStatus:
    live = [run for run in runs if run.state == "running"]
    waits = Counter(wait_of(journal, run) for run in live)
    return VersionStatus(
        script=key[0],
        version=key[1],
        is_active=is_active,
        live=len(live),
        failed=len(runs) - len(live),
        waits=dict(waits.most_common()),
        oldest=live[0] if live else None,
    )


def wait_of(journal: Journal, run: Run) -> str:
    """Return what a live run waits for: signals and events, or a verb."""
    if run.waiting_for:
        names = ("run" if name.startswith(_BACKGROUND) else name for name in run.waiting_for)
        return ", ".join(dict.fromkeys(names))
    asked = [
        entry for entry in journal.entries(run.run_id) if entry.kind == "asked" and not entry.leg
    ]
    return max(asked, key=lambda entry: entry.step).value if asked else _FIRST


def status_webhook_at(journal: Journal) -> float | None:
    """Return when a ``disconnect`` came to the status URL, to ten minutes; None for never."""
    found = journal.setting(STATUS_WEBHOOK)
    return None if found is None else float(found)


def find_run(journal: Journal, name: str) -> Run | None:
    """Return the run with this id, or that of the call with this id."""
    found = journal.run(name)
    route = None if found else journal.route(name)
    return journal.run(route.run_id) if route else found


def steps(journal: Journal, run_id: str) -> Iterator[StepRecord]:
    """Yield the steps of a run in order; those of whispers where they began."""
    groups: dict[tuple[str, int], list[Entry]] = {}
    for entry in journal.entries(run_id):
        groups.setdefault((entry.leg, entry.step), []).append(entry)
    return (_step(leg, step, entries) for (leg, step), entries in groups.items())


def _step(leg: str, step: int, entries: Sequence[Entry]) -> StepRecord:
    values = {entry.kind: entry.value for entry in entries if entry.kind != "result"}
    results = sorted(
        (entry for entry in entries if entry.kind == "result"), key=lambda entry: entry.index
    )
    event = values.get("event")
    return StepRecord(
        leg,
        step,
        values.get("asked", ""),
        None if event is None else Resolution.of_text(event),
        tuple(Resolution.of_text(entry.value) for entry in results),
        values.get("reply"),
        values.get("note", ""),
    )
