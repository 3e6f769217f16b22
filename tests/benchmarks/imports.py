"""What an import costs, in multiples of starting a bare interpreter."""

import subprocess
import sys
from time import perf_counter

from tests.benchmarks.timing import table

CONTENDERS = {
    "bxml": "import bxml",
    "callcontrol": "import callcontrol",
    "callcontrol.Client": "from callcontrol import Client",
    "bandwidth.models.bxml": "import bandwidth.models.bxml",
    "bandwidth.CallsApi": "from bandwidth import CallsApi",
    "twilio.twiml": "import twilio.twiml.voice_response",
}
HEAVY = ("lxml", "requests", "hypothesis", "pydantic")
COUNT = "; import sys; print(len(sys.modules), *(m for m in {heavy} if m in sys.modules))"
ROUNDS = 11


def _seconds(code: str) -> float:
    start = perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return perf_counter() - start


def _modules(code: str) -> list[str]:
    told = subprocess.run(
        [sys.executable, "-c", code + COUNT.format(heavy=HEAVY)],
        check=True,
        capture_output=True,
        text=True,
    )
    return told.stdout.split()


def report() -> None:
    """Print time and number of modules of each import."""
    best = dict.fromkeys(["bare", *CONTENDERS], float("inf"))
    for _ in range(ROUNDS):
        for name in best:
            best[name] = min(best[name], _seconds(CONTENDERS.get(name, "pass")))
    rows: list[list[str]] = []
    bare = int(_modules("pass")[0])
    for name, code in CONTENDERS.items():
        count, *heavy = _modules(code)
        ratio = f"{best[name] / best['bare']:.1f}"
        rows.append([name, ratio, str(int(count) - bare), ", ".join(heavy) or "none"])
    head = ["import", "times a bare start", "modules loaded", f"of these: {', '.join(HEAVY)}"]
    table("Import (less is better)", head, rows)
