"""What a fresh process pays: for an import, and for the import and its first document.

In multiples of starting a bare interpreter, with the bytecode that installed packages have; the
first document is the menu of twelve elements of ``compose``, with new words.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from tempfile import TemporaryDirectory
from time import perf_counter

from tests.benchmarks.compose import PROMPTS
from tests.benchmarks.timing import table

IMPORTS = {
    "bxml": "import bxml",
    "callcontrol": "import callcontrol",
    "callcontrol.Client": "from callcontrol import Client",
    "requests": "import requests",
    "bandwidth.models.bxml": "import bandwidth.models.bxml",
    "bandwidth.CallsApi": "from bandwidth import CallsApi",
    "twilio.twiml": "import twilio.twiml.voice_response",
}
DOCUMENTS = {
    "bxml, checked": f"""
from bxml import Gather, Response, SpeakSentence
Response(
    SpeakSentence("Hello Ann"),
    Gather(
        *[SpeakSentence(prompt, voice="julie") for prompt in {PROMPTS}],
        gather_url="/menu",
        max_digits=1,
        first_digit_timeout=7,
    ),
).to_bxml()
""",
    "twilio": f"""
from twilio.twiml.voice_response import VoiceResponse
document = VoiceResponse()
document.say("Hello Ann")
gather = document.gather(action="/menu", num_digits=1, timeout=7)
for prompt in {PROMPTS}:
    gather.say(prompt, voice="alice")
document.to_xml()
""",
    "bandwidth-sdk": f"""
from bandwidth.models.bxml import Gather, Response, SpeakSentence
Response([
    SpeakSentence("Hello Ann"),
    Gather(
        [SpeakSentence(prompt, voice="julie") for prompt in {PROMPTS}],
        gather_url="/menu",
        max_digits=1,
        first_digit_timeout=7,
    ),
]).to_bxml()
""",
}
HEAVY = ("lxml", "requests", "hypothesis", "pydantic")
COUNT = "\nimport sys; print(len(sys.modules), *(m for m in {heavy} if m in sys.modules))"
ROUNDS = 21


def _seconds(code: str, environment: Mapping[str, str]) -> float:
    start = perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    return perf_counter() - start


def _modules(code: str) -> list[str]:
    told = subprocess.run(
        [sys.executable, "-c", code + COUNT.format(heavy=HEAVY)],
        check=True,
        capture_output=True,
        text=True,
    )
    return told.stdout.split()


def _best(contenders: Mapping[str, str]) -> dict[str, float]:
    """Return the best time of each process; the first round writes the bytecode."""
    best = dict.fromkeys(contenders, float("inf"))
    with TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for _ in range(ROUNDS):
            for name, code in contenders.items():
                best[name] = min(best[name], _seconds(code, environment))
    return best


def report() -> None:
    """Print time and number of modules of each import, and the time of first documents."""
    best = _best({"bare": "pass", **IMPORTS})
    bare = int(_modules("pass")[0])
    rows: list[list[str]] = []
    for name, code in IMPORTS.items():
        count, *heavy = _modules(code)
        ratio = f"{best[name] / best['bare']:.1f}"
        rows.append([name, ratio, str(int(count) - bare), ", ".join(heavy) or "none"])
    head = ["import", "times a bare start", "modules loaded", f"of these: {', '.join(HEAVY)}"]
    table("Import (less is better)", head, rows)
    clients = best["callcontrol.Client"] / best["requests"]
    print(f"\nThe import of Client takes {clients:.2f} times that of requests.\n")
    first = _best(DOCUMENTS)
    rows = [
        [name, f"{first[name] / first['twilio']:.2f}", f"{first[name] * 1e3:.0f}"] for name in first
    ]
    head = ["import, build, write", "times twilio", "milliseconds"]
    table("First document of a fresh process (less is better)", head, rows)
