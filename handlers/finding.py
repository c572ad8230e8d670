"""Which orders does somebody mean who writes a number?"""

from handlers.messages import TRACKING
from handlers.ports import Work
from rules.events import OrderKey


async def orders_named(work: Work, said: str) -> list[OrderKey]:
    """The orders that go by an order number, another reference or a tracking number, in this order of rank.

    `shop/number` means that of one shop, unless it is a number itself. Several shops, and several orders in one
    parcel, may share a number.
    """
    found = await _going_by(work, said)
    shop, slash, number = said.replace("／", "/").partition("/")
    if found or not slash:
        return found
    return [key for key in await _going_by(work, number) if key.shop == shop]


async def _going_by(work: Work, number: str) -> list[OrderKey]:
    refs = (number, TRACKING + number)
    known = await work.orders.resolve(refs)
    ranked = (known[ref] for ref in refs if ref in known)
    return list(dict.fromkeys(next(ranked, ())))
