"""The command ``callcontrol``: reads the command line, calls the client, chooses the exit code."""

import time
from collections.abc import Callable, Mapping
from importlib import import_module
from itertools import islice
from shlex import quote
from typing import TYPE_CHECKING, TypeVar
from warnings import catch_warnings, simplefilter

import click

from bxml.cli.running import Seconds, run_command
from callcontrol._request_types import Record
from callcontrol._requests import CreateCall, ListCalls, MachineDetection, RedirectCall
from callcontrol._secret import Secret
from callcontrol._settings import VARIABLES
from callcontrol.cli.errors import UNKNOWN, OperationCommand, advising
from callcontrol.cli.output import emit, remark, say, show_call, show_calls, wire
from callcontrol.cli.request_options import RecordOptions, call_id
from callcontrol.errors import BasicAuthWarning, NotFoundError
from callcontrol.models import CallState

if TYPE_CHECKING:
    from callcontrol.client import Client

T = TypeVar("T")

PAGE = 1000
"""Calls on a page of the platform if the request does not set a size."""
FINAL = "disconnected"
PAUSE = 2.0
"""Seconds between two requests for the state of a call."""

_CREATE = RecordOptions(CreateCall, parts={"machine_detection": MachineDetection})
_LIST = RecordOptions(ListCalls)
_REDIRECT = RecordOptions(RedirectCall, drop="redirect_")

_as_json = click.option("--json", "as_json", is_flag=True, help="Write JSON, for scripts.")
_call_id = click.argument("call_id", callback=call_id)

_ENVIRONMENT: Mapping[str, str] = {
    "account_id": "number of the account",
    "client_id": "OAuth2 client, with ...",
    "client_secret": "... its secret",
    "username": "instead of the two above: API user, with ...",
    "password": "... its password",
    "base_url": "address of the platform, if not Bandwidth's own",
    "token_url": "address that issues tokens, if not Bandwidth's own",
    "allow_http": "true: send credentials to another machine unencrypted",
}
_VARIABLES = "\n".join(f"  {VARIABLES[name]:<18}{text}" for name, text in _ENVIRONMENT.items())
_EPILOG = f"""\b
Environment, the only place for credentials:
{_VARIABLES}

\b
Exit codes:
  0    done
  1    the platform refused or did not reply, or the document has errors
  2    wrong usage, wrong credentials, or a file that gives no document
  3    the outcome is unknown; the message says how to find out
  130  interrupted

With --json an error is an object with the key 'error' on standard output, besides the message
on standard error.
"""


_MODULES = ("bulk", "dial", "doctor", "explore", "record", "replay", "scripts", "simulate")
"""Commands in modules of their own, imported when the command line names them or asks for help."""


class _Group(click.Group):
    command_class = OperationCommand

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *_MODULES})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _MODULES:
            module = import_module(f"callcontrol.cli.{cmd_name}")
            command: click.Command = getattr(module, cmd_name)
            return command
        return super().get_command(ctx, cmd_name)


@click.group(
    cls=_Group,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EPILOG,
)
@click.version_option(package_name="bxml-callcontrol", prog_name="callcontrol")
def cli() -> None:
    """Place, watch, redirect and end Bandwidth calls, and push BXML to them."""


def client_of_environment() -> "Client":
    """Return the client that the environment describes, once its warnings are shown."""
    from callcontrol.client import Client

    with catch_warnings(record=True) as caught:
        simplefilter("always", BasicAuthWarning)
        client = Client.from_env()
    for warning in caught:
        remark(f"warning: {warning.message}", "yellow")
    return client


def _send(operation: Callable[..., T], request: Record, **changed: object) -> T:
    """Call an operation of the client with the fields of a request record."""
    fields = Secret({field.name: getattr(request, field.name) for field in request.table})
    return operation(**{**fields.reveal(), **changed})


def _done(call_id: str, result: str, *, as_json: bool) -> None:
    if as_json:
        emit({"callId": call_id, "result": result})
    else:
        say(f"{call_id}: {result}")


@cli.command("push")
@_call_id
@click.argument("file")
@click.option("--dry-run", is_flag=True, help="Check only; needs no credentials.")
@_as_json
def push_command(*, call_id: str, file: str, dry_run: bool, as_json: bool) -> None:
    """Check a BXML document and let a live call run it.

    FILE is a BXML file, '-' for standard input, or a Python file that defines a document:
    menu.py, or menu.py:NAME where there are several. NAME may be a function without required
    parameters. A document with errors is not sent; one with warnings is.
    """
    from callcontrol.cli.loading import checked

    document = checked(file)
    if not dry_run:
        with client_of_environment() as client:
            client.update_call_bxml(call_id, document.body)
    if as_json:
        emit({"callId": call_id, "result": "checked" if dry_run else "pushed", **document.facts()})
    elif dry_run:
        say(f"{document.name}: no errors ({len(document.body)} bytes); nothing was sent")
    else:
        say(f"{call_id}: runs {document.name} now ({len(document.body)} bytes)")


