"""WeCom is unkind: nothing for agents is lost, and no customer reads the same message twice."""

from collections.abc import Sequence
from datetime import timedelta

import aiohttp
import pytest

from bot import leader
from bot.sandbox.cards import Card
from bot.sandbox.world import Call
from tests.scenarios.shop import Shop

NO = "DB20251222-883"


async def a_late_payment(shop: Shop, number: str = NO) -> Card:
    await shop.pays_late(number)
    return shop.group_cards[-1]


def calls(shop: Shop, path: str) -> Sequence[Call]:
    return [call for call in shop.wecom.calls if call.path == path]


async def state(shop: Shop) -> str:
    (case,) = await shop.anomalies()
    return case["state"]


# --- the token ---------------------------------------------------------------------------------------


async def test_a_token_that_has_expired_is_fetched_anew_once_for_everybody(shop: Shop) -> None:
    await a_late_payment(shop, "FIRST")
    assert len(calls(shop, "gettoken")) == 1
    shop.wecom.fault("message/send", "42001_once")

    for number in ("A1", "A2", "A3", "A4", "A5"):
        await shop.stage(number, "payment", "started")
    await shop.passes(minutes=5, seconds=1)

    assert len(calls(shop, "gettoken")) == 2
    shown = [card.display("wangwu").text for card in shop.cards_of("wangwu")]
    assert all(any(number in text for text in shown) for number in ("A1", "A2", "A3", "A4", "A5"))


async def test_a_token_that_is_always_expired_causes_no_storm_and_the_letter_goes_in_the_end(
    shop: Shop,
) -> None:
    shop.wecom.fault("message/send", "42001_forever")
    await shop.stage(NO, "payment", "started")
    before = len(calls(shop, "gettoken"))
    await shop.passes(minutes=5, milliseconds=1)
    assert 1 <= len(calls(shop, "message/send")) <= 2
    assert len(calls(shop, "gettoken")) == before + 1

    await shop.passes(minutes=2)
    (attempts,) = [
        row["attempts"] for row in await shop.rows("SELECT attempts FROM letters WHERE medium = 'app'")
    ]
    assert 4 < attempts < 12
    assert len(calls(shop, "message/send")) <= 2 * attempts
    others = [call for call in shop.wecom.calls if call.errcode == 42001 and call.path != "message/send"]
    assert len(calls(shop, "gettoken")) <= before + attempts + len(others)
    shop.wecom.clear_faults()
    await shop.passes(minutes=1)

    assert any(NO in card.display("wangwu").text for card in shop.cards_of("wangwu"))


# --- to agents: at least once --------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["5xx", -1, 45033, "accept_then_drop"])
async def test_a_push_that_goes_wrong_twice_arrives_once(shop: Shop, fault: str | int) -> None:
    shop.wecom.fault("message/send", fault, times=2)

    await a_late_payment(shop)
    await shop.passes(seconds=20)

    pushes = [card for card in shop.cards_of("wangwu") if NO in card.display("wangwu").text]
    assert len(pushes) == 1


@pytest.mark.parametrize("fault", ["5xx", -1, "accept_then_drop"])
async def test_a_card_for_the_group_that_goes_wrong_arrives_once(shop: Shop, fault: str | int) -> None:
    shop.wecom.fault("aibot_send_msg", fault, times=1)

    await a_late_payment(shop)
    await shop.passes(seconds=20)

    assert len(shop.group_cards) == 1


async def test_after_too_many_messages_there_is_a_pause_of_a_minute(shop: Shop) -> None:
    shop.wecom.fault("message/send", 45009, times=1)
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=5, seconds=1)
    assert shop.cards_of("wangwu") == []

    await shop.passes(seconds=58)
    assert len(calls(shop, "message/send")) == 1
    await shop.passes(seconds=3)

    assert len(shop.cards_of("wangwu")) == 1


async def test_after_too_many_messages_in_the_group_there_is_a_pause_as_well(shop: Shop) -> None:
    shop.wecom.fault("aibot_send_msg", 846607, times=1)

    await shop.stage(NO, "payment", "completed")
    await shop.passes(minutes=20, seconds=30)
    assert shop.group_cards == []
    await shop.passes(seconds=32)

    assert len(shop.group_cards) == 1


