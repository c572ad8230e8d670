"""Does the sandbox give and check tokens as WeCom does? Page 91039, wecom.md §3.1 and §3.2."""

from datetime import timedelta

import aiohttp
import pytest

from bot.clock import ManualClock
from bot.sandbox.config import Knobs, TokenRepeat
from bot.sandbox.server import Sandbox
from tests.bot.sandbox.harness import App, a_sandbox, an_app


async def test_91039_a_token_lives_7200_seconds(app: App, clock: ManualClock) -> None:
    config = app.sandbox.config
    answer = await app.get("gettoken", corpid=config.corp_id, corpsecret=config.secret)
    assert answer["expires_in"] == 7200
    assert len(answer["access_token"].encode()) <= 512
    app.token = answer["access_token"]
    clock.advance(timedelta(seconds=7199.999))
    assert (await app.send())["errcode"] == 0
    clock.advance(timedelta(milliseconds=1))
    assert (await app.send())["errcode"] == 42001


@pytest.mark.parametrize(
    ("query", "errcode"),
    [
        ({"corpsecret": "x"}, 41002),
        ({"corpid": "ww1"}, 41004),
        ({"corpid": "ww1", "corpsecret": "x"}, 40013),
    ],
)
async def test_91039_gettoken_refuses(app: App, query: dict[str, str], errcode: int) -> None:
    assert (await app.get("gettoken", **query))["errcode"] == errcode


async def test_91039_a_wrong_secret_is_40001(app: App) -> None:
    corp_id = app.sandbox.config.corp_id
    answer = await app.get("gettoken", corpid=corp_id, corpsecret=app.sandbox.config.secret + "x")
    assert answer["errcode"] == 40001
    assert "access_token" not in answer


async def test_90313_every_call_needs_a_known_token(app: App) -> None:
    for path in (
        "message/send",
        "message/update_template_card",
        "message/recall",
        "kf/send_msg",
        "kf/sync_msg",
    ):
        app.token = ""
        assert (await app.call(path, {}))["errcode"] == 41001
        app.token = "never-issued"
        assert (await app.call(path, {}))["errcode"] == 40014


async def test_3_1_the_unkind_default_invalidates_the_older_token(app: App) -> None:
    older = app.token
    await app.log_in()
    assert app.token != older
    assert (await app.send())["errcode"] == 0
    app.token = older
    assert (await app.send())["errcode"] == 40014


@pytest.mark.parametrize(("repeat", "same"), [(TokenRepeat.SAME, True), (TokenRepeat.FRESH, False)])
async def test_3_1_the_other_readings_of_a_repeated_gettoken(repeat: TokenRepeat, same: bool) -> None:
    async with a_sandbox(Knobs(token_repeat=repeat)) as sandbox, an_app(sandbox) as app:
        older = app.token
        await app.log_in()
        assert (app.token == older) is same
        app.token = older
        assert (await app.send())["errcode"] == 0


async def test_3_1_tokens_of_two_apps_are_independent() -> None:
    async with a_sandbox(other_apps={1000003: "other-secret"}) as sandbox, an_app(sandbox) as app:
        first = app.token
        await app.log_in("other-secret", 1000003)
        assert (await app.send())["errcode"] == 0
        assert (await app.send(agentid=1000002))["errcode"] == 301002
        app.token = first
        assert (await app.send(agentid=1000002))["errcode"] == 0


async def test_90313_get_where_post_is_required_is_40058(app: App) -> None:
    assert (await app.get("message/send", access_token=app.token))["errcode"] == 40058


async def test_3_2_the_http_status_is_200_even_for_an_error(sandbox: Sandbox) -> None:
    async with aiohttp.ClientSession() as http:
        url = f"{sandbox.api_base}/cgi-bin/message/send"
        async with http.post(url, data=b"{") as response:
            assert response.status == 200
            assert response.content_type == "application/json"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"null", b"[" * 100_000])
async def test_90313_invalid_json_is_40058(app: App, body: bytes) -> None:
    assert (await app.call("message/send", body))["errcode"] == 40058


@pytest.mark.parametrize("content", ["\\ud83d", "x\\udc00y"])
async def test_90313_half_a_surrogate_pair_is_40058(app: App, content: str) -> None:
    head = f'{{"touser":"zhangsan","agentid":{app.agent_id},"msgtype":"text","text":{{"content":'
    assert (await app.call("message/send", f'{head}"{content}"}}}}'.encode()))["errcode"] == 40058
    assert (await app.call("message/send", f'{head}"\\ud83d\\ude4f"}}}}'.encode()))["errcode"] == 0


async def test_90313_a_field_of_the_wrong_shape_is_40058(app: App) -> None:
    for fields in ({"button": 5}, {"userids": [5]}, {"atall": "1"}):
        body = {"agentid": app.agent_id, "response_code": "x"} | fields
        assert (await app.call("message/update_template_card", body))["errcode"] == 40058
