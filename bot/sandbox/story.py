"""What happens in the shop this morning? A scripted story: orders as their systems report them, minute by minute."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

CHEN, LIN, SUN = "wmChen", "wmLin", "wmSun"
CUSTOMERS: Mapping[str, str] = {CHEN: "陈女士", LIN: "林先生", SUN: "孙女士"}

WAITING_FOR_PICKUP = "DB20251222-883"
PAYMENT_HANGS = "DB20251222-907"
NOT_PICKED = "TB20251222-415"
PAYS_IN_TIME = "DB20251222-911"
MOVES_BY_ITSELF = "DB20251222-864"


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """At `at` after the start a system reports what happened at `happened`; both count from the start."""

    at: timedelta
    kind: str
    order: str
    source: str
    happened: timedelta
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """At `at` a customer writes to 微信客服, about an order."""

    at: timedelta
    customer: str
    order: str
    text: str


def _minutes(value: float) -> timedelta:
    return timedelta(minutes=value)


def _beat(at: float, kind: str, order: str, source: str, happened: float | None = None, **data: Any) -> Beat:
    when = at if happened is None else happened
    return Beat(at=_minutes(at), kind=kind, order=order, source=source, happened=_minutes(when), data=data)


def _stage(
    at: float, order: str, source: str, stage: str, status: str, happened: float | None = None, **data: Any
) -> Beat:
    return _beat(at, "order.stage", order, source, happened, stage=stage, status=status, **data)


REACHED_AT = {"phone": "13800138000", "address": "浙江省杭州市西湖区文三路 90 号"}
"""Of customers whose goods have to be brought: a number that is nobody's."""


def _paid_and_packed(order: str, customer: str, *, packed: float, **data: Any) -> list[Beat]:
    """An order that has come as far as the parcel shelf, at `packed` minutes from the start."""
    tracking = {"carrier": "yuantong", "tracking_no": f"YT{order[-3:]}0000000001"}
    return [
        _beat(
            0,
            "order.created",
            order,
            "/erp",
            packed - 95,
            customer={"name": CUSTOMERS[customer], "external_userid": customer, **REACHED_AT},
            **data,
        ),
        _stage(0, order, "/erp", "payment", "started", packed - 94, operator="顾客"),
        _stage(0, order, "/erp", "payment", "completed", packed - 93, payment_ref=f"WX{order[-3:]}8841"),
        _stage(
            0, order, "/erp", "confirm", "completed", packed - 90, stock_locked=True, operator="审单员 周琳"
        ),
        _stage(0, order, "/wms", "picking", "started", packed - 60, operator="拣货员 老吴"),
        _stage(0, order, "/wms", "picking", "completed", packed - 40, operator="拣货员 老吴"),
        _stage(
            0,
            order,
            "/wms",
            "packing",
            "completed",
            packed,
            operator="打包台 3 号",
            note="出库交接",
            **tracking,
        ),
    ]


MORNING: tuple[Beat | Words, ...] = (
    # 陈女士's parcel has been waiting for the courier for almost three hours.
    *_paid_and_packed(WAITING_FOR_PICKUP, CHEN, packed=-178.5, channel="miniprogram", amount_fen=18_690, region="杭州",
                      items=[{"sku": "CAT-01", "qty": 1}], warehouse="hz1"),
    Words(at=_minutes(0.2), customer=CHEN, order=WAITING_FOR_PICKUP, text="你好，昨天说今早发货，怎么还没揽收？"),
    # 林先生 pays, and the payment hangs: P1.
    _beat(0, "order.created", PAYMENT_HANGS, "/erp", -3, channel="miniprogram", amount_fen=52_800, payment_channel="wechat",
          customer={"name": CUSTOMERS[LIN], "external_userid": LIN}),
    _stage(0, PAYMENT_HANGS, "/erp", "payment", "started", -2, operator="顾客"),
    # A marketplace order: the words are copied, not sent.
    _beat(0, "order.created", NOT_PICKED, "/erp", -60, channel="taobao", amount_fen=9_900, warehouse="hz1",
          customer={"name": CUSTOMERS[SUN]}),
    _stage(0, NOT_PICKED, "/erp", "payment", "completed", -58),
    _stage(0, NOT_PICKED, "/erp", "confirm", "completed", -38.5, stock_locked=True, operator="审单员 周琳"),
    # An order that moves by itself before anybody has to do anything.
    *_paid_and_packed(MOVES_BY_ITSELF, SUN, packed=-172, channel="miniprogram", amount_fen=23_000, region="杭州", warehouse="hz1"),
    _stage(11, MOVES_BY_ITSELF, "/tms", "pickup", "completed", operator="快递员 小马", note="已揽收"),
    # And one that is simply fine: nobody hears of it.
    _beat(1, "order.created", PAYS_IN_TIME, "/erp", channel="miniprogram", amount_fen=6_600,
          customer={"name": CUSTOMERS[SUN], "external_userid": SUN}),
    _stage(1.2, PAYS_IN_TIME, "/erp", "payment", "started", operator="顾客"),
    _stage(2.4, PAYS_IN_TIME, "/erp", "payment", "completed"),
)  # fmt: skip
"""The first limits pass after a minute and a half."""

AFTER_THE_REPLY: Mapping[str, Beat] = {
    WAITING_FOR_PICKUP: _stage(2, WAITING_FOR_PICKUP, "/tms", "pickup", "completed", operator="快递员 小马", note="已揽收",
                               carrier="yuantong", tracking_no="YT8830000000001"),
    PAYMENT_HANGS: _stage(2, PAYMENT_HANGS, "/erp", "payment", "completed", payment_ref="WX9078841"),
    NOT_PICKED: _stage(2, NOT_PICKED, "/wms", "picking", "started", operator="拣货员 老吴"),
}  # fmt: skip
"""What moves an order once its customer has been reached; `at` counts from then."""
