"""An import: good rows come in, bad ones are given back, and doing it again changes nothing."""

import csv
from pathlib import Path

import pytest

from bot.faults import FileError
from bot.imports.sheet import SheetError
from handlers.messages import Intake
from tests.bot.imports.desk import EVENTS, MAP, Desk

HEADER = "单号,下单,付款,揽收"
GOOD = f"{HEADER}\nA1,2026-03-01 09:00,2026-03-01 09:01,2026-03-01 16:00\nA2,2026-03-01 10:00,,\n"
LATER = f"{HEADER}\nA1,2026-03-01 09:00,2026-03-01 09:01,2026-03-01 16:00\nA2,2026-03-01 10:00,2026-03-01 10:30,\n"


async def test_a_repeated_import_changes_nothing(desk: Desk) -> None:
    first = await desk.import_(GOOD)
    stored = await desk.everything()
    again = await desk.import_(GOOD)
    assert first.answers == {Intake.ACCEPTED: 4}
    assert again.answers == {Intake.DUPLICATE: 4}
    assert await desk.everything() == stored


async def test_phones_and_addresses_are_sealed_and_a_repeat_is_still_known(desk: Desk) -> None:
    plan = {**MAP, "attributes": {"customer": {"phone": "电话", "address": "收货地址"}}}
    row = "2026-03-01 09:00,,,13800138000,浙江省杭州市西湖区文三路90号"
    table = f"{HEADER},电话,收货地址\nA1,{row}\nA2,{row.replace('13800138000', '1' * 33)}\n"

    first, again = [await desk.import_(table, plan) for _ in range(2)]

    assert (first.answers, again.answers) == ({Intake.ACCEPTED: 1}, {Intake.DUPLICATE: 1})
    ((_, faults),) = first.faults_by_row().items()
    assert "data.customer.phone" in str(faults)
    assert "11111" not in str(faults)
    stored = str(await desk.everything())
    assert "13800138000" not in stored
    assert "文三路" not in stored
    assert '"shown":"浙江省杭州市西湖区"' in stored


async def test_a_newer_export_brings_what_is_new(desk: Desk) -> None:
    await desk.import_(GOOD)
    report = await desk.import_(LATER)
    assert report.answers == {Intake.DUPLICATE: 4, Intake.ACCEPTED: 1}


async def test_history_sets_no_timer_and_sends_nothing(desk: Desk) -> None:
    await desk.import_(GOOD)
    stored = await desk.everything()
    assert (stored["due"], stored["cases"], stored["letters"]) == ([], [], [])
    observed = await desk.rows("SELECT min(observed_at) AS first, max(observed_at) AS last FROM events")
    assert observed == [{"first": 1772326800000, "last": 1772352000000}], "as they happened"


async def test_live_sets_the_timers_even_of_orders_that_were_history(desk: Desk) -> None:
    await desk.import_(GOOD)
    report = await desk.import_(GOOD, live=True)
    assert report.answers == {Intake.DUPLICATE: 4}
    (due,) = await desk.rows("SELECT order_no FROM due WHERE live")
    assert due["order_no"] == "A1", (
        "it is on the road; A2 has not been paid for, and may be an abandoned basket"
    )
    stored = await desk.everything()
    await desk.import_(GOOD, live=True)
    assert await desk.everything() == stored


async def test_a_dry_run_says_the_same_and_writes_nothing(desk: Desk) -> None:
    await desk.import_(GOOD)
    stored = await desk.everything()
    report = await desk.import_(LATER, dry_run=True)
    assert report.answers == {Intake.DUPLICATE: 4, Intake.ACCEPTED: 1}
    assert await desk.everything() == stored


async def test_bad_rows_can_be_mended_in_the_error_file_and_imported(desk: Desk) -> None:
    errors = desk.folder / "errors.csv"
    bad = GOOD + "A3,昨天,,\nA4,2026-03-01 11:00,,\n"
    report = await desk.import_(bad.encode("gb18030"), errors=errors)
    assert (report.orders, [fault.row for fault in report.faults]) == (3, [4])
    with errors.open(encoding="gb18030", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["错误行号"], row["错误列"], row["单号"]) == ("4", "下单", "A3")
    assert "写成 2025-12-22 13:20:05" in row["错误原因"]

    errors.write_bytes(errors.read_bytes().replace("A3,昨天".encode("gb18030"), b"A3,2026-03-01 10:40"))
    mended = await desk.import_(errors)
    assert (mended.orders, mended.faults) == (1, [])
    assert len(await desk.rows("SELECT * FROM orders")) == 4


