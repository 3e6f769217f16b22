"""Arguments of the operations on conferences.

Vendor page: dev.bandwidth.com/apis/voice (schemas updateConference and updateConferenceMember,
parameters of listConferences).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Literal, cast

from bxml._kinds import Boolean, Default, Range, Text
from bxml._record import KW_ONLY
from bxml._wording import InvalidValue, quoted
from callcontrol._request_types import Record, RequestProblem, Rule, record
from callcontrol._requests import (
    URL,
    CallId,
    Method,
    Password,
    Url,
    UserName,
    When,
    Word,
    identifier,
    in_order,
    moment,
)

CONFERENCE_ID = identifier("a conference id")

ConferenceId = Annotated[str, CONFERENCE_ID]
_COACHED = Text("a list of call ids")


def _call_ids(value: object) -> tuple[str, ...]:
    """Return call ids as a tuple; a single text is refused, because it is a list of letters."""
    is_list = isinstance(value, list | tuple)
    items = cast("Sequence[object]", value) if is_list else (None,)
    ids = tuple(item for item in items if isinstance(item, str) and item)
    if len(ids) != len(items):
        raise InvalidValue("bad-list", f"expected {_COACHED.expected}, got {quoted(value)}")
    return ids


@record("list_conferences")
class ListConferences(Record):
    """Arguments of ``list_conferences``."""

    readers = MappingProxyType({"min_created_time": moment, "max_created_time": moment})
    rules = (in_order("min_created_time", "max_created_time"),)

    _: KW_ONLY
    name: Word | None = None
    """Only conferences of exactly this name."""
    min_created_time: When | None = None
    """Only conferences that were created then or later; a datetime needs a zone."""
    max_created_time: When | None = None
    """Only conferences that were created then or earlier."""
    page_size: Annotated[int, Range(1, 1000), Default(1000)] | None = None
    """Conferences fetched at a time, 1 to 1,000."""


_ONLY_ACTIVE = (
    "redirect_url",
    "redirect_method",
    "redirect_fallback_url",
    "redirect_fallback_method",
)


def _status_and_url(values: Mapping[str, object]) -> Iterator[RequestProblem]:
    if values["status"] != "completed":
        if values["redirect_url"] is None:
            text = f"expected {URL} with status 'active' (the default), got nothing"
            hint = "status='completed' ends the conference"
            yield RequestProblem("redirect_url", "required-field-missing", text, hint)
        return
    for name in _ONLY_ACTIVE:
        if values[name] is not None:
            text = "expected nothing with status 'completed', got a value"
            yield RequestProblem(name, "surplus-field", text)


@record("update_conference")
class UpdateConference(Record):
    """Arguments of ``update_conference``."""

    in_path = ("conference_id",)
    rules = (Rule(("status", *_ONLY_ACTIVE), _status_and_url),)

    conference_id: ConferenceId
    _: KW_ONLY
    status: Annotated[Literal["active", "completed"], Default("active")] | None = None
    """``active`` fetches BXML from ``redirect_url``; ``completed`` ends the conference."""
    redirect_url: Url | None = None
    """Gets the conferenceRedirect webhook and replies with the BXML to run; only with
    ``active``."""
    redirect_method: Method | None = None
    username: UserName | None = None
    """For ``redirect_url``."""
    password: Password | None = None
    redirect_fallback_url: Url | None = None
    """Second try for the webhook."""
    redirect_fallback_method: Method | None = None
    fallback_username: UserName | None = None
    """For ``redirect_fallback_url``."""
    fallback_password: Password | None = None


def _any_change(values: Mapping[str, object]) -> Iterator[RequestProblem]:
    if all(value is None for value in values.values()):
        text = "expected mute, hold or call_ids_to_coach, got nothing to change"
        yield RequestProblem("mute", "required-field-missing", text)


_CHANGES = ("mute", "hold", "call_ids_to_coach")


@record("update_conference_member")
class UpdateConferenceMember(Record):
    """Arguments of ``update_conference_member``."""

    in_path = ("conference_id", "call_id")
    readers = MappingProxyType({"call_ids_to_coach": _call_ids})
    rules = (Rule(_CHANGES, lambda values: _any_change({name: values[name] for name in _CHANGES})),)

    conference_id: ConferenceId
    call_id: CallId
    _: KW_ONLY
    mute: Annotated[bool, Boolean()] | None = None
    """Whether the others do not hear it."""
    hold: Annotated[bool, Boolean()] | None = None
    """Whether it neither hears nor is heard."""
    call_ids_to_coach: Annotated[Sequence[str], _COACHED] | None = None
    """The only members that hear it; an empty list ends coaching."""


@record("list_conference_recordings")
class ListConferenceRecordings(Record):
    """Arguments of ``list_conference_recordings``."""

    in_path = ("conference_id",)

    conference_id: ConferenceId
