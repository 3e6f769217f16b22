"""``callcontrol dial``: the terminal phone."""

from collections.abc import Mapping
from typing import Literal

import click

from bxml.cli.sources import is_url
from callcontrol.cli.call_options import SPEED, call_options, json_lines, within
from callcontrol.cli.errors import OperationCommand
from callcontrol.phone import HOME

__all__ = ["dial"]

EPILOG = """\b
Keys while the call is up:
  0-9 * # A-D  typed on the phone
  a  r  b      answer, refuse, be busy: on the phone or leg that rings
  Tab          hold the phone of another leg; keys go there
  h            hang up the phone that is held
  Ctrl-C       hang up the call and leave; a second one leaves at once
  ?            show these keys

\b
Steps of a script, with semicolons between them:
  wait [SECONDS]           that long, or until the call needs somebody
  press KEYS, say TEXT, beep, hang up
  answer, decline, busy, no answer, voicemail [GREETING]
                           what a phone that rings can do
  callee STEP              the same on the leg that a Transfer dialled last

\b
Exit codes:
  0    the call went through, and every --expect was heard
  1    the application is wrong or too slow, or something was not heard
  2    wrong usage, or nobody listens at TARGET
  130  interrupted twice
"""


def _texts(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the texts to listen for, none of them blank; the callback of an option."""
    if not all(map(str.strip, values)):
        raise click.BadParameter("expected words to listen for, got none", context, parameter)
    return values


FAR_ENDS = {"busy": "busy", "no_answer": "no answer", "voicemail": "voicemail"}
"""Options about the far end of an outbound call, and the scripts that they stand for."""


@click.command("dial", cls=OperationCommand, epilog=EPILOG)
@call_options
@click.option("--busy", is_flag=True, help="With --outbound: the phone is busy.")
@click.option("--no-answer", is_flag=True, help="With --outbound: nobody answers.")
@click.option("--voicemail", is_flag=True, help="With --outbound: a machine answers and beeps.")
@click.option(
    "--script", metavar="TEXT", help="What the person does, in virtual time: at once, no keyboard."
)
@click.option(
    "--expect",
    metavar="TEXT",
    multiple=True,
    callback=_texts,
    help="Must be heard during the call; may be given several times.",
)
@click.option(
    "--speed",
    type=SPEED,
    metavar="NUMBER",
    default=1,
    show_default=True,
    help="Seconds of the call that pass in one real second; scripts need none.",
)
@json_lines
@click.pass_context
def dial(  # noqa: PLR0913 - one for each option
    ctx: click.Context,
    /,
    *,
    target: str,
    path: str,
    outbound: bool,
    busy: bool,
    no_answer: bool,
    voicemail: bool,
    detect: Literal["sync", "async"] | None,
    script: str | None,
    expect: tuple[str, ...],
    from_: str,
    to: str,
    disconnect_url: str | None,
    username: str | None,
    password: str | None,
    reach: tuple[str, ...],
    speed: float,
    as_json: bool,
) -> None:
    """Ring your application from the keyboard.

    TARGET is the URL of a running application, or with --script one to call in this process:
    voice:app or voice.py:app. The call is simulated on this machine: the application receives the
    webhooks as the platform sends them, and what its BXML says and plays is written down. No
    account is needed.
    """
    from callcontrol.phone.call_request import CallRequest

    far_ends = {"busy": busy, "no_answer": no_answer, "voicemail": voicemail}
    script = _script(script, far_ends, outbound=outbound)
    if detect is not None and not outbound:
        raise click.UsageError("--detect needs --outbound")
    home = target if is_url(target) else HOME
    if home is HOME and script is None:
        raise click.UsageError("TARGET: expected a URL, or --script for an application in Python")
    order = CallRequest(
        url=str(within(home, path)),
        from_=from_,
        to=to,
        outbound=outbound,
        disconnect_url=within(home, disconnect_url),
        detect=detect,
        username=username,
        password=password,
        reach=reach,
    )
    from callcontrol.cli.dial_calls import call

    ctx.exit(call(target, order, script, expect, speed=speed, as_json=as_json))


def _script(script: str | None, given: Mapping[str, bool], *, outbound: bool) -> str | None:
    """Return the script to play; options about the far end stand for one."""
    flags = [name for name, wanted in given.items() if wanted]
    shown = [f"--{name.replace('_', '-')}" for name in flags]
    if flags and not outbound:
        raise click.UsageError(f"{shown[0]} needs --outbound")
    if len(flags) + (script is not None) > 1:
        listed = ", ".join([*shown, *(["--script"] if script is not None else [])])
        raise click.UsageError(f"expected one of {listed}, got {len(shown) + (script is not None)}")
    return FAR_ENDS[flags[0]] if flags else script
