"""The search: every action in every scene, the shortest ways first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from itertools import count
from threading import Event
from time import monotonic

from callcontrol.explorer.actions import Action, ActionKind
from callcontrol.explorer.faults import Fault
from callcontrol.explorer.flow import Edge, Flow, Key, Known
from callcontrol.explorer.judging import judge, script_of
from callcontrol.explorer.limits import Bounds, Progress
from callcontrol.explorer.scenes import Scene
from callcontrol.explorer.walk import Ground, LostError, Segment, Walk
from callcontrol.phone.played import QUICK

__all__ = ["Search"]

ROUNDS = 5
"""How often the same is done in a scene that it leads back to, in case the application counts."""


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
    early: str = field(default="", compare=False)
    """A document during which to hang up."""


class Search:
    """Finds every scene that can be reached, and what is wrong on the way."""

    def __init__(
        self,
        ground: Ground,
        bounds: Bounds,
        slow: float,
        progress: Callable[[Progress], None] | None = None,
        stop: Event | None = None,
    ) -> None:
        self.flow = Flow()
        self.calls = 0
        self.lost = 0
        """Calls that did not take the way that the same steps took before."""
        self.stopped = ""
        """Which bound left something out; empty if none did."""
        self.is_unreachable = False
        """Whether nobody listened where the first call was to begin."""
        self._ground = ground
        self._bounds = bounds
        self._slow = slow
        self._progress = progress
        self._stop = stop
        self._began = monotonic()
        self._plans: list[_Plan] = []
        self._serial = count()
        self._back: set[tuple[Key, ActionKind]] = set()
        """Scenes of which it is planned, or done, to do the same again and again."""
        self._faults: dict[tuple[str, str], Fault] = {}
        """By kind and text."""
        self._ways: dict[tuple[str, str], set[tuple[Key, Action | None]]] = {}
        """Where and how each of them is met."""
        self._left_early: set[str] = set()
        """Documents during which the caller has hung up, or will."""

    @property
    def seconds(self) -> float:
        """Real seconds since the search began."""
        return monotonic() - self._began

    @property
    def left(self) -> int:
        """How many calls are planned."""
        return len(self._plans)

    def run(self) -> None:
        """Search until everything is tried or a bound is reached."""
        if not self.calls:
            self._call(_Plan())
        while self._plans and not self._is_over():
            self._call(heappop(self._plans))
        self.flow.unexplored.update(each.at for each in self._plans)

    @property
    def is_told_to_stop(self) -> bool:
        """Whether nothing more is wanted."""
        return self._stop is not None and self._stop.is_set()

    def _is_over(self) -> bool:
        if self.is_told_to_stop:
            self.stopped = "being told to"
        elif self.seconds > self._bounds.seconds:
            self.stopped = f"{self._bounds.seconds:g} seconds"
        else:
            return False
        return True

    # --- calls ----------------------------------------------------------------------------

    def _call(self, plan: _Plan) -> None:
        """Place a call, go the way, do what has not been done, and hang up."""
        steps = iter((*plan.way, *plan.actions))
        walked = len(plan.way)
        arrived = False

        def choose(segment: Segment, done: int) -> Action | None:
            nonlocal arrived
            if done == walked and not arrived:
                arrived = plan.at in ("", segment.after.key)
                return next(steps, None) if arrived else None
            return next(steps, None)

        self._walk(choose, known=walked, early=plan.early)
        self.lost += not arrived

    def wander(
        self, way: Sequence[Action], choose: Callable[[Scene], Action | None]
    ) -> list[tuple[Scene, str]]:
        """Go a way, then do in each scene what is chosen.

        Return the scenes after the way, each with the script that leads to it.
        """
        met: list[tuple[Scene, str]] = []

        def chosen(segment: Segment, done: int) -> Action | None:
            if done < len(way):
                return way[done]
            met.append((segment.after, script_of(segment.script)))
            return choose(segment.after)

        self._walk(chosen, known=len(way))
        return met

    def _walk(
        self,
        choose: Callable[[Segment, int], Action | None],
        *,
        known: int,
        early: str = "",
    ) -> int:
        """Do in each scene what is chosen, as long as it can be done; return how much was done.

        What comes of the first ``known`` actions has been judged before. ``early`` is a document
        during which the caller hangs up.
        """
        self.calls += 1
        walk = Walk(self._ground, self.calls, leave_during=early)
        done: list[Action] = []
        try:
            segment = walk.begin()
            self._learn(segment, done, judged=self.calls > 1 and not early)
            while (action := choose(segment, len(done))) is not None:
                if action not in segment.after.options:
                    break
                done.append(action)
                segment = walk.do(action)
                self._learn(segment, done, judged=len(done) <= known and not early)
            self._judge(walk.leave())
        except LostError:
            pass  # whoever chose the way sees that it was not gone to its end
        finally:
            self.is_unreachable = self.is_unreachable or walk.log.unreachable
            self._tell()
        return len(done)

    def _tell(self) -> None:
        if self._progress is not None:
            self._progress(
                Progress(
                    states=len(self.flow.scenes),
                    calls=self.calls,
                    waiting=len(self._plans),
                    faults=len(self._faults),
                    seconds=self.seconds,
                )
            )

    # --- what is learnt -------------------------------------------------------------------

    def _learn(self, segment: Segment, done: Sequence[Action], *, judged: bool) -> None:
        """Enter what a segment shows, and plan what there is to try where it led."""
        if not judged:
            self._judge(segment)
        way, scene, before = tuple(done), segment.after, segment.before
        if segment.left_early:
            return  # the scene is the end of a caller who did not listen
        if scene.key not in self.flow.scenes:
            cost = 0.0 if before is None else self.flow.scenes[before.key].cost
            cost += sum(each.seconds for each in segment.exchanges if each.seconds >= QUICK)
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

    def _plan_scene(self, scene: Scene, way: tuple[Action, ...]) -> None:
        full = len(self.flow.scenes) > self._bounds.states
        if scene.options and (full or not self._may_go_on(way)):
            self.flow.unexplored.add(scene.key)
            self.stopped = f"{self._bounds.states} states" if full else f"{len(way)} actions"
            return
        for action in scene.options:
            self._plan(way, scene.key, (action,))

    def _may_go_on(self, way: Sequence[Action]) -> bool:
        return len(way) < self._bounds.depth

    def _plan_early(self, segment: Segment, way: tuple[Action, ...]) -> None:
        """Plan to hang up during each document that somebody could listen to to its end."""
        passed = segment.documents if segment.after.kind == "ended" else segment.documents[:-1]
        for document in passed:
            if document not in self._left_early:
                self._left_early.add(document)
                at = "" if segment.before is None else segment.before.key
                self._plan(way[:-1], at, way[-1:], early=document)

    def _plan(
        self, way: tuple[Action, ...], at: Key, actions: tuple[Action, ...], early: str = ""
    ) -> None:
        cost = self.flow.scenes[at].cost if at in self.flow.scenes else 0.0
        length = len(way) + len(actions)
        plan = _Plan(round(cost), length, next(self._serial), way, at, actions, early)
        heappush(self._plans, plan)

    def _judge(self, segment: Segment) -> None:
        """Keep what is wrong; of several ways that show the same the first is the shortest."""
        before = "" if segment.before is None else segment.before.key
        for fault in judge(segment, self._slow):
            key = (fault.kind, fault.text)
            self._faults.setdefault(key, fault)
            self._ways.setdefault(key, set()).add((before, segment.action))

    @property
    def faults(self) -> list[Fault]:
        """What is wrong, with the number of ways that show it."""
        return [
            replace(each, ways=len(self._ways[key]))
            for key, each in self._faults.items()
            if each.kind != "no-timeout-path" or not self._is_dead(self._ways[key])
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
