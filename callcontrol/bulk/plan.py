"""The change that each call gets; nothing is sent before all of it has been checked."""

import getpass
import json
import os
import platform
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass, field
from dataclasses import replace as replaced
from importlib.metadata import version
from os import PathLike
from typing import TYPE_CHECKING, Literal, cast

from bxml.documents import Document
from bxml.errors import BxmlError
from callcontrol._bxml_body import encoded
from callcontrol._requests import RedirectCall
from callcontrol.bulk import engine
from callcontrol.bulk.errors import BulkError
from callcontrol.bulk.journal import Journal, PlannedCall
from callcontrol.bulk.masking import masked
from callcontrol.bulk.options import DEFAULTS, OnProgress, RunOptions, Settings, Unknown
from callcontrol.bulk.script_calls import ScriptCalls
from callcontrol.bulk.selection import Chosen, ChosenCall, Exclusion, Selection, select
from callcontrol.errors import RequestError

if TYPE_CHECKING:
    from callcontrol.async_client import AsyncClient
    from callcontrol.bulk.report import Report
    from callcontrol.client import Client

Content = Document | str | bytes
DocumentOf = Callable[..., Content]
"""A function of the ``CallState``, and of the columns of its row by name."""

MOST_FINDINGS = 10
"""Invalid documents that an error lists."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Calls and the change that each gets; made by ``replace``, ``redirect`` or ``hang_up``."""

    action: Literal["replace", "redirect", "hang_up"]
    selection: Selection
    document: "Content | DocumentOf | None" = field(default=None, repr=False)
    url: str | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.selection)

    @property
    def excluded(self) -> Mapping[str, int]:
        """Calls that were left out, by reason."""
        return self.selection.excluded

    def looked_up(self, client: "Client") -> "Plan":
        """Return the plan without the calls that a change would harm, judged by ``list_calls``.

        All of the list is read, unless the state of every call is known. ``run`` does it.
        """
        if self.selection.is_judged:
            return self
        return replaced(self, selection=self.selection.judged(client.list_calls()))

    def check(self) -> "Sequence[PlannedCall]":
        """Return the change that each call gets, once all of it is known to be valid.

        :raises BulkError: naming the calls whose document is invalid or whose function failed.
        """
        planned: list[PlannedCall] = []
        findings: list[str] = []
        checked: dict[Content, bytes] = {}
        for each in self.selection:
            try:
                planned.append(self._planned(each, checked))
            except (BxmlError, BulkError, RequestError) as error:
                findings.append(f"{each.call.call_id}: {error}")
        if findings:
            more = len(findings) - MOST_FINDINGS
            rest = [f"and {more} more"] if more > 0 else []
            raise BulkError("\n".join([*findings[:MOST_FINDINGS], *rest]))
        return planned

    def _planned(self, chosen: ChosenCall, checked: "dict[Content, bytes]") -> PlannedCall:
        call_id = chosen.call.call_id
        if self.action == "hang_up":
            return PlannedCall(call_id, "hang_up")
        if self.action == "redirect":
            request = RedirectCall(call_id, str(self.url))
            return PlannedCall(call_id, "redirect", url=request.redirect_url)
        content = _content(self.document, chosen)
        try:
            body = checked.get(content)
        except TypeError:  # no document, and not hashable either
            body = None
        if body is None:
            body = encoded(content)
            checked[content] = body
        return PlannedCall(call_id, "replace", body)

    def run(  # noqa: PLR0913 - the public contract
        self,
        client: "Client",
        *,
        journal: "str | PathLike[str]",
        rate: float | None = None,
        executor: Executor | None = None,
        unknown: Unknown = "report",
        on_progress: OnProgress | None = None,
        options: RunOptions = DEFAULTS,
    ) -> "Report":
        """Check the plan, create the journal, carry the plan out, and return the totals.

        ``rate`` is the most requests per second. ``executor`` takes the work instead of threads of
        this process; its workers read their credentials from their environment, and it is not shut
        down. ``unknown`` is ``"repeat"`` if calls may be changed twice, as by an executor that
        repeats work by itself. ``on_progress`` is called with the totals about four times a second.

        :raises BulkError: if a document is invalid; nothing was sent.
        :raises JournalError: if the journal exists or cannot be written.
        """
        settings = self._settings(rate, unknown, on_progress, options)
        engine.expect_executor(executor, settings)
        plan = self.looked_up(client) if options.look_up else self
        started = plan.start(client.account_id, journal, options.reason)
        with closing(started), started.running():
            return engine.run(started, client, settings, executor)

    async def run_async(  # noqa: PLR0913 - the public contract
        self,
        client: "AsyncClient",
        *,
        journal: "str | PathLike[str]",
        rate: float | None = None,
        unknown: Unknown = "report",
        on_progress: OnProgress | None = None,
        options: RunOptions = DEFAULTS,
    ) -> "Report":
        """Do the same with an ``AsyncClient``.

        Writing to the journal blocks the event loop for a moment. A cancelled task hands out
        nothing more and waits for what is under way.

        :raises BulkError: if a document is invalid; nothing was sent.
        :raises JournalError: if the journal exists or cannot be written.
        """
        from callcontrol.bulk.async_engine import run_async

        settings = self._settings(rate, unknown, on_progress, options)
        plan = self
        if options.look_up and not self.selection.is_judged:
            listed = [call async for call in client.list_calls()]
            plan = replaced(self, selection=self.selection.judged(listed))
        started = plan.start(client.account_id, journal, options.reason)
        with closing(started), started.running():
            return await run_async(started, client, settings)

    def _settings(
        self,
        rate: float | None,
        unknown: Unknown,
        on_progress: OnProgress | None,
        options: RunOptions,
    ) -> Settings:
        settings = Settings(rate=rate, unknown=unknown, on_progress=on_progress, options=options)
        return settings.without_canary() if self.action == "hang_up" else settings

    def start(self, account_id: str, journal: "str | PathLike[str]", reason: str = "") -> Journal:
        """Check the plan and create its journal, with every call planned.

        :raises BulkError: if a document is invalid.
        :raises JournalError: if the journal exists or cannot be written.
        """
        about = {
            "account": account_id,
            "action": self.action,
            "reason": masked(reason),
            "user": _user(),
            "host": platform.node(),
            "package": version("bxml-callcontrol"),
            "command": masked(" ".join(sys.argv)),
            "excluded": json.dumps(dict(self.excluded)),
        }
        return Journal.create(journal, self.check(), about)


