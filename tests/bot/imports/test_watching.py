"""A file tells of orders that are being watched: as history it stays silent, and `--live` speaks up."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from bot.clock import ManualClock
from bot.directory import load_directory
from bot.ground import make_world
from bot.signals import Signals
from bot.storage.opening import open_store
from bot.storage.store import Transaction
from handlers.bus import on_due
from handlers.leaving import NO_ROOM, Room
from handlers.outbox import Letter, Medium
from rules.instants import to_ms
from tests.bot.imports.desk import NOW, Desk
from tests.scenarios.shop import ROSTER

PLAN = {
    "timezone": "Asia/Shanghai",
    "order_no": "单号",
    "events": [
        {"column": "下单", "type": "order.created"},
        {"column": "付款开始", "stage": "payment", "status": "started"},
        {"column": "付款", "stage": "payment", "status": "completed"},
    ],
}
HEADER = "单号,下单,付款开始,付款\n"
PLACED = f"{HEADER}A1,2026-03-02 09:50,,\n"
STARTED = f"{HEADER}A1,,2026-03-02 09:54,\n"
PAID = f"{HEADER}A1,,2026-03-02 09:54,2026-03-02 09:59\n"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk in a shop with people on duty, and a bot in their group. It is 10:00."""
    roster = tmp_path / "roster.yaml"
    roster.write_text(yaml.safe_dump(dict(ROSTER), allow_unicode=True), "utf-8")
    return Desk.at(
        tmp_path,
        DINGDAN_ROSTER_FILE=str(roster),
        DINGDAN_AIBOT__URL="ws://127.0.0.1:1",
        DINGDAN_AIBOT__BOT_ID="bot",
        DINGDAN_AIBOT__SECRET="secret",
        DINGDAN_AIBOT__GROUP_CHAT_ID="agents",
    )


async def limits_are_checked(desk: Desk, room: Room = NO_ROOM) -> Sequence[Letter]:
    """What the watcher of a service does at this moment; the letters that leave at once."""
    clock = ManualClock(NOW)
    async with open_store(desk.settings.database_url, Signals()) as store:
        directory = await load_directory(desk.settings, store, NOW)
        world = make_world(desk.settings, clock, store, directory, b"secret")

        async def claim(work: Transaction) -> Sequence[Letter]:
            return (await on_due(work, world, 100, room)).letters

        return await store.run("watch", claim)


async def kinds_of_letters(desk: Desk) -> list[str]:
    return [row["kind"] for row in await desk.rows("SELECT kind FROM letters ORDER BY kind")]


async def test_live_orders_raise_their_cases(desk: Desk) -> None:
    await desk.import_(STARTED, PLAN, live=True)
    await limits_are_checked(desk)
    assert await kinds_of_letters(desk) == ["case_card", "case_card"], "to the group, and to the duty manager"


async def test_the_letters_of_a_new_case_leave_with_the_commit_that_opens_it(desk: Desk) -> None:
    """All but the card that waits for the others: it speaks of what they did."""
    await desk.import_(STARTED, PLAN, live=True)
    room = Room(media=frozenset(Medium), limit=10)
    (letter,) = await limits_are_checked(desk, room)

    assert letter.payload is not None
    rows = await desk.rows("SELECT id, waits, state, attempts, payload FROM letters ORDER BY waits")
    assert [(row["waits"], row["state"], row["attempts"]) for row in rows] == [
        (False, "sending", 1),
        (True, "ready", 0),
    ]
    assert (rows[0]["id"], rows[0]["payload"]) == (letter.id, letter.payload)
    (card,) = await desk.rows("SELECT id, content FROM cards")
    assert card["id"] == letter.id


async def test_history_raises_none(desk: Desk) -> None:
    await desk.import_(STARTED, PLAN)
    await limits_are_checked(desk)
    assert await kinds_of_letters(desk) == []


@pytest.mark.parametrize(("live", "heard"), [(False, []), (True, ["digest"])])
async def test_history_ends_a_case_without_a_sound(desk: Desk, *, live: bool, heard: list[str]) -> None:
    await desk.import_(STARTED, PLAN, live=True)
    await limits_are_checked(desk)
    before = await kinds_of_letters(desk)

    await desk.import_(PAID, PLAN, live=live)

    (case,) = await desk.rows("SELECT ended_how FROM cases")
    assert case["ended_how"] == "moved"
    assert await kinds_of_letters(desk) == [*before, *heard]


async def test_history_moves_the_limits_of_an_order_that_is_watched(desk: Desk) -> None:
    await desk.import_(PLACED, PLAN, live=True)
    await desk.import_(STARTED + "A2,,2026-03-02 09:54,\n", PLAN)

    await limits_are_checked(desk)

    assert [row["order_no"] for row in await desk.rows("SELECT order_no FROM cases")] == ["A1"]
    assert await kinds_of_letters(desk) == ["case_card", "case_card"]


async def test_history_stops_the_limit_that_it_meets(desk: Desk) -> None:
    await desk.import_(STARTED, PLAN, live=True)
    await desk.import_(PAID, PLAN)

    (due,) = await desk.rows("SELECT due_at FROM due WHERE live")

    assert due["due_at"] == to_ms(NOW + timedelta(minutes=19)), "the next one is that of 审单"
