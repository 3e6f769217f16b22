"""No call may be lost or changed twice when a run is killed at random moments and resumed.

python -m tests.bulk_kills [--calls 10000] [--kills 10] [--seed N]
"""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests.bulk_kills.kills import run_with_kills


def main() -> int:
    """Run with threads and in an event loop; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.bulk_kills")
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    given = parser.parse_args()
    faulty = False
    for kind in ("threads", "async"):
        with tempfile.TemporaryDirectory() as folder:
            journal = Path(folder) / "bulk.db"
            result = run_with_kills(journal, given.calls, given.kills, kind, given.seed)
        counts = f"{given.calls} calls, {result.kills} kills, {result.unknown} unknown"
        print(
            f"{kind}: {counts}, faults: {result.faults or 'none'} (seed {given.seed})", flush=True
        )
        faulty = faulty or bool(result.faults)
    return int(faulty)


if __name__ == "__main__":
    sys.exit(main())
