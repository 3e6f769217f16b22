"""A script that counts its functions in a file, served line by line to ``test_processes``."""

import sys
from pathlib import Path

from bxml import SpeakSentence
from callcontrol.scripts import Call, ScriptRequest, Scripts, script
from callcontrol.scripts.journals import SQLiteJournal


def counts(path: Path) -> int:
    """Return how often the function was called."""
    return len(path.with_suffix(".count").read_text(encoding="utf-8"))


def count(path: str) -> int:
    """Count one call."""
    with Path(path).with_suffix(".count").open("a", encoding="utf-8") as file:
        file.write(".")
    return counts(Path(path))


@script("counting")
async def counting(call: Call) -> None:
    """Count keys."""
    while True:
        await call.gather(SpeakSentence("Key?"), max_digits=1)
        found = await call.run(count, sys.argv[1])
        call.speak_sentence(f"Count {found}.")


def main(path: str) -> None:
    """Serve webhooks: a query and a body on each line, a document for each."""
    app = Scripts(counting, journal=SQLiteJournal(path))
    for line in sys.stdin:
        query, _, body = line.rstrip("\n").partition(" ")
        reply = app.handle(ScriptRequest(query=query, body=body.encode()))
        sys.stdout.write(f"{reply.body.decode()}\n")
        sys.stdout.flush()
    app.close()


if __name__ == "__main__":
    main(sys.argv[1])
