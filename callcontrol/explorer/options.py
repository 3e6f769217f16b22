"""The options of an exploration, checked, as one value."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from types import ModuleType

from bxml._wording import did_you_mean
from callcontrol._urls import origin_of
from callcontrol.explorer.bounds import Bounds, Progress
from callcontrol.explorer.faults import KINDS
from callcontrol.explorer.states import StateReader
from callcontrol.phone.call_request import CallRequest
from callcontrol.simulator.core.engine import DIGITS
from callcontrol.simulator.core.platform import Platform
from callcontrol.simulator.errors import SimulatorError, expect_number

NOT_IN_A_SCRIPT = re.compile(r'[\r\n"]')
_LISTED = {"entries": "entries", "say": "texts"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplorationOptions:
    """The options of an exploration; invalid values are a ``SimulatorError``."""

    request: CallRequest
    """Placed again and again; its ``reach`` names the other hosts that may be called."""
    reader: StateReader
    slow: float
    """Seconds from which a reply is slow."""
    bounds: Bounds
    allow: Sequence[str]
    """Kinds of fault that are not reported."""
    code: Sequence[Path]
    """Files whose branches must be reached."""
    platform: Platform | None
    """The one whose REST operations the application uses; None gives each call its own."""
    progress: Callable[[Progress], None] | None
    stop: Event | None

    def __post_init__(self) -> None:
        _check_input(self.reader)
        expect_number("explore.slow", self.slow, 0)
        expect_number("explore.bounds.depth", self.bounds.depth, 1)
        expect_number("explore.bounds.states", self.bounds.states, 1)
        expect_number("explore.bounds.seconds", self.bounds.seconds, 0)
        for kind in self.allow:
            if kind not in KINDS:
                hint = did_you_mean(kind, tuple(KINDS))
                text = f"explore.allow: expected a kind of fault, got {kind!r}"
                raise SimulatorError(f"{text}; {hint}" if hint else text)
        if self.request.detect is not None and not self.request.outbound:
            raise SimulatorError("explore.detect: needs outbound=True")
        if self.request.tag is not None and not self.request.outbound:
            raise SimulatorError("explore.tag: needs outbound=True")
        for url in self.request.reach:
            if origin_of(url) is None:
                raise SimulatorError(f"explore.reach: expected an http URL, got {url!r}")


def _check_input(reader: StateReader) -> None:
    for name, values in (("entries", reader.entries), ("say", reader.words)):
        if isinstance(values, str):
            raise SimulatorError(
                f"explore.{name}: expected a list of {_LISTED[name]}, got {values!r}"
            )
    typed = [("keys", reader.keys), *(("entries", entry) for entry in reader.entries)]
    for name, keys in typed:
        if not keys or not DIGITS.issuperset(keys):
            raise SimulatorError(f"explore.{name}: expected keys 0-9 A-D * #, got {keys!r}")
    for text in reader.words:
        if not text.strip() or NOT_IN_A_SCRIPT.search(text):
            expected = "words without line ends and double quotes"
            raise SimulatorError(f"explore.say: expected {expected}, got {text!r}")


def as_pattern(ignore: str | None) -> re.Pattern[str] | None:
    """Return the compiled argument ``ignore``."""
    try:
        return None if ignore is None else re.compile(ignore)
    except (re.error, TypeError) as error:
        text = f"explore.ignore: expected a regular expression, got {ignore!r:.100} ({error})"
        raise SimulatorError(text) from None


def source_file(code: ModuleType | Path) -> Path:
    """Return the file of a module."""
    name = getattr(code, "__file__", None) if isinstance(code, ModuleType) else str(code)
    if name is None or not Path(name).is_file():
        raise SimulatorError(f"explore.code: expected a module with a file, got {code!r}")
    return Path(name)
