import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replies import commands
from replies.commands import COMMANDS, nearest
from rules.events import OrderKey, OrderNo, Shop

CONTRACT = ["订单", "待办", "P1", "今日", "值班", "认领", "原因", "稍后", "帮助"]


def test_the_commands_are_those_of_the_contract() -> None:
    assert list(COMMANDS) == CONTRACT
    assert all(usage.write.startswith(f"/{name}") for name, usage in COMMANDS.items())


def test_help_names_every_command_in_a_line_and_fits_into_one_message() -> None:
    text = commands.help_text()
    assert all(usage.write in text for usage in COMMANDS.values())
    assert len(text.splitlines()) == len(COMMANDS) + 1
    assert len(text.encode()) <= 2048


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("/订但 123", "订单"),
        ("／待辦", "待办"),
        ("订单 123", "订单"),
        ("/p2", "P1"),
        ("/ordr 5", "订单"),
        ("/HELP", "帮助"),
        ("/值班表", "值班"),
        ("/天气", None),
        ("", None),
    ],
)
def test_a_slip_is_answered_with_the_nearest_command(said: str, meant: str | None) -> None:
    assert nearest(said) == meant


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("/订单 X-1", "订单"),
        ("／订单", "订单"),
        ("/Order X", "订单"),
        ("/p1", "P1"),
        ("/天气", None),
        ("", None),
    ],
)
def test_a_command_is_known_by_its_name_and_its_alias(said: str, name: str | None) -> None:
    assert commands.name_of(said) == name


def test_an_unknown_command_says_what_was_meant_or_where_to_look() -> None:
    assert (
        commands.unknown_command("/订但 1") == "不认识「/订但」。是不是要 /订单 号？发送 /帮助 看全部命令。"
    )
    assert commands.unknown_command("/天气") == "不认识「/天气」。发送 /帮助 看全部命令。"


@given(st.text(max_size=60) | st.from_regex(r"/1[3-9]\d{9}<a href=x>.*", fullmatch=True))
def test_what_somebody_typed_is_echoed_short_and_clean(said: str) -> None:
    answer = commands.unknown_command(said)
    assert not re.search(r"[<>\n]|\]\(|1[3-9]\d{9}", answer)
    assert len(answer) < 80


def test_a_greeting_says_what_the_bot_is_for() -> None:
    assert commands.greeting("张三").startswith("张三，您好，我是盯单")
    assert commands.greeting().startswith("您好，我是盯单")


def test_faults_say_what_to_do() -> None:
    assert commands.misused("原因") == "请这样写：/原因 号 文字"
    assert commands.bad_duration("一会儿") == "没看懂「一会儿」，时长请写 30s、10m、1h 或 2d。"
    assert commands.order_unknown("X-1") == "没有找到订单 X-1，请核对订单号。"
    assert commands.no_case("X-1") == "订单 X-1 没有未关闭的异常，不需要操作。"


def test_a_number_of_several_orders_says_how_to_name_one() -> None:
    orders = [OrderKey(Shop(shop), OrderNo("X-1")) for shop in ("a", "b")]
    assert commands.order_ambiguous("稍后", "X-1", orders) == (
        "X-1 对得上几笔订单：a/X-1、b/X-1。请连店铺一起写，如 /稍后 a/X-1 时长"
    )
    assert "a/X-1等。" in commands.order_ambiguous("订单", "X-1", orders[:1] * 11)
