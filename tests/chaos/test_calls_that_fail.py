"""WeCom accepts and hangs up, or does not answer at all: customers read it once at most, agents once at least.

No card goes into a group here, for a conversation takes no more than 25 messages a minute.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from bot.witness import Seen, Sighting, sightings
from tests.chaos.agent import send_from_the_page
from tests.chaos.lives import is_at_rest
from tests.processes.commands import until
from tests.processes.replicas import SECRET
from tests.processes.town import Town, a_reachable_customer, a_town, news

pytestmark = [pytest.mark.processes, pytest.mark.timeout(1500)]

LATE = timedelta(minutes=6)
AT_A_TIME, BATCH = 8, 300
LONG_REST_SECONDS = 900
NO_BOT = {"DINGDAN_AIBOT__BOT_ID": "", "DINGDAN_AIBOT__SECRET": "", "DINGDAN_AIBOT__GROUP_CHAT_ID": ""}
EVERY_DAY = {"days": ["mon-sun"], "from": "00:00", "to": "24:00"}
A_FEW, AGENTS = (5, 12), (50, 20)
"""So many agents with so many cards each; of twenty, some are tried again only when the minute is over."""
_numbers = count(1)


def rules(folder: Path, *actions: str) -> dict[str, str]:
    """Settings by which late payments do no more than this: nobody is reminded, and no call makes one P1."""
    payment = {"priority": "P3", "actions": list(actions)}
    file = folder / "rules.yaml"
    file.write_text(yaml.safe_dump({"stages": {"payment": payment}, "ladder": []}))
    return {"DINGDAN_RULES_FILE": str(file), "DINGDAN_SECRET_KEY": SECRET, **NO_BOT}


# --- customers ---------------------------------------------------------------------


@pytest.mark.parametrize("orders", [12, pytest.param(2_000, marks=pytest.mark.long)])
async def test_a_customer_gets_no_message_twice_when_wecom_hangs_up(tmp_path: Path, orders: int) -> None:
    async with a_town(tmp_path) as town, town.started(**rules(tmp_path)):
        await until(town.is_ready, "ready")
        await town.wecom.breaks("kf/send_msg", "accept_then_drop", 0.3)
        await late_payments_of_customers(town, orders)

        for case in await cases(town, orders):
            await send_from_the_page(town, case)
        await until(lambda: is_at_rest(town), "rest", seconds=LONG_REST_SECONDS)

        assert await town.broken(grace=timedelta(seconds=5)) == []
        taken = Counter(line.id for line in seen(town, Seen.CUSTOMER_ACCEPTED))
        assert (len(taken), set(taken.values())) == (orders, {1})


async def late_payments_of_customers(town: Town, orders: int) -> None:
    """Each order has a customer of its own, who has just written."""
    numbers = [f"ONCE-{next(_numbers)}" for _ in range(orders)]
    await in_parallel([town.wecom.customer_writes(f"wm{number}") for number in numbers])
    events = [
        event
        for number in numbers
        for event in (
            *a_reachable_customer(number, f"wm{number}"),
            news(number, "payment", "started", ago=LATE),
        )
    ]
    await report(town, events)


# --- agents ------------------------------------------------------------------------


@pytest.mark.parametrize(("agents", "cards"), [A_FEW, pytest.param(*AGENTS, marks=pytest.mark.long)])
async def test_every_card_reaches_its_agent_when_calls_fail(tmp_path: Path, agents: int, cards: int) -> None:
    settings = {"DINGDAN_ROSTER_FILE": a_roster(tmp_path, agents), **rules(tmp_path, "post_card")}
    async with a_town(tmp_path) as town, town.started(**settings):
        await until(town.is_ready, "ready")
        await town.wecom.breaks("message/send", "5xx", 0.1)
        await town.wecom.breaks("message/send", "accept_then_drop", 0.11)
        payments = [
            news(f"CARD-{next(_numbers)}", "payment", "started", ago=LATE, shop=f"shop{agent}")
            for agent in range(agents)
            for _ in range(cards)
        ]
        await report(town, payments)

        await cases(town, len(payments))
        await until(lambda: is_at_rest(town), "rest", seconds=LONG_REST_SECONDS)

        assert await town.broken(grace=timedelta(seconds=5)) == []
        taken = Counter((line.id, line.to) for line in seen(town, Seen.CARD_ACCEPTED))
        assert (len(taken), set(taken.values())) == (len(payments), {1})


def a_roster(folder: Path, agents: int) -> str:
    """A file with so many agents, each of a shop of their own."""
    names = [f"agent{number}" for number in range(agents)]
    members = [
        {"userid": name, "name": name, "roles": ["agent"], "shops": [f"shop{number}"]}
        for number, name in enumerate(names)
    ]
    shifts = [{"userid": name, **EVERY_DAY} for name in names]
    file = folder / "agents.yaml"
    file.write_text(yaml.safe_dump({"members": members, "shifts": shifts, "fallback": names[0]}))
    return str(file)


# --- whatever is on the menu -------------------------------------------------------------


PATHS = ("gettoken", "message/send", "message/update_template_card", "kf/send_msg", "aibot_send_msg")
FAULTS = ("5xx", -1, "42001_once", "accept_then_drop", "delay", "silently_drop")


@pytest.mark.parametrize("orders", [4, pytest.param(20, marks=pytest.mark.long)])
async def test_a_random_menu_of_faults(tmp_path: Path, seed: int, orders: int) -> None:
    dice = Random(seed)
    async with a_town(tmp_path, DINGDAN_SECRET_KEY=SECRET) as town, town.serving():
        for path in dice.sample(PATHS, 3):
            await town.wecom.breaks(path, dice.choice(FAULTS), dice.uniform(0.2, 0.6), seconds=1)
        await late_payments_of_customers(town, orders)

        for case in await cases(town, orders):
            await send_from_the_page(town, case)
        await town.wecom.works_again()
        await until(lambda: is_at_rest(town), "rest", seconds=LONG_REST_SECONDS)

        assert await town.broken(grace=timedelta(seconds=5)) == []


# --- what they have in common --------------------------------------------------------------


async def report(town: Town, events: Sequence[Mapping[str, Any]]) -> None:
    """Send many events, in requests of a few hundred."""
    for start in range(0, len(events), BATCH):
        await town.report(*events[start : start + BATCH])


async def cases(town: Town, number: int) -> list[str]:
    """The ids of all cases, once there are so many."""
    found: list[str] = []

    async def all_are_there() -> bool:
        found[:] = [case async for case in listed(town)]
        return len(found) == number

    await until(all_are_there, f"{number} cases")
    return found


async def listed(town: Town) -> AsyncIterator[str]:
    """Every case, page by page."""
    page = await town.get("/api/anomalies")
    while True:
        for case in page["items"]:
            yield case["id"]
        if page["next"] is None:
            return
        page = await town.get("/api/anomalies", cursor=page["next"])


async def in_parallel(work: Sequence[Any]) -> None:
    """A few at a time."""
    turns = asyncio.Semaphore(AT_A_TIME)

    async def one(task: Any) -> None:
        async with turns:
            await task

    await asyncio.gather(*map(one, work))


def seen(town: Town, what: Seen) -> list[Sighting]:
    return [line for line in sightings(town.history) if line.seen is what]
