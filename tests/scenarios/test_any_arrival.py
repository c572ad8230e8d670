"""Whatever the order in which the news of an order arrives, and however often: the same order, cases and next due row."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any, cast

import pytest

from tests.deployment import Deployment
from tests.scenarios.shop import INGEST, Shop, a_shop

Event = dict[str, Any]
AT_ONCE = 20
"""Orders that are told of in one request."""
BATCHES = 4
WENT_WRONG = (1_960, 49_840)
"""Where late news once hid a limit: of a later run, and of a clock that had started sooner."""
STAGES = ("payment", "confirm", "picking", "packing", "pickup", "transit")
STATUSES = ("started", "updated", "completed", "completed", "failed", "reopened")
OTHERS: Sequence[tuple[str, Event]] = (
    ("order.created", {"channel": "miniprogram", "items": [{"sku": "A", "qty": 1}]}),
    ("order.changed", {"region": "华东"}),
    ("order.changed", {"tags": ["618"]}),
    ("order.cancelled", {}),
    ("order.resumed", {}),
    ("order.refund_requested", {"refund_fen": 100}),
    ("customer.contacted", {"channel": "phone"}),
    ("stock.short", {"sku": "A", "qty_short": 2}),
    ("stock.short", {"sku": "A", "qty_short": 0}),
)


def a_history(random: Random, shop: Shop, number: str) -> list[Event]:
    """Some of what can happen to an order within nine hours, oldest first."""
    ago = sorted((random.randrange(540) for _ in range(random.randint(3, 9))), reverse=True)
    events = [_event(random, shop, number, timedelta(minutes=minutes)) for minutes in ago]
    if random.random() < 1 / 3:
        wrong = random.choice(events)
        taken_back = {"source": wrong["source"], "id": wrong["id"]}
        events.append(shop.event("event.retracted", number, **taken_back))
    return events


def _event(random: Random, shop: Shop, number: str, ago: timedelta) -> Event:
    if random.random() < 1 / 4:
        kind, data = random.choice(OTHERS)
        return shop.event(kind, number, ago=ago, **data)
    stage, status = random.choice(STAGES), random.choice(STATUSES)
    parcel = {"parcel": random.choice("AB")} if stage in STAGES[3:] and random.random() < 1 / 2 else {}
    return shop.event("order.stage", number, ago=ago, stage=stage, status=status, **parcel)


def shuffled(random: Random, events: Sequence[Event]) -> Iterator[list[Event]]:
    """The same in any order, some of it twice, in a few batches."""
    told = [*events, *random.choices(events, k=len(events) // 2)]
    random.shuffle(told)
    size = -(-len(told) // BATCHES)
    for first in range(0, size * BATCHES, size):
        yield told[first : first + size]


def of(shop: str, events: Sequence[Event]) -> list[Event]:
    """The same news of another shop's order of that number."""
    return [{**event, "id": f"{shop}-{event['id']}", "data": _data_of(shop, event)} for event in events]


def _data_of(shop: str, event: Event) -> Event:
    data: Event = {**event["data"], "shop": shop}
    return {**data, "id": f"{shop}-{data['id']}"} if event["type"] == "event.retracted" else data


def _without_arrivals(told: Any) -> Any:
    """What is told, without when it came in."""
    if isinstance(told, dict):
        facts = cast(Event, told)
        return {name: _without_arrivals(value) for name, value in facts.items() if name != "observed_at"}
    return [*map(_without_arrivals, cast(list[Any], told))] if isinstance(told, list) else told


@pytest.mark.parametrize(
    "firsts", [(0, *WENT_WRONG), pytest.param(range(0, 2_000, AT_ONCE), marks=pytest.mark.long)]
)
async def test_any_arrival_comes_to_the_same(deployment: Deployment, firsts: Sequence[int]) -> None:
    async with a_shop(deployment, rules={"ladder": []}) as shop:
        for first in firsts:
            random = Random(first)
            numbers = [f"DB{number:04}" for number in range(first, first + AT_ONCE)]
            histories = {number: a_history(random, shop, number) for number in numbers}
            arrivals = [list(shuffled(random, events)) for events in histories.values()]
            for batches in zip(*arrivals, strict=True):
                await send(shop, [event for batch in batches for event in of("any", batch)])
                await shop.passes(milliseconds=1)
            await send(shop, [event for events in histories.values() for event in of("plain", events)])
            await shop.passes(milliseconds=30)

            for number, events in histories.items():
                any_, plain = await known(shop, "any", number), await known(shop, "plain", number)
                assert (any_.order, any_.due) == (plain.order, plain.due), events
                assert plain.wrong <= any_.wrong, events


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of an order, and when something is due next.

    What was noticed before late news came may go on; so not the cases are the same, but none is missing.
    """

    order: dict[str, Any]
    due: list[int]
    wrong: set[tuple[str, str]]
    """The stages and parcels that there is a case of which has not ended."""


async def send(shop: Shop, events: Sequence[Event]) -> None:
    headers = {"Authorization": f"Bearer {INGEST}", "Content-Type": "application/cloudevents-batch+json"}
    address = f"{shop.address}/api/events"
    async with shop.http.post(address, data=json.dumps(events), headers=headers) as response:
        answer = await response.json()
    assert answer["rejected"] == [], answer
    await shop.settled()


async def known(shop: Shop, of: str, number: str) -> Known:
    order = await shop.order(number, shop=of)
    cases = order.pop("anomalies")
    wrong = {(case["stage"], case["parcel"]) for case in cases if case["ended_at"] is None}
    del order["shop"]
    due = await shop.rows(
        "SELECT due_at FROM due WHERE live AND kind = 'limit' AND shop = $1 AND order_no = $2", of, number
    )
    return Known(order=_without_arrivals(order), due=[row["due_at"] for row in due], wrong=wrong)
