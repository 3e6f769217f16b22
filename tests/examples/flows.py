"""The call flows on the page of examples, made by the explorer.

``python -m tests.examples.flows`` writes them into the page anew.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from callcontrol.explorer import Report, explore
from callcontrol.simulator import Simulator
from callcontrol.simulator.environment import environment_of
from examples.applications import (
    assistant_flask,
    broken_flask,
    conference_flask,
    ivr_flask,
    parcel_fastapi,
    reminder_flask,
    screening_flask,
    voicemail_fastapi,
    waiting_room_wsgi,
)

__all__ = ["FLOWS", "PAGE", "page"]

PAGE = Path(__file__).parents[2] / "docs/examples.md"
FLOW = re.compile(r"(<!--- flow: (\w+) --->\n\n```mermaid\n)(.*?)(```\n)", re.DOTALL)
SETTINGS = {
    "PUBLIC_URL": "http://application.test",
    "BW_FROM": "+19195550100",
    "BW_APPLICATION_ID": "reminders",
}


def reminder() -> Report:
    """Explore the call that a request for a reminder leads to."""
    with Simulator() as simulator:
        app = reminder_flask.create_app(simulator.client(), SETTINGS)
        web = app.test_client()
        web.post("/reminders", data={"to": "+19195551234", "when": "tomorrow at nine"})
        reminders: list[dict[str, str]] = web.get("/reminders").get_json()
        url = f"/calls/{reminders[0]['id']}"
        return explore(
            app, url=url, outbound=True, detect="async", disconnect_url=url, simulator=simulator
        )


def parcel() -> Report:
    """Explore the call of a customer who has a parcel."""
    customer = next(iter(parcel_fastapi.PARCELS))
    with Simulator() as simulator, environment_of(simulator):
        return explore(parcel_fastapi.app, url="/voice", from_=customer, simulator=simulator)


def conference() -> Report:
    """Explore a room that nobody else is in."""
    conference_flask.members.clear()
    codes = [f"{code}#" for code in conference_flask.CODES]
    return explore(conference_flask.app, url="/voice", disconnect_url="/voice", entries=codes)


FLOWS: Mapping[str, Callable[[], Report]] = {
    "ivr_flask": lambda: explore(ivr_flask.app, url="/voice", code=[ivr_flask]),
    "assistant_flask": lambda: explore(
        assistant_flask.app,
        url="/voice",
        say=["When do you open?", "Where are you?", "An agent, please.", "Bananas.", "Goodbye."],
        code=[assistant_flask],
    ),
    "voicemail_fastapi": lambda: explore(voicemail_fastapi.app, url="/voice"),
    "waiting_room_wsgi": lambda: explore(
        waiting_room_wsgi.WaitingRoom(),
        url="/voice",
        disconnect_url="/voice",
        allow=["loop-without-exit"],  # the process of an agent ends it
    ),
    "parcel_fastapi": parcel,
    "conference_flask": conference,
    "reminder_flask": reminder,
    "screening_flask": lambda: explore(
        screening_flask.app, url="/voice", disconnect_url="/voice", from_="+19195559876"
    ),
    "broken_flask": lambda: explore(broken_flask.app, url="/voice", code=[broken_flask]),
}
"""What explores each example application."""


def page(flows: Mapping[str, str]) -> str:
    """Return the page of examples with these flows in Mermaid, by the names of applications."""
    text = PAGE.read_text(encoding="utf-8")
    return FLOW.sub(lambda found: f"{found[1]}{flows[found[2]]}{found[4]}", text)


if __name__ == "__main__":
    PAGE.write_text(page({name: flow().graph.mermaid() for name, flow in FLOWS.items()}), "utf-8")
