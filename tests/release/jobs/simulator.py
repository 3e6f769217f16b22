"""What the extra ``[simulator]`` is for: clients and recordings over a port of this machine."""

from pathlib import Path
from tempfile import TemporaryDirectory

from bxml import Bxml
from callcontrol import Client
from callcontrol.recorder import Recorder, read_recording
from callcontrol.simulator import Simulator
from callcontrol.simulator.live import LiveSimulator

document = Bxml().speak_sentence("Hello").hangup()
with Simulator(auto_answer=True) as platform:
    client = Client(
        platform.account_id,
        client_id=platform.client_id,
        client_secret=platform.client_secret,
        base_url=platform.base_url,
        token_url=platform.token_url,
    )
    call = client.create_call(
        to="+19195551234",
        from_="+19195554321",
        application_id="application",
        answer_url="https://ivr.example.com/answer",
    )
    client.update_call_bxml(call.call_id, document)
    assert platform.document(call.call_id) == document.to_bxml()
    client.close()
with LiveSimulator() as live, TemporaryDirectory() as folder:
    path = Path(folder) / "calls.jsonl"
    with Recorder(live.simulator.base_url, path) as recorder, Simulator() as caller:
        caller.dial_in(recorder.url, to="+19195551234")
    assert read_recording(path).exchanges[0].reply.status == 401
with LiveSimulator(tls=True) as live:
    assert live.simulator.base_url.startswith("https://")
    assert list(live.simulator.client().list_calls()) == []
print("done")
