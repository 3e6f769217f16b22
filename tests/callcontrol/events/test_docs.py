"""The page about events: its table and its names are those of the classes."""

import re
from pathlib import Path

from callcontrol import events
from callcontrol.events import EVENT_TYPES, Event

PAGE = (Path(__file__).parents[3] / "docs" / "events.md").read_text(encoding="utf-8")


def sent_when(cls: type[Event]) -> str:
    """Return the first sentence of a docstring, without its full stop."""
    return (cls.__doc__ or "").splitlines()[0].removesuffix(".")


def test_the_table_of_kinds_is_that_of_the_classes() -> None:
    """Each kind has one row: class, first sentence of its docstring, and what the reply does."""
    rows = [
        f"| `{kind}` | `{cls.__name__}` | {sent_when(cls)} | "
        f"{'BXML' if cls.can_reply_with_bxml else 'ignored'} |"
        for kind, cls in EVENT_TYPES.items()
    ]
    table = PAGE[PAGE.index("## Kinds") :]
    assert [line for line in table.splitlines() if line.startswith("| `")] == rows


def test_the_page_names_no_class_that_does_not_exist() -> None:
    """Every event class in the text and in the code blocks is exported."""
    named = set(re.findall(r"\b[A-Z]\w+Event\b", PAGE))
    assert named >= {"GatherEvent", "UnknownEvent"}
    assert named <= set(events.__all__)
