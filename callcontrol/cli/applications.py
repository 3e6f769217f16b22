"""Load the application that a command line names: a URL, or Python that defines one."""

import inspect
import logging
import os
import sys
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TextIO, cast

from bxml._wording import did_you_mean, join_with_or, type_of
from bxml.cli.sources import is_url
from callcontrol.cli.errors import USAGE, CommandFailure
from callcontrol.cli.loading import SUFFIX, failure_of, needs_arguments
from callcontrol.cli.output import remark
from callcontrol.simulator.applications import ApplicationTarget
from callcontrol.simulator.applications.foreign import foreign
from callcontrol.simulator.applications.listening import noticing_servers
from callcontrol.simulator.applications.network import NetworkGuard
from callcontrol.simulator.applications.routes import duplicate_routes
from callcontrol.simulator.environment import environment_of
from callcontrol.simulator.errors import RealTimeWarning
from callcontrol.simulator.simulator import Simulator

PACKAGES = "site-packages"
"""The folder of installed libraries."""
REAL_WAIT = 16.0
"""Real seconds for which virtual time waits for a thread: longer than the platform for a reply."""
MAX_LISTED = 10
"""Names of a module that a message lists."""
NAMES = ("app", "application", "lambda_handler", "handler")
"""Names of an application, tried in order if the command line gives none."""


@dataclass(frozen=True, slots=True)
class LoadedApplication:
    """An application to call."""

    target: ApplicationTarget
    simulator: Simulator | None = None
    """The platform that its clients find in the environment; None for one that runs elsewhere."""
    code: tuple[ModuleType, ...] = ()
    """Its own modules: those imported with it from its folder or below."""
    network: NetworkGuard = field(default_factory=NetworkGuard)
    """Keeps it away from the real platform."""


@contextmanager
def loading(given: str, reach: Sequence[str] = ()) -> Generator[LoadedApplication, None, None]:
    """Yield the application that a URL, ``MODULE:NAME`` or ``FILE.py:NAME`` names.

    NAME may be a class or function without required parameters that makes one. An application in
    this process finds a simulated platform in its environment, and connections to the real one are
    refused unless ``reach`` names it.

    :raises CommandFailure: if it cannot be loaded.
    """
    if is_url(given):
        yield LoadedApplication(given)
        return
    with (
        _quiet(),
        Simulator(real_wait=REAL_WAIT) as simulator,
        environment_of(simulator) as replaced,
        NetworkGuard(reach) as network,
    ):
        if replaced:
            names = join_with_or(replaced, "and")
            remark(f"{names}: the credentials of the simulated platform stand in for yours")
        place, _, name = given.partition(":")
        before = frozenset(sys.modules)
        with (
            redirect_stdout(sys.stderr),
            noticing_servers(partial(_warn_of_server, place)),
            _without_log_of("fastapi"),
        ):
            module = imported(place)
            found = _found(given, module, name)
        for text in network.remarks():
            remark(f"while it was loaded: {text}")
        for text in duplicate_routes(found):
            remark(f"warning: {text}", "yellow")
        yield LoadedApplication(found, simulator, tuple(_own(module, before)), network)


@contextmanager
def _quiet() -> Generator[None]:
    """Show warnings of the simulator as remarks; a late reply says itself that it was late."""
    with warnings.catch_warnings():
        show = warnings.showwarning

        def remarked(  # noqa: PLR0913, PLR0917 - the parameters of warnings.showwarning
            message: Warning | str,
            category: type[Warning],
            filename: str,
            lineno: int,
            file: TextIO | None = None,
            line: str | None = None,
        ) -> None:
            if issubclass(category, RealTimeWarning):
                remark(f"warning: {message}", "yellow")
            else:
                show(message, category, filename, lineno, file, line)

        warnings.filterwarnings("ignore", "virtual time stood still", RealTimeWarning)
        warnings.showwarning = remarked
        yield


