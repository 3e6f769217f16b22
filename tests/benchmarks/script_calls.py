"""Calls of a script without a server: webhooks made from the documents that came before."""

import json
import re
from dataclasses import dataclass, field
from html import unescape

from bxml import SpeakSentence
from callcontrol.scripts import Call, ScriptRequest, Scripts, script

__all__ = ["Caller", "asker"]

_URL = re.compile(r'gatherUrl="[^"?]*\?([^"]*)"')
_TIME = "2026-01-01T12:00:00.000Z"


@script("asker")
async def asker(call: Call) -> None:
    """Ask for keys again and again."""
    while True:
        keys = await call.gather(SpeakSentence("Which number?"), max_digits=1)
        call.speak_sentence(f"You have pressed {keys.digits}.")


@dataclass
class Caller:
    """A caller who presses a key whenever one is asked for."""

    call_id: str
    query: str = field(default="", init=False)

    def _body(self, **fields: object) -> bytes:
        event = {
            "accountId": "9900000",
            "applicationId": "04e88489-df02-4e34-a0ee-27a91849555f",
            "callId": self.call_id,
            "callUrl": f"https://voice.example/accounts/9900000/calls/{self.call_id}",
            "from": "+19195551234",
            "to": "+19195554321",
            "direction": "inbound",
            "startTime": _TIME,
            "eventTime": _TIME,
            **fields,
        }
        return json.dumps(event).encode()

    def step(self, scripts: Scripts) -> None:
        """Send the next webhook."""
        event = {"eventType": "gather", "digits": "1"} if self.query else {"eventType": "initiate"}
        request = ScriptRequest(query=self.query, body=self._body(**event))
        document = scripts.handle(request).body.decode()
        found = _URL.search(document)
        assert found is not None, document
        self.query = unescape(found[1])
