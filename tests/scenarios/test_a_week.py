"""A week of orders that stand still, and a service that is away for some seconds now and then: nothing is forgotten."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

import pytest

from tests.deployment import Deployment
from tests.scenarios.shop import MONDAY_MORNING, Shop, a_shop

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
TICK = timedelta(seconds=5)
AWAY = timedelta(seconds=4)
LIMITS: Mapping[tuple[str, str], timedelta] = {
    ("payment", "started"): 5 * MINUTE,
    ("payment", "completed"): 20 * MINUTE,
    ("picking", "completed"): 90 * MINUTE,
    ("packing", "completed"): 180 * MINUTE,
    ("pickup", "completed"): DAY,
}
"""The last news of an order, and how long it may stand still after it."""
AGAIN = ("pickup", "completed")
"""Where the limit passes once more after each further day."""
LADDER = {"reminded": 3 * MINUTE, "handed_over": 6 * MINUTE, "pushed": 9 * MINUTE}
"""What is said of its steps; the second one gives the case to the lead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """An order of which nothing is heard any more."""

    number: str
    at: datetime
    last: tuple[str, str]

    def limits(self, end: datetime) -> list[datetime]:
        """When each of its limits has passed before `end`, oldest first."""
        often = 1 + (end - self.at) // DAY if self.last == AGAIN else 1
        passed = [self.at + number * LIMITS[self.last] for number in range(1, often + 1)]
        return [at for at in passed if at < end]


@pytest.mark.parametrize(
    ("days", "orders", "restarts"), [(1, 8, 1), pytest.param(7, 40, 4, marks=pytest.mark.long)]
)
async def test_every_limit_and_every_step_comes_once_and_within_a_tick(
    deployment: Deployment, days: int, orders: int, restarts: int
) -> None:
    random, end = Random(days), MONDAY_MORNING + days * DAY
    stuck = _orders(random, orders, days * DAY * 3 / 4)
    limits = {one.number: one.limits(end) for one in stuck}
    outages = sorted(random.sample([at - AWAY / 2 for passed in limits.values() for at in passed], restarts))

    timelines = await told(deployment, stuck, outages, end)

    assert timelines.keys() == {number for number, passed in limits.items() if passed}
    for number, timeline in timelines.items():
        raised = [at for what, at in timeline if what in {"opened", "breached"}]
        assert _lateness(raised, limits[number])
        for step, after in LADDER.items():
            took = [at for what, at in timeline if what == step]
            assert _lateness(took[:1], [raised[0] + after])
            assert len(took) == 1 or len(raised) > 1


def _orders(random: Random, count: int, within: timedelta) -> list[Stuck]:
    """Some orders, each of which stops somewhere at some time, oldest first."""
    moments = sorted(MONDAY_MORNING + within * random.random() for _ in range(count))
    return [
        Stuck(
            number=f"DB{number:03}",
            at=at.replace(microsecond=0),
            last=random.choice(list(LIMITS)),
        )
        for number, at in enumerate(moments)
    ]


def _lateness(happened: Sequence[datetime], due: Sequence[datetime]) -> bool:
    """Whether each came once, after it was due and not more than a tick after."""
    return len(happened) == len(due) and all(
        timedelta() < at - expected <= TICK for at, expected in zip(happened, due, strict=True)
    )


async def told(
    deployment: Deployment, stuck: Sequence[Stuck], outages: Sequence[datetime], end: datetime
) -> dict[str, list[tuple[str, datetime]]]:
    """The story with these outages in it; what happened to each order that stood still too long, and when."""
    to_come, begins_at = list(stuck), MONDAY_MORNING
    for ends_at in outages:
        async with a_shop(deployment, start=begins_at) as shop:
            await live(shop, to_come, ends_at)
        begins_at = ends_at + AWAY
    async with a_shop(deployment, start=begins_at) as shop:
        await live(shop, to_come, end)
        return await _timelines(shop)


async def live(shop: Shop, to_come: list[Stuck], ends_at: datetime) -> None:
    """Until then, and whatever comes in; what is left is still to come."""
    while to_come and to_come[0].at < ends_at:
        await report(shop, to_come.pop(0))
    await until(shop, ends_at)


async def report(shop: Shop, one: Stuck) -> None:
    """The last news of an order, when it is time; a source that met nobody repeats it."""
    await until(shop, one.at)
    shop.sent = int(one.number[2:])
    stage, status = one.last
    await shop.report("order.stage", one.number, ago=shop.clock.now() - one.at, stage=stage, status=status)


async def until(shop: Shop, moment: datetime) -> None:
    left = moment - shop.clock.now()
    if left > timedelta():
        await shop.passes(seconds=left.total_seconds())


async def _timelines(shop: Shop) -> dict[str, list[tuple[str, datetime]]]:
    return {
        case["order_no"]: [
            (line["what"], datetime.fromisoformat(line["at"]))
            for line in (await shop.case(case["id"]))["timeline"]
        ]
        for case in await shop.anomalies(limit="100")
    }
