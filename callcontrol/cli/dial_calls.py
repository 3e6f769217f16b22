"""One call of ``callcontrol dial``, from the order to the exit code."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from callcontrol.cli.applications import loading
from callcontrol.cli.dial_display import JsonScreen, Screen, TextScreen
from callcontrol.cli.dial_keyboard import Keyboard
from callcontrol.cli.dial_live import RINGING_KEYS, talk
from callcontrol.cli.errors import REFUSED, USAGE, CommandFailure
from callcontrol.cli.output import remark
from callcontrol.cli.simulate import SimulationFailure
from callcontrol.phone.call_log import EXPECTED, CallLog
from callcontrol.phone.call_request import CallRequest
from callcontrol.phone.player import play
from callcontrol.phone.script import ScriptError, Step, parse_script
from callcontrol.simulator.errors import SimulatorError

__all__ = ["call"]


def call(  # noqa: PLR0913 - what is called, and how
    target: str,
    order: CallRequest,
    script: str | None,
    expected: Sequence[str],
    *,
    speed: float,
    as_json: bool,
) -> int:
    """Place the call, show it, and return the exit code.

    :raises CommandFailure: for a script that cannot be understood, an application that cannot be
        loaded and a call that cannot be placed.
    """
    steps = None if script is None else _steps(script)
    log = CallLog(order.to if order.outbound else order.from_, outbound=order.outbound)
    keyboard = Keyboard()
    keys = RINGING_KEYS if steps is None else ""
    screen: Screen = JsonScreen(log) if as_json else TextScreen(log, keys)
    try:
        if steps is None:
            talk(order, log, screen, keyboard, speed=speed)
        else:
            _play(target, order, steps, log, screen)
    except SimulatorError as error:
        raise SimulationFailure(str(error), USAGE) from None
    heard = {text: log.has_heard(text) for text in expected}
    code = _code(log, heard)
    screen.close(_outcome(log, heard, code))
    _complain(log, heard)
    return code


def _play(
    target: str, order: CallRequest, steps: Sequence[Step], log: CallLog, screen: Screen
) -> None:
    with loading(target) as application:
        simulator = application.simulator
        app = None if simulator is None else application.target
        platform = None if simulator is None else simulator.platform
        play(order, steps, log, screen.show, app=app, platform=platform)


def _steps(script: str) -> tuple[Step, ...]:
    try:
        return parse_script(script)
    except ScriptError as error:
        text = "\n".join(f"--script: {problem}" for problem in error.problems)
        raise CommandFailure(text, USAGE, error.problems) from None


def _code(log: CallLog, heard: Mapping[str, bool]) -> int:
    if log.unreachable:
        return USAGE
    return REFUSED if log.failed or not all(heard.values()) else 0


def _outcome(log: CallLog, heard: Mapping[str, bool], code: int) -> Mapping[str, object]:
    problems = [asdict(problem) for trouble in log.troubles for problem in trouble.problems]
    expected = [{"text": text, "heard": was} for text, was in heard.items()]
    return {**log.facts(), "problems": problems, "expected": expected, "exitCode": code}


def _complain(log: CallLog, heard: Mapping[str, bool]) -> None:
    """Say why the exit code is not 0, if nothing has said so yet."""
    if not log.troubles and log.cause is not None and log.cause not in EXPECTED:
        told = f": {log.error_message}" if log.error_message else ""
        remark(f"the call ended with {log.cause}{told}")
    for text, was in heard.items():
        if not was:
            got = ", ".join(f'"{text}"' for text in log.heard) or "nothing"
            remark(f'expected to hear "{text}", heard {got}')
