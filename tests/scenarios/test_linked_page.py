"""Cards take no text: on the page of the link the words are edited, shown once more, and sent as they were shown."""

import asyncio
import re

import pytest

from bot.sandbox.cards import Card
from tests.scenarios.pages import a_reader, at_the_case, own_link
from tests.scenarios.shop import Shop

NO = "DB20251222-883"
MY_WORDS = "陈女士，订单 DB20251222-883 的付款我们正在核对，请放心。"


async def a_late_payment(shop: Shop) -> Card:
    await shop.pays_late(NO)
    (card,) = shop.group_cards
    return card


async def test_edited_words_are_shown_once_more_and_then_sent_as_they_were_shown(shop: Shop) -> None:
    await a_late_payment(shop)
    async with at_the_case(shop, "zhangsan") as reader:
        assert NO in reader.draft

        await reader.submits("preview", text=MY_WORDS)
        assert reader.draft == MY_WORDS
        assert shop.customer_read == []

        await reader.submits("send")
        assert "已提交 · 张三" in reader.told

    assert shop.customer_read == [MY_WORDS]
    assert any(NO in line and "已提交 · 张三" in line for line in shop.group_lines)
    (case,) = await shop.anomalies()
    assert (case["state"], case["owner"]) == ("replied", "zhangsan")


async def test_what_the_browser_makes_of_the_words_in_between_is_not_sent(shop: Shop) -> None:
    await a_late_payment(shop)
    async with at_the_case(shop, "zhangsan") as reader:
        await reader.submits("preview", text=MY_WORDS)
        await reader.submits("send", text="别的话", shown=reader.carried["shown"][:-4] + "AAAA")

        assert shop.customer_read == []


async def test_the_words_are_refused_when_their_order_has_moved_meanwhile(shop: Shop) -> None:
    card = await a_late_payment(shop)
    await shop.taps("zhangsan", card, "认领")
    async with at_the_case(shop, "zhangsan") as reader:
        await reader.submits("preview", text=MY_WORDS)
        await shop.stage(NO, "payment", "completed")
        await reader.submits("send")

        assert "没有发送" in reader.told
        assert "付款成功" in reader.told
        assert "好消息" in reader.draft
    assert shop.customer_read == []


async def test_of_a_page_and_a_card_the_first_one_sends_and_the_other_is_told(shop: Shop) -> None:
    card = await a_late_payment(shop)
    async with at_the_case(shop, "zhaoliu") as reader:
        await reader.submits("preview", text=MY_WORDS)
        await shop.taps("zhangsan", card, "发送回复")
        await reader.submits("send")

        assert "已由张三 10:05" in reader.told
    assert len(shop.customer_read) == 1


async def test_a_form_that_is_sent_twice_at_once_has_one_effect(shop: Shop) -> None:
    await a_late_payment(shop)
    async with at_the_case(shop, "zhangsan") as reader:
        await reader.submits("preview", text=MY_WORDS)
        carried = {"do": "send", **reader.carried}
        await asyncio.gather(*(reader.http.post(reader.url, data=carried) for _ in range(5)))
        await shop.settled()

    assert shop.customer_read == [MY_WORDS]


async def test_the_link_of_a_member_s_card_leads_to_its_case_as_that_member(shop: Shop) -> None:
    await a_late_payment(shop)
    (push,) = shop.cards_of("wangwu")
    found = re.search(r"http://[^\"' ]+/l/[^\"' ]+", str(push.face("wangwu").content))
    assert found is not None

    async with a_reader(shop) as reader:
        await reader.opens(found[0])
        assert NO in reader.text
        assert "王五" in reader.text
        await reader.submits("claim")

    (case,) = await shop.anomalies()
    assert case["owner"] == "wangwu"


async def test_the_link_on_the_group_s_card_is_nobody_s(shop: Shop) -> None:
    card = await a_late_payment(shop)
    found = re.search(r"http://[^\"' ]+/a/[^\"' ]+", str(card.face("zhangsan").content))
    assert found is not None

    async with a_reader(shop) as reader:
        await reader.opens(found[0])
        assert reader.status == 401
        assert NO not in reader.text


async def test_a_form_from_elsewhere_is_refused(shop: Shop) -> None:
    await a_late_payment(shop)
    async with at_the_case(shop, "zhangsan") as reader:
        await reader.submits("claim", token="somebody-else's")

        assert reader.status == 403
    (case,) = await shop.anomalies()
    assert case["owner"] is None


async def test_a_link_that_was_tampered_with_or_is_too_old_opens_nothing(shop: Shop) -> None:
    await a_late_payment(shop)
    link = await own_link(shop, "zhangsan")
    async with a_reader(shop) as reader:
        await reader.opens(link[:-2])
        assert reader.status == 401

        await shop.passes(days=8)
        await reader.opens(link)
        assert reader.status == 401


@pytest.mark.parametrize(
    ("do", "fields", "state"),
    [
        ("mark_done", {"means": "phone"}, "replied"),
        ("waive", {"needless": "informed"}, "replied"),
        ("claim", {}, "claimed"),
    ],
)
async def test_what_the_buttons_do_the_page_does_as_well(
    shop: Shop, do: str, fields: dict[str, str], state: str
) -> None:
    await a_late_payment(shop)
    async with at_the_case(shop, "zhangsan") as reader:
        await reader.submits(do, **fields)

        assert "张三" in reader.told
    (case,) = await shop.anomalies()
    assert case["state"] == state
    assert any(NO in line and "张三" in line for line in shop.group_lines)


async def test_the_page_tells_what_has_happened_so_far(shop: Shop) -> None:
    card = await a_late_payment(shop)
    await shop.taps("zhangsan", card, "认领")
    await shop.taps("stranger", card, "升级")
    await shop.passes(minutes=7)

    async with at_the_case(shop, "lisi") as reader:
        for line in ("发现异常", "认领 张三", "操作未生效", "提醒", "转交"):
            assert line in re.sub(r"\s+", " ", reader.text), line


async def test_what_had_no_effect_is_in_the_history_by_whatever_way_it_was_tried(shop: Shop) -> None:
    card = await a_late_payment(shop)
    await shop.taps("zhangsan", card, "认领")
    async with at_the_case(shop, "lisi") as reader:
        await reader.submits("claim")
        await shop.says("zhaoliu", f"@盯单 /认领 {NO}")
        await reader.submits("escalate")

        assert "操作未生效 李四" in re.sub(r"\s+", " ", reader.text)
        assert "操作未生效 赵六" in re.sub(r"\s+", " ", reader.text)


async def test_a_closed_case_has_nothing_left_to_press(shop: Shop) -> None:
    card = await a_late_payment(shop)
    await shop.taps("zhangsan", card, "发送回复")
    await shop.stage(NO, "payment", "completed")
    await shop.says("zhangsan", f"@盯单 /原因 {NO} 支付失败")

    async with at_the_case(shop, "zhaoliu") as reader:
        assert "已关闭" in reader.text
        assert "<button" not in reader.main


async def test_a_customer_s_words_on_a_page_are_words_and_no_html(shop: Shop) -> None:
    await shop.customer_writes(NO)
    await shop.created(NO, customer={"name": "<script>x</script>"}, region="<b>华东</b>")
    await shop.stage(NO, "payment", "started", note="<img src=x onerror=alert(1)>", operator="<i>李</i>")
    await shop.passes(minutes=5, seconds=1)

    async with at_the_case(shop, "zhangsan") as reader:
        for tag in ("<script>x", "<img src=x", "<i>李"):
            assert tag not in reader.html
