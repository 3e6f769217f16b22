"""Counts what journals do in a second, with one process and with several on one store.

A commit writes an event, a reply and the run, as a step of a call does. A step takes the lock of
its run, looks for the reply and commits. Each process works on its own run. PostgreSQL and Redis
are started here, with the settings that keep what they were given.
"""

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from callcontrol.scripts.journals import Changes, Entry, Journal, Run, open_journal
from tests.journal_servers import find_program, postgres_server, redis_server

RUN = Run("", "front-desk", "1", 1.0, 1.0, numbers=("+19195550100", "+19195550101"))
EVENT = '{"eventType": "gather", "callId": "c-0123456789abcdef", "digits": "1"}'.ljust(600)
REPLY = "<Response><SpeakSentence>Welcome to Example Incorporated.</SpeakSentence></Response>"
LATEST = 1.0
"""Seconds for which processes get ready."""


def commit(journal: Journal, run: Run, step: int) -> None:
    """Write a step."""
    entries = (Entry("", step, "event", 0, EVENT), Entry("", step, "reply", 0, REPLY))
    journal.commit(run.run_id, Changes(entries, replace(run, updated_at=float(step))))


def whole_step(journal: Journal, run: Run, step: int) -> None:
    """Do what a webhook needs of the journal."""
    with journal.lock(run.run_id, timeout=10):
        journal.entry(run.run_id, ("", step, "reply", 0))
        commit(journal, run, step)


WORK: Mapping[str, Callable[[Journal, Run, int], None]] = {"commit": commit, "step": whole_step}


def work_for(url: str, name: str, begin: float, seconds: float) -> int:
    """Work until the time is over; return how often."""
    journal = open_journal(url)
    run = journal.create(replace(RUN, run_id=f"{os.getpid()} {begin}"))
    work = WORK[name]
    work(journal, run, -1)
    time.sleep(max(0.0, begin - time.time()))
    done = 0
    for done in count(1):
        work(journal, run, done)
        if time.time() > begin + seconds:
            break
    journal.close()
    return done


def rate(url: str, name: str, processes: int, seconds: float) -> float:
    """Return how often a second some processes together did the work."""
    begin, pipes = time.time() + LATEST, [os.pipe() for _ in range(processes)]
    for _, writer in pipes:
        if not os.fork():
            done = work_for(url, name, begin, seconds)
            os.write(writer, str(done).encode())
            os._exit(0)
    total = sum(int(os.read(reader, 20)) for reader, _ in pipes)
    for _ in pipes:
        os.wait()
    for pipe in pipes:
        for descriptor in pipe:
            os.close(descriptor)
    return total / seconds


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="of the SQLite file")
    parser.add_argument("--store", help="only this one, such as SQLite")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(TemporaryDirectory()))
        urls = {
            "SQLite": f"sqlite:///{folder}/calls.sqlite",
            "SQLite, durable": f"sqlite:///{folder}/durable.sqlite?durable=true",
        }
        if find_program("postgres"):
            server = postgres_server("synchronous_commit=on")
            stack.callback(server.remove)
            urls["PostgreSQL"] = server.url
        if find_program("redis-server"):
            server = redis_server()
            stack.callback(server.remove)
            urls["Redis"] = server.url
        print(f"{'a second':24}{'1 process':>12}{'2 processes':>12}{'4':>10}{'2 : 1':>8}")
        for store, url in urls.items():
            if options.store not in (None, store):
                continue
            for name in WORK:
                table: dict[int, list[float]] = {1: [], 2: [], 4: []}
                for _ in range(options.rounds):  # interleaved: a busy machine slows all alike
                    for processes, rates in table.items():
                        rates.append(rate(url, name, processes, options.seconds))
                one, two, four = (statistics.median(rates) for rates in table.values())
                label = f"{store}, {name}"
                print(f"{label:24}{one:12.0f}{two:12.0f}{four:10.0f}{two / one:8.2f}")
                sys.stdout.flush()


main()
