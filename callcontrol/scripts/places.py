"""Lines of a script, as errors name them."""

import sys
from dataclasses import dataclass
from pathlib import Path

_OURS = str(Path(__file__).parent)


@dataclass(frozen=True, slots=True)
class Place:
    """A line of code."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{Path(self.file).name}:{self.line}"


def calling_place() -> Place:
    """Return the nearest line that is not in this package."""
    frame = sys._getframe(1)  # noqa: SLF001 - inspect.stack reads the source of every frame
    while frame.f_code.co_filename.startswith(_OURS) and frame.f_back is not None:
        frame = frame.f_back
    return Place(frame.f_code.co_filename, frame.f_lineno)
