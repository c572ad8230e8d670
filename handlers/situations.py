"""How is all that is known of a case gathered, for words and decisions?"""

from collections.abc import Sequence
from datetime import datetime

from handlers.outbox import Letter, LetterKind
from handlers.ports import Work
from handlers.world import World
from replies.situation import Situation
from rules.anomalies import Anomaly
from rules.book import AutomaticAction
from rules.contact import Route, Window, route_to
from rules.delivery import DeliveryState
from rules.orders import Order


async def situation_of(work: Work, world: World, case: Anomaly, order: Order, now: datetime) -> Situation:
    """The case as it stands at this instant."""
    letters = await work.outbox.of_case(case.id)
    task = await work.tasks.of_case(case.id)
    return Situation(
        order=order,
        anomaly=case,
        book=world.directory.rules.of(case),
        roster=world.directory.roster,
        route=await find_route(work, world, order, now),
        now=now,
        delivered=_delivered(letters),
        stock_result=None if task is None else task.result,
        last_round=last_round(letters),
        link=world.links.case_page(case.id),
    )


async def find_route(work: Work, world: World, order: Order, now: datetime) -> Route:
    """How the customer can be reached now."""
    return route_to(order, await _window(work, world, order), now, connected=world.surfaces.kf)


async def _window(work: Work, world: World, order: Order) -> Window | None:
    customer = order.customer
    open_kfid = customer.open_kfid or world.surfaces.open_kfid
    if not (open_kfid and customer.external_userid):
        return None
    return await work.windows.find(open_kfid, customer.external_userid)


def last_round(letters: Sequence[Letter]) -> DeliveryState | None:
    """How the latest message to the customer stands."""
    rounds = [letter for letter in letters if letter.kind is LetterKind.CUSTOMER]
    return rounds[-1].state if rounds else None


def _delivered(letters: Sequence[Letter]) -> dict[AutomaticAction, datetime]:
    """The automatic actions that have reached their addressee."""
    return {
        AutomaticAction(letter.content["action"]): letter.done_at
        for letter in letters
        if letter.state is DeliveryState.SENT and letter.done_at is not None and "action" in letter.content
    }
