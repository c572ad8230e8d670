"""The chat sidebar: an employee sends with one tap what the page shows; it is recorded before, and what came of it after."""

import asyncio
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from bot.sandbox.cards import Card
from tests.deployment import Deployment
from tests.scenarios.pages import Reader, a_reader, own_link
from tests.scenarios.shop import CHEN, ROSTER, Shop, a_shop

NO = "DB20251222-883"
PAGE = f"/wecom/sidebar?customer={CHEN}"
STRANGER = "wmSomebodyElse"


async def a_case(shop: Shop, number: str = NO, **data: Any) -> Card:
    """A payment is late of 陈女士, whom nobody can write to but a colleague who has her as a contact."""
    data.setdefault("customer", {"name": "陈女士", "external_userid": CHEN})
    await shop.created(number, **data)
    await shop.stage(number, "payment", "started")
    await shop.passes(minutes=5, seconds=1)
    return shop.group_cards[-1]


@asynccontextmanager
async def beside_the_chat(shop: Shop, userid: str = "lisi", page: str = PAGE) -> AsyncGenerator[Reader]:
    """Somebody's sidebar, beside their chat with 陈女士."""
    async with a_reader(shop) as reader:
        await reader.opens(await own_link(shop, userid))
        await reader.opens(page)
        yield reader


def shown(reader: Reader) -> dict[str, str]:
    """What the first button 发送 of the page carries."""
    (button,) = re.findall(r'<button[^>]*class="primary send"[^>]*>', reader.html)[:1] or [""]
    return dict(re.findall(r'data-(\w+)="([^"]*)"', button))


async def calls(reader: Reader, what: str, **fields: Any) -> tuple[int, dict[str, Any]]:
    """What the page's script asks of us."""
    found = re.search(r'data-token="([^"]*)"', reader.html)
    body = {"token": found[1] if found else "", **fields}
    address = f"{reader.shop.address}/wecom/sidebar/{what}"
    async with reader.http.post(address, json=body) as response:
        answer = await response.json(content_type=None)
    await reader.shop.settled()
    return response.status, answer


async def sends(reader: Reader, customer: str = CHEN) -> tuple[int, dict[str, Any]]:
    """The tap on 发送: the intent."""
    button = shown(reader)
    return await calls(
        reader,
        "send",
        case=button["case"],
        shown=button["shown"],
        customer=customer,
        again=button["again"] == "yes",
    )


async def states(shop: Shop) -> list[str]:
    """How the messages to the customer stand, oldest first."""
    rows = await shop.rows("SELECT state FROM letters WHERE kind = 'customer' ORDER BY id")
    return [row["state"] for row in rows]


async def test_the_card_sends_whoever_can_to_the_sidebar(shop: Shop) -> None:
    card = await a_case(shop)
    assert "聊天侧边栏 · 没有客服会话" in card.display("zhangsan").text

    await shop.taps("zhangsan", card, "发送回复")
    assert "请在侧边栏发送" in card.display("zhangsan").text
    assert card.face("zhangsan").button_texts[0] == "已处理"


async def test_the_page_shows_the_customer_s_orders_and_what_could_be_said(shop: Shop) -> None:
    await shop.created("A1", customer={"external_userid": CHEN})
    await shop.created("X9", customer={"external_userid": STRANGER})
    await a_case(shop)
    async with beside_the_chat(shop) as reader:
        assert NO in reader.text
        assert "付款未完成" in reader.text
        assert "A1 支付验证" in re.sub(r"\s+", " ", reader.text)
        assert "X9" not in reader.html
        assert shown(reader)["case"]


async def test_what_is_sent_is_recorded_first_and_its_result_afterwards(shop: Shop) -> None:
    card = await a_case(shop)
    async with beside_the_chat(shop) as reader:
        text = unescape(re.findall(r'class="bubble">([^<]*)<', reader.html)[0])
        status, handed = await sends(reader)
        assert (status, handed["message"]) == (200, {"msgtype": "text", "text": {"content": text}})
        assert await states(shop) == ["pending"]

        await shop.taps("zhangsan", card, "稍后")
        await shop.taps("zhangsan", card, "刷新")
        assert "待李四在侧边栏发出" in card.display("zhangsan").text

        _, told = await calls(reader, "result", letter=handed["letter"], result="ok")
        assert told["done"]
    assert await states(shop) == ["sent"]
    (case,) = await shop.anomalies()
    assert (case["state"], case["owner"]) == ("replied", "lisi")
    assert any(NO in line and "已提交 · 李四" in line for line in shop.group_lines)


@pytest.mark.parametrize(
    ("result", "why"), [("cancel", "李四没有发出"), ("fail", "sendChatMessage:fail no permission")]
)
async def test_what_did_not_go_out_is_told_and_may_be_sent_again(shop: Shop, result: str, why: str) -> None:
    await a_case(shop)
    async with beside_the_chat(shop) as reader:
        _, handed = await sends(reader)
        await calls(reader, "result", letter=handed["letter"], result=result, detail=why)
        assert await states(shop) == ["failed"]
        assert any(NO in line and why in line for line in shop.group_lines)

        await reader.opens(PAGE)
        status, _ = await sends(reader)
    assert (status, await states(shop)) == (200, ["failed", "pending"])


