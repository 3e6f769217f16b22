"""By how much a process grows that writes a million documents, no two of them alike."""

import subprocess
import sys
from collections.abc import Iterable

from bxml import Gather, Response, SpeakSentence
from tests.soak.memory import resident

FIRST, ALL = 10_000, 1_000_000


def _write(numbers: Iterable[int]) -> float:
    """Write a document for each number and return the resident memory in megabytes."""
    for number in numbers:
        said = SpeakSentence(f"Hello caller {number}", voice="julie")
        asked = Gather(said, gather_url=f"/{number}", username="u", password=f"secret {number}")
        Response(asked).to_bxml()
    return resident()


def report() -> None:
    """Print the growth of a fresh process after its first documents."""
    subprocess.run([sys.executable, "-m", __name__], check=True)


if __name__ == "__main__":
    before = _write(range(FIRST))
    grown = _write(range(FIRST, ALL)) - before
    print(f"From {FIRST:,} to {ALL:,} different documents a process grew by {grown:.1f} MB.")
