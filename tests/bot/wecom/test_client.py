"""Which answers are WeCom's? A message to a customer counts as sent only when WeCom itself has said so."""

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from bot.clock import ManualClock
from bot.redis import EMBEDDED, open_redis
from bot.settings import Wecom
from bot.wecom.answers import Answer, NoAnswerError, unheard
from bot.wecom.client import SEND_KF, WecomClient

TOKEN = {"errcode": 0, "errmsg": "ok", "access_token": "t", "expires_in": 7200}


async def sent(status: int, body: object) -> Answer:
    """What comes of a call that is answered like this."""

    async def token(_: web.Request) -> web.Response:
        return web.json_response(TOKEN)

    async def send(_: web.Request) -> web.Response:
        return web.json_response(body, status=status)

    app = web.Application()
    app.add_routes([web.get("/cgi-bin/gettoken", token), web.post(f"/cgi-bin/{SEND_KF}", send)])
    async with TestServer(app) as server, aiohttp.ClientSession() as session, open_redis(EMBEDDED) as cache:
        settings = Wecom(
            api_base=str(server.make_url("/")), corp_id="ww", agent_id=1000002, secret=SecretStr("s")
        )
        client = WecomClient(session, settings, cache, now=ManualClock().now, heard=unheard)
        return await client.call(SEND_KF, b"{}")


async def test_an_errcode_of_zero_is_an_acceptance() -> None:
    assert (await sent(200, {"errcode": 0, "errmsg": "ok"})).ok


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (502, {"message": "bad gateway"}),
        (503, {"errcode": 0, "errmsg": "ok"}),
        (200, {"message": "welcome to the proxy"}),
        (200, ["errcode", 0]),
    ],
)
async def test_what_a_proxy_says_is_no_answer(status: int, body: object) -> None:
    with pytest.raises(NoAnswerError):
        await sent(status, body)
