"""What a reply promises is watched: people are told in time, the next words are ready, and the events judge."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

from bot.sandbox.cards import Card
from tests.scenarios.pages import at_the_case
from tests.scenarios.shop import CHEN, Shop

NO = "DB20251222-883"
MINUTES = 60_000


async def answered(shop: Shop) -> Card:
    """陈女士 was told at 10:20 that there will be news by 11:30."""
    await shop.confirms_late(NO)
    card = shop.group_cards[-1]
    await shop.taps("zhangsan", card, "发送回复")
    assert "11:30 前" in shop.customer_read[-1]
    return card


async def promises(shop: Shop) -> list[dict[str, Any]]:
    rows = await shop.rows("SELECT * FROM promises ORDER BY promised_at, due_at")
    return [dict(row) for row in rows]


async def events_of(shop: Shop) -> list[str]:
    case = (await shop.anomalies())[-1]
    timeline = (await shop.case(case["id"]))["timeline"]
    return [entry["what"] for entry in timeline if entry["what"].startswith("promise")]


async def test_news_in_time_keeps_the_promise_and_nobody_is_told(shop: Shop) -> None:
    await answered(shop)
    (made,) = await promises(shop)
    assert (made["slot"], made["agent"], made["template"]) == ("news_by", "zhangsan", "confirm_not_completed")
    assert 69 * MINUTES < made["due_at"] - made["promised_at"] < 70 * MINUTES

    await shop.passes(minutes=30)
    await shop.stage(NO, "confirm", "completed")
    await shop.passes(hours=2)

    (kept,) = await promises(shop)
    assert kept["kept_at"] is not None
    assert (kept["warned_at"], kept["broken_at"]) == (None, None)
    assert await events_of(shop) == ["promise_kept"]
    assert not any("承诺" in line for line in shop.group_lines)


async def test_before_its_time_the_owner_has_the_next_words_and_sends_them(shop: Shop) -> None:
    await answered(shop)
    await shop.passes(minutes=50)

    assert any("承诺 11:30 前给消息，还剩 20分" in line for line in shop.group_lines)
    card = shop.cards_of("zhangsan")[-1]
    text = card.display("zhangsan").text
    assert "说好今天 11:30 前告诉您进展，现在还没有新进展" in text
    assert "12:30 前，我们再告诉您进展" in text
    assert card.face("zhangsan").button_texts[0] == "再次联系"
    await shop.taps("zhangsan", card, "再次联系")

    assert len(shop.customer_read) == 2
    first, second = await promises(shop)
    assert first["followed_by"] == second["told"]
    assert (second["warned_at"], second["template"]) == (None, "followup_confirm")
    await shop.passes(minutes=30)
    assert (await promises(shop))[0]["broken_at"] is not None, "what was promised had not happened"
    assert not any("没有做到" in line for line in shop.group_lines), "and yet the customer knows more"


async def test_what_nobody_follows_up_is_broken_and_the_manager_called_until_the_truth_is_heard(
    shop: Shop,
) -> None:
    await answered(shop)
    await shop.passes(minutes=75)

    assert any("承诺 11:30 前给消息，没有做到，已通知王五" in line for line in shop.group_lines)
    (push,) = shop.cards_of("wangwu")
    assert push.face("wangwu").button_texts[0] == "再次联系"
    assert await events_of(shop) == ["promise_near", "promise_broken"]

    await shop.stage(NO, "confirm", "updated", ago=timedelta(minutes=20))
    (late,) = await promises(shop)
    assert late["kept_at"] < late["due_at"] < late["broken_at"]
    assert await events_of(shop) == ["promise_near", "promise_broken", "promise_kept"]
    await shop.passes(hours=3)
    assert sum("没有做到" in line for line in shop.group_lines) == 1


async def test_a_text_that_did_not_go_out_promises_nothing(shop: Shop) -> None:
    await shop.confirms_late(NO)
    shop.wecom.fault("kf/send_msg", 95013)
    await shop.taps("zhangsan", shop.group_cards[-1], "发送回复")
    assert await promises(shop) == []


async def a_marketplace_order_is_late(shop: Shop) -> None:
    await shop.created(NO, channel="taobao", customer={"name": "陈女士", "external_userid": CHEN})
    await shop.stage(NO, "payment", "completed")
    await shop.passes(minutes=20, seconds=1)


async def test_words_that_were_copied_promise_once_somebody_says_so(shop: Shop) -> None:
    await a_marketplace_order_is_late(shop)
    card = shop.group_cards[-1]
    await shop.taps("zhangsan", card, "发送回复")
    words = card.display("zhangsan").text
    assert await promises(shop) == []
    await shop.taps("zhangsan", card, "已处理")

    (made,) = await promises(shop)
    assert made["told"].startswith("done:")
    assert "11:30 前" in words
    await shop.passes(minutes=50)
    assert any("承诺 11:30 前给消息" in line for line in shop.group_lines)


async def test_words_that_were_copied_from_the_page_promise_as_those_of_the_card(shop: Shop) -> None:
    await a_marketplace_order_is_late(shop)
    async with at_the_case(shop, "zhangsan") as reader:
        words = unescape(re.findall(r'id="words"[^>]*>([^<]*)<', reader.html)[0])
        assert "11:30 前" in words
        await reader.submits("mark_done", means="copy", shown="made-up.seal")
        assert (reader.status, await promises(shop)) == (400, [])
        await shop.passes(minutes=2)
        await reader.submits("mark_done", means="copy")

        (made,) = await promises(shop)
        assert (made["slot"], made["agent"]) == ("news_by", "zhangsan")
        assert made["told"].startswith("done:")
        assert "11:30 前" in reader.main

        await shop.passes(minutes=50)
        assert any("承诺 11:30 前给消息" in line for line in shop.group_lines)
        await reader.opens(reader.url)
        await reader.submits("done_again")
        first, second = await promises(shop)
        assert (first["followed_by"], second["template"]) == (second["told"], "followup_confirm")


async def test_whoever_called_the_customer_has_promised_none_of_the_words_on_the_page(shop: Shop) -> None:
    await a_marketplace_order_is_late(shop)
    async with at_the_case(shop, "zhangsan") as reader:
        await reader.submits("mark_done", means="phone")
    assert await promises(shop) == []
