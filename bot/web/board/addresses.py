"""At which address is the page of an order? Its number may be any text."""

from urllib.parse import quote, urlencode

from rules.events import EventKey, OrderKey

ORDERS = "/orders"


def order_page(order: OrderKey) -> str:
    """The page of an order."""
    return "/".join((ORDERS, *map(_part, order)))


def events_page(order: OrderKey) -> str:
    """The list of what was reported of an order."""
    return f"{order_page(order)}/events"


def event_page(order: OrderKey, event: EventKey) -> str:
    """One of these, as it came."""
    return "/".join((events_page(order), *map(_part, event)))


def search_page(sought: str) -> str:
    """What a search finds."""
    return f"{ORDERS}?{urlencode({'q': sought})}"


def _part(text: str) -> str:
    """Slashes and all, so that it is one part of the address."""
    return quote(text, safe="")
