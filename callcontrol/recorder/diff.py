"""The differences between two replies: values, each with its path."""

import json
import re
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from bxml._wording import visible_text
from bxml.checking import check
from bxml.errors import BxmlError, Problem
from bxml.parser import parse
from callcontrol.recorder.capture import GOOD
from callcontrol.recorder.matching import matching_pairs
from callcontrol.recorder.models import FAILURES, RecordedReply
from callcontrol.recorder.trees import Tree, Value, assumed_value, steps, text_of, tree_of, xml_of

AlignedPair = tuple[int | None, int | None]
"""Indexes of two corresponding children; None for a child that the other element lacks."""

LARGEST_GAP = 10_000
"""Pairs of children that are compared one by one; beyond, only names count."""
_WORD = re.compile(r"\w+|[^\w\s]")

Children = Sequence[Tree | str]


def align_children(before: Children, after: Children) -> Iterator[AlignedPair]:
    """Yield every child of both once, in order."""
    i = j = 0
    for a, b in (*matching_pairs(before, after), (len(before), len(after))):
        for old, new in _pairs_in_gap(before[i:a], after[j:b]):
            yield None if old is None else i + old, None if new is None else j + new
        if a < len(before):
            yield a, b
        i, j = a + 1, b + 1


def _pairs_in_gap(old: Children, new: Children) -> Iterator[AlignedPair]:
    """Yield the pairs of children between two equal ones."""
    if not old or not new:
        pairs: list[tuple[int, int]] = []
    elif len(old) * len(new) > LARGEST_GAP:
        names = list(map(_name, old)), list(map(_name, new))
        pairs = list(matching_pairs(*names))
    else:
        pairs = _best_pairs(old, new)
    i = j = 0
    for a, b in [*pairs, (len(old), len(new))]:
        yield from ((number, None) for number in range(i, a))
        yield from ((None, number) for number in range(j, b))
        if a < len(old) and b < len(new):
            yield a, b
        i, j = a + 1, b + 1


def _best_pairs(old: Children, new: Children) -> list[tuple[int, int]]:
    """Return the pairs, in order, whose likeness is greatest in total."""
    words = list(map(_words, old)), list(map(_words, new))
    likeness = [
        [_likeness(a, b, x, y) for b, y in zip(new, words[1], strict=True)]
        for a, x in zip(old, words[0], strict=True)
    ]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            paired = likeness[i][j] + best[i + 1][j + 1]
            best[i][j] = max(paired, best[i + 1][j], best[i][j + 1])
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < len(old) and j < len(new):
        if likeness[i][j] and best[i][j] == likeness[i][j] + best[i + 1][j + 1]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def _name(child: Tree | str) -> str:
    return "" if isinstance(child, str) else child.name


def _words(child: Tree | str) -> Counter[str]:
    return Counter(_WORD.findall(xml_of(child)))


def _likeness(a: Tree | str, b: Tree | str, x: Counter[str], y: Counter[str]) -> float:
    """Return 0 for children of different names, else 1 and the share of common words."""
    if _name(a) != _name(b):
        return 0.0
    fewer, more = sorted((x, y), key=len)
    return 1 + 2 * (fewer & more).total() / max(1, x.total() + y.total())


