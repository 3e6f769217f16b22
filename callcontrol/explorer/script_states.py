"""The state of a call script: where its functions wait, and with which variables.

It stands for the URLs of the script's documents, which have another step each time.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import FrameType
from typing import TYPE_CHECKING, Self, cast

from bxml._once import FIRST_IMPORT
from callcontrol.explorer.live_variables import live_variables
from callcontrol.simulator.applications.call_scripts import scripts_in

if TYPE_CHECKING:
    from callcontrol.scripts import Scripts
    from callcontrol.scripts.suspended import Suspended

_ADDRESS = re.compile(r"""[?]run=[^"'<>?\s]*""")
"""The query of an address that a script writes; see ``callcontrol.scripts.addresses``."""
_TIMES = ("Time", "duration")
"""Ends of the names of fields that differ in each call and have no meaning for its course."""


@dataclass(frozen=True, slots=True)
class ScriptWait:
    """Where a script waits."""

    key: str
    """A text that is the same in two states if the script goes on in the same way."""
    step: int
    awaits: str
    is_hold: bool
    """Whether a signal or an event from elsewhere ends the wait, not the caller."""
    timeout: float | None


@dataclass(frozen=True, slots=True)
class ScriptStates:
    """The scripts of an application in this process; none if it has handlers of webhooks."""

    applications: Sequence["Scripts"] = ()

    @classmethod
    def of(cls, app: object) -> Self:
        """Return the scripts that an application is or mounts."""
        return cls(cast("Sequence[Scripts]", tuple(scripts_in(app))))

    def without_addresses(self, text: str) -> str:
        """Return a text without the steps in the URLs of scripts."""
        return _ADDRESS.sub("?script", text) if self.applications else text

    def wait_of(self, call_id: str) -> ScriptWait | None:
        """Return where the script of a call waits; None if no script runs it any longer."""
        for scripts in self.applications:
            found = scripts.suspended(call_id)
            if found and found[0].awaits:
                main = found[0]
                key = repr([_leg_key(each) for each in found])
                return ScriptWait(key, main.step, main.awaits, main.is_hold, main.timeout)
        return None


def _leg_key(waiting: "Suspended") -> tuple[object, ...]:
    callee = waiting.leg.rpartition(".")[2]  # without the step of its Transfer
    frames = [*map(_frame_key, waiting.frames)]
    return callee, waiting.awaits, waiting.ended is None, frames


def _frame_key(frame: FrameType) -> tuple[object, ...]:
    with FIRST_IMPORT:
        from callcontrol.scripts import Call

    variables = {
        name: _shown(value)
        for name, value in live_variables(frame).items()
        if not isinstance(value, Call)
    }
    return frame.f_code.co_qualname, frame.f_lineno, variables


def _shown(value: object) -> object:
    """Return the text of a value; events without their times."""
    with FIRST_IMPORT:
        from callcontrol.events import Event
        from callcontrol.scripts import Talk

    if isinstance(value, Event):
        fields: Mapping[str, object] = json.loads(value.to_json())
        return {name: field for name, field in fields.items() if not name.endswith(_TIMES)}
    if isinstance(value, Talk):
        talk = cast("Talk[object]", value)
        return talk.outcome, _shown(talk.value)
    if isinstance(value, datetime):
        return "time"
    if isinstance(value, list | tuple):
        return [*map(_shown, cast("Sequence[object]", value))]
    return _repr(value)


def _repr(value: object) -> str:
    try:
        return repr(value)
    except Exception as error:  # noqa: BLE001 - the method of a class of the application
        return f"{type(value).__name__}: {type(error).__name__}"
