"""The mutants that ``make mutation`` makes of a piece of code, and its list of equivalent ones."""

from pathlib import Path

from tests.mutation.equivalents import Change, change_of, equivalents
from tests.mutation.mutants import mutants_of

ROOT = Path(__file__).parents[2]

SOURCE = b'''"""About."""
if TYPE_CHECKING:
    LIMIT = 0
def find(text: str, most: "int" = 2) -> str | None:
    """Say."""
    while not text and most <= 3:
        break
    if text[1:] in {"a", "b"}:
        raise ValueError(f"no {most - 1}")
    return cast("str", text.replace("x", text, count=most))
'''
CHANGED = """
def find(text: str, most: "int" = 1) -> str | None:
def find(text: str, most: "int" = 3) -> str | None:
while text and most <= 3:
while (most <= 3):
while (not text or most <= 3):
while (not text):
while not text and (most < 3):
while not text and (most > 3):
while not text and most <= 2:
while not text and most <= 4:
continue
if (text[1:] not in {'a', 'b'}):
if text[0:] in {"a", "b"}:
if text[2:] in {"a", "b"}:
if text[:] in {"a", "b"}:
if text[1:] in {'a'}:
if text[1:] in {'b'}:
if text[1:] in {'XXa', "b"}:
if text[1:] in {"a", 'XXb'}:
pass
raise ValueError(f'XXno {most - 1}')
raise ValueError(f'no {most + 1}')
raise ValueError(f'no {most - 0}')
raise ValueError(f'no {most - 2}')
return None
return cast("str", text.replace('x', count=most))
return cast("str", text.replace('x', text))
return cast("str", text.replace('XXx', text, count=most))
"""


def test_mutants() -> None:
    """Docstrings, annotations, casts and what only type checkers see stay as they are."""
    found = [mutant for mutant in mutants_of("find.py", SOURCE) if mutant.compiles(SOURCE)]
    changed = [change_of(mutant, SOURCE)[-1].removeprefix("+") for mutant in found]
    assert changed == CHANGED.strip().splitlines()


def test_equivalents_are_mutants() -> None:
    """Of the code as it is: an entry whose line was changed has to follow it, or to go."""
    listed = equivalents()
    made: set[Change] = set()
    for path in {path for path, *_ in listed}:
        source = (ROOT / path).read_bytes()
        made |= {change_of(mutant, source) for mutant in mutants_of(path, source)}
    assert sorted(listed - made) == []
