"""No reply may be wrong, lost or doubled when processes are forked from one that uses a client.

    python -m tests.forks [--requests 10000]

Two, four and eight children, started in each way, while another thread of the parent does nothing,
waits for a reply, fetches a token or waits before a retry. Parent and children then go on at once.
"""

import argparse
import sys
from itertools import product

from tests.forks.cases import SITUATIONS, Case, faults_of
from tests.forks.children import STARTS

CHILDREN = (2, 4, 8)


def _cases() -> list[Case]:
    every = [Case(*each) for each in product(STARTS, CHILDREN, SITUATIONS)]
    # Spawned children inherit nothing, so what the parent does is of no account.
    return [each for each in every if "spawn" not in each.start or each.situation == "nothing"]


def main() -> int:
    """Run every case; 1 if any reply was wrong, lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m tests.forks")
    parser.add_argument("--requests", type=int, default=10_000)
    cases = _cases()
    processes = sum(case.children + 1 for case in cases)
    each = -(-parser.parse_args().requests // processes)
    faulty = 0
    for case in cases:
        faults = faults_of(case, each)
        print(f"{case}: {faults or 'right'}", flush=True)
        faulty += bool(faults)
    print(f"{processes * each} requests in {len(cases)} cases, {faulty} of them with faults")
    return min(faulty, 1)


if __name__ == "__main__":
    sys.exit(main())