MAX_SHOWN = 200
"""Characters of a value that a line shows."""
_XML = frozenset({"application/xml", "text/xml"})


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; ``str`` gives one line for a report."""

    path: str
    """Where: ``Response/Gather[2]/@maxDigits``, ``status``, ``Content-Type``, ``text``."""
    kind: Literal["changed", "added", "removed", "replaced"]
    before: Value | None
    """The recorded value, or the default instead; an element is XML. None if there was none."""
    after: Value | None
    """The new value in the same form."""

    def __str__(self) -> str:
        before, after = _shown(self.before, self.kind), _shown(self.after, self.kind)
        texts = {"added": f"added {after}", "removed": f"removed {before}"}
        return visible_text(f"{self.path}: {texts.get(self.kind, f'{before} -> {after}')}")


def _shown(value: Value | None, kind: str) -> str:
    if value is None:
        return "nothing"
    text = text_of(value)
    cut = text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."
    is_text = isinstance(value, str) and not (kind != "changed" and text.startswith("<"))
    return json.dumps(cut, ensure_ascii=False) if is_text else cut


def changes_between(before: RecordedReply, after: RecordedReply) -> Iterator[Change]:
    """Yield the differences in the second reply."""
    old, new = _status(before), _status(after)
    if old != new:
        yield Change("status", "changed", old, new)
    if after.failure is not None or after.status not in GOOD or before.status not in GOOD:
        return
    if before.body is None or after.body is None:
        if (before.body is None) != (after.body is None):
            yield Change("text", "changed", _kind(before), _kind(after))
        return
    if before.body.strip() and after.body.strip() and _media(before) != _media(after):
        yield Change("Content-Type", "changed", before.content_type, after.content_type)
    yield from _document_changes(before.body, after.body)


def problems_of(reply: RecordedReply) -> tuple[Problem, ...]:
    """Return the errors of a reply; an empty one has none."""
    if not reply.body or not reply.body.strip():
        return ()
    return tuple(problem for problem in check(reply.body) if problem.severity == "error")


def _status(reply: RecordedReply) -> Value:
    return reply.status if reply.failure is None else FAILURES[reply.failure]


def _kind(reply: RecordedReply) -> str:
    return f"{reply.content_type or 'other'} content" if reply.body is None else "text"


def _media(reply: RecordedReply) -> str:
    return "XML" if reply.content_type in _XML else reply.content_type


def _document_changes(before: str, after: str) -> Iterator[Change]:
    if before.strip() == after.strip():
        return
    old, new = _tree(before), _tree(after)
    if old is not None and new is not None:
        yield from _tree_changes(old, new, new.name)
    elif old is not None and not after.strip():
        yield Change(old.name, "removed", xml_of(old), None)
    elif new is not None and not before.strip():
        yield Change(new.name, "added", None, xml_of(new))
    else:
        yield from _line_changes(before.splitlines(), after.splitlines())


def _tree(body: str) -> Tree | None:
    try:
        return tree_of(parse(body, allow_unknown=True))
    except BxmlError:
        return None


def _line_changes(before: list[str], after: list[str]) -> Iterator[Change]:
    """Yield the differences of texts that cannot be parsed."""
    stripped = [line.strip() for line in before], [line.strip() for line in after]
    i = j = 0
    for a, b in (*matching_pairs(*stripped), (len(before), len(after))):
        old, new = "\n".join(before[i:a]), "\n".join(after[j:b])
        path = f"text (line {j + 1})"
        if i < a and j < b:
            yield Change(path, "changed", old, new)
        elif i < a:
            yield Change(path, "removed", old, None)
        elif j < b:
            yield Change(path, "added", None, new)
        i, j = a + 1, b + 1


def _tree_changes(before: Tree, after: Tree, path: str) -> Iterator[Change]:
    if before.name != after.name:
        yield Change(path, "changed", before.name, after.name)
    old, new = dict(before.attributes), dict(after.attributes)
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            # A missing attribute has its default.
            assumed = assumed_value(after.name, name)
            values = old.get(name, assumed), new.get(name, assumed)
            yield Change(f"{path}/@{name}", "changed", *values)
    yield from _child_changes(before, after, path)


def _child_changes(before: Tree, after: Tree, path: str) -> Iterator[Change]:
    old, new = before.children, after.children
    old_steps, new_steps = steps(old), steps(new)
    alone = len(old) <= 1 and len(new) <= 1
    for i, j in _joined_replacements(list(align_children(old, new))):
        a, b = None if i is None else old[i], None if j is None else new[j]
        step = old_steps[i] if i is not None else new_steps[j or 0]
        # A text that is the whole content of an element needs no step of its own.
        has_step = not alone or isinstance(a, Tree) or isinstance(b, Tree)
        place = f"{path}/{step}" if has_step else path
        if isinstance(a, Tree) and isinstance(b, Tree) and a.name == b.name:
            yield from _tree_changes(a, b, place)
        elif a is not None and b is not None:
            if a != b:
                both = isinstance(a, str) and isinstance(b, str)
                yield Change(place, "changed" if both else "replaced", xml_of(a), xml_of(b))
        elif a is not None:
            yield Change(place, "removed", xml_of(a), None)
        elif b is not None:
            yield Change(place, "added", None, xml_of(b))


def _joined_replacements(pairs: list[AlignedPair]) -> list[AlignedPair]:
    """Return the pairs, with each removed child joined to an added one at its place."""
    found: list[AlignedPair] = []
    removed: deque[int] = deque()
    """Indexes in ``found`` of removed children since the last pair."""
    for i, j in pairs:
        if i is not None and j is not None:
            removed.clear()
            found.append((i, j))
        elif i is not None:
            removed.append(len(found))
            found.append((i, None))
        elif removed:
            place = removed.popleft()
            found[place] = found[place][0], j
        else:
            found.append((None, j))
    return found
