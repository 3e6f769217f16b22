"""Pushes per second over loopback with keep-alive: one thread and 32.

The server is a process of its own that answers every PUT with 204 and every POST with a token, as
fast as asyncio can, so that the clients are what is measured.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import perf_counter

import requests
from requests.adapters import HTTPAdapter

from bxml import Bxml
from callcontrol import Client
from tests.benchmarks import sdk_client
from tests.benchmarks.timing import table

SERVER = Path(__file__).parent / "loopback_server.py"
DOCUMENT = Bxml().speak_sentence("An agent is free now.").hangup()
CALL_ID = "c-15ac29a2-1331029c-2cb0-4a07-b215-b22865662d85"
PUSHES = {1: 1500, 32: 3000}
ROUNDS = 3
Push = Callable[[], object]


def _per_second(push: Push, threads: int) -> float:
    total = PUSHES[threads]

    def many(count: int) -> None:
        for _ in range(count):
            push()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(many, [2] * threads))
        start = perf_counter()
        list(pool.map(many, [total // threads] * threads))
        return total / (perf_counter() - start)


def _ours(base: str) -> Push:
    client = Client(
        "9900000",
        client_id="id",
        client_secret="secret",
        base_url=f"{base}/api/v2",
        token_url=f"{base}/token",
    )
    return lambda: client.update_call_bxml(CALL_ID, DOCUMENT)


def _plain(base: str) -> Push:
    session = requests.Session()
    session.headers["Authorization"] = "Bearer token"
    session.mount("http://", HTTPAdapter(pool_maxsize=32))
    url = f"{base}/api/v2/accounts/9900000/calls/{CALL_ID}/bxml"

    def push() -> None:
        body = DOCUMENT.to_bytes()
        reply = session.put(url, body, headers={"Content-Type": "application/xml"}, timeout=30)
        reply.raise_for_status()

    return push


def report() -> None:
    """Print pushes per second in multiples of the vendor SDK's."""
    with tempfile.TemporaryFile() as errors:
        server = subprocess.Popen(
            [sys.executable, str(SERVER)], stdout=subprocess.PIPE, stderr=errors, text=True
        )
        try:
            assert server.stdout is not None
            base = f"http://127.0.0.1:{json.loads(server.stdout.readline())}"
            contenders: dict[str, Push] = {
                "callcontrol.Client": _ours(base),
                "requests.Session": _plain(base),
                "bandwidth-sdk CallsApi": sdk_client.pusher(base, CALL_ID, DOCUMENT.to_bxml()),
            }
            best = {(name, threads): 0.0 for name in contenders for threads in PUSHES}
            for _ in range(ROUNDS):
                for (name, threads), speed in best.items():
                    now = _per_second(contenders[name], threads)
                    best[name, threads] = max(speed, now)
        finally:
            server.terminate()
            server.wait()
    rows = [
        [
            name,
            *(
                f"{best[name, t] / best['bandwidth-sdk CallsApi', t]:.2f} ({best[name, t]:,.0f}/s)"
                for t in PUSHES
            ),
        ]
        for name in contenders
    ]
    head = ["pushes per second", *(f"{t} thread{'s' if t > 1 else ''}" for t in PUSHES)]
    table("Multiples of the vendor SDK's pushes (more is better)", head, rows)
