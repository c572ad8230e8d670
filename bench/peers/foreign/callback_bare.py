"""The ceiling of a callback: the body read, an answer, and no work."""

from aiohttp import web

from bench.peers.foreign.serving import serve


async def receive(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(text="")


if __name__ == "__main__":
    serve(receive)
