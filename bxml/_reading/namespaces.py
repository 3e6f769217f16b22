"""Prefixes and default namespaces in force while a document is read."""

from collections import Counter

__all__ = ["Namespaces"]


class Namespaces:
    """Prefixes and default namespaces in force; made only for documents that declare any."""

    def __init__(self) -> None:
        self._prefixes: list[tuple[int, str]] = []
        self._defaults: list[tuple[int, bool]] = []
        self._known = Counter({"xml": 1})

    def enter(self, depth: int, tag: str, given: list[str]) -> bool:
        """Take in the declarations of a start tag; return whether it is in a namespace."""
        for name, value in zip(given[::2], given[1::2], strict=True):
            if name == "xmlns":
                self._defaults.append((depth, bool(value)))
            elif name.startswith("xmlns:"):
                self._prefixes.append((depth, name[6:]))
                self._known[name[6:]] += 1
        default = bool(self._defaults) and self._defaults[-1][1]
        return default or (":" in tag and self.declares(tag))

    def leave(self, depth: int) -> None:
        """Forget what the element at ``depth`` declared."""
        while self._prefixes and self._prefixes[-1][0] >= depth:
            self._known[self._prefixes.pop()[1]] -= 1
        while self._defaults and self._defaults[-1][0] >= depth:
            self._defaults.pop()

    def declares(self, name: str) -> bool:
        """Return whether the prefix of ``name`` is declared."""
        return self._known[name.partition(":")[0]] > 0
