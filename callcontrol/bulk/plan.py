"""What each call gets; nothing is sent before all of it has been checked."""

import getpass
import platform
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from importlib.metadata import version
from os import PathLike
from typing import TYPE_CHECKING, Literal

from bxml.documents import Document
from bxml.errors import BxmlError
from callcontrol._bxml_body import encoded
from callcontrol._requests import RedirectCall
from callcontrol.bulk import engine
from callcontrol.bulk.dispatcher import RunOptions, Unknown
from callcontrol.bulk.errors import BulkError
from callcontrol.bulk.journal import Journal, PlannedCall
from callcontrol.bulk.safety import Safety
from callcontrol.bulk.selection import Chosen, Exclusion, Selection, select
from callcontrol.bulk.work import SkipIf
from callcontrol.errors import RequestError
from callcontrol.models import CallState

if TYPE_CHECKING:
    from callcontrol.bulk.report import Report
    from callcontrol.client import Client

Content = Document | str | bytes
DocumentOf = Callable[..., Content]
"""A function of the call, and of the columns of its row by name."""

_NUMBER = re.compile(r"\+?[0-9]{7,15}")

DEFAULT_SAFETY = Safety()
MOST_FINDINGS = 10
"""Invalid documents that an error lists."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Calls with what each gets; made by ``replace``, ``redirect`` or ``hang_up``."""

    action: Literal["replace", "redirect", "hang_up"]
    selection: Selection
    document: "Content | DocumentOf | None" = field(default=None, repr=False)
    url: str | None = None

    def __len__(self) -> int:
        return len(self.selection)

    @property
    def excluded(self) -> Mapping[str, int]:
        """Calls that were left out, by reason."""
        return self.selection.excluded

    def check(self) -> "Sequence[PlannedCall]":
        """Return what each call gets, once all of it is known to be valid.

        :raises BulkError: naming the calls whose document is invalid or whose function failed.
        """
        planned: list[PlannedCall] = []
        findings: list[str] = []
        checked: dict[object, bytes] = {}
        for call, columns in self.selection.calls:
            try:
                planned.append(self._planned(call, columns, checked))
            except (BxmlError, RequestError) as error:
                findings.append(f"{call.call_id}: {error}")
        if findings:
            more = len(findings) - MOST_FINDINGS
            rest = [f"and {more} more"] if more > 0 else []
            raise BulkError("\n".join([*findings[:MOST_FINDINGS], *rest]))
        return planned

    def _planned(
        self, call: CallState, columns: Mapping[str, str], checked: "dict[object, bytes]"
    ) -> PlannedCall:
        if self.action == "hang_up":
            return PlannedCall(call.call_id, "hang_up")
        if self.action == "redirect":
            request = RedirectCall(call.call_id, str(self.url))
            return PlannedCall(call.call_id, "redirect", url=request.redirect_url)
        content = self.document
        if callable(content) and not isinstance(content, Document):
            content = content(call, **columns)
        body = checked.get(content)
        if body is None:
            body = checked[content] = encoded(content)
        return PlannedCall(call.call_id, "replace", body)

    def run(  # noqa: PLR0913 - the public contract
        self,
        client: "Client",
        *,
        journal: "str | PathLike[str]",
        rate: float | None = None,
        executor: Executor | None = None,
        unknown: Unknown = "report",
        on_progress: "Callable[[Report], object] | None" = None,
        skip_if: SkipIf | None = None,
        safety: Safety = DEFAULT_SAFETY,
        reason: str = "",
    ) -> "Report":
        """Check the plan, create the journal, carry the plan out, and return the totals.

        ``rate`` is the most requests per second. ``executor`` takes the work instead of threads of
        this process; its workers read their credentials from their environment. ``unknown`` is
        ``"repeat"`` if calls may be changed twice, as by an executor that repeats work by itself.
        ``on_progress`` is called with the totals about four times a second. ``skip_if`` judges the
        state of a call just before its request. ``reason`` is written into the journal.

        :raises BulkError: if a document is invalid; nothing was sent.
        :raises JournalError: if the journal exists or cannot be written.
        """
        options = RunOptions(
            rate=rate, unknown=unknown, on_progress=on_progress, skip_if=skip_if, safety=safety
        )
        engine.expect_executor(executor, options)
        return engine.run(self.start(client.account_id, journal, reason), client, options, executor)

    def start(self, account_id: str, journal: "str | PathLike[str]", reason: str = "") -> Journal:
        """Check the plan and create its journal, with every call planned.

        :raises BulkError: if a document is invalid.
        :raises JournalError: if the journal exists or cannot be written.
        """
        excluded = ",".join(f"{name}={count}" for name, count in self.excluded.items())
        about = {
            "account": account_id,
            "action": self.action,
            "reason": reason,
            "user": getpass.getuser(),
            "host": platform.node(),
            "package": version("bxml-callcontrol"),
            "command": " ".join(map(masked, sys.argv)),
            "excluded": excluded,
        }
        return Journal.create(journal, self.check(), about)


def masked(text: str) -> str:
    """Return a text with all but the last two digits of its phone numbers masked."""
    return _NUMBER.sub(lambda found: "*" * (len(found[0]) - 2) + found[0][-2:], text)


def replace(
    calls: "Iterable[Chosen] | Selection",
    document: "Content | DocumentOf",
    *,
    include: Iterable[Exclusion] = (),
) -> Plan:
    """Return a plan that gives calls new BXML (``update_call_bxml``).

    ``calls`` are ids, ``CallState`` values, rows of ``from_csv``, or the selection of
    ``live_calls``. ``document`` is one document for all, or a function that returns the document of
    a ``CallState``, and takes the columns of a row by name. ``include`` names kinds of calls that
    are otherwise left out, see ``EXCLUSIONS``.

    :raises BulkError: for a value that is not a call.
    """
    return Plan("replace", select(calls, include), document)


def redirect(
    calls: "Iterable[Chosen] | Selection", url: str, *, include: Iterable[Exclusion] = ()
) -> Plan:
    """Return a plan that redirects calls to the BXML of a URL (``redirect_call``)."""
    return Plan("redirect", select(calls, include), url=url)


def hang_up(calls: "Iterable[Chosen] | Selection", *, include: Iterable[Exclusion] = ()) -> Plan:
    """Return a plan that ends calls (``hang_up``)."""
    return Plan("hang_up", select(calls, include))
