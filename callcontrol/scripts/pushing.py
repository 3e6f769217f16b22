"""Sending a document to a live call, when a message has ended what the caller hears."""

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from callcontrol.errors import CallControlError, ConflictError, NotFoundError
from callcontrol.scripts.addresses import Addresses
from callcontrol.scripts.journals.model import Changes, Run
from callcontrol.scripts.journals.protocol import Journal
from callcontrol.scripts.replies import pushed, with_credentials

if TYPE_CHECKING:
    from callcontrol.client import Client

_LOGGER = logging.getLogger("callcontrol.scripts")


@dataclass(frozen=True, slots=True)
class Pushed:
    """The result of a push."""

    ended: str | None = None
    """Cause, if the call has ended."""
    is_certain: bool = True
    """False if the call may not have the document."""


_DONE = Pushed()
_UNCERTAIN = Pushed(is_certain=False)


class Pusher:
    """Replaces the document of a call, under the lock of its run.

    The push is only quicker than the Redirect at the end of each hold, which brings the document in
    any case; so what goes wrong with it is logged and nothing else.
    """

    def __init__(
        self, client: "Client | None", addresses: Addresses, pair: tuple[str, str] | None
    ) -> None:
        self._client = client
        self._addresses = addresses
        self._pair = pair

    @property
    def can_push(self) -> bool:
        """Whether documents can be sent to live calls."""
        return self._client is not None and bool(self._addresses.base_url)

    def push(self, run: Run, text: str) -> Pushed:
        """Replace the document of a call."""
        assert self._client is not None  # noqa: S101 - see can_push
        body = with_credentials(text, self._addresses, self._pair)
        document = pushed(body, self._addresses.base_url)
        try:
            self._client.update_call_bxml(run.call_id, document)
        except NotFoundError:
            return Pushed("unknown")
        except ConflictError:
            return self._refused(run)
        except CallControlError as error:
            _LOGGER.warning("a document was not pushed to call %s: %s", run.call_id, error)
            return _UNCERTAIN
        return _DONE

    def _refused(self, run: Run) -> Pushed:
        """Return what a 409 means: the call has ended, or it is not answered yet."""
        assert self._client is not None  # noqa: S101 - see can_push
        try:
            state = self._client.get_call_state(run.call_id)
        except NotFoundError:
            return Pushed("unknown")
        except CallControlError as error:
            _LOGGER.warning("the state of call %s was not read: %s", run.call_id, error)
            return _UNCERTAIN
        if state.state != "disconnected":
            return _UNCERTAIN
        return Pushed(state.disconnect_cause or "unknown")

    @staticmethod
    def clear(journal: Journal, run_id: str) -> None:
        """Note that no push is under way; under the lock of the run."""
        run = journal.run(run_id)
        if run is not None and run.pushing:
            journal.commit(run_id, Changes(run=replace(run, pushing="")))
