"""Load the application that a command line names: a URL, or Python that defines one."""

import inspect
import os
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import cast

from bxml._wording import did_you_mean, type_of
from bxml.cli.sources import is_url
from callcontrol._settings import VARIABLES
from callcontrol.cli.errors import USAGE, CommandFailure
from callcontrol.cli.loading import SUFFIX, failure_of
from callcontrol.cli.output import remark
from callcontrol.simulator.applications import ApplicationTarget
from callcontrol.simulator.applications.network import NetworkGuard
from callcontrol.simulator.simulator import Simulator

_ACCOUNT = ("account_id", "client_id", "client_secret", "base_url", "token_url")

PACKAGES = "site-packages"
"""The folder of installed libraries."""
NAMES = ("app", "application")
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
    with Simulator() as simulator, _environment(simulator), NetworkGuard(reach) as network:
        place, _, name = given.partition(":")
        before = frozenset(sys.modules)
        with redirect_stdout(sys.stderr):
            module = _imported(place)
            found = _found(given, module, name)
        for text in network.remarks():
            remark(f"while it was loaded: {text}")
        yield LoadedApplication(found, simulator, tuple(_own(module, before)), network)


def _own(module: ModuleType, before: frozenset[str]) -> Iterator[ModuleType]:
    """Yield the modules that belong to an application, as far as they have files."""
    folder = Path(module.__file__ or "").resolve().parent
    for name, item in [*sys.modules.items()]:
        file = Path(getattr(item, "__file__", None) or "/").resolve()
        is_below = folder in file.parents and PACKAGES not in file.parts
        if item is module or (is_below and name not in before):
            yield item


@contextmanager
def _environment(simulator: Simulator) -> Generator[None, None, None]:
    before = dict(os.environ)
    os.environ.update({VARIABLES[name]: getattr(simulator, name) for name in _ACCOUNT})
    for name in VARIABLES.keys() - set(_ACCOUNT):
        os.environ.pop(VARIABLES[name], None)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _imported(place: str) -> ModuleType:
    path, name = Path(), place
    if place.lower().endswith(SUFFIX):
        file = Path(place)
        if not file.is_file():
            raise CommandFailure(f"{place}: expected a URL, a module or a file", USAGE)
        path, name = file.parent, file.stem
    sys.path.insert(0, os.fspath(path.resolve()))
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name.partition(".")[0] and not name.startswith(f"{error.name}"):
            raise failure_of(place, error) from None
        expected = "a URL, a module such as voice:app, or a file such as voice.py:app"
        raise CommandFailure(f"{place}: expected {expected}, got no such module", USAGE) from None
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the module may raise anything
        raise failure_of(place, error) from None


def _found(given: str, module: ModuleType, name: str) -> ApplicationTarget:
    names = vars(module)
    chosen = name or next((name for name in NAMES if name in names), "")
    if chosen not in names:
        hint = did_you_mean(chosen, tuple(name for name in names if not name.startswith("_")))
        expected = f"one of {', '.join(NAMES)} in it"
        if name:
            expected = f"a name that the module defines, got {name!r}"
        text = f"{given}: expected {expected}"
        raise CommandFailure(f"{text}; {hint}" if hint else text, USAGE)
    value: object = names[chosen]
    if _makes_one(value):
        try:
            value = cast("Callable[[], object]", value)()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - it may raise anything
            raise failure_of(module.__file__ or given, error) from None
    if not callable(value):
        text = f"expected a WSGI or ASGI application, got {type_of(value)}"
        raise CommandFailure(f"{given}: {text}", USAGE)
    return cast("ApplicationTarget", value)


def _makes_one(value: object) -> bool:
    """Return whether something has to be called to get an application."""
    if not isinstance(value, type) and not inspect.isfunction(value):
        return False
    try:
        parameters = inspect.signature(value).parameters.values()
    except (TypeError, ValueError):
        return isinstance(value, type)
    return all(
        parameter.default is not parameter.empty
        or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        for parameter in parameters
    )