async def test_what_was_told_differently_before_is_not_overwritten(desk: Desk) -> None:
    plan = {**MAP, "attributes": {"warehouse": "仓库"}}
    await desk.import_("单号,下单,付款,揽收,仓库\nA1,2026-03-01 09:00,,,hz1\n", plan)
    stored = await desk.everything()
    report = await desk.import_("单号,下单,付款,揽收,仓库\nA1,2026-03-01 09:00,,,hz2\n", plan)
    (fault,) = report.faults
    assert (fault.row, "“下单”以前导入时的内容和现在不同" in fault.message) == (2, True)
    assert await desk.everything() == stored


async def test_attributes_that_change_come_with_the_time_of_their_change(desk: Desk) -> None:
    events = [*EVENTS, {"column": "修改", "type": "order.changed"}]
    plan = {**MAP, "events": events, "attributes": {"warehouse": "仓库"}}
    for changed, warehouse in (("09:00", "hz1"), ("12:00", "hz2")):
        report = await desk.import_(
            f"单号,下单,付款,揽收,修改,仓库\nA1,2026-03-01 09:00,,,2026-03-01 {changed},{warehouse}\n", plan
        )
        assert report.faults == []
    (order,) = await desk.rows("SELECT state FROM orders")
    assert "hz2" in order["state"]


async def test_rows_of_one_order_are_taken_together_wherever_they_stand(desk: Desk) -> None:
    report = await desk.import_(
        f"{HEADER}\nA1,,2026-03-01 09:01,\nA2,2026-03-01 10:00,,\n\nA1,2026-03-01 09:00,,\n"
    )
    assert (report.rows, report.orders, report.faults) == (3, 2, [])


async def test_times_out_of_order_are_named_and_taken_in_as_they_happened(desk: Desk) -> None:
    report = await desk.import_(f"{HEADER}\nA1,2026-03-01 09:00,2026-03-01 18:00,2026-03-01 16:00\n")
    (one,) = report.out_of_order
    assert str(one) == "第 2 行 A1：揽收完成早于付款完成"
    (order,) = await desk.rows("SELECT stage, status FROM orders")
    assert order == {"stage": "transit", "status": "open"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
async def test_the_usual_encodings_are_recognised(desk: Desk, encoding: str) -> None:
    assert (await desk.import_(GOOD.encode(encoding))).orders == 2


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "是空的；第 1 行应是表头"),
        (GOOD.encode("utf-16"), "既不是 UTF-8 也不是 GB18030"),
        (b"\xff\xff\xff", "既不是 UTF-8 也不是 GB18030"),
        (b"PK\x03\x04", "这是 Excel 工作簿"),
        ("单号,下单,付费,揽收\n".encode(), "没有映射要的“付款”这一列"),
        ("单号,单号,下单,付款,揽收\n".encode(), "表头里有两列都叫“单号”"),
        (f'{GOOD}A3,"2026-03-01 09:00,,\nA4,2026,,\n'.encode(), "从第 4 行起，有一个英文双引号没有配对"),
    ],
)
async def test_a_file_that_cannot_be_used_is_refused_before_anything_is_written(
    desk: Desk, content: bytes, why: str
) -> None:
    with pytest.raises(SheetError, match=why):
        await desk.import_(content)
    assert not (desk.folder / "dingdan.db").exists()


async def test_a_file_that_is_not_there_is_named(desk: Desk) -> None:
    with pytest.raises(SheetError, match=r"nowhere\.csv：读不了"):
        await desk.import_(Path("nowhere.csv"))


async def test_a_misplaced_quote_spoils_its_own_row_alone(desk: Desk) -> None:
    report = await desk.import_(f'{HEADER}\n"A"1,2026-03-01 09:00,,\nA2,2026-03-01 10:00,,\n')
    assert [(fault.row, fault.column) for fault in report.faults] == [(2, "整行")]
    assert report.orders == 1


async def test_a_map_without_a_time_zone_is_refused_with_its_place(desk: Desk) -> None:
    plan = {name: value for name, value in MAP.items() if name != "timezone"}
    with pytest.raises(FileError, match=r"map\.yaml:1:1 `timezone` is missing"):
        await desk.import_(GOOD, plan)


async def test_the_error_file_must_be_another_file_that_can_be_written(desk: Desk) -> None:
    with pytest.raises(SheetError, match="不能是导入的文件本身"):
        await desk.import_(GOOD, errors=desk.folder / "orders.csv")
    with pytest.raises(SheetError, match="写不了"):
        await desk.import_(GOOD, errors=desk.folder / "nowhere" / "errors.csv")
