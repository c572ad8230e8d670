"""The ceiling of a callback: the body read, an answer, and no work."""

import os

import uvloop
from aiohttp import web


async def receive(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(text="")


async def alive(_request: web.Request) -> web.Response:
    return web.Response()


if __name__ == "__main__":
    app = web.Application()
    app.add_routes([web.post("/wecom/callback", receive), web.get("/healthz", alive)])
    uvloop.install()
    web.run_app(
        app, host="127.0.0.1", port=int(os.environ["DINGDAN_HTTP__PORT"]), print=None, access_log=None
    )
