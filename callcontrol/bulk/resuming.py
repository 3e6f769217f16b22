"""Operations on the journal of an earlier run: resume, abort, report, and what was replaced."""

import json
import time
from collections import Counter
from collections.abc import Generator, Sequence
from concurrent.futures import Executor
from contextlib import closing, contextmanager
from os import PathLike
from typing import TYPE_CHECKING

from callcontrol.bulk import engine
from callcontrol.bulk.journal import Journal
from callcontrol.bulk.options import DEFAULTS, OnProgress, RunOptions, Settings, Unknown
from callcontrol.bulk.report import Report, report_of

if TYPE_CHECKING:
    from callcontrol.async_client import AsyncClient
    from callcontrol.client import Client

EARLY = 10.0
"""Seconds after its change within which the end of a call is early."""


def resume(  # noqa: PLR0913 - as Plan.run
    journal: "str | PathLike[str]",
    client: "Client",
    *,
    rate: float | None = None,
    executor: Executor | None = None,
    unknown: Unknown = "report",
    on_progress: OnProgress | None = None,
    options: RunOptions = DEFAULTS,
) -> Report:
    """Continue with a journal after a crash, an abort, Ctrl-C or a stop, and return all totals.

    Requests under way when the process ended count as unknown. With ``unknown="repeat"`` these and
    other unknown ones are sent again, which restarts the prompt of a call that had the new document
    already. The other arguments are those of ``Plan.run``; a canary comes first again.

    :raises BulkError: for an executor that repeats work, unless ``unknown`` is ``"repeat"``.
    :raises JournalError: for a journal that cannot be used, or that another process runs.
    """
    settings = Settings(rate=rate, unknown=unknown, on_progress=on_progress, options=options)
    engine.expect_executor(executor, settings)
    with _continued(journal, client.account_id, settings) as (opened, chosen):
        return engine.run(opened, client, chosen, executor)


async def resume_async(  # noqa: PLR0913 - as Plan.run_async
    journal: "str | PathLike[str]",
    client: "AsyncClient",
    *,
    rate: float | None = None,
    unknown: Unknown = "report",
    on_progress: OnProgress | None = None,
    options: RunOptions = DEFAULTS,
) -> Report:
    """Do the same with an ``AsyncClient``.

    :raises JournalError: for a journal that cannot be used, or that another process runs.
    """
    from callcontrol.bulk.async_engine import run_async

    settings = Settings(rate=rate, unknown=unknown, on_progress=on_progress, options=options)
    with _continued(journal, client.account_id, settings) as (opened, chosen):
        return await run_async(opened, client, chosen)


@contextmanager
def _continued(
    journal: "str | PathLike[str]", account_id: str, settings: Settings
) -> Generator[tuple[Journal, Settings]]:
    with closing(Journal.open(journal)) as opened, opened.running():
        engine.expect_account(opened, account_id)
        opened.settle_interrupted(repeat=settings.unknown == "repeat")
        opened.set_about({"aborted": "", "stopped": ""})
        ends = opened.about().get("action") == "hang_up"
        yield opened, settings.without_canary() if ends else settings


def abort(journal: "str | PathLike[str]", reason: str = "aborted") -> None:
    """Make the process that runs a journal stop handing out requests, within a second.

    :raises JournalError: for a journal that cannot be used.
    """
    with closing(Journal.open(journal)) as opened:
        opened.set_about({"aborted": reason or "aborted"})


def read_report(journal: "str | PathLike[str]") -> Report:
    """Return the totals of a journal, also while a process runs it.

    :raises JournalError: for a journal that cannot be used.
    """
    with closing(Journal.open(journal)) as opened:
        return report_of(opened)


def replaced_calls(journal: "str | PathLike[str]") -> Sequence[str]:
    """Return the ids of the calls whose BXML was, or may have been, replaced.

    ``redirect(replaced_calls("outage.db"), url)`` leads them back to their application.

    :raises JournalError: for a journal that cannot be used.
    """
    with closing(Journal.open(journal)) as opened:
        rows = opened.rows("done", "unknown", "sent")
    return [row.call_id for row in rows if row.action == "replace"]


def look_up_ends(journal: "str | PathLike[str]", client: "Client") -> Report:
    """Count the calls that ended within ten seconds of their change, by cause.

    Waits until ten seconds after the last change, then reads ``list_calls``. The times compared are
    those of this machine and of the platform. The count is kept in the journal.

    :raises JournalError: for a journal that cannot be used.
    """
    with closing(Journal.open(journal)) as opened:
        engine.expect_account(opened, client.account_id)
        changed = {row.call_id: row.finished_at or 0.0 for row in opened.rows("done", "unknown")}
        time.sleep(max(0.0, min(EARLY, max(changed.values(), default=0.0) + EARLY - time.time())))
        ended: Counter[str] = Counter()
        for call in client.list_calls() if changed else ():
            at = changed.get(call.call_id)
            if at is not None and call.end_time is not None:
                early = call.end_time.timestamp() - at <= EARLY
                ended.update([call.disconnect_cause or "unknown"] if early else ())
        opened.set_about({"ended": json.dumps(dict(ended))})
        return report_of(opened)
