"""A callback as most tutorials have it: Flask, with wechatpy; Redis knows repeats. Run by gunicorn."""

import os

import redis
from flask import Flask, Response, request
from wechatpy.enterprise import parse_message
from wechatpy.enterprise.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidSignatureException

crypto = WeChatCrypto(
    os.environ["DINGDAN_WECOM__CALLBACK_TOKEN"],
    os.environ["DINGDAN_WECOM__AES_KEY"],
    os.environ["DINGDAN_WECOM__CORP_ID"],
)
store = redis.from_url(os.environ["BENCH_REDIS"])
app = Flask(__name__)


@app.get("/healthz")
def alive() -> Response:
    return Response("")


@app.post("/wecom/callback")
def receive() -> Response:
    query = request.args
    try:
        xml = crypto.decrypt_message(
            request.get_data(), query["msg_signature"], query["timestamp"], query["nonce"]
        )
    except InvalidSignatureException:
        return Response(status=403)
    message = parse_message(xml)
    store.set(f"seen:{message.id}", "1", nx=True, ex=86_400)
    return Response("")
