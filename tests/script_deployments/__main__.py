"""No call may be lost or go wrong while a new version of its script is deployed.

python -m tests.script_deployments [--calls 500] [--seed N]
"""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests.script_deployments.drill import drill


def main() -> int:
    """Deploy under callers; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.script_deployments")
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = drill(Path(folder), given.calls, given.seed)
    versions = ", ".join(f"{n} of version {name}" for name, n in result.by_version.items())
    webhooks = f"{result.webhooks} webhooks, {result.elsewhere} of them repeated elsewhere"
    faults = f"faults: {result.faults or 'none'}"
    print(f"{result.calls} calls ({versions}), {webhooks}, {faults} (seed {given.seed})")
    return int(bool(result.faults))


if __name__ == "__main__":
    sys.exit(main())
