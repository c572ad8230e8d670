"""The page of an anomaly: what stands on it, who may act there, and that nothing typed is lost."""

import csv
import io
import re

from tests.deployment import Deployment
from tests.scenarios.pages import Reader, a_reader, at_the_case, own_link
from tests.scenarios.shop import ROSTER, Shop, a_shop

NO = "DB20251222-883"
WITH_OPERATIONS = {
    **ROSTER,
    "members": [*ROSTER["members"], {"userid": "sunqi", "name": "孙七", "roles": ["operations"]}],
}


def flat(reader: Reader) -> str:
    return re.sub(r"\s+", " ", reader.text)


async def test_it_shows_where_the_case_stands_and_who_touched_the_order_last(shop: Shop) -> None:
    await shop.pays_late(NO)
    await shop.stage(NO, "payment", "updated", operator="李雷 13800138000", note="对账中")
    async with at_the_case(shop, "zhangsan") as reader:
        page = flat(reader)
        for shown in ("李雷 138****8000", "付款有进展", "在 /erp", "对账中", "还剩 9分", "规则定的", "无人",
                      "联系顾客 · 订单恢复 · 记录原因", "顾客来询问", "原话不保存", "停滞仍在"):  # fmt: skip
            assert shown in page, shown
        assert "13800138000" not in reader.html

        await shop.passes(minutes=11)
        await reader.opens(reader.url)
        assert "已过 1分" in flat(reader)

        await reader.opens(f"{reader.url}?lang=en")
        chinese = set(
            re.findall(r"[\u4e00-\u9fff]+", re.sub(r'(?s)<(\w+)[^>]*lang="zh-CN".*?</\1>', "", reader.main))
        )
        assert chinese <= {"陈女士", "李雷", "对账中", "张三", "李四", "赵六", "王五"}, chinese


async def test_the_twin_tells_what_the_page_does(shop: Shop) -> None:
    await shop.pays_late(NO)
    await shop.taps("zhangsan", shop.group_cards[0], "发送回复")
    (case,) = await shop.anomalies()

    told = await shop.case(case["id"])

    assert {**case, **told} == told, "with every key of the list"
    (message,) = told["messages"]
    assert (message["text"], message["by"], message["channel"], message["state"]) == (
        shop.customer_read[0], "zhangsan", "kf", "sent")  # fmt: skip
    assert [claim["holds"] for claim in told["draft"]["claims"]] == [True] * len(told["draft"]["claims"])
    assert told["contacts"][0]["channel"] == "kf"
    assert told["timeline"][0]["words"] == {"zh": "支付验证 未完成", "en": "Payment not completed"}
    assert told["allowed"] == [], "a token acts on nothing"
    card = next(letter for letter in told["letters"] if letter["group"])
    assert (card["group"], card["members"]) == ("default", [])


async def test_what_happened_at_one_instant_is_told_in_the_order_of_a_case(shop: Shop) -> None:
    await shop.pays_late(NO)
    await shop.taps("zhangsan", shop.group_cards[0], "发送回复")
    await shop.says("zhangsan", f"@盯单 /原因 {NO} 支付失败")
    await shop.stage(NO, "payment", "completed")
    (case,) = await shop.anomalies(state="closed")

    told = [line["what"] for line in (await shop.case(case["id"]))["timeline"]]

    assert told == ["opened", "claimed", "sent", "reached", "reason_given", "ended", "closed"]


async def test_a_snooze_and_every_other_action_of_the_card_are_there(shop: Shop) -> None:
    await shop.pays_late(NO)
    async with at_the_case(shop, "zhangsan") as reader:
        await reader.submits("snooze", minutes="30")
        assert "张三 10:05 稍后至 10:35" in reader.told
        await reader.submits("escalate")
        await reader.submits("reason", reason="payment_failed")
        assert "已升级" in flat(reader)
        assert 'value="escalate"' not in reader.main
        assert 'value="reason"' not in reader.main
        await reader.opens(f"{reader.url}?lang=en")
        await reader.submits("claim")
        assert reader.told.startswith("This was done before (by 张三")


async def test_what_was_typed_stays_when_a_form_cannot_be_read(shop: Shop) -> None:
    await shop.pays_late(NO)
    async with at_the_case(shop, "zhangsan") as reader:
        await reader.submits("reason", reason="other", words="   ")
        assert (reader.status, reader.told) == (400, "选「其他」要写明原因。")
        assert 'value="other" checked' in reader.html

        await reader.submits("reason", reason="other", words="很" * 101)
        assert reader.told == "原因最多 100 个字，现在有 101 个。"
        assert "很" * 101 in reader.html

        await reader.submits("preview", text="长" * 501)
        assert reader.told == "回复最多 500 个字，现在有 501 个。"
        assert reader.draft == "长" * 501

        await reader.submits("no-such-thing")
        assert reader.status == 400
    (case,) = await shop.anomalies()
    assert (case["state"], case["reason"], shop.customer_read) == ("open", None, [])


async def test_whoever_may_only_look_sees_no_forms_and_can_send_none(deployment: Deployment) -> None:
    async with a_shop(deployment, roster=WITH_OPERATIONS) as shop:
        await shop.pays_late(NO)
        async with at_the_case(shop, "sunqi") as reader:
            assert NO in reader.main
            assert "<form" not in reader.main
            await reader.submits("claim", token="whatever")
            assert reader.status == 403
        (case,) = await shop.anomalies()
        assert case["owner"] is None


async def test_words_that_the_bot_cannot_send_are_there_to_be_copied(shop: Shop) -> None:
    await shop.created(NO, channel="taobao", customer={"name": "陈女士"})
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=5, seconds=1)
    async with at_the_case(shop, "zhangsan") as reader:
        assert 'data-copy="words"' in reader.html
        assert "<textarea" not in reader.html
        assert re.search(rf'id="words"[^>]*>[^<]*{NO}', reader.html)
        await reader.submits("mark_done", means="marketplace")
        await reader.submits("done_again")
        assert "张三" in reader.told


async def test_its_timeline_can_be_taken_away_by_those_who_may(shop: Shop) -> None:
    await shop.pays_late(NO)
    (case,) = await shop.anomalies()
    async with a_reader(shop) as reader:
        await reader.opens(await own_link(shop, "zhangsan"))
        await reader.opens(f"/a/{case['id']}/timeline.csv")
        assert reader.status == 403
        await reader.opens(f"/api/anomalies/{case['id']}/timeline")
        assert '"what":"opened"' in reader.html
    async with a_reader(shop) as reader:
        await reader.opens(await own_link(shop, "lisi"))
        await reader.opens(f"/a/{case['id']}/timeline.csv?lang=en")
        lines = list(csv.reader(io.StringIO(reader.html.removeprefix("\ufeff"), newline="")))
        assert lines[0] == ["Time", "What", "Who", "Particulars"]
        assert lines[1] == ["2026-03-02 10:05:01", "Noticed", "", "Payment not completed"]
