"""What does the log say? One line for each thing that was dealt with, and nothing that only people may read."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from bot.web import intake
from tests.scenarios.pages import at_the_case
from tests.scenarios.shop import CHEN, INGEST, PATIENCE_SECONDS, READ, Shop

NO = "DB20251222-883"
PHONE = "13800138000"
Lines = list[EventDict]


@pytest.fixture
def logs() -> Iterator[Lines]:
    with capture_logs() as lines:
        yield lines


def said(lines: Lines, event: str, *names: str) -> list[tuple[Any, ...]]:
    """What the lines of one event say of these things, in order. All of them are at info, with their time."""
    found = [line for line in lines if line["event"] == event]
    assert all(line["log_level"] == "info" and line["ms"] >= 0 for line in found)
    return [tuple(line[name] for name in names) for line in found]


def rejections(lines: Lines) -> Lines:
    return [line for line in lines if line["event"] == "events.rejected"]


async def a_late_payment(shop: Shop) -> str:
    await shop.customer_writes(NO)
    await shop.created(NO)
    await shop.stage(NO, "payment", "started", note=f"顾客电话 {PHONE}", operator="李四")
    await shop.passes(minutes=5, seconds=1)
    (case,) = await shop.anomalies()
    return case["id"]


async def test_each_commit_of_events_is_a_line_with_its_counts(logs: Lines, shop: Shop) -> None:
    event = shop.event("order.created", NO)
    await shop.post(event)
    await shop.post(event)
    await shop.post({**event, "data": {"region": "华东"}})

    assert said(logs, "events.taken", "requests", "accepted", "duplicate", "conflict") == [
        (1, 1, 0, 0),
        (1, 0, 1, 0),
        (1, 0, 0, 1),
    ]
    (line,) = rejections(logs)
    assert (line["rejected"], line["field"]) == (1, "conflict")


async def test_a_flood_of_faulty_events_is_a_line_a_second(
    logs: Lines, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "TELL_EVERY_SECONDS", 0.2)
    for _ in range(9):
        await shop.post({**shop.event("order.created", NO), "type": "order.paid"})
    await shop.post({**shop.event("order.created", NO), "time": "yesterday"})

    async with asyncio.timeout(PATIENCE_SECONDS):
        while sum(line["rejected"] for line in rejections(logs)) < 10:
            await asyncio.sleep(0.01)

    first, *others = rejections(logs)
    assert (first["rejected"], first["field"]) == (1, "type")
    assert len(others) < 9
    assert {line["field"] for line in others} <= {"type", "time"}


async def test_what_is_due_is_a_line_for_each_batch(logs: Lines, shop: Shop) -> None:
    for number in range(3):
        await shop.stage(f"DB{number}", "payment", "started")

    await shop.passes(minutes=5, seconds=1)

    assert said(logs, "due.handled", "taken", "raised", "put_off") == [(3, 3, 0)]


async def test_taps_commands_and_pages_are_told_with_their_case_and_outcome(logs: Lines, shop: Shop) -> None:
    case = await a_late_payment(shop)
    (card,) = shop.group_cards

    await shop.taps("zhangsan", card, "认领")
    await shop.taps("stranger", card, "升级")
    await shop.says("lisi", f"@盯单 /认领 {NO}")
    await shop.says("lisi", "@盯单 /值班")
    await shop.says("lisi", "@盯单 你好")
    async with at_the_case(shop, "zhangsan") as reader:
        await reader.submits("escalate")

    assert said(logs, "message.handled", "what", "surface", "case", "outcome") == [
        ("news", "kf", None, "answered"),
        ("tap.claim", "group", case, "done"),
        ("tap", "group", case, "not_on_roster"),
        ("command.claim", "group", case, "taken"),
        ("command.oncall", "group", None, "answered"),
        ("text", "group", None, "answered"),
        ("command.help", "app", None, "answered"),
    ]
    assert said(logs, "page.handled", "what", "case", "outcome") == [("page.escalate", case, "done")]


async def test_each_attempt_to_send_is_told_with_what_was_answered(logs: Lines, shop: Shop) -> None:
    shop.wecom.fault("message/send", 45009, times=1)
    case = await a_late_payment(shop)
    await shop.passes(minutes=2)

    about = said(logs, "letter.attempted", "case", "medium", "kind", "attempt", "outcome", "code")
    assert (case, "group", "case_card", 1, "accepted", "0") in about
    assert (case, "app", "case_card", 1, "busy", "45009") in about
    assert (case, "app", "case_card", 2, "accepted", "0") in about


async def test_no_line_holds_what_only_people_may_read(logs: Lines, shop: Shop) -> None:
    await a_late_payment(shop)
    await shop.taps("zhangsan", shop.group_cards[0], "发送回复")
    await shop.says("zhangsan", f"@盯单 /原因 {NO} 顾客改电话 {PHONE}")

    written = str(logs)
    assert shop.customer_read[0] not in written
    for secret in (PHONE, CHEN, "陈女士", "李四", "zhangsan", INGEST, READ):
        assert secret not in written, secret
