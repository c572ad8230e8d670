"""The look-out over the sources: each step once, wherever a process dies, and whoever holds the lease."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.clock import ManualClock
from bot.ground import Ground, lay_ground
from bot.leader import LeaseLostError, Tenure
from bot.listening import ASLEEP_AFTER, Listening
from bot.lookout import LOOK_EVERY, Lookout
from bot.settings import load
from bot.storage.feeds import counted
from bot.storage.outages import unsettled
from bot.storage.store import Result, Store, Transaction
from handlers.bus import on_due
from handlers.intake import take_in
from rules.instants import to_ms
from rules.signs import Sign
from tests.bot.tenures import a_tenure, taken_over
from tests.contracts.builders import NOW, a_report, in_
from tests.databases import sqlite_url
from tests.scenarios.shop import ROSTER

WMS = "/wms/hz1"
RULES: dict[str, Any] = {"ladder": [], "feeds": {"/wms": {"heartbeat": "1m", "grace": "10m"}}}
STEPS = ("noticed", "back", "ended", "released", "told")
SIDES = ("before", "after")
WAITING = {"MOVED": in_(minutes=-39), "STUCK": in_(minutes=-39)}


class DiedError(Exception):
    """The process is gone."""


class MortalStore:
    """A store that dies at one of the transactions of a look-out, on one side of its commit."""

    def __init__(self, store: Store, dies_at: int, side: str) -> None:
        self._store = store
        self._left = dies_at
        self._side = side

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def run(self, name: str, operation: Callable[[Transaction], Awaitable[Result]]) -> Result:
        if name not in {"outage", "let_go"}:
            return await self._store.run(name, operation)
        self._left -= 1

        async def die_before(work: Transaction) -> Result:
            await operation(work)
            raise DiedError

        if self._left == 0 and self._side == "before":
            return await self._store.run(name, die_before)
        result = await self._store.run(name, operation)
        if self._left == 0:
            raise DiedError
        return result


@dataclass(slots=True)
class House:
    """A database, a clock, and look-outs that come and go."""

    ground: Ground
    clock: ManualClock
    lookouts: list[tuple[Lookout, Tenure]] = field(default_factory=list[tuple[Lookout, Tenure]])
    deaths: int = 0

    async def settle_in(self, store: Any = None) -> None:
        """A new process looks after the sources; what was before it is gone."""
        listening = Listening(self.ground.store, self.ground.follower.directory, self.clock)
        lookout = Lookout(replace(self.ground, listening=listening))
        mortal: Any = store or self.ground.store
        tenure = (
            await a_tenure(mortal, self.clock)
            if not self.lookouts
            else await taken_over(mortal, self.clock, f"holder-{len(self.lookouts)}")
        )
        self.lookouts.append((lookout, tenure))

    async def look(self, number: int = -1) -> None:
        """A look; where the process dies of it, another one by the next."""
        lookout, tenure = self.lookouts[number]
        try:
            await lookout.look(tenure)
        except DiedError:
            self.deaths += 1
            await self.settle_in()
            await self.look()
        async with self.ground.store.reading() as connection:
            known = await unsettled(connection)
        self.ground.follower.directory.outages = tuple(one for one in known if one.ended_at is None)

    async def passes(self, minutes: float, *alive: str) -> None:
        """Time goes by; what is due is dealt with, and the look-out looks."""
        end = self.clock.now() + timedelta(minutes=minutes)
        while self.clock.now() < end:
            self.clock.advance(LOOK_EVERY)
            beats = {source: to_ms(self.clock.now()) for source in alive}
            await self.ground.store.run("test", lambda work, beats=beats: work.feeds.beat(beats))
            await self.ground.store.run("test", lambda work: on_due(work, self.ground.world, 500))
            await self.look()

    async def hears(self, *reports: Any) -> None:
        await self.ground.store.run("test", lambda work: take_in(work, self.ground.world, reports))
        await self.ground.store.run("test", lambda work: work.feeds.add(counted(reports)))

    async def rows(self, query: str) -> list[dict[str, Any]]:
        async with self.ground.store.reading() as connection:
            return [dict(row) for row in await connection.fetch(query)]

    async def told(self) -> list[str]:
        """What people were told, by key."""
        return [
            row["key"].split(":", 2)[2]
            for row in await self.rows("SELECT key FROM letters WHERE kind = 'feed_card' ORDER BY key")
        ]

    async def outages(self) -> list[dict[str, Any]]:
        return await self.rows("SELECT * FROM outages ORDER BY noticed_at, id")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Three orders whose picking was told by the warehouse, and two that wait for it; their limits are up at six minutes past ten."""
    (tmp_path / "rules.yaml").write_text(json.dumps(RULES), "utf-8")
    (tmp_path / "roster.yaml").write_text(json.dumps({**ROSTER, "groups": {"default": "wrGroup"}}), "utf-8")
    environment = {
        "DINGDAN_DATABASE_URL": sqlite_url(tmp_path),
        "DINGDAN_SECRET_KEY": "a",
        "DINGDAN_RULES_FILE": str(tmp_path / "rules.yaml"),
        "DINGDAN_ROSTER_FILE": str(tmp_path / "roster.yaml"),
        "DINGDAN_AIBOT__URL": "ws://127.0.0.1:1",
        "DINGDAN_AIBOT__BOT_ID": "b",
        "DINGDAN_AIBOT__SECRET": "s",
    }
    async with AsyncExitStack() as stack:
        clock = ManualClock(in_(minutes=-4))
        house = House(await lay_ground(load(environment), clock, stack), clock)
        await house.settle_in()
        confirmed = [
            a_report(number, source="/erp", stage="confirm", status="completed", at=since, warehouse="hz1")
            for number, since in [*((f"PICKED{n}", in_(minutes=-20)) for n in range(3)), *WAITING.items()]
        ]
        await house.hears(*confirmed)
        await house.hears(*(a_report(f"PICKED{n}", status="completed", at=in_(minutes=-5)) for n in range(3)))
        yield house


