"""A frozen class of fields is what ``dataclass(frozen=True, slots=True)`` makes of its body."""

import copy
import dataclasses
import importlib
import inspect
import pickle
import pkgutil
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pytest

import bxml
import callcontrol
from callcontrol._frozen import field, frozen, replace
from callcontrol.events import CallEvent, GatherEvent
from callcontrol.models import CreatedCall


@frozen
class Ours:
    """An order."""

    number: int
    name: str = "none"
    tags: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    line: int | None = field(default=None, compare=False)
    kind: str = field(default="order", init=False)
    limit: ClassVar[int] = 3

    def twice(self) -> int:
        """Return the number twice."""
        return 2 * self.number


@dataclasses.dataclass(frozen=True, slots=True)
class Theirs:
    """An order."""

    number: int
    name: str = "none"
    tags: Mapping[str, str] = dataclasses.field(default_factory=dict[str, str], repr=False)
    line: int | None = dataclasses.field(default=None, compare=False)
    kind: str = dataclasses.field(default="order", init=False)
    limit: ClassVar[int] = 3

    def twice(self) -> int:
        """Return the number twice."""
        return 2 * self.number


@frozen(kw_only=True)
class OursByName:
    """Fields by name."""

    late: int = 1
    needed: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class TheirsByName:
    """Fields by name."""

    late: int = 1
    needed: str


PAIRS: list[tuple[Any, Any, dict[str, Any]]] = [
    (Ours, Theirs, {"number": 7, "tags": {"a": "b"}}),
    (OursByName, TheirsByName, {"needed": "x"}),
]
each_pair = pytest.mark.parametrize(("ours", "theirs", "given"), PAIRS)


def refusal(action: Callable[[], object]) -> str:
    """Return the error of an action, in words that name no class."""
    with pytest.raises((TypeError, AttributeError)) as caught:
        action()
    return f"{caught.type.__name__}: {caught.value}".replace("Theirs", "Ours")


@each_pair
def test_it_looks_like_a_dataclass(ours: Any, theirs: Any, given: dict[str, Any]) -> None:  # noqa: ANN401
    """To ``inspect``, ``dataclasses`` and match statements."""
    assert str(inspect.signature(ours)) == str(inspect.signature(theirs))
    assert ours.__match_args__ == theirs.__match_args__
    assert ours.__slots__ == theirs.__slots__
    assert repr(ours(**given)) == repr(theirs(**given)).replace("Theirs", "Ours")
    for mine, other in zip(dataclasses.fields(ours), dataclasses.fields(theirs), strict=True):
        assert all(
            getattr(mine, name) == getattr(other, name)
            for name in ("name", "default", "default_factory", "init", "repr", "compare", "kw_only")
        )
    assert dataclasses.asdict(ours(**given)) == dataclasses.asdict(theirs(**given))


@each_pair
def test_it_is_refused_like_a_dataclass(ours: Any, theirs: Any, given: dict[str, Any]) -> None:  # noqa: ANN401
    """Missing and unknown arguments, assignments and deletions."""

    def refusals(cls: Any) -> list[str]:  # noqa: ANN401
        made = cls(**given)
        return [
            refusal(cls),
            refusal(lambda: cls(1, 2, 3, 4, 5)),
            refusal(lambda: cls(**given, more=1)),
            refusal(lambda: setattr(made, next(iter(given)), 1)),
            refusal(lambda: delattr(made, next(iter(given)))),
        ]

    assert refusals(ours) == refusals(theirs)


@each_pair
def test_values_survive_copies(ours: Any, theirs: Any, given: dict[str, Any]) -> None:  # noqa: ANN401
    """Copied, pickled and replaced, with the state of a dataclass."""
    made = ours(**given)
    assert made.__getstate__() == theirs(**given).__getstate__()
    copies = (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made)), replace(made))  # noqa: S301 - ours
    assert all(each == made and type(each) is ours for each in copies)
    assert dataclasses.replace(made) == made
    assert made != theirs(**given)


