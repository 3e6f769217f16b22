"""Runs Schemathesis with the vendor's OpenAPI document over every operation that is served.

    python -m tests.conformance bandwidth.yml [schemathesis]

The document is ``bandwidth.yml`` of github.com/Bandwidth/python-sdk. Ids in paths are those of
calls, conferences, recordings and endpoints that exist, and of some that do not.
"""

import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import yaml

from callcontrol.simulator import Simulator
from callcontrol.simulator.rest.routes import ENDPOINTS_ROOT, ROUTES, Route

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_headers_conformance,response_schema_conformance"
)
EXAMPLES = "30"
SERVED: dict[str, Route] = {route.operation: route for route in ROUTES}
MULTIPLE_CHOICES = 300
TO = "+19195551234"


def application(bxml: str) -> Any:  # noqa: ANN401 - any WSGI server types it otherwise
    """Return an application that replies this text."""

    def app(_: object, start: Any) -> list[bytes]:  # noqa: ANN401 - same
        start("200 OK", [("Content-Type", "application/xml")])
        return [f"<Response>{bxml}</Response>".encode()]

    return app


def furnish(simulator: Simulator) -> Mapping[str, list[str]]:
    """Let there be one of each thing, and return the ids by the names of path parameters."""
    verbs = (
        '<StartTranscription name="t"/><Record maxDuration="2"/><StopTranscription/><Pause/>',
        "<Conference>room</Conference>",
    )
    ended, member = (simulator.dial_in(application(text), to=TO) for text in verbs)
    live = simulator.dial_in(
        application('<StartRecording/><Gather firstDigitTimeout="60"/>'), to=TO
    )
    simulator.advance(0)
    client = simulator.client()
    (room,) = client.list_conferences()
    client.update_conference_bxml(
        room.id, "<Bxml><StartRecording/><SpeakSentence>a</SpeakSentence><StopRecording/></Bxml>"
    )
    member.waits(seconds=4)
    recordings = [*client.list_recordings(ended.call_id)]
    client.transcribe_recording(ended.call_id, recordings[0].recording_id)
    live.waits(seconds=10)
    texts = [text.transcription_id for text in client.list_transcriptions(ended.call_id)]
    of_room = [item.recording_id for item in client.list_conference_recordings(room.id)]
    assert texts
    assert of_room
    endpoints = [client.create_endpoint(direction="INBOUND", tag="t") for _ in range(3)]
    return {
        "accountId": [simulator.account_id],
        "callId": [ended.call_id, live.call_id, "c-unknown"],
        "conferenceId": [room.id, "conf-unknown"],
        "memberId": [member.call_id, "c-unknown"],
        "recordingId": [*(item.recording_id for item in recordings), *of_room, "r-unknown"],
        "transcriptionId": [*texts, "t-unknown"],
        "endpointId": [*(item.endpoint_id for item in endpoints), "e-unknown"],
    }


def served(document: dict[str, Any], url: str, ids: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return the part of the document that is served at a URL, with these ids in its paths."""
    root = url[url.index("/", len("http://")) :]
    templates = {name: route.template for name, route in SERVED.items()}
    paths: dict[str, Any] = {}
    for path, item in document["paths"].items():
        kept: dict[str, Any] = {
            method: {**part, "servers": [{"url": url}]}
            for method, part in item.items()
            if isinstance(part, dict)
            and f"{root}{path}" == templates.get(cast("Any", part).get("operationId", ""))
        }
        if kept:
            paths[path] = {"parameters": item.get("parameters", []), **kept}
    for parameter in document["components"]["parameters"].values():
        if parameter["in"] == "path" and parameter["name"] in ids:
            parameter["schema"] = {"type": "string", "enum": ids[parameter["name"]]}
    return {**document, "paths": paths, "servers": [{"url": url}]}


def main(source: str, command: str = "schemathesis") -> int:
    """Return 0 if every reply is as described."""
    with Simulator() as simulator, tempfile.TemporaryDirectory() as place:
        ids = furnish(simulator)
        origin = simulator.base_url.removesuffix("/api/v2")
        results: list[int] = []
        for url in (simulator.base_url, f"{origin}{ENDPOINTS_ROOT}"):
            document = yaml.safe_load(Path(source).read_text(encoding="utf-8"))
            part = served(document, url, ids)
            described = Path(place) / "served.json"
            described.write_text(json.dumps(part, default=str), encoding="utf-8")
            print(f"{sum(len(item) - 1 for item in part['paths'].values())} operations at {url}")
            arguments = [command, "run", str(described), "--url", url, "--checks", CHECKS]
            arguments += ["--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES]
            arguments += ["--auth", f"{simulator.username}:{simulator.password}"]
            arguments += [
                "--generation-deterministic",
                "--warnings",
                "off",
                "--continue-on-failure",
            ]
            results.append(subprocess.run(arguments, check=False).returncode)
        print("replies by status:", dict(sorted(Counter(statuses(simulator)).items())))
        done = {it.operation for it in simulator.requests if it.status < MULTIPLE_CHOICES}
        print("never successful:", sorted(SERVED.keys() - done - {"token"}) or "none")
        return max(results)


def statuses(simulator: Simulator) -> list[int]:
    """Return the statuses of all replies."""
    return [request.status for request in simulator.requests]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
