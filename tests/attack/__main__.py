"""Feed hostile text to every pattern and to what reads foreign text, and measure the growth."""

import sys
from collections.abc import Callable
from functools import partial

from tests.attack.connections import CONNECTIONS
from tests.attack.functions import FUNCTIONS
from tests.attack.growth import DOUBLINGS, FLOOR, grown, timed
from tests.attack.inputs import Hostile, hostile_texts
from tests.attack.patterns import Use, uses

SIZE = 4_096
"""Characters of the smallest text for a pattern; the largest has sixteen times as many."""
FIRST_LOOK = 32_768
"""Characters at which a text shows whether it is worth measuring."""


def _run(use: Use, hostile: Hostile, size: int) -> Callable[[], object]:
    text = hostile.text(size)
    given = text.encode("utf-8", "replace") if isinstance(use.pattern.pattern, bytes) else text
    name = "findall" if use.mode == "search" else use.mode
    method: Callable[[str | bytes], object] = getattr(use.pattern, name)
    return partial(method, given)


def _attack_patterns() -> int:
    tried, slow = 0, 0
    for use in uses():
        for hostile in hostile_texts(use):
            tried += 1
            if timed(_run(use, hostile, FIRST_LOOK)) < FLOOR:
                continue
            growth = grown(partial(_run, use, hostile), SIZE)
            if not growth.is_linear:
                slow += 1
                print(f"SLOW  {use}  {hostile}  {growth}", flush=True)
    print(f"{len(uses())} patterns, {tried} texts, each doubled {DOUBLINGS} times: {slow} slow")
    return slow


def _attack_functions(only: str) -> int:
    slow = 0
    for name, (base, prepare) in FUNCTIONS.items():
        if only not in name:
            continue
        growth = grown(prepare, base)
        slow += not growth.is_linear
        print(f"{'      ' if growth.is_linear else 'SLOW  '}{name:<44} {growth}", flush=True)
    return slow


def _attack_connections(only: str) -> int:
    bad = 0
    for name, attack in CONNECTIONS.items():
        if only in name:
            try:
                print(f"      {name:<44} {attack()}", flush=True)
            except AssertionError as error:
                bad += 1
                print(f"BAD   {name:<44} {error}", flush=True)
    return bad


def main() -> None:
    """Attack all, or only the functions with a word in their name."""
    only = sys.argv[1] if len(sys.argv) > 1 else ""
    slow = _attack_connections(only) + _attack_functions(only) + (0 if only else _attack_patterns())
    sys.exit(1 if slow else 0)


if __name__ == "__main__":
    main()
