"""The ceiling: an answer without any work behind it."""

from aiohttp import web

from bench.peers.web import run


async def post(request: web.Request) -> web.Response:
    await request.read()
    return web.json_response({"accepted": 0, "duplicates": 0, "rejected": []}, status=202)


async def alive(_request: web.Request) -> web.Response:
    return web.Response()


if __name__ == "__main__":
    app = web.Application(client_max_size=2 << 20)
    app.add_routes([web.post("/api/events", post), web.get("/healthz", alive)])
    run(app)
