"""Pushes per second over loopback with keep-alive: one thread or task, and 32.

The server is a process of its own that answers every PUT with 204 and every POST with a token, as
fast as asyncio can, so that the clients are what is measured.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from bxml import Bxml
from callcontrol import AsyncClient, Client
from tests.benchmarks import sdk_client
from tests.benchmarks.timing import table

SERVER = Path(__file__).parent / "loopback_server.py"
DOCUMENT = Bxml().speak_sentence("An agent is free now.").hangup()
CALL_ID = "c-15ac29a2-1331029c-2cb0-4a07-b215-b22865662d85"
PUSHES = {1: 1500, 32: 3000}
ROUNDS = 3
Push = Callable[[], object]
Speed = Callable[[int], float]
"""Returns pushes per second for a number of threads or tasks."""


def _in_threads(push: Push) -> Speed:
    return partial(_per_second, push)


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


def _settings(base: str) -> dict[str, Any]:
    return {
        "account_id": "9900000",
        "client_id": "id",
        "client_secret": "secret",
        "base_url": f"{base}/api/v2",
        "token_url": f"{base}/token",
    }


def _ours(base: str) -> Push:
    client = Client(**_settings(base))
    return lambda: client.update_call_bxml(CALL_ID, DOCUMENT)


def _in_tasks(base: str) -> Speed:
    async def push(tasks: int) -> float:
        async def many(count: int) -> None:
            for _ in range(count):
                await client.update_call_bxml(CALL_ID, DOCUMENT)

        total = PUSHES[tasks]
        async with AsyncClient(**_settings(base)) as client:
            await asyncio.gather(*[many(2) for _ in range(tasks)])
            start = perf_counter()
            await asyncio.gather(*[many(total // tasks) for _ in range(tasks)])
            return total / (perf_counter() - start)

    return lambda tasks: asyncio.run(push(tasks))


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
            pusher = sdk_client.pusher(base, CALL_ID, DOCUMENT.to_bxml())
            contenders: dict[str, Speed] = {
                "callcontrol.Client": _in_threads(_ours(base)),
                "callcontrol.AsyncClient": _in_tasks(base),
                "requests.Session": _in_threads(_plain(base)),
                "bandwidth-sdk CallsApi": _in_threads(pusher),
            }
            best = {(name, threads): 0.0 for name in contenders for threads in PUSHES}
            for _ in range(ROUNDS):
                for (name, threads), speed in best.items():
                    now = contenders[name](threads)
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
    head = ["pushes per second", *(f"{t} in flight" for t in PUSHES)]
    table("Multiples of the vendor SDK's pushes (more is better)", head, rows)
