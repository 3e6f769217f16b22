"""How the platform refuses a request, with the statuses and texts of the vendor's catalogue."""

from callcontrol.simulator.core.messages import Header
from callcontrol.simulator.errors import STATUSES
from callcontrol.simulator.rest.messages import RestReply, json_reply


class Refusal(Exception):  # noqa: N818 - the platform's answer, not a failure of the simulator
    """The request is refused with ``status``, one of ``STATUSES``."""

    def __init__(
        self, status: int, description: str | None = None, headers: tuple[Header, ...] = ()
    ) -> None:
        self.status = status
        self.description = description or STATUSES[status].description
        self.headers = headers
        super().__init__(status, self.description)

    def reply(self) -> RestReply:
        """Return the reply that says so."""
        known = STATUSES[self.status]
        if known.type is None:
            page = f"<html><body><h1>{self.status} {known.reason}</h1></body></html>"
            return RestReply(
                self.status, (("Content-Type", "text/html"), *self.headers), page.encode()
            )
        body = {"type": known.type, "description": self.description, "id": None}
        return json_reply(self.status, body, *self.headers)
