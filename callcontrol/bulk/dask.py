"""Work for the executor of a Dask cluster, which runs the work of a lost worker again.

The scheduler and the workers need this package. The scheduler counts the starts of each unit.
"""

from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager, suppress
from itertools import count
from typing import TYPE_CHECKING, Protocol, cast
from uuid import uuid4

from distributed.diagnostics.plugin import SchedulerPlugin

from callcontrol.bulk.errors import BulkError
from callcontrol.bulk.work import Outcome, WorkUnit, perform_here

if TYPE_CHECKING:
    from distributed import Scheduler


class _Cluster(Protocol):
    """The methods of ``distributed.Client`` that are used here."""

    def register_plugin(self, plugin: object) -> object: ...
    def unregister_scheduler_plugin(self, name: str) -> object: ...
    def run_on_scheduler(self, function: Callable[..., object], name: str) -> object: ...


class StartCounter(SchedulerPlugin):
    """Counts how often the scheduler gives a task to a worker."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.starts: Counter[str] = Counter()

    def transition(self, key: object, start: str, finish: str, *_: object, **__: object) -> None:
        """Count the tasks that a worker begins; other kinds of keys are not ours."""
        del start
        if finish == "processing" and isinstance(key, str) and key.startswith(self.name):
            self.starts[key] += 1


def starts_of(dask_scheduler: "Scheduler", name: str) -> Mapping[str, int]:
    """Return the starts of each unit; runs in the scheduler."""
    counter = cast("StartCounter", dask_scheduler.plugins[name])
    return dict(counter.starts)


class CountedUnits:
    """Submits units and reports those that were started more than once."""

    def __init__(self, executor: Executor, cluster: _Cluster, name: str) -> None:
        self._executor = executor
        self._cluster = cluster
        self._name = name
        self._indices = count()
        self._rows: dict[str, int] = {}

    def submit(self, unit: WorkUnit) -> "Future[Outcome]":
        """Start a unit."""
        key = f"{self._name}-{next(self._indices)}"
        if unit.action != "look":
            self._rows[key] = unit.number
        keyed = {"key": key, "pure": False}
        return cast("Callable[..., Future[Outcome]]", self._executor.submit)(
            perform_here, unit, **keyed
        )

    def repeated(self) -> Sequence[int]:
        """Return the rows of units that were started more than once; all if it is not known."""
        try:
            found = self._cluster.run_on_scheduler(starts_of, name=self._name)
        except Exception:  # noqa: BLE001 - whatever a cluster raises that is gone
            return sorted(set(self._rows.values()))
        starts = cast("Mapping[str, int]", found)
        return sorted(
            {self._rows[key] for key, times in starts.items() if times > 1 and key in self._rows}
        )


@contextmanager
def counting(executor: Executor) -> Generator[CountedUnits]:
    """Count the starts of units as long as the block runs.

    :raises BulkError: if the scheduler does not have this package.
    """
    cluster: _Cluster = getattr(executor, "_client")  # noqa: B009 - dask has no public name for it
    name = f"callcontrol-bulk-{uuid4().hex}"
    try:
        cluster.register_plugin(StartCounter(name))
    except Exception as error:
        text = f"the scheduler cannot count the starts of units: {type(error).__name__}"
        raise BulkError(f"executor: {text}; scheduler and workers need bxml-callcontrol") from error
    try:
        yield CountedUnits(executor, cluster, name)
    finally:
        with suppress(Exception):  # the cluster may be gone
            cluster.unregister_scheduler_plugin(name)
