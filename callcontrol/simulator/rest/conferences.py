"""Conferences and their members, from request record to reply record."""

from collections.abc import Mapping
from datetime import datetime
from itertools import islice

from callcontrol.simulator.core.clock import timestamp
from callcontrol.simulator.core.messages import Operation
from callcontrol.simulator.core.platform import Platform
from callcontrol.simulator.core.rooms import Room, RoomMember
from callcontrol.simulator.errors import quoted
from callcontrol.simulator.rest import more_bodies
from callcontrol.simulator.rest.messages import RestReply, RestRequest, json_reply
from callcontrol.simulator.rest.operations import Ids, Perform, checked_document, lenient
from callcontrol.simulator.rest.query import (
    after,
    moment,
    next_query,
    page_size,
    parameters,
    without_token,
)
from callcontrol.simulator.rest.refusal import Refusal

MAX_PAGE = 1000
_PARAMETERS = ("name", "minCreatedTime", "maxCreatedTime", "pageSize", "pageToken")


def list_conferences(platform: Platform, request: RestRequest, _: Ids) -> RestReply:
    """Return a page of conferences without their members, oldest first."""
    values = parameters(request.query, _PARAMETERS, ignore_unknown=lenient(platform))
    low, high = moment("minCreatedTime", values), moment("maxCreatedTime", values)
    size, start = page_size(values, MAX_PAGE), after(values)

    def wanted(room: Room) -> bool:
        named = values.get("name", room.name) == room.name
        return named and (low or room.created) <= room.created <= (high or room.created)

    with platform.lock:
        rooms = (room for room in platform.rooms.by_id.values() if room.serial > start)
        found = list(islice(filter(wanted, rooms), size + 1))
    body = [_metadata(room) for room in found[:size]]
    if len(found) <= size:
        return json_reply(200, body)
    query = next_query(without_token(values), found[size - 1].serial)
    return json_reply(200, body, ("Link", f'<{_url(platform)}?{query}>; rel="next"'))


def get_conference(platform: Platform, _: RestRequest, ids: Ids) -> RestReply:
    """Return a conference with the calls in it."""
    with platform.lock:
        room = _known(platform, ids)
        members = [_member(platform, room, member) for member in room.room_members]
        return json_reply(200, {**_metadata(room), "activeMembers": members})


def update_conference(platform: Platform, request: RestRequest, ids: Ids) -> RestReply:
    """Fetch a document for a conference, or end it (K6, K10)."""
    fields = more_bodies.update_conference(request.body, ignore_unknown=lenient(platform))
    with platform.lock:
        room = _running(platform, ids)
        if fields["status"] == "completed":
            room.end()
        else:
            room.redirect(fields)
    return RestReply(204)


def update_conference_bxml(platform: Platform, request: RestRequest, ids: Ids) -> RestReply:
    """Let all members hear a document (K11)."""
    document = checked_document(platform, request.body, "conference-update")
    with platform.lock:
        _running(platform, ids).push(document)
    return RestReply(204)


def get_member(platform: Platform, _: RestRequest, ids: Ids) -> RestReply:
    """Return a call in a conference."""
    with platform.lock:
        room = _known(platform, ids)
        return json_reply(200, _member(platform, room, _known_member(room, ids)))


def update_member(platform: Platform, request: RestRequest, ids: Ids) -> RestReply:
    """Change who hears whom (K8)."""
    fields = more_bodies.update_member(request.body, ignore_unknown=lenient(platform))
    with platform.lock:
        room = _known(platform, ids)
        room.change(_known_member(room, ids).call_id, fields)
    return RestReply(204)


def _known(platform: Platform, ids: Ids) -> Room:
    room = platform.rooms.by_id.get(ids["conferenceId"])
    if room is None:
        raise Refusal(404, f"Conference [{quoted(ids['conferenceId'])}] not found")
    return room


def _running(platform: Platform, ids: Ids) -> Room:
    """Return a conference that can be updated (K12)."""
    room = _known(platform, ids)
    if room.completed is not None:
        raise Refusal(404, f"Conference [{quoted(ids['conferenceId'])}] not found")
    return room


def _known_member(room: Room, ids: Ids) -> RoomMember:
    found = next((it for it in room.room_members if it.call_id == ids["memberId"]), None)
    if found is None:
        raise Refusal(404, f"Member [{quoted(ids['memberId'])}] not found")
    return found


def _url(platform: Platform) -> str:
    return f"{platform.account_url}/conferences"


def _member(platform: Platform, room: Room, member: RoomMember) -> Mapping[str, object]:
    return {
        "callId": member.call_id,
        "conferenceId": room.id,
        "memberUrl": f"{_url(platform)}/{room.id}/members/{member.call_id}",
        "mute": member.mute,
        "hold": member.hold,
        "callIdsToCoach": list(member.coaches),
    }


def _metadata(room: Room) -> Mapping[str, object]:
    target = room.event_target
    return {
        "id": room.id,
        "name": room.name,
        "createdTime": timestamp(room.created),
        "completedTime": _optional(room.completed),
        "conferenceEventUrl": target and target.url,
        "conferenceEventMethod": target and target.method,
        "tag": room.tag,
    }


def _optional(moment: datetime | None) -> str | None:
    return None if moment is None else timestamp(moment)


CONFERENCES: Mapping[Operation, Perform] = {
    "listConferences": list_conferences,
    "getConference": get_conference,
    "updateConference": update_conference,
    "updateConferenceBxml": update_conference_bxml,
    "getConferenceMember": get_member,
    "updateConferenceMember": update_member,
}
"""The operations of this module."""
