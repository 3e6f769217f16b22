"""Where is my parcel: the caller waits while a slow system is asked, then hears its reply.

    uvicorn parcel_fastapi:app --port 5000

Give http://.../voice to your voice application as the URL of inbound calls. Needs BW_ACCOUNT_ID,
BW_CLIENT_ID and BW_CLIENT_SECRET, because the reply replaces the document of the live call.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import BackgroundTasks, Depends, FastAPI, Request

from bxml import Bxml, Document, Gather, Response, SpeakSentence
from callcontrol import (
    AsyncClient,
    CallControlError,
    ConflictError,
    GatherEvent,
    InitiateEvent,
    NotFoundError,
)
from callcontrol.integrations.fastapi import WebhookRoute, webhook

PARCELS = {"+19195559876": "comes tomorrow", "+19195559877": "is at our office"}
"""By the number of the customer."""
SECONDS = 20
"""How long the system of parcels takes; a webhook is answered within 15 seconds."""
log = logging.getLogger("parcels")


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    """Keep one client for the whole process, with its connections and its access token."""
    async with AsyncClient.from_env() as app.state.client:
        yield


app = FastAPI(lifespan=lifespan)
app.router.route_class = WebhookRoute


async def client_of(request: Request) -> AsyncClient:
    """Return the client of the process."""
    client: AsyncClient = request.app.state.client
    return client


Platform = Annotated[AsyncClient, Depends(client_of)]


async def look_up(customer: str) -> str | None:
    """Return where the parcel is; put a request to your own system in its place."""
    await asyncio.sleep(SECONDS)
    return PARCELS.get(customer)


def hold() -> Document:
    """Keep the call alive until the result comes; the caller hears the end only if that fails."""
    waiting = Response().speak_sentence("One moment, please.").pause(duration=60)
    return waiting.speak_sentence("Our system does not reply. Please call later.").hangup()


async def tell(client: AsyncClient, event: InitiateEvent | GatherEvent, base_url: str) -> None:
    """Look the parcel up, and replace what the call plays with the result."""
    found = await look_up(event.from_ or "")
    text = f"Your parcel {found}." if found else "We have no parcel for you."
    prompt = SpeakSentence(f"{text} Press 1 to ask again.")
    document = Bxml(Gather(prompt, gather_url="/key", max_digits=1))
    try:
        # A document that is pushed came from no URL, so its own URLs have to be absolute.
        await client.update_call_bxml(event.call_id, document.with_base_url(base_url))
    except (ConflictError, NotFoundError):
        log.info("%s: the caller did not wait", event.call_id)
    except CallControlError as error:
        log.error("%s", error)  # noqa: TRY400 - its text says all, the traceback nothing more


@app.post("/voice")
async def voice(
    event: Annotated[InitiateEvent, webhook(InitiateEvent)],
    request: Request,
    client: Platform,
    background: BackgroundTasks,
) -> Document:
    """Reply at once; the task runs after the reply."""
    background.add_task(tell, client, event, str(request.base_url))
    return hold()


@app.post("/key")
async def key(
    event: Annotated[GatherEvent, webhook(GatherEvent)],
    request: Request,
    client: Platform,
    background: BackgroundTasks,
) -> Document:
    """Ask the system again, or say goodbye."""
    if event.digits != "1":
        return Response().speak_sentence("Goodbye.").hangup()
    background.add_task(tell, client, event, str(request.base_url))
    return hold()
