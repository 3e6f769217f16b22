"""Examines one document that the command line names."""

from collections.abc import Sequence
from dataclasses import dataclass

from bxml.checking import check
from bxml.cli.loaded import Loaded, Request, Source, Unread
from bxml.cli.sources import load_one
from bxml.errors import Problem
from bxml.rules import CONTEXTS

Entry = Source | Unread
Result = tuple[Loaded, Sequence[Problem]] | Unread
"""A document with its problems, or why there is none."""


@dataclass(frozen=True, slots=True)
class Checker:
    """The rules and the context for every document."""

    context: str | None = None
    disable: tuple[str, ...] = ()
    enable: tuple[str, ...] = ()

    def problems(self, loaded: Loaded) -> list[Problem]:
        """Return the problems of a document.

        :raises ValidationError: for an unknown context or rule id.
        """
        if loaded.silent and self.context and CONTEXTS[self.context].at_end == "nothing":
            return []  # an empty reply is valid in this context
        return check(loaded.body, context=self.context, disable=self.disable, enable=self.enable)

    def examine(self, entry: Entry, request: Request | None = None) -> Result:
        """Load one document and return what is found; a failure of ours loses no other document."""
        loaded = entry if isinstance(entry, Unread) else load_one(entry, request)
        if isinstance(loaded, Unread):
            return loaded
        try:
            return loaded, self.problems(loaded)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other files are checked
            got = f"got {type(error).__name__}: {error}; please report it"
            return Unread(loaded.name, f"expected a document that can be checked, {got}")
