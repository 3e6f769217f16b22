"""The search: every action in every scene, the shortest ways first."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from itertools import count
from threading import Event
from time import monotonic

from bxml.rules._texts import counted
from callcontrol.explorer.actions import Action, ActionKind
from callcontrol.explorer.bounds import Bounds, Progress
from callcontrol.explorer.checks import find_faults, script_of
from callcontrol.explorer.faults import Fault
from callcontrol.explorer.state_graph import Edge, Flow, Key, Known
from callcontrol.explorer.states import State, normalize
from callcontrol.explorer.trial import DivergedError, Early, ExplorationContext, Segment, TrialCall
from callcontrol.phone.player import QUICK
from callcontrol.phone.script import Step

__all__ = ["Search"]

ROUNDS = 10
"""How often the same is done in a scene that it leads back to, in case the application counts."""
TRIES, FEW_TRIES = 30, 2
"""Calls that are placed until the same steps lead to a scene again; few if they never have."""
REPORTS_KEYS = "<StartGather"
"""What makes keys count while something plays."""


@dataclass(frozen=True, slots=True, order=True)
class _Plan:
    """A call to place: the way to a scene, and what to do there that has not been done."""

    cost: int = 0
    length: int = 0
    serial: int = 0
    way: tuple[Action, ...] = field(default=(), compare=False)
    at: Key = field(default="", compare=False)
    """Where the way leads if it leads where it led before."""
    actions: tuple[Action, ...] = field(default=(), compare=False)
    early: Early | None = field(default=None, compare=False)
    tries: int = field(default=0, compare=False)
    """How many calls have gone another way."""


class Search:
    """Finds every scene that can be reached, and what is wrong on the way."""

    def __init__(
        self,
        ground: ExplorationContext,
        bounds: Bounds,
        slow: float,
        progress: Callable[[Progress], None] | None = None,
        stop: Event | None = None,
    ) -> None:
        self.flow = Flow()
        self.calls = 0
        self.lost = 0
        """Calls that did not take the way that the same steps took before."""
        self.untried = 0
        """Things that could not be tried, because no call found its way to them again."""
        self.stopped = ""
        """Which bound left something out; empty if none did."""
        self.is_unreachable = False
        """Whether nobody listened where the first call was to begin."""
        self._is_gone = False
        """Whether nobody listened later on."""
        self._ground = ground
        self._bounds = bounds
        self._slow = slow
        self._progress = progress
        self._stop = stop
        self._began = monotonic()
        self._plans: list[_Plan] = []
        self._pending: dict[Key, dict[_Plan, None]] = {}
        """What has not been done in each scene, in the order in which it was planned."""
        self._serial = count(1)
        self._met: Counter[Key] = Counter()
        """How many calls have come to each scene."""
        self._done: Counter[str] = Counter()
        """How often each action has been done, by label."""
        self._back: set[tuple[Key, ActionKind]] = set()
        """Scenes of which it is planned, or done, to do the same again and again."""
        self._early: set[Early] = set()
        """What is done during documents, or will be."""
        self._faults: dict[tuple[str, str], Fault] = {}
        """By kind and text, ids aside."""
        self._ways: dict[tuple[str, str], set[tuple[Key, Action | None]]] = {}
        """Where and how each of them is met."""

    @property
    def seconds(self) -> float:
        """Real seconds since the search began."""
        return monotonic() - self._began

    @property
    def left(self) -> int:
        """How many things were not tried."""
        return sum(map(len, self._pending.values())) + self.untried

    @property
    def is_planning(self) -> bool:
        """Whether there is something that can still be tried."""
        return any(self._pending.values())

    def run(self) -> None:
        """Search until everything is tried or a bound is reached."""
        if not self.calls:
            self._call(_Plan())
        while self._plans and not self.is_over():
            plan = heappop(self._plans)
            if plan in self._pending.get(plan.at, {}):  # else it was done on another way
                self._call(plan)
        self.flow.unexplored.update(key for key, plans in self._pending.items() if plans)

    def is_over(self) -> bool:
        """Return whether the search has to end, whatever is left."""
        if self._is_gone:
            self.stopped = "the application has ceased to listen"
        elif self._stop is not None and self._stop.is_set():
            self.stopped = "an interruption"
        elif self.seconds > self._bounds.seconds:
            self.stopped = f"{self._bounds.seconds:g} seconds"
        else:
            return False
        return True

    # --- calls ----------------------------------------------------------------------------

    def _call(self, plan: _Plan) -> None:
        """Place a call, go the way, and do what has not been done.

        Where the call goes astray, something is done that has not been done there.
        """
        self._take(plan)
        steps = iter(plan.way)
        walked, arrived = len(plan.way), False

        def choose(segment: Segment, done: int) -> Action | None:
            nonlocal steps, arrived
            here = segment.after
            if done == walked and not arrived and plan.at in ("", here.key):
                arrived, steps = True, iter(plan.actions)
            action = next(steps, None)
            if not arrived and (action is None or action not in here.options):
                steps = iter(self._least_tried_action(here.key))
                action = next(steps, None)
            return action

        if not self._walk(choose, early=plan.early) or not arrived:
            self._retry_later(plan)

    def _take(self, plan: _Plan) -> None:
        self._pending.get(plan.at, {}).pop(plan, None)

    def _least_tried_action(self, key: Key) -> Sequence[Action]:
        """Return something that has not been done in a scene, of a kind that was done least."""
        plans = [each for each in self._pending.get(key, {}) if each.early is None]
        if not plans:
            return ()
        chosen = min(plans, key=lambda each: (self._done[each.actions[0].label], each.serial))
        self._take(chosen)
        return chosen.actions

    def _retry_later(self, plan: _Plan) -> None:
        """Try again what a call did not find its way to, a few times."""
        self.lost += 1
        tries = TRIES if self._met[plan.at] > 1 else FEW_TRIES
        if plan.tries < tries:
            self._add(replace(plan, cost=plan.cost + 1, tries=plan.tries + 1))
        else:
            self.untried += 1

    def follow(
        self, way: Sequence[Action], choose: Callable[[State], Action | None]
    ) -> list[tuple[State, str]]:
        """Go a way, then do in each scene what is chosen.

        Return the scenes after the way, each with the script that leads to it; none if something
        could not be done, or the search has to end meanwhile.
        """
        met: list[tuple[State, str]] = []

        def chosen(segment: Segment, done: int) -> Action | None:
            if done < len(way):
                return way[done]
            met.append((segment.after, script_of(segment.script)))
            return choose(segment.after)

        went = self._walk(chosen)
        return met if went and not self.is_over() else []

    def _walk(
        self, choose: Callable[[Segment, int], Action | None], early: Early | None = None
    ) -> bool:
        """Place a call, do in each scene what is chosen, as long as it can be done, and hang up.

        Return whether everything that was begun could be done.
        """
        self.calls += 1
        walk = TrialCall(self._ground, self.calls, early)
        done: list[Action] = []
        try:
            segment = walk.begin()
            self._learn(segment, done)
            while (action := choose(segment, len(done))) in segment.after.options:
                assert action is not None  # noqa: S101 - it is one of the options
                done.append(action)
                self._done[action.label] += 1
                segment = walk.do(action)
                self._learn(segment, done)
                if self.is_over():
                    break
            self._judge(walk.leave())
        except DivergedError:
            return False
        finally:
            self._see_who_listens(walk)
            self._send_to_verb()
        return True

    def _see_who_listens(self, walk: TrialCall) -> None:
        if walk.log.unreachable and self.calls == 1:
            self.is_unreachable = True
        elif walk.log.unreachable:
            self._is_gone = True

    def _send_to_verb(self) -> None:
        if self._progress is not None:
            self._progress(
                Progress(
                    states=len(self.flow.scenes),
                    calls=self.calls,
                    waiting=self.left,
                    faults=len(self._faults),
                    seconds=self.seconds,
                )
            )

    # --- what is learnt -------------------------------------------------------------------

    def _learn(self, segment: Segment, done: Sequence[Action]) -> None:
        """Enter what a segment shows, and plan what there is to try where it led."""
        self._judge(segment)
        way, scene, before = tuple(done), segment.after, segment.before
        self._met[scene.key] += 1
        if segment.left_early:
            return  # the scene is the end of a caller who did not listen
        if scene.key not in self.flow.scenes:
            cost = 0.0 if before is None else self.flow.scenes[before.key].cost
            cost += sum(
                exchange.seconds for exchange in segment.exchanges if exchange.seconds >= QUICK
            )
            self.flow.scenes[scene.key] = Known(scene, way, script_of(segment.script), cost)
            self._plan_scene(scene, way)
        if before is not None and segment.action is not None:
            self._enter(Edge(before.key, segment.action, scene.key), way)
        self._plan_early(segment, way)

    def _enter(self, edge: Edge, way: tuple[Action, ...]) -> None:
        """Enter an edge; where it leads back, plan to do the same again and again."""
        if edge in self.flow.edges:
            return
        self.flow.edges[edge] = None
        kind = (edge.source, edge.action.kind)
        if edge.source == edge.target and kind not in self._back and self._may_go_on(way):
            self._back.add(kind)
            self._plan(way, edge.target, (edge.action,) * (ROUNDS - 1))

    def _plan_scene(self, scene: State, way: tuple[Action, ...]) -> None:
        full = len(self.flow.scenes) > self._bounds.states
        if scene.options and (full or not self._may_go_on(way)):
            self.flow.unexplored.add(scene.key)
            bound = counted(self._bounds.states, "state") if full else counted(len(way), "action")
            self.stopped = self.stopped or bound
            return
        for action in scene.options:
            self._plan(way, scene.key, (action,))

    def _may_go_on(self, way: Sequence[Action]) -> bool:
        return len(way) < self._bounds.depth

    def _plan_early(self, segment: Segment, way: tuple[Action, ...]) -> None:
        """Plan what somebody can do during a document: hang up, and press keys that count."""
        at = "" if segment.before is None else segment.before.key
        ended = segment.after.kind == "ended"
        for early in _during(segment.documents, self._ground.viewer.keys, ended=ended):
            if early not in self._early:
                self._early.add(early)
                self._plan(way[:-1], at, way[-1:], early)

    def _plan(
        self,
        way: tuple[Action, ...],
        at: Key,
        actions: tuple[Action, ...],
        early: Early | None = None,
    ) -> None:
        cost = self.flow.scenes[at].cost if at in self.flow.scenes else 0.0
        length = len(way) + len(actions)
        self._add(_Plan(round(cost), length, next(self._serial), way, at, actions, early))

    def _add(self, plan: _Plan) -> None:
        self._pending.setdefault(plan.at, {})[plan] = None
        heappush(self._plans, plan)

    # --- what is wrong --------------------------------------------------------------------

    def _judge(self, segment: Segment) -> None:
        """Keep what is wrong; of several ways that show the same the first is the shortest."""
        before = "" if segment.before is None else segment.before.key
        for fault in find_faults(segment, self._slow):
            key = (fault.kind, fault.cause or normalize(fault.text))
            self._faults.setdefault(key, fault)
            self._ways.setdefault(key, set()).add((before, segment.action))

    @property
    def faults(self) -> list[Fault]:
        """What is wrong, with the number of ways that show it."""
        return [
            replace(item, ways=len(self._ways[key]))
            for key, item in self._faults.items()
            if item.kind != "no-timeout-path" or not self._is_dead(self._ways[key])
        ]

    def _is_dead(self, silences: set[tuple[Key, Action | None]]) -> bool:
        """Return whether the keys are as dead as silence is: that is one fault, not two."""
        dead = {way for (kind, _), ways in self._ways.items() if kind == "dead-end" for way in ways}
        return all(
            (key, option) in dead
            for key, _ in silences
            for option in self.flow.scenes[key].scene.options
            if option.kind == "key"
        )


def _during(documents: Sequence[str], keys: str, *, ended: bool) -> Iterable[Early]:
    """Yield what can be done during documents that play to their end by themselves."""
    reported = False
    for place, document in enumerate(documents, 1):
        reported = reported or REPORTS_KEYS in document
        if reported:
            yield Early(document, Step("press", keys))
        if ended or place < len(documents):
            yield Early(document, Step("hang up"))
