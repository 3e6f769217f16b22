"""Which tests can notice a mutant, from a record of what each test executes."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.mutants import Mutant
from tests.mutation.recording import IMPORT

__all__ = ["Record", "Selection"]

FIRST_FEW = 50
"""Tests of the first stage."""

Lines = dict[int, frozenset[int]]


@dataclass(frozen=True, slots=True)
class Selection:
    """Tests in the order in which they run, and the seconds they took when they were recorded."""

    tests: tuple[str, ...]
    seconds: float


class Record:
    """What ``tests.mutation.recording`` wrote."""

    def __init__(self, file: Path) -> None:
        read = json.loads(file.read_text())
        self.tests: list[tuple[str, float]] = [(test, seconds) for test, seconds in read["tests"]]
        self.failed: list[str] = read["failed"]
        self._lines: dict[str, Lines] = {
            path: {int(line): frozenset(numbers) for line, numbers in lines.items()}
            for path, lines in read["lines"].items()
        }

    def stages(self, mutant: Mutant, budget: float) -> Iterator[Selection]:
        """Yield the tests that can notice a mutant in stages: most mutants see only the first few.

        First those that execute the mutated lines, the fastest first, then others of the suite,
        because a cache may hide that a test uses a line. What the import executes has an effect on
        every test, also on those that only compare tables; those that execute related lines, and
        those whose file has the module's name, are then the first.
        """
        priorities = self._priorities(mutant)
        numbers = _executing(self._lines.get(mutant.path, {}), mutant)
        if numbers and IMPORT not in numbers:
            tests = self._chosen(numbers, {}, budget)
        else:
            tests = self._chosen(range(len(self.tests)), priorities, budget)
        yield self._selection(tests[:FIRST_FEW])
        yield self._selection(tests[FIRST_FEW:])
        others = frozenset(range(len(self.tests))).difference(tests)
        yield self._selection(self._chosen(others, priorities, budget))

    def _selection(self, numbers: Sequence[int]) -> Selection:
        chosen = [self.tests[number] for number in numbers]
        return Selection(tuple(test for test, _ in chosen), sum(seconds for _, seconds in chosen))

    def _priorities(self, mutant: Mutant) -> dict[int, int]:
        """Return how early tests should run; those left out come last."""
        words = [word.strip("_") for word in Path(mutant.path).with_suffix("").parts[1:]]
        lines = self._lines.get(mutant.path, {})
        module = frozenset[int]().union(*lines.values())
        related = frozenset[int]().union(*(lines[it] for it in mutant.related if it in lines))
        return {
            it: 10 * (it in related)
            + (it in module)
            + sum(word in self._file(it) for word in words)
            for it in range(len(self.tests))
        }

    def _file(self, number: int) -> str:
        return self.tests[number][0].partition("::")[0]

    def _chosen(
        self, numbers: Iterable[int], priorities: Mapping[int, int], budget: float
    ) -> list[int]:
        """Return as many of the tests as fit into so many seconds, and always one."""

        def rank(number: int) -> tuple[int, float]:
            return -priorities.get(number, 0), self.tests[number][1]

        chosen: list[int] = []
        total = 0.0
        for number in sorted(numbers, key=rank):
            seconds = self.tests[number][1]
            if total + seconds <= budget or not chosen:
                chosen.append(number)
                total += seconds
        return chosen


def _executing(lines: Lines, mutant: Mutant) -> frozenset[int]:
    """Return the tests of the mutated lines, or of the last line before them that has any."""
    found = [lines[it] for it in range(mutant.line, mutant.end_line + 1) if it in lines]
    if not found:
        found = [lines[max(before)]] if (before := [it for it in lines if it < mutant.line]) else []
    return frozenset[int]().union(*found)
