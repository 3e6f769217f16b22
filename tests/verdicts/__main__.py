"""``make verdicts``: 100,000 documents, valid and invalid, by constructors and by the XSD."""

import sys
from random import Random, SystemRandom

from bxml.schema import validate
from tests.verdicts.comparison import differences
from tests.verdicts.drafts import Drafter

COUNT = 100_000


def main(arguments: list[str]) -> int:
    """Compare the verdicts; the argument is a seed, for the same documents as before."""
    seed = int(arguments[0]) if arguments else SystemRandom().randrange(10**9)
    drafter = Drafter(Random(seed))
    drafts = (drafter.document() for _ in range(COUNT))
    found, verdicts = differences(drafts, lambda body: not validate(body))
    print(f"seed {seed}: {', '.join(f'{count:,} {name}' for name, count in verdicts.items())}")
    for xml in found[:10]:
        print(f"judged differently: {xml}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
