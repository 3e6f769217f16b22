"""Calls in tests: the phone of the caller on one leg.

    call = simulator.dial_in(app, to="+19195551234")
    assert call.hears("Press 1 for sales")
    call.press("1")
    assert call.transferring_to == ["+19195554321"]

Time is virtual. After every action it runs until the call waits for an action (a key, speech, an
answer) or has ended, a minute at most. Questions about speech look at the time since the last
action, so that an earlier prompt does not count.
"""

from typing import Literal, Protocol, get_args

from callcontrol.simulator.core.observations import Transferring
from callcontrol.simulator.core.wav import Recording
from callcontrol.simulator.errors import SimulatorError
from callcontrol.simulator.testing.call_view import CallView, ObservedCalls

_Ending = Literal["#", "hang up", "silence"]
_ENDINGS = get_args(_Ending)
_MESSAGE = "Hello, please call me back."
_LONGEST = 10_800
"""Seconds that a recording can last."""
GREETING = "You have reached our voicemail. Please leave a message after the tone."


class PhoneSession(ObservedCalls, Protocol):
    """The session that the phones of one simulator share."""

    def record_action(self, *, run: bool = True) -> None:
        """Record a caller action; ``run=False`` keeps virtual time still afterwards."""
        ...

    def phone_call(self, call_id: str) -> "PhoneCall":
        """Return the phone of another leg."""
        ...


class PhoneCall(CallView):
    """One leg of a call, with the actions of the caller.

    Made by ``Simulator.dial_in``, ``call_out`` and ``phone_call``.

    :raises SimulatorError: by every action that is not possible at that moment.
    """

    def __init__(self, session: PhoneSession, call_id: str) -> None:
        super().__init__(session, call_id)
        self._session = session

    @property
    def transferring_to(self) -> list[str]:
        """Numbers and SIP URIs of the legs that a Transfer or Forward dialled and that are up."""
        return [leg.record.to for leg in self.legs if not leg.ended]

    @property
    def legs(self) -> tuple["PhoneCall", ...]:
        """The phones of every leg that a Transfer or Forward of this call dialled, oldest first."""
        dialled = self._all(Transferring)
        return tuple(self._session.phone_call(leg.leg_id) for leg in dialled)

    # --- actions --------------------------------------------------------------------------

    def press(self, digits: str, *, run: bool = True) -> None:
        """Press keys, one after the other: 0-9, A-D, * and #.

        No other keys follow: a Gather that takes more of them runs into its timeout.
        ``run=False`` keeps virtual time still afterwards, so that more keys can follow.
        """
        self._begin_action(run=run)
        self._engine.press(self.call_id, digits)
        self._run()

    def says(
        self, text: str, *, seconds: float | None = None, machine: bool = False, run: bool = True
    ) -> None:
        """Speak for ``seconds``, by default the time the platform takes for the text.

        A Gather that listens for speech takes the words as its text once the caller is silent.
        ``machine`` is speech that machine detection recognises at once. ``run=False`` keeps
        virtual time still afterwards, so that the caller can be interrupted or go on.
        """
        self._begin_action(run=run)
        self._engine.say(self.call_id, text, seconds=seconds, machine=machine)
        self._run()

    def beeps(self) -> None:
        """Play a tone, as at the end of a voicemail greeting."""
        self._begin_action()
        self._engine.beep(self.call_id)
        self._run()

    def waits(self, *, seconds: float) -> None:
        """Wait for exactly that time; afterwards time stands still until the next action."""
        self._begin_action(run=False)
        self._engine.advance(seconds)
        self._session.record_action(run=False)

    def hang_up(self) -> None:
        """Hang up, also before the call is answered."""
        self._begin_action()
        self._engine.hang_up(self.call_id)

    def answer(self, *, run: bool = True) -> None:
        """Pick up: an outbound call or the target of a Transfer or Forward."""
        self._begin_action(run=run)
        self._engine.answer(self.call_id)
        self._run()

    def busy(self) -> None:
        """Be on another call."""
        self._begin_action()
        self._engine.busy(self.call_id)

    def decline(self) -> None:
        """Refuse the call."""
        self._begin_action()
        self._engine.decline(self.call_id)

    def no_answer(self) -> None:
        """Let it ring until the call times out."""
        self._begin_action()
        self._engine.no_answer(self.call_id)

    def voicemail(self, greeting: str = GREETING, *, beep: bool = True) -> None:
        """Let a machine pick up an outbound call, say its greeting and, with ``beep``, beep."""
        self._begin_action()
        self._engine.voicemail(self.call_id, greeting, beep=beep)
        self._run()

    def detected_as(self, result: str) -> None:
        """Set the result of a running machine detection.

        human, answering-machine, tone-detected, silence, timeout or error.
        """
        self._begin_action()
        self._engine.detect(self.call_id, result)
        self._run()

    def leave_voicemail(
        self,
        text: str = _MESSAGE,
        *,
        seconds: float = 4,
        then: _Ending = "#",
    ) -> Recording:
        """Speak for ``seconds`` while the call records, end the recording, and return it.

        The recording ends with the key #, by hanging up, or by silence: ``maxDuration`` or
        ``silenceTimeout`` then end it.

        :raises SimulatorError: if the call does not record.
        """
        if then not in _ENDINGS:
            expected = ", ".join(_ENDINGS)
            raise SimulatorError(f"leave_voicemail.then: expected one of {expected}, got {then!r}")
        running = [
            recording.recording_id for recording in self.recordings if not recording.complete
        ]
        if not running:
            raise SimulatorError("leave_voicemail: expected a call that is recording")
        self._begin_action()
        self._engine.say(self.call_id, text, seconds=seconds)
        self._engine.advance(seconds)
        if then == "hang up":
            self._engine.hang_up(self.call_id)
        elif then == "#":
            self._engine.press(self.call_id, "#")
        self._engine.run_until(lambda: running[-1] in self._engine.recordings, _LONGEST)
        self._run()
        return next(
            recording for recording in self.recordings if recording.recording_id == running[-1]
        )

    def close_stream(self, name: str) -> None:
        """Let the far end of a media stream close its websocket."""
        self._begin_action()
        self._engine.close_stream(self.call_id, name)
        self._run()

    def refer_result(self, *, succeeded: bool) -> None:
        """Report the result of a Refer, as the SIP endpoint of the caller does."""
        self._begin_action()
        self._engine.refer_result(self.call_id, succeeded=succeeded)
        self._run()

    def endpoint_leaves(self) -> None:
        """Disconnect the endpoint of a Connect."""
        self._begin_action()
        self._engine.endpoint_leaves(self.call_id)
        self._run()

    def _begin_action(self, *, run: bool = True) -> None:
        """Begin an action: questions about speech look at the time from here."""
        self._engine.settle()
        self._mark = len(self._session.seen(self.call_id))
        self._session.record_action(run=run)
