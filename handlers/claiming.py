"""When somebody claims several cases at once: each by the rules of a tap, and each group hears of its own in one line."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from handlers.desk import Deed, Told, perform
from handlers.ports import Work
from handlers.scribe import Scribe
from handlers.trail import Doer, Way
from handlers.world import World
from replies import notices
from rules.actions import Action
from rules.anomalies import AnomalyId
from rules.events import OrderKey, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What came of one of them."""

    case: AnomalyId
    order: OrderKey
    told: Told


async def claim_one(work: Work, world: World, case_id: AnomalyId, actor: UserId) -> Claim | None:
    """Claim a case among several; None for one that there is not, or not for them."""
    case = await work.cases.find(case_id)
    if case is None:
        return None
    deed = Deed(case=case_id, actor=actor, action=Action.CLAIM, quiet=True)
    told = await perform(work, world, deed)
    return None if told.hindrance is not None else Claim(case=case_id, order=case.order, told=told)


async def tell_groups(work: Work, world: World, claims: Sequence[Claim], actor: UserId) -> None:
    """Tell each group which of its cases somebody has taken."""
    scribe = Scribe(world, world.now(), Doer(actor=actor, way=Way.PAGE))
    found = await work.cases.with_orders({claim.case for claim in claims if claim.told.done})
    numbers = defaultdict[str, list[str]](list)
    for case, order in found.values():
        numbers[scribe.group_of(case, order)].append(order.key.order_no)
    directory = world.directory
    clock = directory.rules.current.calendar.local(scribe.now)
    for group, orders in numbers.items():
        text = notices.claimed_together(directory.roster.name(actor), f"{clock:%H:%M}", sorted(orders))
        scribe.remind_group(group, f"claimed:{world.new_id()}:{group}", text)
    await scribe.flush(work)
