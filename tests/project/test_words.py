"""Docstrings, comments and documentation are in plain English; CONTRIBUTING.md lists the words."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
GENERATED = ("docs/rules.md", "docs/simulator.md")
"""Pages that are made from source; CONTRIBUTING.md quotes the words."""
SOURCES = ("bxml", "callcontrol", "examples", "docs/_site")
PAGES = ("README.md", "CHANGELOG.md", "SECURITY.md", "docs")

BANNED: dict[str, str] = {
    r"nobody|somebody|anybody|someone|whoever|whomever": "the caller, the thread, the test, ...",
    r"tells?|telling|told": "report, print, say, set",
    r"for ever|for good|endless(?!-)": "without limit, permanently, infinite",
    r"made[ -]up": "fake",
    r"(?:that|which) (?:is|are) none|is none of": "invalid ..., not a ...",
    r"as (?:it|they|things) stands?": "current, unchanged",
    r"what (?:comes?|came|becomes?|became|had become|has become) of": "the result, the outcome",
    r"(?:take|takes|taking|took) note": "record",
    r"(?:walk|walks|walked) every|every way through": "explore every path",
    r"stands? in front of": "run a proxy in front of",
    r"so many|many an?": "this many, many",
    r"hand(?:s|ed)? (?:it |them |everything )?on": "pass on",
}
"""What is refused, and the words to use."""

SENTENCE = r"(?:^|(?<=[.:!] )|(?<=[.:!]  ))"
STARTS = re.compile(rf"{SENTENCE}(?:What|Whatever)\b[^.?]*(?:\.|$)(?!\?)", re.MULTILINE)
"""A sentence, not a question, that begins with a word that names nothing."""
RAISES = re.compile(r"\b[Rr]aises?\s+(?:an?\s+)?(?:``[A-Z]\w*``|[A-Z]\w*(?:Error|Warning)\b)")
PATTERNS = {re.compile(rf"\b(?:{words})\b", re.IGNORECASE): use for words, use in BANNED.items()}


class Passage(NamedTuple):
    """Some text and where it begins."""

    where: str
    line: int
    text: str


# --- reading ------------------------------------------------------------------------------


def files(places: tuple[str, ...], suffix: str) -> Iterator[Path]:
    """Yield the files at some places, but for generated ones."""
    for place in places:
        path = ROOT / place
        found = [path] if path.is_file() else sorted(path.rglob(f"*{suffix}"))
        yield from (file for file in found if str(file.relative_to(ROOT)) not in GENERATED)


def bodies(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    """Yield each list of statements of a module."""
    for node in ast.walk(tree):
        for field in ("body", "orelse", "finalbody"):
            found = getattr(node, field, None)
            if isinstance(found, list):
                yield found


def is_text(statement: ast.stmt) -> bool:
    """Return whether a statement is a docstring or a text that stands like one."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def without_code(text: str) -> str:
    """Return prose with code replaced: `...`, ``...`` and links' addresses."""
    text = re.sub(r"``.*?``|`[^`\n]*`", "CODE", text, flags=re.DOTALL)
    return re.sub(r"\]\([^)\s]*\)", "]", text)


def docstrings(source: str, where: str) -> Iterator[Passage]:
    """Yield the docstrings of a module, of its fields too."""
    for body in bodies(ast.parse(source)):
        for statement in filter(is_text, body):
            assert isinstance(statement, ast.Expr)
            yield Passage(where, statement.lineno, str(ast.literal_eval(statement.value)))


def comments(source: str, where: str) -> Iterator[Passage]:
    """Yield the comments of a module; lines of one comment are one passage."""
    start, last, lines = 0, -1, list[str]()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row = token.start[0]
            if row != last + 1 and lines:
                yield Passage(where, start, "\n".join(lines))
                lines = []
            start = start if lines else row
            last = row
            lines.append(token.string.lstrip("# "))
    if lines:
        yield Passage(where, start, "\n".join(lines))


def paragraphs(page: str, where: str) -> Iterator[Passage]:
    """Yield the prose of a page, line by line: no code blocks and quoted output."""
    page = re.sub(
        r"^ *```.*?^ *```$|^<!---.*?--->$|^(?: {4}[^\n]*\n)+",
        lambda block: "\n" * block[0].count("\n"),
        page,
        flags=re.DOTALL | re.MULTILINE,
    )
    line = 1
    for paragraph in re.split(r"(\n\n+)", page):
        if paragraph.strip():
            yield Passage(where, line, paragraph)
        line += paragraph.count("\n")


