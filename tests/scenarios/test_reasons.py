"""Why was it late? Two taps with the likely reason chosen already; 其他 wants words, and nothing closes without."""

import pytest

from bot.sandbox.cards import Card
from tests.scenarios.pages import a_reader, at_the_case
from tests.scenarios.shop import Shop

NO = "DB20251222-883"


async def a_late_payment(shop: Shop) -> Card:
    await shop.pays_late(NO)
    (card,) = shop.group_cards
    return card


async def reason(shop: Shop) -> tuple[object, object, object]:
    (case,) = await shop.anomalies()
    return case["reason"], case["reason_text"], case["reason_source"]


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ("payment_failed", "支付失败"),
        ("out_of_stock", "库存不足"),
        ("packing_delayed", "打包延误"),
        ("not_picked_up", "物流未取件"),
    ],
)
async def test_each_reason_is_two_taps_away(shop: Shop, choice: str, words: str) -> None:
    card = await a_late_payment(shop)
    await shop.taps("zhangsan", card, "认领")

    await shop.taps("zhangsan", card, "记录原因")
    assert words in card.display("zhangsan").text
    await shop.taps("zhangsan", card, "提交", reason=choice)

    assert await reason(shop) == (choice, None, "agent")
    assert f"记录：{words}" in card.display("zhaoliu").text


async def test_the_likely_reason_is_chosen_already(shop: Shop) -> None:
    card = await a_late_payment(shop)
    await shop.taps("zhangsan", card, "认领")

    await shop.taps("zhangsan", card, "记录原因")
    await shop.taps("zhangsan", card, "提交")

    assert await reason(shop) == ("payment_failed", None, "agent")


async def test_other_asks_in_person_for_words_and_the_card_keeps_its_button(shop: Shop) -> None:
    card = await a_late_payment(shop)
    await shop.taps("zhangsan", card, "认领")
    await shop.taps("zhangsan", card, "记录原因")

    await shop.taps("zhangsan", card, "提交", reason="other")

    assert await reason(shop) == (None, None, None)
    (asked,) = shop.lines_to("zhangsan")
    assert f"/原因 {NO} " in asked
    assert "/l/" in asked
    assert "记录原因" in card.face("zhangsan").button_texts


async def test_other_is_answered_by_a_command_in_the_group(shop: Shop) -> None:
    card = await a_late_payment(shop)
    await shop.taps("zhangsan", card, "认领")

    await shop.says("zhangsan", f"@盯单 /原因 {NO} 支付通道 维护")

    assert await reason(shop) == ("other", "支付通道 维护", "agent")
    assert "记录：其他（支付通道 维护）" in shop.group_lines[-1]


async def test_other_is_answered_by_a_command_to_the_app_and_the_group_hears_of_it(shop: Shop) -> None:
    await a_late_payment(shop)

    await shop.says("zhangsan", f"／reason {NO} 银行限额", to="app")

    assert await reason(shop) == ("other", "银行限额", "agent")
    assert "银行限额" in shop.lines_to("zhangsan")[-1]
    assert "张三" in shop.group_lines[-1]


async def test_a_reason_that_has_a_name_is_known_by_it(shop: Shop) -> None:
    await a_late_payment(shop)

    await shop.says("zhangsan", f"@盯单 /原因 {NO} 支付失败")

    assert await reason(shop) == ("payment_failed", None, "agent")


@pytest.mark.parametrize("text", ["其他", " ", ""])
async def test_other_without_words_is_no_reason(shop: Shop, text: str) -> None:
    await a_late_payment(shop)

    await shop.says("zhangsan", f"@盯单 /原因 {NO} {text}")

    assert await reason(shop) == (None, None, None)
    assert f"/原因 {NO if text.strip() else ''}".strip() in shop.group_lines[-1]


async def test_other_is_answered_on_the_page_of_the_link(shop: Shop) -> None:
    card = await a_late_payment(shop)
    await shop.taps("zhangsan", card, "认领")
    await shop.taps("zhangsan", card, "记录原因")
    await shop.taps("zhangsan", card, "提交", reason="other")
    link = shop.lines_to("zhangsan")[-1].rpartition("：")[2]

    async with a_reader(shop) as reader:
        await reader.opens(link)
        assert NO in reader.text
        await reader.submits("reason", reason="other", words="支付通道维护")
        assert "支付通道维护" in reader.told

    assert await reason(shop) == ("other", "支付通道维护", "agent")
    assert any("支付通道维护" in line for line in shop.group_lines)


async def test_other_without_words_is_refused_on_the_page_too(shop: Shop) -> None:
    await a_late_payment(shop)

    async with at_the_case(shop, "zhangsan") as reader:
        await reader.submits("reason", reason="other", words="  ")
        assert reader.told != ""

    assert await reason(shop) == (None, None, None)


async def test_the_first_reason_stands_and_whoever_comes_later_is_told_whose_it_is(shop: Shop) -> None:
    card = await a_late_payment(shop)
    await shop.taps("zhangsan", card, "认领")
    await shop.says("zhangsan", f"@盯单 /原因 {NO} 支付失败")

    await shop.says("zhaoliu", f"@盯单 /原因 {NO} 库存不足")

    assert await reason(shop) == ("payment_failed", None, "agent")
    assert "已由张三 10:05 处理" in shop.group_lines[-1]


async def test_a_phone_number_in_the_words_is_masked_wherever_they_are_shown(shop: Shop) -> None:
    card = await a_late_payment(shop)

    await shop.says("zhangsan", f"@盯单 /原因 {NO} 顾客改电话 13800138000")

    assert all("13800138000" not in line for line in shop.group_lines if "@盯单" not in line)
    await shop.taps("zhangsan", card, "稍后")
    assert "13800138000" not in card.display("zhangsan").text
    (case,) = await shop.anomalies()
    assert "13800138000" not in str(case)


async def test_without_a_reason_nothing_closes_and_with_it_all_does(shop: Shop) -> None:
    card = await a_late_payment(shop)
    await shop.taps("zhangsan", card, "发送回复")
    await shop.stage(NO, "payment", "completed")
    (case,) = await shop.anomalies()
    assert case["state"] == "recovered"

    await shop.says("zhangsan", f"@盯单 /原因 {NO} 支付失败")

    (case,) = await shop.anomalies()
    assert case["state"] == "closed"
    await shop.says("zhangsan", f"@盯单 /原因 {NO} 支付失败")
    assert "没有未关闭的异常" in shop.group_lines[-1]


async def test_somebody_who_is_not_on_the_roster_gives_no_reasons(shop: Shop) -> None:
    await a_late_payment(shop)

    await shop.says("stranger", f"@盯单 /原因 {NO} 支付失败")

    assert await reason(shop) == (None, None, None)
    assert "不在值班名单里" in shop.group_lines[-1]
