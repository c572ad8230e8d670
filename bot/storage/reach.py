"""Which orders show whose news they wait for, and how many wait where? Asked only when a source is out."""

from collections.abc import Sequence

from bot.storage.codec import order_of
from bot.storage.connection import Connection
from bot.storage.orders import Orders
from rules.events import OrderEvent, Shop
from rules.orders import Order
from rules.outages import Station
from rules.stages import STAGES, Stage

OF_A_STAGE = 150
"""Open orders that are looked at for each stage: those whose limits are up last, which were news of late."""


async def examples(connection: Connection) -> list[tuple[Order, Sequence[OrderEvent]]]:
    """Open orders of all stages, with their events."""
    parts = [
        "SELECT * FROM (SELECT shop, order_no FROM outlooks"
        f" WHERE stage = '{stage}' AND late_at IS NOT NULL ORDER BY late_at DESC LIMIT {OF_A_STAGE}) AS of_{stage}"
        for stage in STAGES
    ]
    rows = await connection.fetch(" UNION ALL ".join(parts))
    orders = Orders(connection)
    events = await orders.events({order_of(row) for row in rows})
    found = [(await orders.find(key), of_order) for key, of_order in events.items()]
    return [(order, of_order) for order, of_order in found if order is not None]


async def waiting(connection: Connection) -> dict[Station, int]:
    """How many open orders wait in each place."""
    rows = await connection.fetch(
        "SELECT shop, warehouse, stage, count(*) AS orders FROM outlooks GROUP BY shop, warehouse, stage"
    )
    return {Station(Shop(row["shop"]), row["warehouse"], Stage(row["stage"])): row["orders"] for row in rows}
