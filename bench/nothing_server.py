"""The ceiling: an answer without any work behind it."""

import os

import uvloop
from aiohttp import web


async def post(request: web.Request) -> web.Response:
    await request.read()
    return web.json_response({"accepted": 0, "duplicates": 0, "rejected": []}, status=202)


async def alive(_request: web.Request) -> web.Response:
    return web.Response()


if __name__ == "__main__":
    app = web.Application(client_max_size=2 << 20)
    app.add_routes([web.post("/api/events", post), web.get("/healthz", alive)])
    uvloop.install()
    web.run_app(
        app, host="127.0.0.1", port=int(os.environ["DINGDAN_HTTP__PORT"]), print=None, access_log=None
    )
