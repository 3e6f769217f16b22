"""Renews objects that a child of ``os.fork`` must not share with its parent.

A child starts with a copy of its parent's connections, on which replies to the parent arrive, and
of its locks, which threads that do not exist in the child may hold. An object that owns either
registers itself with ``renewed_in_children``.

All registered objects are renewed inside ``os.fork``, before the child runs other code. It has a
single thread then, so renewal needs no lock and no code sees a partly renewed object.
"""

import os
from contextlib import ExitStack
from typing import Protocol
from weakref import WeakSet


class Renewable(Protocol):
    """An object that owns connections or locks."""

    def renew_after_fork(self) -> None:
        """Replace what belongs to the parent, without waiting and without taking a lock."""
        ...


_registered: WeakSet[Renewable] = WeakSet()


def renewed_in_children(owner: Renewable) -> None:
    """Call ``owner.renew_after_fork()`` in every later child, while ``owner`` is alive."""
    _registered.add(owner)


def _renew() -> None:
    with ExitStack() as renewals:  # if one fails, the others are still renewed
        for owner in list(_registered):
            renewals.callback(owner.renew_after_fork)


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_renew)
