"""When events are reported: tie them to orders, fold them in, and follow up the cases."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from handlers.arming import arm, expose, watch_again
from handlers.bodies import same_content
from handlers.known import Known, tasks_of
from handlers.messages import CUSTOMER, PHONE, STOCK, Intake, Reported
from handlers.ports import Work
from handlers.promising import judge_all, move_promises
from handlers.records import Link
from handlers.scribe import Scribe
from handlers.storms import gather
from handlers.tying import Tying, led_to, may_be_of, references
from handlers.withdrawing import withdraw
from handlers.world import World
from rules.anomalies import Anomaly, AnomalyId, end_merged
from rules.contact import Channel
from rules.editions import Rules
from rules.events import Attribute, ContactReport, EventType, OrderEvent, OrderKey, OrderNo, ShortReport
from rules.exposures import may_say_else
from rules.fold import advance, fold
from rules.orders import Order
from rules.raising import raise_shortage
from rules.settling import settle_all
from rules.standing import present_name
from rules.tasks import result_of, settle_task


async def take_in(work: Work, world: World, reports: Sequence[Reported], *, arm: bool = True) -> list[Intake]:
    """Store reported events and everything that follows from them; one answer for each.

    With `arm` False the events are history: no case is opened, nobody hears of a change, and no limit is armed but
    those of the orders that are watched already.
    """
    answers = await sort_out(work, reports)
    fresh = [report for report, answer in zip(reports, answers, strict=True) if answer is Intake.ACCEPTED]
    if fresh:
        await _Batch(work=work, world=world, now=world.now(), arm=arm).process(fresh)
    return answers


async def take_in_tied(
    work: Work, world: World, reports: Sequence[tuple[Reported, Collection[OrderKey]]]
) -> None:
    """The same for events of which it is known to which orders they belong; what belongs to none is not stored."""
    answers = await sort_out(work, [report for report, _ in reports])
    tied = [
        led_to(key, report)
        for (report, keys), answer in zip(reports, answers, strict=True)
        for key in keys
        if answer is Intake.ACCEPTED
    ]
    if tied:
        await _Batch(work=work, world=world, now=world.now(), arm=True).follow(Tying(known={}, tied=tied))


async def take_in_parked(work: Work, world: World, ref: str, key: OrderKey) -> int:
    """What is parked under a reference belongs to an order after all, except what names another shop.

    It is followed up like news; how many events there were.
    """
    return await _Batch(work=work, world=world, now=world.now(), arm=True).take_parked(ref, key)


async def sort_out(work: Work, reports: Sequence[Reported]) -> list[Intake]:
    """Which events are new, which are repeats, and which contradict what is stored."""
    known = await work.orders.bodies({report.event.key for report in reports})
    answers: list[Intake] = []
    for report in reports:
        stored = known.get(report.event.key)
        if stored is None:
            known[report.event.key] = report.body
            answers.append(Intake.ACCEPTED)
        else:
            answers.append(Intake.DUPLICATE if same_content(stored, report.body) else Intake.CONFLICT)
    return answers


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """New events, on their way into the database."""

    work: Work
    world: World
    now: datetime
    arm: bool

    @property
    def rules(self) -> Rules:
        return self.world.directory.rules

    async def process(self, fresh: Sequence[Reported]) -> None:
        await self.follow(await self._tie(fresh))

    async def take_parked(self, ref: str, key: OrderKey) -> int:
        """Tie to an order what waits for the reference; how many events there were."""
        waiting = await self.work.orders.unpark({ref})
        theirs = [report for report in waiting if may_be_of(key, report)]
        tying = Tying(known=await self.work.orders.resolve(references(waiting)))
        for report in theirs:
            tying.tie_to(key, report)
        tying.parked += [report for report in waiting if report not in theirs]
        await self._tie_waiting(tying, parked_refs={ref})
        await self.work.orders.park(tying.parked)
        if theirs:
            await self.follow(tying)
        return len(theirs)

    async def follow(self, tying: Tying) -> None:
        """Store what is tied, and all that follows from it."""
        orders, events = await self._take(tying)
        missed = await self._missed_shortages(_with_new_items(orders, events))
        if missed:
            await self._take(Tying(known={}, tied=missed))

    async def _take(self, tying: Tying) -> tuple[list[Order], list[OrderEvent]]:
        """Store what was tied, and follow up; the orders as they are now, and the events that were new to them."""
        scribe = Scribe(self.world, self.now)
        before = await self.work.orders.lock(
            {report.event.order for report in tying.tied} | {key for pair in tying.same for key in pair}
        )
        absorbed = await self._merge(tying, before, scribe)
        reports = [_moved(report, absorbed) for report in tying.tied]
        await self.work.orders.link({_led(link, absorbed) for link in tying.links})
        stored = await self.work.orders.store(reports)
        events = [report.event for report in reports if (report.event.key, report.event.order) in stored]
        after = await self._fold(before, events, afresh=set(absorbed.values()))
        await self.work.orders.link(_to_customers(after, events))
        await self.work.personal.keep(_with_personal(events))
        recovered = await self._follow_up(before, after, events, scribe)
        if self.arm:
            await gather(self.work, scribe)
        else:
            scribe.hush()
        await scribe.flush(self.work)
        if self.arm and recovered:
            await withdraw(recovered, self.work, self.world, self.now)
        if not self.arm:
            await watch_again(self.work, self.world, after)
        return after, events

    # --- which order --------------------------------------------------------

    async def _tie(self, fresh: Sequence[Reported]) -> Tying:
        """Tie the events, and those that were parked until something led to their order."""
        tying = Tying(known=await self.work.orders.resolve(references(fresh)))
        for report in fresh:
            tying.tie(report)
        await self._tie_waiting(tying, parked_refs=set())
        for report in tying.for_warehouse:
            await self._spread(report, tying)
        await self.work.orders.park(tying.parked)
        await self.work.personal.keep(_with_personal(report.event for report in tying.parked))
        return tying

    async def _tie_waiting(self, tying: Tying, parked_refs: set[str]) -> None:
        """Tie what waited for the new links, and for those that come of it."""
        while new_refs := {link.ref for link in tying.links} - parked_refs:
            parked_refs |= new_refs
            for report in await self.work.orders.unpark(new_refs):
                tying.tie(report)

    async def _spread(self, report: Reported, tying: Tying) -> None:
        """A shortage of a whole warehouse concerns every open order there that holds the goods.

        It is kept as well: an order that was there by then may be reported later.
        """
        short = report.event.report
        if isinstance(short, ShortReport):
            shop = report.event.order.shop
            keys = await self.work.orders.holding(shop, short.warehouse, short.sku)
            tying.tied += [led_to(key, report) for key in keys]
            goods = OrderNo(STOCK + (short.sku or ""))
            tying.parked.append(led_to(OrderKey(shop, goods), report))

    async def _missed_shortages(self, orders: Sequence[Order]) -> list[Reported]:
        """The shortages of warehouses that concern these orders, whose goods have only now become known."""
        created = [order.created_at for order in orders if order.created_at is not None]
        if not created:
            return []
        refs = {STOCK} | {STOCK + item.sku for order in orders for item in order.items}
        kept = await self.work.orders.parked(refs, min(created))
        return [
            led_to(order.key, report) for order in orders for report in kept if _concerns(report.event, order)
        ]

    async def _merge(
        self, tying: Tying, orders: dict[OrderKey, Order], scribe: Scribe
    ) -> dict[OrderKey, OrderKey]:
        """Make one of each pair of orders that are the same: the one whose creation is known stays."""
        absorbed: dict[OrderKey, OrderKey] = {}
        for pair in tying.same:
            one, other = (absorbed.get(key, key) for key in pair)
            if one == other:
                continue
            into, gone = (
                (other, one) if orders[one].created_at is None and orders[other].created_at else (one, other)
            )
            absorbed = {key: into if kept == gone else kept for key, kept in absorbed.items()} | {gone: into}
            await self.work.orders.merge(gone, into)
            await move_promises(gone, into, scribe, self.work)
            tying.links.add(Link(ref=gone.order_no, order=into))
            del orders[gone]
            for case in (await self.work.cases.of([gone]))[gone]:
                if case.closed_at is None:
                    scribe.change(case, end_merged(case, self.now), Order(key=gone))
        return absorbed

    # --- what is true of it now ---------------------------------------------

    async def _fold(
        self, before: Mapping[OrderKey, Order], events: Iterable[OrderEvent], afresh: set[OrderKey]
    ) -> list[Order]:
        """The orders with the new events, from where they were or, when an event came late, from the start."""
        new: dict[OrderKey, list[OrderEvent]] = {}
        for event in events:
            new.setdefault(event.order, []).append(event)
        advanced = {key: advance(before[key], batch) for key, batch in new.items() if key not in afresh}
        late = afresh | {key for key, order in advanced.items() if order is None}
        stored = await self.work.orders.events(late) if late else {}
        folded = [fold(key, batch) for key, batch in stored.items()]
        return [*folded, *(order for order in advanced.values() if order is not None)]

    # --- what follows -------------------------------------------------------

    async def _follow_up(
        self,
        before: Mapping[OrderKey, Order],
        orders: Sequence[Order],
        events: Sequence[OrderEvent],
        scribe: Scribe,
    ) -> list[AnomalyId]:
        """Settle the cases; those with a reply of ours whose trouble is over now."""
        cases = await self.work.cases.of([order.key for order in orders])
        await self._follow_tasks(cases, orders, events, scribe)
        outlooks = await self.work.orders.save(orders, self.rules.edition, arm=self.arm)
        await self.work.orders.index_items(_with_new_items(orders, events))
        await self._open_windows(events, {order.key: order for order in orders})
        shortages = {event.order for event in events if event.type is EventType.STOCK_SHORT}
        answered: list[AnomalyId] = []
        recovered: list[AnomalyId] = []
        for order in orders:
            present = self._settle(cases[order.key], order, scribe)
            written = [
                (was, case) for was, case in zip(cases[order.key], present, strict=True) if case.send_round
            ]
            answered += [case.id for was, case in written if was.closed_at is None or case.closed_at is None]
            recovered += [
                case.id for was, case in written if was.ended_at is None and case.ended_at is not None
            ]
            if self.arm:
                present += self._raise_shortage(order, present, scribe, is_news=order.key in shortages)
                arm(order, outlooks.get(order.key), present, scribe)
        if self.arm:
            news = (order for order in orders if may_say_else(before[order.key], order))
            await expose(news, self.work, self.world, self.now)
        await judge_all(orders, cases, scribe, self.work)
        if answered:
            await self.work.outbox.inquire_now(answered, self.now)
        return recovered

    async def _follow_tasks(
        self,
        cases: Mapping[OrderKey, Sequence[Anomaly]],
        orders: Iterable[Order],
        events: Iterable[OrderEvent],
        scribe: Scribe,
    ) -> None:
        """What the events answer nobody needs to answer any more."""
        going = {case.id: case for known in cases.values() for case in known if case.closed_at is None}
        scribe.known = Known(tasks=await tasks_of(going, self.work))
        present = {order.key: order for order in orders}
        for task in scribe.known.tasks.values():
            case = going[task.case]
            parcel = present_name(case.parcel, present[case.order])
            news = (event for event in events if event.order == case.order)
            results = (result_of(task.kind, event, parcel, case.since) for event in news)
            result = next(filter(None, results), None)
            if result is not None and task.done_at is None:
                scribe.keep_task(settle_task(task, result, self.now))
                scribe.task_cards.append((case, task.kind, None))

    async def _open_windows(self, events: Iterable[OrderEvent], orders: Mapping[OrderKey, Order]) -> None:
        """A customer who writes to 微信客服 may be written to for a while."""
        for event in events:
            contact, known = event.report, orders[event.order].customer
            if isinstance(contact, ContactReport) and (contact.channel == Channel.KF or contact.open_kfid):
                open_kfid = contact.open_kfid or known.open_kfid or self.world.surfaces.open_kfid
                external_userid = contact.external_userid or known.external_userid
                if open_kfid and external_userid:
                    await self.work.windows.heard(open_kfid, external_userid, event.at)

    def _settle(self, cases: Sequence[Anomaly], order: Order, scribe: Scribe) -> list[Anomaly]:
        settled = settle_all(cases, order, self.rules.of, self.now)
        for case, after in zip(cases, settled, strict=True):
            scribe.change(case, after, order)
        return settled

    def _raise_shortage(
        self, order: Order, cases: Sequence[Anomaly], scribe: Scribe, *, is_news: bool
    ) -> list[Anomaly]:
        raised = raise_shortage(order, cases, self.rules, self.now, self.world.new_id, is_news=is_news)
        if raised is None:
            return []
        scribe.change(raised.before, raised.after, order)
        return [raised.after]


def _concerns(event: OrderEvent, order: Order) -> bool:
    """Whether a shortage of a warehouse is about goods of an order that was there by then."""
    short, placed = event.report, order.created_at
    return (
        isinstance(short, ShortReport)
        and (placed is not None and event.at >= placed)
        and event.order.shop == order.key.shop
        and (not short.warehouse or short.warehouse == order.text(Attribute.WAREHOUSE))
        and (not short.sku or short.sku in {item.sku for item in order.items})
    )


def _moved(report: Reported, absorbed: Mapping[OrderKey, OrderKey]) -> Reported:
    into = absorbed.get(report.event.order)
    return report if into is None else led_to(into, report)


def _led(link: Link, absorbed: Mapping[OrderKey, OrderKey]) -> Link:
    return replace(link, order=absorbed.get(link.order, link.order))


def _to_customers(orders: Iterable[Order], events: Iterable[OrderEvent]) -> set[Link]:
    """What leads from the customers that were named just now, and from their phones, to their orders."""
    named = {event.order for event in events if event.customer or event.type is EventType.CONTACTED}
    known = [order for order in orders if order.key in named]
    return {
        Link(ref=CUSTOMER + order.customer.external_userid, order=order.key)
        for order in known
        if order.customer.external_userid
    } | {
        Link(ref=PHONE + order.customer.phone.shown, order=order.key)
        for order in known
        if order.customer.phone is not None
    }


def _with_personal(events: Iterable[OrderEvent]) -> dict[OrderKey, datetime]:
    """The orders of which something personal was told, and when."""
    return {
        event.order: event.observed_at
        for event in events
        if event.customer is not None and (event.customer.phone or event.customer.address)
    }


def _with_new_items(orders: Iterable[Order], events: Collection[OrderEvent]) -> list[Order]:
    """The orders whose goods, or whose warehouse, were named just now."""
    named = {
        event.order for event in events if event.items is not None or Attribute.WAREHOUSE in event.attributes
    }
    return [order for order in orders if order.key in named and order.items]
