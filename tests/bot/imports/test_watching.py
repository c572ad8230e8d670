"""A file tells of orders that are being watched: as history it stays silent, and `--live` speaks up."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from bot.app import make_world
from bot.clock import ManualClock
from bot.directory import load_directory
from bot.signals import Signals
from bot.storage.opening import open_store
from bot.storage.store import Transaction
from handlers.bus import on_due
from handlers.delivery import NO_ROOM, Room
from handlers.outbox import Letter, Medium
from tests.bot.imports.desk import NOW, Desk
from tests.scenarios.shop import ROSTER

PLAN = {
    "timezone": "Asia/Shanghai",
    "order_no": "单号",
    "events": [
        {"column": "付款开始", "stage": "payment", "status": "started"},
        {"column": "付款", "stage": "payment", "status": "completed"},
    ],
}
STARTED = "单号,付款开始,付款\nA1,2026-03-02 09:54,\n"
PAID = "单号,付款开始,付款\nA1,2026-03-02 09:54,2026-03-02 09:59\n"


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
        directory = await load_directory(desk.settings, NOW)
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
