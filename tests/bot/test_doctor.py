"""Does the doctor tell the operator what keeps the cards out of the group?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.directory import load_directory
from bot.doctor import Finding, examine
from bot.ground import make_world
from bot.settings import Settings, load
from bot.signals import Signals
from bot.storage.opening import open_store
from bot.storage.store import Transaction
from handlers.intake import take_in
from handlers.messages import LetterId
from handlers.outbox import Letter, LetterKind, Medium
from rules.delivery import DeliveryState
from rules.events import OrderKey, OrderNo, Shop
from tests.contracts.builders import a_report
from tests.databases import sqlite_url

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
GROUP = "wrOrders"
UNREACHABLE = {"DINGDAN_AIBOT__URL": "ws://127.0.0.1:1", "DINGDAN_WECOM__API_BASE": "http://127.0.0.1:9"}


def with_a_bot(folder: Path, **settings: str) -> Settings:
    """Settings of a service whose bot cannot be reached, which is none of our business here."""
    return load({
        "DINGDAN_DATABASE_URL": sqlite_url(folder),
        "DINGDAN_AIBOT__URL": "ws://127.0.0.1:1",
        "DINGDAN_AIBOT__BOT_ID": "aib",
        "DINGDAN_AIBOT__SECRET": "s",
        **settings,
    })  # fmt: skip


async def greeted_in(chat: str, settings: Settings) -> None:
    async def greet(work: Transaction) -> None:
        await work.chats.greeted(chat, NOW)

    async with open_store(settings.database_url, Signals()) as store:
        await store.run("greet", greet)


async def said_of_the_groups(settings: Settings) -> Finding:
    (finding,) = [finding async for finding in examine(settings, NOW) if finding.about == "客服群"]
    return finding


async def test_a_group_that_nobody_greeted_the_bot_in_is_named(tmp_path: Path) -> None:
    settings = with_a_bot(tmp_path, DINGDAN_AIBOT__GROUP_CHAT_ID=GROUP)
    finding = await said_of_the_groups(settings)
    assert finding.ok is None
    assert GROUP in finding.said

    await greeted_in(GROUP, settings)
    assert (await said_of_the_groups(settings)).ok is True


async def test_a_key_that_opens_nothing_of_what_is_stored_is_told(tmp_path: Path) -> None:
    ours, other = (with_a_bot(tmp_path, DINGDAN_SECRET_KEY=key) for key in ("secret", "other"))
    told = a_report(customer={"phone": "13800138000"})
    assert await about_the_key(other) == []

    async with open_store(ours.database_url, Signals()) as store:
        directory = await load_directory(ours, store, NOW)
        world = make_world(ours, ManualClock(NOW), store, directory, b"secret")
        await store.run("test", lambda work: take_in(work, world, [told], arm=False))

    assert await about_the_key(ours) == []
    (finding,) = await about_the_key(other)
    assert finding.ok is False
    assert "DINGDAN_SECRET_KEY" in finding.said


async def about_the_key(settings: Settings) -> list[Finding]:
    return [finding async for finding in examine(settings, NOW) if finding.about == "密钥"]


async def test_the_chat_id_to_set_is_told_once_somebody_has_greeted_the_bot(tmp_path: Path) -> None:
    settings = with_a_bot(tmp_path)
    assert "先在群里" in (await said_of_the_groups(settings)).said

    await greeted_in(GROUP, settings)
    assert GROUP in (await said_of_the_groups(settings)).said


@pytest.mark.parametrize("about", ["设置", "接入", "数据库", "发件箱", "值班表", "Redis", "节假日"])
async def test_each_part_is_looked_at_without_any_setting(about: str, tmp_path: Path) -> None:
    settings = load({"DINGDAN_DATABASE_URL": sqlite_url(tmp_path)})
    assert about in [finding.about async for finding in examine(settings, NOW)]


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, True),
        ({"DINGDAN_AIBOT__BOT_ID": "aib", "DINGDAN_AIBOT__SECRET": "s"}, False),
        ({"DINGDAN_WEBHOOK__KEY": "the-key-of-the-group"}, False),
    ],
)
async def test_a_group_is_written_to_by_the_bot_or_by_its_webhook(
    given: dict[str, str], missing: bool, tmp_path: Path
) -> None:
    settings = load({"DINGDAN_DATABASE_URL": sqlite_url(tmp_path), **UNREACHABLE, **given})
    (said,) = [finding.said async for finding in examine(settings, NOW) if finding.about == "设置"]
    assert ("智能机器人（DINGDAN_AIBOT__BOT_ID、__SECRET）或群消息推送" in said) is missing


async def test_a_file_of_webhooks_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    keys = tmp_path / "webhooks.yaml"
    keys.write_text("default: hush hush\n", "utf-8")
    settings = load({
        "DINGDAN_DATABASE_URL": sqlite_url(tmp_path),
        "DINGDAN_WEBHOOK__KEYS_FILE": str(keys),
    })  # fmt: skip
    (finding,) = [finding async for finding in examine(settings, NOW) if finding.about == "群消息推送"]
    assert finding.ok is False
    assert "webhooks.yaml" in finding.said


async def said_of_the_outbox(settings: Settings, *letters: Letter) -> Finding:
    async def post(work: Transaction) -> None:
        await work.outbox.post(letters)

    async with open_store(settings.database_url, Signals()) as store:
        await store.run("post", post)
    (finding,) = [finding async for finding in examine(settings, NOW) if finding.about == "发件箱"]
    return finding


def a_lost_letter(number: int, **fields: Any) -> Letter:
    """A card that could not be delivered, `number` minutes ago."""
    at = NOW - timedelta(minutes=number)
    letter = Letter(
        id=LetterId(f"l{number}"),
        key=f"l{number}",
        kind=LetterKind.CASE_CARD,
        medium=Medium.APP,
        to="zhangsan",
        due_at=at,
        done_at=at,
        state=DeliveryState.FAILED,
        note="60021 not in scope",
    )
    return replace(letter, **fields)


async def test_the_newest_letters_that_were_lost_are_named_with_why(tmp_path: Path) -> None:
    settings = load({"DINGDAN_DATABASE_URL": sqlite_url(tmp_path)})
    assert (await said_of_the_outbox(settings)).said == "待发 0，没有发出去的 0"

    order = OrderKey(Shop("main"), OrderNo("DB1"))
    customer = {"medium": Medium.KF, "to": "wk/wm", "order": order}
    finding = await said_of_the_outbox(
        settings,
        a_lost_letter(1, **customer, note="", state=DeliveryState.UNKNOWN),
        a_lost_letter(2, order=order),
        a_lost_letter(3, medium=Medium.GROUP, to="wrOrders", note="13800138000 次"),
        a_lost_letter(4, to="lisi"),
    )

    assert finding.ok is False
    assert finding.said == (
        "待发 0，没有发出去的 4；最近的："
        "03-02 09:59 微信客服 订单 DB1：unknown；"
        "03-02 09:58 应用 zhangsan 订单 DB1：60021 not in scope"
        "（管理后台 应用管理 → 这个应用 → 可见范围：把值班的人都加进来）；"
        "03-02 09:57 群 wrOrders：138****8000 次"
    )
