"""One approval for all orders of an incident: each customer gets their own words, once, and each order its own result."""

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Any

import pytest

from bot.sandbox.config import SandboxConfig
from tests.deployment import Deployment
from tests.scenarios.pages import a_reader, own_link
from tests.scenarios.shop import ROSTER, Shop, a_shop
from tests.scenarios.storm import a_payment_hangs, numbers, payments_hang, read_by, send_all, the_card

GONE = 95018
"""The customer's conversation does not take a message (page 94677)."""
HOSTILE = "<script>alert(1)</script>{{7*7}}13800138000"
TWO_SHOPS = {
    **ROSTER,
    "members": [
        *ROSTER["members"],
        {"userid": "sunqi", "name": "孙七", "roles": ["agent"], "shops": ["east"]},
        {"userid": "zhouba", "name": "周八", "roles": ["agent"], "shops": ["north"]},
    ],
}


async def the_incident(shop: Shop) -> dict[str, Any]:
    """The newest incident as the API tells it."""
    newest = (await shop.incidents())[0]
    return await shop.incident(newest["id"])


async def test_one_approval_sends_23_of_their_own_and_reports_two_failures_by_order(shop: Shop) -> None:
    orders = numbers(23)
    await payments_hang(shop, orders)
    card = the_card(shop)
    assert "支付验证 · 支付宝 · 23 单" in card.display("zhangsan").text
    assert send_all(card) == "发送全部(23)"
    shop.wecom.fault("kf/send_msg", GONE, times=2)

    await shop.taps("zhangsan", card, send_all(card))
    await shop.passes(seconds=90)

    failed = [number for number in orders if not read_by(shop, number)]
    assert len(failed) == 2
    for number in set(orders) - set(failed):
        (text,) = read_by(shop, number)
        assert number in text, "each gets their own words"
    (line,) = [text for text in shop.group_lines if "23 单中" in text]
    assert "23 单中 21 单已送达" in line
    for number in orders:
        assert (f"{number}（" in line) == (number in failed)
    assert not [text for text in shop.group_lines if "再次联系" in text], "and no line for each"
    incident = await the_incident(shop)
    assert {row["order_no"]: row["upshot"] for row in incident["items"]} == {
        number: "failed" if number in failed else "sent" for number in orders
    }
    assert [event["what"] for event in incident["events"]][-2:] == ["approved", "results"]


async def test_of_two_who_approve_at_once_each_customer_hears_it_once(shop: Shop) -> None:
    """All of them are one customer's, who is written to about one after the other."""
    orders = numbers(4)
    await payments_hang(shop, orders, customer="wmOne")
    card = the_card(shop)
    button = send_all(card)

    await asyncio.gather(*(shop.taps(userid, card, button) for userid in ("zhangsan", "zhaoliu", "zhangsan")))
    await shop.passes(seconds=30)

    texts = [text for text in shop.wecom.customer("wmOne").texts() if "怎么还没动" not in text]
    assert [sum(number in text for text in texts) for number in orders] == [1] * 4
    lines = [text for text in shop.group_lines if "4 单中" in text]
    assert sum("4 单中 4 单已送达" in text for text in lines) == 1


async def test_who_joined_later_waits_for_an_approval_of_their_own(shop: Shop) -> None:
    early, late = numbers(3), numbers(2, first=4)
    await payments_hang(shop, early)
    card = the_card(shop)
    await payments_hang(shop, late)

    await shop.taps("zhangsan", card, send_all(card))
    await shop.passes(seconds=5)

    assert [len(read_by(shop, number)) for number in (*early, *late)] == [1, 1, 1, 0, 0]
    assert send_all(card) == "发送全部(2)"
    await shop.taps("zhangsan", card, send_all(card))
    await shop.passes(seconds=5)
    assert [len(read_by(shop, number)) for number in (*early, *late)] == [1] * 5


async def test_the_cards_of_single_orders_that_were_out_before_still_send_and_the_incident_says_who_was_first(
    shop: Shop,
) -> None:
    first, second, third, bystander = numbers(4)
    for number in (first, second):
        await a_payment_hangs(shop, number)
    await shop.passes(minutes=1)
    await a_payment_hangs(shop, third)
    await shop.created(bystander, payment_channel="wechat")
    await shop.stage(bystander, "payment", "started")
    await shop.passes(minutes=5, seconds=1)
    card = the_card(shop)
    (single,) = [one for one in shop.group_cards if first in one.display("lisi").text and one is not card]
    button = send_all(card)
    assert button == "发送全部(3)"
    assert [one for one in shop.group_cards if bystander in one.display("lisi").text], "it has its own card"

    await shop.taps("zhaoliu", single, "发送回复")
    await shop.taps("zhangsan", card, button)
    await shop.passes(seconds=10)

    assert [len(read_by(shop, number)) for number in (first, second, third)] == [1, 1, 1]
    assert f"{first}（已由赵六 10:06 处理）" in card.display("zhangsan").text
    (line,) = [text for text in shop.group_lines if "3 单中" in text]
    assert f"2 单已送达；没发出 1 单：{first}（已由赵六 10:06 处理）" in line


