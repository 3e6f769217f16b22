"""What is different between two replies: as values, each with its path."""

import json
import re
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from bxml import BxmlError, Problem
from bxml._wording import visible_text
from bxml.checking import check
from bxml.parser import parse
from callcontrol.recorder.capture import GOOD
from callcontrol.recorder.matching import matching_pairs
from callcontrol.recorder.models import FAILURES, RecordedReply
from callcontrol.recorder.trees import Tree, Value, assumed_value, steps, text_of, tree_of, xml_of

__all__ = ["AlignedPair", "Change", "aligned", "changes_between", "problems_of"]

AlignedPair = tuple[int | None, int | None]
"""Indexes of two children that are the same one; None for what the other element lacks."""

LARGEST_GAP = 10_000
"""Pairs of children that are weighed one by one; beyond, only names count."""
_WORD = re.compile(r"\w+|[^\w\s]")

Children = Sequence[Tree | str]


def aligned(before: Children, after: Children) -> Iterator[AlignedPair]:
    """Yield every child of both once, in order."""
    i = j = 0
    for a, b in (*matching_pairs(before, after), (len(before), len(after))):
        for old, new in _gap(before[i:a], after[j:b]):
            yield None if old is None else i + old, None if new is None else j + new
        if a < len(before):
            yield a, b
        i, j = a + 1, b + 1


def _gap(old: Children, new: Children) -> Iterator[AlignedPair]:
    """Yield the pairs of children between two equal ones."""
    if not old or not new:
        pairs: list[tuple[int, int]] = []
    elif len(old) * len(new) > LARGEST_GAP:
        names = [_name(each) for each in old], [_name(each) for each in new]
        pairs = list(matching_pairs(*names))
    else:
        pairs = _likeliest(old, new)
    i = j = 0
    for a, b in [*pairs, (len(old), len(new))]:
        yield from ((number, None) for number in range(i, a))
        yield from ((None, number) for number in range(j, b))
        if a < len(old) and b < len(new):
            yield a, b
        i, j = a + 1, b + 1


def _likeliest(old: Children, new: Children) -> list[tuple[int, int]]:
    """Return the pairs, in order, that have most in common together."""
    words = [_words(each) for each in old], [_words(each) for each in new]
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


LONGEST = 200
"""Characters of a value that a line shows."""
_XML = frozenset({"application/xml", "text/xml"})


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; ``str`` gives the line that people read."""

    path: str
    """Where: ``Response/Gather[2]/@maxDigits``, ``status``, ``Content-Type``, ``text``."""
    kind: Literal["changed", "added", "removed", "replaced"]
    before: Value | None
    """The recorded value, or what the platform assumes instead; an element is XML. None for what
    was not there."""
    after: Value | None
    """The new value in the same form."""

    def __str__(self) -> str:
        before, after = _shown(self.before, self.kind), _shown(self.after, self.kind)
        said = {"added": f"added {after}", "removed": f"removed {before}"}
        return visible_text(f"{self.path}: {said.get(self.kind, f'{before} -> {after}')}")


def _shown(value: Value | None, kind: str) -> str:
    if value is None:
        return "nothing"
    text = text_of(value)
    cut = text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
    is_text = isinstance(value, str) and not (kind != "changed" and text.startswith("<"))
    return json.dumps(cut, ensure_ascii=False) if is_text else cut


def changes_between(before: RecordedReply, after: RecordedReply) -> Iterator[Change]:
    """Yield what is different in the second reply."""
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
    yield from _between_documents(before.body, after.body)


def problems_of(reply: RecordedReply) -> tuple[Problem, ...]:
    """Return the errors of a reply; one that is silent on purpose has none."""
    if not reply.body or not reply.body.strip():
        return ()
    return tuple(each for each in check(reply.body) if each.severity == "error")


def _status(reply: RecordedReply) -> Value:
    return reply.status if reply.failure is None else FAILURES[reply.failure]


def _kind(reply: RecordedReply) -> str:
    return f"{reply.content_type or 'other'} content" if reply.body is None else "text"


def _media(reply: RecordedReply) -> str:
    return "XML" if reply.content_type in _XML else reply.content_type


def _between_documents(before: str, after: str) -> Iterator[Change]:
    if before.strip() == after.strip():
        return
    old, new = _tree(before), _tree(after)
    if old is not None and new is not None:
        yield from _between(old, new, new.name)
    elif old is not None and not after.strip():
        yield Change(old.name, "removed", xml_of(old), None)
    elif new is not None and not before.strip():
        yield Change(new.name, "added", None, xml_of(new))
    else:
        yield from _between_lines(before.splitlines(), after.splitlines())


def _tree(body: str) -> Tree | None:
    try:
        return tree_of(parse(body, allow_unknown=True))
    except BxmlError:
        return None


def _between_lines(before: list[str], after: list[str]) -> Iterator[Change]:
    """Yield the differences of texts that are no documents."""
    stripped = [each.strip() for each in before], [each.strip() for each in after]
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


def _between(before: Tree, after: Tree, path: str) -> Iterator[Change]:
    if before.name != after.name:
        yield Change(path, "changed", before.name, after.name)
    old, new = dict(before.attributes), dict(after.attributes)
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            # What is left out is what the platform assumes.
            assumed = assumed_value(after.name, name)
            values = old.get(name, assumed), new.get(name, assumed)
            yield Change(f"{path}/@{name}", "changed", *values)
    yield from _between_children(before, after, path)


def _between_children(before: Tree, after: Tree, path: str) -> Iterator[Change]:
    old, new = before.children, after.children
    old_steps, new_steps = steps(old), steps(new)
    alone = len(old) <= 1 and len(new) <= 1
    for i, j in _replacing(list(aligned(old, new))):
        a, b = None if i is None else old[i], None if j is None else new[j]
        step = old_steps[i] if i is not None else new_steps[j or 0]
        # A text that is all there is in an element needs no step of its own.
        has_step = not alone or isinstance(a, Tree) or isinstance(b, Tree)
        place = f"{path}/{step}" if has_step else path
        if isinstance(a, Tree) and isinstance(b, Tree) and a.name == b.name:
            yield from _between(a, b, place)
        elif a is not None and b is not None:
            if a != b:
                both = isinstance(a, str) and isinstance(b, str)
                yield Change(place, "changed" if both else "replaced", xml_of(a), xml_of(b))
        elif a is not None:
            yield Change(place, "removed", xml_of(a), None)
        elif b is not None:
            yield Change(place, "added", None, xml_of(b))


def _replacing(pairs: list[AlignedPair]) -> list[AlignedPair]:
    """Return the pairs with each that goes joined to one that comes in its place."""
    found: list[AlignedPair] = []
    gone: deque[int] = deque()
    """Places in ``found`` of children that go, since the last pair."""
    for i, j in pairs:
        if i is not None and j is not None:
            gone.clear()
            found.append((i, j))
        elif i is not None:
            gone.append(len(found))
            found.append((i, None))
        elif gone:
            place = gone.popleft()
            found[place] = found[place][0], j
        else:
            found.append((None, j))
    return found