def test_fields_that_are_not_compared_make_no_difference() -> None:
    """Neither to ``==`` nor to ``hash``."""
    assert Ours(1, line=1) == Ours(1, line=2) != Ours(2, line=2)
    assert hash(OursByName(needed="a")) == hash(OursByName(needed="a"))
    assert Ours(4).twice() == 8


def test_an_application_derives_a_dataclass_from_an_event() -> None:
    """For a kind that this release does not know; its fields are checked like ours."""

    @dataclasses.dataclass(frozen=True, kw_only=True)
    class QueueEvent(CallEvent):
        event_type: str = "queue"
        depth: int | None = None

    event = QueueEvent(call_id="c-1", depth=3)
    assert (event.depth, event.absent[0]) == (3, "eventTime")
    assert "depth=3" in repr(event)
    assert event.to_json() == '{"eventType":"queue","callId":"c-1","depth":3}'


def test_records_show_their_parameters() -> None:
    """To editors and ``help``, with the defaults of the class."""
    shown = inspect.signature(GatherEvent).parameters
    assert list(shown)[:2] == ["event_time", "extra"]
    assert shown["call_id"].default is inspect.Parameter.empty
    assert shown["digits"].default == ""
    assert "password" not in repr(CreatedCall(call_id="c-1", password="x"))


CHANGEABLE = {
    "bxml.cli.reports.Tally",
    "callcontrol.cli.demo.Stage",
    "callcontrol.explorer.layout._Part",
    "callcontrol.explorer.state_graph.Flow",
    "callcontrol.explorer.trial.LoopDetector",
    "callcontrol.phone.call_log.Phone",
    "callcontrol.scripts.asks.CallStep",
    "callcontrol.scripts.journals.memory._Records",
    "callcontrol.scripts.live.LegLog",
    "callcontrol.scripts.live.LiveRun",
    "callcontrol.scripts.writing.Unit",
    "callcontrol.simulator.applications.fault_injection._Planned",
    "callcontrol.simulator.core.fault_plan.PlannedFailure",
    "callcontrol.simulator.core.verbs.machine_detection._SpeechSoFar",
}
"""Classes of fields that change, each private to the algorithm it serves."""


def test_every_other_value_cannot_be_changed() -> None:
    """All dataclasses of both packages are frozen, but for the listed ones."""
    found: set[str] = set()
    for package in (bxml, callcontrol):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if module.name.endswith("__main__"):
                continue
            for value in vars(importlib.import_module(module.name)).values():
                if not isinstance(value, type) or not value.__module__.startswith(package.__name__):
                    continue
                parameters = getattr(value, "__dataclass_params__", None)
                if parameters is not None and not parameters.frozen:
                    found.add(f"{value.__module__}.{value.__qualname__}")
    assert found == CHANGEABLE


BY_NAME = [
    "events",
    "_results",
    "simulator.settings",
    "simulator.core.calls",
    "simulator.core.observations",
    "simulator.core.recordings",
    "simulator.core.webhooks",
]
"""Modules and packages whose values are records."""


@pytest.mark.parametrize("name", BY_NAME)
def test_records_are_made_by_name(name: str) -> None:
    """Those of five fields and more, so that a field can be added anywhere."""
    module = importlib.import_module(f"callcontrol.{name}")
    inside = pkgutil.walk_packages(getattr(module, "__path__", ()), f"{module.__name__}.")
    found = [module, *(importlib.import_module(each.name) for each in inside)]
    values = [value for each in found for value in vars(each).values()]
    records = [each for each in values if isinstance(each, type) and dataclasses.is_dataclass(each)]
    assert records
    for record in records:
        fields = [each for each in dataclasses.fields(record) if each.init]
        assert len(fields) < 5 or all(each.kw_only for each in fields), record
