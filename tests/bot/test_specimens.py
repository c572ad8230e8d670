"""`dingdan doctor --cards`: a card of each type, and what WeCom says to each in the operator's words."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.doctor import Finding
from bot.leader import Tenure
from bot.sandbox.config import SandboxConfig
from bot.sandbox.server import Sandbox
from bot.settings import Settings, load
from bot.signals import Signals
from bot.specimens import show_cards
from bot.storage.opening import open_store
from tests.databases import sqlite_url

TYPES = ["文本通知", "图文通知", "按钮卡片", "表单卡片"]
KEY = "hook-key-of-the-default-group"
CALLBACK = "http://127.0.0.1:9/wecom/callback"


@pytest.fixture
async def wecom() -> AsyncIterator[Sandbox]:
    config = SandboxConfig(
        groups={"wrDefault": "订单异常处理群"},
        members={"zhangsan": "张三", "lisi": "李四"},
        unlicensed=frozenset({"lisi"}),
        webhooks={KEY: "wrDefault"},
        callback_url=CALLBACK,
    )
    async with Sandbox(config).running(greet=True) as running:
        yield running


def settings_for(wecom: Sandbox, folder: Path, *without: str, **more: str) -> Settings:
    given = {
        name: value
        for name, value in wecom.environment().items()
        if not name.startswith(without or ("none",))
    }
    return load({**given, "DINGDAN_DATABASE_URL": sqlite_url(folder), **more})


async def found(settings: Settings, userid: str = "zhangsan") -> list[Finding]:
    return [finding async for finding in show_cards(settings, userid)]


async def test_a_member_and_the_group_get_a_card_of_each_type(wecom: Sandbox, tmp_path: Path) -> None:
    findings = await found(settings_for(wecom, tmp_path))

    assert [finding.about for finding in findings] == [
        *(f"应用 · {name}" for name in TYPES),
        *(f"群「default」 · {name}" for name in TYPES),
    ]
    assert all(finding.ok for finding in findings), findings
    types = ["text_notice", "news_notice", "button_interaction", "multiple_interaction"]
    assert [card.original.card_type for card in wecom.member("zhangsan").cards] == types
    assert [card.original.card_type for card in wecom.group().cards] == types


async def test_by_webhook_a_group_gets_the_notices(wecom: Sandbox, tmp_path: Path) -> None:
    settings = settings_for(wecom, tmp_path, "DINGDAN_AIBOT__", DINGDAN_WEBHOOK__KEY=KEY)
    findings = await found(settings)
    assert [finding.about for finding in findings if "推送" in finding.about] == [
        f"群消息推送「default」 · {name}" for name in TYPES[:2]
    ]
    assert all(finding.ok for finding in findings), findings
    assert KEY not in str(findings)


@pytest.mark.parametrize(("userid", "mend"), [("nobody", "可见范围"), ("lisi", "81013")])
async def test_a_member_who_gets_nothing_is_explained(
    wecom: Sandbox, tmp_path: Path, userid: str, mend: str
) -> None:
    findings = await found(settings_for(wecom, tmp_path, "DINGDAN_AIBOT__"), userid)
    assert len(findings) == 4
    assert all(finding.ok is False and mend in finding.said for finding in findings), findings


async def test_an_app_without_a_callback_is_told_why_buttons_are_refused(
    wecom: Sandbox, tmp_path: Path
) -> None:
    await wecom.set_callback(None)
    findings = await found(settings_for(wecom, tmp_path, "DINGDAN_AIBOT__"))
    assert [finding.ok for finding in findings] == [True, True, False, False]
    assert "43012" in findings[-1].said


async def test_the_socket_of_a_running_service_is_left_alone(wecom: Sandbox, tmp_path: Path) -> None:
    settings = settings_for(wecom, tmp_path, "DINGDAN_WECOM__")
    async with open_store(settings.database_url, Signals()) as store:
        assert await Tenure.begin("socket", "the service", store, SystemClock())
    (finding,) = await found(settings)
    assert finding.ok is None
    assert "停下 dingdan serve" in finding.said
    assert not wecom.group().cards


async def test_without_anything_set_up_there_is_nowhere_to_send_it(tmp_path: Path) -> None:
    (finding,) = await found(load({"DINGDAN_DATABASE_URL": sqlite_url(tmp_path)}))
    assert finding.ok is False
