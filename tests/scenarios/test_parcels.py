"""An order of several parcels is as late as its latest parcel, and the card says which one that is."""

from tests.scenarios.shop import Shop

NO = "DB20251222-883"


async def test_the_second_parcel_is_still_watched_after_the_first_was_delivered(shop: Shop) -> None:
    await shop.stage(NO, "packing", "completed", parcel="YT1", parcels=2)
    await shop.stage(NO, "packing", "completed", parcel="YT2")
    await shop.stage(NO, "pickup", "completed", parcel="YT1")
    await shop.stage(NO, "transit", "completed", parcel="YT1")

    await shop.passes(hours=3, seconds=1)

    (case,) = await shop.anomalies()
    assert (case["stage"], case["parcel"]) == ("pickup", "YT2")
    (card,) = shop.group_cards
    assert "YT2" in card.display("lisi").text
    assert (await shop.order(NO))["state"] == "open"


async def test_a_parcel_that_was_announced_and_never_seen_is_waited_for(shop: Shop) -> None:
    await shop.stage(NO, "picking", "completed", parcels=2)
    await shop.stage(NO, "packing", "completed", parcel="YT1")
    await shop.stage(NO, "pickup", "completed", parcel="YT1")
    await shop.stage(NO, "transit", "completed", parcel="YT1")

    await shop.passes(minutes=90, seconds=1)

    (case,) = await shop.anomalies()
    assert case["stage"] == "packing"
    (card,) = shop.group_cards
    assert "未报单号" in card.display("lisi").text


async def test_each_parcel_has_a_case_of_its_own(shop: Shop) -> None:
    for parcel in ("YT1", "YT2"):
        await shop.stage(NO, "packing", "completed", parcel=parcel, parcels=2)
        await shop.passes(minutes=10)

    await shop.passes(hours=3)

    cases = await shop.anomalies()
    assert {(case["stage"], case["parcel"]) for case in cases} == {("pickup", "YT1"), ("pickup", "YT2")}


async def test_a_parcel_that_gets_its_name_late_keeps_its_case(shop: Shop) -> None:
    await shop.stage(NO, "packing", "completed")
    await shop.passes(hours=3, seconds=1)
    assert len(await shop.anomalies()) == 1

    await shop.stage(NO, "pickup", "completed", parcel="YT1")

    (case,) = await shop.anomalies()
    assert case["state"] == "closed"


async def test_the_order_is_complete_when_every_parcel_is(shop: Shop) -> None:
    for parcel in ("YT1", "YT2"):
        await shop.stage(NO, "transit", "completed", parcel=parcel, parcels=2)

    await shop.passes(hours=100)

    assert (await shop.order(NO))["state"] == "completed"
    assert await shop.anomalies() == []
