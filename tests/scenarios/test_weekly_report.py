"""The week in WeCom: a picture and the way to the page, in the group and with the managers, by each kind of channel."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.directory import read_directory
from bot.drawing import draw
from bot.ground import make_world
from bot.leader import Tenure
from bot.reporting import Weekly
from bot.sandbox.world import Chat, MessageKind
from bot.signals import Signals
from bot.storage.store import Store
from handlers.reports import Audience
from replies.posters import Poster
from tests.deployment import Deployment
from tests.scenarios.pages import a_reader, own_link
from tests.scenarios.shop import LOOKED_AFTER, Shop, a_shop
from tests.scenarios.test_webhook import KEY, a_corp

A_WEEK = timedelta(days=7)


async def at_once(poster: Poster) -> bytes | None:
    """The same picture, without a process."""
    return draw(poster)


async def a_monday_later(shop: Shop, later: timedelta = A_WEEK) -> None:
    """It is Monday again, and whoever keeps the timetable looks twice."""
    shop.clock.move_to(shop.clock.now() + later)
    store, settings = Store(shop.database, Signals()), shop.settings
    directory = await read_directory(settings, shop.clock.now())
    world = make_world(settings, shop.clock, store, directory, b"the-replicas-share-it")
    weekly = Weekly(store=store, world=world, clock=shop.clock, audience=Audience.BOTH, draw=at_once)
    for holder in ("a", "b"):
        tenure = await Tenure.begin("report", holder, store, shop.clock)
        if tenure is not None:
            await weekly.keep(tenure)
    shop.clock.advance(LOOKED_AFTER)  # the deliverer comes round: nobody has told it of letters of ours
    await shop.settled()


def kinds(chat: Chat) -> list[MessageKind]:
    """What stands there that is no card, in order."""
    return [message.content.kind for message in chat.messages if message.card is None]


@asynccontextmanager
async def a_late_week(folder: Path, **parts: Any) -> AsyncGenerator[Shop]:
    async with a_shop(Deployment.embedded(folder), **parts) as shop:
        await shop.created("DB01", warehouse="hz1", amount_fen=10_000)
        await shop.stage("DB01", "payment", "completed")
        await shop.passes(minutes=21)
        yield shop


async def test_the_week_is_a_picture_and_a_link_and_the_page_says_the_same(tmp_path: Path) -> None:
    async with a_late_week(tmp_path) as shop:
        await a_monday_later(shop)

        group, manager = shop.wecom.group(), shop.wecom.member("wangwu")
        assert kinds(group).count(MessageKind.IMAGE) == 1
        assert kinds(manager)[-2:] == [MessageKind.IMAGE, MessageKind.TEXT]
        told = shop.lines_to("wangwu")[-1]
        assert "异常 1 件（上周 0）" in told
        assert told.endswith("/reports/2026-W10")
        assert shop.group_lines[-1] == told

        async with a_reader(shop) as reader:
            await reader.opens(await own_link(shop, "wangwu"))
            await reader.opens("/reports?lang=zh")
            assert "/reports/2026-W10" in reader.html
            await reader.opens("/reports/2026-W10?lang=zh")
            assert "为什么晚" in reader.main
            await reader.opens("/reports/2026-W10?lang=en")
            assert "Why orders were late" in reader.main
            for nothing in ("2026-W11", "2026-W99", "x"):
                await reader.opens(f"/reports/{nothing}")
                assert reader.status == 404
        sent = await shop.rows("SELECT state FROM letters WHERE kind = 'picture'")
        assert [row["state"] for row in sent] == ["sent", "sent"]


async def test_a_group_without_the_bot_gets_it_by_its_webhook(tmp_path: Path) -> None:
    async with a_late_week(tmp_path, bot=False, corp=a_corp(), DINGDAN_WEBHOOK__KEY=KEY) as shop:
        await a_monday_later(shop)

        group = shop.wecom.group("wrDefault")
        assert kinds(group)[-2:] == [MessageKind.IMAGE, MessageKind.MARKDOWN]


@pytest.mark.parametrize(
    "refused", ["media/upload", pytest.param("aibot_upload_media_init", marks=pytest.mark.long)]
)
async def test_where_the_picture_is_refused_the_words_have_come(tmp_path: Path, refused: str) -> None:
    async with a_late_week(tmp_path) as shop:
        shop.wecom.fault(refused, 40058)

        await a_monday_later(shop)

        assert "盯单周报" in shop.lines_to("wangwu")[-1]
        assert "盯单周报" in shop.group_lines[-1]
        states = await shop.rows("SELECT state, medium FROM letters WHERE kind = 'picture' ORDER BY medium")
        spoilt = "app" if refused == "media/upload" else "group"
        assert [(row["medium"], row["state"]) for row in states if row["state"] != "sent"] == [
            (spoilt, "failed")
        ]
