r"""A regular expression as an automaton over a small alphabet, made from its parse tree.

Two characters that no set of the pattern tells apart are one letter of the alphabet. States keep
the last letter read, so that ``\b`` and look-behinds of one character are exact. What the
automaton cannot know is taken as possible, so that it never hides a slow pattern: a repeat of more
than two is a repeat of two, longer look-arounds may hold or not, a back-reference is any text.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType
from typing import cast

__all__ = ["EDGE", "Automaton", "State", "automaton"]

# The tree of a pattern has no public names.
op: ModuleType = import_module("re._constants")
_parser: ModuleType = import_module("re._parser")

Letter = int
"""Index of a group of characters; -1 before the text and behind it."""
State = tuple[int, Letter]
"""A node, and the letter that led to it."""
Guard = tuple[str, frozenset[Letter]]
"""``prev`` or ``next``, and the letters that may stand there; or ``enter`` and ``back``: the way
into a round of a loop, and the way back to its head."""
Token = tuple[object, object]

_Repeat = tuple[int, int, Iterable[Token]]
_Group = tuple[int | None, int, int, Iterable[Token]]

EDGE: Letter = -1
_SAMPLES = (
    "aAzZfFgG_09 \t\n\r\x0b\x85\xa0\u2028\0\x1f\x7f-+./:;,=<>'\"&#@!?()[]{}%*~`|^$\\"
    "\xe9\u0660\uffff"
)
_CATEGORIES: dict[object, str] = {
    op.CATEGORY_DIGIT: r"\d",
    op.CATEGORY_NOT_DIGIT: r"\D",
    op.CATEGORY_SPACE: r"\s",
    op.CATEGORY_NOT_SPACE: r"\S",
    op.CATEGORY_WORD: r"\w",
    op.CATEGORY_NOT_WORD: r"\W",
}
_COPIES = 2


@dataclass
class Automaton:
    """Nodes with silent edges, which may have a guard, and edges that read one letter."""

    silent: list[list[tuple[int, Guard | None]]] = field(
        default_factory=list[list[tuple[int, "Guard | None"]]]
    )
    reading: list[list[tuple[frozenset[Letter], int]]] = field(
        default_factory=list[list[tuple[frozenset[Letter], int]]]
    )
    start: int = 0
    accept: int = 0
    whole: bool = False
    """Whether the whole text must match."""
    characters: list[str] = field(default_factory=list[str])
    """One character of each letter."""
    seen_as: dict[Letter, Letter] = field(default_factory=dict[Letter, Letter])
    """The first of the letters that no look-behind tells apart."""

    def node(self) -> int:
        """Add a node."""
        self.silent.append([])
        self.reading.append([])
        return len(self.silent) - 1

    def accepted(self, state: State) -> frozenset[Letter]:
        """Return before which letters, or the end, the pattern has matched here."""
        every = frozenset(range(EDGE, len(self.characters)))
        found = (ahead for node, ahead in self._reached(state) if node == self.accept)
        return frozenset[Letter]().union(*(every if ahead is None else ahead for ahead in found))

    def steps(self, state: State) -> dict[Letter, dict[State, int]]:
        """Return the states that follow by each letter, and in how many ways (2 for more)."""
        found: dict[Letter, dict[State, int]] = {}
        for node, letters in self._reached(state):
            for read, target in self.reading[node]:
                for letter in read if letters is None else read & letters:
                    ways = found.setdefault(letter, {})
                    following = target, self.seen_as.get(letter, letter)
                    ways[following] = min(2, ways.get(following, 0) + 1)
        return found

    def _reached(self, state: State) -> Iterator[tuple[int, frozenset[Letter] | None]]:
        """Yield nodes by each silent way, and what may follow; no round of a loop is empty."""
        node, last = state
        waiting: list[tuple[int, frozenset[Letter] | None, frozenset[int]]] = [
            (node, None, frozenset())
        ]
        while waiting:
            node, letters, entered = waiting.pop()
            yield node, letters
            for target, guard in self.silent[node]:
                kind, allowed = guard or ("", frozenset())
                if kind == "prev" and last not in allowed:
                    continue
                if kind == "back" and target in entered:
                    continue
                after = letters
                if kind == "next":
                    after = allowed if letters is None else letters & allowed
                waiting.append((target, after, entered | {node} if kind == "enter" else entered))


class _Builder:
    def __init__(self, tree: Iterable[Token], flags: int) -> None:
        self.tree = list(tree)
        for kind, value in _all_tokens(self.tree):
            if kind is op.SUBPATTERN:  # what holds in one group is taken to hold everywhere
                flags |= cast("tuple[int | None, int]", value)[1]
        self.fold = bool(flags & re.IGNORECASE)
        self.ascii_only = bool(flags & re.ASCII)
        self.dot_all = bool(flags & re.DOTALL)
        members = [*self._sets(self.tree), self._category(op.CATEGORY_WORD)]
        signs: dict[tuple[bool, ...], str] = {}
        for character in dict.fromkeys([*self._edges(self.tree), *_SAMPLES]):
            signs.setdefault(tuple(test(character) for test in members), character)
        self.made = Automaton(characters=list(signs.values()))
        self.letters = {character: n for n, character in enumerate(self.made.characters)}
        self.all = frozenset(self.letters.values())

    # Sets of characters

    def _category(self, category: object) -> Callable[[str], bool]:
        compiled = re.compile(_CATEGORIES[category], re.ASCII if self.ascii_only else 0)
        return lambda character: compiled.match(character) is not None

    def _member(self, token: Token) -> Callable[[str], bool] | None:
        """Return the test of a token that reads one character; None for all other tokens."""
        kind, value = token
        if kind is op.ANY:
            return lambda character: self.dot_all or character != "\n"
        if kind is op.ANY_ALL:
            return lambda _character: True
        if kind in (op.LITERAL, op.NOT_LITERAL):
            return self._folded([token], negated=False)
        if kind is op.IN:
            items = cast("list[Token]", value)
            negated = items[0][0] is op.NEGATE
            return self._folded(items[1:] if negated else items, negated=negated)
        return None

    def _folded(self, items: Sequence[Token], *, negated: bool) -> Callable[[str], bool]:
        def member(character: str) -> bool:
            cases = {character, character.lower(), character.upper()} if self.fold else {character}
            return any(self._holds(case, items) for case in cases) != negated

        return member

    def _holds(self, character: str, items: Sequence[Token]) -> bool:
        for kind, value in items:
            if kind is op.LITERAL and ord(character[0]) == value:
                return True
            if kind is op.NOT_LITERAL and ord(character[0]) != value:
                return True
            if kind is op.RANGE:
                low, high = cast("tuple[int, int]", value)
                if low <= ord(character[0]) <= high:
                    return True
            if kind is op.CATEGORY and self._category(value)(character):
                return True
        return False

    def _sets(self, tokens: Iterable[Token]) -> Iterator[Callable[[str], bool]]:
        for token in _all_tokens(tokens):
            member = self._member(token)
            if member is not None:
                yield member

    def _edges(self, tokens: Iterable[Token]) -> Iterator[str]:
        """Yield the characters at which a set begins or ends, and their neighbours."""
        for kind, value in _all_tokens(tokens):
            items = cast("list[Token]", value) if kind is op.IN else [(kind, value)]
            for inner, code in items:
                if inner in (op.LITERAL, op.NOT_LITERAL, op.RANGE):
                    one = (code, code) if inner is not op.RANGE else code
                    low, high = cast("tuple[int, int]", one)
                    for end in (low - 1, low, high, high + 1):
                        if 0 <= end <= 0x10FFFF:
                            yield chr(end)

    def read_by(self, member: Callable[[str], bool]) -> frozenset[Letter]:
        return frozenset(n for character, n in self.letters.items() if member(character))

    # Nodes

    def sequence(self, tokens: Iterable[Token], start: int) -> int:
        for token in tokens:
            start = self.token(token, start)
        return start

    def token(self, token: Token, start: int) -> int:
        member = self._member(token)
        if member is not None:
            end = self.made.node()
            self.made.reading[start].append((self.read_by(member), end))
            return end
        build: dict[object, Callable[[object, int], int]] = {
            op.SUBPATTERN: lambda value, at: self.sequence(cast("_Group", value)[-1], at),
            op.ATOMIC_GROUP: lambda value, at: self.sequence(cast("list[Token]", value), at),
            op.BRANCH: self._branch,
            op.MAX_REPEAT: self._repeat,
            op.MIN_REPEAT: self._repeat,
            op.POSSESSIVE_REPEAT: self._possessive,
            op.AT: self._at,
            op.ASSERT: lambda value, at: self._look(value, at, negated=False),
            op.ASSERT_NOT: lambda value, at: self._look(value, at, negated=True),
            op.GROUPREF: lambda _value, at: self._loop_of_anything(at),
            op.FAILURE: lambda _value, _at: self.made.node(),
        }
        return build[token[0]](token[1], start)

    def _edge(self, start: int, end: int, guard: Guard | None = None) -> int:
        self.made.silent[start].append((end, guard))
        return end

    def _branch(self, value: object, start: int) -> int:
        end = self.made.node()
        _, alternatives = cast("tuple[None, list[Iterable[Token]]]", value)
        for alternative in alternatives:
            self._edge(self.sequence(alternative, self._edge(start, self.made.node())), end)
        return end

    def _repeat(self, value: object, start: int) -> int:
        low, high, body = cast("_Repeat", value)
        for _ in range(min(low, _COPIES)):
            start = self.sequence(body, start)
        if high is op.MAXREPEAT:
            head, end = self._edge(start, self.made.node()), self.made.node()
            inside = self._edge(head, self.made.node(), ("enter", frozenset()))
            self._edge(self.sequence(body, inside), head, ("back", frozenset()))
            return self._edge(head, end)
        end = self.made.node()
        for _ in range(min(high - low, _COPIES)):
            self._edge(start, end)
            start = self.sequence(body, self._edge(start, self.made.node()))
        return self._edge(start, end)

    def _possessive(self, value: object, start: int) -> int:
        """Leave a possessive repeat of one set only where that set cannot go on."""
        _, high, body = cast("_Repeat", value)
        end = self._repeat(value, start)
        tokens = list(body)
        member = self._member(tokens[0]) if len(tokens) == 1 else None
        if member is None or high is not op.MAXREPEAT:
            return end
        letters = (self.all - self.read_by(member)) | {EDGE}
        return self._edge(end, self.made.node(), ("next", letters))

    def _at(self, value: object, start: int) -> int:
        word = self.read_by(self._category(op.CATEGORY_WORD))
        other = (self.all - word) | {EDGE}
        end = self.made.node()
        if value in (op.AT_BOUNDARY, op.AT_NON_BOUNDARY):
            sides = (word, other) if value is op.AT_BOUNDARY else (word, word)
            rest = (other, word) if value is op.AT_BOUNDARY else (other, other)
            for before, after in (sides, rest):
                middle = self._edge(start, self.made.node(), ("prev", before))
                self._edge(middle, end, ("next", after))
            return end
        first = value in (op.AT_BEGINNING, op.AT_BEGINNING_STRING)
        return self._edge(start, end, ("prev" if first else "next", frozenset({EDGE})))

    def _look(self, value: object, start: int, *, negated: bool) -> int:
        direction, body = cast("tuple[int, Iterable[Token]]", value)
        tokens = list(body)
        member = self._member(tokens[0]) if len(tokens) == 1 else None
        end = self.made.node()
        if member is not None:
            letters = self.read_by(member)
            if negated:
                letters = (self.all - letters) | {EDGE}
            return self._edge(start, end, ("prev" if direction < 0 else "next", letters))
        if direction > 0:  # time is spent in it, and then it may still fail
            self.sequence(tokens, self._edge(start, self.made.node()))
        elif not negated and (last := self._member(tokens[-1])) is not None:
            return self._edge(start, end, ("prev", self.read_by(last)))
        return self._edge(start, end)

    def _loop_of_anything(self, start: int) -> int:
        head = self._edge(start, self.made.node())
        self.made.reading[head].append((self.all, head))
        return self._edge(head, self.made.node())


def _all_tokens(tokens: Iterable[Token]) -> Iterator[Token]:
    """Yield every token of a tree."""
    for token in tokens:
        yield token
        yield from _all_tokens(_inside(token[1]))


def _inside(value: object) -> Iterator[Token]:
    if isinstance(value, _parser.SubPattern):
        yield from cast("Iterable[Token]", value)
    elif isinstance(value, tuple | list):
        for each in cast("Iterable[object]", value):
            yield from _inside(each)


def automaton(pattern: re.Pattern[str] | re.Pattern[bytes], mode: str) -> Automaton:
    """Return the automaton of a pattern that is used by ``search``, ``match`` or ``fullmatch``."""
    text = pattern.pattern
    tree = _parser.parse(text, pattern.flags & ~re.DEBUG)
    built = _Builder(tree, pattern.flags | (re.ASCII if isinstance(text, bytes) else 0))
    made = built.made
    made.start = made.node()
    made.whole = mode == "fullmatch"
    body = made.node()
    made.silent[made.start].append((body, None))
    if mode == "search":
        made.reading[made.start].append((built.all, made.start))
    made.accept = built.sequence(tree, body)
    made.seen_as = _seen_as(made)
    return made


def _seen_as(made: Automaton) -> dict[Letter, Letter]:
    sides = [
        guard[1]
        for edges in made.silent
        for _, guard in edges
        if guard is not None and guard[0] == "prev"
    ]
    first: dict[tuple[bool, ...], Letter] = {}
    return {
        letter: first.setdefault(tuple(letter in side for side in sides), letter)
        for letter in range(len(made.characters))
    }
