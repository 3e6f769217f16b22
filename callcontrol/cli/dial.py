"""``callcontrol dial``: the terminal phone, from the command line to the exit code.

The simulator is imported when a call is placed, so that other commands start without it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING

import click

from bxml._wording import visible_lines
from bxml.cli.sources import is_url
from callcontrol._urls import parts_of, resolve
from callcontrol.cli.call_options import (
    LAST_PORT,
    SPEED,
    CallOptions,
    HeldSecret,
    call_options,
    json_lines,
    pass_options,
)
from callcontrol.cli.errors import (
    REFUSED,
    USAGE,
    CommandFailure,
    OperationCommand,
    SimulationFailure,
)
from callcontrol.cli.output import remark
from callcontrol.cli.server_options import Clients, client_options
from callcontrol.phone import HOME

if TYPE_CHECKING:
    from callcontrol.cli.dial_display import Screen
    from callcontrol.phone.call_log import CallLog
    from callcontrol.phone.call_logs import CallLogs
    from callcontrol.phone.call_request import CallRequest
    from callcontrol.phone.script import Step
    from callcontrol.simulator.applications import ApplicationError

EPILOG = """\b
Keys while the call is up:
  0-9 * # A-D  typed on the phone
  s            say words, up to Return
  a  r  b      answer, refuse, be busy: on the phone or leg that rings
  Tab          select the phone of another leg or call; keys go there
  h            hang up the selected phone
  c            place another call
  Ctrl-C       hang up all calls and leave; a second one leaves at once
  ?            show these keys

\b
Steps of a script, with semicolons between them:
  wait [SECONDS]           this time, or until the call waits for an action
  press KEYS, say TEXT, beep, hang up
  answer, decline, busy, no answer, voicemail [GREETING]
                           actions of a phone that rings
  callee STEP              the same on the leg that a Transfer dialled last

\b
Lines on standard input, without a terminal: the same steps, and
  dial                     place another call
  call NUMBER              select another phone, by its number in the display

\b
Exit codes:
  0    the call went through, and every --expect was heard
  1    the application is wrong or too slow, or something was not heard
  2    wrong usage, or TARGET cannot be reached
  130  interrupted twice
"""


def _texts(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the texts to listen for, none of them blank; the callback of an option."""
    if not all(map(str.strip, values)):
        raise click.BadParameter("expected words to listen for, got none", context, parameter)
    return values


@dataclass(frozen=True, slots=True, kw_only=True)
class DialOptions(CallOptions):
    """The command line of ``callcontrol dial``."""

    busy: bool
    no_answer: bool
    voicemail: bool
    script: str | None
    expect: tuple[str, ...]
    timeline: bool
    verbose: bool
    speed: float
    port: int | None
    client: HeldSecret | None
    api_password: HeldSecret | None
    sdk: str | None

    def __post_init__(self) -> None:
        CallOptions.__post_init__(self)
        if self.port is None and any((self.client, self.api_password, self.sdk)):
            raise click.UsageError("--client-env, --api-password-env and --for need --port")


@click.command("dial", cls=OperationCommand, epilog=EPILOG)
@call_options
@click.option("--busy", is_flag=True, help="With --outbound: the phone is busy.")
@click.option("--no-answer", is_flag=True, help="With --outbound: the call is not answered.")
@click.option("--voicemail", is_flag=True, help="With --outbound: a machine answers and beeps.")
@click.option(
    "--script",
    metavar="TEXT",
    help="Actions of the caller, run in virtual time without the keyboard.",
)
@click.option(
    "--expect",
    metavar="TEXT",
    multiple=True,
    callback=_texts,
    help="Text that must be heard during the call; may be given several times.",
)
@click.option(
    "--timeline",
    is_flag=True,
    help="Write everything, with webhooks and verbs, not only what is noticed on the phone.",
)
@click.option("--verbose", is_flag=True, help="Write the tracebacks of an application in Python.")
@click.option(
    "--speed",
    type=SPEED,
    metavar="NUMBER",
    default=1,
    show_default=True,
    help="Seconds of the call per real second; not for scripts.",
)
@click.option(
    "--port",
    type=click.IntRange(0, LAST_PORT),
    metavar="NUMBER",
    help="Serve the REST API on this port of 127.0.0.1; 0 takes any free one.",
)
@client_options("--api-password-env")
@json_lines
@pass_options(DialOptions)
def dial(options: DialOptions) -> int:
    """Call an application and play the caller from the keyboard.

    TARGET is the URL of a running application, or with --script one to load into this process:
    voice:app or voice.py:app. The call is simulated on this machine: the application receives the
    webhooks that the platform sends, and the texts and audio of its BXML are shown. No account is
    needed. With --port other programs reach the platform over REST, calls that they create ring
    here, and the command goes on when a call has ended.
    """
    script = _script(options)
    if script is None and not is_url(options.target):
        raise click.UsageError("TARGET: expected a URL, or --script for an application in Python")
    if script is not None and options.port is not None:
        raise click.UsageError(
            "--port: a script runs in virtual time, in which no client takes part"
        )
    return _place(options, None if script is None else _steps(script))


def _script(options: DialOptions) -> str | None:
    """Return the script to run; an option about the far end of a call stands for one."""
    far_ends = {
        "--busy": ("busy", options.busy),
        "--no-answer": ("no answer", options.no_answer),
        "--voicemail": ("voicemail", options.voicemail),
    }
    given = {flag: script for flag, (script, is_set) in far_ends.items() if is_set}
    if given and not options.outbound:
        raise click.UsageError(f"{next(iter(given))} needs --outbound")
    if options.script is not None:
        given["--script"] = options.script
    if len(given) > 1:
        raise click.UsageError(f"expected one of {', '.join(given)}, got {len(given)}")
    return next(iter(given.values()), None)


