"""The warehouse says that goods are short: whoever owns the orders hears of it at once, without any limit."""

import asyncio
from datetime import timedelta
from itertools import permutations

import pytest

from bot.sandbox.cards import Card
from tests.scenarios.shop import Shop

NO = "DB20251222-883"
MUG = {"sku": "MUG-01", "qty": 2}


async def test_a_shortage_of_an_order_raises_a_case_of_the_stage_it_is_in(shop: Shop) -> None:
    await shop.created(NO, items=[MUG], warehouse="hz1")
    await shop.stage(NO, "confirm", "completed")

    await shop.report("stock.short", NO, sku="MUG-01", qty_short=1, warehouse="hz1")

    (case,) = await shop.anomalies()
    assert (case["stage"], case["kind"], case["state"]) == ("picking", "stock_short", "open")
    await shop.passes(seconds=1)
    (card,) = shop.group_cards
    assert "库存不足" in card.display("zhangsan").text
    assert NO in card.display("zhangsan").text


async def test_a_shortage_of_a_warehouse_concerns_every_open_order_there_that_holds_the_goods(
    shop: Shop,
) -> None:
    await shop.created("HOLDS-1", items=[MUG], warehouse="hz1")
    await shop.created("HOLDS-2", items=[MUG, {"sku": "CUP-02"}], warehouse="hz1")
    await shop.created("OTHER-GOODS", items=[{"sku": "CUP-02"}], warehouse="hz1")
    await shop.created("OTHER-WAREHOUSE", items=[MUG], warehouse="sz2")
    await shop.created("GONE", items=[MUG], warehouse="hz1")
    for number in ("HOLDS-1", "HOLDS-2", "OTHER-GOODS", "OTHER-WAREHOUSE"):
        await shop.stage(number, "confirm", "completed")
    await shop.stage("GONE", "transit", "completed")

    await shop.report("stock.short", "", sku="MUG-01", qty_short=5, warehouse="hz1")

    assert {case["order_no"] for case in await shop.anomalies()} == {"HOLDS-1", "HOLDS-2"}


async def test_a_shortage_is_over_when_the_goods_are_there_after_all(shop: Shop) -> None:
    await shop.created(NO, items=[MUG], warehouse="hz1")
    await shop.stage(NO, "confirm", "completed")
    await shop.report("stock.short", "", sku="MUG-01", qty_short=1, warehouse="hz1")

    await shop.report("stock.short", "", sku="MUG-01", qty_short=0, warehouse="hz1")

    (case,) = await shop.anomalies()
    assert (case["state"], case["self_healed"], case["reason"]) == ("closed", True, "out_of_stock")


async def test_a_shortage_is_over_when_the_order_moves_on(shop: Shop) -> None:
    await shop.stage(NO, "confirm", "completed")
    await shop.report("stock.short", NO, sku="MUG-01", qty_short=1)

    await shop.stage(NO, "picking", "completed")

    (case,) = await shop.anomalies()
    assert (case["state"], case["ended_how"]) == ("closed", "moved")


async def test_a_shortage_that_was_not_over_after_all_is_raised_again(shop: Shop) -> None:
    await shop.stage(NO, "confirm", "completed")
    await shop.report("stock.short", NO, sku="MUG-01", qty_short=1)
    wrong = shop.event("stock.short", NO, sku="MUG-01", qty_short=0)
    await shop.post(wrong)
    assert [case["state"] for case in await shop.anomalies()] == ["closed"]

    await shop.report("event.retracted", NO, source=wrong["source"], id=wrong["id"])
    await shop.passes(seconds=1)

    assert [case["state"] for case in await shop.anomalies()] == ["open", "closed"]
    assert len(shop.group_cards) == 2
    await shop.report("order.changed", NO, region="华东")
    assert len(await shop.anomalies()) == 2, "what has been told is not told again"


async def test_an_order_that_is_resumed_is_as_short_as_it_was(shop: Shop) -> None:
    await shop.stage(NO, "confirm", "completed")
    await shop.report("stock.short", NO, sku="MUG-01", qty_short=1)
    await shop.report("order.cancelled", NO)
    assert [case["state"] for case in await shop.anomalies()] == ["closed"]

    await shop.report("order.resumed", NO)

    assert [case["state"] for case in await shop.anomalies()] == ["open", "closed"]


