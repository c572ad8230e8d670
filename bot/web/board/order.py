"""Where is an order, since when, and who touched it last? The whole of it, on one page."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.storage.views import Views
from bot.web.board.addresses import events_page, order_page, search_page
from bot.web.board.order_shape import WholeOrder
from bot.web.board.portrait import portrait
from bot.web.board.queries import Query
from bot.web.board.screens import About, AmbiguousError, Asked, MissingError, Screen
from handlers.world import Directory
from replies.pages import course
from replies.pages import order as words
from rules.events import OrderKey, OrderNo, Shop


def key_of(view: WholeOrder) -> OrderKey:
    """Which order is shown."""
    return OrderKey(Shop(view.shop), OrderNo(view.order_no))


TOOLS: Mapping[str, Any] = {
    "track": course.track,
    "operation": words.operation,
    "carrier": words.carrier,
    "way": words.way,
    "money": words.money,
    "order_page": order_page,
    "events_page": events_page,
    "revealed": None,
    "key_of": key_of,
}


class OrderQuery(Query, frozen=True, kw_only=True):
    """Which shop's; needed where several have the number."""

    shop: str | None = None


def order(views: Views, directory: Directory) -> Screen[OrderQuery, WholeOrder]:
    """The screen."""

    async def load(asked: Asked[OrderQuery]) -> WholeOrder:
        key = await key_asked_for(views, asked)
        file = await views.order_file(key)
        if file is None:
            raise MissingError(key.order_no)
        return portrait(file, directory.rules.for_order(key), asked)

    return Screen(
        name="order",
        page="/orders/{shop}/{order_no}",
        twin="/api/orders/{order_no:.+}",
        summary="The whole order, every fact with its source and age",
        query=OrderQuery,
        shape=WholeOrder,
        load=load,
        words=words.ORDER,
        about=lambda view: About(order=key_of(view)),
        tools=TOOLS,
        tab="orders",
    )


async def key_asked_for(views: Views, asked: Asked[OrderQuery]) -> OrderKey:
    """The order that the address names, by its number or by another that leads to it.

    Raises MissingError, and AmbiguousError when there are several; one whose own number it is, goes first.
    """
    number, shop = asked.path["order_no"], asked.path.get("shop") or asked.query.shop
    found = [key for key in await views.keys_of({number}, shop) if asked.reader.serves(key.shop)]
    own = [key for key in found if key.order_no == number]
    wanted = own if len(own) == 1 and shop is not None else found
    if not wanted:
        raise MissingError(f"{number}" + (f" ({shop})" if shop else ""))
    if len(wanted) > 1:
        detail = "several orders have this number; say which with ?shop=, or ask by its own number"
        raise AmbiguousError(detail, _choices(wanted), search_page(number))
    return wanted[0]


def _choices(keys: Sequence[OrderKey]) -> dict[str, list[str]]:
    return {"shops": sorted({key.shop for key in keys}), "order_nos": sorted({key.order_no for key in keys})}
