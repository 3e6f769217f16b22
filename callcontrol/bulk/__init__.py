"""Changes many live calls at once: new BXML, a redirect or an end for each of them.

    from callcontrol import bulk

    plan = bulk.replace(calls, document)
    plan.check()
    report = plan.run(client, journal="outage.db")
    report = bulk.resume("outage.db", client)

Map of the package: ``selection`` (which calls), ``plan`` (what each gets), ``journal`` (one file
that survives a crash), ``pace`` (requests per second), ``safety`` (canary and breaker),
``dispatcher`` (decides what is sent next, without I/O), ``work`` (one request), ``engine`` (carries
it out), ``report`` (the result).
"""

from callcontrol.bulk.dispatcher import RunOptions
from callcontrol.bulk.engine import abort, resume
from callcontrol.bulk.errors import BulkError, JournalError
from callcontrol.bulk.pace import AdaptivePace, Pace
from callcontrol.bulk.plan import Plan, hang_up, redirect, replace
from callcontrol.bulk.report import Report
from callcontrol.bulk.safety import Safety
from callcontrol.bulk.selection import CallRow, Selection, from_csv, live_calls

__all__ = [
    "AdaptivePace",
    "BulkError",
    "CallRow",
    "JournalError",
    "Pace",
    "Plan",
    "Report",
    "RunOptions",
    "Safety",
    "Selection",
    "abort",
    "from_csv",
    "hang_up",
    "live_calls",
    "redirect",
    "replace",
    "resume",
]
