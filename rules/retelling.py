"""What was known of an order, moment by moment? Its events from when they were observed, beside what people did."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from rules.deeds import TOUCHED, Deed
from rules.events import EventType, OrderEvent, OrderKey
from rules.fold import advance, fold
from rules.orders import Order


class Moment(NamedTuple):
    """What came in at once: events observed together were taken in together. No rule book has a part in it."""

    at: datetime
    order: Order | None
    """The order from then on; None where only people did something."""
    is_short: bool
    """Whether there was news of goods that are short."""
    deeds: Sequence[Deed]


def retell(
    key: OrderKey, events: Iterable[OrderEvent], deeds: Iterable[Deed], until: datetime
) -> list[Moment]:
    """The moments of an order's history, as far as it was observed until then, oldest first."""
    heard = dict[datetime, list[OrderEvent]]()
    did = dict[datetime, list[Deed]]()
    for event in events:
        heard.setdefault(event.observed_at, []).append(event)
    for deed in _by_people(deeds, heard.values()):
        did.setdefault(deed.at, []).append(deed)
    order, known, found = Order(key=key), list[OrderEvent](), list[Moment]()
    for at in sorted(heard.keys() | did.keys()):
        if at > until:
            break
        news = heard.get(at)
        if news is not None:
            known += news
            order = advance(order, news) or fold(key, known)
        found.append(Moment(at, None if news is None else order, _is_short(news or ()), did.get(at, ())))
    return found


def _by_people(deeds: Iterable[Deed], heard: Iterable[Iterable[OrderEvent]]) -> list[Deed]:
    """What people did. That a customer called is an event, which counts from when it was observed."""
    known = list(deeds)
    if not known:
        return known
    called = {event.at for events in heard for event in events if event.type is EventType.CONTACTED}
    return [deed for deed in known if deed.what != TOUCHED or deed.at not in called]


def _is_short(events: Iterable[OrderEvent]) -> bool:
    return any(event.type is EventType.STOCK_SHORT for event in events)
