"""What went astray on a busy morning? Parcels of no order, letters that did not arrive, and why orders were late."""

from tests.scenarios.shop import Shop

UNKNOWN_PARCEL, FOREIGN_PARCEL = "YT9000000000001", "SF9000000000002"


async def things_astray(shop: Shop) -> None:
    """A scan of a parcel nobody has heard of, one of another shop's parcel, and a lead who cannot be written to."""
    await shop.report(
        "order.stage",
        f"tracking:{UNKNOWN_PARCEL}",
        stage="pickup",
        status="completed",
        note="收件人电话 13800138000",
        refs=["tracking:YT9000000000009"],
    )
    await shop.stage("DB20", "packing", "completed", shop="east", tracking_no=FOREIGN_PARCEL)
    await shop.report(
        "order.stage", f"tracking:{FOREIGN_PARCEL}", shop="main", stage="transit", status="updated"
    )
    shop.wecom.fault("message/send", 81013, times=1)
    await shop.pays_late("DB07")
    await shop.says("lisi", "@盯单 /原因 DB07 支付通道维护")
