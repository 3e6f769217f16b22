"""What a child made by ``os.fork`` must not share with its parent.

A child starts with a copy of everything its parent had: connections on which replies to the
parent's requests arrive, and locks that are held by threads that the child does not have. Each
object that owns such a thing registers itself with ``renewed_in_children``.

All registered objects are renewed inside ``os.fork``, before the child runs anything else: it has
a single thread then, so no lock is needed, and no object can be seen half renewed.
"""

import os
from contextlib import ExitStack
from typing import Protocol
from weakref import WeakSet

__all__ = ["Renewable", "renewed_in_children"]


class Renewable(Protocol):
    """An object that owns connections or locks."""

    def renew_after_fork(self) -> None:
        """Replace, in a child, what belongs to the parent; wait for nothing and take no lock."""
        ...


_registered: WeakSet[Renewable] = WeakSet()


def renewed_in_children(owner: Renewable) -> None:
    """Call ``owner.renew_after_fork()`` in every child from now on, as long as ``owner`` lives."""
    _registered.add(owner)


def _renew() -> None:
    with ExitStack() as renewals:  # one that fails does not keep the others from being renewed
        for owner in list(_registered):
            renewals.callback(owner.renew_after_fork)


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_renew)
