"""What the extra ``[explore]`` is for: code that no call reaches, and pictures of call flows."""

from collections.abc import Callable, Iterable
from pathlib import Path

from callcontrol.explorer import explore

StartResponse = Callable[[str, list[tuple[str, str]]], object]


def app(_environ: dict[str, object], start_response: StartResponse) -> Iterable[bytes]:
    """Say goodbye, whatever happens."""
    start_response("200 OK", [("Content-Type", "application/xml")])
    if not _environ:
        return [b"never"]
    return [b"<Response><SpeakSentence>Goodbye.</SpeakSentence><Hangup/></Response>"]


report = explore(app, code=[Path(__file__)])
assert [fault.kind for fault in report.faults] == ["never-reached"], report
assert report.graph.svg().startswith("<svg"), report.graph.svg()[:40]
print("done")
