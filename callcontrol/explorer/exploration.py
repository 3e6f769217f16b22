"""``explore``: every way through the calls of an application, and what is wrong on them."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event
from types import ModuleType
from typing import Literal

from bxml._wording import did_you_mean
from bxml.rules._texts import counted
from callcontrol._urls import origin_of
from callcontrol.explorer.bounds import KEYS, SLOW, Bounds, Progress
from callcontrol.explorer.diagram import Graph
from callcontrol.explorer.faults import KINDS, Fault
from callcontrol.explorer.loops import endless
from callcontrol.explorer.report import Report
from callcontrol.explorer.search import Search
from callcontrol.explorer.states import StateReader
from callcontrol.explorer.trial import ExplorationContext, Slow, TimedTransport
from callcontrol.explorer.unreached import Tracing
from callcontrol.phone import CALLER, HOME, NUMBER
from callcontrol.phone.call_request import CallRequest
from callcontrol.simulator.applications import ApplicationTarget, Remote, Router, transport_for
from callcontrol.simulator.applications.base import absolute_url
from callcontrol.simulator.core.engine import DIGITS
from callcontrol.simulator.errors import SimulatorError, expect_number
from callcontrol.simulator.simulator import Simulator

__all__ = ["explore"]

_ORDER = {kind: number for number, kind in enumerate(KINDS)}


def explore(  # noqa: PLR0913 - one application, all the rest optional
    app: ApplicationTarget,
    *,
    url: str = "",
    from_: str = CALLER,
    to: str = NUMBER,
    outbound: bool = False,
    detect: Literal["sync", "async"] | None = None,
    disconnect_url: str | None = None,
    username: str | None = None,
    password: str | None = None,
    keys: str = KEYS,
    entries: Sequence[str] = (),
    ignore: str | None = None,
    slow: float = SLOW,
    bounds: Bounds | None = None,
    allow: Sequence[str] = (),
    reach: Sequence[str] = (),
    code: Sequence[ModuleType | Path] = (),
    simulator: Simulator | None = None,
    progress: Callable[[Progress], None] | None = None,
    stop: Event | None = None,
) -> Report:
    """Call an application again and again until every way through it is known.

    ``app`` is a WSGI or ASGI application or the URL of a running one; ``url``, which may be
    relative, receives initiate, or answer if ``outbound``. At every prompt each of ``keys`` is
    pressed, and each of ``entries`` (``"1000#"``) where more keys are taken; every timeout passes,
    transfers are answered and refused, and callers hang up everywhere. ``detect`` and
    ``disconnect_url`` are as for ``callcontrol dial``; ``username`` and ``password`` are for an
    application that asks for them. What ``ignore``, a regular expression, finds in documents does
    not count when two moments are compared; ids, times and long numbers never do.

    A reply is slow from ``slow`` real seconds on. ``bounds`` limits the search. ``allow`` names
    kinds of fault that are no faults here. Nothing is sent to other hosts than the application's
    own, unless ``reach`` names their URLs. ``code`` are the modules of an application in this
    process whose branches have to be reached; needs the package coverage. ``simulator`` is the
    platform whose client the application uses, if it redirects calls or gives them BXML.
    ``progress`` is told after each call, and ``stop``, once set, ends the search after the call
    that is under way.

    Raises ``SimulatorError`` for arguments that cannot be, and for a call that cannot be placed.
    """
    _expect(keys, entries, slow, bounds or Bounds(), allow)
    if detect is not None and not outbound:
        raise SimulatorError("explore.detect: expected outbound=True with it, got an inbound call")
    home = app if isinstance(app, str) else HOME
    order = CallRequest(
        url=absolute_url("explore.url", home, url),
        from_=from_,
        to=to,
        outbound=outbound,
        disconnect_url=None
        if disconnect_url is None
        else absolute_url("explore.url", home, disconnect_url),
        detect=detect,
        username=username,
        password=password,
    )
    taken: list[Slow] = []
    router = Router()
    router.mount(home, TimedTransport(transport_for(app), taken))
    for each in reach:
        if origin_of(each) is None:
            raise SimulatorError(f"explore.reach: expected an http URL, got {each!r}")
        router.mount(each, TimedTransport(Remote(), taken))
    ground = ExplorationContext(
        order=order,
        router=router,
        taken=taken,
        viewer=StateReader(keys=keys, entries=entries, ignore=_pattern(ignore)),
        platform=None if simulator is None else simulator.platform,
    )
    search = Search(ground, bounds or Bounds(), slow, progress, stop)
    try:
        with Tracing([_file(each) for each in code]) as tracing:
            found = [*_searched(search), *_not_explored(search)]
        # What was not tried may lead to what was not reached.
        unreached = () if search.stopped or search.untried else tracing.faults()
        return _report(search, [*found, *unreached], allow)
    finally:
        router.close()


def _searched(search: Search) -> list[Fault]:
    """Search, and search on from whatever the walks around loops come upon."""
    while True:
        search.run()
        if search.is_over():
            return []
        found = endless(search)
        if not search.is_planning or search.stopped:
            return found


def _not_explored(search: Search) -> Iterator[Fault]:
    """Yield the fault of an application of which no call is like another."""
    if search.untried:
        text = (
            f"expected the same after the same steps, got something else in {search.lost} of "
            f"{search.calls} calls: {counted(search.untried, 'thing')} could not be tried"
        )
        yield Fault(kind="not-explored", text=text)


def _report(search: Search, found: Sequence[Fault], allow: Sequence[str]) -> Report:
    faults = [fault for fault in (*search.faults, *found) if fault.kind not in allow]
    return Report(
        faults=tuple(sorted(faults, key=lambda each: (_ORDER[each.kind], len(each.script or "")))),
        graph=Graph.of(search.flow),
        calls=search.calls,
        seconds=search.seconds,
        stopped=search.stopped,
        left=search.left,
        notes=tuple(_notes(search)),
        is_unreachable=search.is_unreachable,
    )


def _notes(search: Search) -> Iterator[str]:
    if search.lost:
        yield (
            f"{counted(search.lost, 'call')} went another way than calls with the same steps "
            "before: the application remembers calls that are over, or decides by time or chance"
        )


def _pattern(ignore: str | None) -> re.Pattern[str] | None:
    try:
        return None if ignore is None else re.compile(ignore)
    except (re.error, TypeError) as error:
        text = f"explore.ignore: expected a regular expression, got {ignore!r:.100} ({error})"
        raise SimulatorError(text) from None


def _file(code: ModuleType | Path) -> Path:
    name = getattr(code, "__file__", None) if isinstance(code, ModuleType) else str(code)
    if name is None or not Path(name).is_file():
        raise SimulatorError(f"explore.code: expected a module with a file, got {code!r}")
    return Path(name)


def _expect(
    keys: str, entries: Sequence[str], slow: float, bounds: Bounds, allow: Sequence[str]
) -> None:
    """Raise for what cannot be."""
    if isinstance(entries, str):
        raise SimulatorError(f"explore.entries: expected a list of entries, got {entries!r}")
    for where, typed in (("keys", keys), *(("entries", entry) for entry in entries)):
        if not typed or not DIGITS.issuperset(typed):
            raise SimulatorError(f"explore.{where}: expected keys 0-9 A-D * #, got {typed!r}")
    expect_number("explore.slow", slow, 0)
    expect_number("explore.bounds.depth", bounds.depth, 1)
    expect_number("explore.bounds.states", bounds.states, 1)
    expect_number("explore.bounds.seconds", bounds.seconds, 0)
    for kind in allow:
        if kind not in KINDS:
            hint = did_you_mean(kind, tuple(KINDS))
            text = f"explore.allow: expected a kind of fault, got {kind!r}"
            raise SimulatorError(f"{text}; {hint}" if hint else text)
