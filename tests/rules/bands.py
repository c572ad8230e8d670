"""How is an order doing, as its stages say one by one?"""

from datetime import datetime

from rules.book import RuleBook
from rules.deadlines import Band, band
from rules.orders import Order

BANDS = (Band.IN_TIME, Band.GREY, Band.LATE)
"""From good to bad."""


def worst(order: Order, book: RuleBook, now: datetime) -> Band:
    """The worst band of the stages that are waited for."""
    found = (band(order, run, book, now) for run in order.present_runs())
    return max((one for one in found if one is not Band.DONE), key=BANDS.index, default=Band.IN_TIME)
