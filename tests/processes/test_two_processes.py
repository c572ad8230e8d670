"""`dingdan serve` against `dingdan sandbox`: what the operator of a shop can see with a clock in the hand."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from bot.sandbox.callback_xml import Head, card_event
from bot.wecom.crypto import Envelope
from tests.processes.commands import until
from tests.processes.town import Town, a_reachable_customer, a_town, an_event, news
from tests.processes.wecom import CORP, Shown

pytestmark = [pytest.mark.processes, pytest.mark.asyncio(loop_scope="module")]

MINUTES, HOURS, SECONDS = timedelta(minutes=1), timedelta(hours=1), timedelta(seconds=1)
A_MOMENT = 2.5
"""Seconds in which a card that must not come would have come."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def up(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """A town with its service running, for all stories of this file: each has orders of its own."""
    async with a_town(tmp_path_factory.mktemp("town")) as town, town.serving():
        yield town


async def the_card(town: Town, number: str) -> Shown:
    """The one card of an order in the group; waits for it."""

    async def is_there() -> bool:
        return bool(await town.wecom.group_cards(number))

    await until(is_there, f"the card of {number}")
    (card,) = await town.wecom.group_cards(number)
    return card


async def has_read(town: Town, number: str) -> None:
    """Wait until the customer has read about an order."""

    async def is_there() -> bool:
        return bool(await town.wecom.customer_read(number))

    await until(is_there, f"the message about {number}")


# --- in time -----------------------------------------------------------------------


async def test_a_payment_that_hangs_reaches_group_and_manager_within_a_second_of_its_limit(up: Town) -> None:
    started = datetime.now(UTC) - 4 * MINUTES - 59 * SECONDS
    paid = datetime.now(UTC) - 4 * MINUTES - 59 * SECONDS
    await up.report(
        an_event("DB-HANGS", "order.stage", started, stage="payment", status="started"),
        an_event("DB-PAID", "order.stage", paid, stage="payment", status="started"),
        an_event("DB-PAID", "order.stage", stage="payment", status="completed"),
    )
    limit = started + 5 * MINUTES

    card = await the_card(up, "DB-HANGS")
    await asyncio.sleep(A_MOMENT)

    assert limit < card.at <= limit + SECONDS
    (push,) = await up.wecom.pushes("wangwu", "DB-HANGS")
    assert limit < push.at <= limit + SECONDS
    assert set(push.buttons) == {"发送回复", "认领", "升级", "稍后"}
    assert len(await up.wecom.group_cards("DB-HANGS")) == 1
    assert await up.wecom.group_cards("DB-PAID") == []
    assert await up.wecom.pushes("wangwu", "DB-PAID") == []


# --- hours in a moment ---------------------------------------------------------------


def being_picked(number: str, *, since: timedelta) -> list[dict[str, Any]]:
    """Picking could begin so long ago, and began 44 minutes later."""
    return [
        news(number, "confirm", "completed", ago=since),
        news(number, "picking", "started", ago=since - 44 * MINUTES),
    ]


def packed(number: str, *, ago: timedelta, **data: Any) -> dict[str, Any]:
    """The parcel waits for its carrier since then."""
    return news(number, "packing", "completed", ago=ago, **data)


async def test_hours_of_orders_give_the_cards_that_are_due_and_no_others(up: Town) -> None:
    await up.report(
        *being_picked("PICK-IN-TIME", since=60 * MINUTES),
        *being_picked("PICK-LATE", since=3 * HOURS),
        packed("NO-SCAN", ago=3 * HOURS + SECONDS),
        packed("SCANNED", ago=5 * HOURS),
        news("SCANNED", "pickup", "updated", ago=2 * HOURS),
        packed("SCAN-OLD", ago=6 * HOURS),
        news("SCAN-OLD", "pickup", "updated", ago=3 * HOURS + SECONDS),
        packed("PARCELS", ago=6 * HOURS, parcel="YT1", parcels=2),
        news("PARCELS", "transit", "completed", ago=HOURS, parcel="YT1"),
        packed("PARCELS", ago=4 * HOURS, parcel="YT2"),
        news("TWINS", "payment", "started", ago=6 * MINUTES, shop="a"),
        news("TWINS", "payment", "started", ago=MINUTES, shop="b"),
    )

    for late in ("PICK-LATE", "NO-SCAN", "SCAN-OLD", "TWINS"):
        await the_card(up, late)
    second = await the_card(up, "PARCELS")
    await asyncio.sleep(A_MOMENT)

    assert "YT2" in second.text
    for in_time in ("PICK-IN-TIME", "SCANNED"):
        assert await up.wecom.group_cards(in_time) == []
    assert [case["shop"] for case in await up.anomalies() if case["order_no"] == "TWINS"] == ["a"]
    assert (await up.get("/api/orders/TWINS"))["shops"] == ["a", "b"]


# --- once ------------------------------------------------------------------------


async def test_the_same_event_three_times_at_once_is_one_event(up: Town) -> None:
    event = news("SAME-EVENT", "payment", "started", ago=6 * MINUTES)

    answers = await asyncio.gather(*(up.report(event) for _ in range(3)))
    await the_card(up, "SAME-EVENT")
    answers.append(await up.report(event))
    await asyncio.sleep(A_MOMENT)

    assert sorted(answer["accepted"] for answer in answers) == [0, 0, 0, 1]
    assert sum(answer["duplicates"] for answer in answers) == 3
    assert len(await up.wecom.group_cards("SAME-EVENT")) == 1
    assert len(await up.wecom.pushes("wangwu", "SAME-EVENT")) == 1


async def test_the_same_callback_three_times_at_once_is_one_message(up: Town) -> None:
    await up.wecom.customer_writes()
    await up.report(
        *a_reachable_customer("SAME-CALLBACK"), news("SAME-CALLBACK", "payment", "started", ago=6 * MINUTES)
    )
    await the_card(up, "SAME-CALLBACK")
    (push,) = await up.wecom.pushes("wangwu", "SAME-CALLBACK")

    click = a_click("wangwu", push, "发送回复")
    statuses = await asyncio.gather(*(deliver(up, click) for _ in range(3)))
    assert statuses == [200, 200, 200]

    await has_read(up, "SAME-CALLBACK")
    assert await deliver(up, click) == 200
    await asyncio.sleep(A_MOMENT)
    assert len(await up.wecom.customer_read("SAME-CALLBACK")) == 1


async def test_two_who_tap_at_once_send_one_message(up: Town) -> None:
    await up.wecom.customer_writes()
    await up.report(
        *a_reachable_customer("TWO-TAPS"), news("TWO-TAPS", "payment", "started", ago=6 * MINUTES)
    )
    card = await the_card(up, "TWO-TAPS")
    (push,) = await up.wecom.pushes("wangwu", "TWO-TAPS")

    await asyncio.gather(
        up.wecom.tap("zhangsan", card.task_id, "发送回复"), up.wecom.tap("wangwu", push.task_id, "发送回复")
    )

    await has_read(up, "TWO-TAPS")
    await asyncio.sleep(A_MOMENT)
    assert len(await up.wecom.customer_read("TWO-TAPS")) == 1


def a_click(userid: str, card: Shown, button: str) -> bytes:
    """What WeCom says of a tap; each copy of it is encrypted anew."""
    head = Head(
        corp_id=CORP.corp_id,
        agent_id=CORP.agent_id,
        userid=userid,
        created=int(datetime.now(UTC).timestamp()),
    )
    return card_event(
        head,
        event="template_card_event",
        key=card.buttons[button],
        task_id=card.task_id,
        card_type="button_interaction",
        response_code=secrets.token_hex(8),
        selected={},
    )


async def deliver(town: Town, plaintext: bytes) -> int:
    """Post a callback under a signature of its own; the status."""
    timestamp, nonce = str(int(datetime.now(UTC).timestamp())), str(secrets.randbelow(10**10))
    sealed = CORP.crypto().seal(plaintext, timestamp=timestamp, nonce=nonce)
    envelope = Envelope(to_user_name=CORP.corp_id, agent_id=str(CORP.agent_id), encrypted=sealed.encrypted)
    async with town.http.post(
        f"{town.address}/wecom/callback",
        params={"msg_signature": sealed.signature, "timestamp": timestamp, "nonce": nonce},
        data=envelope.to_xml(),
    ) as answer:
        await answer.read()
        return answer.status
