"""Kinds of the values in a recording: those of the wire, with the limits of the format."""

import json
import re
from collections.abc import Mapping
from typing import cast

from callcontrol._wire.json import Misfit
from callcontrol._wire.kinds import Boolean, Number, Text, Whole
from callcontrol._wire.records import D, Nested
from callcontrol.simulator.core.webhooks import FAILURES

LARGEST = 10**12
ENCODED = re.compile(r"[!-~]*"), "printable ASCII, the rest percent-encoded"


class _Seconds(Number):
    """Seconds from the start of a recording, written to the millisecond."""

    expected = "seconds"

    def accept(self, value: object) -> float:
        seconds = super().accept(value)
        if not 0 <= seconds <= LARGEST:
            raise Misfit.expected(self.expected, "another value")
        return seconds

    def write(self, value: float) -> float:
        return round(value, 3)


class _Between(Whole):
    """A whole number between two limits."""

    def __init__(self, low: int, high: int) -> None:
        self.limits = range(low, high + 1)
        self.expected = f"a whole number from {low} to {high}"

    def accept(self, value: object) -> int:
        number = super().accept(value)
        if number not in self.limits:
            raise Misfit.expected(self.expected, "another value")
        return number


class _Switch(Boolean):
    expected = "true or false"


class _Form(Text):
    """Text that matches each of several patterns, given with the words for errors."""

    def __init__(self, *forms: tuple[re.Pattern[str], str]) -> None:
        self.forms = forms

    def accept(self, value: object) -> str:
        text = super().accept(value)
        for pattern, expected in self.forms:
            if not pattern.fullmatch(text):
                raise Misfit.expected(expected, "another text")
        return text


class _Failure(Text):
    """Why there is no reply."""

    expected = f"one of {', '.join(FAILURES)}"

    def accept(self, value: object) -> str:
        if value not in FAILURES:
            raise Misfit.expected(self.expected, "another value")
        return cast("str", value)


SECONDS = _Seconds()
SIZE = _Between(0, LARGEST)
STATUS = _Between(100, 999)
SWITCH = _Switch()
METHOD = _Form((re.compile(r"[A-Za-z]+"), "a method such as POST"))
PATH = _Form((re.compile(r"/.*", re.DOTALL), "a path that begins with /"), ENCODED)
QUERY = _Form(ENCODED)
CONTENT_TYPE = _Form((re.compile(r"[ -~]*"), ENCODED[1]))
FAILURE = _Failure()


class RecordedRequestKind(Nested[D]):
    """A request; a body that is a JSON object stands as ``json``, any other as ``text``.

    A nested object is easier to read than a string with an object in it.
    """

    def read(self, value: object) -> D:
        """Return the request, with its body as text."""
        if not isinstance(value, Mapping):
            raise self.refused(value)
        rest = dict(cast("Mapping[str, object]", value))
        body = rest.pop("json", None)
        if body is not None:
            if not isinstance(body, Mapping) or rest.get("text"):
                expected = "an object without text beside it"
                raise Misfit((".json", f"expected {expected}, got another value"))
            rest["text"] = json.dumps(body, separators=(",", ":"))
        return super().read(rest)

    def write(self, value: D) -> dict[str, object]:
        """Return the JSON object, without a body that is empty."""
        request = super().write(value)
        body = cast("str", request.pop("text"))
        if body.startswith("{"):
            return {**request, "json": json.loads(body)}
        return {**request, "text": body} if body else request


class RecordedReplyKind(Nested[D]):
    """A reply; a failure has neither a type nor a size."""

    def write(self, value: D) -> dict[str, object]:
        """Return the JSON object."""
        reply = super().write(value)
        names = ("status", "failure") if "failure" in reply else tuple(reply)
        return {name: reply[name] for name in names}
