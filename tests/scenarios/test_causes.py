"""The causes of a week: worked out when somebody asks who may, and then there for people, programs and files."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

from bot.signals import Signals
from bot.storage.store import Store
from tests.contracts.builders import BOOK
from tests.contracts.weeks import NEW_CARRIER, a_week_of, store_week
from tests.scenarios.pages import a_reader, own_link
from tests.scenarios.shop import MONDAY_MORNING, Shop

MONDAY = MONDAY_MORNING.astimezone(BOOK.calendar.zone).replace(hour=0)
LAST_WEEK = "2026-02-23"


@asynccontextmanager
async def a_bad_week(shop: Shop, cases: int = 500) -> AsyncGenerator[None]:
    """Last week a new carrier did not come to the suburbs; nothing of it was worked out yet.

    It is gone at the end: no event has told it, and so it would break the laws of the database.
    """
    store = Store(shop.database, Signals())
    for weeks, bad in ((2, False), (1, True)):
        week = a_week_of(MONDAY - timedelta(weeks=weeks), cases, bad=bad, seed=weeks)
        await store.run("test", lambda work, week=week: store_week(work, week))
    yield
    async with shop.database.transaction() as connection:
        for table in ("cases", "orders"):
            await connection.execute(f"DELETE FROM {table}")


async def test_a_week_is_worked_out_when_somebody_asks(shop: Shop) -> None:
    async with a_bad_week(shop), a_reader(shop) as reader:
        await reader.opens(await own_link(shop, "zhangsan"))
        await reader.opens(f"/causes?week={LAST_WEEK}&lang=zh")
        assert "还没有算过" in reader.text
        assert "<button>现在算一次" not in reader.html, "agents look, and ask nobody"

        await reader.opens(await own_link(shop, "lisi"))
        await reader.opens("/causes?week=2026-03-30&lang=zh")
        await reader.submits("find")
        assert reader.status == 400
        assert "只能算最近 8 周" in reader.text
        for week in ("2026-02-16", LAST_WEEK):
            await reader.opens(f"/causes?week={week}")
            await reader.submits("find")
            assert reader.told == "算好了。"
        assert f"{NEW_CARRIER}</strong>" in reader.main
        assert "没有这一格" in reader.text
        assert "跳升" in reader.text
        rows = await shop.rows("SELECT actor FROM audit_trail WHERE deed = 'causes.found'")
        assert [row["actor"] for row in rows] == ["lisi", "lisi"]

        async with reader.http.get(f"{shop.address}/api/causes") as response:
            told = await response.json()
        (first, *_) = told["causes"]
        assert first["part"] == [
            {"side": "carrier", "value": NEW_CARRIER},
            {"side": "region", "value": "近郊"},
        ]
        async with reader.http.get(f"{shop.address}/causes.csv?lang=en") as response:
            assert f"{NEW_CARRIER},近郊" in await response.text()
        part = f"week={LAST_WEEK}&reason=not_picked_up&carrier={NEW_CARRIER}&region=近郊"
        async with reader.http.get(f"{shop.address}/api/causes/orders?limit=500&{part}") as response:
            listed = (await response.json())["items"]
        assert len(listed) == first["hits"]
        await reader.opens(f"/causes/orders?week={LAST_WEEK}&disputed=true")
        assert "所说的阶段按时完成了" in reader.text
        await reader.opens(f"/causes/orders?week={LAST_WEEK}&day=9")
        assert reader.status == 400
