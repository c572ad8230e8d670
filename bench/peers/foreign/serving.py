"""How does a callback that is written with aiohttp serve? On the port that the environment names, in one process."""

import os
from collections.abc import Awaitable, Callable

import uvloop
from aiohttp import web


def serve(receive: Callable[[web.Request], Awaitable[web.Response]]) -> None:
    """Answer callbacks with `receive` until told to stop."""
    app = web.Application()
    app.add_routes([web.post("/wecom/callback", receive), web.get("/healthz", _alive)])
    uvloop.install()
    web.run_app(
        app, host="127.0.0.1", port=int(os.environ["DINGDAN_HTTP__PORT"]), print=None, access_log=None
    )


async def _alive(_request: web.Request) -> web.Response:
    return web.Response()
