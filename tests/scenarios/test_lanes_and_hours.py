"""Different orders, different limits; and no limit counts what nobody works: holidays, opening and quiet hours."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.deployment import Deployment
from tests.scenarios.shop import EVERY_DAY, PATIENCE_SECONDS, READ, ROSTER, Shop, a_shop

NO = "DB20251222-883"
SALE: Mapping[str, Any] = {
    "name": "618 大促",
    "match": {
        "all": [
            {"field": "tags", "op": "contains", "value": "618"},
            {"field": "amount_fen", "op": ">=", "value": 50000},
        ]
    },
    "from": "2026-03-02T10:00+08:00",
    "to": "2026-03-02T12:00+08:00",
    "stages": {"picking": {"limits": [{"when": "not_started", "after": "90m"}]}},
}


async def test_a_lane_gives_the_orders_of_its_time_a_limit_of_their_own(deployment: Deployment) -> None:
    async with a_shop(deployment, rules={"lanes": [SALE]}) as shop:
        await shop.created("SALE", tags=["618"], amount_fen=50000)
        await shop.created("SMALL", tags=["618"], amount_fen=49999)
        for number in ("SALE", "SMALL"):
            await shop.stage(number, "confirm", "completed")

        await shop.passes(minutes=46)
        assert [case["order_no"] for case in await shop.anomalies()] == ["SMALL"]

        await shop.passes(minutes=44)
        assert len(await shop.anomalies()) == 1
        await shop.passes(milliseconds=1)
        assert {case["order_no"] for case in await shop.anomalies()} == {"SMALL", "SALE"}


async def test_a_lane_that_has_ended_takes_no_new_order_and_keeps_those_it_has(
    deployment: Deployment,
) -> None:
    async with a_shop(deployment, rules={"lanes": [SALE]}) as shop:
        await shop.passes(hours=1, minutes=59, seconds=59)
        await shop.created("LAST", tags=["618"], amount_fen=50000)
        await shop.passes(seconds=1)
        await shop.created("TOO-LATE", tags=["618"], amount_fen=50000)
        for number in ("LAST", "TOO-LATE"):
            await shop.stage(number, "confirm", "completed")

        await shop.passes(minutes=46)

        assert [case["order_no"] for case in await shop.anomalies()] == ["TOO-LATE"]


async def test_an_order_paid_on_delivery_waits_for_no_payment(shop: Shop) -> None:
    await shop.created(NO, skip=["payment"])

    await shop.passes(minutes=20)
    assert await shop.anomalies() == []
    await shop.passes(milliseconds=1)
    (case,) = await shop.anomalies()
    assert case["stage"] == "confirm"
    assert (await shop.order(NO))["stage"] == "confirm"


async def test_a_lane_can_skip_a_stage_for_all_its_orders(deployment: Deployment) -> None:
    lane = {
        "name": "货到付款",
        "match": {"all": [{"field": "payment_channel", "op": "==", "value": "cod"}]},
        "skip": ["payment"],
    }
    async with a_shop(deployment, rules={"lanes": [lane]}) as shop:
        await shop.created(NO, payment_channel="cod")

        await shop.passes(minutes=20, milliseconds=1)

        (case,) = await shop.anomalies()
        assert case["stage"] == "confirm"


async def test_a_presale_is_not_late_before_its_day(shop: Shop) -> None:
    await shop.created(NO, not_before=(shop.clock.now() + timedelta(days=3)).isoformat())
    await shop.stage(NO, "payment", "completed")

    await shop.passes(days=3, minutes=20)
    assert await shop.anomalies() == []
    await shop.passes(milliseconds=1)
    (case,) = await shop.anomalies()
    assert case["stage"] == "confirm"


async def test_the_payment_clock_of_a_lane_may_start_with_the_order(deployment: Deployment) -> None:
    async with a_shop(deployment, rules={"payment_clock": "created"}) as shop:
        await shop.created(NO)

        await shop.passes(minutes=5, milliseconds=1)

        assert len(await shop.anomalies()) == 1


@pytest.mark.parametrize(
    ("stage", "status", "limit"),
    [
        ("payment", "started", timedelta(minutes=7.5)),
        ("confirm", "completed", timedelta(minutes=67.5)),
        ("packing", "completed", timedelta(hours=4.5)),
    ],
)
async def test_on_a_holiday_limits_are_half_as_long_again(
    deployment: Deployment, stage: str, status: str, limit: timedelta
) -> None:
    async with a_shop(deployment, rules={"days_off": ["2026-03-02"]}) as shop:
        await shop.stage(NO, stage, status)

        await shop.passes(seconds=limit.total_seconds())
        assert await shop.anomalies() == []
        await shop.passes(milliseconds=1)
        assert len(await shop.anomalies()) == 1


async def test_an_order_that_crosses_into_a_holiday_keeps_the_factor_of_its_first_day(
    deployment: Deployment,
) -> None:
    just_before_midnight = datetime(2026, 3, 2, 15, 58, tzinfo=UTC)
    async with a_shop(deployment, rules={"days_off": ["2026-03-03"]}, start=just_before_midnight) as shop:
        await shop.stage("BEFORE", "payment", "started")
        await shop.passes(minutes=2)
        await shop.stage("AFTER", "payment", "started")

        await shop.passes(minutes=3, milliseconds=1)
        assert [case["order_no"] for case in await shop.anomalies()] == ["BEFORE"]
        await shop.passes(minutes=4, seconds=30)
        assert len(await shop.anomalies()) == 2


OFFICE = {"hours": {"mon-sun": ["09:00-18:00"]}}
EVENING = datetime(2026, 3, 2, 9, 50, tzinfo=UTC)
"""17:50 in Shanghai."""


async def test_limits_count_opening_hours_only(deployment: Deployment) -> None:
    async with a_shop(deployment, rules=OFFICE, start=EVENING) as shop:
        await shop.stage(NO, "payment", "completed")

        await shop.passes(hours=15, minutes=20)
        assert await shop.anomalies() == []
        await shop.passes(milliseconds=1)
        (case,) = await shop.anomalies()
        assert case["due_at"] == "2026-03-03T09:10:00+08:00"


async def test_a_p1_asks_for_no_opening_hours(deployment: Deployment) -> None:
    async with a_shop(deployment, rules=OFFICE, start=EVENING) as shop:
        await shop.passes(minutes=9)
        await shop.stage(NO, "payment", "started")

        await shop.passes(minutes=5, seconds=1)

        assert len(shop.group_cards) == 1
        assert len(shop.cards_of("wangwu")) == 1
        await shop.passes(minutes=6)
        assert (await shop.anomalies())[0]["owner"] == "lisi"


NAP = {"quiet_hours": ["12:00-13:00"]}
BEFORE_THE_NAP = datetime(2026, 3, 2, 3, 45, tzinfo=UTC)
"""11:45 in Shanghai."""


async def test_in_quiet_hours_card_and_ladder_wait_while_the_board_knows(deployment: Deployment) -> None:
    async with a_shop(deployment, rules=NAP, start=BEFORE_THE_NAP) as shop:
        await shop.stage(NO, "payment", "completed")

        await shop.passes(minutes=20, seconds=1)
        (case,) = await shop.anomalies()
        assert case["stage"] == "confirm"
        await shop.passes(minutes=54, seconds=58)
        assert shop.group_cards == []
        assert shop.group_lines == []

        await shop.passes(seconds=1)
        assert len(shop.group_cards) == 1
        await shop.passes(minutes=2, seconds=59)
        assert shop.group_lines == []
        await shop.passes(seconds=1, milliseconds=1)
        assert len(shop.group_lines) == 1


async def test_what_healed_in_quiet_hours_never_becomes_a_card(deployment: Deployment) -> None:
    async with a_shop(deployment, rules=NAP, start=BEFORE_THE_NAP) as shop:
        await shop.stage(NO, "payment", "completed")
        await shop.passes(minutes=30)
        await shop.stage(NO, "transit", "completed")

        await shop.passes(hours=1)

        assert shop.group_cards == []
        assert shop.group_lines == []


async def test_a_p1_ignores_quiet_hours(deployment: Deployment) -> None:
    async with a_shop(deployment, rules=NAP, start=BEFORE_THE_NAP) as shop:
        await shop.passes(minutes=20)
        await shop.stage(NO, "payment", "started")

        await shop.passes(minutes=5, seconds=1)

        assert len(shop.group_cards) == 1
        assert len(shop.cards_of("wangwu")) == 1


async def test_after_a_change_of_rules_open_orders_go_by_the_new_ones(deployment: Deployment) -> None:
    async with a_shop(deployment) as shop:
        await shop.stage(NO, "payment", "started")
        began = shop.clock.now()
    stricter = {"stages": {"payment": {"limits": [{"when": "not_completed", "after": "3m"}]}}}
    async with a_shop(deployment, rules=stricter, start=began) as shop:
        await armed_anew(shop)
        await shop.passes(minutes=3)
        assert await shop.anomalies() == []
        await shop.passes(milliseconds=1)
        assert len(await shop.anomalies()) == 1


async def armed_anew(shop: Shop) -> None:
    """Wait until the limits of all orders are those of the newest rules."""
    outdated = (
        "SELECT count(*) AS orders FROM orders WHERE armed AND status = 'open' AND book_version"
        " < (SELECT max(version) FROM documents WHERE kind = 'rules')"
    )
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await shop.rows(outdated))[0]["orders"]:
            await asyncio.sleep(0.002)


NIGHT_SALE: Mapping[str, Any] = {
    "name": "618 大促",
    "match": {"field": "tags", "op": "contains", "value": "618"},
    "recipients": {"duty_manager": ["qianqi"]},
}


async def test_a_late_payment_of_a_lane_is_pushed_to_its_own_duty_manager_until_they_have_left(
    deployment: Deployment,
) -> None:
    roster = {
        **ROSTER,
        "members": [*ROSTER["members"], {"userid": "qianqi", "name": "钱七", "roles": ["manager"]}],
        "shifts": [*ROSTER["shifts"], {"userid": "qianqi", "days": EVERY_DAY}],
    }
    async with a_shop(deployment, roster=roster, rules={"lanes": [NIGHT_SALE], "ladder": []}) as shop:
        await shop.created("SALE", tags=["618"])
        await shop.created("OTHER")
        for number in ("SALE", "OTHER"):
            await shop.stage(number, "payment", "started")
        await shop.passes(minutes=5, seconds=1)
        ((own,), (other,)) = shop.cards_of("qianqi"), shop.cards_of("wangwu")
        assert "SALE" in own.display("qianqi").text
        assert "OTHER" in other.display("wangwu").text

        shop.wecom.leaves("qianqi")
        await shop.passes(minutes=1)
        await shop.created("LATER", tags=["618"])
        await shop.stage("LATER", "payment", "started")
        await shop.passes(minutes=5, seconds=1)
        assert len(shop.cards_of("qianqi")) == 1
        assert "LATER" in shop.cards_of("wangwu")[-1].display("wangwu").text
        async with shop.http.get(
            f"{shop.address}/api/rules", headers={"Authorization": f"Bearer {READ}"}
        ) as answer:
            (finding,) = (await answer.json())["findings"]
        assert (finding["slip"], finding["others"]) == ("unknown_person", ["钱七"])


async def test_without_a_group_the_cards_of_a_lane_are_with_its_own_agents_and_its_ladder_leads_to_its_lead(
    deployment: Deployment,
) -> None:
    roster = {
        **ROSTER,
        "members": [*ROSTER["members"], {"userid": "qianqi", "name": "钱七", "roles": ["lead"]}],
        "shifts": [*ROSTER["shifts"], {"userid": "qianqi", "days": EVERY_DAY}],
    }
    lane = {**NIGHT_SALE, "recipients": {"agent": ["zhaoliu"], "lead": ["qianqi"]}}
    ladder = [
        {"after": "3m", "do": "hand_over", "to": "lead"},
        {"after": "9m", "do": "push", "to": "duty_manager"},
    ]
    async with a_shop(
        deployment, bot=False, roster=roster, rules={"lanes": [lane], "ladder": ladder}
    ) as shop:
        await shop.created("SALE", tags=["618"])
        await shop.stage("SALE", "payment", "completed")
        await shop.passes(minutes=20, seconds=1)
        assert [len(shop.cards_of(one)) for one in ("zhaoliu", "zhangsan", "lisi", "qianqi")] == [1, 0, 0, 0]

        await shop.passes(minutes=4)
        assert [len(shop.cards_of(one)) for one in ("lisi", "qianqi")] == [0, 1]
        assert (await shop.anomalies())[0]["owner"] == "qianqi"