async def test_an_answer_to_a_tap_that_comes_too_late_is_not_lost_but_given_in_person(shop: Shop) -> None:
    card = await a_late_payment(shop)
    shop.wecom.fault("aibot_respond_update_msg", 846605, times=1)

    await shop.taps("zhangsan", card, "认领")

    assert "待认领" in card.display("zhangsan").text
    (told,) = shop.lines_to("zhangsan")
    assert NO in told
    assert "认领" in told
    (case,) = await shop.anomalies()
    assert "letter_lost" not in [line["what"] for line in (await shop.case(case["id"]))["timeline"]]
    async with shop.http.get(f"{shop.address}/metrics") as response:
        assert 'kind="face",medium="reply",outcome="too_late"} 1.0' in await response.text()


# --- to customers: at most once ------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["5xx", -1, "accept_then_drop", "42001_once"])
async def test_a_reply_that_goes_wrong_at_first_reaches_the_customer_once(
    shop: Shop, fault: str | int
) -> None:
    card = await a_late_payment(shop)
    shop.wecom.fault("kf/send_msg", fault, times=2 if fault in {"5xx", -1} else 1)

    await shop.taps("zhangsan", card, "发送回复")
    await shop.passes(seconds=30)

    assert len(shop.customer_read) == 1
    assert await state(shop) == "replied"


async def test_a_reply_with_no_answer_at_all_is_tried_five_times_and_then_the_agent_is_asked(
    shop: Shop,
) -> None:
    card = await a_late_payment(shop)
    shop.wecom.fault("kf/send_msg", "5xx")

    await shop.taps("zhangsan", card, "发送回复")
    await shop.passes(minutes=10)

    assert len(calls(shop, "kf/send_msg")) == 5
    assert await state(shop) == "claimed"
    assert any(NO in line and "不确定顾客是否收到" in line for line in shop.group_lines)
    await shop.taps("zhangsan", card, "刷新")
    assert card.face("zhangsan").button_texts[:3] == ("再次联系", "改电话", "已处理")


async def test_an_agent_who_has_asked_the_customer_marks_the_unclear_reply_done(shop: Shop) -> None:
    card = await a_late_payment(shop)
    shop.wecom.fault("kf/send_msg", "5xx")
    await shop.taps("zhangsan", card, "发送回复")
    await shop.passes(minutes=10)
    await shop.taps("zhangsan", card, "刷新")

    await shop.taps("zhangsan", card, "已处理")

    assert await state(shop) == "replied"
    assert len(calls(shop, "kf/send_msg")) == 5


async def test_a_reply_that_was_lost_is_sent_again_only_when_somebody_says_so(shop: Shop) -> None:
    card = await a_late_payment(shop)
    shop.wecom.fault("kf/send_msg", 95018, times=1)

    await shop.taps("zhangsan", card, "发送回复")
    await shop.passes(minutes=2)
    assert shop.customer_read == []
    assert len(calls(shop, "kf/send_msg")) == 1
    assert any(NO in line and "没有发出" in line for line in shop.group_lines)

    await shop.taps("zhangsan", card, "刷新")
    await shop.taps("zhangsan", card, "再次联系")
    assert len(shop.customer_read) == 1
    assert await state(shop) == "replied"


@pytest.mark.parametrize(("fault", "said"), [(-1, "没有发出"), ("accept_then_drop", "不确定顾客是否收到")])
async def test_a_reply_whose_day_has_passed_is_told_as_what_it_is(
    shop: Shop, fault: str | int, said: str
) -> None:
    card = await a_late_payment(shop)
    shop.wecom.fault("kf/send_msg", fault)
    await shop.taps("zhangsan", card, "发送回复")

    shop.clock.advance(timedelta(hours=25))
    await shop.settled()

    assert len(calls(shop, "kf/send_msg")) == 1
    assert any(NO in line and said in line for line in shop.group_lines)


async def test_while_a_reply_is_on_its_way_a_second_one_is_refused(shop: Shop) -> None:
    card = await a_late_payment(shop)
    (push,) = shop.cards_of("wangwu")
    shop.wecom.fault("kf/send_msg", -1)
    await shop.taps("zhangsan", card, "发送回复")

    await shop.taps("wangwu", push, "发送回复")

    assert "张三" in push.display("wangwu").text
    shop.wecom.clear_faults()
    await shop.passes(seconds=30)
    assert len(shop.customer_read) == 1


