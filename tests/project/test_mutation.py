"""The mutants that ``make mutation`` makes of a piece of code, and its list of equivalent ones."""

from tests.mutation.equivalents import change_of, equivalents
from tests.mutation.mutants import mutants_of

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


def test_equivalents_are_listed_completely() -> None:
    """Each has a path and a changed line; the reader refuses a block without a reason."""
    for path, *lines in equivalents():
        assert path.endswith(".py")
        assert {line[0] for line in lines} == {"-", "+"}
