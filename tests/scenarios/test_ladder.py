"""The golden ten minutes: while nobody has reached the customer, somebody else is told every three of them."""

from datetime import timedelta

from tests.deployment import Deployment
from tests.scenarios.shop import Shop, a_shop

NO = "DB20251222-883"


async def confirmation_is_late(shop: Shop) -> None:
    """Of no urgency: nobody but the group has heard of it."""
    await shop.created(NO)
    await shop.stage(NO, "payment", "completed")
    await shop.passes(minutes=20, milliseconds=1)


async def owner(shop: Shop) -> str | None:
    (case,) = await shop.anomalies()
    return case["owner"]


def of_the_ladder(lines: list[str]) -> list[str]:
    """All lines but those that watch what the reply promised: its time comes after the contact."""
    return [line for line in lines if "承诺 " not in line]


async def test_the_group_is_reminded_then_the_lead_has_it_then_the_duty_manager_hears_of_it(
    shop: Shop,
) -> None:
    await confirmation_is_late(shop)
    await shop.passes(minutes=3)
    assert shop.group_lines == []

    await shop.passes(milliseconds=1)
    (reminder,) = shop.group_lines
    assert NO in reminder
    assert "还没人认领" in reminder
    assert "截止 10:30" in reminder

    await shop.passes(minutes=3)
    assert "没人认领，已转给李四" in shop.group_lines[1]
    assert await owner(shop) == "lisi"
    (card,) = shop.cards_of("lisi")
    assert NO in card.display("lisi").text
    assert shop.cards_of("wangwu") == []

    await shop.passes(minutes=3)
    assert "已通知王五" in shop.group_lines[2]
    (push,) = shop.cards_of("wangwu")
    assert NO in push.display("wangwu").text


async def test_each_step_comes_once_and_after_the_last_one_there_is_quiet(shop: Shop) -> None:
    await confirmation_is_late(shop)

    await shop.passes(hours=3)

    assert len(shop.group_lines) == 3
    assert (len(shop.cards_of("lisi")), len(shop.cards_of("wangwu"))) == (1, 1)


async def test_whoever_has_claimed_it_is_reminded_once_and_then_relieved_and_both_are_told(
    shop: Shop,
) -> None:
    await confirmation_is_late(shop)
    await shop.passes(minutes=1)
    await shop.taps("zhangsan", shop.group_cards[0], "认领")

    await shop.passes(minutes=3, seconds=59)
    assert shop.lines_to("zhangsan") == []
    await shop.passes(seconds=2)
    (line,) = shop.lines_to("zhangsan")
    assert "张三" in line
    assert NO in line
    assert await owner(shop) == "zhangsan"

    await shop.passes(minutes=2)
    moved = "张三还没联系顾客，已转给李四"
    assert moved in shop.group_lines[-1]
    assert moved in shop.lines_to("zhangsan")[-1]
    (card,) = shop.cards_of("lisi")
    assert "截止\n10:30" in card.display("lisi").text
    assert await owner(shop) == "lisi"

    await shop.passes(minutes=2)
    assert "已通知王五" in shop.group_lines[-1]
    assert await happened(shop) == [
        ("opened", None),
        ("claimed", "zhangsan"),
        ("reminded", None),
        ("handed_over", None),
        ("pushed", None),
        ("ladder_ended", None),
    ]


async def happened(shop: Shop) -> list[tuple[str, str | None]]:
    """What the timeline of the only case tells, and whose doing it was."""
    (case,) = await shop.anomalies()
    return [(line["what"], line["actor"]) for line in (await shop.case(case["id"]))["timeline"]]


async def test_a_lead_who_has_it_already_is_reminded_until_the_duty_manager_has_it(shop: Shop) -> None:
    await confirmation_is_late(shop)
    await shop.taps("lisi", shop.group_cards[0], "认领")

    await shop.passes(minutes=9, seconds=1)
    assert len(shop.lines_to("lisi")) == 2
    assert shop.cards_of("lisi") == []
    assert await owner(shop) == "lisi"

    await shop.passes(minutes=4)
    assert await owner(shop) == "wangwu"


