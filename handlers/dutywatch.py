"""What has to be said of duty before anybody asks? What is missing in the days to come, and whose cases stay behind."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from handlers.ports import Work
from handlers.scribe import Scribe
from handlers.world import Listing, World
from replies.commands import board
from replies.duty import name, stretch
from replies.dutyoutlook import message
from replies.summaries import Reading, case_list
from rules.anomalies import Anomaly
from rules.duty import Change, ChangeKind
from rules.events import Shop, UserId
from rules.gaps import Finding, needed_shops
from rules.instants import to_ms
from rules.rights import Role
from rules.roster import Roster

LATE_BY_AT_MOST = timedelta(days=1)
"""A leave that began longer ago is no news any more."""


async def tell_findings(work: Work, world: World, found: Sequence[Finding], shops: Collection[Shop]) -> None:
    """Tell the managers on shift, once a day; nobody when all is well."""
    if not found:
        return
    scribe, roster = Scribe(world, world.now()), world.directory.roster
    text = message(found, roster, board(world.links.listing(Listing.DUTY), own=False))
    asked = (roster.asked(Role.MANAGER, shop, scribe.now) for shop in needed_shops(roster, shops))
    managers = tuple(dict.fromkeys(userid for some in asked for userid in some))
    today = scribe.now.astimezone(roster.zone).date()
    for number, to in enumerate(world.surfaces.addressed(managers)):
        scribe.tell_member(UserId(to), f"duty_outlook:{today}:{number}", text=text)
    await scribe.flush(work)


async def offer_cases(work: Work, world: World) -> None:
    """Tell the lead which cases somebody leaves behind whose leave has begun, once for each leave and shop."""
    scribe = Scribe(world, world.now())
    for leave in begun_lately(world.directory.roster, scribe.now):
        _offer(leave, await work.cases.of_owner(leave.userid), scribe)
    await scribe.flush(work)


def begun_lately(roster: Roster, now: datetime) -> list[Change]:
    """The leaves that have begun and are still on."""
    return [
        change
        for change in roster.changes
        if change.kind is ChangeKind.LEAVE
        and change.covers(now)
        and now < max(change.start, change.made_at or change.start) + LATE_BY_AT_MOST
    ]


def _offer(leave: Change, cases: Sequence[Anomaly], scribe: Scribe) -> None:
    world, roster, directory = scribe.world, scribe.world.directory.roster, scribe.world.directory
    when = stretch(leave.start, leave.end, roster.zone)
    title = f"{name(roster, leave.userid)} 请假（{when}），名下还没关闭的，请安排人接手"
    reading = Reading(rules=directory.rules, roster=roster, now=scribe.now)
    by_shop = defaultdict[Shop, list[Anomaly]](list)
    for case in cases:
        by_shop[case.order.shop].append(case)
    for shop, left in by_shop.items():
        lead = roster.lead(shop, scribe.now)
        if lead is not None:
            link = world.links.personal(None, lead, scribe.now, Listing.OPEN)
            text = case_list(title, left, reading, board(link, own=True))
            scribe.tell_member(lead, f"leave:{_key(leave)}:{shop}", text=text)


def _key(leave: Change) -> str:
    """The same for the same leave, whoever asks; of one in the file, by what it says."""
    return str(leave.number or f"{leave.userid}:{to_ms(leave.start)}")