def _steps(script: str) -> "Sequence[Step]":
    from callcontrol.phone.script import ScriptError, parse_script

    try:
        return parse_script(script)
    except ScriptError as error:
        text = "\n".join(f"--script: {problem}" for problem in error.problems)
        raise CommandFailure(text, USAGE, error.problems) from None


def _place(options: DialOptions, steps: "Sequence[Step] | None") -> int:
    """Place the call, show it, and return the exit code; without steps a person types.

    :raises CommandFailure: for an application that cannot be loaded.
    :raises SimulationFailure: for a call that cannot be placed.
    """
    from callcontrol.phone.call_log import CallLog
    from callcontrol.phone.call_logs import CallLogs
    from callcontrol.simulator.errors import SimulatorError

    request = _request(options)
    log = CallLog(request.number, outbound=request.outbound)
    raised: Sequence[ApplicationError] = ()
    try:
        if steps is None:
            logs, screen = _talk(options, request, log)
        else:
            logs = CallLogs(log)
            screen = _screen(options, logs)
            raised = _play(options.target, request, steps, logs, screen)
    except SimulatorError as error:
        raise SimulationFailure(str(error)) from None
    heard = {text: logs.has_heard(text) for text in options.expect}
    code = _code(logs, heard)
    screen.close(_outcome(logs, heard, code))
    _explain(logs, heard)
    _show_exceptions(raised, verbose=options.verbose)
    if log.reached_nothing and parts_of(request.url).path in ("", "/"):
        remark("is this the path of the first webhook? try --path /voice")
    if log.is_challenged:
        remark("--username and --password-env VARIABLE give the credentials")
    return code


def _screen(options: DialOptions, logs: "CallLogs", keys: str = "") -> "Screen":
    from callcontrol.cli.dial_display import JsonScreen, TextScreen

    if options.as_json:
        return JsonScreen(logs)
    return TextScreen(logs, keys, whole=options.timeline, numbered=options.port is not None)


def _talk(
    options: DialOptions, request: "CallRequest", log: "CallLog"
) -> "tuple[CallLogs, Screen]":
    """Let a person type at the phones; return the logs of the calls."""
    from callcontrol.cli.dial_display import RINGING_KEYS
    from callcontrol.cli.dial_live import LiveSession, logs_of, talk
    from callcontrol.simulator import Simulator
    from callcontrol.simulator.applications import Remote
    from callcontrol.simulator.live import LiveSimulator

    clients = Clients(client=options.client, api_password=options.api_password, sdk=options.sdk)
    live = LiveSimulator(
        port=options.port or 0,
        speed=options.speed,
        answer_after=None,
        simulator=Simulator(account=clients.account()),
        transport=Remote(only=request.origins),
    )
    has_port = options.port is not None
    logs = logs_of(live, log)
    screen = _screen(options, logs, RINGING_KEYS)
    announce = partial(clients.announce, live.simulator, as_json=options.as_json)
    session = LiveSession(
        request=request,
        speed=options.speed,
        outlives_calls=has_port,
        begin=announce if has_port else None,
    )
    talk(live, logs, screen, session)
    return logs, screen


def _request(options: DialOptions) -> "CallRequest":
    from callcontrol.phone.call_request import CallRequest

    home = options.target if is_url(options.target) else HOME
    status = options.disconnect_url
    return CallRequest(
        url=resolve(home, options.path) or home,
        from_=options.from_,
        to=options.to,
        outbound=options.outbound,
        disconnect_url=None if status is None else resolve(home, status),
        detect=options.detect,
        username=options.username,
        password=options.secret,
        tag=options.tag,
        reach=options.reach,
    )


def _play(
    target: str, request: "CallRequest", steps: "Sequence[Step]", logs: "CallLogs", screen: "Screen"
) -> "Sequence[ApplicationError]":
    from callcontrol.cli.applications import loading
    from callcontrol.phone.player import play

    with loading(target, request.reach) as application:
        simulator = application.simulator
        app = None if simulator is None else application.target
        platform = None if simulator is None else simulator.platform
        raised = play(request, steps, logs.own, screen.show, app=app, platform=platform)
        for text in application.network.remarks():
            remark(text)
        return raised


def _code(logs: "CallLogs", heard: Mapping[str, bool]) -> int:
    if logs.own.unreachable:
        return USAGE
    return REFUSED if logs.failed or not all(heard.values()) else 0


def _outcome(logs: "CallLogs", heard: Mapping[str, bool], code: int) -> Mapping[str, object]:
    problems = [asdict(problem) for trouble in logs.troubles for problem in trouble.problems]
    expected = [{"text": text, "heard": was} for text, was in heard.items()]
    return {**logs.facts(), "problems": problems, "expected": expected, "exitCode": code}


def _show_exceptions(raised: "Sequence[ApplicationError]", *, verbose: bool) -> None:
    """Write the tracebacks of the application, or how to see them."""
    from callcontrol.simulator.applications.exceptions import traceback_of

    causes = [error.__cause__ for error in raised if error.__cause__ is not None]
    if causes and not verbose:
        remark("--verbose shows the traceback")
    for cause in causes if verbose else ():
        click.echo(visible_lines(traceback_of(cause)), err=True)


def _explain(logs: "CallLogs", heard: Mapping[str, bool]) -> None:
    """Write why the exit code is not 0, unless a problem that was shown is the reason."""
    for log in logs:
        if log.failed and not log.troubles:
            reason = f": {log.error_message}" if log.error_message else ""
            remark(f"the call ended with {log.cause}{reason}", "red")
    for text, was in heard.items():
        if not was:
            got = ", ".join(f'"{text}"' for text in logs.heard) or "nothing"
            remark(f'expected to hear "{text}", heard {got}', "red")
