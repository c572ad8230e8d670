"""A shop may have the app, the bot, or both: each alone is enough to hear of trouble and to deal with it."""

from collections.abc import AsyncIterator

import pytest

from tests.deployment import Deployment
from tests.scenarios.shop import Shop, a_shop

NO = "DB20251222-883"


@pytest.fixture
async def with_app(deployment: Deployment) -> AsyncIterator[Shop]:
    async with a_shop(deployment, bot=False) as shop:
        yield shop


@pytest.fixture
async def with_bot(deployment: Deployment) -> AsyncIterator[Shop]:
    async with a_shop(deployment, app=False) as shop:
        yield shop


# --- the app alone ---------------------------------------------------------------------------------


async def test_with_the_app_alone_every_agent_on_shift_gets_the_card(with_app: Shop) -> None:
    await with_app.confirms_late(NO)

    for agent in ("zhangsan", "zhaoliu", "lisi"):
        (card,) = with_app.cards_of(agent)
        assert card.face(agent).button_texts == ("发送回复", "认领", "升级", "稍后")
    assert with_app.cards_of("wangwu") == []


async def test_with_the_app_alone_one_tap_answers_and_everybody_sees_whose(with_app: Shop) -> None:
    await with_app.confirms_late(NO)
    (card,) = with_app.cards_of("zhangsan")

    await with_app.taps("zhangsan", card, "发送回复")
    await with_app.taps("zhaoliu", card, "刷新")

    assert len(with_app.customer_read) == 1
    for agent in ("zhangsan", "zhaoliu", "lisi"):
        assert "张三 10:20 已联系顾客" in card.display(agent).text


async def test_with_the_app_alone_the_reason_is_two_taps_as_well(with_app: Shop) -> None:
    await with_app.confirms_late(NO)
    (card,) = with_app.cards_of("zhangsan")

    await with_app.taps("zhangsan", card, "认领")
    await with_app.taps("zhangsan", card, "记录原因")
    await with_app.taps("zhangsan", card, "提交", reason="packing_delayed")

    (case,) = await with_app.anomalies()
    assert (case["reason"], case["owner"]) == ("packing_delayed", "zhangsan")
    assert "记录原因" not in card.face("zhangsan").button_texts


async def test_with_the_app_alone_the_agents_are_reminded_in_person_while_nobody_has_it(
    with_app: Shop,
) -> None:
    await with_app.confirms_late(NO)

    await with_app.passes(minutes=3)

    for agent in ("zhangsan", "zhaoliu", "lisi"):
        (line,) = with_app.lines_to(agent)
        assert "还没人认领" in line
    await with_app.passes(minutes=7)
    assert len(with_app.cards_of("lisi")) == 2
    assert len(with_app.cards_of("wangwu")) == 1


async def test_with_the_app_alone_whoever_sent_hears_that_it_failed(with_app: Shop) -> None:
    await with_app.confirms_late(NO)
    (card,) = with_app.cards_of("zhangsan")
    with_app.wecom.fault("kf/send_msg", 95018)

    await with_app.taps("zhangsan", card, "发送回复")

    assert any(NO in line and "没有发出" in line for line in with_app.lines_to("zhangsan"))


# --- the bot alone -----------------------------------------------------------------------------------


async def test_with_the_bot_alone_the_group_gets_the_card_and_the_words_are_copied(with_bot: Shop) -> None:
    await with_bot.confirms_late(NO)
    (card,) = with_bot.group_cards

    await with_bot.taps("zhangsan", card, "发送回复")
    assert card.face("zhangsan").button_texts[0] == "已处理"
    await with_bot.taps("zhangsan", card, "已处理")

    (case,) = await with_bot.anomalies()
    assert case["state"] == "replied"


async def test_with_the_bot_alone_the_manager_s_card_waits_until_they_have_spoken_to_it(
    with_bot: Shop,
) -> None:
    await with_bot.stage(NO, "payment", "started")
    await with_bot.passes(minutes=5, seconds=2)
    assert with_bot.bot_cards_of("wangwu") == []

    await with_bot.says("wangwu", "你好", to="bot")

    (push,) = with_bot.bot_cards_of("wangwu")
    assert NO in push.display("wangwu").text
    await with_bot.taps("wangwu", push, "认领")
    (case,) = await with_bot.anomalies()
    assert case["owner"] == "wangwu"
    assert any("王五" in line for line in with_bot.group_lines)


async def test_with_the_bot_alone_its_commands_work_in_a_private_chat(with_bot: Shop) -> None:
    await with_bot.confirms_late(NO)

    await with_bot.says("zhangsan", f"/认领 {NO}", to="bot")

    (case,) = await with_bot.anomalies()
    assert case["owner"] == "zhangsan"
    assert "张三" in with_bot.wecom.bot_chat("zhangsan").texts()[-1]


async def test_a_stranger_s_tap_is_answered_without_the_app_too_and_not_in_the_group(with_bot: Shop) -> None:
    await with_bot.confirms_late(NO)
    (card,) = with_bot.group_cards
    await with_bot.says("stranger", "你好", to="bot")

    await with_bot.taps("stranger", card, "认领")

    assert with_bot.group_lines == []
    assert "不在值班名单里" in with_bot.wecom.bot_chat("stranger").texts()[-1]


# --- what is missing is said -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("app", "bot", "said"),
    [
        (True, True, ("app=on", "callback=on", "aibot=connecting")),
        (True, False, ("app=on", "DINGDAN_AIBOT__BOT_ID")),
        (False, True, ("aibot=connecting", "DINGDAN_WECOM__CORP_ID", "DINGDAN_WECOM__CALLBACK_TOKEN")),
    ],
)
async def test_the_start_says_what_is_on_and_what_is_missing(
    deployment: Deployment, capsys: pytest.CaptureFixture[str], app: bool, bot: bool, said: tuple[str, ...]
) -> None:
    async with a_shop(deployment, app=app, bot=bot):
        started = next(line for line in capsys.readouterr().out.splitlines() if "service.started" in line)
    for part in said:
        assert part in started


async def test_with_the_bot_alone_other_is_asked_for_in_the_group(with_bot: Shop) -> None:
    await with_bot.confirms_late(NO)
    (card,) = with_bot.group_cards
    await with_bot.taps("zhangsan", card, "认领")
    await with_bot.taps("zhangsan", card, "记录原因")

    await with_bot.taps("zhangsan", card, "提交", reason="other")

    assert f"/原因 {NO} " in with_bot.group_lines[-1]
    assert "/l/" not in with_bot.group_lines[-1]