async def live_through(house: House) -> None:
    """The warehouse is silent, its orders are late; then it is back, and tells of one of them."""
    await house.passes(0.5, WMS)
    await house.passes(11)
    await house.hears(a_report("MOVED", at=in_(minutes=7), observed_at=house.clock.now()))
    await house.passes(6, WMS)


async def reckoned(house: House) -> tuple[Any, ...]:
    """What became of it all."""
    (outage,) = await house.outages()
    cases = {
        row["order_no"]: (row["state"], row["held_by"] is None)
        for row in await house.rows("SELECT * FROM cases")
    }
    cards = await house.rows("SELECT order_no FROM letters WHERE kind = 'case_card' ORDER BY order_no")
    counts = outage["held"], outage["healed"], outage["raised"], outage["settled_at"] is not None
    return counts, cases, await house.told(), [row["order_no"] for row in cards]


EXPECTED = (
    (2, 1, 1, True),
    {"MOVED": ("closed", False), "STUCK": ("open", True)},
    ["back:wangwu", "back:wrGroup", "out:wangwu", "out:wrGroup"],
    ["STUCK"],
)


async def test_an_outage_is_noticed_told_and_reckoned_up_once(house: House) -> None:
    await live_through(house)
    assert await reckoned(house) == EXPECTED


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("step", STEPS)
async def test_a_process_that_dies_at_any_step_leaves_the_rest_to_the_next(
    house: House, step: str, side: str
) -> None:
    """Before a commit all of the step is done again, after it nothing is."""
    dying = MortalStore(house.ground.store, 1 + STEPS.index(step), side)
    await house.settle_in(dying)
    await live_through(house)
    await house.passes(6, WMS)
    assert house.deaths == 1
    assert await reckoned(house) == EXPECTED


async def test_whoever_has_lost_the_lease_writes_nothing(house: House) -> None:
    await house.passes(0.5, WMS)
    await house.settle_in()
    for _ in range(16):
        house.clock.advance(LOOK_EVERY)
        before = len(await house.outages())
        with suppress(LeaseLostError):
            await house.look(0)
        assert len(await house.outages()) == before
        await house.look(1)
    assert len(await house.outages()) == 1
    assert await house.told() == ["out:wangwu", "out:wrGroup"]


async def test_a_source_that_is_silent_again_before_it_has_caught_up_is_still_out(house: House) -> None:
    await house.passes(0.5, WMS)
    await house.passes(5)
    await house.passes(0.25, WMS)
    await house.passes(0.25)
    (outage,) = await house.outages()
    assert outage["back_at"] is not None
    await house.passes(4)
    (outage,) = await house.outages()
    assert (outage["back_at"], outage["ended_at"]) == (None, None)


async def test_nobody_is_out_for_whoever_has_just_begun_to_listen_or_was_asleep(house: House) -> None:
    await house.passes(0.5, WMS)
    house.clock.advance(timedelta(hours=1))
    await house.look()
    assert await house.outages() == []
    assert timedelta(hours=1) > ASLEEP_AFTER
    await house.passes(3.25)
    assert len(await house.outages()) == 1


async def test_a_source_whose_habit_is_known_is_missed_without_a_heartbeat(house: House) -> None:
    """Two weeks of a source that is heard each minute, around the clock."""
    rows = [
        (
            "/erp/pay",
            "main",
            to_ms(NOW.replace(minute=0)) - hours * 3_600_000,
            60,
            to_ms(NOW),
            to_ms(NOW),
            (1 << 60) - 1,
        )
        for hours in range(1, 24 * 20)
    ]
    async with house.ground.store.reading() as connection:
        for row in rows:
            await connection.execute("INSERT INTO feeds VALUES ($1, $2, $3, $4, $5, $6, $7)", *row)
    house.clock.move_to(NOW)
    listening = Listening(house.ground.store, house.ground.follower.directory, house.clock)
    signs: list[Sign] = []
    for _ in range(40):
        house.clock.advance(LOOK_EVERY)
        signs += [one.judgement.sign for one in await listening.look() if one.pulse.source == "/erp/pay"]
    assert signs[0] is Sign.ALIVE
    assert signs.index(Sign.OUT) in range(20, 25)
