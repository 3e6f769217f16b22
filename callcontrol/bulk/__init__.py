"""Changes many live calls at once: new BXML, a redirect or an end for each of them.

    from callcontrol import bulk

    plan = bulk.replace(calls, document)
    plan.check()
    report = plan.run(client, journal="outage.db")
    report = bulk.resume("outage.db", client)

Map of the package: ``selection`` (which calls), ``script_calls`` (which of them scripts run),
``plan`` (the change that each gets), ``journal`` (one file that survives a crash), ``pace``
(requests per second), ``safety`` and ``canary`` (what stops a run), ``dispatcher`` (decides what is
sent next, without network I/O), ``work`` (one request), ``engine`` and ``async_engine`` (carry it
out), ``dask`` (for a cluster), ``resuming`` (operations on an earlier journal), ``report`` (the
result).
"""

from callcontrol.bulk.errors import BulkError, JournalError
from callcontrol.bulk.options import RunOptions
from callcontrol.bulk.pace import AdaptivePace, Pace
from callcontrol.bulk.plan import Plan, hang_up, redirect, replace
from callcontrol.bulk.report import Report
from callcontrol.bulk.resuming import (
    abort,
    look_up_ends,
    read_report,
    replaced_calls,
    resume,
    resume_async,
)
from callcontrol.bulk.safety import Safety
from callcontrol.bulk.script_calls import ScriptJournal, script_calls
from callcontrol.bulk.selection import EXCLUSIONS, CallRow, Selection, from_csv, live_calls

__all__ = [
    "EXCLUSIONS",
    "AdaptivePace",
    "BulkError",
    "CallRow",
    "JournalError",
    "Pace",
    "Plan",
    "Report",
    "RunOptions",
    "Safety",
    "ScriptJournal",
    "Selection",
    "abort",
    "from_csv",
    "hang_up",
    "live_calls",
    "look_up_ends",
    "read_report",
    "redirect",
    "replace",
    "replaced_calls",
    "resume",
    "resume_async",
    "script_calls",
]
