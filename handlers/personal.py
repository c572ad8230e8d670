"""When somebody wants to see what is personal, and when it has been kept for long enough."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from handlers.ports import Work
from handlers.trail import REFUSED, AuditEntry, Way, viewed
from handlers.world import BrokenSealError, World
from rules.events import OrderKey, Personal, UserId
from rules.instants import EPOCH
from rules.orders import Order
from rules.rights import Right

WHAT = "personal"
"""What the audit trail calls it."""


class Hidden(StrEnum):
    """Why nothing is revealed."""

    NOT_THEIRS = "not_theirs"
    """Whoever asks may not see it."""
    NOT_THERE = "not_there"
    """There is no such order, or nothing personal is kept of it."""
    SEALED_OTHERWISE = "sealed_otherwise"
    """It was sealed under another DINGDAN_SECRET_KEY, and cannot be read under this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revealed:
    """What is personal, in clear: to be shown once, and kept nowhere."""

    phone: str | None
    address: str | None


async def reveal(
    work: Work, world: World, key: OrderKey, userid: UserId, way: Way = Way.PAGE
) -> Revealed | Hidden:
    """The phone number and the address of an order's customer; who saw them is noted in the same transaction."""
    member, now = world.directory.roster.members.get(userid), world.now()
    subject = f"{key.shop}/{key.order_no}"
    order = await work.orders.find(key)
    if member is None or not member.may(Right.REVEAL) or not member.serves(key.shop):
        about, its_key = (WHAT, None) if order is None else (subject, key)  # or it is whatever they typed
        refused = AuditEntry(
            at=now, actor=userid, way=way, deed=f"{REFUSED}{WHAT}", subject=about, order=its_key
        )
        await work.trail.note([refused])
        return Hidden.NOT_THEIRS
    try:
        found = _opened(order, world)
    except BrokenSealError:
        return Hidden.SEALED_OTHERWISE
    if found is None:
        return Hidden.NOT_THERE
    fields = " ".join(what for what in Personal if getattr(found, what) is not None)
    line = viewed(
        actor=userid, way=way, what=WHAT, subject=subject, at=now, order=key, detail={"fields": fields}
    )
    await work.trail.note([line])
    return found


def _opened(order: Order | None, world: World) -> Revealed | None:
    """What is sealed of an order's customer, in clear. Raises BrokenSealError."""
    if order is None:
        return None
    phone, address = order.customer.phone, order.customer.address
    if phone is None and address is None:
        return None
    return Revealed(
        phone=None if phone is None else world.seals.open(Personal.PHONE, phone),
        address=None if address is None else world.seals.open(Personal.ADDRESS, address),
    )


async def forget(work: Work, before: datetime, limit: int) -> int:
    """Remove what is personal from orders without news since `before`; how many orders were looked at.

    Of the others it is remembered when there was news. What is removed leaves a mark in its event, by which a late
    repeat of that event is still known.
    """
    keys = await work.personal.aged(before, limit)
    if not keys:
        return 0
    orders = await work.orders.lock(keys)
    news = {key: order.observed_at for key, order in orders.items() if order.observed_at is not None}
    for report in await work.orders.parked({key.order_no for key in keys}, EPOCH):
        about = report.event.order
        news[about] = max(news.get(about, EPOCH), report.event.observed_at)
    fresh = {key: news[key] for key in keys if news.get(key, EPOCH) >= before}
    await work.personal.put_off(fresh)
    await work.personal.erase([order for key, order in orders.items() if key not in fresh])
    return len(keys)
