"""What can people ask the bot? An order, their list, the P1s, the day, the shift - in the group and in the app."""

import re
from urllib.parse import unquote

import pytest

from replies.commands import COMMANDS
from tests.scenarios.pages import a_reader
from tests.scenarios.shop import Shop

PLACES = ("group", "app", "bot")
"""By @ in the group, in the app's chat, alone with the bot."""
REST = {"订单": "{}", "认领": "{}", "稍后": "{} 10m", "原因": "{} 客人改了地址"}
"""What is written after a command, of an order."""
ANSWERS = {
    "订单": "订单 {} · main",
    "待办": "{} P1 付款未完成",
    "P1": "正在发生的 P1（3）：",
    "今日": "发现异常 3",
    "值班": "值班经理：王五",
    "认领": "订单 {}：张三 [0-9:]+ 认领。",
    "稍后": "订单 {}：张三 [0-9:]+ 稍后至 [0-9:]+。",
    "原因": "订单 {}：张三 [0-9:]+ 记录：其他（客人改了地址）。",
    "帮助": "/原因 号 文字",
}


async def asks(shop: Shop, place: str, said: str) -> str:
    """What 张三 is answered in that place."""
    await shop.says("zhangsan", f"@盯单 {said}" if place == "group" else said, to=place)
    if place == "group":
        return shop.group_lines[-1]
    chat = shop.wecom.member("zhangsan") if place == "app" else shop.wecom.bot_chat("zhangsan")
    return chat.texts()[-1]


@pytest.mark.parametrize("place", PLACES)
async def test_every_command_is_answered_in_every_place_however_it_is_spelled(shop: Shop, place: str) -> None:
    for number in ("DB1", "DB2", "DB3"):
        await shop.stage(number, "payment", "started")
    await shop.passes(minutes=6)

    for name, usage in COMMANDS.items():
        for number, written in (("DB1", f"/{name}"), ("DB2", f"／{name}"), ("DB3", f"/{usage.alias}")):
            said = f"{written} {REST.get(name, '').format(number)}".strip()

            answer = await asks(shop, place, said)

            assert re.search(ANSWERS[name].format(number), answer), (said, answer)
        await shop.passes(seconds=20)  # nobody is written to more than 25 times a minute


@pytest.mark.parametrize("place", PLACES)
async def test_a_slip_is_answered_with_the_nearest_command_in_every_place(shop: Shop, place: str) -> None:
    for said, meant in (("/订但 DB1", "/订单 号"), ("／代办", "/待办"), ("/hepl", "/帮助"), ("／P2", "/P1")):
        answer = await asks(shop, place, said)

        assert f"是不是要 {meant}？" in answer, (said, answer)


@pytest.mark.parametrize("place", PLACES)
async def test_a_long_list_ends_with_how_many_are_left_and_where(shop: Shop, place: str) -> None:
    for number in range(13):
        await shop.stage(f"DB{number:02}", "payment", "started")
    await shop.passes(minutes=6)

    answer = ""
    for said in ("/待办", "/P1"):
        answer = await asks(shop, place, said)

        assert "（13）：" in answer
        assert "\n…还有 3 单\n看板" in answer
        assert ("/l/" in answer) is (place != "group"), "in the group everybody reads it"
        assert len(answer.splitlines()) <= 20
    if place == "group":
        assert "/anomalies?priority=P1&state=open,claimed,replied,recovered" in answer
        return
    link = re.search(r"http://[^/]+(/l/\S+)", answer)
    assert link
    async with a_reader(shop) as reader:
        await reader.opens(link[1])
        assert unquote(reader.url).endswith("/anomalies?priority=P1&state=open,claimed,replied,recovered")
        assert "DB12" in reader.main
        await reader.opens(link[1].replace("to=urgent", "to=//elsewhere.example"))
        assert reader.url == f"{shop.address}/"


async def test_a_phone_number_in_a_note_is_masked_wherever_it_is_asked_for(shop: Shop) -> None:
    said = "客人 13800138000 催"
    await shop.stage("DB1", "packing", "updated", note=said, operator=said, pack_progress=said)

    for place in PLACES:
        answer = await asks(shop, place, "/订单 DB1")

        assert "13800138000" not in answer
        assert answer.count("138****8000") == 3


async def test_an_order_is_told_with_what_is_known_and_what_is_missing(shop: Shop) -> None:
    await shop.created("DB1")
    await shop.stage("DB1", "payment", "completed", payment_ref="WX42", operator="收银 小陈")
    await shop.passes(minutes=15)

    await shop.says("zhangsan", "@盯单 /订单 DB1")

    answer = shop.group_lines[-1]
    assert "订单 DB1 · main" in answer
    assert "现在：审单锁库" in answer
    assert "超过正常时长" in answer
    assert "WX42（/erp，15分前）" in answer
    assert "库存：未提供" in answer
    assert "收银 小陈" in answer


async def test_an_order_with_a_long_history_still_fits_one_message(shop: Shop) -> None:
    await shop.stage("DB1", "payment", "completed", note="备注" * 1000)
    for parcel in range(30):
        await shop.stage("DB1", "packing", "completed", tracking_no=f"YT{parcel:02}", carrier="顺" * 100)

    await shop.says("zhangsan", "/订单 DB1", to="app")

    answer = shop.lines_to("zhangsan")[-1]
    assert answer.startswith("订单 DB1 · main")
    assert "…还有 24 个包裹" in answer
    assert "最后操作：" in answer
    assert len(answer.splitlines()) <= 20
    assert len(answer.encode()) <= 2048


