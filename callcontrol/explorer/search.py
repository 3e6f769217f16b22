"""The search: every action in every state, the shortest paths first."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from itertools import count
from time import monotonic

from bxml.rules._texts import counted
from callcontrol.explorer.actions import Action, ActionKind
from callcontrol.explorer.bounds import Progress
from callcontrol.explorer.checks import find_faults, script_of, stream_urls
from callcontrol.explorer.faults import Fault
from callcontrol.explorer.normalization import normalize
from callcontrol.explorer.state_graph import Edge, Flow, Key, KnownState, Path
from callcontrol.explorer.states import State
from callcontrol.explorer.trial import (
    DivergedError,
    EarlyAction,
    ExplorationContext,
    Segment,
    TrialCall,
)
from callcontrol.phone.player import QUICK
from callcontrol.phone.script import Step

ROUNDS = 10
"""How often an action is repeated that leads back to its state, in case the application counts."""
TRIES, FEW_TRIES = 30, 2
"""Calls placed until the same steps lead to a state again; few if only one call reached it."""
REPORTS_KEYS = "<StartGather"
"""The verb that reports keys while something plays."""


@dataclass(frozen=True, slots=True, order=True)
class _PlannedCall:
    """A call to place: the path to a state, and what to try there."""

    cost: int = 0
    length: int = 0
    serial: int = 0
    path: Path = field(default=(), compare=False)
    target: Key = field(default="", compare=False)
    """The state that the path led to before."""
    actions: tuple[Action, ...] = field(default=(), compare=False)
    early: EarlyAction | None = field(default=None, compare=False)
    tries: int = field(default=0, compare=False)
    """How many calls have diverged from the path."""


class Search:
    """Finds every state that can be reached, and the faults on the paths."""

    def __init__(self, context: ExplorationContext) -> None:
        self.flow = Flow()
        self.calls = 0
        self.diverged = 0
        """Calls that led elsewhere than the same steps had before."""
        self.untried = 0
        """Actions that could not be tried, because no call reached their state again."""
        self.stopped = ""
        """The bound that left something out; empty if none did."""
        self.streaming: dict[str, None] = {}
        """URLs of the documents that start a bidirectional stream."""
        self.is_unreachable = False
        """Whether nothing listened at the URL of the first call."""
        self._became_unreachable = False
        """Whether nothing listened in a later call."""
        self._context = context
        self._options = context.options
        self._began = monotonic()
        self._plans: list[_PlannedCall] = []
        self._pending: dict[Key, dict[_PlannedCall, None]] = {}
        """Planned calls by state, in the order in which they were planned."""
        self._serial = count(1)
        self._visits: Counter[Key] = Counter()
        """How many calls have reached each state."""
        self._uses: Counter[str] = Counter()
        """How often each action was done, by label."""
        self._repeated: set[tuple[Key, ActionKind]] = set()
        """States in which repeating an action of this kind is planned or done."""
        self._early: set[EarlyAction] = set()
        """Actions during documents that are planned or done."""
        self._faults: dict[tuple[str, str], Fault] = {}
        """By kind and normalized text."""
        self._occurrences: dict[tuple[str, str], set[tuple[Key, Action | None]]] = {}
        """State and action of every occurrence of each fault."""

    @property
    def seconds(self) -> float:
        """Real seconds since the search began."""
        return monotonic() - self._began

    @property
    def left(self) -> int:
        """How many planned calls were not placed, or did not reach their state."""
        return sum(map(len, self._pending.values())) + self.untried

    @property
    def is_planning(self) -> bool:
        """Whether there is a call to place."""
        return any(self._pending.values())

    def run(self) -> None:
        """Search until everything is tried or a bound is reached."""
        if not self.calls:
            self._carry_out(_PlannedCall())
        while self._plans and not self.is_over():
            plan = heappop(self._plans)
            if plan in self._pending.get(plan.target, {}):  # else another call has done it
                self._carry_out(plan)
        self.flow.unexplored.update(key for key, plans in self._pending.items() if plans)

    def is_over(self) -> bool:
        """Return whether the search must end, and keep the reason in ``stopped``."""
        stop, seconds = self._options.stop, self._options.bounds.seconds
        if self._became_unreachable:
            self.stopped = "the application stopped listening"
        elif stop is not None and stop.is_set():
            self.stopped = "an interruption"
        elif self.seconds > seconds:
            self.stopped = f"{seconds:g} seconds"
        else:
            return False
        return True

    def _carry_out(self, plan: _PlannedCall) -> None:
        """Place a planned call; where it diverges, try an action that is pending there."""
        self._pending.get(plan.target, {}).pop(plan, None)
        actions = iter(plan.path)
        arrived = False

        def choose(segment: Segment, done: int) -> Action | None:
            nonlocal actions, arrived
            here = segment.after
            if done == len(plan.path) and not arrived and plan.target in ("", here.key):
                arrived, actions = True, iter(plan.actions)
            action = next(actions, None)
            if not arrived and (action is None or action not in here.options):
                actions = iter(self._least_tried_action(here.key))
                action = next(actions, None)
            return action

        if not self._place_call(choose, early=plan.early) or not arrived:
            self._retry_later(plan)

    def _least_tried_action(self, key: Key) -> Sequence[Action]:
        """Return a pending action of a state, the one whose label was used least."""
        plans = [plan for plan in self._pending.get(key, {}) if plan.early is None]
        if not plans:
            return ()
        chosen = min(plans, key=lambda plan: (self._uses[plan.actions[0].label], plan.serial))
        self._pending[key].pop(chosen)
        return chosen.actions

    def _retry_later(self, plan: _PlannedCall) -> None:
        """Plan a diverged call again, a limited number of times."""
        self.diverged += 1
        tries = TRIES if self._visits[plan.target] > 1 else FEW_TRIES
        if plan.tries < tries:
            self._add(replace(plan, cost=plan.cost + 1, tries=plan.tries + 1))
        else:
            self.untried += 1

    def follow(
        self, path: Sequence[Action], choose: Callable[[State], Action | None]
    ) -> list[tuple[State, str]]:
        """Follow a path, then do the chosen action in each state.

        Return the states after the path, each with the script that leads to it; none if an action
        was not possible, or if the search must end meanwhile.
        """
        visited: list[tuple[State, str]] = []

        def next_action(segment: Segment, done: int) -> Action | None:
            if done < len(path):
                return path[done]
            visited.append((segment.after, script_of(segment.script)))
            return choose(segment.after)

        completed = self._place_call(next_action)
        return visited if completed and not self.is_over() else []

    def _place_call(
        self, choose: Callable[[Segment, int], Action | None], early: EarlyAction | None = None
    ) -> bool:
        """Place a call, do the chosen action in each state while it is possible, and hang up.

        Return whether every chosen action was possible.
        """
        self.calls += 1
        trial = TrialCall(self._context, self.calls, early)
        done: list[Action] = []
        try:
            segment = trial.begin()
            self._record_segment(segment, done)
            while (action := choose(segment, len(done))) in segment.after.options:
                assert action is not None  # noqa: S101 - it is one of the options
                done.append(action)
                self._uses[action.label] += 1
                segment = trial.do(action)
                self._record_segment(segment, done)
                if self.is_over():
                    break
            self._record_faults(trial.leave())
        except DivergedError:
            return False
        finally:
            self._check_reachable(trial)
            self._report_progress()
        return True

    def _check_reachable(self, trial: TrialCall) -> None:
        if trial.log.unreachable and self.calls == 1:
            self.is_unreachable = True
        elif trial.log.unreachable:
            self._became_unreachable = True

    def _report_progress(self) -> None:
        if self._options.progress is not None:
            self._options.progress(
                Progress(
                    states=len(self.flow.states),
                    calls=self.calls,
                    waiting=self.left,
                    faults=len(self._faults),
                    seconds=self.seconds,
                )
            )

    def _record_segment(self, segment: Segment, done: Sequence[Action]) -> None:
        """Add a segment to the flow, and plan what to try in a new state."""
        self._record_faults(segment)
        self.streaming.update(dict.fromkeys(stream_urls(segment)))
        path, state, before = tuple(done), segment.after, segment.before
        self._visits[state.key] += 1
        if segment.left_early:
            return  # the call ended before its documents had played
        if state.key not in self.flow.states:
            cost = 0.0 if before is None else self.flow.states[before.key].cost
            cost += sum(
                exchange.seconds for exchange in segment.exchanges if exchange.seconds >= QUICK
            )
            self.flow.states[state.key] = KnownState(state, path, script_of(segment.script), cost)
            self._plan_state(state, path)
        if before is not None and segment.action is not None:
            self._add_edge(Edge(before.key, segment.action, state.key), path)
        self._plan_early(segment, path)

    def _add_edge(self, edge: Edge, path: Path) -> None:
        """Add an edge; if it leads back to its state, plan to repeat the action."""
        if edge in self.flow.edges:
            return
        self.flow.edges[edge] = None
        kind = (edge.source, edge.action.kind)
        is_loop = edge.source == edge.target and kind not in self._repeated
        if is_loop and self._is_within_depth(path):
            self._repeated.add(kind)
            self._plan(path, edge.target, (edge.action,) * (ROUNDS - 1))

    def _plan_state(self, state: State, path: Path) -> None:
        states = self._options.bounds.states
        is_full = len(self.flow.states) > states
        if state.options and (is_full or not self._is_within_depth(path)):
            self.flow.unexplored.add(state.key)
            bound = counted(states, "state") if is_full else counted(len(path), "action")
            self.stopped = self.stopped or bound
            return
        for action in state.options:
            self._plan(path, state.key, (action,))

    def _is_within_depth(self, path: Path) -> bool:
        return len(path) < self._options.bounds.depth

    def _plan_early(self, segment: Segment, path: Path) -> None:
        """Plan actions during a document: hanging up, and keys that a StartGather reports."""
        target = "" if segment.before is None else segment.before.key
        ended = segment.after.kind == "ended"
        keys = self._options.reader.keys
        for early in _early_actions(segment.documents, keys, ended=ended):
            if early not in self._early:
                self._early.add(early)
                self._plan(path[:-1], target, path[-1:], early)

    def _plan(
        self,
        path: Path,
        target: Key,
        actions: tuple[Action, ...],
        early: EarlyAction | None = None,
    ) -> None:
        cost = self.flow.states[target].cost if target in self.flow.states else 0.0
        length, serial = len(path) + len(actions), next(self._serial)
        self._add(_PlannedCall(round(cost), length, serial, path, target, actions, early))

    def _add(self, plan: _PlannedCall) -> None:
        self._pending.setdefault(plan.target, {})[plan] = None
        heappush(self._plans, plan)

    def _record_faults(self, segment: Segment) -> None:
        """Keep the faults of a segment; the first occurrence of a fault is the shortest."""
        before = "" if segment.before is None else segment.before.key
        for fault in find_faults(segment, self._options.slow):
            text = self._options.reader.scripts.without_addresses(fault.text)
            key = (fault.kind, fault.cause or normalize(text))
            self._faults.setdefault(key, fault)
            self._occurrences.setdefault(key, set()).add((before, segment.action))

    @property
    def faults(self) -> list[Fault]:
        """Every fault, with the number of its occurrences."""
        return [
            replace(fault, ways=len(self._occurrences[key]))
            for key, fault in self._faults.items()
            if fault.kind != "no-timeout-path" or not self._is_dead_end(self._occurrences[key])
        ]

    def _is_dead_end(self, timeouts: set[tuple[Key, Action | None]]) -> bool:
        """Return whether every input ends in the same silence: that is one fault, not two."""
        found = (where for (kind, _), where in self._occurrences.items() if kind == "dead-end")
        dead = set[tuple[Key, Action | None]]().union(*found)
        inputs = [
            (key, option)
            for key, _ in timeouts
            for option in self.flow.states[key].state.options
            if option.kind in ("key", "words")
        ]
        return bool(inputs) and dead.issuperset(inputs)


def _early_actions(documents: Sequence[str], keys: str, *, ended: bool) -> Iterable[EarlyAction]:
    """Yield the actions that are possible during documents that need no input."""
    reported = False
    for number, document in enumerate(documents, 1):
        reported = reported or REPORTS_KEYS in document
        if reported:
            yield EarlyAction(document, Step("press", keys))
        if ended or number < len(documents):
            yield EarlyAction(document, Step("hang up"))
