"""Writes the constructors that type checkers see into the source of the elements.

make constructors

Elements with children or speech take ``*children``, which no annotation of a field can express, so
each spells its constructor out below ``if TYPE_CHECKING``. All of it follows from the fields.
"""

import sys
from pathlib import Path

from tests.constructors import script_methods
from tests.constructors.spelling import MODULES, rewritten


def main() -> int:
    """Rewrite the modules that differ, and write their paths."""
    for path in map(Path, MODULES):
        text = path.read_text(encoding="utf-8")
        new = rewritten(text, MODULES[str(path)])
        if new != text:
            path.write_text(new, encoding="utf-8")
            sys.stdout.write(f"{path}\n")
    methods = Path(script_methods.PATH)
    if not methods.exists() or methods.read_text(encoding="utf-8") != script_methods.source():
        methods.write_text(script_methods.source(), encoding="utf-8")
        sys.stdout.write(f"{methods}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
