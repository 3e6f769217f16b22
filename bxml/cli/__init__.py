"""The command ``bxml``; click and rich are imported in this package only."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bxml.cli.commands import cli, run

__all__ = ["cli", "run"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from bxml.cli import commands

    return getattr(commands, name)