@cli.command("redirect", params=_REDIRECT.parameters())
@_as_json
@click.pass_context
def redirect_command(ctx: click.Context, /, *, as_json: bool) -> None:
    """Interrupt a live call and let it run the BXML that URL replies."""
    request = _REDIRECT.fill(ctx)
    look = "it may or may not have been redirected; before you repeat it, look for the redirect "
    advice = f"{look}webhook or run: callcontrol state {quote(request.call_id)}"
    with advising(advice), client_of_environment() as client:
        _send(client.redirect_call, request)
    _done(request.call_id, "redirected", as_json=as_json)


@cli.command("hangup")
@_call_id
@_as_json
def hangup_command(*, call_id: str, as_json: bool) -> None:
    """End a call, cancel it or reject it."""
    with client_of_environment() as client:
        client.hang_up(call_id)
    _done(call_id, "ended", as_json=as_json)


@cli.command("create", params=_CREATE.parameters())
@_as_json
@click.pass_context
def create_command(ctx: click.Context, /, *, as_json: bool) -> None:
    """Put an outbound call on the queue.

    Its outcome is sent to --disconnect-url; 'callcontrol state CALL_ID --wait' waits for it. The
    passwords are those of your own web application, and come from the environment too.
    """
    request = _CREATE.fill(ctx)
    look = "the call may or may not have been placed; before you repeat it, run: callcontrol list "
    advice = f"{look}--to {quote(request.to)} --from {quote(request.from_)}"
    with advising(advice), client_of_environment() as client:
        created = _send(client.create_call, request)
    if as_json:
        emit(wire(created))
    else:
        say(f"{created.call_id}: queued, from {request.from_} to {request.to}")


@cli.command("state")
@_call_id
@click.option("--wait", is_flag=True, help="Wait until the call has ended.")
@click.option(
    "--timeout",
    type=Seconds(0, 86_400),
    metavar="SECONDS",
    default=600.0,
    show_default=True,
    help="Longest wait; then the exit code is 3.",
)
@_as_json
@click.pass_context
def state_command(
    ctx: click.Context, /, *, call_id: str, wait: bool, timeout: float, as_json: bool
) -> None:
    """Show the state of a call, current or final."""
    with client_of_environment() as client:
        call = _wait_for_end(client, call_id, timeout) if wait else client.get_call_state(call_id)
    if as_json:
        emit(wire(call))
    else:
        show_call(call)
    if wait and call.state != FINAL:
        remark(f"{call_id}: the call did not end within {timeout:g} seconds; see --timeout")
        ctx.exit(UNKNOWN)


def _wait_for_end(client: "Client", call_id: str, seconds: float) -> CallState:
    """Return the state of a call once it has ended, or its state after this many seconds.

    Each new state is written on standard error. A call that is not found at first may be too new.

    :raises NotFoundError: for a call that is not found until the time is up, or no longer found.
    """
    deadline = time.monotonic() + seconds
    last: CallState | None = None
    while True:
        late = time.monotonic() >= deadline
        try:
            call = client.get_call_state(call_id)
        except NotFoundError:
            if late or last is not None:
                raise
        else:
            if last is None or call.state != last.state:
                remark(f"{call_id}: {call.state}")
            last = call
            if late or call.state == FINAL:
                return call
        time.sleep(max(0.0, min(PAUSE, deadline - time.monotonic())))


@cli.command("list", params=_LIST.parameters())
@click.option("--limit", type=click.IntRange(1), metavar="NUMBER", help="Most calls to show.")
@_as_json
@click.pass_context
def list_command(ctx: click.Context, /, *, limit: int | None, as_json: bool) -> None:
    """List the calls of the last seven days, oldest first.

    With --json one object a line, as soon as the platform has sent it.
    """
    request = _LIST.fill(ctx)
    size = request.page_size or (min(limit, PAGE) if limit else None)
    with client_of_environment() as client:
        calls = islice(_send(client.list_calls, request, page_size=size), limit)
        if as_json:
            for call in calls:
                emit(wire(call))
        elif not show_calls(calls):
            remark("no calls")


@cli.command("demo")
def demo_command() -> None:
    """Show the main job, without an account: a menu for a live call."""
    from callcontrol.cli.demo import show

    show()


def run(arguments: list[str]) -> int:
    """Run the command and return the exit code; every error becomes a message."""
    # A reader who closes the pipe has enough, and the operation itself is complete.
    return run_command(
        cli, "callcontrol", arguments, lambda text: remark(f"output: {text}"), closed_pipe=0
    )