async def test_words_that_are_not_true_any_more_are_refused_and_listed_and_so_is_who_is_written_to_by_hand(
    shop: Shop,
) -> None:
    moved, asks, by_hand, healed, sent = orders = numbers(5)
    await payments_hang(shop, orders, marketplace=[by_hand])
    await shop.says("zhaoliu", f"@盯单 /认领 {moved}")
    card = the_card(shop)
    assert send_all(card) == "发送全部(4)"
    await shop.stage(moved, "payment", "completed")
    await shop.stage(healed, "payment", "completed")
    await shop.report("order.refund_requested", asks, refund_fen=100)
    shop.wecom.fault("kf/send_msg", "5xx", times=1)

    await shop.taps("zhangsan", card, send_all(card))
    assert not [text for text in shop.group_lines if "5 单中" in text], "not all have a result yet"
    await shop.passes(seconds=90)

    assert [len(read_by(shop, number)) for number in orders] == [0, 1, 0, 0, 1]
    incident = await the_incident(shop)
    rows = {row["order_no"]: row for row in incident["items"]}
    assert {number: rows[number]["upshot"] for number in orders} == {
        moved: "stale", asks: "sent", by_hand: "by_hand", healed: "stale", sent: "sent"}  # fmt: skip
    assert rows[asks]["refund_before_contact"]
    assert incident["loss"]["lost_fen"] == 100
    (line,) = [text for text in shop.group_lines if "5 单中" in text]
    assert all(f"{number}（" in line for number in (moved, by_hand, healed))
    assert f"{by_hand}（平台订单，站内回复）" in line


async def test_all_are_claimed_snoozed_explained_and_escalated_by_one_tap_each(shop: Shop) -> None:
    orders = numbers(3)
    await payments_hang(shop, orders)
    await shop.says("zhaoliu", f"@盯单 /认领 {orders[2]}")
    card, before = the_card(shop), len(shop.cards_of("wangwu"))

    await shop.taps("zhangsan", card, "认领")
    await shop.passes(seconds=2)
    assert {case["order_no"]: case["owner"] for case in await shop.anomalies()} == {
        orders[0]: "zhangsan", orders[1]: "zhangsan", orders[2]: "zhaoliu"}  # fmt: skip
    assert "张三" in card.display("lisi").text

    await shop.taps("zhangsan", card, "升级")
    await shop.passes(seconds=2)
    assert len(shop.cards_of("wangwu")) <= before + 1, "one card for all of them"

    await shop.taps("zhangsan", card, "稍后", snooze="30")
    await shop.taps("zhangsan", card, "记录原因")
    await shop.taps("zhangsan", card, "提交", reason="payment_failed")
    await shop.passes(seconds=2)
    cases = [await shop.case(case["id"]) for case in await shop.anomalies()]
    assert {case["reason"] for case in cases} == {"payment_failed"}
    assert all(case["snoozed_until"] for case in cases)
    assert {case["state"] for case in cases} == {"claimed"}, "nothing closes without both halves"

    await shop.taps("zhangsan", card, "刷新")
    assert set(card.face("zhangsan").button_texts) == {"发送全部(3)", "稍后", "刷新"}


async def test_the_page_shows_each_in_full_and_sends_what_was_chosen(shop: Shop) -> None:
    orders = numbers(3)
    await payments_hang(shop, orders, name=HOSTILE)
    assert "13800138000" not in the_card(shop).display("zhangsan").text
    incident = await the_incident(shop)
    async with a_reader(shop) as reader:
        await reader.opens(await own_link(shop, "zhangsan"))
        await reader.opens("/incidents")
        assert "支付验证 · 支付宝" in reader.text
        await reader.opens(f"/i/{incident['id']}")
        shown = dict(re.findall(r'name="shown" value="([0-9a-f]+):([^"]*)"', reader.html))
        assert len(shown) == 3
        for row in incident["items"]:
            assert row["text"] in unescape(reader.html)
        assert "<script>alert" not in reader.html
        assert "13800138000" not in reader.text

        cases = {row["order_no"]: row["id"] for row in incident["items"]}
        chosen = cases[orders[1]]
        await reader.submits("send", shown=f"{chosen}:{shown[chosen]}")
        assert "张三" in reader.told
        assert "批准发送 1 单" in reader.told
        await shop.passes(seconds=5)
        assert [len(read_by(shop, number)) for number in orders] == [0, 1, 0]

        await reader.submits("send", shown=f"{chosen}:{shown[chosen]}")
        assert "没有重复执行" in reader.told
        await reader.submits("send", shown=f"{chosen}:made-up.seal")
        assert reader.status == 400
        await reader.submits("send")
        assert reader.status == 400
        await reader.submits("reason", reason="other")
        assert reader.status == 400
        await reader.opens(f"/i/{incident['id']}?lang=en")
        await reader.submits("claim")
        assert reader.told.startswith("Claiming 2 orders")
        await reader.submits("snooze", minutes="30")
        await reader.submits("escalate")
        await reader.submits("reason", reason="payment_failed")
    deeds = await shop.rows(
        "SELECT deed FROM audit_trail WHERE subject = $1 ORDER BY id", str(incident["id"])
    )
    assert [row["deed"] for row in deeds if ".all" in row["deed"]] == [
        "send.all", "claim.all", "snooze.all", "escalate.all", "reason.all"]  # fmt: skip
    assert any("批准发送 1 单" in line for line in shop.group_lines), "the group hears of it"


