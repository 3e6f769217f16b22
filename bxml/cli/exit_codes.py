"""Exit codes of the commands, apart from their verdicts; importable without click."""

import sys
from typing import NoReturn

FAILED = 2
"""Wrong usage, or nothing to read or no room to write."""

INTERRUPTED = 130
"""Ended by Ctrl-C."""


def leave(code: int) -> NoReturn:
    """End the process with an exit code, after Ctrl-C too.

    ``python -m`` ends by SIGINT instead if Ctrl-C has interrupted text in ``exec``, by which
    dataclasses are made, even if it was caught. CPython forgets that with the next text.
    """
    exec("")  # noqa: S102 - see above
    sys.exit(code)
