"""``callcontrol demo``: the main job from start to end, without an account.

The client is the real one and so is the HTTP; only the platform is a simulator on loopback.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import requests
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from bxml import (
    Bxml,
    Gather,
    Pause,
    PlayAudio,
    Response,
    SpeakSentence,
    ValidationError,
    parse,
    ssml,
    to_python,
)
from bxml.cli.reports import screen
from callcontrol.cli.output import write
from callcontrol.client import Client
from callcontrol.simulator import Simulator
from callcontrol.simulator.core.wav import wav

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment


APPLICATION = "https://ivr.example.com"

menu = Bxml(
    Gather(
        PlayAudio(f"{APPLICATION}/audio/chime.wav"),
        SpeakSentence(
            "Press 1 for sales. ",
            ssml.break_(time="300ms"),
            "Press 2 for support.",
            voice="bridget",
        ),
        gather_url=f"{APPLICATION}/menu",
        max_digits=1,
        first_digit_timeout=7,
        repeat_count=2,
    )
)

CALLER = "+19195550100"
CALLEE = "+19195551234"
NEXT_SCRIPT = f"{APPLICATION}/next"
MISTAKE = f"""\
<Bxml>
  <Gather gatherUrl="{APPLICATION}/menu" maxDigit="1" repeatCount="30">
    <SpeakSentence>Press 1 for sales.</SpeakSentence>
  </Gather>
</Bxml>
"""
INDENT = " " * 5
MARGIN = (0, 0, 0, 3)
SHORT = "CALL_ID"
SECONDS = 5
CHIME_SECONDS = 0.5
PATIENCE = 20
"""Seconds of virtual time that pass after each step."""


@dataclass(slots=True)
class Stage:
    """The state shared by the steps: platform, client, call and console."""

    simulator: Simulator
    client: Client
    session: requests.Session
    call_id: str = SHORT
    heard: int = 0
    """Number of sentences already shown."""
    console: Console = field(default_factory=screen)

    def prose(self, *lines: str, style: str = "") -> None:
        """Write lines of prose."""
        write(self.console, *(Padding(Text(line, style), MARGIN) for line in lines))

    def code(self, text: str, language: str) -> None:
        """Write code, in colours where there are any."""
        shown = _coloured(text, language) if self.console.is_terminal else Text(text)
        lines = shown.split("\n", allow_blank=False)
        write(self.console, *(Text(INDENT).append_text(line) for line in lines))

    def hear(self) -> None:
        """Write the sentences heard since the last step."""
        transcript = self.simulator.phone_call(self.call_id).transcript
        for sentence in transcript[self.heard :]:
            self.prose(f"On the phone: {sentence}", style="green")
        self.heard = len(transcript)

    def traffic(self) -> None:
        """Write the last request as the platform saw it, and its reply."""
        last = self.simulator.requests[-1]
        path = last.path.replace(self.simulator.account_id, "...").replace(self.call_id, SHORT)
        self.prose(f"{last.method} {path} -> {last.status}", style="dim")


ROUTES = {"/answer": "Please hold.", "/menu": "Sales it is.", "/next": "This is another script."}


def _application(environ: "WSGIEnvironment", start_response: "StartResponse") -> list[bytes]:
    """Serve the call: speak and wait; serve the chime for other paths."""
    text = ROUTES.get(environ["PATH_INFO"])
    if text is None:
        start_response("200 OK", [("Content-Type", "audio/wav")])
        return [wav(CHIME_SECONDS)]
    start_response("200 OK", [("Content-Type", "application/xml")])
    return [Response().speak_sentence(text).append(Pause(duration=600)).to_bytes()]


def _coloured(text: str, language: str) -> Text:
    from rich.syntax import Syntax

    return Syntax("", language, theme="ansi_dark", background_color="default").highlight(text)


def write_menu(stage: Stage) -> None:
    """Show the menu as Python."""
    stage.code(to_python(menu, name="menu"), "python")


def place_call(stage: Stage) -> None:
    """Place the call, which is picked up at once."""
    create = f'call = client.create_call(to="{CALLEE}", from_="{CALLER}", ...)'
    stage.code(create, "python")
    created = stage.client.create_call(
        to=CALLEE, from_=CALLER, application_id="demo", answer_url=f"{APPLICATION}/answer"
    )
    stage.traffic()
    stage.call_id = created.call_id
    state = stage.client.get_call_state(stage.call_id).state
    stage.prose(f"The call is {created.call_id} ({state}).")
    stage.hear()


def push_menu(stage: Stage) -> None:
    """Push the menu and show what the platform holds then."""
    stage.code("client.update_call_bxml(call.call_id, menu)", "python")
    stage.client.update_call_bxml(stage.call_id, menu)
    stage.traffic()
    stage.prose("Checked before it was sent. The platform now holds:")
    held = stage.simulator.document(stage.call_id) or ""
    stage.code(parse(held).to_bxml(pretty=True), "xml")


def listen(stage: Stage) -> None:
    """Let the pushed menu be heard, and press a key."""
    stage.hear()
    stage.prose("Press 1. The platform asks the web application what comes next:")
    stage.simulator.phone_call(stage.call_id).press("1")
    stage.hear()


def make_mistake(stage: Stage) -> None:
    """Show a mistake as the client reports it, and as the platform does."""
    stage.code(MISTAKE, "xml")
    try:
        stage.client.update_call_bxml(stage.call_id, MISTAKE)
    except ValidationError as error:
        stage.prose("The client reports every mistake, and sends nothing:")
        stage.prose(*map(str, error.problems), style="red")
    reply = _sent_raw(stage, MISTAKE)
    stage.prose("The platform's reply to the same text, sent without the client:")
    stage.prose(f"{reply.status_code} {reply.text}", style="red")
    stage.prose("The words of the 400 are the simulator's. The call goes on as it was.")


def _sent_raw(stage: Stage, text: str) -> requests.Response:
    """Return the platform's reply to a document that was not checked."""
    simulator = stage.simulator
    return stage.session.put(
        f"{simulator.base_url}/accounts/{simulator.account_id}/calls/{stage.call_id}/bxml",
        data=text.encode(),
        headers={"Content-Type": "application/xml"},
        auth=(simulator.username, simulator.password),
        timeout=SECONDS,
    )


