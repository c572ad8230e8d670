"""What stands for WeCom while we measure? An address that takes every card at once, and notes when it came."""

import re
import sys
import time

import uvloop
from aiohttp import web

ORDER = re.compile(rb"SO\d{9}")
TOKEN = {"errcode": 0, "errmsg": "ok", "access_token": "token", "expires_in": 7200}
TAKEN = {"errcode": 0, "errmsg": "ok", "msgid": "1", "response_code": "code"}

_came: list[tuple[str, float]] = []
"""Of every card the order, and when its request had come in, in milliseconds since 1970."""


async def token(_request: web.Request) -> web.Response:
    return web.json_response(TOKEN)


async def take(request: web.Request) -> web.Response:
    body = await request.read()
    at = time.time() * 1000
    found = ORDER.search(body)
    if found:
        _came.append((found[0].decode(), at))
    return web.json_response(TAKEN)


async def came(_request: web.Request) -> web.Response:
    return web.json_response(_came)


if __name__ == "__main__":
    app = web.Application()
    app.add_routes([
        web.get("/cgi-bin/gettoken", token),
        web.post("/cgi-bin/message/send", take),
        web.get("/came", came),
    ])  # fmt: skip
    uvloop.install()
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
