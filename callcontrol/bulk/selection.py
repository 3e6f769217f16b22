"""Chooses calls: by id, from a file, or from the platform's list, without those it would harm."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import sleep
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

from bxml._wording import InvalidValue, file_failure, quoted
from callcontrol._requests import CALL_ID
from callcontrol.bulk.errors import BulkError
from callcontrol.bulk.script_calls import ScriptCallLookup, ScriptCalls
from callcontrol.models import CallState

if TYPE_CHECKING:
    from callcontrol.client import Client

Exclusion = Literal["ended", "unanswered", "transfer-leg", "talking", "script"]
EXCLUSIONS: Mapping[Exclusion, str] = MappingProxyType(
    {
        "ended": "calls that have ended",
        "unanswered": "calls that are queued or ringing, which the platform refuses to change",
        "transfer-leg": "second legs of a Transfer, which belong to the call that dials them",
        "talking": "calls whose second leg has answered: a change would cut both parties",
        "script": "calls that a script or another program of yours runs, see ``scripts``",
    }
)
"""Calls that are left out unless they are asked for, and why."""

_NOTHING: Mapping[str, str] = MappingProxyType({})
MAX_SWEEPS = 10
"""Passes over the list of calls at most."""
QUIET_SWEEPS = 2
"""Passes in a row without a new call that end a sweep."""
SWEEP_PAUSE = 1.0
"""Seconds between two passes; the list lags."""


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call with columns, such as a line of a CSV file, for the document function."""

    call_id: str
    columns: Mapping[str, str] = field(default_factory=lambda: _NOTHING)


Chosen = str | CallState | CallRow


class ChosenCall(NamedTuple):
    """A call with what is known about it; of a call given by its id only the id is known."""

    call: CallState
    columns: Mapping[str, str] = _NOTHING


@dataclass(frozen=True, slots=True)
class Exclusions:
    """The calls that are left out."""

    include: frozenset[Exclusion] = frozenset()
    """Kinds that are not left out."""
    scripts: ScriptCallLookup = field(default_factory=ScriptCallLookup)
    """Which calls scripts run."""

    def __post_init__(self) -> None:
        unknown = self.include - set(EXCLUSIONS)
        if unknown:
            text = f"include: expected {', '.join(EXCLUSIONS)}, got {quoted(min(unknown))}"
            raise BulkError(text)

    def reason(self, call: CallState, talking: "frozenset[str]") -> Exclusion | None:
        """Return why a call is left out; None if it is not."""
        kinds = _kinds(call, talking, self.scripts)
        return next((kind for kind in kinds if kind not in self.include), None)


def _kinds(
    call: CallState, talking: "frozenset[str]", scripts: ScriptCallLookup
) -> Iterator[Exclusion]:
    """Yield every kind that a call is of: to ask for one is not to ask for the others."""
    if call.state == "disconnected":
        yield "ended"
    if call.state in ("queued", "initiated"):
        yield "unanswered"
    if call.parent_call_id:
        yield "transfer-leg"
    if call.call_id in talking:
        yield "talking"
    if scripts.has(call.call_id) or (call.parent_call_id and scripts.has(call.parent_call_id)):
        yield "script"


@dataclass(frozen=True, slots=True)
class Selection:
    """Calls that a plan may change, and how many were left out."""

    calls: Sequence[ChosenCall]
    excluded: Mapping[str, int] = field(default_factory=dict[str, int])
    """Calls that were left out, by the names of ``EXCLUSIONS``."""
    exclusions: Exclusions = field(default_factory=Exclusions)

    def __len__(self) -> int:
        return len(self.calls)

    @property
    def is_judged(self) -> bool:
        """Whether the state of every call is known."""
        return all(each.call.state is not None for each in self.calls)

    def judged(self, listed: Iterable[CallState]) -> "Selection":
        """Return the selection with the states of a list of all calls of the account.

        Calls that the list does not show are kept: they may be too new for it.
        """
        states = {call.call_id: call for call in listed}
        calls = [each._replace(call=states.get(each.call.call_id, each.call)) for each in self]
        found = _without(calls, _talking(states.values()), self.exclusions)
        excluded = Counter(self.excluded) + Counter(found.excluded)
        return Selection(found.calls, dict(excluded), self.exclusions)

    def __iter__(self) -> Iterator[ChosenCall]:
        return iter(self.calls)


