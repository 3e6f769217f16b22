"""Chooses calls: by id, from a file, or from the platform's list, without those it would harm."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from bxml._wording import InvalidValue, quoted
from callcontrol._requests import CALL_ID
from callcontrol.bulk.errors import BulkError
from callcontrol.models import CallState

if TYPE_CHECKING:
    from callcontrol.client import Client

Exclusion = Literal["ended", "unanswered", "transfer-leg", "talking"]
EXCLUSIONS: Mapping[Exclusion, str] = MappingProxyType(
    {
        "ended": "calls that have ended",
        "unanswered": "calls that are queued or ringing, which the platform refuses to change",
        "transfer-leg": "second legs of a Transfer, which belong to the call that dials them",
        "talking": "calls whose second leg has answered: a change would cut both parties",
    }
)
"""Calls that are left out unless they are asked for, and why."""

_NOTHING: Mapping[str, str] = MappingProxyType({})
MAX_SWEEPS = 10
"""Passes over the list of calls at most."""


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call with columns, such as a line of a CSV file, for the document function."""

    call_id: str
    columns: Mapping[str, str] = field(default_factory=lambda: _NOTHING)


Chosen = str | CallState | CallRow


@dataclass(frozen=True, slots=True)
class Selection:
    """Calls that a plan may change, and how many were left out."""

    calls: Sequence[tuple[CallState, Mapping[str, str]]]
    """State and columns of each call; only the id is known of a call that was given by its id."""
    excluded: Mapping[str, int] = field(default_factory=dict[str, int])
    """Calls that were left out, by the names of ``EXCLUSIONS``."""

    def __len__(self) -> int:
        return len(self.calls)


def select(chosen: "Iterable[Chosen] | Selection", include: Iterable[Exclusion] = ()) -> Selection:
    """Return a selection of these calls, each once.

    States are judged where they are known: for ``CallState`` values, not for ids.

    :raises BulkError: for a value that is not a call, or the name of an unknown exclusion.
    """
    if isinstance(chosen, Selection):
        return chosen
    wanted = frozenset(include)
    unknown = wanted - set(EXCLUSIONS)
    if unknown:
        raise BulkError(f"include: expected {', '.join(EXCLUSIONS)}, got {quoted(min(unknown))}")
    found = {call.call_id: (call, columns) for call, columns in map(_call_of, chosen)}
    talking: set[str | None] = {
        call.parent_call_id
        for call, _ in found.values()
        if call.parent_call_id and call.state == "answered"
    }
    kept: list[tuple[CallState, Mapping[str, str]]] = []
    excluded: Counter[str] = Counter()
    for call, columns in found.values():
        reason = _exclusion(call, talking)
        if reason is None or reason in wanted:
            kept.append((call, columns))
        else:
            excluded[reason] += 1
    return Selection(kept, dict(excluded))


def _call_of(chosen: Chosen) -> tuple[CallState, Mapping[str, str]]:
    if isinstance(chosen, CallState):
        return chosen, _NOTHING
    row = chosen if isinstance(chosen, CallRow) else CallRow(chosen)
    try:
        return CallState(call_id=CALL_ID.accept(row.call_id)), row.columns
    except InvalidValue as refused:
        raise BulkError(f"calls: {refused.finding}") from None


def _exclusion(call: CallState, talking: "set[str | None]") -> Exclusion | None:
    if call.state == "disconnected":
        return "ended"
    if call.state in ("queued", "initiated"):
        return "unanswered"
    if call.parent_call_id:
        return "transfer-leg"
    return "talking" if call.call_id in talking else None


def from_csv(path: "str | Path") -> Sequence[CallRow]:
    """Return the calls of a CSV file with a header line and a column ``call_id``.

    :raises BulkError: for a file that cannot be read, or a line without a call id.
    """
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            return list(_rows_of(str(path), csv.DictReader(file)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BulkError(f"{path}: {error}") from error


def _rows_of(path: str, reader: "csv.DictReader[str]") -> Iterator[CallRow]:
    if "call_id" not in (reader.fieldnames or ()):
        raise BulkError(f"{path}:1: expected a header line with the column call_id")
    for line in reader:
        values = {name: value for name, value in line.items() if isinstance(value, str)}
        call_id = (values.pop("call_id", "") or "").strip()
        if not call_id:
            raise BulkError(f"{path}:{reader.line_num}: expected a call id, got nothing")
        yield CallRow(call_id, values)


def live_calls(
    client: "Client",
    *,
    to: str | None = None,
    from_: str | None = None,
    include: Iterable[Exclusion] = (),
    sweep: bool = False,
) -> Selection:
    """Return the calls of the account that are up, as far as the platform's list shows them.

    The list has no filter for states, covers seven days and lags by seconds. With ``sweep`` it is
    read again until two passes in a row find no new call. Calls of ``EXCLUSIONS`` are left out and
    counted, unless ``include`` names them; ended calls are not counted.
    """
    found: dict[str, CallState] = {}
    quiet = 0
    for _ in range(MAX_SWEEPS if sweep else 1):
        new = 0
        for call in client.list_calls(to=to, from_=from_):
            new += call.call_id not in found
            found[call.call_id] = call
        quiet = 0 if new else quiet + 1
        if quiet == 2:  # noqa: PLR2004 - two passes in a row
            break
    up = [call for call in found.values() if call.state != "disconnected"]
    return select(up, include)