# --- the socket ------------------------------------------------------------------------------------------


async def test_after_a_break_the_socket_is_back_and_what_waited_is_delivered(shop: Shop) -> None:
    await a_late_payment(shop, "BEFORE")
    shop.wecom.drop_socket()

    await a_late_payment(shop, "AFTER")

    assert len(shop.group_cards) == 2
    assert len(calls(shop, "aibot_subscribe")) == 2
    await shop.taps("zhangsan", shop.group_cards[-1], "认领")
    assert "张三" in shop.group_cards[-1].display("zhaoliu").text


async def test_who_is_kicked_out_does_not_fight_and_comes_back_under_a_newer_lease(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leader, "STEP_BACK_SECONDS", 0.2)
    environment = shop.wecom.environment()
    secrets = {
        "bot_id": environment["DINGDAN_AIBOT__BOT_ID"],
        "secret": environment["DINGDAN_AIBOT__SECRET"],
    }
    async with shop.http.ws_connect(shop.wecom.socket_url) as rival:
        await rival.send_json({"cmd": "aibot_subscribe", "headers": {"req_id": "rival"}, "body": secrets})
        assert (await rival.receive_json())["errcode"] == 0
        message = await rival.receive()
        assert message.type is aiohttp.WSMsgType.TEXT
        assert message.json()["body"]["event"]["eventtype"] == "disconnected_event"

    assert len(calls(shop, "aibot_subscribe")) == 3
    await a_late_payment(shop)
    assert len(shop.group_cards) == 1


# --- what the operator has to mend -----------------------------------------------------------------------


async def channels(shop: Shop) -> dict[str, str]:
    async with shop.http.get(f"{shop.address}/readyz") as response:
        return (await response.json())["channels"]


async def by_replica(shop: Shop, channel: str) -> set[str]:
    """What each replica says of a channel: it tells what it has met itself."""
    return {(await channels(shop))[channel] for _ in range(2 * shop.replicas)}


async def metrics(shop: Shop) -> str:
    """The figures of all replicas."""
    pages: list[str] = []
    for _ in range(2 * shop.replicas):
        async with shop.http.get(f"{shop.address}/metrics") as response:
            pages.append(await response.text())
    return "".join(pages)


async def test_what_the_operator_must_mend_is_seen_without_reading_the_log(shop: Shop) -> None:
    shop.wecom.fault("message/send", 60020)
    await a_late_payment(shop)
    await shop.passes(minutes=3)

    (said,) = await by_replica(shop, "app") - {"on"}
    assert said.startswith("60020 ")
    assert "企业可信 IP" in said
    assert 'dingdan_channel_trouble{channel="app",code="60020"} 1.0' in await metrics(shop)

    shop.wecom.clear_faults()
    await shop.passes(minutes=2)
    others = (f"OTHER-{number}" for number in range(20))
    while await by_replica(shop, "app") != {"on"}:
        await a_late_payment(shop, next(others))  # until each has sent something
    assert 'dingdan_channel_trouble{channel="app",code="60020"}' not in await metrics(shop)
    assert any(NO in card.display("wangwu").text for card in shop.cards_of("wangwu"))


async def test_a_bot_that_may_not_subscribe_is_named_with_what_to_do(shop: Shop) -> None:
    shop.wecom.fault("aibot_subscribe", 853000)
    shop.wecom.drop_socket()
    await shop.wecom.until(lambda: len(calls(shop, "aibot_subscribe")) == 2)

    (said,) = await by_replica(shop, "aibot") - {"connecting"}
    assert said.startswith("853000 ")
    assert "BotID" in said


async def test_without_a_token_the_customer_hears_nothing_and_the_agent_why(shop: Shop) -> None:
    card = await a_late_payment(shop)
    shop.wecom.fault("gettoken", 40001)
    shop.wecom.fault("kf/send_msg", "42001_once")

    await shop.taps("zhangsan", card, "发送回复")
    await shop.passes(seconds=30)

    assert shop.customer_read == []
    assert any(NO in line and "Secret 不对" in line for line in shop.group_lines)
    assert (await channels(shop))["app"].startswith("40001 ")
