"""The output of ``callcontrol simulate``: the addresses, then a line for each event."""

import json
from shutil import get_terminal_size
from typing import TextIO

from bxml._wording import visible_text
from callcontrol._urls import shown_url
from callcontrol.simulator.client_guide import ClientGuide
from callcontrol.simulator.core.observations import Observation
from callcontrol.simulator.errors import SimulatorError
from callcontrol.simulator.simulator import Simulator
from callcontrol.simulator.testing.timeline import json_line, line_of, number_of, shortened, wrapped

_MAX_WRITTEN_CALLS = 10_000


class LiveLog:
    """Writes observations, a line at a time."""

    def __init__(self, out: TextIO, simulator: Simulator, *, as_json: bool) -> None:
        self._out = out
        self._simulator = simulator
        self._as_json = as_json
        self._began = simulator.now
        self._written_calls: dict[str, None] = {}
        """The last calls whose id was written in full."""
        self.is_broken = False
        """Whether the output is closed."""

    def ready(self, guide: ClientGuide) -> None:
        """Write the addresses and the credentials; times count from now."""
        self._began = self._simulator.now
        if self._as_json:
            self._write(json.dumps({"kind": "ready", **guide.record(self._simulator)}))
            return
        for line in guide.lines(self._simulator):
            self._write(line)

    def waiting(self, url: str) -> None:
        """Write that the first call waits for an application."""
        shown = shown_url(url)
        if self._as_json:
            self._write(json.dumps({"kind": "waiting", "url": shown}))
        else:
            self._write(f"The call comes in once {shown} accepts connections.")

    def observe(self, seen: Observation) -> None:
        """Write one observation."""
        if self._as_json:
            self._write(json_line(seen))
            return
        line = line_of(seen, self._number_of)
        if line is not None:
            seconds = (line.at - self._began).total_seconds()
            full_id = "" if line.call_id in self._written_calls else f" ({line.call_id})"
            self._note_call(line.call_id)
            short = shortened(line.call_id)
            head = f"{seconds:9.1f} s  {short:<12}  {line.what:<10} "
            text = f"{head}{visible_text(line.text)}{full_id}"
            self._write(text, wraps=True)

    def _number_of(self, call_id: str) -> str:
        try:
            return number_of(self._simulator.call(call_id))
        except SimulatorError:  # it is too old to be kept
            return shortened(call_id)

    def _note_call(self, call_id: str) -> None:
        self._written_calls.pop(call_id, None)
        self._written_calls[call_id] = None
        if len(self._written_calls) > _MAX_WRITTEN_CALLS:
            del self._written_calls[next(iter(self._written_calls))]

    def _write(self, text: str, *, wraps: bool = False) -> None:
        """Write a line; on a terminal it is broken between words if it ``wraps``."""
        try:
            if wraps and self._out.isatty():
                text = wrapped(text, get_terminal_size().columns)
            self._out.write(f"{text}\n")
            self._out.flush()
        except (OSError, ValueError):
            self.is_broken = True
