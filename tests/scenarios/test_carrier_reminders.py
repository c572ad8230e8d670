"""A parcel is silent: whoever speaks to its carrier is asked to press it, and the draft may say that this was done."""

from tests.deployment import Deployment
from tests.scenarios.shop import ROSTER, Shop, a_shop

NO = "DB20251222-883"


async def pickup_is_silent(shop: Shop, carrier: str = "yuantong", region: str = "华东") -> None:
    await shop.created(NO, region=region)
    await shop.stage(NO, "packing", "completed", parcel="YT42", tracking_no="YT42", carrier=carrier)
    await shop.passes(hours=3, seconds=1)


async def test_the_carrier_s_contact_gets_a_reminder_with_all_they_need(shop: Shop) -> None:
    await pickup_is_silent(shop)

    (reminder,) = shop.cards_of("lisi")
    shown = reminder.display("lisi").text
    assert all(part in shown for part in (NO, "请联系圆通", "YT42", "华东", "确认上门取件时间"))
    assert reminder.face("lisi").button_texts == ("提交", "知道了")


async def test_the_draft_speaks_of_the_reminder_only_after_it_was_delivered(shop: Shop) -> None:
    await pickup_is_silent(shop)

    (card,) = shop.group_cards
    assert "催" in card.display("zhangsan").text


async def test_a_reminder_that_nobody_got_is_not_spoken_of(shop: Shop) -> None:
    shop.wecom.fault("message/send", "5xx")

    await pickup_is_silent(shop)

    assert shop.cards_of("lisi") == []
    (card,) = shop.group_cards
    assert "催" not in card.display("zhangsan").text


async def test_without_anybody_to_ask_nothing_is_promised(deployment: Deployment) -> None:
    async with a_shop(deployment, roster={**ROSTER, "carriers": []}) as shop:
        await pickup_is_silent(shop)

        (card,) = shop.group_cards
        assert "催" not in card.display("zhangsan").text
        assert shop.cards_of("lisi") == []


async def test_the_contact_is_found_by_carrier_and_region(deployment: Deployment) -> None:
    carriers = [
        {"carrier": "yuantong", "region": "华东", "contact": "zhaoliu"},
        {"carrier": "yuantong", "region": "*", "contact": "lisi"},
    ]
    async with a_shop(deployment, roster={**ROSTER, "carriers": carriers}) as shop:
        await pickup_is_silent(shop)
        assert (len(shop.cards_of("zhaoliu")), len(shop.cards_of("lisi"))) == (1, 0)


async def test_whoever_has_read_it_says_so_once(shop: Shop) -> None:
    await pickup_is_silent(shop)
    (reminder,) = shop.cards_of("lisi")

    await shop.taps("lisi", reminder, "知道了")

    assert reminder.face("lisi").button_texts == ("提交",)
    assert "李四 13:00 已知悉" in reminder.display("lisi").text
    await shop.passes(hours=20)
    assert len(reminders(shop)) == 1


def reminders(shop: Shop) -> list[str]:
    """What 李四 reads on the reminders, oldest first."""
    shown = [card.display("lisi").text for card in shop.cards_of("lisi")]
    return [text for text in shown if "联系圆通" in text]


async def test_who_does_not_answer_is_asked_three_times_an_hour_apart_and_then_it_is_the_manager_s(
    shop: Shop,
) -> None:
    await pickup_is_silent(shop)
    await shop.passes(hours=2, minutes=59)
    assert ["李四，请在 14:00 前答复" in shown and "问过" not in shown for shown in reminders(shop)] == [
        True,
        False,
        False,
    ]
    assert "2 次 · 李四 13:00、14:00" in reminders(shop)[-1]

    await shop.passes(hours=20)

    assert len(reminders(shop)) == 3
    (passed_on,) = [card for card in shop.cards_of("wangwu") if "请联系圆通" in card.display("wangwu").text]
    shown = passed_on.display("wangwu").text
    assert "王五，没有人答复，请跟进" in shown
    assert "3 次 · 李四 13:00、14:00、15:00" in shown

    await shop.taps("wangwu", passed_on, "提交", result="driver_assigned")

    assert any("王五" in line and "催快递：已派快递员" in line for line in shop.group_lines)
    theirs = [card for card in shop.cards_of("lisi") if "联系圆通" in card.display("lisi").text]
    assert all("王五" in card.display("lisi").text and not card.face("lisi").buttons for card in theirs)


async def test_a_carrier_who_does_not_answer_is_pressed_once_more(shop: Shop) -> None:
    await pickup_is_silent(shop)
    (reminder,) = shop.cards_of("lisi")

    await shop.taps("lisi", reminder, "提交", result="no_answer")
    await shop.passes(hours=1, seconds=1)

    assert len(reminders(shop)) == 2
    assert "上次没有答复" in reminders(shop)[-1]


async def test_any_scan_of_the_parcel_ends_the_reminder_while_the_case_goes_on(
    deployment: Deployment,
) -> None:
    rules = {
        "stages": {
            "pickup": {
                "limits": [{"when": "not_completed", "after": "3h"}],
                "actions": ["post_card", "remind_carrier"],
            }
        }
    }
    async with a_shop(deployment, rules=rules) as shop:
        await pickup_is_silent(shop)

        await shop.stage(NO, "pickup", "updated", parcel="YT42")

        (reminder,) = shop.cards_of("lisi")
        assert "不用再联系了" in reminder.display("lisi").text
        assert [case["state"] for case in await shop.anomalies()] == ["open"]
        await shop.passes(hours=5)
        assert len(reminders(shop)) == 1


async def test_where_transit_asks_for_it_each_further_day_gives_one_more(deployment: Deployment) -> None:
    rules = {"stages": {"transit": {"actions": ["post_card", "remind_carrier"]}}}
    async with a_shop(deployment, rules=rules) as shop:
        await shop.stage(NO, "pickup", "completed", parcel="YT42", carrier="yuantong")
        await shop.passes(hours=24, seconds=1)
        assert len(reminders(shop)) == 1
        assert "查清包裹现在在哪" in reminders(shop)[-1]
        await shop.taps("lisi", shop.cards_of("lisi")[0], "知道了")

        await shop.passes(hours=24)

        assert len(reminders(shop)) == 2


async def test_a_reminder_says_when_it_is_no_longer_needed(shop: Shop) -> None:
    await pickup_is_silent(shop)

    await shop.stage(NO, "pickup", "completed", parcel="YT42")

    (reminder,) = shop.cards_of("lisi")
    assert "不用再联系了" in reminder.display("lisi").text
    assert "知道了" not in reminder.face("lisi").button_texts


async def test_a_scan_in_time_spares_the_carrier(shop: Shop) -> None:
    await shop.stage(NO, "packing", "completed", parcel="YT42", carrier="yuantong")
    await shop.passes(hours=2, minutes=59)
    await shop.stage(NO, "pickup", "updated", parcel="YT42")

    await shop.passes(hours=2, minutes=59)

    assert shop.cards_of("lisi") == []