@contextmanager
def _without_log_of(name: str) -> Generator[None]:
    """Let Python not write what a library logs before it raises the same; handlers still get it."""
    handler = logging.NullHandler()
    logger = logging.getLogger(name)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def _warn_of_server(place: str, port: int) -> None:
    """Say why the command may never go on."""
    remark(
        f"warning: {place} starts a server on port {port} while it is imported; let it do so only "
        'under if __name__ == "__main__":',
        "yellow",
    )


def _own(module: ModuleType, before: frozenset[str]) -> Iterator[ModuleType]:
    """Yield the modules that belong to an application, as far as they have files."""
    folder = Path(module.__file__ or "").resolve().parent
    for name, item in [*sys.modules.items()]:
        file = Path(getattr(item, "__file__", None) or "/").resolve()
        is_below = folder in file.parents and PACKAGES not in file.parts
        if item is module or (is_below and name not in before):
            yield item


def imported(place: str) -> ModuleType:
    """Return the module that a name or ``FILE.py`` names.

    :raises CommandFailure: if it cannot be imported.
    """
    path, name = Path(), place
    if place.lower().endswith(SUFFIX):
        file = Path(place)
        if not file.is_file():
            raise CommandFailure(f"{place}: there is no such file in {Path.cwd()}", USAGE)
        path, name = file.parent, file.stem
    sys.path.insert(0, os.fspath(path.resolve()))
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name.partition(".")[0] and not name.startswith(f"{error.name}"):
            raise failure_of(place, error) from None
        expected = "a URL, a module such as voice:app, or a file such as voice.py:app"
        got = f"got no such module; the current folder is {Path.cwd()}"
        raise CommandFailure(f"{place}: expected {expected}, {got}", USAGE) from None
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the module may raise anything
        raise failure_of(place, error) from None


def _found(given: str, module: ModuleType, name: str) -> ApplicationTarget:
    names = vars(module)
    chosen = name or next((name for name in NAMES if name in names), "")
    if chosen not in names:
        raise _missing(given, module, name)
    value: object = names[chosen]
    made = _makes_one(value)
    if made:
        try:
            value = cast("Callable[[], object]", value)()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - it may raise anything
            raise failure_of(module.__file__ or given, error) from None
    other = foreign(value)
    if other is None and not callable(value):
        other = type_of(value)
    if other is not None:
        made_by = f", which {chosen}() returns" if made else ""
        better = next((name for name in NAMES if name in names and name != chosen), "")
        hint = f"; is it {module.__name__}:{better}?" if better else ""
        text = f"expected a WSGI or ASGI application, got {other}{made_by}{hint}"
        raise CommandFailure(f"{given}: {text}", USAGE)
    return cast("ApplicationTarget", value)


def _missing(given: str, module: ModuleType, name: str) -> CommandFailure:
    """Return the error for a name that a module does not define, with those that it does."""
    public = {key: value for key, value in vars(module).items() if not key.startswith("_")}
    own = [key for key, value in public.items() if _may_be_meant(value, module)]
    hint = did_you_mean(name, tuple(public)) if name else ""
    hint = hint or f"it defines {', '.join(own[:MAX_LISTED]) or 'nothing that can be called'}"
    if name:
        finding = f"expected a name that the module defines, got {name!r}"
    else:
        names = join_with_or(NAMES)
        finding = f"found no application: define {names}, or name yours as {given}:NAME"
    return CommandFailure(f"{given}: {finding}; {hint}", USAGE)


def _may_be_meant(value: object, module: ModuleType) -> bool:
    """Return whether a value is an object that can be called, or made by the module itself."""
    if inspect.isroutine(value) or isinstance(value, type):
        return value.__module__ == module.__name__
    return callable(value)


def _makes_one(value: object) -> bool:
    """Return whether something has to be called to get an application."""
    if not isinstance(value, type) and not inspect.isfunction(value):
        return False
    try:
        return not needs_arguments(value)
    except (TypeError, ValueError):
        return isinstance(value, type)
