"""When there is news from customers: they wrote, they did not get a message, somebody else has the conversation."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from handlers.delivery import Receipt, settle
from handlers.intake import take_in_tied
from handlers.messages import (
    TRACKING,
    ConversationMoved,
    CustomerWrote,
    MessageBounced,
    News,
    NewsAnnounced,
)
from handlers.outbox import Medium
from handlers.ports import Work
from handlers.situations import Customer
from handlers.world import World
from rules.contact import IN_OTHER_HANDS
from rules.delivery import Outcome
from rules.events import OrderKey
from rules.settling import REOPENS_WITHIN

TOKEN_LIFE = timedelta(minutes=10)
"""For so long the token of a callback is good (page 94670)."""
MOST_ORDERS = 20
"""So many of a customer's orders hear of a message that names none."""


async def announce(work: Work, message: NewsAnnounced, now: datetime) -> None:
    """There is news: somebody fetches it soon."""
    await work.accounts.announce(message.account, message.token, message.sender.at + TOKEN_LIFE, now)


async def take_news(work: Work, world: World, news: Sequence[News]) -> set[Customer]:
    """Write down what was told, in the order of its telling, with all that follows; twice told is told once.

    The customers who wrote while others had their conversation: whether they still have it is to be asked.
    """
    wrote = [one for one in news if isinstance(one, CustomerWrote)]
    with_others = await _with_others(work, {(one.open_kfid, one.external_userid) for one in wrote})
    for _, group in groupby(news, type):
        alike = list(group)
        await _hear(work, world, [one for one in alike if isinstance(one, CustomerWrote)])
        await _bounce(work, world, [one for one in alike if isinstance(one, MessageBounced)])
        for moved in alike:
            if isinstance(moved, ConversationMoved):
                await work.windows.block(moved.open_kfid, moved.external_userid, moved.now, moved.at)
    return with_others


async def _with_others(work: Work, customers: Collection[Customer]) -> set[Customer]:
    windows = await work.windows.find_all(customers)
    return {customer for customer, window in windows.items() if window.blocked in IN_OTHER_HANDS}


# --- they wrote --------------------------------------------------------------------


async def _hear(work: Work, world: World, wrote: Sequence[CustomerWrote]) -> None:
    """The windows are open anew and the customers' orders hear of it. Of whom no order is known, the window is kept."""
    if not wrote:
        return
    refs = {ref for one in wrote for ref in _references(one)}
    known = await work.orders.resolve(refs) if refs else {}
    tied = [(one.report, await _orders_of(one, known, work)) for one in wrote]
    await take_in_tied(work, world, tied)
    for one in wrote:
        await work.windows.heard(one.open_kfid, one.external_userid, one.report.event.at)


def _references(wrote: CustomerWrote) -> Iterator[str]:
    for word in wrote.mentions:
        yield word
        yield TRACKING + word


async def _orders_of(
    wrote: CustomerWrote, known: Mapping[str, Sequence[OrderKey]], work: Work
) -> Collection[OrderKey]:
    """The orders that the words name, else all of the customer's that go on or did lately.

    Nobody gets at another customer's order by writing its number. Whose order it is may be unknown: then whoever
    names it is taken at their word, unless the number could be that of several.
    """
    named = {key for ref in _references(wrote) for key in known.get(ref, ())}
    owners = {key: await _customer_of(key, work) for key in named}
    theirs = {key for key, owner in owners.items() if owner == wrote.external_userid}
    nobodys = {key for key, owner in owners.items() if owner is None}
    if theirs or len(nobodys) == 1:
        return theirs or nobodys
    since = wrote.report.event.observed_at - REOPENS_WITHIN
    lately = await work.orders.of_customer(wrote.external_userid, since, MOST_ORDERS)
    return {key for key in lately if await _customer_of(key, work) == wrote.external_userid}


async def _customer_of(key: OrderKey, work: Work) -> str | None:
    order = await work.orders.find(key)
    return None if order is None else order.customer.external_userid


# --- they did not get it -----------------------------------------------------------


async def _bounce(work: Work, world: World, bounced: Sequence[MessageBounced]) -> None:
    """Their cases are to be answered again, and the agents hear why."""
    if not bounced:
        return
    why = {one.message: one for one in bounced}
    letters = await work.outbox.named(Medium.KF, why)
    await work.orders.lock({letter.order for letter in letters if letter.order is not None})
    letters = await work.outbox.named(Medium.KF, why)  # as whoever held them has left them
    await settle(work, world, [(letter, _receipt(why[str(letter.remote_id)])) for letter in letters])
    for one in bounced:
        if one.shut is not None:
            await work.windows.block(one.open_kfid, one.external_userid, one.shut, one.at)


def _receipt(bounced: MessageBounced) -> Receipt:
    return Receipt(outcome=Outcome.BOUNCE, note=bounced.why)