async def test_the_order_can_be_asked_for_by_its_tracking_number(shop: Shop) -> None:
    await shop.stage("DB1", "packing", "completed", tracking_no="YT42", carrier="yuantong")

    await shop.says("lisi", "／order tracking:YT42", to="app")

    assert "订单 DB1" in shop.wecom.member("lisi").texts()[-1]


async def test_lists_show_what_concerns_the_asker(shop: Shop) -> None:
    await shop.stage("DB1", "payment", "started")
    await shop.passes(minutes=6)
    await shop.taps("zhaoliu", shop.group_cards[0], "认领")

    await shop.says("zhangsan", "@盯单 /待办")
    assert "现在没有" in shop.group_lines[-1]
    await shop.says("zhaoliu", "@盯单 /mine")
    assert "DB1 P1 付款未完成" in shop.group_lines[-1]
    await shop.says("zhangsan", "@盯单 /p1")
    assert "赵六" in shop.group_lines[-1]


async def test_the_day_is_told_in_numbers(shop: Shop) -> None:
    await shop.stage("DB1", "payment", "started")
    await shop.stage("DB2", "payment", "started")
    await shop.passes(minutes=6)
    await shop.stage("DB2", "payment", "completed")

    await shop.says("zhangsan", "@盯单 /今日")

    answer = shop.group_lines[-1]
    assert "发现异常 2，其中自行恢复 1" in answer
    assert "还没关闭 1" in answer


async def test_who_is_on_duty_is_told_by_name(shop: Shop) -> None:
    await shop.says("zhangsan", "@盯单 /值班")

    assert "值班经理：王五" in shop.group_lines[-1]
    assert "客服：张三、赵六、李四" in shop.group_lines[-1]


async def test_who_asks_twice_is_answered_twice(shop: Shop) -> None:
    for _ in range(2):
        await shop.says("zhangsan", "/值班", to="app")

    assert len([line for line in shop.lines_to("zhangsan") if "值班经理：王五" in line]) == 2


async def test_help_in_a_private_chat_gives_the_askers_own_link(shop: Shop) -> None:
    await shop.says("zhangsan", "/帮助", to="app")
    assert "/l/" in shop.wecom.member("zhangsan").texts()[-1]

    await shop.says("zhangsan", "@盯单 /help")
    assert "/l/" not in shop.group_lines[-1]


async def test_a_command_that_lacks_something_is_answered_with_how_it_is_written(shop: Shop) -> None:
    await shop.stage("DB1", "payment", "started")
    await shop.passes(minutes=6)
    for said, answer in (
        ("/订单", "/订单 号"),
        ("/认领", "/认领 号"),
        ("/原因 DB1", "/原因 号"),
        ("/稍后 DB1", "/稍后 号"),
        ("/稍后 DB1 一会儿", "没看懂「一会儿」"),
        ("/认领 NOBODY", "没有找到订单 NOBODY"),
        ("/认令 DB1", "是不是要 /认领"),
    ):
        await shop.says("zhangsan", f"@盯单 {said}")

        assert answer in shop.group_lines[-1], said


async def test_a_number_of_several_shops_is_answered_with_their_names(shop: Shop) -> None:
    for name in ("north", "south"):
        await shop.stage("DB1", "payment", "started", shop=name)
    await shop.passes(minutes=6)

    for said in ("/订单 DB1", "/认领 DB1"):
        await shop.says("zhangsan", f"@盯单 {said}")

        assert "north" in shop.group_lines[-1]
        assert "south" in shop.group_lines[-1]


async def test_a_snooze_by_command_is_as_long_as_was_said(shop: Shop) -> None:
    await shop.stage("DB1", "payment", "started")
    await shop.passes(minutes=6)

    await shop.says("zhangsan", "@盯单 /稍后 DB1 30分钟")

    assert "稍后至 10:36" in shop.group_lines[-1]

    await shop.says("zhangsan", "@盯单 /稍后 DB1 45s")
    assert "稍后至 10:06" in shop.group_lines[-1]
    await shop.says("zhangsan", "@盯单 /稍后 DB1 2天")
    assert "3月4日 10:06" in shop.group_lines[-1]


async def test_no_time_at_all_and_more_than_a_week_are_no_snooze(shop: Shop) -> None:
    await shop.stage("DB1", "payment", "started")
    await shop.passes(minutes=6)

    for said in ("0m", "0s", "8d", "3650d"):
        await shop.says("zhangsan", f"@盯单 /稍后 DB1 {said}")
        assert "从 1 秒到 7天" in shop.group_lines[-1]
    for said in ("-5m", "99999999999d", "soon", "5m; 5m"):
        await shop.says("zhangsan", f"@盯单 /稍后 DB1 {said}")
        assert "没看懂" in shop.group_lines[-1]

    (case,) = await shop.anomalies()
    assert "snoozed" not in [line["what"] for line in (await shop.case(case["id"]))["timeline"]]
