"""Runs Schemathesis with the vendor's OpenAPI document over every operation that is served.

    python -m tests.conformance bandwidth.yml [schemathesis]

The document is ``bandwidth.yml`` of github.com/Bandwidth/python-sdk. Ids in paths are those of
calls, conferences, recordings and endpoints that exist, and of some that do not. The examples come
first and succeed: each operation must have one successful reply at least.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
SWITCHES = ("--generation-deterministic", "--continue-on-failure")
SERVED: dict[str, Route] = {route.operation: route for route in ROUTES}
MULTIPLE_CHOICES = 300
TO = "+19195551234"
START_RECORDING = "<StartRecording/>"
GATHER = '<Gather firstDigitTimeout="60"/>'
CHANGING = (
    "deleteRecording",
    "deleteRecordingMedia",
    "deleteRecordingTranscription",
    "transcribeCallRecording",
)
"""Operations after which others do not find a recording, or its text."""
RECORD = '<Record maxDuration="2"/>'
RECORDED = "<Bxml><StartRecording/><SpeakSentence>Hello.</SpeakSentence><StopRecording/></Bxml>"
BXML: Mapping[str, object] = {
    "schema": {
        "type": "object",
        "xml": {"name": "Bxml"},
        "properties": {"SpeakSentence": {"type": "string"}},
        "required": ["SpeakSentence"],
    },
    "examples": {"served": {"value": {"SpeakSentence": "Hello."}}},
}
"""Schemathesis would put a string, as which the vendor describes BXML, into an element."""
BODIES: Mapping[str, Mapping[str, object]] = {
    "updateCallBxml": BXML,
    "updateConferenceBxml": BXML,
    "updateEndpointBxml": BXML,
    "updateConference": {
        "examples": {"served": {"value": {"redirectUrl": "https://test.example/redirect"}}}
    },
}
"""What replaces the vendor's descriptions of bodies."""


def application(bxml: str) -> Any:  # noqa: ANN401 - any WSGI server types it otherwise
    """Return an application that replies this text."""

    def app(_: object, start: Any) -> list[bytes]:  # noqa: ANN401 - same
        start("200 OK", [("Content-Type", "application/xml")])
        return [f"<Response>{bxml}</Response>".encode()]

    return app


@dataclass(frozen=True, slots=True)
class Things:
    """What there is on the platform."""

    ids: Mapping[str, Sequence[str]]
    """Ids that exist, and one that does not, by the names of path parameters."""
    own: Mapping[str, Mapping[str, str]]
    """Ids of which the first request of an operation needs others than the first of ``ids``."""

    def of(self, operation: str, parameter: str) -> str:
        """Return the id with which an operation succeeds."""
        return self.own.get(operation, {}).get(parameter, self.ids[parameter][0])


def furnish(simulator: Simulator) -> Things:
    """Let there be all things that the operations need; those that delete have their own."""
    texts = "<StartTranscription/><Pause duration='2'/><StopTranscription/>" * 2
    ended, member = (
        simulator.dial_in(application(text), to=TO)
        for text in (
            f"{RECORD * (1 + len(CHANGING))}{texts}<Pause/>",
            "<Conference>room</Conference>",
        )
    )
    simulator.advance(0)
    client = simulator.client()
    (room,) = client.list_conferences()
    client.update_conference_bxml(room.id, RECORDED)
    member.waits(seconds=4)
    ended.waits(seconds=30)
    recordings = [item.recording_id for item in client.list_recordings(ended.call_id)]
    for recording_id in recordings:
        client.transcribe_recording(ended.call_id, recording_id)
    simulator.advance(30)
    playing, recording, redirected = (
        simulator.dial_in(application(f"{START_RECORDING}{GATHER}"), to=TO) for _ in range(3)
    )
    text_ids = [text.transcription_id for text in client.list_transcriptions(ended.call_id)]
    of_room = [item.recording_id for item in client.list_conference_recordings(room.id)]
    endpoints = [client.create_endpoint(direction="INBOUND", tag="t").endpoint_id for _ in range(3)]
    ids = {
        "accountId": [simulator.account_id],
        "callId": [ended.call_id, playing.call_id, "c-unknown"],
        "conferenceId": [room.id, "conf-unknown"],
        "memberId": [member.call_id, "c-unknown"],
        "recordingId": [*recordings, *of_room, "r-unknown"],
        "transcriptionId": [*text_ids, "t-unknown"],
        "endpointId": [*endpoints, "e-unknown"],
    }
    live = [call.call_id for call in (playing, recording, redirected)]
    return Things(ids, own_ids(live, recordings, [text_ids[1], of_room[0], endpoints[1]]))


