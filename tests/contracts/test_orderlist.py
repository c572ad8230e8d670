"""The list of watched orders: the longest late first, page by page, each filter by the index."""

from datetime import timedelta
from typing import Any

import pytest

from bot.storage.connection import Conflict
from bot.storage.opening import database_for
from bot.storage.orderlist import Listed, OrderFilter, OrderList
from bot.storage.outlooks import OUTLOOKS, row_of
from bot.storage.store import Store
from rules.deadlines import Band
from rules.events import OrderKey, OrderNo, Shop
from rules.health import Outlook
from rules.stages import Stage
from tests.contracts.builders import NOW

A_MINUTE = timedelta(minutes=1)
LATE, GREY, IN_TIME = Band.LATE, Band.GREY, Band.IN_TIME


def seen(
    number: str,
    late: int | None,
    grey: int | None = None,
    *,
    stage: Stage = Stage.PICKUP,
    shop: str = "main",
    warehouse: str = "hz1",
    carrier: str = "sf",
) -> tuple[OrderKey, Outlook]:
    """An order that turns late, and grey, in so many minutes."""
    return OrderKey(Shop(shop), OrderNo(number)), Outlook(
        stage=stage,
        warehouse=warehouse,
        carrier=carrier,
        late_at=None if late is None else NOW + late * A_MINUTE,
        grey_at=None if grey is None else NOW + grey * A_MINUTE,
    )


TOWN = (
    seen("latest", -90, -100),
    seen("late", -5, -10, stage=Stage.PAYMENT, shop="b"),
    seen("at once", 0, -1, warehouse="gz2"),
    seen("grey", 5, -1, stage=Stage.PAYMENT),
    seen("soon", 5, 1, carrier=""),
    seen("later", 500, 400, shop="b"),
    seen("slow", None, -3),
    seen("basket", None, None, stage=Stage.PAYMENT),
)


@pytest.fixture
async def town(url: str, store: Store) -> Store:
    """A store with the outlooks of a small town."""
    database = database_for(url)
    await database.open()
    try:
        async with database.transaction() as connection:
            await connection.write(OUTLOOKS, [row_of(one) for one in TOWN], Conflict.FAIL)
    finally:
        await database.close()
    return store


async def page(store: Store, limit: int = 50, **wanted: Any) -> list[Listed]:
    async with store.reading() as connection:
        return await OrderList(connection).page(OrderFilter(**wanted), NOW, limit)


async def numbers(store: Store, **wanted: Any) -> list[str]:
    return [one.place.key.order_no for one in await page(store, **wanted)]


async def test_the_longest_late_come_first_and_last_what_no_limit_waits_for(town: Store) -> None:
    assert await numbers(town) == ["latest", "late", "at once", "grey", "soon", "later", "basket", "slow"]
    assert [(one.place.key, one.outlook) for one in await page(town, limit=2)] == list(TOWN[:2])


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"band": LATE}, ["latest", "late"]),
        ({"band": GREY}, ["at once", "grey", "slow"]),
        ({"band": IN_TIME}, ["soon", "later", "basket"]),
        ({"stage": Stage.PAYMENT}, ["late", "grey", "basket"]),
        ({"stage": Stage.TRANSIT}, []),
        ({"shops": frozenset({Shop("b")})}, ["late", "later"]),
        ({"shops": frozenset({Shop("b"), Shop("c")}), "band": LATE}, ["late"]),
        ({"shops": frozenset[Shop]()}, []),
        ({"warehouse": "gz2"}, ["at once"]),
        ({"carrier": ""}, ["soon"]),
        ({"carrier": "sf", "warehouse": "hz1", "stage": Stage.PICKUP, "band": IN_TIME}, ["later"]),
    ],
)
async def test_a_filter_leaves_what_fits(town: Store, wanted: dict[str, Any], found: list[str]) -> None:
    assert await numbers(town, **wanted) == found


async def test_the_bands_are_those_of_the_outlooks(town: Store) -> None:
    for band in (LATE, GREY, IN_TIME):
        assert {one.outlook.band_at(NOW) for one in await page(town, band=band)} == {band}


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
@pytest.mark.parametrize("wanted", [{}, {"band": IN_TIME}, {"stage": Stage.PAYMENT}])
async def test_page_follows_on_page(town: Store, limit: int, wanted: dict[str, Any]) -> None:
    whole, found = await page(town, **wanted), list[Listed]()
    while part := await page(town, limit, after=found[-1].place if found else None, **wanted):
        found += part
    assert found == whole
