"""What a row tells: events that any source might have sent, and every fault of the row at once."""

import json
from typing import Any

from rules.events import Attribute
from tests.bot.imports.desk import EVENTS, MAP, Desk


async def bodies(desk: Desk) -> list[dict[str, Any]]:
    """The stored events, as they were taken in, by their ids."""
    return [json.loads(row["body"]) for row in await desk.rows("SELECT body FROM events ORDER BY id")]


async def test_a_row_tells_of_everything_whose_time_it_knows(desk: Desk) -> None:
    await desk.import_("单号,下单,付款,揽收\nA1,2026-03-01 09:00,2026-03-01 09:01,\n")
    told = [(body["type"], body["subject"], body["time"]) for body in await bodies(desk)]
    assert told == [
        ("order.created", "A1", "2026-03-01T01:00:00Z"),
        ("order.stage", "A1", "2026-03-01T01:01:00Z"),
    ]


async def test_an_event_without_a_time_happened_at_the_latest_of_the_row(desk: Desk) -> None:
    cancelled = {"type": "order.cancelled", "when": {"column": "状态", "is": ["关闭", "退款"]}}
    plan = {**MAP, "events": [*EVENTS, cancelled]}
    await desk.import_("单号,状态,下单,付款,揽收\nA1,关闭,2026-03-01 09:00,2026-03-01 09:01,\n", plan)
    assert [body["time"] for body in await bodies(desk)][-1] == "2026-03-01T01:01:00Z"
    (order,) = await desk.rows("SELECT status FROM orders")
    assert order["status"] == "cancelled"


async def test_a_log_with_one_event_a_row_is_read_by_its_words(desk: Desk) -> None:
    plan = {
        "timezone": "Asia/Shanghai",
        "order_no": "单号",
        "events": [
            {
                "column": "时间",
                "when": {"column": "动作", "is": "拣货"},
                "stage": "picking",
                "status": "started",
            },
            {
                "column": "时间",
                "when": {"column": "动作", "is": "打包完成"},
                "stage": "packing",
                "status": "completed",
                "operator": "谁",
                "note": "备注",
            },
        ],
    }
    report = await desk.import_(
        "单号,动作,时间,谁,备注\n"
        "A1,打包完成,2026-03-01 10:00,李四,两箱\n"
        "A2,拣货,2026-03-01 10:10,李四,\n"
        "A1,拣货,2026-03-01 09:00,王五,\n"
        "A1,打印面单,2026-03-01 09:30,王五,\n",
        plan,
    )
    assert (report.rows, report.orders, report.faults) == (4, 2, [])
    packed = next(body["data"] for body in await bodies(desk) if body["data"].get("stage") == "packing")
    assert packed == {
        "shop": "main",
        "stage": "packing",
        "status": "completed",
        "operator": "李四",
        "note": "两箱",
    }


async def test_attributes_come_with_the_creation_and_parcels_with_their_news(desk: Desk) -> None:
    attributes = {
        "amount_yuan": "金额",
        "tags": "标签",
        "channel": {"value": "taobao"},
        "carrier": {"column": "快递", "values": {"圆通": "yuantong"}},
        "tracking_no": "运单",
        "parcels": "包裹",
        "not_before": "预售",
        "customer": {"name": "买家"},
    }
    await desk.import_(
        "单号,下单,付款,揽收,金额,标签,快递,运单,包裹,预售,买家\n"
        'A1,2026-03-01 09:00,2026-03-01 09:01,2026-03-01 16:00,"1,299.00",会员 618;会员,圆通,YT1,1,2026-03-01,陈女士\n',
        {**MAP, "attributes": attributes, "shop": {"value": "tmall"}},
    )
    created, paid, picked_up = (body["data"] for body in await bodies(desk))
    assert created == {
        "shop": "tmall",
        "amount_fen": 129900,
        "tags": ["会员 618", "会员"],
        "channel": "taobao",
        "parcels": 1,
        "not_before": "2026-02-28T16:00:00Z",
        "customer": {"name": "陈女士"},
    }
    assert paid == {"shop": "tmall", "stage": "payment", "status": "completed"}
    assert picked_up == {
        "shop": "tmall",
        "stage": "pickup",
        "status": "completed",
        Attribute.CARRIER: "yuantong",
        Attribute.TRACKING_NO: "YT1",
    }


async def test_a_tracking_number_without_news_of_a_parcel_comes_with_the_order(desk: Desk) -> None:
    plan = {**MAP, "attributes": {"tracking_no": "运单"}}
    await desk.import_("单号,下单,付款,揽收,运单\nA1,2026-03-01 09:00,,,YT1\n", plan)
    (created,) = await bodies(desk)
    assert created["data"] == {"shop": "main", "tracking_no": "YT1"}


async def test_every_fault_of_a_row_is_told_with_its_column(desk: Desk) -> None:
    plan = {**MAP, "attributes": {"amount_fen": "金额", "warehouse": "仓库"}, "shop": "店铺"}
    report = await desk.import_(
        "单号,店铺,下单,付款,揽收,金额,仓库\n"
        "4.7E+18,a,昨天,2030-01-01 00:00,,1.5,\n"
        ",,2026-03-01 09:00,,,,\n"
        "A3,a,,,,,\n"
        f"A4,a,2026-03-01 09:00,,,,{'仓' * 201}\n"
        f"{'A' * 81},a,2026-03-01 09:00,,,,\n"
        "A6,a,2026-03-01 09:00\n",
        plan,
    )
    told = [(fault.row, fault.column, fault.message) for fault in report.faults]
    assert [(row, column) for row, column, _ in sorted(told)] == [
        (2, "下单"),
        (2, "付款"),
        (2, "单号"),
        (2, "金额"),
        (3, "单号"),
        (3, "店铺"),
        (4, "整行"),
        (5, "仓库"),
        (6, "单号"),
        (7, "整行"),
    ]
    assert "年份和映射里的时区（Asia/Shanghai）对吗" in next(why for *_, why in told if "2030" in why)
    assert (await desk.rows("SELECT * FROM orders")) == []


async def test_texts_that_mean_unknown_are_unknown(desk: Desk) -> None:
    report = await desk.import_(
        "单号,下单,付款,揽收\nA1,2026-03-01 09:00,-,NULL\n", {**MAP, "empty": ["-", "NULL"]}
    )
    assert (report.faults, len(await bodies(desk))) == ([], 1)


async def test_ids_stay_what_they_are(desk: Desk) -> None:
    """They are stored: were they made otherwise one day, every file would come in a second time."""
    plan = {**MAP, "shop": {"value": "tmall"}, "attributes": {"tracking_no": "运单"}}
    await desk.import_(
        "单号,下单,付款,揽收,运单\nA1,2026-03-01 09:00,2026-03-01 09:01,2026-03-01 16:00,YT1\n", plan
    )
    assert [body["id"] for body in await bodies(desk)] == [
        "00-order.created-b4bd7d474c2799bc0de9ced1",
        "04-payment.completed-cba14a69e713b8c5193d1374",
        "24-pickup.completed-f52b67602a3a8a09f302036d",
    ]