async def test_after_the_sidebar_refused_the_card_offers_to_copy(shop: Shop) -> None:
    card = await a_case(shop)
    async with beside_the_chat(shop) as reader:
        _, handed = await sends(reader)
        await calls(reader, "result", letter=handed["letter"], result="fail", detail="no permission")
    await shop.taps("zhangsan", card, "稍后")
    assert "复制发送 · 侧边栏没有发成" in card.display("zhangsan").text


async def test_without_any_result_the_employee_is_asked_who_settles_it_by_name(shop: Shop) -> None:
    await a_case(shop)
    async with beside_the_chat(shop) as reader:
        await sends(reader)
        await shop.passes(minutes=6)

        assert await states(shop) == ["unknown"]
        assert any(NO in line and "标记已发" in line for line in shop.lines_to("lisi"))
        assert any(NO in line and "不确定" in line for line in shop.group_lines)
        await reader.opens(PAGE)
        assert "这一条您发出去了吗" in reader.text
        await reader.submits("", result="ok")
        assert "已发给顾客" in reader.told
    assert await states(shop) == ["sent"]
    (case,) = await shop.anomalies()
    assert case["state"] == "replied"


async def test_what_did_not_go_out_after_all_is_said_by_name_as_well(shop: Shop) -> None:
    await a_case(shop)
    async with beside_the_chat(shop) as reader:
        await sends(reader)
        await shop.passes(minutes=6)
        await reader.opens(PAGE)
        await reader.submits("", result="cancel")
        assert "没有发出" in reader.told
    assert await states(shop) == ["failed"]
    (case,) = await shop.anomalies()
    assert case["reached_at"] is None


async def test_of_two_employees_at_once_one_sends_and_the_other_is_told(shop: Shop) -> None:
    await a_case(shop)
    async with beside_the_chat(shop, "lisi") as one, beside_the_chat(shop, "zhangsan") as other:
        answers = await asyncio.gather(sends(one), sends(other))
        assert sorted(status for status, _ in answers) == [200, 409]
        (refused,) = [answer for status, answer in answers if status == 409]
        assert "已由" in refused["told"]
        (handed,) = [answer for status, answer in answers if status == 200]
        first, second = (one, other) if answers[0][0] == 200 else (other, one)
        _, told = await calls(second, "result", letter=handed["letter"], result="ok")
        assert not told["done"], "only who sent it knows"
        assert await states(shop) == ["pending"]
        await calls(first, "result", letter=handed["letter"], result="ok")
    assert await states(shop) == ["sent"]


async def test_a_tap_on_the_card_meanwhile_sends_nothing(shop: Shop) -> None:
    card = await a_case(shop)
    async with beside_the_chat(shop) as reader:
        await sends(reader)
        await shop.customer_writes(NO)
        await shop.taps("zhangsan", card, "发送回复")
    assert len(await states(shop)) == 1
    assert shop.customer_read == []


async def test_words_that_have_become_untrue_are_not_handed_out(shop: Shop) -> None:
    await a_case(shop)
    async with beside_the_chat(shop) as reader:
        await shop.stage(NO, "payment", "completed")
        status, answer = await sends(reader)
    assert status == 409
    assert "没有发送" in answer["told"]
    assert await states(shop) == []


async def test_beside_another_customer_s_chat_nothing_is_sent(shop: Shop) -> None:
    await a_case(shop)
    async with beside_the_chat(shop) as reader:
        status, answer = await sends(reader, customer=STRANGER)
    assert (status, "不是这位顾客的" in answer["told"]) == (409, True)
    assert await states(shop) == []


async def test_on_a_marketplace_the_page_sends_nothing(shop: Shop) -> None:
    await a_case(shop, channel="天猫旗舰店")
    async with beside_the_chat(shop) as reader:
        assert NO in reader.text
        assert shown(reader) == {}


async def test_an_order_that_turns_out_to_be_a_marketplace_s_is_not_answered_from_a_page_opened_before(
    shop: Shop,
) -> None:
    await a_case(shop)
    async with beside_the_chat(shop) as reader:
        await shop.report("order.changed", NO, channel="天猫旗舰店")
        status, answer = await sends(reader)
    assert (status, "平台订单，站内回复" in answer["told"]) == (409, True)
    assert await states(shop) == []


async def test_a_result_that_is_told_twice_counts_once(shop: Shop) -> None:
    await a_case(shop)
    async with beside_the_chat(shop) as reader:
        _, handed = await sends(reader)
        await calls(reader, "result", letter=handed["letter"], result="ok")
        _, told = await calls(reader, "result", letter=handed["letter"], result="fail", detail="x")
        assert not told["done"]
    assert await states(shop) == ["sent"]


