"""Somebody cannot be written to: the next on the roster gets it instead, and the timeline says so."""

from collections.abc import AsyncIterator

import pytest

from tests.deployment import Deployment
from tests.scenarios.shop import ROSTER, Shop, a_shop

NO = "DB20251222-883"


@pytest.fixture
async def with_app(deployment: Deployment) -> AsyncIterator[Shop]:
    async with a_shop(deployment, bot=False, rules={"ladder": []}) as shop:
        yield shop


async def a_late_payment(shop: Shop) -> None:
    await shop.stage(NO, "payment", "started")
    await shop.passes(minutes=5, seconds=1)


async def a_late_confirmation(shop: Shop) -> None:
    await shop.stage(NO, "payment", "completed")
    await shop.passes(minutes=20, seconds=1)


async def passed_on(shop: Shop) -> list[str]:
    """What the timeline of the only case says: who could not be reached, and who got it."""
    (case,) = await shop.anomalies()
    lines = (await shop.case(str(case["id"])))["timeline"]
    return [line["detail"]["detail"] for line in lines if line["what"] == "passed_on"]


@pytest.mark.parametrize(
    "fault",
    ["invaliduser", 81013, *(pytest.param(code, marks=pytest.mark.long) for code in (60111, 60021, 40003))],
)
async def test_a_push_to_somebody_who_is_not_there_goes_to_the_lead(shop: Shop, fault: str | int) -> None:
    if isinstance(fault, str):
        shop.wecom.fault("message/send", fault, userids=("wangwu",))
    else:
        shop.wecom.fault("message/send", fault, times=1)

    await a_late_payment(shop)

    assert shop.cards_of("wangwu") == []
    (card,) = shop.cards_of("lisi")
    assert NO in card.display("lisi").text
    assert await passed_on(shop) == ["wangwu>lisi"]


async def test_each_person_is_tried_once_and_if_nobody_is_left_the_group_is_told(shop: Shop) -> None:
    shop.wecom.fault("message/send", "invaliduser")

    await a_late_payment(shop)
    await shop.passes(minutes=2)

    calls = [call for call in shop.wecom.calls if call.path == "message/send"]
    assert [call.errcode for call in calls] == [81013, 81013], "the manager, the lead"
    (told,) = [line for line in shop.group_lines if "联系不上" in line]
    assert NO in told
    assert "李四" in told


async def test_a_case_that_was_handed_to_somebody_who_is_not_there_is_the_next_one_s(shop: Shop) -> None:
    shop.wecom.fault("message/send", "invaliduser", userids=("lisi",))
    await a_late_confirmation(shop)

    await shop.passes(minutes=6)

    (case,) = await shop.anomalies()
    assert case["owner"] == "wangwu"
    assert NO in shop.cards_of("wangwu")[0].display("wangwu").text
    assert any("李四还没联系顾客，已转给王五" in line for line in shop.group_lines)


async def test_a_task_is_the_next_one_s_as_well(deployment: Deployment) -> None:
    async with a_shop(deployment, rules={"ladder": []}) as shop:
        shop.wecom.fault("message/send", "invaliduser", userids=("lisi",))
        await shop.stage(NO, "confirm", "completed")
        await shop.passes(minutes=45, seconds=1)

        (task,) = shop.cards_of("wangwu")
        assert "王五，请在" in task.display("wangwu").text
        await shop.taps("wangwu", task, "提交", result="short")
        assert any("王五" in line and "缺货" in line for line in shop.group_lines)


async def test_of_several_who_hold_a_card_one_who_is_not_there_is_missed_by_nobody(with_app: Shop) -> None:
    with_app.wecom.fault("message/send", "invaliduser", userids=("zhaoliu",))

    await a_late_confirmation(with_app)

    assert with_app.cards_of("zhaoliu") == []
    (card,) = with_app.cards_of("zhangsan")
    assert with_app.cards_of("wangwu") == []
    assert await passed_on(with_app) == ["zhaoliu>zhangsan|lisi"]
    await with_app.taps("zhangsan", card, "认领")
    assert "张三 10:20 认领" in card.display("lisi").text


async def test_when_no_agent_is_there_the_card_goes_to_the_manager(with_app: Shop) -> None:
    with_app.wecom.fault("message/send", "invaliduser", userids=("zhangsan", "zhaoliu", "lisi"))

    await a_late_confirmation(with_app)

    (card,) = with_app.cards_of("wangwu")
    await with_app.taps("wangwu", card, "认领")
    (case,) = await with_app.anomalies()
    assert case["owner"] == "wangwu"


async def test_a_reminder_is_passed_on_as_well(deployment: Deployment) -> None:
    async with a_shop(deployment, bot=False) as shop:
        await a_late_confirmation(shop)
        shop.wecom.fault("message/send", "invaliduser", userids=("zhangsan", "zhaoliu", "lisi"))

        await shop.passes(minutes=3)

        assert any("还没人认领" in line for line in shop.lines_to("wangwu"))


async def test_wecom_writes_its_lists_in_lower_case(deployment: Deployment) -> None:
    renamed = {"wangwu": "SunQi"}
    roster = {
        **ROSTER,
        "members": [
            {**one, "userid": renamed.get(one["userid"], one["userid"])} for one in ROSTER["members"]
        ],
        "shifts": [{**one, "userid": renamed.get(one["userid"], one["userid"])} for one in ROSTER["shifts"]],
        "fallback": "SunQi",
    }
    async with a_shop(deployment, roster=roster, rules={"ladder": []}) as shop:
        shop.wecom.fault("message/send", "invaliduser", userids=("SunQi",))

        await a_late_payment(shop)

        assert await passed_on(shop) == ["SunQi>lisi"]


async def test_a_digest_that_somebody_cannot_be_given_is_passed_on_alert_by_alert(
    deployment: Deployment,
) -> None:
    async with a_shop(deployment, rules={"ladder": []}) as shop:
        shop.wecom.fault("message/send", "invaliduser", userids=("wangwu",))
        for number in range(40):
            await shop.stage(f"N{number:03}", "payment", "started")

        await shop.passes(minutes=5, seconds=1)
        await shop.passes(minutes=3)

        cases = await shop.anomalies(limit="100")
        assert len(cases) == 40
        letters = await shop.rows(
            "SELECT DISTINCT case_id FROM letters WHERE addressee = 'lisi' AND kind = 'case_card'"
        )
        assert len(letters) == 40, "shown, or folded into a digest that was"
        assert shop.cards_of("wangwu") == []
        assert shop.wecom.drops == []
