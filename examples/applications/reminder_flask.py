"""An outbound reminder: people confirm or cancel with a key, answering machines get a message.

    flask --app reminder_flask run
    curl localhost:5000/reminders --data-urlencode to=+19195551234 -d when="tomorrow at nine"
    curl localhost:5000/reminders

Needs BW_ACCOUNT_ID with BW_CLIENT_ID and BW_CLIENT_SECRET, BW_APPLICATION_ID, BW_FROM (a number of
yours), and PUBLIC_URL, the address under which the platform reaches this application.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import uuid4

from flask import Flask, jsonify, request
from flask import Response as Reply

from bxml import Document, Gather, Response, SpeakSentence
from callcontrol import (
    AnswerEvent,
    CallControlError,
    Client,
    ConflictError,
    DisconnectEvent,
    Event,
    GatherEvent,
    MachineDetection,
    MachineDetectionCompleteEvent,
    NotFoundError,
    RedirectEvent,
    RequestError,
)
from callcontrol.integrations.flask import webhook

MACHINES = ("answering-machine", "tone-detected")
OUTCOMES = {"1": "confirmed", "2": "cancelled"}


@dataclass
class Reminder:
    """A person to remind, the appointment, and the outcome."""

    to: str
    when: str
    id: str = field(default_factory=lambda: uuid4().hex)
    state: str = "calling"


def question(reminder: Reminder) -> Document:
    """Return what a person hears, and a machine until it is recognised."""
    prompt = f"Your appointment is {reminder.when}. Press 1 to confirm, 2 to cancel."
    url = f"/calls/{reminder.id}"
    return Response(Gather(SpeakSentence(prompt), gather_url=url, max_digits=1, repeat_count=3))


def script(reminder: Reminder, event: Event) -> Document | None:
    """Return what the call does next, None if it goes on or is over."""
    match event:
        case AnswerEvent():
            return question(reminder)
        case GatherEvent(digits=key) if key in OUTCOMES:
            reminder.state = OUTCOMES[key]
            return Response().speak_sentence(f"Thank you. It is {reminder.state}.").hangup()
        case GatherEvent(digits=""):
            reminder.state = "no key pressed"
            return Response().speak_sentence("We will call again. Goodbye.").hangup()
        case GatherEvent():
            return question(reminder)
        case RedirectEvent():
            reminder.state = "message left"
            message = f"Hello. Your appointment is {reminder.when}. Please call us. Goodbye."
            return Response().pause(duration=1).speak_sentence(message).hangup()
        case DisconnectEvent() if reminder.state == "calling":
            reminder.state = f"not reached: {event.cause}"
        case _:
            pass
    return None


def create_app(client: Client | None = None, settings: Mapping[str, str] = os.environ) -> Flask:
    """Return the application; ``settings`` has PUBLIC_URL, BW_FROM and BW_APPLICATION_ID."""
    app = Flask(__name__)
    platform = client or Client.from_env()
    calls_url = f"{settings['PUBLIC_URL']}/calls"
    reminders: dict[str, Reminder] = {}  # a database in a real application

    @app.post("/reminders")
    def remind() -> tuple[Reply, int]:
        reminder = Reminder(request.form["to"], request.form["when"])
        reminders[reminder.id] = reminder
        url = f"{calls_url}/{reminder.id}"
        try:
            platform.create_call(
                to=reminder.to,
                from_=settings["BW_FROM"],
                application_id=settings["BW_APPLICATION_ID"],
                answer_url=url,
                disconnect_url=url,
                # With delay_result the message waits until the greeting of the machine is over.
                machine_detection=MachineDetection(callback_url=url, delay_result=True),
            )
        except CallControlError as error:
            del reminders[reminder.id]
            return jsonify(error=str(error)), 400 if isinstance(error, RequestError) else 502
        return jsonify(reminder), 202

    @app.get("/reminders")
    def report() -> Reply:
        return jsonify(list(reminders.values()))

    @app.post("/calls/<reminder_id>")
    @webhook(Event)
    def calls(event: Event, reminder_id: str) -> Document | Reply | None:
        if reminder_id not in reminders:
            return Reply("unknown reminder", 404)
        if isinstance(event, MachineDetectionCompleteEvent):
            if event.machine_detection_result.value in MACHINES:
                with suppress(ConflictError, NotFoundError):  # it has hung up already
                    platform.redirect_call(event.call_id, f"{calls_url}/{reminder_id}")
            return None
        return script(reminders[reminder_id], event)

    return app
