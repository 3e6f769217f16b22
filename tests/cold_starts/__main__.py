"""Cold starts: fresh processes whose first uses are made by sixteen threads at once.

make cold-starts                                  300 starts and more
python -m tests.cold_starts 1000 documents        so many starts, only of this use
"""

import sys
from itertools import cycle, islice, product

from tests.cold_starts.first_uses import USES
from tests.cold_starts.starting import FORKS, INTERVALS, start

STARTS = 351


def main(starts: int, uses: list[str]) -> int:
    """Start the processes one after the other; print the failures and their number."""
    digests: dict[str, str] = {}
    failures = 0
    for number, (use, interval) in enumerate(islice(cycle(product(uses, INTERVALS)), starts), 1):
        got = start(use, interval)
        if got.failure or digests.setdefault(use, got.text) != got.text:
            failures += 1
            told = f"{number}: {use}, interval {interval or 'usual'}: {got.failure or got.text}"
            print(told, flush=True)
    print(f"{starts} starts, {failures} failures")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else STARTS, sys.argv[2:] or [*USES, FORKS]))