async def test_a_shortage_of_an_order_that_is_late_already_updates_its_case(shop: Shop) -> None:
    await shop.stage(NO, "confirm", "completed")
    await shop.passes(minutes=46)

    await shop.report("stock.short", NO, sku="MUG-01", qty_short=1)
    await shop.passes(seconds=1)

    (case,) = await shop.anomalies()
    assert case["state"] == "open"
    assert len(shop.group_cards) == 2
    assert "缺货" in shop.group_cards[-1].display("lisi").text


# --- a warehouse's report that comes before the orders it is about ------------------------------


@pytest.mark.parametrize("arrival", list(permutations(("created", "moved", "short"))))
async def test_a_shortage_reaches_the_orders_that_were_there_in_whatever_order_they_are_reported(
    shop: Shop, arrival: tuple[str, ...]
) -> None:
    events = {
        "created": shop.event("order.created", NO, ago=timedelta(minutes=9), items=[MUG], skip=["payment"]),
        "moved": shop.event("order.changed", NO, ago=timedelta(minutes=8), warehouse="hz1"),
        "short": shop.event("stock.short", "", ago=timedelta(minutes=7), sku="MUG-01", warehouse="hz1"),
    }
    for name in arrival:
        answer = await shop.post(events[name])
        assert answer["accepted"] == 1
    assert (await shop.post(events["short"]))["duplicates"] == 1

    (case,) = await shop.anomalies()
    assert (case["order_no"], case["kind"]) == (NO, "stock_short")


async def test_a_shortage_that_others_have_heard_of_reaches_who_is_reported_later(shop: Shop) -> None:
    await shop.created("FIRST", items=[MUG], warehouse="hz1", skip=["payment"])
    await shop.report("stock.short", "", sku="MUG-01", qty_short=5, warehouse="hz1")

    for number in ("SECOND", "THIRD"):
        event = shop.event("order.created", number, ago=timedelta(minutes=1), items=[MUG], warehouse="hz1")
        event["data"]["skip"] = ["payment"]
        assert (await shop.post(event))["accepted"] == 1

    assert {case["order_no"] for case in await shop.anomalies()} == {"FIRST", "SECOND", "THIRD"}


@pytest.mark.parametrize(
    "other",
    [{"warehouse": "sz2"}, {"items": [{"sku": "CUP-02"}]}, {"shop": "north"}],
    ids=["warehouse", "goods", "shop"],
)
async def test_a_shortage_of_other_goods_or_elsewhere_reaches_nobody(
    shop: Shop, other: dict[str, object]
) -> None:
    await shop.report("stock.short", "", sku="MUG-01", warehouse="hz1")

    given = {"items": [MUG], "warehouse": "hz1", "skip": ["payment"], **other}
    await shop.report("order.created", NO, ago=timedelta(minutes=1), **given)

    assert await shop.anomalies() == []


async def test_a_shortage_that_is_over_reaches_nobody_any_more(shop: Shop) -> None:
    await shop.report("stock.short", "", ago=timedelta(minutes=7), sku="MUG-01", warehouse="hz1")
    await shop.report("stock.short", "", ago=timedelta(minutes=6), sku="MUG-01", qty_short=0, warehouse="hz1")

    given = {"items": [MUG], "warehouse": "hz1", "skip": ["payment"]}
    await shop.report("order.created", NO, ago=timedelta(minutes=9), **given)

    assert await shop.anomalies() == []


async def test_who_orders_after_a_shortage_was_reported_is_not_concerned(shop: Shop) -> None:
    await shop.report("stock.short", "", ago=timedelta(minutes=7), sku="MUG-01", warehouse="hz1")

    await shop.created(NO, items=[MUG], warehouse="hz1", skip=["payment"])

    assert await shop.anomalies() == []


async def test_the_stock_recheck_is_a_task_with_an_owner_and_its_result_feeds_the_draft(shop: Shop) -> None:
    await shop.created(NO, items=[MUG], warehouse="hz1")
    await shop.customer_writes(NO)
    await shop.stage(NO, "confirm", "completed")
    await shop.passes(minutes=45, seconds=1)
    (task,) = [card for card in shop.cards_of("lisi") if "复核库存" in card.display("lisi").text]
    (card,) = shop.group_cards
    assert NO in task.display("lisi").text
    assert "我们正在复核库存" in card.display("zhangsan").text

    await shop.taps("lisi", task, "提交", result="wrong_bin")

    assert any("李四" in line and "放错库位" in line for line in shop.group_lines)
    assert task.face("lisi").button_texts == ()

    await shop.taps("zhangsan", card, "发送回复")
    assert shop.customer_read == []
    assert "库存已复核，有货" in card.display("zhangsan").text
    await shop.taps("zhangsan", card, "发送回复")
    (received,) = shop.customer_read
    assert "库存已复核，有货" in received