async def test_a_reply_that_failed_lets_the_clock_go_on(shop: Shop) -> None:
    await confirmation_is_late(shop)
    await shop.customer_writes(NO)
    await shop.passes(minutes=3, seconds=30)
    shop.wecom.fault("kf/send_msg", 95018, times=1)
    await shop.taps("zhangsan", shop.group_cards[0], "发送回复")
    assert shop.customer_read == []

    await shop.passes(minutes=4, seconds=30)

    assert any("张三还没联系顾客，已转给李四" in line for line in shop.group_lines)


async def test_who_is_reached_at_the_last_instant_is_in_time_and_nobody_is_told_after_it(
    shop: Shop,
) -> None:
    """Answered 9:59 after it was noticed, at 10:00.000 and at 10:00.001."""
    await shop.customer_writes(NO)
    for number, seconds, met in (("A", 599, "按时联系"), ("B", 600, "按时联系"), ("C", 600.001, "联系晚了")):
        no = f"{NO}{number}"
        await shop.created(no)
        await shop.stage(no, "payment", "completed")
        await shop.passes(minutes=20, milliseconds=1)
        await shop.passes(seconds=seconds)
        card = next(card for card in shop.group_cards if no in card.display("wangwu").text)
        await shop.taps("zhangsan", card, "发送回复")
        told = of_the_ladder(shop.group_lines)

        await shop.passes(hours=1)
        assert of_the_ladder(shop.group_lines) == told
        await shop.taps("zhangsan", card, "刷新")
        assert met in card.display("zhangsan").text


async def test_after_the_service_was_away_the_steps_do_not_fall_on_each_other(shop: Shop) -> None:
    """Nobody claims for eight minutes, and the watcher comes only then."""
    await confirmation_is_late(shop)
    shop.clock.move_to(shop.clock.now() + timedelta(minutes=8))
    await shop.settled()
    assert len(shop.group_lines) == 1

    await shop.passes(seconds=29)
    assert len(shop.group_lines) == 1
    await shop.passes(seconds=2)
    assert "已转给李四" in shop.group_lines[1]
    await shop.passes(seconds=30)
    assert "已通知王五" in shop.group_lines[2]


async def test_of_a_case_of_a_day_nobody_is_told_and_the_board_still_has_it(shop: Shop) -> None:
    await confirmation_is_late(shop)
    shop.clock.move_to(shop.clock.now() + timedelta(days=1, seconds=1))
    await shop.settled()
    await shop.passes(hours=1)

    assert shop.group_lines == []
    assert shop.cards_of("lisi") == shop.cards_of("wangwu") == []
    (case,) = await shop.anomalies()
    assert case["state"] == "open"
    assert [what for what, _ in await happened(shop)] == ["opened", "ladder_ended"]

    await shop.says("zhangsan", f"@盯单 /认领 {NO}")
    await shop.passes(hours=1)
    assert shop.lines_to("zhangsan") == []
    assert [what for what, _ in await happened(shop)] == ["opened", "ladder_ended", "claimed"]


async def test_nobody_is_told_any_more_once_the_customer_was_reached(shop: Shop) -> None:
    await confirmation_is_late(shop)
    await shop.customer_writes(NO)
    await shop.passes(seconds=30)
    pushed = len(shop.cards_of("wangwu"))
    await shop.taps("zhangsan", shop.group_cards[0], "发送回复")
    assert len(shop.customer_read) == 1

    await shop.passes(hours=1)

    (promised,) = shop.group_lines
    assert "承诺 11:30 前给消息" in promised
    assert len(shop.cards_of("wangwu")) == pushed
    assert shop.lines_to("lisi") == shop.lines_to("wangwu") == []


async def test_nobody_is_told_any_more_once_the_order_moves(shop: Shop) -> None:
    await confirmation_is_late(shop)
    await shop.taps("zhangsan", shop.group_cards[0], "认领")
    await shop.stage(NO, "confirm", "completed")

    await shop.passes(minutes=30)

    assert shop.lines_to("zhangsan") == []
    assert all("截止" not in line for line in shop.group_lines)


async def test_a_snooze_holds_the_steps_back_and_then_they_come_as_far_apart_as_ever(shop: Shop) -> None:
    await confirmation_is_late(shop)
    await shop.taps("zhangsan", shop.group_cards[0], "稍后", snooze="30")

    await shop.passes(minutes=30)
    assert shop.group_lines == []
    await shop.passes(seconds=1)
    assert len(shop.group_lines) == 1
    await shop.passes(minutes=2, seconds=59)
    assert len(shop.group_lines) == 1
    await shop.passes(seconds=1)
    assert len(shop.group_lines) == 2


