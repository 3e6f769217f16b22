"""``python -m bxml._construct Gather`` prints the source of the constructor and writers."""

import sys
from collections.abc import Iterable
from importlib import import_module

from bxml._construct import source
from bxml._node import ELEMENTS


def main(names: Iterable[str]) -> int:
    """Print the source of the named elements; return 2 for a name that BXML does not have."""
    import_module("bxml._elements")  # which imports this package, makes the table whole
    for name in names:
        if name not in ELEMENTS:
            sys.stderr.write(f"expected the name of an element such as Gather, got {name!r}\n")
            return 2
        sys.stdout.write(source(ELEMENTS[name]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
