"""A document on its way to a call: read, checked and reported on."""

from dataclasses import asdict, dataclass, field

from bxml.checking import check
from bxml.cli.reports import Tally, TextReport, screen
from bxml.errors import Problem
from callcontrol._bxml_body import encoded
from callcontrol.cli.errors import REFUSED, CommandFailure
from callcontrol.cli.loading import load_script

__all__ = ["Checked", "checked"]

CONTEXT = "call-update"


@dataclass(frozen=True, slots=True)
class Checked:
    """A document without errors."""

    name: str
    body: bytes = field(repr=False)
    """What is sent."""
    warnings: tuple[Problem, ...] = ()

    def facts(self) -> dict[str, object]:
        """Return what there is to say about it, for programs."""
        problems = [asdict(each) for each in self.warnings]
        return {"source": self.name, "bytes": len(self.body), "problems": problems}


def checked(given: str) -> Checked:
    """Return the document that stands for ``given``; its problems go to the error stream.

    :raises CommandFailure: for a document with errors, and if there is none.
    """
    script = load_script(given)
    problems = check(script.source, context=CONTEXT)
    if problems:
        TextReport(screen(stderr=True)).add(script.loaded, problems)
    tally = Tally()
    tally.add(problems)
    if tally.errors:
        count = f"{tally.errors} error{'' if tally.errors == 1 else 's'}"
        text = f"{script.name}: expected a document without errors, got {count}; nothing was sent"
        raise CommandFailure(text, REFUSED, problems)
    return Checked(script.name, encoded(script.source), tuple(problems))
