"""How is all that is known of a case gathered, for words and decisions?"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from handlers.addressing import address_by
from handlers.outbox import CHANGES, CHANNELS, Letter, LetterKind, Medium
from handlers.ports import Tally, Work
from handlers.taskbook import TasksOfCase
from handlers.world import World
from replies.situation import Situation
from rules.anomalies import Anomaly, AnomalyId, was_told
from rules.book import AutomaticAction
from rules.contact import Channel, Ways, Window, allowance, route_to
from rules.delivery import DeliveryState
from rules.events import OrderEvent, OrderKey
from rules.orders import Order
from rules.outages import in_dark
from rules.promises import Promise, pledge_of
from rules.tasks import Task, TaskKind

NO_PLEDGES: Mapping[AnomalyId, Promise | None] = {}
Customer = tuple[str, str]
"""Where 微信客服 writes to: the account, and the customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """A case at one instant, with what its words are made of."""

    situation: Situation
    letters: Sequence[Letter]
    """All of them, oldest first."""


async def situation_of(work: Work, world: World, case: Anomaly, order: Order, now: datetime) -> Situation:
    """The case as it stands at this instant."""
    return (await _dossiers(work, world, {case.id: (case, order)}, now))[case.id].situation


async def dossiers_of(
    work: Work, world: World, cases: Collection[AnomalyId], now: datetime
) -> dict[AnomalyId, Dossier]:
    """The dossiers of several cases, read together; a case that is not there is left out."""
    return await _dossiers(work, world, await work.cases.with_orders(cases), now)


async def dossiers_of_new(
    work: Work,
    world: World,
    cases: Mapping[AnomalyId, tuple[Anomaly, Order]],
    letters: Iterable[Letter],
    tasks: Iterable[Task],
    now: datetime,
) -> dict[AnomalyId, Dossier]:
    """The dossiers of cases that were opened in this transaction, from what there is to write of them."""
    letters_of = defaultdict[AnomalyId | None, list[Letter]](list)
    for letter in letters:
        letters_of[letter.case].append(letter)
    its_letters = {case: letters_of[case] for case in cases}
    its_tasks = defaultdict[AnomalyId, dict[TaskKind, Task]](dict)
    for task in tasks:
        its_tasks[task.case][task.kind] = task
    return await _put_together(work, world, cases, its_letters, its_tasks, now)


async def case_of(letter: Letter, work: Work) -> tuple[Anomaly, Order] | None:
    """The case that a letter is about, and its order, as last committed."""
    return None if letter.case is None else (await work.cases.with_orders([letter.case])).get(letter.case)


async def _dossiers(
    work: Work, world: World, cases: Mapping[AnomalyId, tuple[Anomaly, Order]], now: datetime
) -> dict[AnomalyId, Dossier]:
    letters = await work.outbox.of_cases(cases)
    tasks = await work.tasks.of_cases(cases)
    promises = await work.promises.of({case.order for case, _ in cases.values() if was_told(case)})
    pledges = {key: pledge_of(case.id, promises.get(case.order, ())) for key, (case, _) in cases.items()}
    return await _put_together(work, world, cases, letters, tasks, now, pledges)


async def _put_together(
    work: Work,
    world: World,
    cases: Mapping[AnomalyId, tuple[Anomaly, Order]],
    letters: Mapping[AnomalyId, Sequence[Letter]],
    tasks: Mapping[AnomalyId, TasksOfCase],
    now: datetime,
    pledges: Mapping[AnomalyId, Promise | None] = NO_PLEDGES,
) -> dict[AnomalyId, Dossier]:
    customers = {key: _customer(order, world) for key, (_, order) in cases.items()}
    windows = await work.windows.find_all({customer for customer in customers.values() if customer})
    events = await _told_of(work, world, cases.values())
    incidents = await work.incidents.of_cases(case for case, _ in cases.values())
    left = await _mass_left(work, world, [order for _, order in cases.values()], now)
    return {
        key: Dossier(
            situation=Situation(
                order=order,
                anomaly=case,
                book=world.directory.rules.of(case),
                roster=world.team(case),
                route=route_to(
                    order,
                    Ways(
                        connected=world.surfaces.kf,
                        window=_window(customers[key], windows),
                        mass_left=left.get(order.customer.external_userid or ""),
                        sidebar=world.surfaces.sidebar,
                        refused=_refused(letters[key]),
                    ),
                    now,
                ),
                now=now,
                delivered=_delivered(letters[key]),
                tasks=tasks.get(key, {}),
                last_round=last.state if (last := last_message(letters[key])) else None,
                last_channel=CHANNELS.get(last.medium) if last else None,
                incident=None if case.incident is None else incidents.get(case.incident),
                in_hands_of=last.in_hands_of if last else None,
                pledge=pledges.get(key),
                outage=in_dark(case, order, events.get(order.key, ()), world.directory.outages),
                link=world.links.case_page(key),
            ),
            letters=letters[key],
        )
        for key, (case, order) in cases.items()
    }


async def _told_of(
    work: Work, world: World, cases: Iterable[tuple[Anomaly, Order]]
) -> Mapping[OrderKey, Sequence[OrderEvent]]:
    """What was reported of the orders; not asked for while no source is out."""
    return await work.orders.events({order.key for _, order in cases}) if world.directory.outages else {}


def _customer(order: Order, world: World) -> Customer | None:
    open_kfid = order.customer.open_kfid or world.surfaces.open_kfid
    external_userid = order.customer.external_userid
    return (open_kfid, external_userid) if open_kfid and external_userid else None


def _window(customer: Customer | None, windows: Mapping[Customer, Window]) -> Window | None:
    return None if customer is None else windows.get(customer)


async def _mass_left(work: Work, world: World, orders: Iterable[Order], now: datetime) -> dict[str, int]:
    """How many 群发 each customer may still get, of those who are among somebody's contacts."""
    customers = {
        order.customer.external_userid
        for order in orders
        if order.customer.external_userid and order.customer.owner_userid
    }
    if not (world.surfaces.mass and customers):
        return {}
    zone = world.directory.rules.current.calendar.zone
    allowed = allowance(world.surfaces.mass_per, now, zone)
    addresses = {customer: address_by(Medium.MASS, customer) for customer in customers}
    tallies = await work.outbox.tallies(set(addresses.values()), allowed.since)
    spent = {customer: tallies.get(address, Tally()) for customer, address in addresses.items()}
    return {customer: 0 if tally.capped else allowed.most - tally.sent for customer, tally in spent.items()}


def _refused(letters: Sequence[Letter]) -> frozenset[Channel]:
    """The ways by which a message of the case did not get through. What shuts 微信客服 is known of its window."""
    by_hand = (letter for letter in letters if letter.medium in {Medium.MASS, Medium.SIDEBAR})
    return frozenset(CHANNELS[letter.medium] for letter in by_hand if letter.is_refused)


def last_message(letters: Sequence[Letter]) -> Letter | None:
    """The latest message to the customer."""
    rounds = [letter for letter in letters if letter.kind is LetterKind.CUSTOMER]
    return rounds[-1] if rounds else None


def _delivered(letters: Sequence[Letter]) -> dict[AutomaticAction, datetime]:
    """The automatic actions that have reached their addressee."""
    return {
        AutomaticAction(letter.content["action"]): letter.done_at
        for letter in letters
        if letter.state is DeliveryState.SENT and letter.done_at is not None
        if "action" in letter.content and letter.kind not in CHANGES
    }
