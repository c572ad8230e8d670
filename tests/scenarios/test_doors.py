"""Who is in comes by a link or from WeCom, and is out when they say so, after twelve hours, or with the roster."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import aiohttp
import pytest

from bot.passes import Spent
from bot.secrets import ONCE_LIFE, SESSION_LIFE, PageLinks, Passes
from bot.signals import Signals
from bot.storage.store import Store
from bot.storage.trail import TrailFilter
from bot.storage.views import Views
from handlers.trail import Doer, Way
from rules.events import UserId
from tests.deployment import Deployment
from tests.scenarios.pages import Reader, a_reader, own_link
from tests.scenarios.shop import PATIENCE_SECONDS, Shop, a_shop

A_MINUTE = timedelta(minutes=1)


@pytest.fixture
async def reader(shop: Shop) -> AsyncIterator[Reader]:
    async with a_reader(shop) as reader:
        yield reader


def link_once(shop: Shop, userid: str = "wangwu") -> str:
    """What the terminal shows."""
    links = PageLinks(shop.address, Passes(b"the-replicas-share-it", "link"))
    return links.once(UserId(userid), shop.clock.now())


async def lines(shop: Shop, actor: str) -> list[tuple[str, str]]:
    """What the audit trail says of somebody's coming and going, oldest first."""
    found = await Views(Store(shop.database, Signals())).trail(TrailFilter(actor=actor), 100)
    kept = [line.entry for line in reversed(found) if line.entry.deed.startswith("session.")]
    return [(entry.deed, entry.detail.get("by", "")) for entry in kept]


async def test_a_link_of_the_terminal_lets_one_in_once(shop: Shop, reader: Reader) -> None:
    link = link_once(shop)
    async with shop.http.head(link) as asked:
        assert asked.status == 405
    await reader.opens(link)
    await reader.opens("/anomalies")
    assert (reader.status, "王五" in reader.text) == (200, True)

    async with a_reader(shop) as second:
        await second.opens(link)
        assert second.status == 401
        assert "链接已过期或用过" in second.text
        await second.opens("/anomalies")
        assert second.status == 401
    assert await lines(shop, "wangwu") == [("session.begun", "link once")]


@pytest.mark.parametrize(("after", "status"), [(ONCE_LIFE - A_MINUTE, 200), (ONCE_LIFE + A_MINUTE, 401)])
async def test_a_link_of_the_terminal_is_good_for_ten_minutes(
    shop: Shop, reader: Reader, after: timedelta, status: int
) -> None:
    link = link_once(shop)
    shop.clock.advance(after)

    await reader.opens(link)
    await reader.opens("/anomalies")

    assert reader.status == status


async def test_a_link_for_somebody_who_is_not_on_the_roster_lets_nobody_in(
    shop: Shop, reader: Reader
) -> None:
    await reader.opens(link_once(shop, "nobody"))

    assert reader.status == 401
    assert await lines(shop, "nobody") == []


async def test_a_personal_link_is_good_all_day(shop: Shop, reader: Reader) -> None:
    link = await own_link(shop, "zhangsan")
    for _ in range(2):
        await reader.opens(link)
        assert reader.status == 200
    assert await lines(shop, "zhangsan") == [("session.begun", "link")] * 2


async def test_a_session_that_was_ended_is_worth_nothing_to_whoever_has_a_copy(
    deployment: Deployment,
) -> None:
    """At once where it was ended."""
    async with a_shop(replace(deployment, replicas=1)) as shop, a_reader(shop) as reader:
        await reader.opens(await own_link(shop, "zhangsan"))
        await reader.opens("/anomalies")
        (copy,) = [cookie for cookie in reader.http.cookie_jar if cookie.key == "dingdan_session"]
        token = reader.carried["token"]

        async with reader.http.post(f"{shop.address}/logout", data={"token": "another"}) as foreign:
            assert foreign.status == 403
        await reader.opens("/anomalies")
        assert reader.status == 200
        async with reader.http.post(f"{shop.address}/logout", data={"token": token}) as left:
            assert (left.status, "您已退出" in await left.text()) == (200, True)
        await reader.opens("/anomalies")
        assert reader.status == 401

        async with aiohttp.ClientSession(cookies={copy.key: copy.value}) as thief:
            for path in ("/anomalies", "/api/anomalies", "/wecom/sidebar"):
                async with thief.get(f"{shop.address}{path}", allow_redirects=False) as answer:
                    assert answer.status == 401, path
        assert await lines(shop, "zhangsan") == [("session.begun", "link"), ("session.ended", "")]


async def test_what_was_ended_on_another_replica_is_worth_nothing_seconds_later(
    shop: Shop, reader: Reader
) -> None:
    await reader.opens(await own_link(shop, "zhangsan"))
    (cookie,) = [one for one in reader.http.cookie_jar if one.key == "dingdan_session"]
    session = Passes(b"the-replicas-share-it", "session").read(cookie.value, shop.clock.now())
    assert session is not None
    entry = Doer(actor="zhangsan", way=Way.PAGE).did("session.ended", "zhangsan", shop.clock.now())

    await Spent(Store(shop.database, Signals()), shop.clock).spend(session, entry)

    async with asyncio.timeout(PATIENCE_SECONDS):
        while reader.status != 401:
            await shop.passes(seconds=1)
            await reader.opens("/anomalies")


@pytest.mark.parametrize(
    ("after", "status"), [(SESSION_LIFE - A_MINUTE, 200), (SESSION_LIFE + A_MINUTE, 401)]
)
async def test_a_session_lasts_twelve_hours(
    shop: Shop, reader: Reader, after: timedelta, status: int
) -> None:
    await reader.opens(await own_link(shop, "zhangsan"))
    shop.clock.advance(after)

    await reader.opens("/anomalies")

    assert reader.status == status
