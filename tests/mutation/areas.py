"""What is mutated, and which tests judge it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.mutation.equivalents import change_of, equivalents
from tests.mutation.mutants import Mutant, mutants_of

__all__ = ["AREAS", "SUITES", "Suite", "sample", "suite_of"]

AREAS: Mapping[str, tuple[str, ...]] = {
    "rules": ("bxml/rules/*.py",),
    "constraints": ("bxml/_kinds.py",),
    "writer": ("bxml/_writer.py",),
    "client": ("callcontrol/client.py", "callcontrol/_http/[!r]*.py", "callcontrol/_http/rep*.py"),
    "retry": ("callcontrol/_http/retry.py",),
    "auth": ("callcontrol/auth.py",),
    "engine": ("callcontrol/simulator/core/**/*.py",),
}
LEAST_SHARE = 20
"""Every area gets at least this part of the mutants: one in twenty."""


@dataclass(frozen=True, slots=True)
class Suite:
    """The tests of one package."""

    folder: str
    ignored: tuple[str, ...]
    """Patterns of test files that judge other parts; they only cost time here."""


SUITES: Mapping[str, Suite] = {
    "bxml": Suite("tests/bxml", ("strategies", "cli/test_processes.py")),
    "callcontrol": Suite(
        "tests/callcontrol",
        (
            "bulk",
            "cli",
            "doctor",
            "events",
            "explorer",
            "integrations",
            "recorder",
            "scripts",
            "test_pytest_plugin.py",
            "client/test_package.py",
            "client/test_vendor_sdk.py",
            "simulator/test_vendor_live_tests.py",
        ),
    ),
}


def suite_of(path: str) -> Suite:
    """Return the tests of the package that a source file belongs to."""
    return SUITES[path.partition("/")[0]]


def sample(
    root: Path, areas: Mapping[str, Iterable[str]], count: int, seed: int
) -> dict[str, list[Mutant]]:
    """Return ``count`` random mutants by area: in proportion to size, small areas a little more.

    The same seed chooses the same mutants of the same source.
    """
    random = Random(seed)  # noqa: S311 - a sample, no secret
    pools = {name: _pool(root, patterns) for name, patterns in areas.items()}
    for pool in pools.values():
        random.shuffle(pool)
    shares = _shares({name: len(pool) for name, pool in pools.items()}, count)
    return {name: _first(root, pool, shares[name]) for name, pool in pools.items()}


def _pool(root: Path, patterns: Iterable[str]) -> list[Mutant]:
    paths = sorted({path for pattern in patterns for path in root.glob(pattern)})
    return [
        mutant
        for path in paths
        for mutant in mutants_of(path.relative_to(root).as_posix(), path.read_bytes())
    ]


def _shares(sizes: Mapping[str, int], count: int) -> dict[str, int]:
    """Return how many mutants each area gets."""
    least = count // LEAST_SHARE
    shares: dict[str, int] = {}
    left, total = count, sum(sizes.values())
    for name in sorted(sizes, key=lambda it: sizes[it]):
        fair = round(left * sizes[name] / total) if total else 0
        shares[name] = min(sizes[name], left, max(fair, least))
        left, total = left - shares[name], total - sizes[name]
    return shares


def _first(root: Path, pool: Iterable[Mutant], count: int) -> list[Mutant]:
    """Return the first mutants that are Python and not listed as equivalent."""
    chosen: list[Mutant] = []
    listed = equivalents()
    for mutant in pool:
        if len(chosen) == count:
            break
        source = (root / mutant.path).read_bytes()
        if mutant.compiles(source) and change_of(mutant, source) not in listed:
            chosen.append(mutant)
    return chosen
