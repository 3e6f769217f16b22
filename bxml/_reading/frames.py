"""Records of the reader: an element being read, a flaw, and how a class is read."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bxml._construct import compile_function
from bxml._kinds import quick_reader
from bxml._node import ELEMENTS, Node
from bxml._once import once
from bxml.errors import Severity


class OpenElement:
    """One element while and after it is read."""

    __slots__ = (
        "extra",
        "frames",
        "given",
        "misplaced",
        "node",
        "offset",
        "parent",
        "pieces",
        "shape",
        "tag",
        "values",
    )

    def __init__(
        self, tag: str, shape: "ReadingSpec | None", parent: "OpenElement | None", offset: int
    ) -> None:
        self.tag = tag
        self.shape = shape
        """How its class is read; None for an unknown element."""
        self.parent = parent
        self.offset = offset
        """Byte index of its start tag."""
        self.values: list[object] = []
        self.extra: dict[str, str] | None = None
        """Attributes outside the table, when these are kept."""
        self.given: list[str] = []
        """Attributes in document order: name, value, name, value."""
        self.frames: list[OpenElement] = []
        self.pieces: list[str | Node] = []
        """Text and taken children, in order."""
        self.misplaced = False
        self.node: Node | None = None


@dataclass(frozen=True, slots=True)
class RawProblem:
    """A problem that has not been given its position and path yet."""

    rule: str
    frame: OpenElement | None
    finding: str
    hint: str | None = None
    attribute: str | None = None
    """Wire name of the attribute to blame."""
    text: bool = False
    """True when the text of the element is to blame."""
    offset: int | None = None
    """Byte index, where it is not that of the element."""
    severity: Severity = "error"


class ReadingSpec:
    """How the values of one class are read from XML; made once per class."""

    def __init__(self, cls: type[Node]) -> None:
        element = cls.element
        self.cls = cls
        self.element = element
        self.form = element.content.form
        self.names: tuple[str, ...] = cls._names
        self.blank: list[object] = [None] * len(self.names)
        self.readers: dict[str, tuple[int, Callable[[str], object]]] = {
            attribute.wire: (self.names.index(attribute.name), quick_reader(attribute.kind))
            for attribute in element.attributes
        }
        self.required = [
            (self.names.index(attribute.name), attribute)
            for attribute in element.attributes
            if attribute.required
        ]
        self.children = self._allowed()
        self.fill = self._first

    def _first(self, values: Iterable[object]) -> Node:
        """Make the first value of the class, and be replaced by what makes the others."""
        compile_function(self.cls, "_filled")
        self.fill = getattr(self.cls, "_filled")  # noqa: B009 - made when it is compiled
        return self.fill(values)

    def _allowed(self) -> frozenset[str]:
        if self.form == "speech":
            return frozenset(n for n, c in ELEMENTS.items() if c.element.kind == "ssml")
        if self.form != "children":
            return frozenset()
        name, kind = self.element.name, self.element.kind
        return frozenset(
            item
            for item, cls in ELEMENTS.items()
            if name in cls.element.parents or (kind == "root" and "Response" in cls.element.parents)
        )


@once
def shapes() -> dict[str, ReadingSpec]:
    """Return how each element is read, by name; made once."""
    return {name: ReadingSpec(cls) for name, cls in ELEMENTS.items()}


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
