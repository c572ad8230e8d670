"""A callback as it is written with aiohttp: wechatpy opens it, xmltodict reads it, Redis knows repeats."""

import os

import redis.asyncio
import xmltodict
from aiohttp import web
from wechatpy.enterprise.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidSignatureException

from bench.peers.foreign.serving import serve

crypto = WeChatCrypto(
    os.environ["DINGDAN_WECOM__CALLBACK_TOKEN"],
    os.environ["DINGDAN_WECOM__AES_KEY"],
    os.environ["DINGDAN_WECOM__CORP_ID"],
)
store = redis.asyncio.from_url(os.environ["BENCH_REDIS"])


async def receive(request: web.Request) -> web.Response:
    query = request.query
    try:
        xml = crypto.decrypt_message(
            await request.text(), query["msg_signature"], query["timestamp"], query["nonce"]
        )
    except InvalidSignatureException:
        return web.Response(status=403)
    message = xmltodict.parse(xml)["xml"]
    await store.set(f"seen:{message['MsgId']}", "1", nx=True, ex=86_400)
    return web.Response(text="")


if __name__ == "__main__":
    serve(receive)
