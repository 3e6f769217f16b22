"""Ratios against other ways to make, check and push BXML, all measured in this one run.

make bench                     everything, about four minutes
python -m tests.benchmarks compose imports     only these parts
"""

import sys
from collections.abc import Callable, Mapping

from tests.benchmarks import (
    calls,
    compose,
    files,
    hostile,
    imports,
    memory,
    pushes,
    reading,
    scripts,
)

PARTS: Mapping[str, Callable[[], None]] = {
    "compose": compose.report,
    "reading": reading.report,
    "files": files.report,
    "imports": imports.report,
    "memory": memory.report,
    "pushes": pushes.report,
    "hostile": hostile.report,
    "calls": calls.report,
    "scripts": scripts.report,
}


def main(wanted: list[str]) -> int:
    """Run the named parts, or all of them."""
    unknown = [each for each in wanted if each not in PARTS]
    if unknown:
        print(f"expected {', '.join(PARTS)}, got {', '.join(unknown)}", file=sys.stderr)
        return 2
    for name in wanted or PARTS:
        PARTS[name]()
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
