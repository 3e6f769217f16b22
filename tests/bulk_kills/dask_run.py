"""A run on a Dask cluster of two worker processes, one of which is killed. Prints its totals.

    python -m tests.bulk_kills.dask_run JOURNAL PORT CALLS

The credentials come from the environment, as those of the workers do.
"""

import json
import os
import signal
import sys
from threading import Thread
from time import sleep
from typing import Any

import distributed

from callcontrol import Client
from callcontrol.bulk import BulkError
from tests.bulk_kills.kills import received
from tests.bulk_kills.runner import options, plan


def main() -> None:
    """Run, kill a worker meanwhile, and use the executor again."""
    journal, port, calls = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    dask_api: Any = distributed  # not typed
    cluster = dask_api.LocalCluster(
        n_workers=2, threads_per_worker=4, processes=True, dashboard_address=None
    )
    dask = dask_api.Client(cluster)
    executor = dask.get_executor()
    with dask, cluster, Client.from_env() as client:
        refused = False
        try:
            plan(calls).run(client, journal=journal, executor=executor, options=options())
        except BulkError:
            refused = not os.path.exists(journal)  # noqa: PTH110 - a text is given
        killer = Thread(target=_kill_one, args=(dask, port, calls // 2))
        killer.start()
        report = plan(calls).run(
            client, journal=journal, executor=executor, unknown="repeat", options=options()
        )
        killer.join()
        usable = executor.submit(abs, -1).result() == 1
    print(
        json.dumps(
            {"done": report.done, "twice": report.maybe_twice, "refused": refused, "usable": usable}
        )
    )


def _kill_one(dask: Any, port: int, after: int) -> None:  # noqa: ANN401 - not typed
    """Kill a worker once some calls have been changed, so that more are under way."""
    [pid, *_] = dask.run(os.getpid).values()
    while len(received(port)) < after:
        sleep(0.005)
    os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
