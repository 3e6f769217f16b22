"""``explore``: every path through the calls of an application, and the faults on them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from threading import Event
from types import ModuleType
from typing import Literal

from bxml.rules._texts import counted
from callcontrol.explorer.bounds import KEYS, SLOW, Bounds, Progress
from callcontrol.explorer.faults import KINDS, Fault
from callcontrol.explorer.loops import find_loops
from callcontrol.explorer.notes import notes_of
from callcontrol.explorer.options import ExplorationOptions, as_pattern, source_file
from callcontrol.explorer.render import Graph
from callcontrol.explorer.report import Report
from callcontrol.explorer.script_states import ScriptStates
from callcontrol.explorer.search import Search
from callcontrol.explorer.states import StateReader
from callcontrol.explorer.trial import ExplorationContext, TimedExchange, TimedTransport
from callcontrol.explorer.unreached import Tracing
from callcontrol.phone import CALLER, HOME, NUMBER
from callcontrol.phone.call_request import CallRequest
from callcontrol.phone.player import with_status_url
from callcontrol.simulator.applications import ApplicationTarget, Remote, Router, transport_for
from callcontrol.simulator.applications.base import absolute_url
from callcontrol.simulator.applications.call_scripts import forget_calls
from callcontrol.simulator.applications.network import NetworkGuard
from callcontrol.simulator.simulator import Simulator

_ORDER = tuple(KINDS)


def explore(  # noqa: PLR0913 - one application, all the rest optional
    app: ApplicationTarget,
    *,
    url: str = "",
    from_: str = CALLER,
    to: str = NUMBER,
    outbound: bool = False,
    detect: Literal["sync", "async"] | None = None,
    tag: str | None = None,
    disconnect_url: str | None = None,
    username: str | None = None,
    password: str | None = None,
    keys: str = KEYS,
    entries: Sequence[str] = (),
    say: Sequence[str] = (),
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
    """Call an application repeatedly until every path through its calls is explored.

    ``app`` is a WSGI or ASGI application or the URL of a running one. ``url``, which may be
    relative, receives initiate, or answer if ``outbound``. At every prompt each of ``keys`` is
    pressed, and each of ``entries`` (``"1000#"``) where more keys are accepted; each text of
    ``say`` is said where a Gather listens for speech; every timeout passes, transfers are answered
    and refused, and callers hang up in every state. ``detect``, ``tag`` and ``disconnect_url`` are
    as for ``callcontrol dial``; ``username`` and ``password`` are sent if the application asks for
    credentials. Text in documents that matches ``ignore``, a regular expression, is ignored when
    states are compared; so are ids, times and long numbers.

    A reply is slow from ``slow`` real seconds on. ``bounds`` limits the search. ``allow`` names
    kinds of fault that are not reported. Webhooks go to the hosts of ``app`` and of the URLs in
    ``reach``, never to others; an application in this process reaches no host of Bandwidth unless
    ``reach`` names it, and other hosts that it connects to are listed. ``code`` are the modules of
    an application in this process whose branches must be reached; needs the package coverage.
    ``simulator`` is the platform of the application's client, if the application redirects calls
    or sends BXML to them. ``progress`` is called after each call. Setting ``stop`` ends the search
    after the current call.

    :raises SimulatorError: for invalid arguments, and if a call cannot be placed.
    """
    home = app if isinstance(app, str) else HOME
    options = ExplorationOptions(
        request=with_status_url(
            CallRequest(
                url=absolute_url("explore.url", home, url),
                from_=from_,
                to=to,
                outbound=outbound,
                disconnect_url=_optional_url(home, disconnect_url),
                detect=detect,
                tag=tag,
                username=username,
                password=password,
                reach=tuple(reach),
            ),
            app,
        ),
        reader=StateReader(
            keys=keys,
            entries=entries,
            words=say,
            ignore=as_pattern(ignore),
            scripts=ScriptStates.of(app),
        ),
        slow=slow,
        bounds=bounds or Bounds(),
        allow=allow,
        code=[source_file(module) for module in code],
        platform=None if simulator is None else simulator.platform,
        progress=progress,
        stop=stop,
    )
    return _explored(app, home, options)


def _optional_url(home: str, url: str | None) -> str | None:
    return None if url is None else absolute_url("explore.url", home, url)


def _explored(app: ApplicationTarget, home: str, options: ExplorationOptions) -> Report:
    exchanges: list[TimedExchange] = []
    forget_calls(app)
    router = Router()
    router.mount(home, TimedTransport(transport_for(app, router.loop), exchanges))
    for url in options.request.reach:
        router.mount(url, TimedTransport(Remote(), exchanges))
    search = Search(ExplorationContext(options=options, router=router, exchanges=exchanges))
    network = NetworkGuard(options.request.reach)
    try:
        with Tracing(options.code) as tracing, nullcontext() if app is home else network:
            found = [*_search_all(search), *_unexplored(search)]
        # An action that was not tried may lead to a branch that was not reached.
        unreached = () if search.stopped or search.untried else tracing.faults()
        return _report(search, [*found, *unreached], options, network)
    finally:
        router.close()


def _search_all(search: Search) -> list[Fault]:
    """Search, and continue from every state that confirming the loops discovers."""
    while True:
        search.run()
        if search.is_over():
            return []
        found = find_loops(search)
        if not search.is_planning or search.stopped:
            return found


def _unexplored(search: Search) -> Iterator[Fault]:
    """Yield the fault of an application that behaves differently in every call."""
    if search.untried:
        text = (
            f"{search.diverged} of {search.calls} calls behaved differently after the same steps; "
            f"{counted(search.untried, 'action')} could not be tried"
        )
        yield Fault(kind="not-explored", text=text)


def _report(
    search: Search, found: Sequence[Fault], options: ExplorationOptions, network: NetworkGuard
) -> Report:
    faults = [fault for fault in (*search.faults, *found) if fault.kind not in options.allow]
    faults.sort(key=lambda fault: (_ORDER.index(fault.kind), len(fault.script or "")))
    return Report(
        faults=tuple(faults),
        graph=Graph.of(search.flow),
        calls=search.calls,
        seconds=search.seconds,
        stopped=search.stopped,
        left=search.left,
        notes=(*notes_of(search, options.reader.entries), *network.remarks()),
        is_unreachable=search.is_unreachable,
    )