def redirect(stage: Stage) -> None:
    """Hand the call over to a web application."""
    stage.code(f'client.redirect_call(call.call_id, "{NEXT_SCRIPT}")', "python")
    stage.client.redirect_call(stage.call_id, NEXT_SCRIPT)
    stage.traffic()
    stage.prose("From here on the call runs what that URL replies.")
    stage.hear()


def hang_up(stage: Stage) -> None:
    """End the call."""
    stage.code("client.hang_up(call.call_id)", "python")
    stage.client.hang_up(stage.call_id)
    stage.traffic()
    call = stage.client.get_call_state(stage.call_id)
    stage.prose(f"The call is {call.state}, cause {call.disconnect_cause}.")


STEPS: tuple[tuple[str, Callable[[Stage], None]], ...] = (
    ("Write a menu in Python", write_menu),
    ("Place a call", place_call),
    ("Push the menu to the live call", push_menu),
    ("Listen to it, and press a key", listen),
    ("Make a mistake", make_mistake),
    ("Redirect the call to a web application", redirect),
    ("Hang up", hang_up),
)
"""The steps in order, with their headings."""


def show() -> None:
    """Run every step and write what happens."""
    with ExitStack() as stack:
        stage = _stage(stack)
        write(
            stage.console,
            Text("A menu for a live call: written in Python, checked, pushed."),
            Text("The platform here is a simulator inside this command: no account, no phone."),
        )
        for number, (heading, step) in enumerate(STEPS, 1):
            write(stage.console, Text(), Text(f"{number}. {heading}", "bold"))
            step(stage)
        write(
            stage.console,
            Text(),
            Text("The same with your account: set BW_ACCOUNT_ID, BW_CLIENT_ID and"),
            Text("BW_CLIENT_SECRET, then run: callcontrol push CALL_ID menu.py"),
        )


def _stage(stack: ExitStack) -> Stage:
    simulator = stack.enter_context(Simulator(auto_answer=True, patience=PATIENCE))
    session = stack.enter_context(requests.Session())
    simulator.mount(_application, APPLICATION)
    session.trust_env = False  # a proxy of the environment does not lead to loopback
    client = Client(
        simulator.account_id,
        client_id=simulator.client_id,
        client_secret=simulator.client_secret,
        base_url=simulator.base_url,
        token_url=simulator.token_url,
        timeout=SECONDS,
        session=session,
    )
    return Stage(simulator, stack.enter_context(client), session)