def passages() -> Iterator[Passage]:
    """Yield all texts that are checked."""
    for path in files(SOURCES, ".py"):
        source, where = path.read_text(encoding="utf-8"), str(path.relative_to(ROOT))
        yield from docstrings(source, where)
        yield from comments(source, where)
    for path in files(PAGES, ".md"):
        yield from paragraphs(path.read_text(encoding="utf-8"), str(path.relative_to(ROOT)))


# --- words --------------------------------------------------------------------------------


def findings(passage: Passage) -> Iterator[str]:
    """Yield what is wrong with the words of a text."""
    text = " ".join(without_code(passage.text).split())
    for pattern, use in PATTERNS.items():
        for found in pattern.finditer(text):
            yield f"{passage.where}:{passage.line}: {found[0]!r}; use {use}"
    for found in STARTS.finditer(text):
        yield f"{passage.where}:{passage.line}: {found[0]!r} begins with What; name the thing"


def test_texts_use_no_banned_words() -> None:
    """In no docstring, comment or page."""
    assert "\n".join(finding for passage in passages() for finding in findings(passage)) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Called when nobody waits.",
        "Tell the caller.",
        "Goes on for\never.",
        "A made-up number.",
        "A text that is none.",
        "The call as it stands.",
        "What came of it.",
        "Takes note of a key.",
        "What the verb needs.",
        "Return the verb. What is left is dropped.",
        "Wait so many seconds.",
    ],
)
def test_banned_words_are_found(text: str) -> None:
    """Across the ends of lines too."""
    assert [*findings(Passage("here", 1, text))] != []


@pytest.mark.parametrize(
    "text",
    [
        "The `nobody` user.",
        "Read [the page](what-came-of-it.md).",
        "What is left?",
        "Set ``told``.",
    ],
)
def test_code_and_questions_are_not_words(text: str) -> None:
    """Names, addresses and questions may be what they are."""
    assert [*findings(Passage("here", 1, text))] == []


def test_the_words_are_listed_for_people() -> None:
    """CONTRIBUTING.md names at least one spelling of each."""
    table = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    missing = [pattern.pattern for pattern in PATTERNS if not pattern.search(table)]
    assert missing == []


# --- docstrings ---------------------------------------------------------------------------


def doubled(source: str) -> list[int]:
    """Return the lines of docstrings that follow another one."""
    return [
        second.lineno
        for body in bodies(ast.parse(source))
        for first, second in pairwise(body)
        if is_text(first) and is_text(second)
    ]


def raising_in_prose(source: str) -> list[int]:
    """Return the lines of functions whose docstring says in prose what they raise.

    A function whose purpose is to raise may say so in its first words.
    """
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and RAISES.search(re.sub(r":raises .*|\ARaise ", "", ast.get_docstring(node) or ""))
    ]


def test_no_docstring_follows_another() -> None:
    """One of the two is a leftover; ruff does not see it."""
    assert [
        f"{path.relative_to(ROOT)}:{line}"
        for path in files((*SOURCES, "tests", "conftest.py"), ".py")
        for line in doubled(path.read_text(encoding="utf-8"))
    ] == []


def test_raised_errors_are_fields_of_docstrings() -> None:
    """``:raises X:`` rather than a sentence, so that the reference lists them."""
    assert [
        f"{path.relative_to(ROOT)}:{line}"
        for path in files(SOURCES, ".py")
        for line in raising_in_prose(path.read_text(encoding="utf-8"))
    ] == []


def test_planted_docstrings_are_found() -> None:
    """Both kinds, in functions and below fields."""
    twice = 'LIMIT = 4\n"""Calls."""\n"""At most."""\n\ndef f():\n    """One."""\n    """Two."""\n'
    assert doubled(twice) == [3, 7]
    prose = 'def f():\n    """Do.\n\n    Raises ``ValueError`` for none.\n    """\n'
    assert raising_in_prose(prose) == [1]
    assert raising_in_prose(prose.replace("Raises ``ValueError`` for", ":raises ValueError:")) == []
