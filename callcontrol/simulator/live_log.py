"""The output of ``callcontrol simulate``: the addresses, then a line for each event."""

import json
from collections.abc import Mapping
from shlex import quote
from typing import TextIO

from bxml._wording import visible_text
from callcontrol._settings import API_ROOT
from callcontrol.simulator.core.observations import Observation
from callcontrol.simulator.errors import SimulatorError
from callcontrol.simulator.simulator import Simulator
from callcontrol.simulator.testing.timeline import json_line, line_of, number_of, shortened

_MAX_WRITTEN_CALLS = 10_000


class LiveLog:
    """Writes observations, a line at a time."""

    def __init__(
        self, out: TextIO, simulator: Simulator, held_in: Mapping[str, str], *, as_json: bool
    ) -> None:
        self._out = out
        self._simulator = simulator
        self._held_in = held_in
        self._as_json = as_json
        self._began = simulator.now
        self._written_calls: dict[str, None] = {}
        """The last calls whose id was written in full."""
        self.is_broken = False
        """Whether the output is closed."""

    def ready(self) -> None:
        """Write the addresses and the credentials, OAuth 2.0 before Basic."""
        simulator = self._simulator
        environment = {
            "BW_VOICE_URL": simulator.base_url.removesuffix(API_ROOT),
            "BW_TOKEN_URL": simulator.token_url,
            "BW_ACCOUNT_ID": simulator.account_id,
            "BW_CLIENT_ID": simulator.client_id,
            "BW_CLIENT_SECRET": simulator.client_secret,
        }
        basic = {"BW_USERNAME": simulator.username, "BW_PASSWORD": simulator.password}
        if self._as_json:
            found = {"environment": self._shown(environment), "basic": self._shown(basic)}
            self._write(json.dumps({"kind": "ready", **found}))
            return
        self._write("The platform is simulated; stop it with Ctrl-C. Point a client at it with")
        self._export(environment)
        self._write("or, with Basic authentication instead of the last two,")
        self._export(basic)

    def _shown(self, values: Mapping[str, str]) -> Mapping[str, str]:
        """Return the values without the secrets that were given."""
        return {name: value for name, value in values.items() if name not in self._held_in}

    def _export(self, values: Mapping[str, str]) -> None:
        for name, value in values.items():
            held_in = self._held_in.get(name)
            shown = quote(value) if held_in is None else f'"{held_in}"'
            self._write(f"  export {name}={shown}")

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
            self._write(
                f"{seconds:9.1f} s  {short:<12}  {line.what:<10} {visible_text(line.text)}{full_id}"
            )

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

    def _write(self, text: str) -> None:
        try:
            self._out.write(f"{text}\n")
            self._out.flush()
        except (OSError, ValueError):
            self.is_broken = True
