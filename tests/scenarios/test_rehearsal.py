"""The live book, rehearsed over what the service has recorded, gives what the service has raised."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from bot.directory import read_directory
from bot.storage.cases import Cases
from bot.storage.histories import Histories
from handlers.records import Entry
from rules.anomalies import Anomaly
from rules.events import OrderKey, OrderNo
from rules.events import Shop as ShopName
from rules.history import What
from rules.rehearsal import Occasion, Rehearsed, rehearse
from rules.retelling import retell
from tests.deployment import Deployment
from tests.scenarios.shop import Shop, a_shop
from tests.scenarios.test_any_arrival import OTHERS, STAGES, STATUSES

AT_ONCE = 8
"""Orders that live side by side."""
HOURS = 9
PEOPLE = ("zhangsan", "zhaoliu", "lisi")
WORDS = ("/认领 {no}", "/认领 {no}", "/稍后 {no} 10", "/原因 {no} 仓库在盘点", "/升级 {no}")
BUTTONS = ("发送回复", "认领", "升级")


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that comes in at a moment of the story: an event that had happened before, or somebody's word."""

    after: timedelta
    number: str
    kind: str = ""
    data: dict[str, Any]
    late: timedelta = timedelta()
    word: str = ""


def a_life(random: Random, number: str, place: int) -> list[Happening]:
    """Some of what can happen to an order, and what people say of it; no two things at one moment."""
    found = [_created(number, place)]
    for turn in range(random.randint(4, 10)):
        after = timedelta(minutes=random.randrange(HOURS * 60), milliseconds=7 * turn + 101 * place + 1)
        if random.random() < 1 / 4:
            found.append(Happening(after=after, number=number, data={}, word=random.choice(WORDS)))
            continue
        late = timedelta(minutes=random.choice((0, 0, 0, 3, 45, 200)))
        kind, data = _news(random)
        found.append(Happening(after=after, number=number, kind=kind, data=data, late=late))
    return found


def _created(number: str, place: int) -> Happening:
    data = {"channel": "miniprogram", "items": [{"sku": "A"}], "warehouse": "hz1"}
    return Happening(after=timedelta(milliseconds=place + 1), number=number, kind="order.created", data=data)


def _news(random: Random) -> tuple[str, dict[str, Any]]:
    if random.random() < 1 / 4:
        return random.choice(OTHERS)
    stage, status = random.choice(STAGES), random.choice(STATUSES)
    parcel = {"parcel": random.choice("AB")} if stage in STAGES[3:] and random.random() < 1 / 2 else {}
    return "order.stage", {"stage": stage, "status": status, **parcel}


async def live(shop: Shop, random: Random, numbers: Sequence[str]) -> None:
    """Let all of it happen; now and then somebody taps a button of the newest card."""
    start = shop.clock.now()
    lives = [happening for place, number in enumerate(numbers) for happening in a_life(random, number, place)]
    for happening in sorted(lives, key=lambda one: one.after):
        await shop.passes(seconds=(start + happening.after - shop.clock.now()).total_seconds())
        if happening.word:
            await shop.says(random.choice(PEOPLE), happening.word.format(no=happening.number))
            await _tap(shop, random)
        else:
            event = shop.event(happening.kind, happening.number, ago=happening.late, **happening.data)
            await shop.post(event)
    await shop.passes(hours=random.choice((1, 12, 30)))


async def _tap(shop: Shop, random: Random) -> None:
    cards = shop.group_cards
    if cards and random.random() < 1 / 2:
        card, button, userid = cards[-1], random.choice(BUTTONS), random.choice(PEOPLE)
        if button in card.face(userid).button_texts:
            await shop.taps(userid, card, button)


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """What was raised about an order, for whatever reason it is to be told apart."""

    cases: list[tuple[object, ...]]
    alerts: list[tuple[datetime, bool]]
    """When, and whether it opened a case."""


async def recorded(shop: Shop, key: OrderKey) -> Raised:
    async with shop.database.reading() as connection:
        cases = (await Cases(connection).of([key]))[key]
        lines: list[Entry] = [line for case in cases for line in await Cases(connection).timeline(case.id)]
    raised = [
        (line.at, line.what is What.OPENED) for line in lines if line.what in {What.OPENED, What.BREACHED}
    ]
    return Raised(cases=sorted(map(_facts, cases), key=repr), alerts=sorted(raised))


def _facts(case: Anomaly) -> tuple[object, ...]:
    asked = case.stage, case.parcel, case.run, case.due_at, case.book_version
    more = case.kind, case.since, case.opened_at, case.breaches, case.priority, case.silent, case.lane
    ends = case.ended_at, case.ended_how, case.closed_at, case.self_healed, case.reopenings
    people = case.touched_at, case.claimed_at, case.sent_at, case.reached_at, case.snoozed_until
    return (*asked, *more, *ends, *people)


async def rehearsed(shop: Shop, key: OrderKey) -> Rehearsed:
    directory = await read_directory(shop.settings, shop.clock.now())
    async with shop.database.reading() as connection:
        histories = Histories(connection)
        events, deeds = await histories.events([key]), await histories.deeds([key])
    now = shop.clock.now()
    moments = retell(key, events[key], deeds.get(key, ()), now)
    return rehearse(key, moments, directory.rules, lambda _: directory.roster, now)


def told(found: Rehearsed) -> Raised:
    raised = [
        (one.raised_at, one.occasion is Occasion.OPENED)
        for one in found.alerts
        if one.occasion in {Occasion.OPENED, Occasion.AGAIN}
    ]
    return Raised(cases=sorted(map(_facts, found.cases), key=repr), alerts=sorted(raised))


MANY = [range(first, first + 40, AT_ONCE) for first in range(AT_ONCE, 200, 40)]
"""Two hundred histories, five rounds after each other in one shop."""


@pytest.mark.parametrize("firsts", [(0,), *(pytest.param(firsts, marks=pytest.mark.long) for firsts in MANY)])
async def test_the_live_book_gives_what_was_recorded(deployment: Deployment, firsts: Sequence[int]) -> None:
    async with a_shop(deployment) as shop:
        raised = 0
        for first in firsts:
            numbers = [f"DB{number:04}" for number in range(first, first + AT_ONCE)]
            await live(shop, Random(first), numbers)
            calls = len(shop.wecom.calls)
            for number in numbers:
                key = OrderKey(ShopName("main"), OrderNo(number))
                was, would = await recorded(shop, key), told(await rehearsed(shop, key))
                assert would == was, number
                raised += len(was.alerts)
            assert len(shop.wecom.calls) == calls, "a rehearsal calls nobody"
        assert raised > len(firsts) * AT_ONCE / 2