@pytest.fixture
async def two_shops(deployment: Deployment) -> AsyncIterator[Shop]:
    async with a_shop(deployment, roster=TWO_SHOPS) as shop:
        yield shop


async def test_who_serves_one_shop_sees_and_sends_its_orders_alone(two_shops: Shop) -> None:
    shop, (main, *east) = two_shops, numbers(3)
    await payments_hang(shop, [main, *east], of=dict.fromkeys(east, "east"))
    incident = await the_incident(shop)
    async with a_reader(shop) as reader:
        await reader.opens(await own_link(shop, "sunqi"))
        await reader.opens(f"/i/{incident['id']}")
        assert main not in reader.text
        shown = re.findall(r'name="shown" value="([^"]*)"', reader.html)
        assert len(shown) == 2
        async with reader.http.get(f"{shop.address}/i/{incident['id']}/orders.csv") as answer:
            assert answer.status == 403, "agents take nothing away"

    card = the_card(shop)
    await shop.taps("zhouba", card, send_all(card))
    assert not any(read_by(shop, number) for number in (main, *east)), "none of the orders is theirs"
    await shop.taps("sunqi", card, send_all(card))
    await shop.passes(seconds=5)
    assert [len(read_by(shop, number)) for number in (main, *east)] == [0, 1, 1]

    async with a_reader(shop) as manager:
        await manager.opens(await own_link(shop, "wangwu"))
        async with manager.http.get(f"{shop.address}/i/{incident['id']}/orders.csv") as answer:
            rows = list(csv.reader(io.StringIO((await answer.read()).decode("utf-8-sig"))))
    assert len(rows) == 1 + 3


async def test_without_a_bot_those_on_duty_hold_the_card_and_the_group_reads_what_came_of_it(
    deployment: Deployment,
) -> None:
    corp = SandboxConfig(groups={"wrDefault": "订单异常处理群"}, webhooks={"hook-key": "wrDefault"})
    async with a_shop(deployment, bot=False, corp=corp, DINGDAN_WEBHOOK__KEY="hook-key") as shop:
        orders = numbers(3)
        await payments_hang(shop, orders)
        (notice,) = shop.group_cards
        assert notice.original.card_type == "text_notice"
        assert "带按钮的卡片在张三、赵六、李四手里" in notice.display("lisi").text
        (card,) = shop.cards_of("zhangsan")
        assert shop.cards_of("zhaoliu") == [card]

        await shop.taps("zhaoliu", card, "记录原因")
        await shop.taps("zhaoliu", card, "提交", reason="other")
        assert "请点开详情填写" in card.display("zhaoliu").text
        await shop.taps("zhaoliu", card, "刷新")
        await shop.taps("zhangsan", card, send_all(card))
        await shop.passes(seconds=5)

        assert [len(read_by(shop, number)) for number in orders] == [1, 1, 1]
        assert any("张三 10:05 批准发送 3 单" in line for line in shop.group_lines)
        assert any("3 单中 3 单已送达" in line for line in shop.group_lines)
        await shop.taps("zhaoliu", card, "刷新")
        assert not [text for text in card.face("zhaoliu").button_texts if "发送" in text]


async def test_a_list_of_what_there_is_to_do_has_one_line_for_all_of_them(shop: Shop) -> None:
    await payments_hang(shop, numbers(4))

    await shop.says("zhangsan", "@盯单 /待办")

    assert "支付验证 · 支付宝 · 4 单，4 单没联系顾客" in shop.group_lines[-1]


async def test_where_no_group_can_be_written_to_whoever_approved_hears_what_came_of_it(
    deployment: Deployment,
) -> None:
    async with a_shop(deployment, bot=False) as shop:
        await payments_hang(shop, numbers(3))
        (card,) = shop.cards_of("zhangsan")

        await shop.taps("zhangsan", card, send_all(card))
        await shop.passes(seconds=5)

        assert any("3 单中 3 单已送达" in line for line in shop.lines_to("zhangsan"))
