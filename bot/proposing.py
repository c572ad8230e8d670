"""When is history asked for better limits? Once a week at night, of a sample of the orders; nothing changes by that."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import structlog

from bot.causes import Run
from bot.holidays import Break, breaks, worked
from bot.storage.orders import Orders
from bot.storage.proposals import Suggested, decided_since, has_proposals, orders_after
from bot.storage.store import Store
from rules.book import Plan, RuleBook
from rules.calendar import Calendar
from rules.dates import A_DAY, monday_of
from rules.events import FIRST
from rules.orders import Order
from rules.proposals import Days, HolidayFactor, Place, Proposal, Stint, factor_of, propose
from rules.stages import Kind, Stage
from rules.stints import days_of, silences_of, stints_of

LATELY = timedelta(weeks=13)
"""Limits are proposed from so long a history: twelve whole weeks to count in, and one that may be in part."""
A_YEAR_AND_MORE = timedelta(days=420)
"""Holidays are compared with those of last year."""
AHEAD = timedelta(weeks=6)
"""Holidays that begin within that time are proposed."""
AROUND = timedelta(weeks=4)
"""The workdays of so many weeks before and after are the usual ones beside a holiday."""
QUIET = timedelta(weeks=4)
"""What was decided about is not proposed again for so long."""
MOST_ORDERS = 20_000
"""A larger sample would say the same."""
MOST_FOR_SILENCE = 2_000
"""Of so many, the single news are read as well."""
AT_A_TIME = 1_000
"""So many orders are read by one statement, about."""
MOST_PASSED = 20
"""And so many times as many passed by at most."""
EVENTS_AT_A_TIME = 200

log = structlog.get_logger("proposals")

Places = Mapping[Place, Sequence[Stint]]


@dataclass(slots=True, kw_only=True)
class Sample:
    """Some of the orders; each stands for `each` of them."""

    each: int = 1
    orders: list[tuple[int, Order]] = field(default_factory=list[tuple[int, Order]])

    def take(self, orders: Sequence[tuple[int, Order]]) -> None:
        """Take these as well; of too many, about every other one is dropped, by its lot."""
        self.orders += orders
        while len(self.orders) > MOST_ORDERS:
            self.each *= 2
            self.orders = [one for one in self.orders if one[0] % self.each == 0]


async def propose_limits(run: Run, store: Store, book: RuleBook, now: datetime) -> None:
    """Write down what history proposes this week, unless that is done."""
    week = monday_of(book.calendar.local(now).date()).isoformat()
    async with store.reading() as connection:
        if await has_proposals(connection, week):
            return
        decided = await decided_since(connection, now - QUIET)
    sample = await sample_of(store, now)
    silences, of_each = await _silences(store, sample, book, now)
    found = await asyncio.to_thread(_found, sample, silences, of_each, book, now)
    told = [one for one in found if not (one.is_new and one.place in decided)]
    await run("proposals", lambda work: work.proposals.put(week, told, now))
    log.info("proposals.found", week=week, new=sum(one.is_new for one in told), orders=len(sample.orders))


async def sample_of(store: Store, now: datetime) -> Sample:
    """Pass by all orders by their keys alone, some thousands at a time; those whose lot it is are read."""
    sample, after = Sample(), FIRST
    while True:
        async with store.reading() as connection:
            page, last = await orders_after(
                connection,
                after,
                now - A_YEAR_AND_MORE,
                sample.each,
                AT_A_TIME * min(sample.each, MOST_PASSED),
            )
        sample.take(page)
        if last is None:
            return sample
        after = last


async def _silences(store: Store, sample: Sample, book: RuleBook, now: datetime) -> tuple[Places, int]:
    """How long stages were silent, of a part of the sample; and for how many orders each of it stands."""
    lately = [order for _, order in sample.orders if _is_lately(order, now)]
    step = max(1, -(-len(lately) // MOST_FOR_SILENCE))
    chosen, found = lately[::step], defaultdict[Place, list[Stint]](list)
    days = worked(now.year - 1, now.year)
    for place in range(0, len(chosen), EVENTS_AT_A_TIME):
        part = chosen[place : place + EVENTS_AT_A_TIME]
        async with store.reading() as connection:
            events = await Orders(connection).events([order.key for order in part])
        for order in part:
            for where, stint in silences_of(order, events[order.key], book, days, now):
                found[where].append(stint)
    return found, sample.each * step


def _is_lately(order: Order, now: datetime) -> bool:
    return order.created_at is not None and order.created_at >= now - LATELY


def _found(sample: Sample, silences: Places, of_each: int, book: RuleBook, now: datetime) -> list[Suggested]:
    """What history proposes. It takes a while: for a thread."""
    days, everything = worked(now.year - 1, now.year), defaultdict[Place, list[Stint]](list)
    for _, order in sample.orders:
        for place, stint in stints_of(order, book, days, now):
            everything[place].append(stint)
    limits = [
        Suggested(limit=proposal)
        for places, each in ((everything, sample.each), (silences, of_each))
        for proposal in _limits(places, each, book, now)
    ]
    return [*limits, *(Suggested(holiday=one) for one in _holidays(everything, book, now))]


def _limits(places: Places, each: int, book: RuleBook, now: datetime) -> Iterator[Proposal]:
    plans = {plan.lane or "": plan for plan in (book.default, *(lane.plan for lane in book.lanes))}
    days_in = {days: _days_in(days, book.calendar, now) for days in Days}
    for place in sorted(places):
        old = _limit_of(plans.get(place.lane), place)
        lately = [stint for stint in places[place] if now - LATELY <= stint.since <= now]
        if place.days is not Days.HOLIDAY and old is not None and lately:
            wait, days = book.budget.contact, days_in[place.days]
            yield propose(place, lately, old, now, each=each, least_wait=wait, days_in=days)


def _days_in(kind: Days, calendar: Calendar, now: datetime) -> list[int]:
    """How many days of the kind each of the last weeks had, newest first."""
    known = worked(now.year - 1, now.year)
    kinds = [days_of(now - number * A_DAY, calendar, known) for number in range(LATELY // A_DAY)]
    return [kinds[first : first + 7].count(kind) for first in range(0, len(kinds), 7)]


def _limit_of(plan: Plan | None, place: Place) -> timedelta | None:
    """The first limit of that kind; None where the lane or the limit is not there any more."""
    limits = () if plan is None else plan.stages[place.stage].limits
    return min((limit.after for limit in limits if limit.when is place.kind), default=None)


def _holidays(places: Places, book: RuleBook, now: datetime) -> Iterator[HolidayFactor]:
    today = book.calendar.local(now).date()
    before = {one.name: one for one in breaks(today.year - 1)}
    last_year = {**before, **{one.name: one for one in breaks(today.year) if one.last < today}}
    for one in (*breaks(today.year), *breaks(today.year + 1)):
        past = last_year.get(one.name)
        if today < one.first <= today + AHEAD and past is not None:
            yield _holiday(one, past, places, book)


def _holiday(one: Break, past: Break, places: Places, book: RuleBook) -> HolidayFactor:
    """The factor of a holiday to come, from the stages that began on its days last year."""
    there, usual = defaultdict[Stage, list[Stint]](list), defaultdict[Stage, list[Stint]](list)
    for place, stints in places.items():
        if place.kind is Kind.NOT_COMPLETED and place.days is not Days.WEEKEND:
            part = there if place.days is Days.HOLIDAY else usual
            slack = timedelta() if place.days is Days.HOLIDAY else AROUND
            part[place.stage] += _within(stints, past.first - slack, past.last + slack, book.calendar)
    return factor_of(
        name=one.name,
        days=(one.first, one.last),
        past=(past.first, past.last),
        there=there,
        usual=usual,
        old=float(book.calendar.holiday_factor),
    )


def _within(stints: Collection[Stint], first: date, last: date, calendar: Calendar) -> list[Stint]:
    return [stint for stint in stints if first <= calendar.local(stint.since).date() <= last]
