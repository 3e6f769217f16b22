"""Watches the order of the locks of first uses while every first use is made.

Run in a fresh interpreter: the locks are replaced before ``bxml`` is imported. Prints what breaks
the order that ``bxml._once`` describes.
"""

import _thread
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import FrameType, ModuleType

sys.path.insert(0, str(Path(__file__).parents[2]))

REAL = _thread.RLock
broken: list[str] = []
watched: list["Watched"] = []


class Watched:
    """A re-entrant lock that notes by whom it is held; only one thread runs here."""

    def __init__(self) -> None:
        self.depth = 0

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    def acquire(self) -> bool:
        """Take the lock; note another one that must not be held meanwhile."""
        if self not in watched:  # a lock of the import system, from Python 3.12 on
            return True
        use, imports, validating = watched
        if self.depth == 0 and self is not use and use.depth:
            broken.append("a lock is taken while FIRST_USE is held")
        if self is not validating and validating.depth:
            broken.append("a lock is taken while VALIDATING is held")
        if self is imports and not self.depth and in_our_import():
            broken.append("FIRST_IMPORT is taken while one of our modules is imported")
        self.depth += 1
        return True

    def release(self) -> None:
        """Release the lock."""
        self.depth -= 1


def is_ours(name: str) -> bool:
    """Return whether a module belongs to one of the packages."""
    return name.partition(".")[0] in ("bxml", "callcontrol")


def in_our_import() -> bool:
    """Return whether the body of one of our modules is running."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        name = str(frame.f_globals.get("__name__"))
        if frame.f_code.co_name == "<module>" and is_ours(name):
            return True
        frame = frame.f_back
    return False


class Finder(MetaPathFinder):
    """Notes imports of our modules while a value is made."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find nothing; only look."""
        del path, target
        if is_ours(fullname) and watched and watched[0].depth:
            broken.append(f"{fullname} is imported while FIRST_USE is held")
        return None


def main() -> int:
    """Make every first use in one thread and print what was noted."""
    setattr(_thread, "RLock", Watched)  # noqa: B010 - the stubs call it final
    import bxml._once

    setattr(_thread, "RLock", REAL)  # noqa: B010
    held: list[object] = [bxml._once.FIRST_USE, bxml._once.FIRST_IMPORT, bxml._once.VALIDATING]
    watched.extend(lock for lock in held if isinstance(lock, Watched))
    assert held == watched
    sys.meta_path.insert(0, Finder())
    from tests.cold_starts.first_uses import THREADS, USES

    for use in USES.values():
        for index in range(THREADS):
            use(index)
    print("\n".join(sorted(set(broken))), end="")
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main())
