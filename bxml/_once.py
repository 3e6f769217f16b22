"""Values made on first use: once, under a lock, and complete before a caller gets them.

``functools.cache`` calls its function again for each thread that asks before the first call is
over. Here the second thread waits, and both get the same value.

All factories share ``FIRST_USE``; functions that import modules of these packages when they are
called hold ``FIRST_IMPORT`` meanwhile, and those that import others may hold ``FIRST_USE``. Locks
are taken in this order, so that no two threads wait for each other: ``FIRST_IMPORT``, the import
locks of these packages, ``FIRST_USE``. Two rules follow, and tests hold them: a factory imports
nothing of ``bxml`` and ``callcontrol``, and a module of theirs imports no lazy name of a package.

A fork waits until other threads have finished making and importing: a child has either nothing
of it or all of it, in Python and in libxml2, and its locks are free. Python itself leaves a module
that another thread was importing locked in the child.
"""

import os
from _thread import RLock, get_ident  # importing threading would take longer
from collections.abc import Callable
from functools import cache, update_wrapper
from typing import Generic, ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")


FIRST_USE = RLock()
"""Held while a value is made, or a module of others is imported."""

FIRST_IMPORT = RLock()
"""Held by functions while they import modules of these packages."""

VALIDATING = RLock()
"""Held by ``schema`` while lxml reads and validates."""

_HELD_OVER_FORKS = (VALIDATING, FIRST_IMPORT, FIRST_USE)
_taken: dict[int, list[RLock]] = {}
"""Locks taken by each forking thread; none for a fork that began before this module was loaded."""


def _before_fork() -> None:
    taken = _taken.setdefault(get_ident(), [])
    for lock in _HELD_OVER_FORKS:
        lock.acquire()
        taken.append(lock)


def _after_fork() -> None:
    """Release, in parent and child: the forking thread is the same in both."""
    for lock in reversed(_taken.pop(get_ident(), ())):
        lock.release()


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork
    )


def once(factory: Callable[P, T]) -> Callable[P, T]:
    """Return a function that makes each value on the first call and returns it on all others.

    The arguments must be hashable; a factory that raises is called again. Once a value is made,
    a call costs as much as one of ``functools.cache`` and takes no lock.
    """
    made = cache(factory)

    def locked(*args: P.args, **kwargs: P.kwargs) -> T:
        with FIRST_USE:
            return cast("Callable[P, T]", made)(*args, **kwargs)

    return cast("Callable[P, T]", cache(update_wrapper(locked, factory)))


class ClassValue(Generic[T]):
    """An attribute of a class that is made when it is first read, and then takes this place."""

    __slots__ = ("_cls", "_make", "_name")

    def __init__(self, cls: type, name: str, make: Callable[[], T]) -> None:
        self._cls = cls
        self._name = name
        self._make = make

    def __get__(self, instance: object, owner: type) -> T:
        with FIRST_USE:
            if self._cls.__dict__[self._name] is self:
                setattr(self._cls, self._name, self._make())
        return cast("T", self._cls.__dict__[self._name])
