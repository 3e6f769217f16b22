"""Output of ``callcontrol scripts`` about versions, calls and their steps."""

import json
import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from rich.text import Text

from bxml.cli.reports import screen
from bxml.cli.sources import printable
from callcontrol.cli.output import emit, write_line
from callcontrol.recorder.pseudonyms import Pseudonyms
from callcontrol.recorder.redact_bxml import redact_markup
from callcontrol.recorder.redaction import Redactor

if TYPE_CHECKING:
    from callcontrol.scripts.journals.model import Run
    from callcontrol.scripts.overview import StepRecord, VersionStatus
    from callcontrol.scripts.resolutions import Resolution

FORM = 1
"""Version of the JSON form."""
INDENT = 6
MOST_SHOWN = 240
"""Characters of a value for people; JSON has all."""
COLOURS = {"running": "green", "failed": "red", "ended": "dim"}
_TAGS = re.compile(r"<([A-Z]\w*)")
_ROOTS = frozenset(("Bxml", "Response"))
_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"))


def shown_age(seconds: float) -> str:
    """Return a length of time with its two largest units."""
    left, parts = int(max(seconds, 0)), list[str]()
    for size, unit in _UNITS:
        if left >= size:
            parts.append(f"{left // size} {unit}")
            left %= size
    return " ".join([*parts, f"{left} s"][:2])


def shown_time(at: float | None) -> str | None:
    """Return a time in UTC as text; None if there is none."""
    if not at:
        return None
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


def versions_as_json(found: "Sequence[VersionStatus]", status_at: float | None) -> None:
    """Write a line for each version, and the totals."""
    for each in found:
        emit(
            {
                "kind": "version",
                "script": each.script,
                "version": each.version,
                "active": each.is_active,
                "live": each.live,
                "failed": each.failed,
                "waits": dict(each.waits),
                "oldest": each.oldest.call_id if each.oldest else None,
                "oldestAt": shown_time(each.oldest.created_at) if each.oldest else None,
            }
        )
    emit(
        {
            "kind": "status",
            "version": FORM,
            "live": sum(each.live for each in found),
            "failed": sum(each.failed for each in found),
            "statusWebhookAt": shown_time(status_at),
        }
    )


def show_versions(found: "Sequence[VersionStatus]") -> None:
    """Write a paragraph for each version."""
    console = screen()
    for each in found:
        facts = [f"{each.live} live"]
        if each.failed:
            facts.append(f"{each.failed} failed")
        if each.is_active:
            facts.append("active: new calls get it")
        head = printable(f"{each.script}@{each.version}")
        write_line(console, Text.assemble((head, "bold"), f": {', '.join(facts)}"), INDENT)
        if each.oldest is not None:
            waits = ", ".join(f"{name} {count}" for name, count in each.waits.items())
            write_line(console, Text(f"  waiting for: {printable(waits)}"), INDENT)
            age = shown_age(time.time() - each.oldest.created_at)
            write_line(console, Text(f"  oldest: {each.oldest.call_id}, for {age}"), INDENT)


class RunReport:
    """Writes a run and its steps; telephone numbers, secrets and typed keys are masked."""

    def __init__(self) -> None:
        self._redactor = Redactor(Pseudonyms())

    def as_json(self, run: "Run", steps: "Sequence[StepRecord]") -> None:
        """Write a line for the run, and one for each step."""
        emit(
            {
                "kind": "run",
                "version": FORM,
                "run": run.run_id,
                "callId": run.call_id,
                "script": f"{run.script}@{run.version}",
                "state": run.state,
                "key": self._redactor.text(run.key),
                "numbers": [self._redactor.number(number) for number in run.numbers],
                "createdAt": shown_time(run.created_at),
                "updatedAt": shown_time(run.updated_at),
                "waitingFor": list(run.waiting_for),
                "detail": self._redactor.text(run.detail),
            }
        )
        for step in steps:
            emit(self._step(step))

    def _step(self, step: "StepRecord") -> Mapping[str, object]:
        found = step.resolution
        return {
            "kind": "step",
            "leg": step.leg,
            "step": step.step,
            "asked": step.asked,
            "at": shown_time(found.at) if found else None,
            "ended": found.kind if found else None,
            "name": found.name if found else None,
            "value": self._value(found) if found else None,
            "results": [self._redactor.json(result.value) for result in step.results],
            "document": None if step.document is None else self._masked(step.document),
            "note": self._redactor.text(step.note),
        }

    def _masked(self, document: str) -> str:
        return redact_markup(self._redactor, document)

    def _value(self, found: "Resolution") -> object:
        if found.kind == "event":
            return self._redactor.json(json.loads(found.event().to_json()))
        if found.kind == "talk":
            fields = cast("Mapping[str, object]", found.value)
            event = self._redactor.json(json.loads(str(fields["event"])))
            return {**fields, "event": event, "value": self._redactor.json(fields["value"])}
        return self._redactor.json(found.value)

    def show(self, run: "Run", steps: "Sequence[StepRecord]") -> None:
        """Write the run and its steps for people."""
        console = screen()
        head = printable(f"{run.call_id or run.run_id}: {run.script}@{run.version}, ")
        write_line(console, Text.assemble(head, (run.state, COLOURS[run.state])), INDENT)
        facts = {
            "run": run.run_id if run.run_id != run.call_id else "",
            "numbers": ", ".join(self._redactor.number(number) for number in run.numbers),
            "key": self._redactor.text(run.key),
            "began": shown_time(run.created_at),
            "detail": self._redactor.text(run.detail),
        }
        for name, value in facts.items():
            if value:
                write_line(console, Text(printable(f"  {name}: {value}")), INDENT)
        for step in steps:
            for line in self._lines(step):
                write_line(console, Text(printable(line)), INDENT)

    def _lines(self, step: "StepRecord") -> Sequence[str]:
        found = step.resolution
        number = f"{step.leg}/{step.step}" if step.leg else str(step.step)
        if found is None:
            return [f"{number:>{INDENT - 2}}  {step.asked or 'first webhook'}: pending"]
        at = f"{datetime.fromtimestamp(found.at, UTC):%H:%M:%S}" if found.at else "-"
        asked = f"{step.asked}: " if step.asked else ""
        came = " ".join(filter(None, (found.kind, found.name)))
        lines = [f"{number:>{INDENT - 2}}  {at}  {asked}{came}{self._detail(found)}"]
        lines += [f"      run: {_short(self._redactor.json(each.value))}" for each in step.results]
        if step.document is not None:
            lines.append(f"      reply: {_verbs(step.document)}")
        if step.note:
            lines.append(f"      {self._redactor.text(step.note.strip().splitlines()[-1])}")
        return lines

    def _detail(self, found: "Resolution") -> str:
        value = self._value(found)
        if found.kind == "event":
            fields = cast("Mapping[str, object]", value)
            kept = [f"{name} {fields[name]}" for name in _TELLING if fields.get(name)]
            return f", {', '.join(kept)}" if kept else ""
        if found.kind == "talk":
            return f" {cast('Mapping[str, object]', value)['outcome']}"
        return f", {_short(value)}" if value is not None else ""


_TELLING = ("digits", "cause", "recordingId", "referCallStatus", "tag", "errorMessage")
"""Fields of events that say what a caller or the platform did."""


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 3]}..."


def _verbs(document: str) -> str:
    """Return the names of the elements in a document."""
    names = [name for name in _TAGS.findall(document) if name not in _ROOTS]
    return ", ".join(names) or "an empty document"