def _content(document: object, chosen: ChosenCall) -> "Content":
    """Return the document for a call.

    :raises BulkError: if the user's function fails.
    """
    if isinstance(document, Document | str | bytes) or not callable(document):
        return cast("Content", document)  # encoded() refuses other values
    try:
        return cast("DocumentOf", document)(chosen.call, **chosen.columns)
    except (BxmlError, RequestError):
        raise
    except Exception as error:
        raise BulkError(f"the document function raised {type(error).__name__}: {error}") from error


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without names
        return str(os.getuid())


def replace(
    calls: "Iterable[Chosen] | Selection",
    document: "Content | DocumentOf",
    *,
    include: Iterable[Exclusion] = (),
    scripts: ScriptCalls = (),
) -> Plan:
    """Return a plan that gives calls new BXML (``update_call_bxml``).

    ``calls`` are ids, also those of ``script_calls``, ``CallState`` values, rows of ``from_csv``,
    or the selection of ``live_calls``. ``document`` is one document for all, or a function that
    returns the document of a ``CallState``, and takes the columns of a row by name. ``include``
    names kinds of calls that are otherwise left out, see ``EXCLUSIONS``. ``scripts`` is the journal
    of call scripts, or ids of calls that other programs run: these are left out, because a program
    would go on as if nothing had happened. Without it no call counts as ``script``. A selection has
    its own exclusions.

    :raises BulkError: for a value that is not a call, or exclusions beside those of a selection.
    """
    return Plan("replace", select(calls, include, scripts), document)


def redirect(
    calls: "Iterable[Chosen] | Selection",
    url: str,
    *,
    include: Iterable[Exclusion] = (),
    scripts: ScriptCalls = (),
) -> Plan:
    """Return a plan that redirects calls to the BXML of a URL (``redirect_call``).

    :raises BulkError: for a value that is not a call.
    """
    return Plan("redirect", select(calls, include, scripts), url=url)


def hang_up(
    calls: "Iterable[Chosen] | Selection",
    *,
    include: Iterable[Exclusion] = (),
    scripts: ScriptCalls = (),
) -> Plan:
    """Return a plan that ends calls (``hang_up``).

    :raises BulkError: for a value that is not a call.
    """
    return Plan("hang_up", select(calls, include, scripts))
