"""Starts a fresh interpreter for one first use."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["FORKS", "INTERVALS", "Outcome", "start"]

ROOT = Path(__file__).parents[2]
INTERVALS = (1e-6, 1e-5, 0.0)
"""Switch intervals in seconds; 0 stands for the interpreter's own."""

FORKS = "forks"
SECONDS = 300
"""How long a process may take; one that takes longer hangs."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one process."""

    text: str
    """Digest of what its threads computed."""
    failure: str = ""
    """What went wrong; empty if nothing did."""


def start(use: str, interval: float) -> Outcome:
    """Run one first use in a fresh interpreter; ``forks`` is first uses with forks in between."""
    script = "forked" if use == FORKS else "first_uses"
    arguments = [str(interval)] if use == FORKS else [use, str(interval)]
    command = [sys.executable, "-m", f"tests.cold_starts.{script}", *arguments]
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return Outcome("", f"no end after {SECONDS} s")
    text = done.stdout.strip()
    if done.returncode or done.stderr:
        return Outcome(text, f"exit status {done.returncode}\n{text}\n{done.stderr}")
    return Outcome(text)
