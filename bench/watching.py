"""(b) How long from a deadline until WeCom has the request for the card?"""

import asyncio
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from statistics import quantiles

from bench.crowd import Crowd, event, order_no, take_in_all
from bench.load import TOKEN, Load, send
from bench.scene import Scene, Wecom
from rules.instants import to_ms

DUE_PER_SECOND = 100
REARMED_PER_SECOND = 200
PER_REQUEST = 20
LEAD = timedelta(seconds=4)
"""From the last order that is planted to the first that is due, and more."""
SLOWEST_PLANTING = 1_000
"""Orders a second."""
PATIENCE = timedelta(seconds=10)
"""A card that has not come by then is lost."""
ACCEPTED = 202
FLOOD_PER_SECOND = 20_000
"""More than can be taken in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """From the limit, which is passed a millisecond later, until the request for the card had come in."""

    open_orders: int
    due: int
    p50_ms: float
    p99_ms: float
    max_ms: float
    lost: int
    """No card came."""
    early: int
    """Cards that came at or before the limit."""
    twice: int
    """Cards that came again."""


async def flood(scene: Scene, crowd: Crowd, seconds: float) -> None:
    """Report as many events of other orders as can be taken in, for `seconds` from the first one that is due."""
    await asyncio.sleep(max((crowd.start - datetime.now(UTC)).total_seconds(), 0))
    most = round(FLOOD_PER_SECOND * seconds)
    await send(scene.address, Load(per_request=100, connections=8, seconds=seconds, start=0, most=most))


async def plant_far(scene: Scene, *, orders: int, due: int, rate: float) -> None:
    """Take in the orders that are far from their limits: all but the first `due`."""
    far = Crowd(size=orders, due=due, per_second=rate, start=datetime.now(UTC))
    await take_in_all(scene.settings, far, range(due, orders))


async def plant_soon(scene: Scene, *, orders: int, due: int, rate: float) -> Crowd:
    """Take in those that will be due in a moment, with the service up: how long it takes to start is no lag."""
    start = datetime.now(UTC) + LEAD + timedelta(seconds=due / SLOWEST_PLANTING)
    soon = Crowd(size=orders, due=due, per_second=rate, start=start)
    await take_in_all(scene.settings, soon, range(due))
    return soon


async def rearm(scene: Scene, crowd: Crowd, rate: float, seconds: float) -> None:
    """Report news of orders that are far from their limits, for `seconds` from the first one that is due."""
    await asyncio.sleep(max((crowd.start - datetime.now(UTC)).total_seconds(), 0))
    began, numbers = asyncio.get_running_loop().time(), iter(range(crowd.due, crowd.size))
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/cloudevents-batch+json"}
    for turn in count() if rate else ():
        wait = began + turn * PER_REQUEST / rate - asyncio.get_running_loop().time()
        if turn * PER_REQUEST / rate > seconds:
            return
        await asyncio.sleep(max(wait, 0))
        now = datetime.now(UTC)
        events = [
            event(number, "confirm", now) for number, _ in zip(numbers, range(PER_REQUEST), strict=False)
        ]
        async with scene.http.post(
            f"{scene.address}/api/events", data=json.dumps(events), headers=headers
        ) as answer:
            if answer.status != ACCEPTED or (await answer.json())["accepted"] != len(events):
                raise RuntimeError(f"{answer.status} {await answer.text()}")


async def all_came(wecom: Wecom, crowd: Crowd) -> Sequence[tuple[str, float]]:
    """The cards, once there is one for every order that was due, or patience is over."""
    last = crowd.due_at(crowd.due - 1)
    await asyncio.sleep(max((last - datetime.now(UTC)).total_seconds(), 0) + 0.5)
    while len(came := await wecom.came()) < crowd.due and datetime.now(UTC) < last + PATIENCE:
        await asyncio.sleep(0.5)
    return came


def lag_of(crowd: Crowd, came: Sequence[tuple[str, float]]) -> Lag:
    """What the cards that came tell."""
    due: Mapping[str, int] = {order_no(number): to_ms(crowd.due_at(number)) for number in range(crowd.due)}
    first: dict[str, float] = {}
    for number, at in came:
        first.setdefault(number, at)
    lags = [at - due[number] for number, at in first.items() if number in due]
    cuts = quantiles(lags, n=100) if len(lags) > 1 else [math.inf] * 99
    return Lag(
        open_orders=crowd.size,
        due=crowd.due,
        p50_ms=cuts[49],
        p99_ms=cuts[98],
        max_ms=max(lags, default=math.inf),
        lost=len(due.keys() - first.keys()),
        early=sum(lag <= 0 for lag in lags),
        twice=len(came) - len(first),
    )
