"""No secret leaves: planted ones are in no log line, metric, answer, name in Redis or row of the database (S-22)."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from bot.redis import open_redis
from bot.sandbox.config import SandboxConfig
from bot.storage.views import Views
from tests.deployment import Deployment
from tests.scenarios.callbacks import call, command, sealed
from tests.scenarios.shop import INGEST, READ, Shop, a_shop

NO = "DB20251222-883"
IN_ENVIRONMENT = {
    "DINGDAN_SECRET_KEY": "canary-0-secret-key",
    "DINGDAN_API__TOKEN": READ,
    "DINGDAN_INGEST__TOKEN": INGEST,
    "DINGDAN_WEBHOOK__KEY": "canary-1-webhook-key",
}
IN_FILES = {
    "webhooks": "canary-2-webhook-of-a-file",
    "tokens": "canary-3-token-of-a-file",
    "api": "canary-9-api-token-of-a-file",
}
IN_HEADERS = {"Authorization": "Bearer canary-4-bearer", "Cookie": "session=canary-5-cookie"}
IN_QUERY = {"token": "canary-6-query", "code": "canary-7-login-code", "state": "canary-8-state"}


def planted(shop: Shop) -> list[str]:
    """Every secret that the story has; those of WeCom are the sandbox's."""
    config: SandboxConfig = shop.wecom.config
    ours = [value for name, value in IN_ENVIRONMENT.items() if name.endswith(("KEY", "TOKEN"))]
    wecom = [config.secret, config.callback_token, config.aes_key, config.bot_secret]
    given = [*IN_FILES.values(), *IN_QUERY.values(), "canary-4-bearer", "canary-5-cookie"]
    return [*ours, *wecom, *given]


async def test_none_of_the_planted_secrets_is_seen_anywhere(
    tmp_path: Path,
    redis: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    keys = tmp_path / "webhooks.yaml"
    keys.write_text(json.dumps({"second": IN_FILES["webhooks"]}), "utf-8")
    tokens = tmp_path / "tokens.yaml"
    tokens.write_text(json.dumps({IN_FILES["tokens"]: {"source": "/erp"}}), "utf-8")
    programs = tmp_path / "api-tokens.yaml"
    program = {"token": IN_FILES["api"], "name": "monday", "scopes": ["orders", "health"]}
    programs.write_text(json.dumps({"tokens": [program]}), "utf-8")
    caplog.set_level(logging.DEBUG)
    deployment = await Deployment(
        folder=tmp_path, database_url=f"sqlite://{tmp_path / 'dingdan.db'}", redis_url=redis
    ).cleared()
    settings: dict[str, Any] = {
        **IN_ENVIRONMENT,
        "DINGDAN_WEBHOOK__KEYS_FILE": str(keys),
        "DINGDAN_INGEST__TOKENS_FILE": str(tokens),
        "DINGDAN_API__TOKENS_FILE": str(programs),
    }
    async with a_shop(deployment, **settings) as shop:
        secrets = planted(shop)
        assert len(set(secrets)) >= 12
        bodies = await the_whole_story(shop, monkeypatch)
        seen = {
            "bodies": "\n".join(bodies),
            "redis": await names_in(redis),
            "database": await rows_of(shop),
        }
    written = capfd.readouterr()
    seen |= {"log": written.out + written.err + caplog.text}
    assert "RuntimeError: a bug" in seen["log"]
    assert "dingdan:token" in seen["redis"]
    assert NO in seen["database"]
    assert {(place, secret) for place, text in seen.items() for secret in secrets if secret in text} == set()


async def the_whole_story(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A case with all that can go wrong on its way; the bodies of the answers."""
    for path, fault in {
        "message/send": "accept_then_drop",
        "aibot_send_msg": -1,
        "gettoken": 40001,
        "kf/send_msg": "5xx",
        "webhook/send": 93000,
    }.items():
        shop.wecom.fault(path, fault, times=1)
    await shop.customer_writes(NO)
    await shop.created(NO)
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=7)
    await shop.taps("zhangsan", shop.group_cards[-1], "发送回复")
    await shop.passes(minutes=2)
    await call(shop, sealed(shop, command(shop, f"/原因 {NO} 支付通道维护")))
    with monkeypatch.context() as patch:
        patch.setattr(Views, "figures", a_bug)
        return [*(await answers(shop)), *(await answers(shop))]


async def a_bug(*_: object) -> None:
    """What nobody has foreseen."""
    raise RuntimeError("a bug")


async def answers(shop: Shop) -> list[str]:
    """What every address says to somebody who brings secrets of his own."""
    bodies: list[str] = []
    for path in (
        "/metrics",
        "/readyz",
        "/healthz",
        "/",
        "/api/anomalies",
        "/openapi.json",
        "/wecom/callback",
        "/a/x",
        "/l/x",
    ):
        for headers in (
            IN_HEADERS,
            {},
            {"Authorization": f"Bearer {READ}"},
            {"Authorization": f"Bearer {IN_FILES['api']}"},
        ):
            async with shop.http.get(f"{shop.address}{path}", params=IN_QUERY, headers=headers) as response:
                bodies.append(await response.text() + str(dict(response.headers)))
    async with shop.http.post(f"{shop.address}/api/events", headers=IN_HEADERS, data=b"{") as response:
        bodies.append(await response.text())
    return bodies


async def names_in(redis: str) -> str:
    """Names and plain values in Redis."""
    async with open_redis(redis) as client:
        anything: Any = client
        names = [str(name) for name in await anything.keys("*")]
        return "\n".join(names)


async def rows_of(shop: Shop) -> str:
    """Every row of every table."""
    tables = [row["name"] for row in await shop.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    rows = [await shop.rows(f'SELECT * FROM "{table}"') for table in tables]
    return "\n".join(str([dict(row) for row in table]) for table in rows)