def select(
    chosen: "Iterable[Chosen] | Selection",
    include: Iterable[Exclusion] = (),
    scripts: ScriptCalls = (),
) -> Selection:
    """Return a selection of these calls, each once.

    States are judged where they are known: for ``CallState`` values, not for ids.

    :raises BulkError: for a value that is not a call, the name of an unknown exclusion, or
        exclusions for a selection, which has its own.
    """
    if isinstance(chosen, Selection):
        if include != () or scripts != ():
            raise BulkError("include and scripts: expected by live_calls, which made the selection")
        return chosen
    exclusions = Exclusions(frozenset(include), ScriptCallLookup.of(scripts))
    calls = {each.call.call_id: each for each in map(_chosen, chosen)}
    talking = _talking(each.call for each in calls.values())
    return _without(calls.values(), talking, exclusions)


def _without(
    calls: Iterable[ChosenCall], talking: "frozenset[str]", exclusions: Exclusions
) -> Selection:
    kept: list[ChosenCall] = []
    excluded: Counter[str] = Counter()
    for each in calls:
        reason = exclusions.reason(each.call, talking)
        if reason is None:
            kept.append(each)
        else:
            excluded[reason] += 1
    return Selection(kept, dict(excluded), exclusions)


def _talking(calls: Iterable[CallState]) -> "frozenset[str]":
    """Return the ids of calls with a second leg that has answered."""
    return frozenset(
        call.parent_call_id for call in calls if call.parent_call_id and call.state == "answered"
    )


def _chosen(chosen: Chosen) -> ChosenCall:
    if isinstance(chosen, CallState):
        return ChosenCall(chosen)
    row = chosen if isinstance(chosen, CallRow) else CallRow(chosen)
    try:
        return ChosenCall(CallState(call_id=CALL_ID.accept(row.call_id)), row.columns)
    except InvalidValue as refused:
        raise BulkError(f"calls: {refused.finding}") from None


def from_csv(path: "str | Path") -> Sequence[CallRow]:
    """Return the calls of a CSV file with a header line and a column ``call_id``.

    :raises BulkError: for a file that cannot be read, or a line without a call id.
    """
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            return list(_rows_of(str(path), csv.DictReader(file, strict=True)))
    except OSError as error:
        raise BulkError(f"{path}: expected a readable file, got: {file_failure(error)}") from None
    except (ValueError, csv.Error) as error:
        raise BulkError(f"{path}: expected CSV in UTF-8, got: {error}") from None


def _rows_of(path: str, reader: "csv.DictReader[str]") -> Iterator[CallRow]:
    if "call_id" not in (reader.fieldnames or ()):
        raise BulkError(f"{path}:1: expected a header line with the column call_id")
    for line in reader:
        values = {name: value for name, value in line.items() if isinstance(value, str)}
        call_id = values.pop("call_id", "").strip()
        try:
            yield CallRow(CALL_ID.accept(call_id), values)
        except InvalidValue as refused:
            raise BulkError(f"{path}:{reader.line_num}: call_id: {refused.finding}") from None


def live_calls(  # noqa: PLR0913 - all keyword-only, all optional
    client: "Client",
    *,
    to: str | None = None,
    from_: str | None = None,
    include: Iterable[Exclusion] = (),
    scripts: ScriptCalls = (),
    sweep: bool = False,
) -> Selection:
    """Return the calls of the account that are up, as far as the platform's list shows them.

    ``to`` and ``from_`` select calls with exactly these numbers. The list has no filter for states,
    covers seven days and lags by seconds; all of it is read, because the second legs of transfers
    have other numbers. With ``sweep`` it is read again each second until two passes in a row find
    no new call, ten times at most. Calls of ``EXCLUSIONS`` are left out and counted, unless
    ``include`` names them; ended calls are not counted. ``scripts`` is as in ``replace``.

    :raises BulkError: for the name of an unknown exclusion.
    """
    exclusions = Exclusions(frozenset(include), ScriptCallLookup.of(scripts))
    found: dict[str, CallState] = {}
    quiet = 0
    for index in range(MAX_SWEEPS if sweep else 1):
        if index:
            sleep(SWEEP_PAUSE)
        known = len(found)
        found.update((call.call_id, call) for call in client.list_calls())
        quiet = 0 if len(found) > known else quiet + 1
        if quiet == QUIET_SWEEPS:
            break
    up = [
        ChosenCall(call)
        for call in found.values()
        if call.state != "disconnected" and to in (None, call.to) and from_ in (None, call.from_)
    ]
    return _without(up, _talking(found.values()), exclusions)