async def a_recheck(shop: Shop) -> Card:
    """Picking has not begun in time: 李四 has the task to look on the shelf."""
    await shop.customer_writes(NO)
    await shop.created(NO, items=[MUG], warehouse="hz1")
    await shop.passes(seconds=1)
    await shop.stage(NO, "confirm", "completed")
    await shop.passes(minutes=45, seconds=1)
    (task,) = [card for card in shop.cards_of("lisi") if "请复核库存" in card.display("lisi").text]
    return task


async def test_the_task_says_who_shall_look_for_what_and_until_when(shop: Shop) -> None:
    shown = (await a_recheck(shop)).display("lisi").text

    assert all(part in shown for part in (NO, "李四，请在 11:15 前完成", "hz1", "MUG-01×2"))


@pytest.mark.parametrize(
    ("result", "said"),
    [("in_stock", "库存已复核，有货"), ("wrong_bin", "库存已复核，有货"), ("short", "缺货")],
)
async def test_what_was_found_is_what_the_customer_is_told(shop: Shop, result: str, said: str) -> None:
    task = await a_recheck(shop)

    await shop.taps("lisi", task, "提交", result=result)
    await shop.taps("zhangsan", shop.group_cards[0], "发送回复")
    await shop.taps("zhangsan", shop.group_cards[0], "发送回复")

    (received,) = shop.customer_read
    assert said in received
    assert "我们正在复核库存" not in received


async def test_the_first_result_stands_and_a_later_one_is_told_whose_it_is(shop: Shop) -> None:
    task = await a_recheck(shop)

    await asyncio.gather(*(shop.taps("lisi", task, "提交", result=found) for found in ("in_stock", "short")))

    results = [line for line in shop.group_lines if "复核库存" in line]
    assert len(results) == 1
    assert "李四" in task.display("lisi").text


async def test_a_task_of_an_order_that_has_moved_has_nothing_left_to_press(shop: Shop) -> None:
    task = await a_recheck(shop)

    await shop.stage(NO, "picking", "started")

    assert "不用再复核了" in task.display("lisi").text
    assert "提交" not in task.face("lisi").button_texts


async def test_an_order_is_looked_for_once_however_often_its_limits_pass(shop: Shop) -> None:
    task = await a_recheck(shop)
    await shop.taps("lisi", task, "提交", result="in_stock")

    await shop.passes(hours=4)

    assert len([card for card in shop.cards_of("lisi") if "复核库存" in card.display("lisi").text]) == 1


async def test_who_does_not_look_is_asked_once_more_and_then_it_is_the_manager_s(shop: Shop) -> None:
    await a_recheck(shop)

    await shop.passes(hours=4)

    asked = [text for card in shop.cards_of("lisi") if "请复核库存" in (text := card.display("lisi").text)]
    assert len(asked) == 2
    assert "1 次 · 李四 10:45" in asked[-1]
    (passed_on,) = [card for card in shop.cards_of("wangwu") if "请复核库存" in card.display("wangwu").text]
    assert "2 次 · 李四 10:45、11:15" in passed_on.display("wangwu").text


async def test_what_is_not_on_the_shelf_is_the_reason_that_is_offered(shop: Shop) -> None:
    task, card = await a_recheck(shop), shop.group_cards[0]
    await shop.taps("zhangsan", card, "认领")

    await shop.taps("lisi", task, "提交", result="short")
    await shop.taps("zhangsan", card, "记录原因")

    assert card.face("zhangsan").questions[0].chosen == ("out_of_stock",)


async def test_the_warehouse_s_own_word_is_the_result_of_the_recheck(shop: Shop) -> None:
    task = await a_recheck(shop)

    await shop.report("stock.short", NO, sku="MUG-01", qty_short=1, warehouse="hz1")

    assert "复核结果：缺货" in task.display("lisi").text
    assert task.face("lisi").button_texts == ()
    await shop.passes(hours=1)
    assert len([one for one in shop.cards_of("lisi") if "复核库存" in one.display("lisi").text]) == 1
