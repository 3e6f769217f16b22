"""Outbound calls with a script: one call for each key, however often it is started."""

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict, Unpack

from callcontrol.errors import CallControlError, OutcomeUnknownError
from callcontrol.scripts.addresses import Address, Addresses
from callcontrol.scripts.errors import ScriptMistakeError
from callcontrol.scripts.journals.model import Changes, Route, Run
from callcontrol.scripts.journals.protocol import Journal
from callcontrol.scripts.script import Script
from callcontrol.scripts.webhooks import Webhooks

if TYPE_CHECKING:
    from callcontrol._requests import MachineDetection
    from callcontrol.client import Client

_LOCK_SECONDS = 10.0


class OutboundOptions(TypedDict, total=False):
    """Further arguments of ``create_call``."""

    call_timeout: float
    callback_timeout: float
    display_name: str
    machine_detection: "MachineDetection"
    priority: int
    privacy: bool
    tag: str
    uui: str


class Outbound:
    """The method of ``Scripts`` that places calls."""

    _journal: Journal
    _addresses: Addresses
    _webhooks: Webhooks

    def start(  # noqa: PLR0913 - keyword-only: what a call needs
        self,
        client: "Client",
        script: Script,
        *,
        to: str,
        from_: str,
        application_id: str,
        key: str,
        args: Mapping[str, object] | None = None,
        **options: Unpack[OutboundOptions],
    ) -> Run:
        """Place a call that a script runs once it is answered; return its run.

        ``key`` names the call in your application, such as the number of an order: a second
        ``start`` with the same key rings no second phone, and returns the first run. ``args`` are
        ``call.args`` of the script, and must be what JSON can hold.

        :raises OutcomeUnknownError: if the call may or may not have been placed. The same key
            then does not place it again.
        :raises CallControlError: if it was not placed; the same key may be started again.
        """
        if not self._addresses.base_url:
            raise ScriptMistakeError("start: needs Scripts(base_url=...), the address of webhooks")
        run, is_new = self._made(script, key, (to, from_), args)
        if not is_new:
            return run
        address = Address(run.run_id, "", 0)
        url = self._addresses.url(address)
        fields = {
            "to": to,
            "from_": from_,
            "application_id": application_id,
            "answer_url": url,
            "answer_fallback_url": self._addresses.url(address, fallback=True),
            "disconnect_url": url,
            **self._webhooks.credentials,
            **options,
        }
        return self._placed(client, run, fields)

    def _made(
        self, script: Script, key: str, numbers: tuple[str, ...], args: Mapping[str, object] | None
    ) -> tuple[Run, bool]:
        """Return the run for a key, and whether its call is still to be placed."""
        now = time.time()
        run = Run(
            f"run-{uuid.uuid4().hex}",
            script.name,
            self._webhooks.version_of(script.name),
            now,
            now,
            key=key,
            numbers=numbers,
            arguments=_json(args),
        )
        made = self._journal.create(run)
        if made.run_id == run.run_id:
            return made, True
        with self._journal.lock(made.run_id, timeout=_LOCK_SECONDS):
            found = self._journal.run(made.run_id) or made
            if found.state != "failed" or found.call_id:
                return found, False
            again = replace(found, state="running", detail="", updated_at=now)
            self._journal.commit(found.run_id, Changes(run=again))
            return again, True

    def _placed(self, client: "Client", run: Run, fields: dict[str, object]) -> Run:
        try:
            call = client.create_call(**fields)  # type: ignore[arg-type] # checked there
        except OutcomeUnknownError:
            raise
        except CallControlError as error:
            failed = replace(run, state="failed", detail=type(error).__name__)
            self._journal.commit(run.run_id, Changes(run=failed))
            raise
        with self._journal.lock(run.run_id, timeout=_LOCK_SECONDS):
            known = self._journal.run(run.run_id) or run
            placed = replace(known, call_id=call.call_id)
            routes = (Route(call.call_id, run.run_id),)
            self._journal.commit(run.run_id, Changes(run=placed, routes=routes))
        return placed


def _json(args: Mapping[str, object] | None) -> str:
    try:
        return json.dumps(dict(args or {}), allow_nan=False)
    except (TypeError, ValueError) as error:
        text = f"start.args: expected texts and values that JSON can hold, got others ({error})"
        raise ScriptMistakeError(text) from None
