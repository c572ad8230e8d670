"""How is what texts have promised kept?"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace

from bot.storage.codec import ORDER, RowCodec
from bot.storage.connection import Conflict, Connection
from rules.events import OrderKey
from rules.promises import Promise

PROMISES = RowCodec(Promise, "promises", ("shop", "order_no", "case_id", "told", "slot"), {"case": "case_id"})


class Promises:
    """See `handlers.pledges.Promises`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def of(self, orders: Collection[OrderKey]) -> dict[OrderKey, list[Promise]]:
        if not orders:
            return {}
        listed = self._connection.listed(ORDER, sorted(orders), 1)
        rows = await self._connection.fetch(
            f"SELECT p.* FROM promises AS p JOIN {listed.sql}"
            " ON p.shop = listed.shop AND p.order_no = listed.order_no ORDER BY p.promised_at, p.told, p.slot",
            *listed.parameters,
        )
        found: defaultdict[OrderKey, list[Promise]] = defaultdict(list)
        for row in rows:
            promise = PROMISES.record(row)
            found[promise.order].append(promise)
        return dict(found)

    async def put(self, promises: Iterable[Promise]) -> None:
        rows = PROMISES.rows(promises)
        if rows:
            await self._connection.write(PROMISES.table, rows, Conflict.REPLACE)

    async def drop(self, promises: Iterable[Promise]) -> None:
        keys = [(*promise.order, promise.case, promise.told, promise.slot.value) for promise in promises]
        if keys:
            await self._connection.remove(PROMISES.table, keys)

    async def move(self, absorbed: OrderKey, into: OrderKey) -> None:
        """Give the promises of one order to another."""
        theirs = (await self.of([absorbed])).get(absorbed, [])
        await self.drop(theirs)
        await self.put(replace(promise, order=into) for promise in theirs)