async def test_a_p1_goes_to_the_duty_manager_at_once_and_its_ladder_climbs_all_the_same(shop: Shop) -> None:
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=5, milliseconds=1)
    assert len(shop.cards_of("wangwu")) == 1

    await shop.passes(minutes=9, milliseconds=1)

    assert len(shop.group_lines) == 3
    assert len(shop.cards_of("wangwu")) == 2


async def test_with_less_time_the_steps_come_sooner_in_proportion(deployment: Deployment) -> None:
    async with a_shop(deployment, rules={"budget": {"contact": "5m"}}) as shop:
        await confirmation_is_late(shop)

        await shop.passes(minutes=1, seconds=30)
        assert shop.group_lines == []
        await shop.passes(milliseconds=1)
        assert len(shop.group_lines) == 1
        await shop.passes(minutes=3)
        assert len(shop.group_lines) == 3


async def test_at_the_change_of_shifts_whoever_is_on_duty_then_is_called(deployment: Deployment) -> None:
    roster = {
        "members": [
            {"userid": "lisi", "name": "李四", "roles": ["agent", "lead"]},
            {"userid": "wangwu", "name": "王五", "roles": ["manager"]},
            {"userid": "qianqi", "name": "钱七", "roles": ["manager"]},
        ],
        "shifts": [
            {"userid": "lisi", "days": ["mon-sun"], "from": "00:00", "to": "24:00"},
            {"userid": "wangwu", "days": ["mon-sun"], "from": "00:00", "to": "10:06"},
            {"userid": "qianqi", "days": ["mon-sun"], "from": "10:06", "to": "24:00"},
        ],
        "fallback": "wangwu",
    }
    async with a_shop(deployment, roster=roster) as shop:
        await shop.stage(NO, "payment", "started")
        await shop.passes(minutes=5, seconds=1)
        assert (len(shop.cards_of("wangwu")), len(shop.cards_of("qianqi"))) == (1, 0)

        await shop.passes(minutes=9)

        assert (len(shop.cards_of("wangwu")), len(shop.cards_of("qianqi"))) == (1, 1)


async def test_outside_all_shifts_the_fallback_is_called(deployment: Deployment) -> None:
    roster = {
        "members": [
            {"userid": "zhangsan", "name": "张三", "roles": ["agent"]},
            {"userid": "wangwu", "name": "王五", "roles": ["manager"]},
        ],
        "shifts": [],
        "fallback": "wangwu",
    }
    async with a_shop(deployment, roster=roster) as shop:
        await shop.stage(NO, "payment", "started")

        await shop.passes(minutes=5, seconds=1)

        assert len(shop.cards_of("wangwu")) == 1


async def test_what_nobody_answers_goes_to_an_agent_who_has_few_and_all_of_one_customer_to_one(
    deployment: Deployment,
) -> None:
    roster = {
        "members": [
            {"userid": "zhangsan", "name": "张三", "roles": ["agent"]},
            {"userid": "lisi", "name": "李四", "roles": ["agent"]},
            {"userid": "wangwu", "name": "王五", "roles": ["manager"]},
        ],
        "shifts": [{"userid": "zhangsan"}, {"userid": "lisi"}],
        "fallback": "wangwu",
    }
    ladder = [
        {"after": "1m", "do": "hand_over", "to": "agent"},
        {"after": "9m", "do": "push", "to": "duty_manager"},
    ]
    async with a_shop(deployment, roster=roster, rules={"ladder": ladder}) as shop:
        for number, customer in {"A1": "wmChen", "A2": "wmZhao", "A3": "wmZhao", "A4": "wmQian"}.items():
            await shop.created(number, customer={"external_userid": customer})
            await shop.stage(number, "payment", "completed")
            await shop.passes(minutes=5)
        await shop.passes(minutes=20)

        cases = {case["order_no"]: case["owner"] for case in await shop.anomalies()}

    assert cases == {"A1": "zhangsan", "A2": "lisi", "A3": "lisi", "A4": "zhangsan"}
