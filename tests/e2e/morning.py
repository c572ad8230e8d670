"""What is on the board of a shop in the middle of a busy morning? Orders in every stage and state, once for all pages."""

from tests.scenarios.shop import Shop

CARRIER = {"carrier": "yuantong", "region": "浙江", "district": "余杭区"}


async def a_busy_morning(shop: Shop) -> None:
    """DB01 is late with its payment, DB04 half on its way in two parcels, DB06 healed by itself, and so on."""
    await shop.created(
        "DB04",
        warehouse="hz1",
        amount_fen=25900,
        items=[{"sku": "TEE-M", "qty": 2}],
        payment_channel="wechat",
        **CARRIER,
    )
    for number, warehouse, amount in (("DB02", "hz1", 12900), ("DB03", "gz2", 59900), ("DB06", "hz1", 8800)):
        await shop.created(number, warehouse=warehouse, amount_fen=amount, payment_channel="alipay")
    await shop.passes(seconds=30)
    for number in ("DB02", "DB03", "DB04", "DB06"):
        await shop.stage(
            number, "payment", "completed", payment_ref=f"42000{number[-2:]}", operator="支付网关"
        )
    await shop.passes(minutes=4)
    await shop.stage("DB04", "confirm", "completed", stock_locked=True, operator="李雷")
    await shop.passes(minutes=17)  # DB02, DB03 and DB06 are not confirmed in their twenty minutes
    await shop.stage("DB06", "confirm", "completed", operator="李雷")
    await shop.stage("DB04", "picking", "completed", operator="韩梅", note="货架 A-12")
    for parcel, number in (("YT0000000000001", 1), ("YT0000000000002", 2)):
        await shop.stage(
            "DB04",
            "packing",
            "completed",
            parcel=parcel,
            tracking_no=parcel,
            parcels=2,
            note=f"第 {number} 箱",
        )
    await shop.stage("DB04", "pickup", "completed", parcel="YT0000000000001", carrier="yuantong")
    await shop.passes(minutes=2)
    await shop.says("lisi", "@盯单 /认领 DB02")
    await shop.pays_late("DB01")
    await shop.report("stock.short", "DB03", sku="CAP-RED", qty_short=3, warehouse="gz2")
    await shop.created("DB05", warehouse="hz1", amount_fen=4900)
    await shop.stage("DB05", "payment", "started")
    await shop.passes(minutes=3)  # DB05 is in the grey band
