"""How does a peer take in events over HTTP? As ours does: POST /api/events, answered after the durable work."""

import hmac
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager

import msgspec
import uvloop
from aiohttp import web

from bench.load import TOKEN
from bench.peers.work import Event, parse

TakeIn = Callable[[Sequence[Event]], Awaitable[int]]
"""Makes events durable, with what follows from them; how many of them were new."""
Opened = Callable[[str], AbstractAsyncContextManager[TakeIn]]
"""Opens the store at a URL."""

TAKE_IN: web.AppKey[TakeIn] = web.AppKey("take_in")


def serve(opened: Opened) -> None:
    """Serve until told to stop; port and database come from the environment, as with `bot serve`."""

    async def opening(app: web.Application) -> AsyncGenerator[None]:
        async with opened(os.environ["DINGDAN_DATABASE_URL"]) as take_in:
            app[TAKE_IN] = take_in
            yield

    app = web.Application(client_max_size=2 << 20)
    app.cleanup_ctx.append(opening)
    app.add_routes([web.post("/api/events", _post), web.get("/healthz", _alive)])
    run(app)


def run(app: web.Application) -> None:
    """Run an application as every server of the bench runs."""
    uvloop.install()
    port = int(os.environ["DINGDAN_HTTP__PORT"])
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None)


async def _post(request: web.Request) -> web.Response:
    if not hmac.compare_digest(request.headers.get("Authorization", ""), f"Bearer {TOKEN}"):
        return web.json_response({"status": 401}, status=401)
    try:
        events = parse(await request.read())
    except msgspec.DecodeError as error:
        return web.json_response({"status": 400, "detail": str(error)}, status=400)
    accepted = await request.app[TAKE_IN](events)
    answer = {"accepted": accepted, "duplicates": len(events) - accepted, "rejected": ()}
    return web.Response(status=202, body=msgspec.json.encode(answer), content_type="application/json")


async def _alive(_request: web.Request) -> web.Response:
    return web.Response()
