"""What happened in a shop last week, and in the week before? Delays with reasons; in one of them something was bad."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from msgspec import structs

from bot.storage.store import Transaction
from rules.anomalies import Anomaly, Ended
from rules.editions import Edition
from rules.events import Item, UserId
from rules.orders import DEFAULT_PARCEL, Order, Run
from rules.reasons import Reason, ReasonSource, Verdict
from rules.stages import Kind, Stage
from tests.contracts.builders import BOOK, a_case, an_order

CARRIERS = ("yuantong", "zhongtong", "yunda")
NEW_CARRIER = "jitu"
REGIONS = ("近郊", "城区", "浙北")
STAGE_OF = {
    Reason.PAYMENT_FAILED: Stage.PAYMENT,
    Reason.OUT_OF_STOCK: Stage.PICKING,
    Reason.PACKING_DELAYED: Stage.PACKING,
    Reason.NOT_PICKED_UP: Stage.PICKUP,
}
HOUR = timedelta(hours=1)


def a_week_of(begin: datetime, cases: int, *, bad: bool, seed: int = 1) -> list[tuple[Anomaly, Order]]:
    """Closed cases from `begin` on; in a bad week a new carrier does not come to the suburbs.

    Every fiftieth has a reason that its order speaks against, and every fortieth healed by itself.
    """
    chance = random.Random(seed)
    return [_a_delay(chance, number, begin, bad=bad) for number in range(cases)]


def _a_delay(chance: random.Random, number: int, begin: datetime, *, bad: bool) -> tuple[Anomaly, Order]:
    carrier = chance.choices((*CARRIERS, NEW_CARRIER), (1, 1, 1, 1.5 if bad else 0))[0]
    region = chance.choices(REGIONS, (4, 4, 2))[0]
    culprit = bad and carrier == NEW_CARRIER and region == "近郊"
    reasons = list(STAGE_OF)
    reason = (
        Reason.NOT_PICKED_UP
        if culprit and chance.random() < 0.85
        else chance.choices(reasons, (2, 2, 3, 0.8))[0]
    )
    opened = begin + HOUR * (
        24 * chance.randint(0, 6) + chance.choices(range(9, 22), (1, 1, 2, 3, 1, 1, 1, 1, 1, 2, 4, 4, 2))[0]
    )
    order = an_order(
        f"W{begin:%m%d}{number:05}",
        carrier=carrier,
        region=region,
        district=f"{region}{chance.randint(1, 3)}区",
        warehouse=chance.choice(("hz1", "gz2")),
    )
    items = (Item(sku="A", klass=chance.choice(("服饰", "食品", "家居"))),)
    stage = Stage.PICKUP if number % 50 == 49 else STAGE_OF[reason]
    runs = _runs(opened - 5 * HOUR, stage)
    order = structs.replace(order, created_at=opened - 5 * HOUR, items=items, runs=runs)
    healed = number % 40 == 39 and number % 50 != 49
    case = a_case(
        order.key.order_no,
        stage=stage,
        kind=Kind.NOT_COMPLETED,
        parcel=DEFAULT_PARCEL if stage.per_parcel else "",
        opened_at=opened,
        raised_at=opened,
        lane="618" if chance.random() < 0.2 else None,
    )
    return _closed(case, Reason.PACKING_DELAYED if number % 50 == 49 else reason, healed=healed), order


def _closed(case: Anomaly, reason: Reason, *, healed: bool) -> Anomaly:
    at = case.opened_at + HOUR
    case = replace(case, ended_at=at, ended_how=Ended.MOVED, closed_at=at, reason=Verdict(reason=reason))
    if healed:
        return replace(case, reason_source=ReasonSource.EVIDENCE)
    return replace(
        case, reason_source=ReasonSource.AGENT, reason_by=UserId("zhangsan"), touched_at=case.opened_at,
        reached_at=at, first_reached_at=at, owner=UserId("zhangsan"), claimed_at=case.opened_at,
    )  # fmt: skip


def _runs(since: datetime, until: Stage) -> tuple[Run, ...]:
    """Everything before that stage was done in time."""
    minutes = {Stage.PAYMENT: 2, Stage.CONFIRM: 10, Stage.PICKING: 60, Stage.PACKING: 100}
    return tuple(
        Run(
            stage=stage,
            parcel=DEFAULT_PARCEL if stage.per_parcel else "",
            started_at=since,
            updated_at=since + timedelta(minutes=at),
            completed_at=since + timedelta(minutes=at),
        )
        for stage, at in minutes.items()
        if stage.place < until.place
    )


async def store_week(work: Transaction, week: Sequence[tuple[Anomaly, Order]]) -> None:
    """Write them as they would have been written."""
    orders = [order for _, order in week]
    await work.orders.lock([order.key for order in orders])
    await work.orders.save(orders, Edition(book=BOOK), arm=False)
    await work.cases.save([case for case, _ in week])
