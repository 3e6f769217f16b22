"""No step of a call may be lost when processes are killed, and no reply may change.

python -m tests.script_kills [--kills 300] [--races 1000] [--seed N]
"""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests.script_kills.drill import drill, race


def main() -> int:
    """Kill processes, then let two of them race; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.script_kills")
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--races", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = drill(Path(folder), given.kills, given.seed)
    counts = f"{result.calls} calls, {result.webhooks} webhooks, {result.kills} kills"
    cut = f"{result.cut} webhooks without a reply, {result.extra} functions called again"
    print(f"{counts}, {cut}, faults: {result.faults or 'none'} (seed {given.seed})", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        faults = race(Path(folder), given.races, given.seed)
    print(f"{given.races} webhooks to two processes at once, faults: {faults or 'none'}")
    return int(bool(result.faults or faults))


if __name__ == "__main__":
    sys.exit(main())
