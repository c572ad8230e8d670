"""Many fingers and two replicas at one moment: one of them is first, and everybody else is told so."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Sequence
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot import deliverer
from bot.sandbox.cards import Card
from handlers.leaving import take_letters
from handlers.outbox import Letter, LetterKind, Medium
from handlers.ports import Work
from handlers.world import World
from rules.events import OrderNo
from tests.deployment import Deployment
from tests.scenarios.shop import ROSTER, Shop, a_shop

CROWD = [f"agent{number:02}" for number in range(50)]
MEMBERS = [{"userid": userid, "name": f"客服{userid[-2:]}", "roles": ["agent"]} for userid in CROWD]
NAMES = {member["userid"]: member["name"] for member in [*ROSTER["members"], *MEMBERS]}
SHANGHAI = ZoneInfo("Asia/Shanghai")
AT_ONCE = 20
"""Cards that the group gets in one minute."""
QUIET_MINUTES = 10
"""The group takes so many letters an hour, too."""
ON_THE_CARD = 30
"""Taps that can be answered by a change of the card itself within one minute; everybody else hears in person."""
HALF_AN_HOUR = 1_800
NO_PROMISE = """\
---
title: 付款还没确认
facts: [order_no]
---
您好，订单 {{ order_no }} 的付款我们还没有收到确认，正在查。
"""
QUIET: dict[str, Any] = {
    "ladder": [],
    "storm": {"by": []},
    "standstill": {"after": "30d", "urgent": "30d"},
    "replies": [{"name": "payment_not_completed", "text": NO_PROMISE}],
}
"""Rules by which nothing comes of a case but what people do."""
LATER_SECONDS = (0, 0.02, 0.1, 0.8)
"""How much later than the tap the news comes."""


def rounds(sample: int, full: int) -> pytest.MarkDecorator:
    """How often: a few times always, and the full number in `make test-long`."""
    return pytest.mark.parametrize("times", [sample, pytest.param(full, marks=pytest.mark.long)])


@pytest.fixture
async def shop(tmp_path: Path, shared_postgres: str, redis: str) -> AsyncIterator[Shop]:
    """A shop on two replicas, with a crowd of agents and nothing that happens unasked."""
    on = Deployment(folder=tmp_path, database_url=shared_postgres, redis_url=redis, replicas=2)
    roster = {**ROSTER, "members": [*ROSTER["members"], *MEMBERS]}
    async with a_shop(await on.cleared(), rules=QUIET, roster=roster) as shop:
        yield shop


async def late_payments(shop: Shop, numbers: Sequence[str]) -> dict[str, Card]:
    """Orders whose payment hangs, and the card of each in the group; every customer can be answered."""
    await shop.passes(minutes=QUIET_MINUTES)
    for number in numbers:
        kf, customer = shop.open_kfid, f"wm{number}"
        shop.wecom.customer_says(customer, "怎么还没动？")
        await shop.report("customer.contacted", number, channel="kf", open_kfid=kf, external_userid=customer)
        await shop.created(number, customer={"open_kfid": kf, "external_userid": customer})
        await shop.stage(number, "payment", "started")
    await shop.passes(minutes=5, seconds=2)
    return {number: _card(shop.group_cards, number) for number in numbers}


def batches(times: int) -> list[list[str]]:
    """Order numbers, as many as can become late at once."""
    numbers = [f"DB{number:04}" for number in range(times)]
    return [numbers[first : first + AT_ONCE] for first in range(0, times, AT_ONCE)]


def _card(cards: Sequence[Card], number: str) -> Card:
    return next(card for card in reversed(cards) if number in card.display("wangwu").text)


def read_by_customer(shop: Shop, number: str) -> list[str]:
    return [text for text in shop.wecom.customer(f"wm{number}").texts() if "怎么还没动" not in text]


async def timelines(shop: Shop, numbers: Collection[str]) -> dict[str, list[tuple[str, str | None]]]:
    """What happened to the case of each order, and whose doing it was; answers may come too late on a slow machine."""
    newest = await shop.anomalies(limit=str(len(numbers)))
    found: dict[str, list[tuple[str, str | None]]] = {}
    for case in newest:
        lines = (await shop.case(case["id"]))["timeline"]
        acts = [(line["what"], line["actor"]) for line in lines if line["what"] != "letter_lost"]
        found[case["order_no"]] = sorted(acts, key=str)
    assert found.keys() == set(numbers)
    return found


# --- one button ------------------------------------------------------------------------------------------


@pytest.mark.timeout(HALF_AN_HOUR)
@rounds(2, 200)
async def test_of_fifty_who_tap_one_button_one_sends_and_all_others_read_who(shop: Shop, times: int) -> None:
    for number in range(times):
        no = f"DB{number:04}"
        (card,) = (await late_payments(shop, [no])).values()

        await asyncio.gather(*(shop.wecom.click(userid, card.task_id, "发送回复") for userid in CROWD))
        await shop.settled()

        assert len(read_by_customer(shop, no)) == 1
        happened = (await timelines(shop, [no]))[no]
        ((_, winner),) = [line for line in happened if line[0] == "sent"]
        assert winner is not None
        refused = {actor for what, actor in happened if what == "refused" and actor}
        assert refused == {*CROWD} - {winner}
        first = f"{NAMES[winner]} {shop.clock.now().astimezone(SHANGHAI):%H:%M}"
        assert first in card.display("wangwu").text
        told = [
            userid
            for userid in refused
            if any(f"{no}：已由{first}" in line for line in shop.lines_to(userid))
        ]
        assert len(told) >= len(refused) - ON_THE_CARD


# --- two buttons -----------------------------------------------------------------------------------------


@pytest.mark.timeout(HALF_AN_HOUR)
@rounds(8, 1_000)
async def test_a_reply_and_an_escalation_at_once_are_both_done_and_done_whole(shop: Shop, times: int) -> None:
    for numbers in batches(times):
        cards = await late_payments(shop, numbers)
        pushes = {number: _card(shop.cards_of("wangwu"), number) for number in numbers}

        await race(shop, [(cards[number], pushes[number], "升级") for number in numbers])

        for number, happened in (await timelines(shop, numbers)).items():
            assert len(read_by_customer(shop, number)) == 1
            assert happened == [
                ("claimed", "zhangsan"),
                ("escalated", "wangwu"),
                ("opened", None),
                ("reached", "zhangsan"),
                ("sent", "zhangsan"),
            ]


@pytest.mark.timeout(HALF_AN_HOUR)
@rounds(8, 1_000)
async def test_of_two_replies_at_once_one_goes_and_the_other_is_on_record_as_refused(
    shop: Shop, times: int
) -> None:
    won: Counter[str] = Counter()
    for numbers in batches(times):
        cards = await late_payments(shop, numbers)
        pushes = {number: _card(shop.cards_of("wangwu"), number) for number in numbers}

        await race(shop, [(cards[number], pushes[number], "发送回复") for number in numbers])

        for number, happened in (await timelines(shop, numbers)).items():
            assert len(read_by_customer(shop, number)) == 1
            ((_, winner),) = [line for line in happened if line[0] == "sent"]
            loser = "wangwu" if winner == "zhangsan" else "zhangsan"
            assert happened == sorted(
                [
                    ("opened", None),
                    ("claimed", winner),
                    ("sent", winner),
                    ("reached", winner),
                    ("refused", loser),
                ],
                key=str,
            )
            won[winner or ""] += 1
    assert won.keys() == {"zhangsan", "wangwu"}


async def race(shop: Shop, pairs: Sequence[tuple[Card, Card, str]]) -> None:
    """张三 sends from the group's card, and 王五 taps something on the manager's, all at one moment.

    But for two that are decided: one has been tapped by 张三 before, one by 王五.
    """
    mine = [("zhangsan", card.task_id, "发送回复") for card, _, _ in pairs]
    theirs = [("wangwu", push.task_id, button) for _, push, button in pairs]
    await asyncio.gather(shop.wecom.click(*mine[0]), shop.wecom.click(*theirs[1]))
    await shop.settled()
    at_once = [*mine[1:], theirs[0], *theirs[2:]]
    Random(0).shuffle(at_once)
    await asyncio.gather(*(shop.wecom.click(*tap) for tap in at_once))
    await shop.settled()


# --- a button, and the news that makes it wrong ----------------------------------------------------------


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> tuple[set[OrderNo], list[OrderNo]]:
    """The orders whose news was acknowledged; and those of them for which a reply set out afterwards."""
    acknowledged: set[OrderNo] = set()
    stale: list[OrderNo] = []

    async def take(
        work: Work, world: World, media: Collection[Medium], limit: int
    ) -> tuple[int, list[Letter]]:
        before = set(acknowledged)
        taken, letters = await take_letters(work, world, media, limit)
        replies = [letter.order for letter in letters if letter.kind is LetterKind.CUSTOMER and letter.order]
        stale.extend(order.order_no for order in replies if order.order_no in before)
        return taken, letters

    monkeypatch.setattr(deliverer, "take_letters", take)
    return acknowledged, stale


@rounds(20, 500)
async def test_no_reply_sets_out_once_the_news_that_it_is_wrong_was_taken_in(
    shop: Shop, times: int, known: tuple[set[OrderNo], list[OrderNo]]
) -> None:
    acknowledged, stale = known
    random = Random(times)

    async def news(number: str) -> None:
        await asyncio.sleep(random.choice(LATER_SECONDS))
        answer = await shop.send(shop.event("order.stage", number, stage="payment", status="completed"))
        assert answer["accepted"] == 1
        acknowledged.add(OrderNo(number))

    async def tap(number: str) -> None:
        await shop.wecom.click("zhangsan", cards[number].task_id, "发送回复")

    outcomes: Counter[bool] = Counter()
    for numbers in batches(times):
        cards = await late_payments(shop, numbers)

        sent_before, wrong_before, *racing = numbers
        await asyncio.gather(tap(sent_before), news(wrong_before))
        await shop.settled()
        await asyncio.gather(*map(tap, [wrong_before, *racing]), *map(news, [sent_before, *racing]))
        await shop.settled()

        for number in numbers:
            read = read_by_customer(shop, number)
            outcomes[bool(read)] += 1
            assert len(read) <= 1
    assert stale == []
    assert outcomes.keys() == {True, False}
