"""Does the sandbox run alone under the service's own settings?"""

import asyncio
import contextlib
import re
from pathlib import Path

import aiohttp
import pytest

from bot.clock import ManualClock
from bot.sandbox.config import Knobs
from bot.sandbox.identities import config_from_settings
from bot.sandbox.serve import serve
from bot.sandbox.server import SHUTDOWN_SECONDS, Sandbox
from bot.settings import Settings, load
from tests.bot.sandbox.harness import a_config, an_app

GIVEN = {
    "DINGDAN_WECOM__CORP_ID": "ww0123",
    "DINGDAN_WECOM__AGENT_ID": "1000009",
    "DINGDAN_WECOM__SECRET": "app-secret",
    "DINGDAN_WECOM__CALLBACK_TOKEN": "callback-token",
    "DINGDAN_WECOM__AES_KEY": "a" * 43,
    "DINGDAN_AIBOT__BOT_ID": "aib1",
    "DINGDAN_AIBOT__SECRET": "bot-secret",
    "DINGDAN_AIBOT__GROUP_CHAT_ID": "wrGivenGroup",
    "DINGDAN_KF__OPEN_KFID": "wkGiven",
}
ROSTER = """
members:
  - {userid: xiaohe, name: 小何, roles: [agent]}
  - {userid: laozhou, name: 老周, roles: [manager]}
groups: {售后群: wrAfterSales}
"""


def test_the_ids_and_secrets_are_those_of_the_service() -> None:
    config = config_from_settings(load(GIVEN), callback_url="http://127.0.0.1:1/cb", knobs=Knobs(seed=7))
    environment = Sandbox(config, clock=ManualClock()).environment()
    assert {name: environment[name] for name in GIVEN} == GIVEN
    assert config.members is None
    assert (config.callback_url, config.knobs.seed) == ("http://127.0.0.1:1/cb", 7)


def test_what_is_missing_is_drawn_in_a_form_that_the_service_takes() -> None:
    environment = Sandbox(config_from_settings(Settings()), clock=ManualClock()).environment()
    assert all(environment.values())
    settings = load(environment)
    assert settings.wecom.can_send
    assert settings.wecom.can_receive
    assert settings.aibot.can_connect


def test_webhooks_lead_to_the_groups_of_the_service_or_to_new_ones(tmp_path: Path) -> None:
    first, night, sales = (f"{number}0000000-0000-0000-0000-000000000000" for number in (1, 2, 3))
    roster, keys = tmp_path / "roster.yaml", tmp_path / "keys.yaml"
    roster.write_text(ROSTER, "utf-8")
    keys.write_text(f"夜班群: {night}\n售后群: {sales}\n", "utf-8")
    given = {"DINGDAN_WEBHOOK__KEY": first, "DINGDAN_WEBHOOK__KEYS_FILE": str(keys)}
    config = config_from_settings(load(GIVEN | given | {"DINGDAN_ROSTER_FILE": str(roster)}))
    titles = {key: config.groups[chat_id] for key, chat_id in config.webhooks.items()}
    assert titles == {first: "订单异常处理群", night: "夜班群", sales: "售后群"}
    assert config.webhooks[sales] == "wrAfterSales"
    alone = config_from_settings(load({"DINGDAN_WEBHOOK__KEY": first}))
    assert Sandbox(alone, clock=ManualClock()).webhook_key == first
    assert list(alone.groups.values()) == ["订单异常处理群"]


def test_the_webhooks_key_is_told_on_demand() -> None:
    sandbox = Sandbox(a_config(), clock=ManualClock())
    assert sandbox.environment(webhook=True)["DINGDAN_WEBHOOK__KEY"] == sandbox.webhook_key
    assert "DINGDAN_WEBHOOK__KEY" not in sandbox.environment()


def test_names_and_groups_come_from_the_roster(tmp_path: Path) -> None:
    file = tmp_path / "roster.yaml"
    file.write_text(ROSTER, "utf-8")
    config = config_from_settings(load(GIVEN | {"DINGDAN_ROSTER_FILE": str(file)}))
    assert config.names == {"xiaohe": "小何", "laozhou": "老周"}
    assert dict(config.groups) == {"wrGivenGroup": "订单异常处理群", "wrAfterSales": "售后群"}


@pytest.mark.parametrize("text", ["{", "[]", "members: 7\ngroups: []", "members: [{name: x}, 3]"])
def test_a_roster_that_cannot_be_read_is_left_to_the_service_to_judge(tmp_path: Path, text: str) -> None:
    file = tmp_path / "roster.yaml"
    file.write_text(text, "utf-8")
    for path in (file, tmp_path / "absent.yaml"):
        config = config_from_settings(load(GIVEN | {"DINGDAN_ROSTER_FILE": str(path)}))
        assert "zhangsan" in config.names


async def test_any_userid_and_any_customer_is_valid_there() -> None:
    config = config_from_settings(load(GIVEN), callback_url="http://127.0.0.1:9/cb")
    async with Sandbox(config, clock=ManualClock()).running() as sandbox, an_app(sandbox) as app:
        answer = await app.send(touser="NewComer|not a userid")
        assert (answer["errcode"], answer["invaliduser"]) == (0, "not a userid")
        await app.send(touser="newcomer")
        assert len(sandbox.member("NewComer").messages) == 2
        sandbox.customer_says("wmAnybody", "在吗")
        answer = await app.answer_customer(touser="wmAnybody", open_kfid="wkGiven")
        assert answer["errcode"] == 0


async def test_serve_prints_where_it_is_and_runs_until_cancelled() -> None:
    lines: list[str] = []
    printed = asyncio.Event()

    def say(line: str) -> None:
        lines.append(line)
        if "WEBHOOK__KEY" in line:
            printed.set()

    serving = asyncio.ensure_future(
        serve(load(GIVEN), port=0, callback_url="http://127.0.0.1:9/cb", greet=True, say=say)
    )
    await asyncio.wait_for(printed.wait(), 5)
    assert "export DINGDAN_WECOM__SECRET=app-secret" in lines
    assert not any(line.startswith("export DINGDAN_WEBHOOK") for line in lines)
    url = re.search(r"http://127\.0\.0\.1:\d+/", lines[0])
    assert url
    async with aiohttp.ClientSession() as http, http.get(f"{url[0]}_state") as response:
        state = await response.json()
    assert state["conversations"][0]["greeted"] is True
    assert state["callback"] == {"url": "http://127.0.0.1:9/cb", "verified": False}
    serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.ClientConnectionError):
            await http.get(url[0])


async def test_the_sandbox_stops_at_once_although_a_page_is_watching() -> None:
    async with aiohttp.ClientSession() as http, asyncio.timeout(SHUTDOWN_SECONDS - 0.5):
        async with Sandbox(a_config(), clock=ManualClock()).running() as sandbox:
            watching = await http.get(f"{sandbox.page_url}page/live")
            await watching.content.readline()
        await watching.read()
        assert watching.content.at_eof()