def own_ids(
    live: Sequence[str], recordings: Sequence[str], others: Sequence[str]
) -> Mapping[str, Mapping[str, str]]:
    """Return the ids for the operations that need a live call, or one thing to change or delete."""
    text, of_room, endpoint = others
    return {
        **each_own("callId", ("updateCallBxml", "updateCallRecordingState", "updateCall"), live),
        **each_own("recordingId", CHANGING, recordings[1:]),
        **each_own("recordingId", ("getConferenceRecording",), [of_room]),
        **each_own("recordingId", ("downloadConferenceRecording",), [of_room]),
        **each_own("transcriptionId", ("deleteRealTimeTranscription",), [text]),
        **each_own("endpointId", ("deleteEndpoint",), [endpoint]),
    }


def each_own(
    parameter: str, operations: Sequence[str], ids: Sequence[str]
) -> Mapping[str, Mapping[str, str]]:
    """Return one of the ids for each of the operations."""
    pairs = zip(operations, ids, strict=True)
    return {operation: {parameter: own_id} for operation, own_id in pairs}


def served(document: dict[str, Any], url: str, things: Things) -> dict[str, Any]:
    """Return the part of the document that is served at a URL, with examples that exist."""
    root = url[url.index("/", len("http://")) :]
    templates = {name: route.template for name, route in SERVED.items()}
    paths: dict[str, Any] = {}
    for path, item in document["paths"].items():
        kept: dict[str, Any] = {
            method: {
                **exemplified(cast("Any", part), document["components"], things),
                "servers": [{"url": url}],
            }
            for method, part in item.items()
            if isinstance(part, dict)
            and f"{root}{path}" == templates.get(cast("Any", part).get("operationId", ""))
        }
        if kept:
            paths[path] = {"parameters": item.get("parameters", []), **kept}
    return {**document, "paths": paths, "servers": [{"url": url}]}


def exemplified(
    operation: dict[str, Any], components: Mapping[str, Any], things: Things
) -> dict[str, Any]:
    """Return an operation with an example for each of its path parameters, and for its body."""
    name = operation["operationId"]
    found = [resolved(each, components) for each in operation.get("parameters", [])]
    parameters = [
        {
            **each,
            "schema": {"type": "string", "enum": things.ids[each["name"]]},
            "example": things.of(name, each["name"]),
        }
        if each["in"] == "path"
        else each
        for each in found
    ]
    if name not in BODIES:
        return {**operation, "parameters": parameters}
    body = resolved(operation["requestBody"], components)
    content = {kind: {**part, **BODIES[name]} for kind, part in body["content"].items()}
    return {**operation, "parameters": parameters, "requestBody": {**body, "content": content}}


def resolved(part: Any, components: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """Return a part of the document, or the component that it refers to."""
    if "$ref" not in part:
        return part
    _, _, kind, name = part["$ref"].split("/")
    return components[kind][name]


def main(source: str, command: str = "schemathesis") -> int:
    """Return 0 if every reply is as described, and every operation had a successful one."""
    program = shutil.which(command) or sys.exit(f"expected the command {command}, got none")
    with Simulator() as simulator, tempfile.TemporaryDirectory() as place:
        things = furnish(simulator)
        origin = simulator.base_url.removesuffix("/api/v2")
        results: list[int] = []
        earlier = len(simulator.requests)
        for url in (simulator.base_url, f"{origin}{ENDPOINTS_ROOT}"):
            document = yaml.safe_load(Path(source).read_text(encoding="utf-8"))
            part = served(document, url, things)
            described = Path(place) / "served.json"
            described.write_text(json.dumps(part, default=str), encoding="utf-8")
            print(f"{sum(len(item) - 1 for item in part['paths'].values())} operations at {url}")
            options = {
                "--url": url,
                "--checks": CHECKS,
                "--phases": "examples,coverage,fuzzing",
                "--max-examples": EXAMPLES,
                "--auth": f"{simulator.username}:{simulator.password}",
                "--warnings": "off",
            }
            pairs = [text for option in options.items() for text in option]
            arguments = [str(Path(program).absolute()), "run", str(described), *pairs, *SWITCHES]
            results.append(subprocess.run(arguments, cwd=place, check=False).returncode)
        print("replies by status:", dict(sorted(Counter(statuses(simulator)).items())))
        later = simulator.requests[earlier:]
        done = {request.operation for request in later if request.status < MULTIPLE_CHOICES}
        missing = sorted(SERVED.keys() - done - {"token"})
        print("never successful:", ", ".join(missing) or "none")
        return max(*results, int(bool(missing)))


def statuses(simulator: Simulator) -> list[int]:
    """Return the statuses of all replies."""
    return [request.status for request in simulator.requests]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
