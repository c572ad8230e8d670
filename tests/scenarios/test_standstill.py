"""已安抚但订单未动: the customer was reached and is quiet, and the order has not moved. It is not left alone."""

from tests.scenarios.pages import at_the_case
from tests.scenarios.shop import Shop

NO = "DB20251222-883"


def reminders(shop: Shop, userid: str) -> list[str]:
    return [line for line in shop.lines_to(userid) if NO in line and "还没动" in line]


async def test_the_owner_hears_whom_to_ask_and_at_last_a_lead_does(shop: Shop) -> None:
    await shop.confirms_late(NO)
    (card,) = shop.group_cards
    await shop.taps("zhangsan", card, "发送回复")

    await shop.passes(hours=2, minutes=1)
    assert len(reminders(shop, "zhangsan")) == 1
    assert "请催审单锁库" in reminders(shop, "zhangsan")[0]
    async with at_the_case(shop, "lisi") as reader:
        assert "订单未动" in reader.main
    (case,) = await shop.anomalies(state="replied")
    assert case["standstill"]

    await shop.passes(hours=6)
    assert len(reminders(shop, "zhangsan")) == 3
    assert any(NO in one.display("lisi").text for one in shop.cards_of("lisi"))
    assert any("提醒过 3 次，已通知李四" in line for line in shop.group_lines)
    await shop.passes(hours=8)
    assert len(reminders(shop, "zhangsan")) == 3, "and then no more"
    assert await shop.broken() == []

    told = [line["what"] for line in (await shop.case(case["id"]))["timeline"]]
    assert told.count("nudged") == 4


async def test_once_the_order_moves_nobody_is_reminded(shop: Shop) -> None:
    await shop.confirms_late(NO)
    (card,) = shop.group_cards
    await shop.taps("zhangsan", card, "发送回复")
    await shop.stage(NO, "confirm", "completed")

    await shop.passes(hours=3)

    assert reminders(shop, "zhangsan") == []
    assert await shop.broken() == []


async def test_a_case_whose_owner_has_left_is_brought_up_in_the_group(shop: Shop) -> None:
    await shop.confirms_late(NO)
    (card,) = shop.group_cards
    await shop.taps("zhangsan", card, "发送回复")
    async with shop.database.transaction() as connection:
        await connection.execute("UPDATE cases SET owner = 'gone' WHERE owner = $1", "zhangsan")

    await shop.passes(hours=2, minutes=1)

    assert any(NO in line and "还没动" in line for line in shop.group_lines)
