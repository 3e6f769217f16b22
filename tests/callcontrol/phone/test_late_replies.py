"""Replies of applications that block: too late for the platform, or in no time."""

import time
import warnings

import pytest

from callcontrol.cli.applications import _quiet
from callcontrol.phone.player import Timed
from callcontrol.simulator.core.reply_findings import finding_of
from callcontrol.simulator.core.webhooks import HttpRequest, WebhookReply
from callcontrol.simulator.errors import RealTimeWarning

URL = "http://application.test/voice"


class Blocking:
    """A transport that blocks for some real seconds."""

    def __init__(self, seconds: float, reply: WebhookReply) -> None:
        self._seconds = seconds
        self._reply = reply

    def deliver(self, request: HttpRequest) -> WebhookReply:
        """Return the reply."""
        del request
        time.sleep(self._seconds)
        return self._reply

    def close(self) -> None:
        """Do nothing."""


def seconds_of(transport: Blocking, timeout: float) -> float:
    """Return the virtual seconds that a reply takes."""
    request = HttpRequest(method="POST", url=URL, timeout=timeout)
    return Timed(transport).deliver(request).wait().seconds


def test_a_reply_that_blocks_for_longer_than_the_platform_waits() -> None:
    """It takes its real time, so that the platform gives up."""
    assert seconds_of(Blocking(0.05, WebhookReply()), timeout=0.01) > 0.01


def test_a_reply_in_time() -> None:
    """It takes no virtual time, whatever the machine needs for it."""
    assert seconds_of(Blocking(0.01, WebhookReply()), timeout=60) == 0


def test_a_failure_stays_as_it_is() -> None:
    """Its own virtual time has passed already."""
    assert seconds_of(Blocking(0.05, WebhookReply(failure="timeout")), timeout=0.01) == 0


def test_the_finding_names_the_handler() -> None:
    """It is the one that has to be quicker."""
    reply = WebhookReply(failure="timeout", detail="waited 15 s", handler="menu (voice.py:12)")
    assert finding_of(reply, URL) == "no reply in time (waited 15 s for menu (voice.py:12))"


def test_warnings_of_the_simulator_are_remarks(capsys: pytest.CaptureFixture[str]) -> None:
    """Without the line of this package that gives them; others stay warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with _quiet():
            warnings.warn("virtual time stood still for 16 s", RealTimeWarning, stacklevel=1)
            warnings.warn("a task was cancelled", RealTimeWarning, stacklevel=1)
            warnings.warn("something else", UserWarning, stacklevel=1)
    assert capsys.readouterr().err == "callcontrol: warning: a task was cancelled\n"
    assert [str(each.message) for each in caught] == ["something else"]
