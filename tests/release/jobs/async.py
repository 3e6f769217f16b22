"""What the extra ``[async]`` is for: ``AsyncClient`` against the simulator, in an event loop."""

import asyncio

from callcontrol import AsyncClient
from callcontrol.simulator import Simulator


async def calls(simulator: Simulator) -> None:
    """Place a call, list it, end it, and look at it."""
    async with AsyncClient(
        simulator.account_id,
        client_id=simulator.client_id,
        client_secret=simulator.client_secret,
        base_url=simulator.base_url,
        token_url=simulator.token_url,
    ) as client:
        call = await client.create_call(
            to="+19195551234",
            from_="+19195550000",
            application_id="app",
            answer_url="https://example.com/answer",
        )
        assert [found.call_id async for found in client.list_calls()] == [call.call_id]
        await client.hang_up(call.call_id)
        ended = await client.get_call_state(call.call_id)
        assert ended.state == "disconnected", ended


with Simulator() as simulator:
    asyncio.run(calls(simulator))
print("done")
