"""The page "When something goes wrong", generated from the table of mistakes.

``python docs/_site/mistakes_page.py tests/mistakes > docs/when-something-goes-wrong.md`` writes it;
the folder has the table, whose mistakes its tests make for real.
"""

import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_INTRO = """\
# When something goes wrong

Search this page for a part of the message that you see. Names of files, addresses and numbers are
those of the examples; `...` stands for any text. The rules of BXML have
[a page of their own](rules.md), and so has [`callcontrol doctor`](doctor.md), which examines
settings, network and webhook server.

The tests make each of these mistakes and compare the message. The page is generated from their
table by `python docs/_site/mistakes_page.py tests/mistakes > docs/when-something-goes-wrong.md`.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A mistake of a user, how it is made, and the message about it."""

    id: str
    mistake: str
    """How it is made, in a sentence."""
    text: str
    """A part of the message; ``...`` stands for any text."""
    change: str
    """The change that mends it, in a sentence."""
    run: str = ""
    """A command line; ``{server}`` and other names are addresses."""
    python: str = ""
    """Code that raises or warns, instead of a command."""
    test: str = ""
    """A test that fails, instead of a command."""
    code: str = ""
    """The application, in ``voice.py``."""
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    """Other files, by name."""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    """Environment variables."""
    fails: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The operation of the platform that fails, with the status."""
    exit: int | None = None
    """Exit code of the command; None for any but 0."""


@dataclass(frozen=True, slots=True)
class Group:
    """Mistakes that belong together."""

    title: str
    intro: str
    mistakes: Sequence[Mistake]


def groups_in(folder: Path) -> list[Group]:
    """Return the groups of a table, one for each of its files."""
    return [
        _group(tomllib.loads(path.read_text("utf-8"))) for path in sorted(folder.glob("*.toml"))
    ]


def _group(values: Mapping[str, Any]) -> Group:
    rows: Sequence[Mapping[str, Any]] = values["mistake"]
    return Group(values["title"], values["intro"], [Mistake(**row) for row in rows])


def page(groups: Sequence[Group]) -> str:
    """Return the page as Markdown."""
    return "\n".join([_INTRO, *_sections(groups)])


def _sections(groups: Sequence[Group]) -> Iterator[str]:
    for group in groups:
        yield f"## {group.title}\n\n{group.intro}\n"
        for mistake in group.mistakes:
            yield f"**`{mistake.text}`**\n\n{mistake.mistake} {mistake.change}\n"


if __name__ == "__main__":
    sys.stdout.write(page(groups_in(Path(sys.argv[1]))))