async def test_the_page_is_signed_for_this_page_only(shop: Shop) -> None:
    url = f"{shop.address}{PAGE}"
    agent = int(shop.settings.wecom.agent_id or 0)
    async with beside_the_chat(shop) as reader:
        status, config = await calls(reader, "signature", kind="config", url=f"{url}#there")
        assert status == 200
        given = {"timestamp": str(config["timestamp"]), "nonce": config["nonceStr"]}
        assert shop.wecom.jsapi.signs_config(url, signature=config["signature"], **given)
        _, app = await calls(reader, "signature", kind="agent_config", url=url)
        given = {"timestamp": str(app["timestamp"]), "nonce": app["nonceStr"]}
        assert shop.wecom.jsapi.signs_agent_config(agent, url, signature=app["signature"], **given)
        assert app["nonceStr"] != config["nonceStr"]
        for wrong in (
            "https://evil.example/wecom/sidebar",
            f"{shop.address}/a/1",
            f"{shop.address}@evil.example/",
        ):
            status, answer = await calls(reader, "signature", kind="config", url=wrong)
            assert (status, answer["field"]) == (400, "url")
        for _ in range(5):
            await calls(reader, "signature", kind="config", url=url)
    asked = [call.path for call in shop.wecom.calls if "ticket" in call.path]
    assert sorted(asked) == ["get_jsapi_ticket", "ticket/get"], "kept, as tokens are"


async def test_without_a_ticket_the_page_says_so(shop: Shop) -> None:
    shop.wecom.fault("get_jsapi_ticket", 48002)
    async with beside_the_chat(shop) as reader:
        status, answer = await calls(reader, "signature", kind="config", url=f"{shop.address}{PAGE}")
    assert status == 503
    assert "48002" in answer["detail"]


async def test_a_stranger_sees_nothing_and_is_handed_nothing(shop: Shop) -> None:
    await a_case(shop)
    async with a_reader(shop) as reader:
        await reader.opens(PAGE)
        assert (reader.status, NO in reader.html) == (401, False)
        for what in ("signature", "send", "result"):
            status, _ = await calls(reader, what)
            assert status == 401
    assert not any("ticket" in call.path for call in shop.wecom.calls)


async def test_calls_from_elsewhere_and_nonsense_are_refused(shop: Shop) -> None:
    await a_case(shop)
    async with beside_the_chat(shop) as reader:
        button = shown(reader)
        status, _ = await calls(
            reader, "send", token="made-up", customer=CHEN, case=button["case"], shown=button["shown"]
        )
        assert status == 403
        status, _ = await calls(reader, "send", customer=CHEN, case=button["case"], shown="别的话")
        assert status == 400
        status, _ = await calls(reader, "send", customer=CHEN)
        assert status == 400
        status, told = await calls(reader, "result", letter="nothing", result="ok")
        assert (status, told["done"]) == (200, False)
    assert await states(shop) == []


@pytest.fixture
async def two_shops(deployment: Deployment) -> AsyncIterator[Shop]:
    """北 is an agent as well, of another shop than all cases here are of."""
    members = [{"userid": "north", "name": "北", "roles": ["agent"], "shops": ["north"]}, *ROSTER["members"]]
    async with a_shop(deployment, roster={**ROSTER, "members": members}) as shop:
        yield shop


async def test_members_see_the_orders_of_their_own_shops(two_shops: Shop) -> None:
    await a_case(two_shops)
    async with beside_the_chat(two_shops, "north") as reader:
        assert NO not in reader.html
        assert "没有您负责的店铺的订单" in reader.text


async def test_the_words_a_colleague_was_shown_are_handed_to_nobody_of_another_shop(two_shops: Shop) -> None:
    await a_case(two_shops)
    async with beside_the_chat(two_shops) as colleague, beside_the_chat(two_shops, "north") as north:
        button = shown(colleague)
        status, answer = await calls(north, "send", customer=CHEN, case=button["case"], shown=button["shown"])
    assert (status, "卡片已失效" in answer["told"]) == (409, True)
    assert await states(two_shops) == []


async def test_nobody_of_another_shop_says_what_became_of_a_message(two_shops: Shop) -> None:
    await a_case(two_shops)
    async with beside_the_chat(two_shops) as colleague, beside_the_chat(two_shops, "north") as north:
        _, handed = await sends(colleague)
        _, told = await calls(north, "result", letter=handed["letter"], result="ok")
        assert (told["done"], "不在值班名单里" in told["told"]) == (False, True)
        assert await states(two_shops) == ["pending"]


async def test_the_dead_letter_of_a_closed_client_is_given_up_in_time(shop: Shop) -> None:
    await a_case(shop)
    async with beside_the_chat(shop) as reader:
        await sends(reader)
    begun = shop.clock.now()
    await shop.passes(minutes=4)
    assert await states(shop) == ["pending"]
    await shop.passes(minutes=2)
    assert await states(shop) == ["unknown"]
    assert shop.clock.now() - begun == timedelta(minutes=6)
