"""AsyncClient as strict users see it: every marked line is an error for both checkers."""

from collections.abc import AsyncIterator, Coroutine
from typing import Any, reveal_type

from bxml import Bxml
from callcontrol import AsyncClient, Client
from callcontrol.models import CallState, CreatedCall

CALL_ID = "c-15ac29a2-1331029c-2cb0-4a07-b215-b22865662d85"


async def correct(client: AsyncClient) -> list[str]:
    """Use the names of ``Client``, awaited."""
    call: CreatedCall = await client.create_call(
        to="+19195551234", from_="+19195550100", application_id="a", answer_url="https://a.example"
    )
    state: CallState = await client.get_call_state(call.call_id)
    await client.update_call_bxml(state.call_id, Bxml().hangup())
    later: Coroutine[Any, Any, None] = client.hang_up(CALL_ID)
    await later
    quick: AsyncClient = client.with_options(timeout=2, max_retries=0)
    raw = await quick.with_raw_reply.get_call_state(CALL_ID)
    number: int = raw.status
    same: CallState = raw.value
    pages: AsyncIterator[CallState] = client.list_calls(page_size=10)
    found = [each.call_id async for each in client.list_calls(to="+19195551234")]
    rooms = [room.id async for room in client.list_conferences()]
    return [*found, *rooms, same.call_id, str(number), repr(pages)]


async def from_environment() -> None:
    """Open and close a client."""
    async with AsyncClient.from_env(timeout=5) as client:
        await client.hang_up(CALL_ID)


async def mistaken(client: AsyncClient) -> None:
    """Confuse the two clients, or their arguments."""
    await client.hang_up(call=CALL_ID)  # E: wrong keyword of an awaited method
    await client.hang_up()  # E: missing argument
    await client.hang_up(5)  # E: number instead of text
    await client.create_call(to="+19195551234")  # E: missing required arguments
    await client.redirect_call(CALL_ID, redirect_uri="https://a.example")  # E: misspelt keyword
    await client.update_call_bxml(CALL_ID, 5)  # E: number instead of a document
    await client.update_call_bmxl(CALL_ID, Bxml())  # E: misspelt method
    client.hang_up(CALL_ID)  # E: forgotten await, nothing uses the result
    state: CallState = client.get_call_state(CALL_ID)  # E: forgotten await, the result is used
    assert client.get_call_state(CALL_ID).state  # E: attribute of what was not awaited
    for _ in client.list_calls():  # E: for instead of async for
        pass
    await client.list_calls()  # E: a list is iterated, not awaited
    async for _ in client.list_calls(page=2):  # E: wrong keyword of a list
        pass
    with AsyncClient.from_env():  # E: with instead of async with
        pass
    assert state
    AsyncClient("9900000", session=None)  # E: an argument of Client alone


def blocking(client: Client) -> None:
    """Show the same names in ``Client``, which are not awaited."""
    client.hang_up(CALL_ID)
    reveal_type(client.create_call)  # R: create_call
    reveal_type(client.get_call_state(CALL_ID))  # R: state


def awaited(client: AsyncClient) -> None:
    """Show the parameters of ``AsyncClient``, which are those of ``Client``."""
    reveal_type(client.create_call)  # R: create_call
    reveal_type(client.list_calls())  # R: calls
