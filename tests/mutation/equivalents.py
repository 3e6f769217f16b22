"""Mutants that change nothing a user could notice: ``equivalents.txt``, with the reason of each.

A block of that file is a path, the lines of a difference, and the reason. Lines count without
their indentation, and line numbers do not, so that an entry lives as long as its line of code.
"""

from functools import cache
from pathlib import Path

from tests.mutation.mutants import Mutant

__all__ = ["Change", "change_of", "equivalents"]

Change = tuple[str, ...]
"""Path, then the changed lines, each with its sign and without indentation."""


def change_of(mutant: Mutant, source: bytes) -> Change:
    """Return what identifies a mutant, whatever stands before it in the file."""
    return (mutant.path, *_bare(mutant.difference(source, context=0)))


@cache
def equivalents() -> frozenset[Change]:
    """Return the listed changes.

    :raises ValueError: for a block without a path, a difference or a reason.
    """
    text = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8")
    found: set[Change] = set()
    for block in text.strip().split("\n\n"):
        path, *lines, reason = block.splitlines()
        if not path.endswith(".py") or not _bare(lines) or reason[:1] in "+-":
            raise ValueError(f"equivalents.txt: expected path, difference and reason, got {block}")
        found.add((path, *_bare(lines)))
    return frozenset(found)


def _bare(lines: list[str]) -> list[str]:
    return [f"{line[0]}{line[1:].strip()}" for line in lines if line[0] in "+-"]
