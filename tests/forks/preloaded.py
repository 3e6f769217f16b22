"""An application that uses its client while gunicorn loads it, before the workers are forked."""

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.forks.work import client_of, create

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

client = client_of(int(os.environ["PLATFORM_PORT"]))
with ThreadPoolExecutor(4) as threads:
    list(threads.map(client.get_call_state, [f"slow-{number}" for number in range(4)]))


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Reply with the process id and the ids of a call read and of one created."""
    name = environ["PATH_INFO"].strip("/")
    read = client.get_call_state(name).call_id
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{os.getpid()} {read} {create(client, name)}".encode()]
